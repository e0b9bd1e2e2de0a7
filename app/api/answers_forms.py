"""What `/analyze` answers, for the schema. No answer is built from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypeAlias

from typing_extensions import TypedDict

from backstep.drawing import answer, moved, steps
from backstep.gradient_check import result

from .answers import EvaluateAnswer, Failed
from .derive import DeriveAnswer
from .schema import model, model_of

if TYPE_CHECKING:
    Formulas: TypeAlias = Any
    CheckSummary: TypeAlias = Any
    Picture: TypeAlias = Any
    WalkSteps: TypeAlias = Any
    WalkFigures: TypeAlias = Any
else:
    Formulas = model(DeriveAnswer)
    CheckSummary = model_of(result.CheckSummary)
    Picture = model_of(answer.Picture)
    WalkSteps = model_of(steps.WalkSteps)
    WalkFigures = model_of(moved.WalkFigures)


class AnalyzeAnswer(TypedDict):
    """Each part that was asked for, under its name."""

    numbers: NotRequired[EvaluateAnswer | Failed]
    drawing: NotRequired[Picture | Failed]
    walk: NotRequired[WalkSteps | Failed]
    figures: NotRequired[WalkFigures | Failed]
    formulas: NotRequired[Formulas | Failed]
    check: NotRequired[CheckSummary | Failed]

"""What `/analyze` answers, for the schema. No answer is built from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypeAlias

from typing_extensions import TypedDict

from backstep.gradient_check import result

from .answers import Drawing, EvaluateAnswer, Failed
from .answers_walk import FiguresAnswer, StepsAnswer
from .derive import DeriveAnswer
from .schema import model, model_of

if TYPE_CHECKING:
    Formulas: TypeAlias = Any
    CheckSummary: TypeAlias = Any
else:
    Formulas = model(DeriveAnswer)
    CheckSummary = model_of(result.CheckSummary)


class AnalyzeAnswer(TypedDict):
    """Each part that was asked for, under its name."""

    numbers: NotRequired[EvaluateAnswer | Failed]
    drawing: NotRequired[Drawing | Failed]
    walk: NotRequired[StepsAnswer | Failed]
    figures: NotRequired[FiguresAnswer | Failed]
    formulas: NotRequired[Formulas | Failed]
    check: NotRequired[CheckSummary | Failed]

"""What `/derive` in each form and `/analyze` answer, for the schema. No answer is built from it."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from .answers import Answer, CheckAnswer, Count, Drawing, EvaluateAnswer, Failed, Shape
from .answers_walk import FiguresAnswer, StepsAnswer
from .schema import Texts


class Refused(Answer):
    """Why a closed formula is not written out."""

    code: Literal["formula_too_large"]
    message: str
    hint: str | None
    limit: str = Field(examples=["answer_operations"])
    operations: Count = Field(description="The bound that was counted.", examples=[838_320])
    allowed: int = Field(examples=[400_000])


class Formula(Answer):
    """A gradient; null where it alone is too large, and others are given."""

    shape: Shape
    text: Texts | None = Field(
        description="SymPy's notation, in the names of `symbols`.", examples=["2*(w*x - 3)*x"]
    )
    latex: Texts | None = Field(examples=["2 \\left(w x - 3\\right) x"])
    operations: int | None = Field(description="Of all elements together.", examples=[4])
    refused: Refused | None = Field(
        default=None, description="Stands only where the formula is null."
    )


class LossFormula(Answer):
    """The loss; null where it alone is too large, and derivatives by single elements are not."""

    name: str = Field(examples=["L"])
    shape: Shape
    text: Texts | None = Field(examples=["(w*x - 3)**2"])
    latex: Texts | None = Field(examples=["\\left(w x - 3\\right)^{2}"])
    operations: int | None = Field(examples=[4])


class ScalarForm(Answer):
    form: Literal["scalar"]
    loss: LossFormula
    symbols: dict[str, str] = Field(
        description="What each symbol stands for in the definition.",
        examples=[{"lambda_": "lambda"}],
    )
    gradients: dict[str, Formula] = Field(description="By what it is derived by.")


class WholeFormula(Answer):
    shape: Shape
    text: str = Field(
        description="In the definition's own language and names.",
        examples=["(p - 1)*outer(w_o*z*(1 - z), x)"],
    )
    latex: str
    latex_shapes: str = Field(
        description="The same with its shape under each symbol.",
        examples=["\\underset{3\\times 4}{W}"],
    )
    display: str = Field(
        description="The same with the macros \\fv and \\bp around values and partials."
    )
    operations: int = Field(examples=[7])


class WholeLoss(WholeFormula):
    name: str = Field(examples=["L"])


class GivenOnce(WholeFormula):
    name: str = Field(
        description="What it is called in `text` from there on.", examples=["delta_z"]
    )
    symbol: str = Field(description="And in `latex`.", examples=["\\delta_{z}"])
    display_symbol: str = Field(examples=["\\bp{\\delta_{z}}"])
    of: str | None = Field(description="The name that it is of; null where it has none.")
    of_text: str | None = Field(description="What it is the partial of, written out.")
    kind: Literal["value", "partial", "factor"] = Field(
        description="A forward value, the partial with respect to one, or a factor of partials."
    )


class MatrixForm(Answer):
    form: Literal["matrix"]
    loss: WholeLoss
    symbols: dict[str, str] = Field(description="The names that stand in the formulas.")
    gradients: dict[str, WholeFormula] = Field(description="By what it is derived by.")


class SharedForm(Answer):
    form: Literal["shared"]
    loss: WholeLoss
    symbols: dict[str, str] = Field(description="The names that stand in the formulas.")
    definitions: list[GivenOnce] = Field(
        description="Intermediate results in the order backprop computes them, each once."
    )
    gradients: dict[str, WholeFormula] = Field(description="In terms of the definitions.")


DeriveAnswer = TypeAliasType("DeriveAnswer", ScalarForm | MatrixForm | SharedForm)


class AnalyzeAnswer(TypedDict):
    """Each part that was asked for, under its name."""

    numbers: NotRequired[EvaluateAnswer | Failed]
    drawing: NotRequired[Drawing | Failed]
    walk: NotRequired[StepsAnswer | Failed]
    figures: NotRequired[FiguresAnswer | Failed]
    formulas: NotRequired[ScalarForm | MatrixForm | SharedForm | Failed]
    check: NotRequired[CheckAnswer | Failed]

"""What `/operations` answers, for the schema that is published. No answer is built from these."""

from __future__ import annotations

from pydantic import Field

from .answers import Answer, Shape


class Written(Answer):
    latex: str = Field(examples=["\\sigma\\left(x\\right)"])
    display: str = Field(
        description="The same with the macros \\fv and \\bp around values and partials.",
        examples=["\\sigma\\left(\\fv{x}\\right)"],
    )
    text: str = Field(description="In the language's own signs.", examples=["sigmoid(x)"])


class WrittenOut(Answer):
    latex: str = Field(examples=["\\frac{1}{1 + e^{- x}}"])
    display: str = Field(examples=["\\frac{1}{1 + e^{- \\fv{x}}}"])


class OperationFormula(Written):
    written_out: WrittenOut | None = Field(
        description="What a function of single values stands for; null where its sign says it."
    )


class OperationStep(Written):
    name: str = Field(description="What later formulas call it.", examples=["s"])


class RulePartial(Answer):
    name: str = Field(description="The input.", examples=["x"])
    latex: str | None = Field(
        examples=["g \\cdot \\mathrm{out} \\, \\left(1 - \\mathrm{out}\\right)"]
    )
    display: str | None
    text: str | None = Field(examples=["g*(out*(1 - out))"])
    reason: str | None = Field(description="Why there is no formula.", examples=[None])


class OperationShapes(Answer):
    call: str = Field(description="As it is typed.", examples=["sum(x, axis=0)"])
    inputs: dict[str, Shape] = Field(description="Their shapes.", examples=[{"x": [2, 3]}])
    output: Shape


class OperationRule(OperationShapes):
    partials: list[RulePartial] = Field(
        description="What each input is sent: g is the partial that comes in, out the value."
    )


class OperationTerm(Answer):
    latex: str = Field(examples=["\\Phi\\left(x\\right)"])
    doc: str = Field(examples=["The share of a standard normal distribution below the value."])


class Operation(Answer):
    id: str = Field(description="Its anchor on the page of operations.", examples=["sigmoid"])
    name: str = Field(examples=["sigmoid"])
    group: str = Field(examples=["elementwise"])
    signature: str = Field(examples=["sigmoid(x)"])
    also: str | None = Field(description="Another way to type it.", examples=[None])
    doc: str = Field(examples=["The logistic function 1/(1 + e^(−x)): a smooth step from 0 to 1."])
    elementwise: bool = Field(description="Shapes broadcast, as in NumPy.", examples=[True])
    composite: bool = Field(description="Made of other operations.", examples=[False])
    formula: OperationFormula | None = Field(description="The value; null of written arrays.")
    steps: list[OperationStep] = Field(
        description="Values that the formulas of a composite name, in order.", examples=[[]]
    )
    rules: list[OperationRule] = Field(
        description="Printed from the rule itself, for each kind of shapes it tells apart."
    )
    terms: list[OperationTerm] = Field(
        description="What stands in a formula and can't be typed.", examples=[[]]
    )
    made_of: list[str] = Field(
        description="The operations of a composite.", examples=[["subtract", "power", "mean"]]
    )
    conventions: list[str] = Field(
        description="What the partial is at kinks, ties and edges.",
        examples=[["relu has a kink at 0; its partial there is 0"]],
    )
    shapes: list[OperationShapes] = Field(
        description="Shapes that fit, and what they give; empty where `elementwise`."
    )
    plot: str | None = Field(
        description="A function of one value and its derivative as SVG, to be styled by classes.",
        examples=["<svg …>…</svg>"],
    )
    source: str = Field(
        description="A definition that uses it.", examples=["param x = 0.5\nout = sigmoid(x)\n"]
    )
    link: str = Field(description="Opens that on the page.", examples=["/?d=eNq…"])


class OperationsAnswer(Answer):
    operations: list[Operation]

"""What `/steps` answers, and the part `figures`, for the schema. No answer is built from it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .answers import Answer, Shape, Summary
from .schema import Flags, Number, Numbers


class Heat(Answer):
    """A tensor too large to read, as a small picture: each cell the mean of a block of it."""

    rows: int = Field(ge=1, le=14)
    columns: int = Field(ge=1, le=28)
    cells: str = Field(
        description="Row by row, a letter a cell, as a share of the largest mean: `a` (−1) to `e`"
        " (−0.2) below zero, `f` zero, `g` (0.2) to `k` (1) above; `z` where it is not finite.",
        examples=["kfaf"],
    )
    same: str | None = Field(description="The figure of all elements, where they are one number.")


class Rule(Answer):
    latex: str = Field(description="The whole equation.")
    local: str | None = Field(description="The local derivative alone, as LaTeX.")
    numbers: str | None = Field(description="The equation in numbers; null for tensors.")
    reused: list[str] = Field(
        description="Names whose forward values the local derivative reads.", examples=[["u"]]
    )


class Contribution(Answer):
    use: str = Field(description="The node that uses this one.", examples=["n7"])
    edge: str = Field(examples=["n6-n7-0"])
    pass_: str | None = Field(
        alias="pass", description="The pass of a loop that the use stands in.", examples=["t = 1"]
    )
    upstream: Numbers | None = Field(description="The use's own partial.")
    local: Number | None = Field(description="Null where it is a Jacobian.")
    value: Numbers | None = Field(description="Upstream times local.")
    sum: Numbers | None = Field(description="Of the contributions so far.")
    summary: Summary | None
    reason: str | None = Field(description="Why a contribution is zero or missing, in words.")
    rule: Rule | None


class StepFormula(Answer):
    latex: str = Field(examples=["w \\, x + b"])
    numbers: str | None = Field(examples=["1 - 0.3"])
    text: str = Field(examples=["w*x + b"])


class _Step(Answer):
    step: int = Field(ge=1, examples=[7])
    node: str = Field(examples=["n6"])
    name: str | None = Field(description="Null for an operation without a name.", examples=["z"])
    line: int | None = Field(description="The line of the text, from 1.", examples=[7])
    kind: Literal["input", "target", "param", "const", "constant", "operation", "result"]
    shape: Shape
    summary: Summary | None
    heat: Heat | None = Field(description="Of a tensor that the drawing does not list.")
    remark: str | None = Field(
        description="What should be known besides the number: a convention, where NaN is born."
    )
    words: str = Field(
        description="The step in words, for reading aloud.",
        examples=["step 7 of 27: z = w*x + b is 0.7"],
    )


class ToldForward(_Step):
    phase: Literal["forward"]
    formula: StepFormula | None
    value: Numbers | None


class ForwardStep(ToldForward):
    reused_by: list[str] = Field(
        description="Whose partials read this value again, on the way back.", examples=[["z"]]
    )
    holds: Literal["number", "class", "size"] | None = Field(
        description="Of a declared name what it holds: numbers; class numbers, which are whole; or"
        " what is built into a shape, a bound or an index, and cannot be replaced. Else null."
    )


class ToldBackward(_Step):
    phase: Literal["backward"]
    contributions: list[Contribution] = Field(description="One a use, in the order of the text.")
    partial: Numbers | None
    rounding: Flags | None = Field(
        default=None,
        description="Where the partial is 0 but for rounding, and drawn as 0; null: nowhere.",
    )


class BackwardStep(ToldBackward):
    serves: list[str] = Field(
        description="Parameters whose gradients pass this partial, which is worked out once for"
        " all of them; the first 20.",
        examples=[["w", "b"]],
    )
    serves_count: int = Field(description="How many they are.", examples=[2])


class StepsAnswer(Answer):
    zoom: Literal["tensor", "block", "scalar"]
    total: int = Field(description="The last step's number.", examples=[27])
    forward: int = Field(description="The last forward step's number.", examples=[14])
    loss: str = Field(examples=["L"])
    folded: str | None = Field(description="Why fewer nodes are drawn than were asked for.")
    steps: list[Annotated[ForwardStep | BackwardStep, Field(discriminator="phase")]] = Field(
        description="From step 1; at step 0 nothing is computed."
    )


class SentFigure(Answer):
    """Of one contribution what the drawing shows."""

    local_shown: str | None = Field(description="Null where it is a Jacobian.", examples=["0.2217"])
    size: int = Field(
        ge=0, le=5, description="0 is nothing, 5 is 1 and more, each a power of ten of the last."
    )


class StepFigures(Answer):
    """Of one step what other values change in the drawing."""

    node: str = Field(examples=["n6"])
    value: Numbers | None = Field(default=None, description="Of a forward step.")
    partial: Numbers | None = Field(default=None, description="Of a backward step.")
    summary: Summary | None
    shown: list[str] = Field(
        description="As the drawn node shows it, figure by figure.", examples=[["0.7"]]
    )
    heat: Heat | None
    remark: str | None
    rounding: Flags | None = Field(default=None, description="Of a backward step, as in `/steps`.")
    contributions: list[SentFigure] = Field(description="Of a backward step, one a use.")


class FiguresAnswer(Answer):
    zoom: Literal["tensor", "block", "scalar"]
    total: int = Field(description="The last step's number.", examples=[27])
    step: Annotated[ToldForward | ToldBackward, Field(discriminator="phase")] | None = Field(
        description="The step asked for as `/steps` has it, but for what it shares with others."
    )
    steps: list[StepFigures] = Field(description="From step 1.")

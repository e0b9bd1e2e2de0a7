"""What `/derivation` and `/paths` answer, for the schema. No answer is built of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .answers import Answer, Shape
from .schema import Number, Numbers

_WHOLE = "A whole number up to 2^53; its digits as text past that; null past 300 digits."


class PathFactor(Answer):
    edge: str = Field(description="As in `/graph` at this zoom.", examples=["n6-n7-0"])
    latex: str = Field(examples=["\\frac{\\partial u}{\\partial z}"])
    display: str = Field(description="With the macros \\fv and \\bp of values and partials.")
    local: str | None = Field(
        description="The local derivative as LaTeX; null where it is a Jacobian.",
        examples=["u \\, \\left(1 - u\\right)"],
    )
    local_display: str | None
    text: str | None = Field(examples=["u*(1 - u)"])
    value: Number | None = Field(examples=[0.2217])
    reason: str | None = Field(description="Why nothing flows along the edge.")


class OnePath(Answer):
    nodes: list[str] = Field(description="From `of` on.", examples=[["n2", "n11", "n13"]])
    edges: list[str] = Field(examples=[["n2-n11-0", "n11-n13-0"]])
    names: list[str] = Field(examples=[["w", "r", "L"]])
    latex: str
    display: str
    factors: list[PathFactor] = Field(description="From the end of the path back.")
    numbers: str | None = Field(
        description="The product in figures; null where tensors meet.",
        examples=["0.1 \\cdot 1 = 0.1"],
    )
    display_numbers: str | None
    product: Number | None = Field(examples=[0.1])


class PathsAnswer(Answer):
    of: str = Field(examples=["w"])
    to: str = Field(examples=["L"])
    zoom: Literal["tensor", "block", "scalar"]
    elements: bool = Field(description="Whether nodes are single numbers of tensors.")
    count: int | str | None = Field(description=_WHOLE, examples=[2])
    said: str = Field(description="The count as it is read.", examples=["1,024"])
    listed: int = Field(examples=[2])
    reason: str | None = Field(description="Why none are listed, or why there are no numbers.")
    paths: list[OnePath]
    latex: str | None = Field(description="The sum over paths; null where none are listed.")
    display: str | None
    numbers: str | None = Field(examples=["-0.1471 + 0.1 = -0.04713"])
    sum: Number | None = Field(description="Of the products.", examples=[-0.04713408485276721])
    partial: Numbers | None = Field(description="By backprop.", examples=[-0.04713408485276721])


class DerivationLine(Answer):
    number: int = Field(ge=1, examples=[1])
    rule: str = Field(description="The rule's code.", examples=["chain"])
    title: str = Field(description="What a teacher calls it.", examples=["chain rule"])
    depth: int = Field(description="How deep in the tree it stands.", examples=[0])
    words: str
    latex: str
    display: str = Field(description="With the macros \\fv and \\bp of values and partials.")
    numbers: str | None = Field(description="The same in figures; null where tensors meet.")
    display_numbers: str | None
    text: str = Field(description="In plain characters.")
    formula: str | None = Field(
        description="The right side as the language reads it; null where it has no words for it.",
        examples=["(u - y)*(u*(1 - u))"],
    )


class DerivationRule(Answer):
    rule: str = Field(examples=["chain"])
    title: str = Field(examples=["chain rule"])
    lines: list[int] = Field(description="The numbers of its own lines.", examples=[[1]])
    parts: list[DerivationRule] = Field(description="What it rests on.")


class Conclusion(Answer):
    latex: str
    display: str
    text: str | None = Field(
        description="As the language reads it; where that would be too long, as `/compare` reads "
        "it, with partials such as `delta_h`; null where it has no words for it.",
    )
    numbers: str | None


class DerivationAnswer(Answer):
    of: str = Field(examples=["w"])
    loss: str = Field(examples=["L"])
    shape: Shape
    lines: list[DerivationLine]
    tree: DerivationRule
    align: str = Field(description="All lines as LaTeX to copy.", examples=["\\begin{align*}…"])
    text: str = Field(description="All lines in plain characters.")
    conclusion: Conclusion = Field(
        description="The answer, as the matrix form of `/derive` has it."
    )

"""What `/derivation` answers, for the schema. No answer is built of it."""

from __future__ import annotations

from pydantic import Field

from .answers import Answer, Shape


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

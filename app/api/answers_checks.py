"""What `/compare` answers, for the schema. Builds no answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .answers import Answer, Shape
from .schema import Numbers


class Missing(Answer):
    kind: Literal[
        "factor",
        "term",
        "path",
        "sign",
        "constant",
        "extra",
        "transpose",
        "product",
        "shape",
        "sum",
        "place",
        "other",
        "values",
    ] = Field(description="What kind of slip it is.", examples=["factor"])
    text: str | None = Field(description="What is missing, too many or meant.", examples=["x"])
    latex: str | None = Field(description="The same as LaTeX.", examples=["x"])
    of: str | None = Field(description="The step ∂of/∂wrt that it belongs to.", examples=["z"])
    wrt: str | None = Field(examples=["w"])


class CompareAnswer(Answer):
    equal: bool | None = Field(
        description="Null where at no point that was tried both are finite numbers.",
        examples=[True],
    )
    of: str = Field(examples=["w"])
    shape: Shape
    how: Literal["symbolic", "points"] = Field(
        description="`symbolic`: proved for all values. `points`: by values at many points.",
        examples=["points"],
    )
    proof: Literal["fingerprint"] | None = Field(
        description="How it was proved: in exact arithmetic modulo several primes.",
        examples=[None],
    )
    points: int = Field(
        description="Points at which both were worked out; of a proof, in fields of whole numbers"
        " modulo a prime.",
        examples=[12],
    )
    tolerance: float = Field(
        description="How far apart two equal values may be, relative to the larger.",
        examples=[1e-8],
    )
    note: str | None = Field(
        description="What `equal` rests on, such as a label that adds up to 1, or `h^(1)` read as"
        " h's first giving; or why it is null."
    )
    at: dict[str, Numbers | None] = Field(
        default={},
        description="Of a wrong answer a point where the two differ: declared names and those that"
        " the answer mentions. Null stands for a large tensor.",
        examples=[{"w": 0.5, "u": 0.6682}],
    )
    own: bool = Field(default=False, description="`at` is the values in force.", examples=[True])
    element: list[int] | None = Field(
        default=None, description="Of a tensor, where the two are furthest apart.", examples=[[0]]
    )
    answer: Numbers | None = Field(default=None, description="What was typed, at that point.")
    partial: Numbers | None = Field(default=None, description="What is right there.")
    hint: str | None = Field(
        default=None,
        description="What was seen to be wrong, at every point that was tried; null where that"
        " cannot be told.",
        examples=["the factor x = ∂z/∂w is missing"],
    )
    missing: Missing | None = Field(default=None, description="The hint, in its parts.")

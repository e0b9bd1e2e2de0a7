"""What `/compare`, `/check` and `/hessian` answer, for the schema. Builds no answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .answers import Answer, LossValue, Remark, Shape
from .schema import Number, Numbers


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


class Apart(Answer):
    symbolic: float | None = Field(examples=[0.0])
    differences: float | None = Field(examples=[6e-15])


class CheckedElement(Answer):
    name: str = Field(examples=["W1[0,2]"])
    backprop: Number = Field(examples=[-8.0])
    symbolic: Number | None = Field(
        description="SymPy's derivative, evaluated with 30 digits.", examples=[-8.0]
    )
    differences: Number | None = Field(description="Five-point differences.", examples=[-8.0])
    expected_error: Number | None = Field(
        description="What rounding and truncation may add to the differences.", examples=[6e-13]
    )
    apart: Apart = Field(
        description="From backprop, relative to the larger of 1 and the partial's size."
    )
    within: bool | None = Field(
        description="Whether all that could be compared agrees; null where nothing could.",
        examples=[True],
    )
    note: str | None = Field(description="A convention, a kink nearby, or what is not finite.")


class Comparison(Answer):
    compared: int = Field(examples=[9])
    worst: float | None = Field(examples=[6e-15])
    name: str | None
    within: bool
    expected: float | None = Field(examples=[6e-13])
    skipped: str | None = Field(description="Why not every element was compared.")


class CheckAnswer(Answer):
    agree: bool | None = Field(description="Null where nothing could be compared.", examples=[True])
    count: int = Field(description="Elements that were asked for.", examples=[9])
    elements: list[CheckedElement] = Field(description="The worst first.")
    omitted: int = Field(description="Elements past `limit`.", examples=[0])
    symbolic: Comparison
    differences: Comparison


class ByWhat(Answer):
    name: str = Field(examples=["w"])
    shape: Shape


class SecondFormula(Answer):
    text: str = Field(description="In the language.", examples=["X.T @ ((X @ v_w)*p*(1 - p)) / 4"])
    latex: str


class HessianAnswer(Answer):
    loss: LossValue
    wrt: list[ByWhat] = Field(description="What the second derivatives are by, in order.")
    size: int = Field(description="Elements of all of them together.", examples=[2])
    gradient: dict[str, Numbers]
    hessian: dict[str, dict[str, Numbers]] | None = Field(
        description="By two names; the block has the shape of the first, then of the second."
        " Null with `vector`."
    )
    symmetric: bool | None = Field(
        description="`asymmetry` is at most 1e-12; null where it is.", examples=[True]
    )
    asymmetry: float | None = Field(
        description="The largest difference across the diagonal, relative to the largest element;"
        " null where not all are finite.",
        examples=[1.4e-17],
    )
    eigenvalues: list[float] | None = Field(
        description="Ascending; null past 60 elements, or where not all are finite.",
        examples=[[0.027, 0.542]],
    )
    formulas: dict[str, dict[str, SecondFormula | None]] | None = Field(
        description="Of scalars, by two names; null where one is too long to be read."
    )
    formulas_skipped: str | None = Field(description="Why there are no formulas.")
    product_formulas: dict[str, SecondFormula | None] | None = Field(
        description="Of tensors the product with a vector, whose parts are called v_w and so on:"
        " the matrix form of the second derivatives."
    )
    product: dict[str, Numbers] | None = Field(
        description="With `vector`: the product, its parts by name."
    )
    warnings: list[Remark]

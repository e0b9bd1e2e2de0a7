"""What `/compare`, `/check` and `/hessian` take: their fields, meaning and examples."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from app.web.models import NEURON, Request, Values


class CompareRequest(Request):
    """Whether a typed formula is a partial of the loss, and what a wrong one lacks."""

    example: ClassVar[dict[str, Any]] = {
        "source": NEURON,
        "of": "w",
        "answer": "(u - y)*u*(1 - u)*x + 2*lambda*w",
    }

    of: str = Field(
        description="What the partial is by: a parameter, an input, an intermediate, or an element"
        " such as `W1[0,2]`.",
        examples=["w"],
    )
    answer: str = Field(
        description="The formula, in the language and the names of the definition, those of"
        " intermediates among them.",
        examples=["(u - y)*u*(1 - u)*x + 2*lambda*w"],
    )


class CheckRequest(Request):
    """Partials by backprop, by SymPy and by differences, element by element."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "wrt": ["w", "z"], "limit": 10}

    wrt: list[str] = Field(
        default=None,  # type: ignore[arg-type]
        description="What to check the partials by: parameters, inputs, intermediates, elements"
        " such as `W1[0,2]`; every parameter where left out.",
        examples=[["w", "z"]],
    )
    limit: Annotated[int, Field(ge=0, le=10_000, strict=True)] = Field(
        default=400, description="Elements that are listed, the worst first.", examples=[10]
    )


class HessianRequest(Request):
    """Second derivatives of the loss, or their product with a vector."""

    example: ClassVar[dict[str, Any]] = {"source": NEURON, "wrt": ["w", "b"]}

    wrt: list[str] = Field(
        default=None,  # type: ignore[arg-type]
        description="Declared names, or elements such as `W1[0,2]`; every parameter where left"
        " out.",
        examples=[["w", "b"]],
    )
    vector: Values = Field(
        default=None,  # type: ignore[arg-type]
        description="A vector, its parts by the names of `wrt` and of their shapes, zeros where"
        " left out. Then the product with it is answered, and not the matrix.",
        examples=[{"w": 1, "b": -0.5}],
    )


REQUESTS: tuple[type[Request], ...] = (CompareRequest, CheckRequest, HessianRequest)

"""POST /hessian: second derivatives of the loss, or their product with a vector."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from backstep.second_order import hessian

from .answers_checks import HessianAnswer
from .call import Call
from .request import NEURON, Definition, Values


class HessianRequest(Definition):
    """Second derivatives of the loss, or their product with a vector."""

    wrt: list[str] | None = Field(
        default=None,
        description="Declared names, or elements such as `W1[0,2]`; every parameter where left"
        " out.",
        examples=[["w", "b"]],
    )
    vector: Values | None = Field(
        default=None,
        description="A vector, its parts by the names of `wrt` and of their shapes, zeros where"
        " left out. Then the product with it is answered, and not the matrix.",
        examples=[{"w": 1, "b": -0.5}],
    )


def answer(request: HessianRequest) -> dict[str, Any]:
    """Second derivatives of the loss, or their product with a vector."""
    return hessian.hessian(request.plain())


CALL = Call(
    "hessian",
    HessianRequest,
    answer,
    HessianAnswer,
    example={"source": NEURON, "wrt": ["w", "b"]},
)

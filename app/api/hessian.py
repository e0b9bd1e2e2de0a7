"""POST /hessian: second derivatives of the loss, or their product with a vector."""

from __future__ import annotations

from pydantic import Field

from backstep.binding.bind import bind
from backstep.second_order.hessian import Hessian, hessian

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


def answer(request: HessianRequest) -> Hessian:
    """Second derivatives of the loss, or their product with a vector."""
    return hessian(bind(request.source, request.values), request.wrt, request.vector)


CALL = Call(
    "hessian",
    HessianRequest,
    answer,
    Hessian,
    example={"source": NEURON, "wrt": ["w", "b"]},
)

"""POST /check: partials by backprop, by SymPy and by differences."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from backstep.binding.bind import bind
from backstep.gradient_check.result import GradientCheck
from backstep.gradient_check.run import check

from .call import Call
from .request import NEURON, Definition


class CheckRequest(Definition):
    """Partials by backprop, by SymPy and by differences, element by element."""

    wrt: list[str] | None = Field(
        default=None,
        description="What to check the partials by: parameters, inputs, intermediates, elements"
        " such as `W1[0,2]`; every parameter where left out.",
        examples=[["w", "z"]],
    )
    limit: Annotated[int, Field(ge=0, le=10_000, strict=True)] = Field(
        default=400, description="Elements that are listed, the worst first.", examples=[10]
    )


def answer(request: CheckRequest) -> GradientCheck:
    """Partials by backprop, by SymPy and by differences, element by element."""
    return check(bind(request.source, request.values), request.wrt, request.limit)


CALL = Call(
    "check",
    CheckRequest,
    answer,
    GradientCheck,
    example={"source": NEURON, "wrt": ["w", "z"], "limit": 10},
)

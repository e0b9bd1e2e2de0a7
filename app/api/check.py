"""POST /check: partials by backprop, by SymPy and by differences."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from backstep.gradient_check import run

from .answers_checks import CheckAnswer
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


def answer(request: CheckRequest) -> dict[str, Any]:
    """Partials by backprop, by SymPy and by differences, element by element."""
    return run.check_elements(request.plain())


CALL = Call(
    "check",
    CheckRequest,
    answer,
    CheckAnswer,
    example={"source": NEURON, "wrt": ["w", "z"], "limit": 10},
)

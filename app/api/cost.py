"""POST /cost: operations of values and gradients, with partials shared and without."""

from __future__ import annotations

from typing import Any

from backstep.binding import cost

from .answers_derivation import CostAnswer
from .call import Call
from .request import NEURON, Definition


class CostRequest(Definition):
    """Operations of values and gradients."""


def answer(request: CostRequest) -> dict[str, Any]:
    """Operations of values and gradients, with partials shared and without."""
    return cost.cost(request.plain())


CALL = Call(
    "cost",
    CostRequest,
    answer,
    CostAnswer,
    example={"source": NEURON},
)

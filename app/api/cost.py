"""POST /cost: operations of values and gradients, with partials shared and without."""

from __future__ import annotations

from backstep.binding.bind import bind
from backstep.binding.cost import CostReport, cost

from .call import Call
from .request import NEURON, Definition


class CostRequest(Definition):
    """Operations of values and gradients."""


def answer(request: CostRequest) -> CostReport:
    """Operations of values and gradients, with partials shared and without."""
    return cost(bind(request.source, request.values))


CALL = Call(
    "cost",
    CostRequest,
    answer,
    CostReport,
    example={"source": NEURON},
)

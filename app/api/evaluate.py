"""POST /evaluate: forward values and backward partials on concrete numbers."""

from __future__ import annotations

from pydantic import Field

from backstep.binding.bind import bind
from backstep.binding.evaluation import Evaluation, evaluate

from .call import Call
from .request import NEURON, Definition


class EvaluateRequest(Definition):
    """Numbers: forward and backward on concrete values."""

    names: list[str] | None = Field(
        default=None,
        description="Only the values and partials of these names are sent; all where left out.",
        examples=[["z", "u"]],
    )


def answer(request: EvaluateRequest) -> Evaluation:
    """Forward values, backward partials and gradients on concrete numbers."""
    return evaluate(bind(request.source, request.values), request.names)


CALL = Call(
    "evaluate",
    EvaluateRequest,
    answer,
    Evaluation,
    example={"source": NEURON, "values": {"w": 0.7}},
)

"""POST and GET /evaluate: forward values and backward partials on concrete numbers."""

from __future__ import annotations

from pydantic import Field

from backstep.binding.bind import bind
from backstep.binding.evaluation import Evaluation, evaluate, evaluate_points

from . import share_link
from .call import Call
from .request import NEURON, Definition, Values


class EvaluateRequest(Definition):
    """Numbers: forward and backward on concrete values."""

    names: list[str] | None = Field(
        default=None,
        description="Only the values and partials of these names are sent; all where left out.",
        examples=[["z", "u"]],
    )
    points: Values | None = Field(
        default=None,
        description="Many points at once: of each name a list with a value of its shape for every"
        " point; names not in it keep their values. The loss is then a list of as many, and the"
        " values and partials of `names`, of none where it is left out, have an axis of that"
        " length before their own. Nothing is warned of.",
        examples=[{"w": [0.5, 0.6, 0.7]}],
    )


def answer(request: EvaluateRequest) -> Evaluation:
    """Forward values, backward partials and gradients on concrete numbers."""
    prepared = bind(request.source, request.values)
    if request.points is not None:
        return evaluate_points(prepared, request.points, request.names)
    return evaluate(prepared, request.names)


CALL = Call(
    "evaluate",
    EvaluateRequest,
    answer,
    Evaluation,
    example={"source": NEURON, "values": {"w": 0.7}},
)
LINK = Call(
    "evaluated_link",
    EvaluateRequest,
    answer,
    Evaluation,
    method="GET",
    path="/evaluate",
    parameters=share_link.PARAMETERS,
    about="The same of a link's state, or of a text.",
)

"""POST /steps: the walk, one node a step."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from backstep.drawing import steps

from .answers_walk import StepsAnswer
from .call import Call
from .request import NEURON, OPEN, Definition, Open, Zoom


class StepsRequest(Definition):
    """The walk, one node a step."""

    open: Open = OPEN
    fold: bool = Field(
        default=False,
        description="Where there are too many nodes to be read: walk the finest picture of fewer.",
        examples=[True],
    )

    zoom: Zoom = Field(
        default="tensor",
        description="What a node is: a statement (`block`), an operation (`tensor`), or a number"
        " (`scalar`).",
        examples=["tensor"],
    )


def answer(request: StepsRequest) -> dict[str, Any]:
    """The walk: forward, then backward, one node a step."""
    return steps.steps(request.plain())


CALL = Call(
    "steps",
    StepsRequest,
    answer,
    StepsAnswer,
    example={"source": NEURON, "zoom": "tensor"},
)

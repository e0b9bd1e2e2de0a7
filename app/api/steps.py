"""POST /steps: the walk, one node a step."""

from __future__ import annotations

from pydantic import Field

from backstep.binding.bind import bind
from backstep.drawing.steps import WalkSteps, walk_steps
from backstep.walk.walk_for import walk_for

from .call import Call
from .request import BOXES, NEURON, OPEN, Boxes, Definition, Open, Zoom


class StepsRequest(Definition):
    """The walk, one node a step."""

    open: Open = OPEN
    fold: bool = Field(
        default=False,
        description="Where there are too many nodes to be read: walk the finest picture of fewer.",
        examples=[True],
    )
    boxes: Boxes | None = BOXES
    zoom: Zoom = Field(
        default="tensor",
        description="What a node is: a statement (`block`), an operation (`tensor`), or a number"
        " (`scalar`).",
        examples=["tensor"],
    )


def answer(request: StepsRequest) -> WalkSteps:
    """The walk: forward, then backward, one node a step."""
    prepared = bind(request.source, request.values)
    return walk_steps(
        walk_for(prepared, request.zoom, request.open, fold=request.fold, boxes=request.boxes)
    )


CALL = Call(
    "steps",
    StepsRequest,
    answer,
    WalkSteps,
    example={"source": NEURON, "zoom": "tensor"},
)

"""POST /graph: the drawing at any step of the walk, as data, SVG or DOT."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backstep.binding.bind import bind
from backstep.drawing.answer import DrawnGraph, dot, drawn, graph, svg
from backstep.walk.walk_for import BoundWalk, walk_for

from ..jobs.protocol import Payload
from .call import DRAWING, Call
from .request import NEURON, OPEN, Definition, Direction, Open, Step, Zoom

MEDIA = {"svg": "image/svg+xml", "dot": "text/vnd.graphviz"}


class DrawnRequest(Definition):
    """What is drawn of a definition, and how."""

    open: Open = OPEN
    fold: bool = Field(
        default=True,
        description="Where there are too many nodes to be read: draw the finest picture of fewer,"
        " and say so in `folded`. `false` draws them all, up to a limit.",
        examples=[False],
    )
    zoom: Zoom = Field(
        default="block",
        description="What a node is: a statement (`block`), an operation (`tensor`), or a number"
        " (`scalar`).",
        examples=["block"],
    )
    direction: Direction = Field(
        default="LR", description="Left to right, or top to bottom.", examples=["LR"]
    )
    step: Step | None = Field(
        default=None,
        description="Draw the state at this step; the end of the walk where left out.",
        examples=[12],
    )


class GraphRequest(DrawnRequest):
    """The drawing, in the format asked for."""

    format: Literal["json", "svg", "dot"] = Field(
        default="json",
        description="`svg` and `dot` answer as a file of that type.",
        examples=["svg"],
    )


def walk_of(request: DrawnRequest) -> BoundWalk:
    """The walk that is drawn."""
    prepared = bind(request.source, request.values)
    return walk_for(prepared, request.zoom, request.open, fold=request.fold)


def answer(request: GraphRequest) -> DrawnGraph | Payload:
    """The drawing of the graph, at any step of the walk."""
    found = walk_of(request)
    drawing = drawn(found, request.direction, request.step)
    if request.format == "json":
        return graph(found, drawing)
    picture = svg(found, drawing, "light") if request.format == "svg" else dot(found, drawing)
    return Payload(MEDIA[request.format], picture.encode())


CALL = Call(
    "graph",
    GraphRequest,
    answer,
    DrawnGraph,
    example={"source": NEURON, "zoom": "block", "step": 12},
    seconds=DRAWING,
    files=tuple(MEDIA.values()),
)

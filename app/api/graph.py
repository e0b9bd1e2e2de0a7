"""POST /graph: the drawing at any step of the walk, as data, SVG or DOT."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from backstep.drawing import answer as drawing

from ..jobs.protocol import Answer
from .answers import GraphAnswer
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


def answer(request: GraphRequest) -> dict[str, Any] | Answer:
    """The drawing of the graph, at any step of the walk."""
    found = drawing.graph(request.plain())
    if isinstance(found, str):
        return Answer(MEDIA[request.format], found.encode())
    return found


CALL = Call(
    "graph",
    GraphRequest,
    answer,
    GraphAnswer,
    example={"source": NEURON, "zoom": "block", "step": 12},
    seconds=DRAWING,
    files=tuple(MEDIA.values()),
)

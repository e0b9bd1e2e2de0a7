"""POST /graph: the drawing at any step of the walk, as data or as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from backstep.binding.bind import bind
from backstep.drawing.answer import DrawnGraph, drawn, graph
from backstep.drawing.png import SCALE
from backstep.export.pictures import MEDIA, MOST_SCALE, PictureFormat, picture_file
from backstep.walk.walk_for import BoundWalk, walk_for

from ..jobs.protocol import Payload
from .call import DRAWING, Call
from .request import BOXES, NEURON, OPEN, Boxes, Definition, Direction, Open, Step, Zoom

FORMATS = ("json", *get_args(PictureFormat))
NAMES: Mapping[str, str] = {media: name for name, media in MEDIA.values()}
"""What a file is called, by its media type."""


class DrawnRequest(Definition):
    """What is drawn of a definition, and how."""

    open: Open = OPEN
    fold: bool = Field(
        default=True,
        description="Where there are too many nodes to be read: draw the finest picture of fewer,"
        " and say so in `folded`. `false` draws them all, up to a limit.",
        examples=[False],
    )
    boxes: Boxes | None = BOXES
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

    format: Literal["json", "svg", "png", "pdf", "tikz", "dot"] = Field(
        default="json",
        description="All but `json` answer as a file: `svg` has literal colours and typefaces,"
        " `tikz` is a document for pdflatex, `dot` is for Graphviz.",
        examples=["svg"],
    )
    theme: Literal["light", "dark"] = Field(
        default="light", description="The page that a file is for.", examples=["dark"]
    )
    scale: float = Field(
        default=SCALE,
        gt=0,
        le=MOST_SCALE,
        description="Pixels of a PNG for each of the drawing's.",
        examples=[2],
    )


def walk_of(request: DrawnRequest) -> BoundWalk:
    """The walk that is drawn."""
    prepared = bind(request.source, request.values)
    return walk_for(prepared, request.zoom, request.open, fold=request.fold, boxes=request.boxes)


def answer(request: GraphRequest) -> DrawnGraph | Payload:
    """The drawing of the graph, at any step of the walk."""
    found = walk_of(request)
    if request.format == "json":
        return graph(found, drawn(found, request.direction, request.step))
    made = picture_file(
        found,
        request.format,
        direction=request.direction,
        step=request.step,
        theme=request.theme,
        scale=request.scale,
    )
    return Payload(made.media, made.body)


CALL = Call(
    "graph",
    GraphRequest,
    answer,
    DrawnGraph,
    example={"source": NEURON, "zoom": "block", "step": 12},
    seconds=DRAWING,
    files=tuple(NAMES),
    names=NAMES,
)

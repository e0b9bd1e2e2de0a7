"""GET /graph and the pictures of a link's state, for a page or a README."""

from __future__ import annotations

from backstep.drawing.answer import DrawnGraph
from backstep.export.pictures import MEDIA, PictureFormat

from . import share_link
from .call import DRAWING, Call
from .graph import FORMATS, NAMES, GraphRequest, answer

_FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "description": "Data, or a file of the format.",
    "schema": {"type": "string", "enum": list(FORMATS), "default": "json"},
    "example": "svg",
}
VIEW = (
    {
        "name": "step",
        "in": "query",
        "required": False,
        "description": "The step that is drawn, in the place of the state's.",
        "schema": {"type": "integer", "minimum": 0},
    },
    {
        "name": "zoom",
        "in": "query",
        "required": False,
        "description": "What a node is, in the place of the state's.",
        "schema": {"type": "string", "enum": ["block", "tensor", "scalar"]},
    },
    {
        "name": "direction",
        "in": "query",
        "required": False,
        "description": "Left to right, or top to bottom, in the place of the state's.",
        "schema": {"type": "string", "enum": ["LR", "TB"]},
    },
    {
        "name": "theme",
        "in": "query",
        "required": False,
        "description": "The page that the picture is for.",
        "schema": {"type": "string", "enum": ["light", "dark"], "default": "light"},
    },
)
"""What else an address may say of a picture."""
SCALE = {
    "name": "scale",
    "in": "query",
    "required": False,
    "description": "Pixels of a PNG for each of the drawing's.",
    "schema": {"type": "number", "exclusiveMinimum": 0, "maximum": 16, "default": 2},
}


def _short(form: PictureFormat, name: str) -> Call:
    """The short address of pictures of one format."""
    file, media = MEDIA[form]
    return Call(
        name,
        GraphRequest,
        answer,
        None,
        method="GET",
        path=f"/{file}",
        parameters=(*share_link.PARAMETERS, *VIEW, *((SCALE,) if form == "png" else ())),
        seconds=DRAWING,
        files=(media,),
        names=NAMES,
        about=f"The drawing of a link's state as {form.upper()}, for a page or a README.",
    )


SVG, PNG, PDF = _short("svg", "picture"), _short("png", "picture_png"), _short("pdf", "picture_pdf")
LINK = Call(
    "graph_link",
    GraphRequest,
    answer,
    DrawnGraph,
    method="GET",
    path="/graph",
    parameters=(*share_link.PARAMETERS, _FORMAT, *VIEW, SCALE),
    seconds=DRAWING,
    files=tuple(NAMES),
    names=NAMES,
    about="The drawing of a link's state, or of a text, as data or as a file.",
)

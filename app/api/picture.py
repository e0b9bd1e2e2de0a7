"""GET /graph.svg: the drawing of a link's state, for a page or a README."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from backstep.drawing.answer import drawn, svg

from ..jobs.protocol import Payload
from . import share_link
from .call import DRAWING, Call
from .graph import MEDIA, DrawnRequest, walk_of
from .request import NEURON


class PictureRequest(DrawnRequest):
    """The drawing of a link's state, as a picture that stands alone."""

    theme: Literal["light", "dark"] = Field(
        default="light", description="The page it is for.", examples=["dark"]
    )


def answer(request: PictureRequest) -> Payload:
    """The drawing of a link's state, for a page or a README."""
    found = walk_of(request)
    picture = svg(found, drawn(found, request.direction, request.step), request.theme)
    return Payload(MEDIA["svg"], picture.encode())


CALL = Call(
    "picture",
    PictureRequest,
    answer,
    None,
    method="GET",
    path="/graph.svg",
    parameters=(
        {
            "name": "d",
            "in": "query",
            "required": False,
            "description": "The state: JSON with `source` and, if wanted, `values`, `step`, `zoom`,"
            " `direction`, zlib-deflated and base64url-coded without padding.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
            "example": share_link.encode({"source": NEURON}),
        },
        {
            "name": "source",
            "in": "query",
            "required": False,
            "description": "A definition's text as it is, in the place of `d`; one of the two"
            " must be given.",
            "schema": {"type": "string"},
        },
        {
            "name": "theme",
            "in": "query",
            "required": False,
            "description": "The page that the picture is for.",
            "schema": {"type": "string", "enum": ["light", "dark"], "default": "light"},
        },
    ),
    seconds=DRAWING,
    files=(MEDIA["svg"],),
)

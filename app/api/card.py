"""GET /card.png: the picture that a link to a state is shown with on other sites."""

from __future__ import annotations

from backstep.drawing.answer import drawn
from backstep.drawing.card import card
from backstep.drawing.png import png
from backstep.export.pictures import elements

from ..jobs.protocol import Payload
from . import share_link
from .call import DRAWING, Call
from .graph import GraphRequest, walk_of
from .picture import VIEW

MEDIA = "image/png"


def answer(request: GraphRequest) -> Payload:
    """The drawing of a link's state on a card of 1200 by 630 pixels, as Open Graph has it."""
    found = walk_of(request)
    drawing = drawn(found, request.direction, request.step)
    symbols = found.prepared.symbols
    loss = symbols.said(symbols.loss)
    title = f"Backpropagation of {loss}, step {drawing.step} of {found.walk.total}"
    picture = card(elements(found, drawing, request.theme), title, request.theme)
    return Payload(MEDIA, png(picture, 1))


CALL = Call(
    "card",
    GraphRequest,
    answer,
    None,
    method="GET",
    path="/card.png",
    parameters=(*share_link.PARAMETERS, *VIEW),
    seconds=DRAWING,
    files=(MEDIA,),
    names={MEDIA: "card.png"},
)

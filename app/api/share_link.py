"""A view's state packed into one parameter of an address, `d`, and unpacked.

JSON, zlib-deflated, base64url without padding. What comes in was typed by anyone: its size is
bounded while it is unpacked.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field

from backstep.errors import BackstepError, BodyError, Diagnostic
from backstep.limits import LIMITS

from ..jobs import protocol
from . import strict_json
from .request import NEURON, Boxes, Definition, Direction, Open, Step, Zoom, read


class State(Definition):
    """The part of a view's state that an address holds."""

    step: Step | None = None
    zoom: Zoom = "block"
    direction: Direction = "LR"
    open: Open = Field(default_factory=list)
    boxes: Boxes | None = None
    sizes: Literal["relative", "absolute"] | None = None


BOXES = 40
"""The boxes that the page asks for: more than this nobody takes in at once."""


class LinkError(BackstepError):
    """The parameter `d` is not a packed state."""

    kind = "state"


def encode(state: dict[str, object]) -> str:
    """The parameter `d` of a state."""
    packed = zlib.compress(protocol.to_json(state), 9)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(text: str, direction: str = "LR") -> dict[str, Any]:
    """The state of a parameter `d`, with the defaults of all fields except `step`.

    `direction` is the default for a state without one.

    Raises LinkError where it is cut off, too large or not a state.
    """
    try:
        said = strict_json.loads(_unpacked(text))
        found = read(State, said).plain()
        if found.get("boxes") is None and not ("step" in found or found["open"]):
            # A step and the ids of folds are of a drawing that says for how many boxes it is.
            found["boxes"] = BOXES
        return found if "direction" in said else {**found, "direction": direction}
    except BodyError as error:
        faults = "; ".join(fault.message for fault in error.faults)
        raise _refusal(f"its state is not one of this service: {faults}") from None


def parts(address: str) -> SplitResult | None:
    """The parts of an address that anyone may have written; None for what is no address."""
    try:
        return urlsplit(address)
    except ValueError:
        # A bracket that is left open, or a letter that stands for a slash.
        return None


def _unpacked(text: str) -> bytes:
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj()
        state = inflater.decompress(packed, LIMITS.state_bytes + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise _refusal("its letters are not a packed state") from None
    if len(state) > LIMITS.state_bytes:
        raise _refusal(f"its state unpacks to more than {LIMITS.state_bytes:,} bytes")
    if not inflater.eof or inflater.unused_data:
        raise _refusal("its end is missing, or something follows it")
    return state


def _refusal(why: str) -> LinkError:
    return LinkError(
        Diagnostic("state", f"This link cannot be opened: {why}.", "Was it copied whole?")
    )


PARAMETERS: tuple[Mapping[str, object], ...] = (
    {
        "name": "d",
        "in": "query",
        "required": False,
        "description": "The state: JSON with `source` and, if wanted, `values`, `step`, `zoom`,"
        " `direction`, `open`, `boxes`, `sizes`, zlib-deflated and base64url-coded without"
        " padding.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        "example": encode({"source": NEURON}),
    },
    {
        "name": "source",
        "in": "query",
        "required": False,
        "description": "A definition's text as it is, in the place of `d`; one of the two must be"
        " given.",
        "schema": {"type": "string"},
    },
)
"""The parameters of an address that say a state, as OpenAPI has them."""

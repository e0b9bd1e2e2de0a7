"""GET /oembed: how another site shows a link to a state, in the form of https://oembed.com."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from . import share_link
from .call import Call
from .examples import listed
from .request import NEURON

WIDTH, HEIGHT = 800, 520
"""Pixels of the frame where the other site says nothing."""


@dataclass(frozen=True, slots=True)
class OEmbed:
    """A link's embedded form: a frame with the graph and the walk."""

    type: Literal["rich"]
    version: Literal["1.0"]
    title: str
    """Such as `One neuron with weight decay`."""
    provider_name: Literal["Backstep"]
    provider_url: str
    """Where this service is: its address."""
    html: str
    """The frame, such as `<iframe src="…"></iframe>`."""
    width: int
    """In CSS pixels, such as `800`."""
    height: int
    """In CSS pixels, such as `520`."""
    thumbnail_url: str
    """A picture of the state: the address of its `/api/v1/card.png?d=…`."""
    thumbnail_width: int
    """Such as `1200`."""
    thumbnail_height: int
    """Such as `630`."""


def embedded(url: str, site: str, widest: int | None, highest: int | None) -> OEmbed | None:
    """The embedded form of an address of this `site`; None for any other address.

    Raises LinkError where its state cannot be read.
    """
    parts, own = share_link.parts(url), urlsplit(site)
    if parts is None or parts.netloc not in ("", own.netloc) or parts.path not in ("/", "/embed"):
        return None
    query = parse_qs(parts.query)
    if "source" in query:
        d = share_link.encode({"source": query["source"][-1]})
    elif "d" in query:
        d = query["d"][-1]
    else:
        return None
    state = share_link.decode(d)
    example = listed(state["source"])
    title = example.title if example else "A network, step by step"
    hidden = "answer=hidden&" if query.get("answer") == ["hidden"] else ""
    address = f"{site}embed?{hidden}d={d}"
    width, height = min(WIDTH, widest or WIDTH), min(HEIGHT, highest or HEIGHT)
    frame = (
        f'<iframe src="{escape(address)}" width="{width}" height="{height}"'
        f' title="{escape(title)}" style="border: 0"></iframe>'
    )
    return OEmbed(
        type="rich",
        version="1.0",
        title=title,
        provider_name="Backstep",
        provider_url=site,
        html=frame,
        width=width,
        height=height,
        thumbnail_url=f"{site}api/v1/card.png?d={d}",
        thumbnail_width=1200,
        thumbnail_height=630,
    )


def _parameter(
    name: str, about: str, schema: Mapping[str, object], **more: object
) -> Mapping[str, object]:
    return {"name": name, "in": "query", "required": False, "description": about} | {
        "schema": schema,
        **more,
    }


CALL = Call(
    "oembed",
    None,
    None,
    OEmbed,
    method="GET",
    parameters=(
        _parameter(
            "url",
            "An address of this service's page or embed, with its state.",
            {"type": "string", "format": "uri-reference"},
            required=True,
            example="/?d=" + share_link.encode({"source": NEURON}),
        ),
        _parameter("maxwidth", "The frame's greatest width.", {"type": "integer", "minimum": 1}),
        _parameter("maxheight", "Its greatest height.", {"type": "integer", "minimum": 1}),
        _parameter("format", "JSON alone is answered.", {"type": "string", "enum": ["json"]}),
    ),
    finds=True,
    about="How another site shows a link to a state, in the form of oembed.com: a frame with the"
    " graph and the walk, and a picture.",
)

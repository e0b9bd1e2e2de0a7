"""The graph at a step as a file: SVG, PNG, PDF, TikZ or DOT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from xml.etree.ElementTree import Element

from backstep.drawing import Direction, Drawing
from backstep.drawing.answer import drawn, plain_svg, portable_svg, step_of
from backstep.drawing.cascade import Theme
from backstep.drawing.dot import dot
from backstep.drawing.pdf import pdf
from backstep.drawing.png import SCALE, png
from backstep.drawing.portable import portable
from backstep.drawing.typefaces import shipped
from backstep.errors import Diagnostic, RequestError
from backstep.export.tikz import tikz_file
from backstep.walk.walk_for import BoundWalk

PictureFormat = Literal["svg", "png", "pdf", "tikz", "dot"]
MOST_SCALE = 16.0
"""Pixels of a PNG for each of the drawing's: as fine as any printer."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as a file: `name` is a name to save it by, `media` its media type."""

    name: str
    media: str
    body: bytes


MEDIA: Mapping[PictureFormat, tuple[str, str]] = {
    "svg": ("graph.svg", "image/svg+xml"),
    "png": ("graph.png", "image/png"),
    "pdf": ("graph.pdf", "application/pdf"),
    "tikz": ("graph.tex", "application/x-tex"),
    "dot": ("graph.dot", "text/vnd.graphviz"),
}
"""A name and a media type for each format."""


def picture_file(
    found: BoundWalk,
    form: PictureFormat,
    *,
    direction: Direction = "LR",
    step: int | None = None,
    theme: Theme = "light",
    scale: float = SCALE,
) -> PictureFile:
    """The graph of a walk at a step, by default the last, in the colours of a theme.

    `scale` is for a PNG: its pixels for each of the drawing's. Equal arguments lead to equal bytes.
    Raises RequestError for an unknown format, a step past the last, and a scale that is not between
    0 and 16; LimitError for a PNG of too many pixels.
    """
    if form not in get_args(PictureFormat):
        known = ", ".join(get_args(PictureFormat))
        message = f"there is no format '{str(form)[:40]}'"
        raise RequestError(Diagnostic("unknown_format", message, known, pointer="/format"))
    if not 0 < scale <= MOST_SCALE:
        message = f"the scale is {scale:g}; it must be more than 0 and at most {MOST_SCALE:g}"
        raise RequestError(Diagnostic("scale", message, pointer="/scale"))
    name, media = MEDIA[form]
    if form == "dot":
        body = dot(found, direction, step_of(found, step), theme).encode()
        return PictureFile(name, media, body)
    drawing = drawn(found, direction, step)
    if form == "svg":
        return PictureFile(name, media, portable_svg(found, drawing, theme).encode())
    # A page that is not the theme's would show through, and white paper is no dark page.
    ground = form == "png" or theme == "dark"
    picture = elements(found, drawing, theme, ground=ground)
    if form == "png":
        return PictureFile(name, media, png(picture, scale))
    if form == "pdf":
        return PictureFile(name, media, pdf(picture, picture.get("aria-label", "")))
    return PictureFile(name, media, tikz_file(picture).encode())


def elements(
    found: BoundWalk, drawing: Drawing, theme: Theme = "light", *, ground: bool = False
) -> Element:
    """The picture's elements, with the typefaces that are shipped."""
    return portable(plain_svg(found, drawing), theme, shipped(), ground=ground)

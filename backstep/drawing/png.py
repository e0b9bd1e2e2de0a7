"""A picture as PNG, by resvg, with the typefaces of the package alone."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from backstep.drawing.portable import text_of
from backstep.drawing.typefaces import FILES, FONTS
from backstep.errors import Diagnostic, LimitError
from backstep.limits import LIMITS

SCALE = 2.0
"""Pixels of a picture for each of the drawing's, where nothing else is asked for."""


def png(picture: Element, scale: float = SCALE) -> bytes:
    """The picture, whose typefaces are the shipped ones, `scale` pixels for each of its own, and
    at least one each way.

    Raises LimitError where it would have too many pixels.
    """
    wide, high = float(picture.get("width", "0")), float(picture.get("height", "0"))
    scale = max(scale, 1 / min(wide, high))
    measured = round(wide * scale) * round(high * scale)
    if measured > LIMITS.picture_pixels:
        most = (LIMITS.picture_pixels / (wide * high)) ** 0.5
        raise LimitError(
            Diagnostic(
                "picture_pixels",
                f"pixels of the picture: {measured:,} counted, {LIMITS.picture_pixels:,} allowed",
                f"a scale of {most:.2g} or a picture of fewer nodes",
                pointer="/scale",
            ),
            details={
                "limit": "picture_pixels",
                "measured": measured,
                "allowed": LIMITS.picture_pixels,
            },
        )
    # Loaded when first asked for: the numbers and the page's own drawing need no renderer.
    from resvg_py import svg_to_bytes

    return bytes(
        svg_to_bytes(
            text_of(picture),
            zoom=scale,
            skip_system_fonts=True,
            font_files=[str(FONTS / name) for name in FILES.values()],
        )
    )

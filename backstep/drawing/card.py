"""The picture that a link to a state is shown with elsewhere: its drawing, on a card."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from backstep.drawing.cascade import Cascade, Theme
from backstep.drawing.text_lines import text_lines
from backstep.drawing.typefaces import shipped

WIDTH, HEIGHT = 1200, 630
"""Pixels of a card, as Open Graph asks for."""
_MARGIN, _HEAD = 56.0, 116.0
_LARGEST = 2.0
"""How much larger than it is a drawing may be."""


def card(picture: Element, title: str, theme: Theme = "light") -> Element:
    """A picture with the shipped typefaces on a card, below a title of one line."""
    faces = shipped()
    colour = Cascade(theme, faces.properties).literal
    size = {"width": str(WIDTH), "height": str(HEIGHT)}
    made = Element("svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", **size})
    made.append(Element("rect", {**size, "fill": colour("var(--surface)")}))
    sign = {"x": f"{_MARGIN:g}", "y": "76", "font-family": faces.properties["--mathematics"]}
    words = {
        "x": f"{_MARGIN + 36:g}",
        "y": "74",
        "font-family": faces.properties["--text"],
        "font-size": "30",
        "fill": colour("var(--ink)"),
    }
    made.extend(
        text_lines("∂", {**sign, "font-size": "42", "fill": colour("var(--partial)")}, [], faces)
    )
    made.extend(text_lines(title, words, [], faces))
    left, top, wide, high = (float(each) for each in (picture.get("viewBox") or "").split())
    scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - _HEAD - _MARGIN) / high, _LARGEST)
    across = (WIDTH - wide * scale) / 2 - left * scale
    down = _HEAD + (HEIGHT - _HEAD - _MARGIN - high * scale) / 2 - top * scale
    moved = f"matrix({scale:.5g} 0 0 {scale:.5g} {across:.5g} {down:.5g})"
    inner = Element("g", {**picture.attrib, "transform": moved})
    for name in ("viewBox", "width", "height", "role", "aria-label"):
        inner.attrib.pop(name, None)
    inner.extend(picture)
    made.append(inner)
    return made

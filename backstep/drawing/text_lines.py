"""Lines of text that every renderer sets alike.

A line in one typeface is one text. Of a line in several, each part has a place of its own, reckoned
from the widths of its characters: renderers do not agree where a part stands after the one before,
what is anchored, which spaces count, and which of the line they set in another font where one lacks
a character.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from backstep.drawing.typefaces import Typefaces

_PLACES = ("x", "y", "dx", "dy")
Attributes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a line in one typeface."""

    text: str
    style: Attributes
    gap: float
    """The distance from the part before it."""
    width: float
    risen: float
    """Its baseline's distance below the line's."""


def text_lines(
    text: str, given: Attributes, parts: Sequence[tuple[Element, Attributes]], faces: Typefaces
) -> Iterator[Element]:
    """The elements of a text: its own, then parts with their attributes. A part with an `x` begins
    a line; `dx` and `dy` move it and those after it."""
    line = list(_pieces(text, given, 0.0, 0.0, faces))
    place, risen = given, 0.0
    for part, own in parts:
        style = {**given, **own}
        if "x" in own:
            if line:
                yield _set(line, place)
            line, place, risen = [], style, 0.0
        risen += float(own.get("dy", "0"))
        line += _pieces(part.text or "", style, float(own.get("dx", "0")), risen, faces)
    if line:
        yield _set(line, place)


def _pieces(
    text: str, style: Attributes, moved: float, risen: float, faces: Typefaces
) -> Iterator[_Piece]:
    size = float(style["font-size"])
    for part, face in faces.parts(text, faces.face(style)):
        own = {name: value for name, value in style.items() if name not in _PLACES}
        if face == "signs":
            own.pop("font-style", None)
            own["font-family"] = faces.signs
        bare = part.lstrip(" \u2009")
        gap = faces.width(part[: len(part) - len(bare)], size, face)
        yield _Piece(bare, own, moved + gap, faces.width(bare, size, face), risen)
        moved = 0.0


def _set(line: Sequence[_Piece], place: Attributes) -> Element:
    """The element of a line whose `x`, `y` and anchor are those of `place`."""
    x, y = place["x"], place["y"]
    if len(line) == 1 and not line[0].gap and not line[0].risen:
        made = Element("text", {"x": x, "y": y, **line[0].style})
        made.text = line[0].text
        return made
    wide = sum(each.gap + each.width for each in line)
    anchor = place.get("text-anchor", "start")
    at = float(x) - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
    shared = set.intersection(*(set(each.style.items()) for each in line))
    shared -= {("text-anchor", anchor)}
    first = line[0].style
    made = Element("text", {name: first[name] for name in first if (name, first[name]) in shared})
    for each in line:
        at += each.gap
        own = {
            name: value
            for name, value in each.style.items()
            if (name, value) not in shared and name != "text-anchor"
        }
        part = Element("tspan", {"x": f"{at:.1f}", "y": f"{float(y) + each.risen:.1f}", **own})
        part.text = each.text
        at += each.width
        made.append(part)
    return made

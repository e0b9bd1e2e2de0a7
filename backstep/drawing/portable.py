"""A drawing as SVG for any program: literal colours and typefaces as attributes of its elements.

The page's form has classes and takes the page's sheets. Here nothing is left to a style sheet: no
class, marker, `paint-order` or nested picture, which programs that are no browsers read unlike one
another. What is not shown is left out; text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import hypot
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from backstep.drawing.cascade import Cascade, Mark, Theme
from backstep.drawing.text_lines import text_lines
from backstep.drawing.typefaces import SYSTEM, Typefaces

_KEPT = frozenset(
    {"fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"}
    | {"stroke-linejoin", "font-family", "font-size", "font-weight", "text-anchor"}
)
"""Properties that are attributes of the same name."""
_TAKEN = frozenset({"marker-end", "paint-order", "display", "visibility"})
"""Properties that are carried out here."""
_LEFT = frozenset({"color", "font-variant-numeric", "font-variant-ligatures", "text-rendering"})
"""Properties left out: the figures of these typefaces are tabular, and they have no ligatures; told
how to render text, CairoSVG breaks it."""
_PIXELS = ("font-size", "stroke-width")
_SEEN = ("font-style", "data-direction")
"""The attributes that selectors look at."""
_DROPPED = ("class", "tabindex", "role", "aria-label")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_NAMESPACE = "http://www.w3.org/2000/svg"


def portable(
    themed: str, theme: Theme, faces: Typefaces = SYSTEM, *, ground: bool = False
) -> Element:
    """The page's form of a drawing as elements that need no style sheet.

    `ground` lays the theme's surface beneath. Raises ValueError where the sheet has a property that
    is not known here.
    """
    root = ElementTree.fromstring(themed.replace(f' xmlns="{_NAMESPACE}"', "", 1))
    cascade = Cascade(theme, faces.properties)
    (made,) = _Maker(cascade, faces, root).elements(root, ())
    made.set("role", "img")
    made.set("aria-label", root.get("aria-label", ""))
    if ground:
        left, top, width, height = (root.get("viewBox") or "").split()
        given = {"x": left, "y": top, "width": width, "height": height}
        made.insert(0, Element("rect", {**given, "fill": cascade.literal("var(--surface)")}))
    return made


def text_of(picture: Element) -> str:
    """The picture as the text of a file."""
    root = Element(picture.tag, {"xmlns": _NAMESPACE, **picture.attrib})
    root.extend(picture)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


class _Maker:
    """Makes elements anew, with the sheet's declarations as attributes."""

    def __init__(self, cascade: Cascade, faces: Typefaces, root: Element) -> None:
        self._cascade = cascade
        self._faces = faces
        self._heads = {
            f'url("#{marker.get("id")}")': self._head(root, marker)
            for marker in root.iter("marker")
        }

    def _head(self, root: Element, marker: Element) -> tuple[str, float, str]:
        """An arrowhead's path, its scale and its colour."""
        (path,) = marker
        chain = (_mark(root), Mark("defs", frozenset()), _mark(marker), _mark(path))
        scale = float(marker.get("markerWidth", "8")) / 8
        return path.get("d", ""), scale, self._cascade.of(chain)["fill"]

    def elements(self, given: Element, around: tuple[Mark, ...]) -> list[Element]:
        """What an element becomes: nothing where it is not shown."""
        if given.tag == "defs":
            return []
        chain = (*around, _mark(given))
        style = self._cascade.of(chain)
        if style.get("display") == "none" or style.get("visibility") == "hidden":
            return []
        kept = _kept(given) | _attributes(style)
        if given.tag == "text":
            parts = [
                (part, _kept(part) | _attributes(self._cascade.of((*chain, _mark(part)))))
                for part in given
            ]
            lines = text_lines((given.text or "").strip("\n "), kept, parts, self._faces)
            outlined = style.get("paint-order") == "stroke"
            return [each for line in lines for each in (_twice(line) if outlined else (line,))]
        made = Element(given.tag, kept)
        if given.tag == "title":
            made.text = given.text
        for each in given:
            made.extend(self.elements(each, chain))
        if given.tag == "svg" and around:
            return [_placed(made)]
        head = self._heads.get(style.get("marker-end", ""))
        return [made] if head is None else [made, _arrowhead(made.get("d", ""), *head)]


def _mark(element: Element) -> Mark:
    seen = ((name, element.get(name)) for name in _SEEN)
    return Mark(
        element.tag,
        frozenset(element.get("class", "").split()),
        tuple((name, value) for name, value in seen if value is not None),
    )


def _kept(element: Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name not in _DROPPED}


def _attributes(style: Mapping[str, str]) -> dict[str, str]:
    strange = style.keys() - _KEPT - _TAKEN - _LEFT
    if strange:
        raise ValueError(f"no attribute for the property {', '.join(sorted(strange))}")
    return {
        name: value.removesuffix("px") if name in _PIXELS else value
        for name, value in style.items()
        if name in _KEPT
    }


def _placed(picture: Element) -> Element:
    """A picture within the picture as a group at its place and in its size."""
    wide, high = (float(each) for each in picture.get("viewBox", "0 0 1 1").split()[2:])
    across = float(picture.get("width", "1")) / wide
    down = float(picture.get("height", "1")) / high
    move = f"matrix({across:.6g} 0 0 {down:.6g} {picture.get('x')} {picture.get('y')})"
    made = Element("g", {"transform": move})
    made.extend(picture)
    for surface in made.iter("rect"):
        surface.set("width", f"{wide:g}")
        surface.set("height", f"{high:g}")
    return made


def _twice(text: Element) -> tuple[Element, Element]:
    """A text on its own outline."""
    below = ElementTree.fromstring(ElementTree.tostring(text))
    below.set("fill", text.get("stroke", "none"))
    for name in ("stroke", "stroke-width", "stroke-linejoin"):
        text.attrib.pop(name, None)
    return below, text


def _arrowhead(line: str, path: str, scale: float, colour: str) -> Element:
    """The arrowhead of a line, which begins half a unit before the line's end."""
    points = [float(each) for each in _NUMBER.findall(line)]
    x, y = points[-2:]
    before = [
        (x - points[at], y - points[at + 1])
        for at in range(len(points) - 4, -1, -2)
        if (points[at], points[at + 1]) != (x, y)
    ]
    across, down = before[0] if before else (1.0, 0.0)
    length = hypot(across, down)
    cos, sin = scale * across / length, scale * down / length
    moved = (cos, sin, -sin, cos, x - 0.5 * cos + 4 * sin, y - 0.5 * sin - 4 * cos)
    turned = f"matrix({' '.join(f'{each + 0.0:.5g}' for each in moved)})"
    return Element("path", {"d": path, "fill": colour, "transform": turned})

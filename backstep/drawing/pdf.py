"""A picture as PDF, by ReportLab: lines as lines, text as text, its typefaces embedded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from backstep.drawing.paths import commands, matrix
from backstep.drawing.typefaces import FILES, FONTS, Typefaces, shipped
from backstep.drawing.widths import Face

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.pdfgen.pathobject import PDFPathObject

POINTS = 0.75
"""Points of a page for each pixel of a drawing."""
_LONGEST = 14_400.0
"""Points of a page's side that readers still open."""
_INHERITED = (
    "fill",
    "stroke",
    "stroke-width",
    "font-family",
    "font-size",
    "font-weight",
    "font-style",
)
_CAPS, _JOINS = {"butt": 0, "round": 1, "square": 2}, {"miter": 0, "round": 1, "bevel": 2}

Style = Mapping[str, str]


def pdf(picture: Element, title: str) -> bytes:
    """A page of the picture's size, with a title. The picture is one of `portable`, and its
    typefaces the shipped ones. Raises ValueError for an element that such a picture has not."""
    # Loaded when first asked for: the numbers and the page's own drawing need no writer of PDF.
    from reportlab.pdfgen.canvas import Canvas

    _register()
    left, top, wide, high = (float(each) for each in (picture.get("viewBox") or "").split())
    scale = min(POINTS, _LONGEST / max(wide, high))
    file = BytesIO()
    canvas = Canvas(file, pagesize=(wide * scale, high * scale), invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("Backstep")
    canvas.transform(scale, 0, 0, -scale, -left * scale, (high + top) * scale)
    _Painter(canvas, shipped()).inside(picture, {"fill": "#000000", "font-family": "Inter"})
    canvas.save()
    return file.getvalue()


@cache
def _register() -> None:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    for face, file in FILES.items():
        registerFont(TTFont(_font(face), str(FONTS / file)))


def _font(face: Face) -> str:
    return f"backstep-{face}"


class _Painter:
    """Draws elements on a canvas whose y goes downwards."""

    def __init__(self, canvas: Canvas, faces: Typefaces) -> None:
        self._canvas = canvas
        self._faces = faces
        self._painters: Mapping[str, Callable[[Element, Style], None]] = {
            "g": self.inside,
            "rect": self._rect,
            "circle": self._circle,
            "path": self._path,
            "text": self._text,
            "tspan": self._text,
            "title": lambda element, style: None,
        }

    def inside(self, element: Element, style: Style) -> None:
        """Draw what is in an element."""
        for each in element:
            paint = self._painters.get(each.tag)
            if paint is None:
                raise ValueError(f"no way to draw <{each.tag}> as PDF")
            own = {name: value for name, value in each.attrib.items() if name in _INHERITED}
            moved = each.get("transform")
            if moved is not None:
                self._canvas.saveState()
                self._canvas.transform(*matrix(moved))
            paint(each, {**style, **own})
            if moved is not None:
                self._canvas.restoreState()

    def _rect(self, element: Element, style: Style) -> None:
        x, y, wide, high, round_ = (
            float(element.get(name, "0")) for name in ("x", "y", "width", "height", "rx")
        )
        path = self._canvas.beginPath()
        if round_:
            path.roundRect(x, y, wide, high, round_)
        else:
            path.rect(x, y, wide, high)
        self._paint(path, element, style)

    def _circle(self, element: Element, style: Style) -> None:
        path = self._canvas.beginPath()
        path.circle(*(float(element.get(name, "0")) for name in ("cx", "cy", "r")))
        self._paint(path, element, style)

    def _path(self, element: Element, style: Style) -> None:
        path = self._canvas.beginPath()
        for command, numbers in commands(element.get("d", "")):
            if command == "M":
                path.moveTo(*numbers)
            elif command == "L":
                path.lineTo(*numbers)
            elif command == "C":
                path.curveTo(*numbers)
            else:
                path.close()
        self._paint(path, element, style)

    def _paint(self, path: PDFPathObject, element: Element, style: Style) -> None:
        canvas = self._canvas
        fill, stroke = style["fill"] != "none", style.get("stroke", "none") != "none"
        if fill:
            canvas.setFillColor(style["fill"], alpha=float(element.get("fill-opacity", "1")))
        if stroke:
            canvas.setStrokeColor(style["stroke"])
            canvas.setLineWidth(float(style.get("stroke-width", "1")))
            canvas.setLineCap(_CAPS[element.get("stroke-linecap", "butt")])
            canvas.setLineJoin(_JOINS[element.get("stroke-linejoin", "miter")])
            dashes = element.get("stroke-dasharray", "").split()
            canvas.setDash([float(each) for each in dashes])
        canvas.drawPath(path, stroke=int(stroke), fill=int(fill))

    def _text(self, element: Element, style: Style) -> None:
        self.inside(element, style)
        if not element.text:
            return
        face = self._faces.face(style)
        outline = style.get("stroke", "none") != "none"
        canvas = self._canvas
        canvas.saveState()
        canvas.transform(1, 0, 0, -1, float(element.get("x", "0")), float(element.get("y", "0")))
        canvas.setFont(_font(face), float(style["font-size"]))
        canvas.setFillColor(style["fill"], alpha=1)
        if outline:
            canvas.setStrokeColor(style["stroke"])
            canvas.setLineWidth(float(style["stroke-width"]))
            canvas.setLineJoin(_JOINS[element.get("stroke-linejoin", "miter")])
        draw = {
            "start": canvas.drawString,
            "middle": canvas.drawCentredString,
            "end": canvas.drawRightString,
        }[element.get("text-anchor", "start")]
        draw(0, 0, element.text, mode=2 if outline else 0)
        canvas.restoreState()

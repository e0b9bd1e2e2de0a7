"""A drawn graph as a TikZ picture that needs nothing of the document around it but `tikz`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from xml.etree.ElementTree import Element

from backstep.drawing.paths import commands, matrix
from backstep.drawing.typefaces import Typefaces, shipped
from backstep.export import tex

POINTS = 0.75
"""Points for each pixel of a drawing that has room enough."""
_SIZE = 10.0
"""Points of a document's type, which nodes scale from: no font needs to have other sizes."""
_INHERITED = (
    "fill",
    "stroke",
    "stroke-width",
    "font-family",
    "font-size",
    "font-weight",
    "font-style",
)
_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
_FACES = {
    "sans": r"\textsf{@}", "bold": r"\textbf{\textsf{@}}",
    "serif": "@", "signs": "@", "italic": "@",
}  # fmt: skip

Style = Mapping[str, str]


def tikz(picture: Element, width: float = float("inf"), height: float = float("inf")) -> str:
    """The `tikzpicture` of a picture with the shipped typefaces, whose formulas are TeX's own.

    It has at most so many points. Raises ValueError for an element that pictures have not.
    """
    left, top, wide, high = (float(each) for each in (picture.get("viewBox") or "").split())
    scale = min(POINTS, width / wide, height / high)
    writer = _Writer(scale, shipped())
    lines = list(writer.inside(picture, {"fill": "#000000", "font-family": "Inter"}))
    bounds = f"({left:g},{top:g}) rectangle ({left + wide:g},{top + high:g})"
    return "\n".join(
        [
            rf"\begin{{tikzpicture}}[x={scale:.4g}pt, y=-{scale:.4g}pt, line width={scale:.4g}pt,",
            "  every node/.style={inner sep=0pt, outer sep=0pt}]",
            *(
                rf"\definecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}"
                for colour, name in writer.colours.items()
            ),
            rf"\useasboundingbox {bounds};",
            *lines,
            r"\end{tikzpicture}",
        ]
    )


def tikz_file(picture: Element) -> str:
    """A document of the picture alone, for pdflatex."""
    return "\n".join([_OPENING, tikz(picture), r"\end{document}", ""])


_OPENING = r"""\documentclass[tikz]{standalone}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{textcomp}
\usepackage{amsmath}
\usepackage{amssymb}
\begin{document}"""


class _Writer:
    """Writes elements as commands of TikZ; collects the colours that they use."""

    def __init__(self, scale: float, faces: Typefaces) -> None:
        self.colours: dict[str, str] = {}
        self._scale = scale
        self._faces = faces
        self._writers: Mapping[str, Callable[[Element, Style], Iterator[str]]] = {
            "g": self._group,
            "rect": self._rect,
            "circle": self._circle,
            "path": self._path,
            "text": self._text,
            "tspan": self._text,
            "title": lambda element, style: iter(()),
        }

    def inside(self, element: Element, style: Style) -> Iterator[str]:
        """The commands of what is in an element."""
        for each in element:
            write = self._writers.get(each.tag)
            if write is None:
                raise ValueError(f"no way to draw <{each.tag}> in TikZ")
            own = {name: value for name, value in each.attrib.items() if name in _INHERITED}
            yield from write(each, {**style, **own})

    def _group(self, element: Element, style: Style) -> Iterator[str]:
        lines = list(self.inside(element, style))
        moved = element.get("transform")
        if moved is None or not lines:
            yield from lines
            return
        yield rf"\begin{{scope}}[{_moved(moved)}]{_named(element)}"
        yield from lines
        yield r"\end{scope}"

    def _rect(self, element: Element, style: Style) -> Iterator[str]:
        x, y, wide, high, round_ = (
            float(element.get(name, "0")) for name in ("x", "y", "width", "height", "rx")
        )
        corners = [f"rounded corners={round_ * self._scale:.4g}pt"] if round_ else []
        shape = f"({x:g},{y:g}) rectangle ({x + wide:g},{y + high:g})"
        yield self._painted(shape, element, style, corners)

    def _circle(self, element: Element, style: Style) -> Iterator[str]:
        x, y, radius = (float(element.get(name, "0")) for name in ("cx", "cy", "r"))
        shape = f"({x:g},{y:g}) circle[radius={radius * self._scale:.4g}pt]"
        yield self._painted(shape, element, style, [])

    def _path(self, element: Element, style: Style) -> Iterator[str]:
        parts: list[str] = []
        for command, numbers in commands(element.get("d", "")):
            points = [f"({x:g},{y:g})" for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
            if command == "M":
                parts += points
            elif command == "L":
                parts += [f"-- {points[0]}"]
            elif command == "C":
                parts += [f".. controls {points[0]} and {points[1]} .. {points[2]}"]
            else:
                parts += ["-- cycle"]
        moved = element.get("transform")
        yield self._painted(
            " ".join(parts), element, style, [] if moved is None else [_moved(moved)]
        )

    def _painted(self, shape: str, element: Element, style: Style, options: list[str]) -> str:
        fill, stroke = style["fill"], style.get("stroke", "none")
        if fill != "none":
            options = [*options, f"fill={self._colour(fill)}"]
            if "fill-opacity" in element.attrib:
                options.append(f"fill opacity={element.get('fill-opacity')}")
        if stroke != "none":
            wide = float(style.get("stroke-width", "1")) * self._scale
            options = [*options, f"draw={self._colour(stroke)}", f"line width={wide:.3g}pt"]
            if element.get("stroke-linecap") == "round":
                options.append("line cap=round")
            dashes = [
                float(each) * self._scale for each in element.get("stroke-dasharray", "").split()
            ]
            if dashes:
                on, off = dashes
                options.append(f"dash pattern=on {on:.3g}pt off {off:.3g}pt")
        return rf"\path[{', '.join(options)}] {shape};"

    def _text(self, element: Element, style: Style) -> Iterator[str]:
        yield from self.inside(element, style)
        # An outline stands behind its own text, and LaTeX has none.
        if not element.text or style.get("stroke", "none") != "none":
            return
        face = self._faces.face({**style, **element.attrib})
        options = [
            f"anchor={_ANCHORS[element.get('text-anchor', 'start')]}",
            f"text={self._colour(style['fill'])}",
            f"scale={float(style['font-size']) * self._scale / _SIZE:.3g}",
        ]
        plain = element.text.replace("\u2009", " ").strip()
        written = _italic(plain) if face == "italic" else tex.text(plain)
        x, y = element.get("x", "0"), element.get("y", "0")
        yield rf"\node[{', '.join(options)}] at ({x},{y}) {{{_FACES[face].replace('@', written)}}};"

    def _colour(self, colour: str) -> str:
        return self.colours.setdefault(colour, f"colour{len(self.colours) + 1}")


def _moved(transform: str) -> str:
    """A transform of the picture's own coordinates."""
    a, b, c, d, e, f = matrix(transform)
    if (a, b, c, d) == (1.0, 0.0, 0.0, 1.0):
        return f"shift={{({e:g},{f:g})}}"
    # TikZ measures upwards: its matrix has the turning parts the other way round.
    return f"cm={{{a:.5g},{-b:.5g},{-c:.5g},{d:.5g},({e:.5g},{f:.5g})}}"


def _named(element: Element) -> str:
    said = element.find("title")
    first = (said.text or "").partition("\n")[0] if said is not None else ""
    return f" % {tex.text(first)}" if first else ""


def _italic(text: str) -> str:
    if text.isascii() and text.isalpha():
        return f"${text}$" if len(text) == 1 else rf"$\mathit{{{text}}}$"
    return tex.text(text)

"""The drawn graph as a TikZ picture."""

from __future__ import annotations

import re
from collections.abc import Iterable

from backstep.drawing.answer import DrawnGraph, GraphEdge, GraphNode
from backstep.export import tex

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_COMMANDS = re.compile(r"([A-Za-z])([^A-Za-z]*)")

COLOURS = (
    "\\definecolor{forward}{HTML}{1D4ED8}\n"
    "\\definecolor{backward}{HTML}{B45309}\n"
    "\\definecolor{quiet}{HTML}{9CA3AF}"
)
"""The colours of values, of partials, and of nodes that are not computed yet."""


def tikz(graph: DrawnGraph, width: float, height: float) -> str:
    """The picture, scaled to at most so many points."""
    scale = min(width / max(graph.width, 1.0), height / max(graph.height, 1.0), 0.75)
    lines = [
        rf"\begin{{tikzpicture}}[x={scale:.4f}pt, y=-{scale:.4f}pt, "
        rf"every node/.style={{inner sep=1pt, scale={min(1.0, 1.9 * scale):.3f}}}]"
    ]
    lines += [line for edge in graph.edges for line in _edge(edge)]
    lines += [line for node in graph.nodes for line in _node(node)]
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _edge(edge: GraphEdge) -> Iterable[str]:
    colour = "backward" if edge.contribution is not None or edge.size else "quiet"
    yield rf"\draw[->, {colour}] {_path(edge.path)};"
    if edge.label is not None and edge.local.value is not None:
        at = f"({edge.label.x:.1f},{edge.label.y:.1f})"
        figure = rf"\scriptsize ${_figure(edge.local.value)}$"
        yield rf"\node[fill=white, text={colour}] at {at} {{{figure}}};"


def _path(d: str) -> str:
    """An SVG path's moves, lines and curves."""
    parts: list[str] = []
    for command, given in _COMMANDS.findall(d):
        numbers = [float(each) for each in _NUMBERS.findall(given)]
        points = [f"({x:.1f},{y:.1f})" for x, y in zip(numbers[::2], numbers[1::2], strict=False)]
        if command == "M":
            parts += points[:1]
            parts += [f"-- {point}" for point in points[1:]]
        elif command == "L":
            parts += [f"-- {point}" for point in points]
        elif command == "C":
            for start in range(0, len(points) - 2, 3):
                one, two, end = points[start : start + 3]
                parts.append(f".. controls {one} and {two} .. {end}")
        elif command == "Q":
            for start in range(0, len(points) - 1, 2):
                one, end = points[start : start + 2]
                parts.append(f".. controls {one} .. {end}")
    return " ".join(parts)


def _node(node: GraphNode) -> Iterable[str]:
    known = node.value is not None or node.summary is not None
    colour = "backward" if _has_partial(node) else "forward" if known else "quiet"
    left, top = node.x - node.width / 2, node.y - node.height / 2
    thick = "very thick, " if node.state == "current" else ""
    yield (
        rf"\draw[{thick}{colour}, fill=white, rounded corners=2pt] ({left:.1f},{top:.1f}) "
        rf"rectangle ({left + node.width:.1f},{top + node.height:.1f});"
    )
    lines = [f"${tex.formula(node.label.latex)}$"] if node.name else [tex.text(node.sign)]
    if node.value is not None and node.value.shape == ():
        lines.append(rf"\textcolor{{forward}}{{\scriptsize ${_figure(float(node.value))}$}}")
    elif node.shape:
        lines.append(rf"\scriptsize {tex.text('×'.join(map(str, node.shape)))}")
    if node.partial is not None and node.partial.shape == ():
        lines.append(rf"\textcolor{{backward}}{{\scriptsize ${_figure(float(node.partial))}$}}")
    body = r" \\ ".join(lines)
    yield rf"\node[align=center] at ({node.x:.1f},{node.y:.1f}) {{{body}}};"


def _has_partial(node: GraphNode) -> bool:
    return node.partial is not None or node.partial_summary is not None


def _figure(value: float) -> str:
    """A number to four digits."""
    if value != value:
        return r"\mathrm{NaN}"
    if value in (float("inf"), float("-inf")):
        return r"\infty" if value > 0 else r"-\infty"
    digits, _, power = f"{value:.4g}".partition("e")
    return digits if not power else rf"{digits} \cdot 10^{{{int(power)}}}"

"""The local derivative along each edge of a view, as graph nodes and in symbols. Walks no path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backstep.autodiff.zoom import Edge, Vertex, View, named_seed, pullback, unit
from backstep.graph.node import Node
from backstep.notation.latex import LATEX, TEXT, Printed, Style, formula
from backstep.notation.symbols import PARTIAL, Symbols, pretty


@dataclass(frozen=True, slots=True)
class Local:
    """What a use does to a partial on its way back along one edge.

    `slope` is the derivative by a number, and by a tensor its partials, where the use is a number.
    `sent` is what goes back where `seed` stands for the partial at the use; None where nothing
    does, for `reason`.
    """

    link: Edge
    vertex: Vertex
    slope: Node | None
    sent: Node | None
    seed: Node
    reason: str | None

    @property
    def scalar(self) -> bool:
        """Whether both ends are numbers."""
        return self.link.source.shape == () and self.link.use.shape == ()


class Locals:
    """The local derivatives of a sealed graph's view, each worked out once, when asked for."""

    def __init__(self, view: View) -> None:
        self._vertices = {vertex.node.id: vertex for vertex in view.vertices}
        self._known: dict[str, Local] = {}

    def of(self, link: Edge) -> Local:
        """The local derivative along the edge."""
        if link.id not in self._known:
            vertex = self._vertices[link.use.id]
            seed = named_seed(vertex)
            named = pullback(vertex, seed)
            units = pullback(vertex, unit(vertex)) if vertex.node.shape == () else {}
            for each in vertex.links:
                slope = units[each.id].partial if units else None
                self._known[each.id] = Local(
                    each,
                    vertex,
                    slope,
                    named[each.id].partial,
                    seed,
                    named[each.id].reason,
                )
        return self._known[link.id]


_CHOOSES = "it only chooses by this value, so nothing flows back"


def why_zero(local: Local) -> str | None:
    """Why nothing flows along the edge; None where something does."""
    return None if local.sent is not None else local.reason or _CHOOSES


def ratio(symbols: Symbols, top: Node, bottom: Node, style: Style = LATEX) -> str:
    """∂u/∂z, as LaTeX or as text."""
    if style is TEXT:
        return f"∂{_bare(said(symbols, top))}/∂{_bare(said(symbols, bottom))}"
    above, below = (_bracketed(symbols, node) for node in (top, bottom))
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def coloured_ratio(symbols: Symbols, top: Node, bottom: Node) -> str:
    """∂u/∂z as LaTeX, in the colour of partials where it is one of the loss."""
    text = ratio(symbols, top, bottom)
    return rf"{PARTIAL}{{{text}}}" if top is symbols.loss else text


DIRECT = r"\text{direct}"
"""What the loss reads itself, where it is reached by other ways too."""


def along(piece: str, way: str, latex: bool = True) -> str:
    """∂L/∂w along one edge alone, where there are other ways too; `way` says along which."""
    return rf"\left.{piece}\right|_{{{way}}}" if latex else f"{piece}|{way}"


def _bracketed(symbols: Symbols, node: Node) -> str:
    text = symbols.of(node)
    whole = node.id in symbols.latex or symbols.is_numbered(node)
    return text if whole else rf"\left({text}\right)"


def said(symbols: Symbols, node: Node) -> str:
    """The node's symbol in plain characters: its name, its short formula, or its number."""
    return symbols.number(node) if symbols.is_numbered(node) else board(symbols.said(node))


_PICKED = re.compile(r"pick\(([^(),]+), ([^(),]+)\)")
_ONE_HOT = re.compile(r"one_hot\((\w+), \d+\)")
_LOGGED = re.compile(r"log\((\w+)\)")


_GUARDS = ("where(where(maximum(abs(", "where((maximum(abs(")


def _unguarded(text: str) -> str:
    """The text without the choice that makes a power's partial by its exponent 0 at the base 0."""
    for guard in _GUARDS:
        while (start := text.find(guard)) >= 0:
            deep, cuts = 0, [start + len("where(") - 1]
            for place in range(start, len(text)):
                deep += (text[place] in "([") - (text[place] in ")]")
                if deep == 1 and text[place] == ",":
                    cuts.append(place)
                if place > start and deep == 0 and text[place] == ")":
                    cuts.append(place)
                    break
            if len(cuts) != 4:
                break
            inside = text[cuts[1] + 1 : cuts[2]].strip()
            text = text[:start] + inside + text[cuts[3] + 1 :]
    return text


def board(text: str) -> str:
    """Language text as on a board: `pick(p, y)` is p_y, `one_hot(y, 3)` is e_y."""
    short = _ONE_HOT.sub(r"e_\1", _PICKED.sub(r"\1_\2", _unguarded(text)))
    return pretty(_LOGGED.sub(r"log \1", short))


def _bare(text: str) -> str:
    return f"({text})" if set(" −+·/") & set(text) else text


def written(node: Node, names: Mapping[int, Printed], style: Style = LATEX) -> Printed:
    """The node's own symbol where it has one, else its formula."""
    return names[node.id] if node.id in names else formula(node, names, style)

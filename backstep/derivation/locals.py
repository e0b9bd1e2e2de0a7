"""The local derivative along each edge of a view, as graph nodes; and the names of nodes."""

from __future__ import annotations

from dataclasses import dataclass

from backstep.autodiff.zoom import Edge, Vertex, View, named_seed, pullback, unit
from backstep.formula.board import Paper
from backstep.graph.node import Node
from backstep.notation.symbols import Symbols


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


def called(symbols: Symbols, node: Node) -> str:
    """The node's symbol in plain characters: its name, its short formula, or its number."""
    return Paper().write(symbols.formula(node))

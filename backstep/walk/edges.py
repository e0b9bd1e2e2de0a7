"""The pullbacks along one edge of a view, as nodes: what its formulas and numbers are made of."""

from __future__ import annotations

from dataclasses import dataclass

from backstep.autodiff.zoom import Edge, Pullback, Vertex
from backstep.graph.node import Node


@dataclass(frozen=True, slots=True)
class EdgeFormula:
    """The pullback along one edge: of the true partial, of 1, and of a named partial."""

    link: Edge
    vertex: Vertex
    real: Pullback
    unit: Pullback | None
    formula: Pullback

    @property
    def local(self) -> Node | None:
        """The local derivative's node if it is a number; None if it is a Jacobian."""
        return self.unit.partial if self.unit and self.link.source.shape == () else None

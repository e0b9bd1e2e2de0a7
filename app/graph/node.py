"""Nodes and literals: the immutable parts of a graph. Operators build nodes through the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from app.errors import Span
from app.graph.shape import Shape

if TYPE_CHECKING:
    from app.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Literal:
    """A number written in an operation: exact, with the text it was typed as; no node of its own.

    `symbol` names an irrational constant (`pi`); then `value` is its closest float64.
    """

    value: Fraction
    text: str | None = None
    symbol: str | None = None

    shape: Shape = field(default=(), init=False)
    adjoint: bool = field(default=False, init=False)

    def __float__(self) -> float:
        try:
            return float(self.value)
        except OverflowError:
            return float("inf") if self.value > 0 else float("-inf")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Node:
    """One operation of a graph: dense id, row name, operands, static parameters, shape, place.

    `adjoint` is true of partials and what is computed from them.
    """

    graph: Graph
    id: int
    op: str
    inputs: tuple[Operand, ...]
    params: Mapping[str, Any]
    shape: Shape
    span: Span | None = None
    adjoint: bool = False
    nodes: tuple[Node, ...] = field(init=False)
    """The inputs that are nodes, in order; literals left out."""

    def __post_init__(self) -> None:
        # Every order on a graph reads it, so it is worked out once.
        found = tuple([operand for operand in self.inputs if isinstance(operand, Node)])
        object.__setattr__(self, "nodes", found)

    def __repr__(self) -> str:
        return f"n{self.id}:{self.op}{self.shape}"

    def __add__(self, other: Any) -> Node:
        return self.graph.apply("add", self, other)

    def __radd__(self, other: Any) -> Node:
        return self.graph.apply("add", other, self)

    def __sub__(self, other: Any) -> Node:
        return self.graph.apply("subtract", self, other)

    def __rsub__(self, other: Any) -> Node:
        return self.graph.apply("subtract", other, self)

    def __mul__(self, other: Any) -> Node:
        return self.graph.apply("multiply", self, other)

    def __rmul__(self, other: Any) -> Node:
        return self.graph.apply("multiply", other, self)

    def __truediv__(self, other: Any) -> Node:
        return self.graph.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return self.graph.apply("divide", other, self)

    def __matmul__(self, other: Any) -> Node:
        return self.graph.apply("matmul", self, other)

    def __pow__(self, other: Any) -> Node:
        return self.graph.apply("power", self, other)

    def __neg__(self) -> Node:
        return self.graph.apply("negate", self)

    @property
    def T(self) -> Node:
        """All axes reversed."""
        return self.graph.apply("transpose", self)


Operand = Node | Literal


def literal(value: int | float | Fraction) -> Literal:
    """A literal from Python's own number; exact, so a float keeps its very bits."""
    return Literal(Fraction(value))

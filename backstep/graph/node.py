"""Nodes and literals: the immutable parts of a graph. Operators build nodes through the graph."""

from __future__ import annotations

from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from backstep.errors import Span
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape
from backstep.records import record

if TYPE_CHECKING:
    from backstep.graph.graph import Graph


@record(frozen=True, slots=True)
class Literal:
    """A number written in an operation: exact, with the text it was typed as; no node of its own.

    `symbol` names an irrational constant (`pi`); then `value` is its closest float64.
    """

    value: Fraction
    text: str | None = None
    symbol: str | None = None

    shape: Shape = field(default=(), init=False)
    adjoint: bool = field(default=False, init=False)

    def __hash__(self) -> int:
        # A fraction's own hash takes a power modulo a prime: more than all the rest of a lookup.
        return hash((self.value.numerator, self.value.denominator, self.text, self.symbol))

    @property
    def minus_zero(self) -> bool:
        """Whether it is a zero typed with a minus, which a float has and a fraction has not."""
        return self.text is not None and self.value == 0 and self.text[0] == "-"

    def __float__(self) -> float:
        if self.minus_zero:
            return -0.0
        try:
            return float(self.value)
        except OverflowError:
            return float("inf") if self.value > 0 else float("-inf")


class Node:
    """One operation of a graph: dense id, row name, operands, static parameters, shape, span.

    `adjoint` is true for partials and what is computed from them. `nodes` are the inputs that are
    nodes, in order; it is `inputs` itself if no literal is among them. No attribute is set twice,
    which the type checker enforces: a network has hundreds of thousands of nodes.
    """

    __slots__ = ("adjoint", "graph", "id", "inputs", "nodes", "op", "params", "shape", "span")

    def __init__(
        self,
        graph: Graph,
        number: int,
        op: str,
        inputs: tuple[Operand, ...],
        params: Parameters,
        shape: Shape,
        span: Span | None,
        adjoint: bool,
        nodes: tuple[Node, ...],
    ) -> None:
        self.graph: Final = graph
        self.id: Final = number
        self.op: Final = op
        self.inputs: Final = inputs
        self.params: Final = params
        self.shape: Final = shape
        self.span: Final = span
        self.adjoint: Final = adjoint
        self.nodes: Final = nodes

    def __repr__(self) -> str:
        return f"n{self.id}:{self.op}{self.shape}"

    def __add__(self, other: OperandLike) -> Node:
        return self.graph.apply("add", self, other)

    def __radd__(self, other: OperandLike) -> Node:
        return self.graph.apply("add", other, self)

    def __sub__(self, other: OperandLike) -> Node:
        return self.graph.apply("subtract", self, other)

    def __rsub__(self, other: OperandLike) -> Node:
        return self.graph.apply("subtract", other, self)

    def __mul__(self, other: OperandLike) -> Node:
        return self.graph.apply("multiply", self, other)

    def __rmul__(self, other: OperandLike) -> Node:
        return self.graph.apply("multiply", other, self)

    def __truediv__(self, other: OperandLike) -> Node:
        return self.graph.apply("divide", self, other)

    def __rtruediv__(self, other: OperandLike) -> Node:
        return self.graph.apply("divide", other, self)

    def __matmul__(self, other: OperandLike) -> Node:
        return self.graph.apply("matmul", self, other)

    def __pow__(self, other: OperandLike) -> Node:
        return self.graph.apply("power", self, other)

    def __neg__(self) -> Node:
        return self.graph.apply("negate", self)

    @property
    def T(self) -> Node:
        """All axes reversed."""
        return self.graph.apply("transpose", self)


Operand = Node | Literal
OperandLike = Node | Literal | Fraction | int | float
"""What an operand may be written as in Python."""


_WHOLE = {number: Literal(Fraction(number)) for number in range(-9, 10)}
"""What rules write most often."""


def literal(value: int | float | Fraction) -> Literal:
    """A literal from a Python number; exact, so a float keeps every bit."""
    known = _WHOLE.get(value) if isinstance(value, int) else None
    return Literal(Fraction(value)) if known is None else known

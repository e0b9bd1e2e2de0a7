"""The graph: nodes that only grow, with dense ids that join drawing, walk, JSON and style sheet.

A graph is given its operation table when it is made. Forward nodes are never merged, so that the
picture is the text; once sealed, what is added (the gradient) is simplified and interned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol

from app.errors import Fault, LimitError, Span
from app.graph.node import Literal, Node, Operand, literal
from app.graph.shape import Shape, size
from app.limits import LIMITS


class OperationRow(Protocol):
    """What a graph needs to know of a row of the operation table.

    `product` rows take a static parameter `strong` that names the side a partial stands on: an
    incoming partial of exactly 0 then gives exactly 0, whatever it meets.
    """

    @property
    def product(self) -> bool: ...

    @property
    def marks_partial(self) -> bool: ...

    def shape_of(self, shapes: tuple[Shape, ...], params: Mapping[str, Any]) -> Shape:
        """The result's shape; raises ShapeError where the inputs do not fit."""


_SIDES = ("left", "right")

Simplify = Callable[["Graph", str, tuple[Operand, ...], Mapping[str, Any]], Operand | None]


class Graph:
    """A growing list of nodes over one operation table."""

    def __init__(self, table: Mapping[str, OperationRow], most: int | None = None) -> None:
        self.table = table
        self._most = most
        self.nodes: list[Node] = []
        self.elements = 0
        self.forward: int | None = None
        self._simplify: Simplify | None = None
        self._interned: dict[Any, Node] = {}

    @property
    def most(self) -> int:
        """How many forward nodes it may have."""
        return LIMITS.forward_nodes if self._most is None else self._most

    def apply(self, op: str, *inputs: Any, span: Span | None = None, **params: Any) -> Node:
        """Add the operation `op` on inputs (nodes, literals or Python numbers).

        Raises ShapeError where shapes do not fit and LimitError where the graph would grow past
        a limit. On a sealed graph the node may be an existing one, or a simpler equal.
        """
        operands = tuple([_operand(value) for value in inputs])
        if self.forward is None:
            return self._append(op, operands, params, span)
        if op != "constant":
            operands = tuple([written(value) or value for value in operands])
        if self.table[op].product and "strong" not in params:
            for side, operand in zip(_SIDES, operands, strict=True):
                if operand.adjoint:
                    params = {**params, "strong": side}
                    break
        if self._simplify is not None:
            simpler = self._simplify(self, op, operands, params)
            if isinstance(simpler, Node):
                return simpler
            if isinstance(simpler, Literal):
                return self.constant(simpler)
        key = (op, tuple([_key(value) for value in operands]), _hashable(params))
        found = self._interned.get(key)
        if found is None:
            found = self._interned[key] = self._append(op, operands, params, span)
        return found

    def constant(self, value: Literal) -> Node:
        """A node that holds one number: where a literal must stand as a node of its own."""
        key = ("constant", value.value.numerator, value.value.denominator, value.symbol)
        found = self._interned.get(key) if self.forward is not None else None
        if found is None:
            found = self._append("constant", (value,), {}, None)
            if self.forward is not None:
                self._interned[key] = found
        return found

    def seal(self, simplify: Simplify | None = None) -> None:
        """End the forward part. What is added from here on is simplified and interned."""
        if self.forward is None:
            self.forward = len(self.nodes)
            self._simplify = simplify

    def _append(
        self,
        op: str,
        inputs: tuple[Operand, ...],
        params: Mapping[str, Any],
        span: Span | None,
    ) -> Node:
        row = self.table[op]
        shape = row.shape_of(tuple([value.shape for value in inputs]), params)
        self._bound(shape)
        adjoint = row.marks_partial or any([value.adjoint for value in inputs])
        node = Node(self, len(self.nodes), op, inputs, params, shape, span, adjoint)
        self.nodes.append(node)
        return node

    def _bound(self, shape: Shape) -> None:
        count = size(shape)
        if count > LIMITS.tensor_elements:
            _refuse("tensor_elements", "elements of one tensor", count, LIMITS.tensor_elements)
        if self.forward is not None:
            return
        self.elements += count
        if self.elements > LIMITS.all_elements:
            _refuse("all_elements", "elements of all tensors", self.elements, LIMITS.all_elements)
        if len(self.nodes) >= self.most:
            over = len(self.nodes) + 1
            _refuse("forward_nodes", "operations of the network", over, self.most)


def _operand(value: Any) -> Operand:
    if isinstance(value, (Node, Literal)):
        return value
    if isinstance(value, int | float | Fraction):
        return literal(value)
    raise TypeError(f"an operand is a node or a number, not {type(value).__name__}")


def written(operand: Operand) -> Literal | None:
    """The number that an operand is, where it is written in an operation; None of nodes.

    A sealed graph keeps numbers that rules need as nodes; they count as written. A number that
    the text gives a name is a node like any other.
    """
    if isinstance(operand, Literal):
        return operand
    start = operand.graph.forward
    if operand.op != "constant" or start is None or operand.id < start:
        return None
    (value,) = operand.inputs
    return value if isinstance(value, Literal) else None


def _key(operand: Operand) -> Any:
    # A fraction's own hash takes a power modulo a prime: more than all the rest of a lookup.
    if isinstance(operand, Node):
        return operand.id
    value = operand.value
    return (value.numerator, value.denominator, operand.text, operand.symbol)


def _hashable(params: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(params.items())) if params else ()


def _refuse(code: str, what: str, measured: int, allowed: int) -> None:
    raise LimitError(
        Fault(
            code=code,
            message=f"{what}: {measured:,} counted, {allowed:,} allowed",
            hint="make the network smaller",
        ),
        details={"limit": code, "measured": measured, "allowed": allowed},
    )

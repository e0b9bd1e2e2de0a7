"""The graph: nodes that only grow, with dense ids that join drawing, walk, JSON and style sheet.

A graph takes its operation table as an argument. Forward nodes are never merged, so that the
picture is the text; once sealed, what is added (the gradient) is simplified and interned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol, cast

from backstep.errors import Diagnostic, LimitError, Span
from backstep.graph.node import Literal, Node, Operand, OperandLike, literal
from backstep.graph.parameters import Parameters, Side
from backstep.graph.shape import Shape, size
from backstep.limits import LIMITS


class OperationRow(Protocol):
    """What a graph needs to know of a row of the operation table.

    `product` rows take a static parameter `strong` that names the side on which a partial is, or
    "both": an incoming partial of exactly 0 then gives exactly 0, whatever it meets.
    """

    @property
    def product(self) -> bool:
        """Whether the operation is a product of its inputs."""

    @property
    def marks_partial(self) -> bool:
        """Whether its product with a partial is masked: 0 where the partial is exactly 0."""

    def shape_of(self, shapes: tuple[Shape, ...], params: Parameters) -> Shape:
        """The result's shape; raises ShapeError if the inputs do not fit."""


Simplify = Callable[["Graph", str, tuple[Operand, ...], Parameters], Operand | None]


class _Operation(dict[tuple[Shape, ...], Shape]):
    """A row with static parameters: what all its nodes in one graph share, computed once.

    Maps the inputs' shapes to the result's, which is within the limit. `made` are the interned
    nodes by their inputs, `marked` the product by the side of the partial.
    """

    __slots__ = ("made", "marked", "marks_partial", "op", "params", "product", "row")

    def __init__(self, op: str, row: OperationRow, params: Parameters) -> None:
        self.op = op
        self.row = row
        self.params = params
        self.marks_partial = row.marks_partial
        self.product = row.product and "strong" not in params
        self.marked: dict[Side, _Operation] = {}
        self.made: dict[tuple[Operand, ...], Node] = {}

    def __missing__(self, shapes: tuple[Shape, ...]) -> Shape:
        shape = self.row.shape_of(shapes, self.params)
        if size(shape) > LIMITS.tensor_elements:
            what = "elements of one tensor"
            _refuse("tensor_elements", what, size(shape), LIMITS.tensor_elements)
        self[shapes] = shape
        return shape


class Graph:
    """A growing list of nodes over one operation table."""

    def __init__(self, table: Mapping[str, OperationRow], most: int | None = None) -> None:
        self.table = table
        self.most = LIMITS.forward_nodes if most is None else most
        """The largest number of forward nodes."""
        self.nodes: list[Node] = []
        self.elements = 0
        self.forward_count: int | None = None
        self._simplify: Simplify | None = None
        self._operations: dict[object, _Operation] = {}
        self._constants: dict[object, Node] = {}

    def apply(self, op: str, *inputs: Any, span: Span | None = None, **params: object) -> Node:
        """Add the operation `op` on inputs (nodes, literals or Python numbers).

        Raises ShapeError if shapes do not fit and LimitError if the graph would grow past a limit.
        On a sealed graph the node may be an existing one, or a simpler equal.
        """
        sealed = self.forward_count is not None
        operation = self._operations.get(op) if not params else None
        if operation is None:
            operation = self._operation(op, cast("Parameters", params), sealed)
        for value in inputs:
            if not isinstance(value, Node) or (sealed and value.op == "constant"):
                inputs = tuple([_operand(value, sealed) for value in inputs])
                break
        if not sealed:
            return self._append(operation, inputs, span)
        if operation.product:
            left, right = inputs
            side: Side | None = "left" if left.adjoint else "right" if right.adjoint else None
            if left.adjoint and right.adjoint:  # two partials of a second pass: both masks hold
                side = "both"
            if side is not None:
                operation = self._marked(operation, side)
        if self._simplify is not None:
            simpler = self._simplify(self, op, inputs, operation.params)
            if simpler is not None:
                return self.constant(simpler) if isinstance(simpler, Literal) else simpler
        found = operation.made.get(inputs)
        if found is None:
            found = operation.made[inputs] = self._append(operation, inputs, span)
        return found

    def adopt(
        self, node: Node, inputs: tuple[Operand, ...], partial: bool, span: Span | None = None
    ) -> Node:
        """Add the operation of another graph's node on inputs of this one, as a partial or as a
        value. Raises LimitError.
        """
        operation = self._operation(node.op, node.params, False)
        return self._append(operation, inputs, span, partial)

    def _operation(self, op: str, params: Parameters, sealed: bool) -> _Operation:
        if params and not sealed:
            return _Operation(op, self.table[op], params)
        key = (op, *sorted(params.items())) if params else op
        found = self._operations.get(key)
        if found is None:
            found = self._operations[key] = _Operation(op, self.table[op], params)
        return found

    def _marked(self, product: _Operation, side: Side) -> _Operation:
        found = product.marked.get(side)
        if found is None:
            found = self._operation(product.op, {**product.params, "strong": side}, True)
            product.marked[side] = found
        return found

    def constant(self, value: Literal) -> Node:
        """A node that holds one number, for where a literal must be a node of its own."""
        constant = self._operation("constant", {}, True)
        if self.forward_count is None:
            return self._append(constant, (value,), None)
        key = (value.value.numerator, value.value.denominator, value.symbol)
        found = self._constants.get(key)
        if found is None:
            found = self._constants[key] = self._append(constant, (value,), None)
        return found

    def seal(self, simplify: Simplify | None = None) -> None:
        """End the forward part. What is added from here on is simplified and interned."""
        if self.forward_count is None:
            self.forward_count = len(self.nodes)
            self._simplify = simplify

    def _append(
        self,
        operation: _Operation,
        inputs: tuple[Operand, ...],
        span: Span | None,
        adjoint: bool = False,
    ) -> Node:
        shapes, adjoint = [], adjoint or operation.marks_partial
        nodes: tuple[Any, ...] = inputs
        for value in inputs:
            shapes.append(value.shape)
            if value.adjoint:
                adjoint = True
            elif isinstance(value, Literal):
                nodes = tuple([each for each in inputs if isinstance(each, Node)])
        shape = operation[tuple(shapes)]
        if self.forward_count is None:
            self.elements += size(shape) if shape else 1
            if self.elements > LIMITS.all_elements or len(self.nodes) >= self.most:
                self._refuse_more()
        number = len(self.nodes)
        node = Node(
            self, number, operation.op, inputs, operation.params, shape, span, adjoint, nodes
        )
        self.nodes.append(node)
        return node

    def _refuse_more(self) -> None:
        if self.elements > LIMITS.all_elements:
            _refuse("all_elements", "elements of all tensors", self.elements, LIMITS.all_elements)
        _refuse("forward_nodes", "operations of the network", len(self.nodes) + 1, self.most)


def _operand(value: OperandLike, sealed: bool) -> Operand:
    if isinstance(value, Node):
        return value if value.op != "constant" or not sealed else literal_of(value) or value
    if isinstance(value, Literal):
        return value
    if isinstance(value, int | float | Fraction):
        return literal(value)
    raise TypeError(f"an operand is a node or a number, not {type(value).__name__}")


def literal_of(operand: Operand) -> Literal | None:
    """The number that an operand is, if it is a literal in an operation; None for nodes.

    A sealed graph keeps numbers that rules need as nodes; they count as literals. A number that the
    text gives a name is a node like any other.
    """
    if isinstance(operand, Literal):
        return operand
    start = operand.graph.forward_count
    if operand.op != "constant" or start is None or operand.id < start:
        return None
    (value,) = operand.inputs
    return value if isinstance(value, Literal) else None


def _refuse(code: str, what: str, measured: int, allowed: int) -> None:
    raise LimitError(
        Diagnostic(
            code=code,
            message=f"{what}: {measured:,} counted, {allowed:,} allowed",
            hint="make the network smaller",
        ),
        details={"limit": code, "measured": measured, "allowed": allowed},
    )

"""Tensor graph → a table of scalar operations: arrays of references, written a tensor at a time.

A row of the table is one operation on scalars. Rows that one tensor operation makes stand together,
in a run: its operation is kept once, and of its operands the references, as arrays. Moving elements
moves references. A node is made of a row when it is read, and of the rows that it reads.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from backstep.autodiff.scalarise import Scalars, admit, element_name, expanded_rows
from backstep.clock import heed
from backstep.errors import Span
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand, literal
from backstep.graph.shape import Shape, size
from backstep.limits import LIMITS
from backstep.ops import TABLE, Row
from backstep.ops.by_elements import RULES, RULES_OF_PARTIALS, References
from backstep.records import record


@record(frozen=True, slots=True)
class _Run:
    """Rows of one operation, from number `start` on, in row-major order of a shape.

    The references of each operand are broadcast to that shape when a row is read.
    """

    start: int
    op: str
    params: Mapping[str, object]
    shape: Shape
    operands: Sequence[References]
    span: Span | None


@dataclass(slots=True)
class ElementTable:
    """Each tensor node's elements as references by id, and the rows that they refer to."""

    labels: Mapping[int, object]
    """Class numbers by node id, which choose elements."""
    elements: dict[int, References] = field(default_factory=dict)
    rows: int = 0
    """How many operations and leaves there are."""
    _runs: list[_Run] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)
    _numbers: list[Literal] = field(default_factory=list)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)
    _read: Scalars = field(
        default_factory=lambda: Scalars(Graph(TABLE, LIMITS.scalar_nodes * 2)), repr=False
    )
    _operands: dict[int, list[References]] = field(default_factory=dict)
    _nodes: dict[int, Node] = field(default_factory=dict)
    _references: dict[int, int] = field(default_factory=dict)

    def extend(self, nodes: Sequence[Node]) -> None:
        """Write the rows of nodes (ascending, with all that they read).

        Raises LimitError, before anything is written, past the limit on scalar nodes.
        """
        admit(nodes)
        for node in nodes:
            heed()
            self.elements[node.id] = self._expanded(node, TABLE[node.op]).reshape(node.shape)

    def operand(self, reference: int) -> Operand:
        """The number or the node that a reference means, in a graph of the table's own."""
        if reference <= 0:
            return self._numbers[-1 - reference] if reference else literal(0)
        nodes, open_rows = self._nodes, [reference]
        while open_rows:
            wanted = open_rows[-1]
            if wanted not in nodes:
                run, place, inputs = self._row(wanted)
                missing = [each for each in inputs if each > 0 and each not in nodes]
                if missing:
                    open_rows.extend(missing)
                    continue
                self._keep(wanted, self._made(run, place, inputs))
            open_rows.pop()
        return nodes[reference]

    def reference(self, node: Node) -> int | None:
        """The reference that a node was read by; None of a part of an operation on many scalars."""
        return self._references.get(node.id)

    def write(
        self,
        node: Node,
        operands: Sequence[References],
        shape: Shape,
        op: str | None = None,
        params: Mapping[str, object] | None = None,
    ) -> References:
        """Rows of one operation, by default the tensor node's, on operands broadcast to a shape;
        their references.
        """
        start, self.rows = self.rows, self.rows + size(shape)
        params = node.params if params is None else params
        self._runs.append(_Run(start, op or node.op, params, shape, operands, node.span))
        self._starts.append(start)
        return np.arange(start + 1, self.rows + 1).reshape(shape)

    def number(self, value: Literal) -> References:
        """The reference of a written number, the same for the same text."""
        key = (value.value.numerator, value.value.denominator, value.text, value.symbol)
        if value.value == 0 and value.symbol is None and not value.minus_zero:
            return np.asarray(0, dtype=np.int64)
        if value.symbol is None and value.value == 1:
            key = (1, 1, None, None)
        found = self._known.get(key)
        if found is None:
            self._numbers.append(value)
            found = self._known[key] = -len(self._numbers)
        return np.asarray(found, dtype=np.int64)

    def _row(self, reference: int) -> tuple[_Run, int, list[int]]:
        """The run of a row, its place in there, and the references of its operands."""
        run = self._runs[bisect_right(self._starts, reference - 1) - 1]
        operands = self._operands.get(run.start)
        if operands is None:
            operands = [np.broadcast_to(each, run.shape) for each in run.operands]
            self._operands[run.start] = operands
        place = reference - 1 - run.start
        return run, place, [each.item(place) for each in operands]

    def _made(self, run: _Run, place: int, inputs: list[int]) -> Node:
        graph = self._read.graph
        if TABLE[run.op].leaf:
            at = tuple(map(int, np.unravel_index(place, run.shape)))
            params = {"name": element_name(str(run.params["name"]), at), "shape": ()}
            return graph.apply(run.op, span=run.span, **{**run.params, **params})
        given = [self._nodes[each] if each > 0 else self.operand(each) for each in inputs]
        return graph.apply(run.op, *given, span=run.span, **run.params)

    def _keep(self, reference: int, node: Node) -> None:
        self._nodes[reference] = node
        self._references[node.id] = reference

    def _expanded(self, node: Node, row: Row) -> References:
        if row.leaf:
            return self.write(node, (), node.shape)
        if not node.nodes:
            return self._constants(node, row)
        given = [
            self.elements[each.id] if isinstance(each, Node) else self.number(each)
            for each in node.inputs
        ]
        if row.elementwise:
            rule = RULES_OF_PARTIALS.get(node.op) if node.adjoint else None
            return rule(self, node, given) if rule else self.write(node, given, node.shape)
        if row.operations == 0 and row.sympy is None:
            moved: list[Any] = [
                self._label(operand, value) if position in row.labels else value
                for position, (operand, value) in enumerate(zip(node.inputs, given, strict=True))
            ]
            return np.asarray(row.numpy(*moved, **node.params)).astype(np.int64)
        rule = RULES.get(node.op)
        return self._by_nodes(node, row) if rule is None else rule(self, node, given)

    def _label(self, operand: Operand, value: References) -> object:
        if isinstance(operand, Literal):
            return np.asarray(float(operand))
        return self.labels.get(operand.id, value)

    def _constants(self, node: Node, row: Row) -> References:
        """Elements of what reads no node: numbers; by nodes where one is not finite."""
        if node.op == "constant" and isinstance(node.inputs[0], Literal):
            return self.number(node.inputs[0])
        numbers = [float(each) for each in node.inputs if isinstance(each, Literal)]
        with np.errstate(all="ignore"):
            values = np.asarray(row.numpy(*numbers, **node.params), dtype=np.float64)
        if not np.isfinite(values).all():
            return self._by_nodes(node, row)
        if values.size and (values == values.flat[0]).all():
            number = self.number(Literal(Fraction(repr(values.flat[0].item()))))
            return np.broadcast_to(number, node.shape)
        different, places = np.unique(values, return_inverse=True)
        found = [int(self.number(Literal(Fraction(repr(each))))) for each in different.tolist()]
        return np.asarray(found, dtype=np.int64)[places.reshape(node.shape)]

    def _by_nodes(self, node: Node, row: Row) -> References:
        """By nodes, at once: rows that are written in no other way."""
        for each in node.nodes:
            if each.id not in self._read.elements:
                read = np.empty(each.shape, dtype=object)
                references = self.elements[each.id]
                for at in np.ndindex(*each.shape):
                    read[at] = self.operand(int(references[at]))
                self._read.elements[each.id] = read
        made = expanded_rows(self._read, node, self.labels)
        found = np.zeros(node.shape, dtype=np.int64)
        for at in np.ndindex(*node.shape):
            found[at] = self._taken(made[at])
        return found

    def _taken(self, element: Any) -> int:
        if not isinstance(element, Node):
            value = element if isinstance(element, Literal) else literal(element)
            return int(self.number(value))
        if element.id not in self._references:
            self.rows += 1
            self._starts.append(self.rows - 1)
            self._runs.append(_Run(self.rows - 1, element.op, {}, (), (), element.span))
            self._keep(self.rows, element)
        return self._references[element.id]


def element_table(nodes: Iterable[Node], labels: Mapping[int, object]) -> ElementTable:
    """The table of nodes (ascending, with all that they read). Raises LimitError."""
    table = ElementTable(labels)
    table.extend(list(nodes))
    return table

"""A network's numbers one by one, light enough for hundreds of thousands; computes none of them."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from app.graph.node import Literal, Node
from app.ops import TABLE
from app.ops.closed import MINUS, OPPOSITE, OVER, PLUS, SAME, TIMES
from app.ops.row import Array

Input = Any
"""A scalar, a written number in SymPy, or a plain number of a NumPy form."""


class Scalar:
    """One number of the network: a leaf's element, or a row applied to other scalars.

    NumPy forms are applied to arrays of these, so that it takes the signs of arithmetic.
    """

    __slots__ = ("at", "inputs", "number", "op", "order", "params")

    def __init__(
        self,
        order: list[Scalar],
        op: str,
        inputs: Sequence[Input],
        params: Mapping[str, Any] | None = None,
        at: Any = None,
    ) -> None:
        self.number = len(order)
        self.order = order
        self.op = op
        self.inputs = inputs
        self.params = params
        self.at = at
        """Of a leaf its node and place; of a row on many, the number of its result's element."""
        order.append(self)

    def __add__(self, other: Input) -> Any:
        return self if _is(other, 0) else Scalar(self.order, PLUS, (self, other))

    def __radd__(self, other: Input) -> Any:
        return self if _is(other, 0) else Scalar(self.order, PLUS, (other, self))

    def __mul__(self, other: Input) -> Any:
        if _is(other, 0) or _is(other, 1):
            return self if other else 0
        return Scalar(self.order, TIMES, (self, other))

    def __rmul__(self, other: Input) -> Any:
        if _is(other, 0) or _is(other, 1):
            return self if other else 0
        return Scalar(self.order, TIMES, (other, self))

    def __sub__(self, other: Input) -> Scalar:
        return Scalar(self.order, MINUS, (self, other))

    def __rsub__(self, other: Input) -> Scalar:
        return Scalar(self.order, MINUS, (other, self))

    def __truediv__(self, other: Input) -> Any:
        return self if _is(other, 1) else Scalar(self.order, OVER, (self, other))

    def __rtruediv__(self, other: Input) -> Scalar:
        return Scalar(self.order, OVER, (other, self))

    def __neg__(self) -> Scalar:
        return Scalar(self.order, OPPOSITE, (self,))


def _is(value: Input, number: int) -> bool:
    return not isinstance(value, Scalar) and bool(value == number)


def written(value: Input) -> Any:
    """A number as SymPy writes it, exactly."""
    if isinstance(value, sympy.Basic):
        return value
    if isinstance(value, int | np.integer):
        return sympy.Integer(int(value))
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.nsimplify(float(value), rational=True)


def expand(
    nodes: Sequence[Node],
    labels: Mapping[int, Array],
    literal: Any,
    apart: Collection[int] = (),
) -> tuple[list[Scalar], dict[int, Any]]:
    """All scalars, each after what it reads, and by node id an array of them.

    `labels` gives class numbers by node id; `literal` writes a number; the elements of nodes
    `apart`, by id, are scalars of their own.
    """
    order: list[Scalar] = []
    found: dict[int, Any] = {}
    collects = gc.isenabled()
    gc.disable()  # hundreds of thousands are made and none is let go
    try:
        _expand_all(order, nodes, labels, found, literal, apart)
    finally:
        if collects:
            gc.enable()
    return order, found


def _expand_all(
    order: list[Scalar],
    nodes: Sequence[Node],
    labels: Mapping[int, Array],
    found: dict[int, Any],
    literal: Any,
    apart: Collection[int],
) -> None:
    for node in nodes:
        if node.id in labels:
            found[node.id] = labels[node.id]
            continue
        array = np.empty(node.shape, dtype=object)
        array[...] = _expanded(order, node, found, literal)
        if node.id in apart and not TABLE[node.op].leaf:
            for at in np.ndindex(*node.shape):
                array[at] = Scalar(order, SAME, (array[at],))
        found[node.id] = array


def _expanded(order: list[Scalar], node: Node, found: dict[int, Any], literal: Any) -> Any:
    row = TABLE[node.op]
    if row.leaf:
        result = np.empty(node.shape, dtype=object)
        for at in np.ndindex(*node.shape):
            result[at] = Scalar(order, "leaf", (), None, (node.id, at))
        return result
    inputs: list[Any] = [literal(i) if isinstance(i, Literal) else found[i.id] for i in node.inputs]
    if row.elementwise:
        params = dict(node.params)
        result = np.empty(node.shape, dtype=object)
        wide = [np.broadcast_to(np.asarray(value, dtype=object), node.shape) for value in inputs]
        for at in np.ndindex(*node.shape):
            result[at] = Scalar(order, node.op, tuple([value[at] for value in wide]), params)
        return result
    if row.sympy is None or not node.nodes:
        column = row.numpy if row.sympy is None else row.sympy
        whole = [
            value if position in row.labels else np.asarray(value, dtype=object)
            for position, value in enumerate(inputs)
        ]
        return column(*whole, **node.params)
    return _on_many(order, node, np.asarray(inputs[0], dtype=object))


def _on_many(order: list[Scalar], node: Node, given: Any) -> Any:
    """A row that reads its elements together, on each slice; each result reads all of them."""
    axis = node.params.get("axis")
    params = {key: value for key, value in node.params.items() if key != "axis"}
    keeps = axis is not None and node.shape == given.shape
    if axis is None and node.shape != ():
        keeps, axis = True, -1
    rows = given.reshape(1, -1) if axis is None else np.moveaxis(given, axis, -1)
    result = np.empty(rows.shape if keeps else rows.shape[:-1], dtype=object)
    for at in np.ndindex(*rows.shape[:-1]):
        members = tuple(rows[at])
        if not keeps:
            result[at] = Scalar(order, node.op, members, params)
            continue
        for place in range(len(members)):
            result[at][place] = Scalar(order, node.op, members, params, place)
    if keeps and axis is not None:
        return np.moveaxis(result, -1, axis)
    return result.reshape(node.shape)


def readers(order: Sequence[Scalar], targets: Collection[int]) -> Iterator[Scalar]:
    """The scalars that depend on the targets, by number, each after what it reads."""
    active = bytearray(len(order))
    for number in targets:
        active[number] = 1
    for scalar in order:
        if not active[scalar.number]:
            for each in scalar.inputs:
                if isinstance(each, Scalar) and active[each.number]:
                    active[scalar.number] = 1
                    break
        if active[scalar.number]:
            yield scalar

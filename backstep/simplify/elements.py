"""One element of a tensor's formula, moved inwards as far as it goes."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from backstep.graph.node import Literal, Node, Operand, literal
from backstep.ops import TABLE

_DEEPEST = 100
"""Depth of nested operations through which an element is moved; beyond, it stays outside."""


def taken(node: Node, at: tuple[int, ...], named: Collection[int] = ()) -> Node:
    """The element at `at` of a node of a sealed graph, in terms of numbers if possible.

    For a ⊙ b it is the product of two elements, as for an outer product; for a node whose id is in
    `named`, and for what reads more than one element of its inputs, it is `x[at]`.
    """
    return _Taking(named).of(node, at, 0)


class _Taking:
    def __init__(self, named: Collection[int]) -> None:
        self._named = named
        self._known: dict[tuple[int, tuple[int, ...]], Node] = {}

    def of(self, node: Node, at: tuple[int, ...], depth: int) -> Node:
        if not at:
            return node
        key = (node.id, at)
        if key not in self._known:
            self._known[key] = self._inside(node, at, depth + 1)
        return self._known[key]

    def _inside(self, node: Node, at: tuple[int, ...], depth: int) -> Node:
        graph = node.graph
        if node.id not in self._named and depth < _DEEPEST:
            if TABLE[node.op].elementwise and node.nodes:
                parts = [self._operand(each, at, depth) for each in node.inputs]
                return graph.apply(node.op, *parts, **node.params)
            if node.op == "outer":
                row, column = node.inputs
                return graph.apply(
                    "multiply",
                    self._operand(row, at[:1], depth),
                    self._operand(column, at[1:], depth),
                    **node.params,
                )
            if node.op == "transpose":
                (source,) = node.nodes
                return self.of(source, at[::-1], depth)
            if node.op == "broadcast_to":
                found = self._operand(node.inputs[0], at, depth)
                return found if isinstance(found, Node) else graph.constant(found)
            if node.op == "expand":
                return self._repeated(node, at, depth)
            if node.op == "scatter" and all(isinstance(each, int) for each in node.params["key"]):
                return self._put(node, at, depth)
        return graph.apply("index", node, key=at)

    def _put(self, node: Node, at: tuple[int, ...], depth: int) -> Node:
        """The element of a value that is scattered into zeros: one of the value, or 0."""
        (value,) = node.inputs
        key = node.params["key"]
        if at[: len(key)] != key:
            return node.graph.constant(literal(0))
        if isinstance(value, Literal):
            return node.graph.constant(value)
        return self._operand_node(value, at[len(key) :], depth)

    def _repeated(self, node: Node, at: tuple[int, ...], depth: int) -> Node:
        """The number that all elements are, or those along an axis."""
        (operand,) = node.inputs
        if isinstance(operand, Literal):
            return node.graph.constant(operand)
        axis = node.params.get("axis")
        held = () if axis is None else tuple(np.delete(at, axis).tolist())
        return self.of(operand, held, depth)

    def _operand(self, operand: Operand, at: tuple[int, ...], depth: int) -> Operand:
        return self._operand_node(operand, at, depth) if isinstance(operand, Node) else operand

    def _operand_node(self, node: Node, at: tuple[int, ...], depth: int) -> Node:
        """The element of an operand that broadcasting pairs with an element of the result."""
        own = at[len(at) - len(node.shape) :]
        held = tuple(
            0 if length == 1 else place for place, length in zip(own, node.shape, strict=True)
        )
        return self.of(node, held, depth)

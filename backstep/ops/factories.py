"""What composite functions are built with: nodes of rows, and parameters of their own."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Protocol

from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape


class NodeFactory(Protocol):
    """Makes a node of a row on inputs, with static parameters."""

    def __call__(self, op: str, *inputs: object, **params: object) -> Node:
        """A node of the named operation on these inputs."""


class LayerFactory(NodeFactory, Protocol):
    """Also makes parameters that belong to the layer's call in the text."""

    def own(self, name: str, shape: Shape, distribution: str) -> Node:
        """A new parameter of the layer, drawn from the named distribution."""

    def mask(self, probability: Fraction, shape: Shape) -> Node:
        """A mask of a dropout layer, from a random stream of its call's own."""


class PassFactory(NodeFactory, Protocol):
    """Also makes the partials of a value with respect to a node that it is computed from."""

    def partial(self, y: Operand, x: Node) -> Operand:
        """The partials of a scalar, in the shape of x."""

    def partials(self, y: Operand, x: Node) -> Operand:
        """The partials of every element of y: the axes of y, then those of x."""


def axis_params(axis: int | None) -> dict[str, int]:
    """The static parameter of a reduction: none to reduce all axes."""
    return {} if axis is None else {"axis": axis}


def spread(make: NodeFactory, x: Operand, shape: Shape, axis: int | None) -> Node:
    """A reduced value repeated along the axis it was reduced over."""
    return make("expand", x, shape=shape, **axis_params(axis))


def chain(make: NodeFactory, op: str, operands: Iterable[Operand]) -> Operand:
    """Operands joined from the left by a binary row."""
    first, *rest = operands
    result: Operand = first
    for operand in rest:
        result = make(op, result, operand)
    return result

"""`grad` and `jacobian` as functions of the language: a derivative inside a definition."""

from __future__ import annotations

from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, broadcast
from backstep.ops.factories import PassFactory
from backstep.ops.table import TABLE


def grad(make: PassFactory, y: Operand, x: Node) -> Operand:
    """The partials of a scalar, in the shape of x."""
    return make.partial(y, x)


def jacobian(make: PassFactory, y: Operand, x: Node) -> Operand:
    """The partials of every element of y: the axes of y, then those of x."""
    return make.partials(y, x)


def unit(graph: Graph, shape: Shape, at: tuple[int, ...]) -> Node:
    """1 at one element and 0 at all others: where the pass of one element of a value starts."""
    if len(shape) == 1:
        return graph.apply("place", 1, at[0], classes=shape[0])
    return graph.apply("scatter", 1, key=at, shape=shape)


def scaled(graph: Graph, op: str, inputs: tuple[Operand, ...]) -> Operand | None:
    """c·x for a product of x with a number c that is repeated to x's shape; None of any other.

    What a sum or a mean sends back is such a number.
    """
    if op != "multiply":
        return None
    for repeated, other in (inputs, inputs[::-1]):
        if not (isinstance(repeated, Node) and isinstance(other, Node)):
            continue
        number = _behind(repeated)
        if isinstance(number, Literal) and other.shape == broadcast(repeated.shape, other.shape):
            return graph.apply(op, number, other)
    return None


def _behind(operand: Operand) -> Operand:
    """What is repeated to a shape, or marked as a partial."""
    while isinstance(operand, Node) and TABLE[operand.op].transparent and len(operand.inputs) == 1:
        (operand,) = operand.inputs
    return operand

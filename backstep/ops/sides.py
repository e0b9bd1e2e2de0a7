"""Where an operation is on which of its smooth pieces, as comparisons of its inputs: x > 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backstep.graph.node import Literal, Node, Operand, literal

Side = tuple[Operand | str, ...]
"""A comparison in reading order: values, and the signs between them."""


def sides(node: Node) -> Mapping[float, Side]:
    """By the number that its row's `branch` gives a piece, where the node is on that piece.

    Empty for an operation whose pieces nobody tells by a comparison.
    """
    found = _SIDES.get(node.op)
    return {} if found is None else found(node)


def _order(node: Node) -> Mapping[float, Side]:
    one, other = node.inputs
    if isinstance(one, Literal):  # x > 1, and not 1 < x
        return {-1: (other, ">", one), 1: (other, "<", one)}
    return {-1: (one, "<", other), 1: (one, ">", other)}


def _sign(node: Node) -> Mapping[float, Side]:
    x, zero = node.inputs[0], literal(0)
    return {-1: (x, "<", zero), 1: (x, ">", zero)}


def _between(low: Operand, high: Operand, apart: float, node: Node) -> Mapping[float, Side]:
    x = node.inputs[0]
    return {-apart: (x, "<", low), 0: (low, "<", x, "<", high), apart: (x, ">", high)}


def _clip(node: Node) -> Mapping[float, Side]:
    return _between(literal(node.params["low"]), literal(node.params["high"]), 2, node)


def _huber(node: Node) -> Mapping[float, Side]:
    delta = node.params["delta"]
    return _between(literal(-delta), literal(delta), 1, node)


_SIDES: Mapping[str, Callable[[Node], Mapping[float, Side]]] = {
    **dict.fromkeys(
        (
            *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
            *("maximum", "minimum"),
        ),
        _order,
    ),
    **dict.fromkeys(("abs", "sign", "step", "relu", "leaky_relu", "elu", "selu"), _sign),
    "clip": _clip,
    "hardtanh": lambda node: _between(literal(-1), literal(1), 2, node),
    "hardsigmoid": lambda node: _between(literal(-3), literal(3), 2, node),
    "huber": _huber,
}

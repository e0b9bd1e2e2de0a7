"""Elementwise functions that are formulas of rows: log_sigmoid, mish, xlogy and similar ones."""

from __future__ import annotations

from backstep.graph.node import Node, Operand
from backstep.ops.factories import NodeFactory


def log_sigmoid(make: NodeFactory, x: Operand) -> Node:
    """−softplus(−x), which is log σ(x) without its rounding."""
    return make("negate", make("softplus", make("negate", x)))


def swish(make: NodeFactory, x: Operand) -> Node:
    """silu(x)."""
    return make("silu", x)


def mish(make: NodeFactory, x: Operand) -> Node:
    """x·tanh(softplus(x)); Misra (2019)."""
    return make("multiply", x, make("tanh", make("softplus", x)))


def hardswish(make: NodeFactory, x: Operand) -> Node:
    """x·hardsigmoid(x); Howard et al. (2019)."""
    return make("multiply", x, make("hardsigmoid", x))


def reciprocal(make: NodeFactory, x: Operand) -> Node:
    """1/x."""
    return make("divide", 1, x)


def xlogy(make: NodeFactory, x: Operand, y: Operand) -> Node:
    """x·log y; 0·log 0 is 0."""
    return make("times_log", x, y)

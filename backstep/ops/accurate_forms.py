"""Accurate forms for parts of printed rules that would lose every digit as they are printed.

A rule is printed as a lecture has it: σ's is σ(x)(1 − σ(x)). At 37 the float σ(x) is 1 and the
difference 0, while the slope is 8.5e-17 = σ(x)σ(−x). So such a part is evaluated by an equal form
that keeps the digits. Only nodes of the gradient are replaced: what a text writes itself is
evaluated as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from typing import Any

import numpy as np

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import Parameters
from backstep.ops.functions import sigmoid
from backstep.ops.overflow_safe import in_order
from backstep.ops.row import Array, Floats, Mask
from backstep.ops.softmax import rest_of_softmax, sum_of_others
from backstep.records import record


@record(frozen=True, slots=True)
class Tail:
    """An equal form: what it reads, and how its value comes from theirs.

    `name` is the form's name, whatever it reads, and `params` are its options, as a row's are;
    `held` is which elements have such a value, all if it is None.
    """

    name: str
    reads: tuple[Node, ...]
    value: Callable[..., Any]
    held: Callable[..., Mask] | None = None
    params: Parameters = field(default_factory=Parameters)

    def at(self, inputs: Sequence[Floats], own: Callable[[], Array]) -> Array:
        """The value from those of what is read; of elements that have none, the node's `own`."""
        held = None if self.held is None else self.held(*inputs)
        if held is not None and not held.all() and not held.any():
            return own()
        found: Array = self.value(*inputs)
        return found if held is None or held.all() else np.where(held, found, own())


def tail(node: Node) -> Tail | None:
    """The form to evaluate a node of the gradient by; None if its own is as good."""
    form = _FORMS.get(node.op)
    if form is None or node.graph.forward_count is None or node.id < node.graph.forward_count:
        return None
    # An empty tensor has no largest element, and no digits to lose.
    return None if 0 in node.shape else form(*node.inputs)


def _difference(a: Operand, b: Operand) -> Tail | None:
    if not isinstance(b, Node):
        return None
    if isinstance(a, Literal):
        return _one_less(b) if a.value == 1 else None
    return _less_its_share(a, b) or _less_its_mean(a, b)


def _one_less(b: Node) -> Tail | None:
    """1 − σ(x), 1 − tanh²(x), and 1 − x² of anything else."""
    if b.op == "sigmoid":
        return _of("one_less_sigmoid", b, lambda x: sigmoid(np.negative(x)))
    if b.op == "power" and _number(b.inputs[1]) == 2:
        b = b.nodes[0]
        if b.op == "tanh":
            return _of("one_less_tanh_squared", b, _one_less_tanh_squared)
        return Tail("one_less_square", (b,), lambda x: (1.0 - x) * (1.0 + x))
    return None


def _one_less_tanh_squared(x: Floats) -> Floats:
    """1/cosh²(x), as 4e^(−2|x|)/(1 + e^(−2|x|))², which does not overflow on the way."""
    small = np.exp(-2.0 * np.abs(x))
    return 4.0 * small / np.square(1.0 + small)


def _of(name: str, function: Node, value: Callable[[Floats], Floats]) -> Tail | None:
    (x,) = function.inputs
    return Tail(name, (x,), value) if isinstance(x, Node) else None


def _less_its_share(g: Node, b: Node) -> Tail | None:
    """g − p Σg, with p a softmax: g_i Σ_{j≠i} p_j − p_i Σ_{j≠i} g_j."""
    if b.op != "multiply":
        return None
    p, total = b.inputs
    if not (isinstance(p, Node) and p.op == "softmax" and _spread(total, p) is g):
        return None
    axis = _axis(p)

    def value(g: Floats, p: Floats) -> Floats:
        return g * rest_of_softmax(p, axis) - p * sum_of_others(g, axis)

    return Tail("less_its_share", (g, p), value, _finite_along(axis), {"axis": axis})


def _finite_along(axis: int) -> Callable[..., Mask]:
    """Where all elements along the axis are finite, of every array."""

    def held(*arrays: Floats) -> Mask:
        one, other = (np.isfinite(each).all(axis=axis, keepdims=True) for each in arrays)
        return np.asarray(np.logical_and(one, other))

    return held


def _less_its_mean(g: Node, b: Node) -> Tail | None:
    """g − Σ p_j g_j, with p a softmax: what all elements of g have in common is subtracted first.

    If one p is nearly 1, its g is nearly the mean; that is what is subtracted.
    """
    weighted = _spread(b, None)
    if weighted is None or weighted.op != "multiply":
        return None
    p = next((each for each in weighted.inputs if each is not g), None)
    if not isinstance(p, Node) or p.op != "softmax" or g not in weighted.inputs:
        return None
    if _spread(b, p) is None or g.shape != p.shape:
        return None
    axis = _axis(p)

    def value(g: Floats, p: Floats) -> Floats:
        largest = np.argmax(p, axis=axis, keepdims=True)
        left = g - np.take_along_axis(np.asarray(g), largest, axis)
        return np.asarray(left - np.sum(in_order(p * left), axis=axis, keepdims=True))

    return Tail("less_its_mean", (g, p), value, _finite_along(axis), {"axis": axis})


def _spread(operand: Operand, like: Node | None) -> Node | None:
    """The summand, if the operand is a sum along an axis, repeated along it; else None.

    `like` is the softmax along whose axis it must be.
    """
    if not isinstance(operand, Node) or operand.op != "expand":
        return None
    (inner,) = operand.inputs
    if not isinstance(inner, Node) or inner.op != "sum":
        return None
    axis = operand.params.get("axis")
    if inner.params.get("axis") != axis or axis is None:
        return None
    if like is not None and (_axis(like) != axis or like.shape != operand.shape):
        return None
    (summed,) = inner.inputs
    return summed if isinstance(summed, Node) else None


def _axis(softmax: Node) -> int:
    return softmax.params.get("axis", -1)


def _exponential(a: Operand) -> Tail | None:
    """e^(−x²/2) of the normal density, and e^(−x²) of erf's slope: x² is split exactly into two
    parts, each with a power.
    """
    if isinstance(a, Node) and a.op == "negate":
        x = _squared(a.inputs[0])
        return None if x is None else Tail("gauss", (x,), _gauss)
    if not (isinstance(a, Node) and a.op == "multiply" and _number(a.inputs[0]) == Fraction(-1, 2)):
        return None
    x = _squared(a.inputs[1])
    return None if x is None else Tail("bell", (x,), _bell)


def _squared(operand: Operand) -> Node | None:
    """x of x·x."""
    if not (isinstance(operand, Node) and operand.op == "multiply"):
        return None
    x, again = operand.inputs
    return x if isinstance(x, Node) and x is again else None


def _split(x: Floats) -> tuple[Floats, Floats]:
    """x in two parts, of which the first has an exact square."""
    # Past 40 nothing is left; Veltkamp's splitting would overflow far out.
    near = np.where(np.abs(x) > 100.0, 100.0, x)
    spread = near * (2.0**27 + 1)
    high = spread - (spread - near)
    return high, near - high


def _bell(x: Floats) -> Floats:
    high, low = _split(x)
    return np.exp(-0.5 * high * high) * np.exp(-0.5 * low * (low + 2 * high))


def _gauss(x: Floats) -> Floats:
    high, low = _split(x)
    return np.exp(-high * high) * np.exp(-low * (low + 2 * high))


def _number(operand: Operand) -> Fraction | None:
    return operand.value if isinstance(operand, Literal) and operand.symbol is None else None


_FORMS: Mapping[str, Callable[..., Tail | None]] = {
    "subtract": _difference,
    "exp": _exponential,
}

NAMES = (
    "one_less_sigmoid",
    "one_less_tanh_squared",
    "one_less_square",
    "less_its_share",
    "less_its_mean",
    "bell",
    "gauss",
)
"""The names of the forms."""

"""What squashed a value, softmax or sigmoid, and whether its logarithm was taken.

Operations that only move elements (a name, a slice, a transpose, another shape) are looked through,
and so is what keeps a probability off 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backstep.graph.node import Literal as Number
from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape
from backstep.ops.table import TABLE

Kind = Literal["softmax", "sigmoid"]

_SMALL = Fraction(1, 1000)
"""The most that is added to a probability to keep its logarithm finite."""
_DEEPEST = 20
_MOST_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Squashed:
    """A value between 0 and 1, or its logarithm, and the scores that were squashed.

    `scores` is None if their elements are arranged otherwise, or no one value holds them.
    """

    kind: Kind
    scores: Operand | None
    logarithm: bool = False
    axis: int | None = None
    """The axis along which a softmax adds up to 1, counted from the end; None if it can't be found.
    """


def squashed(operand: Operand) -> Squashed | None:
    """What squashed a value last; None if nothing did, as far as can be seen."""
    found = _seen(operand, _DEEPEST)
    if found is None:
        return None
    made, shape = found.made, operand.shape
    same = made.scores is not None and made.scores.shape == shape
    if same and (not found.moved or _stays(found.places, shape)):
        return made
    return replace(made, scores=None, axis=made.axis if not found.moved else None)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What squashed a value, and the positions of its elements then, if they can be found."""

    made: Squashed
    places: NDArray[np.intp] | None = None
    moved: bool = False


def _stays(places: NDArray[np.intp] | None, shape: Shape) -> bool:
    """Whether elements are where they were: a transpose of a transpose moves nothing."""
    if places is None or places.shape != shape:
        return False
    return np.array_equal(places.ravel(), np.arange(places.size))


def renamed(operand: Operand) -> Operand:
    """The operand behind its other names."""
    while isinstance(operand, Node) and operand.op == "identity":
        (operand,) = operand.nodes
    return operand


def _seen(operand: Operand, depth: int) -> _Seen | None:
    node = renamed(operand)
    if not isinstance(node, Node) or depth == 0:
        return None
    made = _made(node)
    if made is not None:
        return _Seen(made, _numbered(node))
    if node.op in _MOVES:
        return _moved(node, depth)
    if node.op in ("log", "exp"):
        inner = _seen(node.inputs[0], depth - 1)
        logs = node.op == "exp"
        if inner is not None and inner.made.logarithm == logs:
            return replace(inner, made=replace(inner.made, logarithm=not logs))
        return None
    kept = _kept_inside(node)
    return None if kept is None else _seen(kept, depth - 1)


def _numbered(node: Node) -> NDArray[np.intp] | None:
    size = prod(node.shape)
    return np.arange(size).reshape(node.shape) if size <= _MOST_PLACES else None


def _made(node: Node) -> Squashed | None:
    """The squashing that a node is, called or typed out."""
    if node.op in ("softmax", "log_softmax"):
        axis = node.params.get("axis", -1)
        rank = len(node.shape)
        from_end = axis - rank if axis is not None and axis >= 0 else axis
        scores: Operand | None = node.inputs[0]
        if isinstance(scores, Node) and scores.span is not None and scores.span == node.span:
            # softmax(x, temperature=2) divides x within the call: no text stands for the quotient
            # alone.
            scores = None
        return Squashed("softmax", scores, node.op == "log_softmax", from_end)
    scores = softmax_of(node)
    if scores is not None:
        return Squashed("softmax", scores)
    scores = sigmoid_of(node)
    if scores is not None:
        return Squashed("sigmoid", scores)
    if node.op == "subtract" and _is(node.inputs[0], 1):
        other = renamed(node.inputs[1])
        if isinstance(other, Node) and sigmoid_of(other) is not None:
            return Squashed("sigmoid", None)
    negated = node.inputs[0] if node.op == "negate" else None
    if isinstance(negated, Node) and negated.op == "softplus":
        inner = negated.inputs[0]
        turned = isinstance(inner, Node) and inner.op == "negate"
        scores = inner.inputs[0] if turned and isinstance(inner, Node) else None
        return Squashed("sigmoid", scores, logarithm=True)
    return None


def softmax_of(node: Node) -> Operand | None:
    """What the node is the softmax of, if it is one, typed out or called."""
    if node.op == "softmax":
        return node.inputs[0]
    if node.op == "divide":
        weights, total = map(renamed, node.inputs)
        if isinstance(weights, Node) and weights.op == "exp" and _sums(total, weights):
            return weights.inputs[0]
    return None


def _sums(operand: Operand, what: Node) -> bool:
    if not isinstance(operand, Node):
        return False
    if operand.op in ("reshape", "expand", "identity"):
        return _sums(operand.inputs[0], what)
    if operand.op != "sum":
        return False
    summed = renamed(operand.inputs[0])
    # exp(z)/sum(exp(z)) writes its weights twice.
    return isinstance(summed, Node) and (
        summed is what or (summed.op == what.op and summed.inputs == what.inputs)
    )


def sigmoid_of(node: Node) -> Operand | None:
    """What the node is the sigmoid of, if it is one, typed out or called."""
    if node.op == "sigmoid":
        return node.inputs[0]
    if node.op != "divide" or not _is(node.inputs[0], 1):
        return None
    below = node.inputs[1]
    if not isinstance(below, Node) or below.op != "add":
        return None
    one, weight = sorted(below.inputs, key=lambda each: isinstance(each, Node))
    weight = renamed(weight)
    if not _is(one, 1) or not isinstance(weight, Node) or weight.op != "exp":
        return None
    negated = weight.inputs[0]
    opposite = isinstance(negated, Node) and negated.op == "negate"
    return negated.inputs[0] if opposite and isinstance(negated, Node) else None


def _is(operand: Operand, value: int) -> bool:
    return isinstance(operand, Number) and operand.value == value


def _kept_inside(node: Node) -> Operand | None:
    """The operand that is kept a little off 0 and 1: p of `clip(p, 1e-7, 1 - 1e-7)`, `p + 1e-8`."""
    if node.op == "clip":
        return node.inputs[0]
    if node.op in ("add", "maximum", "minimum"):
        numbers = [each for each in node.inputs if isinstance(each, Number)]
        others = [each for each in node.inputs if isinstance(each, Node)]
        if len(numbers) == len(others) == 1:
            bound = numbers[0].value
            near = min(abs(bound), abs(1 - bound)) <= _SMALL
            small = abs(bound) <= _SMALL if node.op == "add" else near
            return others[0] if small else None
    return None


_MOVES = frozenset({"index", "transpose", "reshape", "move_axis", "stack", "concat", "swap_last"})
"""Operations that only rearrange their inputs' elements."""


def _moved(node: Node, depth: int) -> _Seen | None:
    """What squashed all inputs of a node that moves elements, if it is the same for all."""
    found = [_seen(each, depth - 1) for each in node.inputs]
    seen = [each for each in found if each is not None]
    kinds = {(each.made.kind, each.made.logarithm) for each in seen}
    if len(seen) < len(found) or len(kinds) != 1:
        return None
    first = seen[0]
    places = None
    if len(seen) == 1 and first.places is not None:
        places = TABLE[node.op].numpy(first.places, **node.params)
    return _Seen(first.made, places, moved=True)

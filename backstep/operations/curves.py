"""A row's value and derivative over an interval, as continuous pieces.

Both are evaluated by the numeric engine, the derivative by the row's own rule.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import numpy as np

from backstep.autodiff.reverse import backward
from backstep.drawing.plot import Curve, Point
from backstep.evaluate.interpret import interpret, literal_number
from backstep.graph.graph import Graph
from backstep.graph.node import Node, literal
from backstep.graph.parameters import Parameters
from backstep.ops import TABLE, Row
from backstep.ops.row import Array
from backstep.simplify.rewrite import simplify

Function = Callable[[Array], Array]

LOW, HIGH = -4.0, 4.0
"""The interval that is shown."""
_EVERY = 40
"""Points for each unit, so that kinks at whole and half numbers are among them."""
_STEEP = 0.05
"""A rise between neighbours from which on it may be a jump, and is examined."""
_SURE = 3
"""Halvings after which a rise that is no jump has shrunk by more than half."""
_HALVINGS = 40


def curves(row: Row, params: Parameters) -> tuple[Curve, Curve]:
    """Value and derivative of an elementwise row of one input on [LOW, HIGH]."""
    value, derivative = functions(row, params)
    return trace(value), trace(derivative)


def functions(row: Row, params: Parameters) -> tuple[Function, Function]:
    """A row of one input as a function of arrays, and its derivative by its rule."""
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    node = graph.apply(row.name, x, **params)
    graph.seal(simplify)
    adjoint = backward(node, [node], TABLE, graph.constant(literal(1))).adjoints.get(x.id)
    return _on_arrays(node, x), _on_arrays(adjoint, x)


def _on_arrays(node: Node | None, x: Node) -> Function:
    def function(array: Array) -> Array:
        if node is None:
            return np.zeros_like(array)
        with np.errstate(all="ignore"):
            found = interpret(
                [node],
                {x.id: array},
                literal_number,
                lambda each, inputs: TABLE[each.op].numpy(*inputs, **each.params),
            )
        return np.broadcast_to(np.asarray(found[node.id], dtype=np.float64), array.shape)

    return function


def trace(function: Function) -> Curve:
    """The curve of a function on [LOW, HIGH], broken where it jumps or is not finite."""
    # From integers, so that round arguments are exact.
    xs = np.arange(round(LOW * _EVERY), round(HIGH * _EVERY) + 1) / _EVERY
    ys = function(xs)
    looked_into = _looked_into(ys)
    pieces: list[list[Point]] = [[]]
    closed: list[Point] = []
    hollow: list[Point] = []
    for place, (x, y) in enumerate(zip(xs.tolist(), ys.tolist(), strict=True)):
        if place and looked_into[place - 1]:
            before = (float(xs[place - 1]), float(ys[place - 1]))
            gap = _gap(function, before, (x, y))
            if gap is not None:
                left, right = gap
                pieces[-1].extend(left)
                pieces.append(right)
                if isfinite(before[1]) and isfinite(y):
                    _mark(before, (x, y), left, right, closed, hollow)
        if isfinite(y):
            pieces[-1].append((x, y))
    return Curve(
        tuple(tuple(piece) for piece in pieces if piece),
        tuple(dict.fromkeys(closed)),
        tuple(point for point in dict.fromkeys(hollow) if point not in closed),
    )


def _mark(
    before: Point,
    after: Point,
    left: list[Point],
    right: list[Point],
    closed: list[Point],
    hollow: list[Point],
) -> None:
    """Which side of a jump the function takes: the one that reaches the jump itself, if known."""
    if not left:
        closed.append(before)
        hollow.extend(right[:1])
    elif not right:
        closed.append(after)
        hollow.extend(left[-1:])


def _looked_into(ys: Array) -> list[bool]:
    """Whether there may be a break between each value and the next."""
    finite = np.isfinite(ys)
    with np.errstate(invalid="ignore"):
        steep = np.abs(np.diff(ys)) > _STEEP
    both, one = finite[1:] & finite[:-1], finite[1:] | finite[:-1]
    found: list[bool] = np.where(both, steep, one).tolist()
    return found


def _gap(function: Function, before: Point, after: Point) -> tuple[list[Point], list[Point]] | None:
    """Points up to a break between two neighbours, and points after it; None without a break."""
    finite = isfinite(before[1]), isfinite(after[1])
    left, right = [before], [after]
    for halving in range(_HALVINGS):
        rise = abs(right[-1][1] - left[-1][1])
        if all(finite) and halving >= _SURE and rise < abs(after[1] - before[1]) / 2:
            return None
        x = (left[-1][0] + right[-1][0]) / 2
        middle = (x, float(function(np.array([x]))[0]))
        (left if _belongs(middle, left[-1], right[-1]) else right).append(middle)
    ended = [point for point in left[1:] if isfinite(point[1])]
    begun = [point for point in right[1:] if isfinite(point[1])]
    return ended, begun[::-1]


def _belongs(middle: Point, left: Point, right: Point) -> bool:
    """Whether the middle is on the left of the break: the other half is discarded."""
    if isfinite(left[1]) != isfinite(right[1]):
        return isfinite(middle[1]) == isfinite(left[1])
    return abs(right[1] - middle[1]) > abs(middle[1] - left[1])

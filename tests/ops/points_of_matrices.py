"""Special points of orders, running sums, places, cuts and square matrices. Runs nothing."""

from __future__ import annotations

from math import inf, nan

from backstep.ops.row import operation
from tests.ops.point import Point

std, sort, argmax, cumsum = (operation(name) for name in ("std", "sort", "argmax", "cumsum"))
take, put, stop = (operation(name) for name in ("take", "put", "stop_gradient"))
det, cofactors, logdet, solve = (
    operation(name) for name in ("det", "cofactors", "logdet", "solve")
)
_SINGULAR = [[1.0, 2.0], [2.0, 4.0]]
_NOTHING = [[nan, nan], [nan, nan]]
_CONSTANT = ("std_of_constant",)

OF_MATRICES: tuple[Point, ...] = (
    Point("std of a constant", std, ([2.0, 2.0, 2.0],), 0.0, ([0.0, 0.0, 0.0],), _CONSTANT),
    Point("std of three tenths", std, ([0.1, 0.1, 0.1],), 0.0, ([0.0, 0.0, 0.0],), _CONSTANT),
    Point("std of two", std, ([1.0, 3.0],), 1.0, ([-0.5, 0.5],)),
    Point("std of large numbers", std, ([2.0**700, -(2.0**700)],), 2.0**700, ([0.5, -0.5],)),
    Point(
        "sort at a tie", lambda x: sort(x, axis=-1), ([2.0, 1.0, 2.0],), [1.0, 2.0, 2.0],
        ([3.0, 1.0, 3.0],), ("tie",), coming=[1.0, 2.0, 4.0],
    ),
    Point(
        "sort of infinities", lambda x: sort(x, axis=0), ([inf, 1.0, -inf],), [-inf, 1.0, inf],
        ([4.0, 2.0, 1.0],), coming=[1.0, 2.0, 4.0],
    ),
    Point("argmax at a tie", argmax, ([1.0, 3.0, 3.0],), 1.0, ([0.0, 0.0, 0.0],), ("flat",)),
    Point(
        "cumsum past ∞", lambda x: cumsum(x, axis=0), ([1.0, inf, 2.0],), [1.0, inf, inf],
        ([7.0, 6.0, 4.0],), coming=[1.0, 2.0, 4.0],
    ),
    Point(
        "a place taken twice", take, ([1.0, 2.0, 3.0], [2.0, 2.0, 0.0]), [3.0, 3.0, 1.0],
        ([4.0, 0.0, 3.0], [0.0, 0.0, 0.0]), coming=[1.0, 2.0, 4.0],
    ),
    Point(
        "two values at one place", lambda x, k: put(x, k, rows=3), ([1.0, 2.0], [1.0, 1.0]),
        [0.0, 3.0, 0.0], ([2.0, 2.0], [0.0, 0.0]), coming=[1.0, 2.0, 4.0],
    ),
    Point("stop_gradient", lambda x: x * stop(x), (3.0,), 9.0, (3.0,), ("stopped",)),
    Point("det of a singular matrix", det, (_SINGULAR,), 0.0, ([[4.0, -2.0], [-2.0, 1.0]],)),
    Point("det of nothing but 0", det, ([[0.0] * 3] * 3,), 0.0, ([[0.0] * 3] * 3,)),
    Point(
        "cofactors of a singular matrix", cofactors, (_SINGULAR,), [[4.0, -2.0], [-2.0, 1.0]],
        ([[0.0, 0.0], [0.0, 1.0]],), coming=[[1.0, 0.0], [0.0, 0.0]],
    ),
    Point(
        "logdet of a singular matrix", logdet, (_SINGULAR,), -inf, (_NOTHING,),
        ("log_of_singular",),
    ),
    Point(
        "logdet where the determinant is negative", logdet, ([[0.0, 1.0], [1.0, 0.0]],), nan,
        ([[0.0, 1.0], [1.0, 0.0]],),
    ),
    Point(
        "solve of a singular matrix", solve, (_SINGULAR, [1.0, 1.0]), [nan, nan],
        (_NOTHING, [nan, nan]), ("singular",), coming=[1.0, 1.0],
    ),
    Point(
        "solve of a diagonal", solve, ([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]), [1.0, 0.5],
        ([[-0.5, -0.25], [0.0, 0.0]], [0.5, 0.0]), coming=[1.0, 0.0],
    ),
)  # fmt: skip

"""Curves: broken where a function jumps or is not finite, whole where it is only steep or bent."""

from __future__ import annotations

from math import inf, isfinite, nan

import numpy as np
import pytest

from backstep.operations.curves import HIGH, LOW, curves, functions, trace
from backstep.ops import FUNCTIONS, TABLE
from backstep.ops.row import Array

UNARY = [
    name
    for name in FUNCTIONS
    if name in TABLE
    and TABLE[name].elementwise
    and TABLE[name].arity == (1, 1)
    # A stopped gradient is no derivative of its value.
    and name != "stop_gradient"
]


def test_there_are_functions_of_one_value() -> None:
    assert len(UNARY) > 15


@pytest.mark.parametrize("name", UNARY)
def test_a_derivative_is_the_slope_of_its_curve(name: str) -> None:
    row = TABLE[name]
    value, derivative = functions(row, row.samples[0].params)
    low, high = row.samples[0].domain[0]
    at = low + (high - low) * (np.arange(7) + 0.37) / 8
    step = 1e-6
    slope = (value(at + step) - value(at - step)) / (2 * step)
    np.testing.assert_allclose(derivative(at), slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", UNARY)
def test_a_curve_stays_in_its_interval_and_is_finite(name: str) -> None:
    for curve in curves(TABLE[name], TABLE[name].samples[0].params):
        points = [point for piece in curve.pieces for point in piece]
        assert points == sorted(points, key=lambda point: point[0])
        assert all(LOW <= x <= HIGH and isfinite(y) for x, y in points)
        assert set(curve.closed).isdisjoint(curve.open)


def test_a_steep_curve_is_whole() -> None:
    (piece,) = trace(lambda x: np.exp(x) * np.sin(9 * x)).pieces
    assert (piece[0][0], piece[-1][0]) == (LOW, HIGH)


def test_a_jump_breaks_a_curve_where_it_is() -> None:
    curve = trace(lambda x: np.where(x < 1 / 3, 2.0, x))
    before, after = curve.pieces
    assert before[-1] == pytest.approx((1 / 3, 2), abs=1e-9)
    assert after[0] == pytest.approx((1 / 3, 1 / 3), abs=1e-9)
    assert not curve.closed
    assert not curve.open


@pytest.mark.parametrize(("at_zero", "others"), [(0.0, [1.0]), (1.0, [0.0]), (0.5, [0.0, 1.0])])
def test_what_is_taken_at_a_jump_is_marked(at_zero: float, others: list[float]) -> None:
    def step(x: Array) -> Array:
        return np.where(x > 0, 1.0, np.where(x < 0, 0.0, at_zero))

    curve = trace(step)
    assert curve.closed == ((0.0, at_zero),)
    assert [y for _, y in curve.open] == others
    assert all(x == pytest.approx(0, abs=1e-9) for x, _ in curve.open)


def test_where_nothing_is_finite_there_is_a_gap() -> None:
    curve = trace(lambda x: np.where(np.abs(x) < 1, nan, x))
    (left, right) = curve.pieces
    assert (left[-1][0], right[0][0]) == (-1, 1)
    assert not curve.closed


def test_a_pole_is_followed_to_its_end() -> None:
    curve = trace(lambda x: np.divide(1.0, x, where=x != 0, out=np.full_like(x, inf)))
    (left, right) = curve.pieces
    assert left[-1][1] < -1e6
    assert right[0][1] > 1e6


def test_a_function_of_nothing_finite_has_no_piece() -> None:
    assert trace(lambda x: np.full_like(x, nan)).pieces == ()

"""Five-point differences: right where functions are smooth, and honest about their own error."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, exp, log, sin, tanh

import pytest

from backstep.evaluate.finite_differences import five_point

SMOOTH: list[tuple[str, Callable[[float], float], float, float]] = [
    ("sin", sin, 0.7, cos(0.7)),
    ("exp", exp, 2.0, exp(2.0)),
    ("tanh", tanh, -1.3, 1 - tanh(-1.3) ** 2),
    ("log", log, 0.9, 1 / 0.9),
    ("x⁷", lambda x: x**7, 1.5, 7 * 1.5**6),
    ("far out", lambda x: x * x, 1e6, 2e6),
    ("nearly flat", lambda x: 1e6 + 1e-3 * x, 0.0, 1e-3),
]


@pytest.mark.parametrize(
    ("function", "at", "slope"),
    [pytest.param(function, at, slope, id=said) for said, function, at, slope in SMOOTH],
)
def test_the_error_is_within_its_own_estimate(
    function: Callable[[float], float], at: float, slope: float
) -> None:
    found = five_point(function, at)
    assert abs(found.value - slope) <= found.error
    assert found.error <= 1e-9 * abs(function(at)) + 1e-6 * abs(slope)


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_polynomials_up_to_degree_4_are_exact_but_for_rounding(degree: int) -> None:
    found = five_point(lambda x: x**degree, 1.0)
    assert found.value == pytest.approx(degree, abs=1e-11)


def test_a_slope_wrong_by_a_thousandth_is_seen() -> None:
    found = five_point(sin, 0.7)
    assert abs(found.value - 1.001 * cos(0.7)) > 1000 * found.error


def test_the_function_is_asked_at_four_points_around() -> None:
    asked: list[float] = []

    def function(x: float) -> float:
        asked.append(x)
        return 0.0

    found = five_point(function, 3.0)
    assert len(asked) == 4
    assert sum(asked) / 4 == pytest.approx(3.0)
    assert (found.value, found.error) == (0.0, 0.0)

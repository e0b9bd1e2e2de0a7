"""Five-point central differences with an estimate of their own error. Reads forward values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Difference:
    """A derivative estimated from values; `error` is what rounding and truncation may add."""

    value: float
    error: float
    rounding: float = 0.0
    """The part of the error that is due to rounding."""
    sides: float = 0.0
    """The difference between the slopes to the right and to the left."""


def five_point(
    function: Callable[[float], float], at: float, finer: float = 1.0, here: float | None = None
) -> Difference:
    """f′(at) from f(at ± h), f(at ± 2h); the three-point value of the same points gives the error.

    The formula is exact for polynomials of degree 4 (Abramowitz & Stegun 25.3.6). h balances its
    truncation, of order h⁴, against the rounding of f, of order ε/h; `finer` divides it. `here` is
    f(at), if it is known: the slopes of both sides read it.
    """
    step = step_at(at, finer)
    return of_values(step, [function(point) for point in points_at(at, step)], here)


def step_at(at: float, finer: float = 1.0) -> float:
    """h, which added to `at` gives a float exactly."""
    step: float = EPSILON**0.2 * max(1.0, abs(at)) / finer
    return (at + step) - at


def points_at(at: float, step: float) -> tuple[float, float, float, float]:
    """Where the function is evaluated."""
    return at + step, at - step, at + 2 * step, at - 2 * step


def of_values(step: float, values: Sequence[float], here: float | None = None) -> Difference:
    """f′ from the values at `points_at`."""
    near_up, near_down, far_up, far_down = values
    three = (near_up - near_down) / (2 * step)
    five = (8 * (near_up - near_down) - (far_up - far_down)) / (12 * step)
    sides = 0.0
    if here is not None:
        # (4f(±h) − f(±2h) − 3f(0)) / ±2h: both are right up to h²f‴/3, and alike up to h³.
        sides = abs(4 * (near_up + near_down) - (far_up + far_down) - 6 * here) / (2 * step)
    size = max(abs(near_up), abs(near_down), abs(far_up), abs(far_down))
    # The step from three to five points is the truncation of order h²; its h⁴ part is h² of it.
    truncation = abs(five - three) * step
    rounding = 4 * EPSILON * size / step
    return Difference(five, truncation + rounding, rounding, sides)

"""Values and slopes against 50 correct digits, over the whole range of magnitudes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from backstep.autodiff.gradient import differentiate
from backstep.graph.graph import Graph
from backstep.ops import TABLE, Row
from tests.asking import CALLS
from tests.ops.cases import evaluate

DIGITS = 60
TAILS = {"gelu", "normal_cdf"}
"""Their left tail falls as exp(−x²/2), which is gone at −38."""
BETWEEN = {"asin", "acos"}
"""Functions of −1 to 1."""
ELEMENTWISE = [name for name, row in TABLE.items() if row.elementwise and row.samples]
LARGEST = np.finfo(np.float64).max


def exact(value: float) -> Any:
    # exp(x) − 1 near 0 loses as many digits as x has zeros, log(1 + exp(x)) as 1/exp(x) has.
    zeros = max(0, -int(np.floor(np.log10(abs(value))))) if value else 0
    return sympy.Float(float(value), DIGITS + zeros + int(min(abs(value), 800)))


def reference(form: Any, *values: float) -> mpmath.mpf:
    """The SymPy form at these very floats, with far more digits than they have."""
    found = form(*(exact(value) for value in values))
    if isinstance(found, sympy.logic.boolalg.BooleanAtom | bool):
        return mpmath.mpf(bool(found))
    return mpmath.mpf(sympy.sympify(found).evalf(DIGITS, maxn=2000)._to_mpmath(200))


ENDS = ("asin", "acos")
"""Functions of one number whose slope 1/√(1 − x²) loses its digits at the ends as it is printed."""
CANCELS = {"logaddexp": 32}
"""Sums of two terms that may cancel: ulps of the sum, where each term has its own."""


def ulps(found: float, right: mpmath.mpf) -> float:
    """How many units in the last place of the right value the found one is away from it."""
    with mpmath.workdps(DIGITS):
        if not np.isfinite(found):
            beyond = abs(right) >= LARGEST and (right > 0) == (found > 0) and not np.isnan(found)
            return 0.0 if beyond else float("inf")
        nearest = min(max(abs(right), mpmath.mpf(0)), mpmath.mpf(LARGEST))
        last = mpmath.mpf(float(np.spacing(float(nearest))))
        return float(abs(mpmath.mpf(found) - right) / last)


@pytest.mark.parametrize(
    ("found", "right", "away"),
    [
        (1.0, "1", 0.0),
        (1.0 + 5 * 2.0**-52, "1", 5.0),
        (float("inf"), "1e400", 0.0),
        (float("-inf"), "1e400", float("inf")),
        (float("inf"), "1e300", float("inf")),
        (float("nan"), "1", float("inf")),
        (0.0, "1e-400", 0.0),
        (5e-324, "0", 1.0),
    ],
)
def test_the_measure_itself(found: float, right: str, away: float) -> None:
    assert ulps(found, mpmath.mpf(right)) == pytest.approx(away)


def magnitudes(row: Row, count: int, widest: float) -> Iterator[tuple[float, ...]]:
    """Inputs from 10^−widest to 10^widest, of both signs where the domain has both."""
    random = np.random.default_rng(len(row.name) * 1000 + row.arity[0])
    domains = row.samples[0].domain
    for _ in range(count):
        point = []
        for place, (low, _) in enumerate(domains):
            if place in row.samples[0].integer_inputs:
                point.append(float(random.integers(0, 2)))
                continue
            size = 10 ** random.uniform(-widest, widest) * random.uniform(1, 10)
            if row.name in BETWEEN:
                size = min(1 / (1 + size), 1 - 2.0**-53)
            point.append(float(size if low >= 0 else size * random.choice([-1.0, 1.0])))
        yield tuple(point)


def check_values(name: str, count: int) -> None:
    row = TABLE[name]
    assert row.sympy is not None
    params = row.samples[0].params
    widest = 290.0 if row.arity[0] == 1 else 120.0
    if row.raises and row.arity[0] == 2:
        widest = 2.0
    if name in TAILS:
        widest = 0.5
    for point in [*magnitudes(row, count, widest), *magnitudes(row, count, min(widest, 1.5))]:
        with np.errstate(all="ignore"):
            found = float(row.numpy(*map(np.float64, point), **params))
        away = ulps(found, reference(partial(row.sympy, **params), *point))
        most = CANCELS.get(name, 4)
        assert away <= most, f"{name}{point} is {found!r}: {away:.1f} ulp from the right value"


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_are_within_4_ulp(name: str) -> None:
    check_values(name, 12)


@pytest.mark.parametrize("name", ["gelu", "normal_cdf", "silu"])
@pytest.mark.parametrize("x", [-2.852517973204388, -5.855203214994314, -11.8, -24.6, -37.3])
def test_left_tails_keep_their_digits(name: str, x: float) -> None:
    row = TABLE[name]
    assert row.sympy is not None
    for at in (x, 19.8 * x) if name == "silu" else (x,):
        with np.errstate(all="ignore"):
            found = float(row.numpy(np.float64(at)))
        assert ulps(found, reference(row.sympy, at)) <= 4


@pytest.mark.slow
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_many_values_are_within_4_ulp(name: str) -> None:
    check_values(name, 300)


def check_slopes(name: str, count: int) -> None:
    """Within 4 ulp, or 1e-15 of the largest slope there is in the domain."""
    row = TABLE[name]
    assert row.sympy is not None
    params = row.samples[0].params
    form = partial(row.sympy, **params)
    symbols = sympy.symbols(f"x:{row.arity[0]}")
    written = form(*symbols)
    if not isinstance(written, sympy.Expr):
        return
    graph = Graph(TABLE)
    leaves = [
        graph.apply("leaf", name=f"x{i}", role="input", shape=()) for i in range(len(symbols))
    ]
    back = differentiate(graph.apply(name, *leaves, **params))
    for leaf, symbol in zip(leaves, symbols, strict=True):
        adjoint = back.adjoints.get(leaf.id)
        if adjoint is None:
            continue
        slope = sympy.lambdify(symbols, sympy.diff(written, symbol), "sympy")
        near = [tuple(point) for point in inside(row, 24)]
        largest = max(abs(reference(slope, *point)) for point in near)
        wide = 0.7 if name in TAILS else 290
        far = list(magnitudes(row, count, wide)) if len(symbols) == 1 else []
        for point in [*near, *far]:
            known = {leaf.id: np.array(at) for leaf, at in zip(leaves, point, strict=True)}
            found = float(evaluate([adjoint], known)[0])
            if name in ENDS:
                # Its accurate form is that of a compiled text's gradient.
                text = f"param w = {point[0]!r}\nL = {name}(w)"
                found = float(CALLS["evaluate"]({"source": text})["gradients"]["w"])
            right = reference(slope, *point)
            away = ulps(found, right)
            assert away <= 4 or abs(found - right) <= 1e-15 * largest, (
                f"{name}{point} has slope {found!r}: {away:.1f} ulp from the right one"
            )


def inside(row: Row, count: int) -> Iterator[list[float]]:
    random = np.random.default_rng(count)
    for _ in range(count):
        yield [
            float(random.integers(0, 2))
            if place in row.samples[0].integer_inputs
            else float(random.uniform(*domain))
            for place, domain in enumerate(row.samples[0].domain)
        ]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_slopes_are_right_to_the_last_digits(name: str) -> None:
    check_slopes(name, 12)


@pytest.mark.slow
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_many_slopes_are_right_to_the_last_digits(name: str) -> None:
    check_slopes(name, 300)


def test_a_variance_is_a_float_where_the_sum_of_squares_is_none() -> None:
    with np.errstate(over="ignore"):
        found = TABLE["var"].numpy(np.array([1e154, -1e154] * 20))
    assert found == pytest.approx(1e308, rel=1e-12)


LOGITS = [
    [0.0, -40.0],
    [0.0, -1000.0],
    [1000.0, 1000.0],
    [-1e-9, 1e-9, 0.0],
    [800.0, 799.5, -3.0],
    [0.0, -36.7, -36.8, -745.0],
    [1e300, -1e300],
    [5.0],
]


def logits(count: int) -> list[list[float]]:
    random = np.random.default_rng(5)
    drawn = [
        list(map(float, random.normal(0, 10 ** random.uniform(-8, 2.5), random.integers(2, 7))))
        for _ in range(count)
    ]
    return [*LOGITS, *drawn]


def check_log_softmax(count: int) -> None:
    for values in logits(count):
        found = TABLE["log_softmax"].numpy(np.array(values))
        with mpmath.workdps(1000 if max(map(abs, values)) < 1e10 else 50):
            exponentials = [mpmath.exp(mpmath.mpf(v) - max(values)) for v in values]
            total = mpmath.log(mpmath.fsum(exponentials))
            right = [mpmath.mpf(v) - max(values) - total for v in values]
            for mine, other in zip(found, right, strict=True):
                away = ulps(float(mine), other)
                # e^(x − max) turns the last digit of x − max into so many of its own.
                allowed = 4 + min(max(values) - min(values), 1000)
                assert away <= allowed, f"log_softmax{values}: {mine!r} is {away:.1f} ulp away"


def test_log_softmax_is_right_in_its_tails() -> None:
    check_log_softmax(40)


@pytest.mark.slow
def test_log_softmax_is_right_in_its_tails_many_times() -> None:
    check_log_softmax(600)


def test_softmax_is_right_in_its_tails() -> None:
    for values in logits(40):
        found = TABLE["softmax"].numpy(np.array(values))
        with mpmath.workdps(50):
            exponentials = [mpmath.exp(mpmath.mpf(v) - max(values)) for v in values]
            total = mpmath.fsum(exponentials)
            for mine, other in zip(found, exponentials, strict=True):
                right = other / total
                assert abs(mine - right) <= 1e-12 * right + mpmath.mpf(5e-324), values

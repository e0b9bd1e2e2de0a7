"""Every row's rule, from four sides: differences, SymPy, the directional identity, second order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.ops import TABLE
from tests.ops.checks import CHECKS, Case, Table, build, cases, evaluate, forms_agree

CASES = [pytest.param(case, id=case.id) for name in TABLE for case in cases(name)]
# What comes from outside the graph, and what is made of one written number.
WITHOUT_SAMPLES = {"leaf", "seed", "constant"}


@pytest.mark.parametrize("name", TABLE)
def test_a_row_says_where_it_is_to_be_checked(name: str) -> None:
    assert bool(TABLE[name].samples) == (name not in WITHOUT_SAMPLES)


@pytest.mark.parametrize("check", [pytest.param(CHECKS[name], id=name) for name in CHECKS])
@pytest.mark.parametrize("case", CASES)
def test_rule(case: Case, check: Callable[[Case, Table], None]) -> None:
    check(case, TABLE)


@pytest.mark.parametrize("case", CASES)
def test_the_numpy_and_the_sympy_form_agree(case: Case) -> None:
    forms_agree(case, TABLE)


@pytest.mark.parametrize("case", CASES)
def test_points_are_in_the_domain_and_apart(case: Case) -> None:
    built = build(case)
    places = [place for place in range(len(case.sample.shapes)) if place not in case.written]
    drawn = [np.array([0.0, 1.0, -1.0])]
    for place, points in zip(places, built.points.values(), strict=False):
        if place not in case.sample.whole:
            drawn.append(points.ravel())
        if case.sample.domain:
            low, high = case.sample.domain[place]
            assert ((low <= points) & (points <= high)).all()
    assert np.diff(np.sort(np.concatenate(drawn))).min() > 0.004


@pytest.mark.parametrize("case", CASES)
def test_a_case_gives_numbers_and_a_new_run_the_same(case: Case) -> None:
    first, again = build(case), build(case)
    (value,) = evaluate([first.node], first.points)
    assert np.isfinite(value).all()
    assert (evaluate([again.node], again.points)[0] == value).all()

"""Every row's rule, from four sides: differences, SymPy, the directional identity, second order."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.ops import TABLE
from tests.ops.cases import Case, Table, build, evaluate
from tests.ops.checks import CHECKS, Check, failures, forms_agree

# What comes from outside the graph, and what is made of one written number.
WITHOUT_SAMPLES = {"leaf", "seed", "constant"}


@pytest.mark.parametrize("name", TABLE)
def test_a_row_says_where_it_is_to_be_checked(name: str) -> None:
    assert bool(TABLE[name].samples) == (name not in WITHOUT_SAMPLES)


@pytest.mark.parametrize("check", [pytest.param(CHECKS[name], id=name) for name in CHECKS])
@pytest.mark.parametrize("name", TABLE)
def test_rule(name: str, check: Check) -> None:
    assert list(failures(check, name)) == []


@pytest.mark.parametrize("name", TABLE)
def test_the_numpy_and_the_sympy_form_agree(name: str) -> None:
    assert list(failures(forms_agree, name)) == []


@pytest.mark.parametrize("name", TABLE)
def test_points_are_in_the_domain_apart_and_always_the_same(name: str) -> None:
    assert list(failures(well_placed, name)) == []


def well_placed(case: Case, table: Table) -> None:
    built, again = build(case, table), build(case, table)
    places = [place for place in range(len(case.sample.shapes)) if place not in case.written]
    drawn = [np.array([0.0, 1.0, -1.0])]
    for place, points in zip(places, built.points.values(), strict=False):
        if place not in case.sample.integer_inputs:
            drawn.append(points.ravel())
        if case.sample.domain:
            low, high = case.sample.domain[place]
            assert ((low <= points) & (points <= high)).all()
    assert np.diff(np.sort(np.concatenate(drawn))).min() > 0.004
    (value,) = evaluate([built.node], built.points, table)
    assert np.isfinite(value).all()
    assert (evaluate([again.node], again.points, table)[0] == value).all()

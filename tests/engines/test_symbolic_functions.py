"""Named functions in SymPy: tidy derivatives, found from the forward form and equal to it."""

from __future__ import annotations

import pytest
import sympy

from app.engines.symbolic_functions import Named, named_function, plain
from app.ops import TABLE, Row

X = sympy.Symbol("x")
NAMED = [name for name, row in TABLE.items() if row.named]
POINTS = [sympy.Rational(number, 7) for number in (-30, -9, -1, 1, 4, 23)]


def named(name: str) -> sympy.Expr:
    return named_function(TABLE[name])


def slope(name: str, argument: sympy.Expr = X) -> sympy.Expr:
    return sympy.diff(named(name)(argument), X)


def test_one_function_a_row_and_always_the_same() -> None:
    assert named("sigmoid") is named("sigmoid")
    assert len({named(name) for name in NAMED}) == len(NAMED)
    assert isinstance(named("relu")(X), Named)


def test_the_slope_of_sigmoid_is_s_times_1_minus_s() -> None:
    s = named("sigmoid")
    assert slope("sigmoid") == s(X) * (1 - s(X))


def test_the_slope_of_relu_is_step() -> None:
    assert slope("relu") == named("step")(X)


def test_the_slope_of_abs_is_sign() -> None:
    assert slope("abs") == named("sign")(X)


@pytest.mark.parametrize("name", ["step", "sign"])
def test_what_is_flat_has_no_slope(name: str) -> None:
    assert slope(name) == 0


def test_the_slope_of_tanh_is_1_minus_its_square() -> None:
    form = TABLE["tanh"].sympy
    assert form is not None
    assert sympy.diff(form(X), X) == 1 - sympy.tanh(X) ** 2


def test_the_chain_rule_goes_through_a_name() -> None:
    s = named("sigmoid")
    inner = X**2 + 1
    assert slope("sigmoid", inner) == 2 * X * s(inner) * (1 - s(inner))


def test_a_second_slope_is_tidy_too() -> None:
    s = named("sigmoid")
    second = sympy.diff(slope("sigmoid"), X)
    assert not second.has(sympy.exp)
    assert sympy.simplify(second - s(X) * (1 - s(X)) * (1 - 2 * s(X))) == 0


@pytest.mark.parametrize("name", NAMED)
def test_written_out_it_is_the_rows_own_form(name: str) -> None:
    row: Row = TABLE[name]
    assert row.sympy is not None
    assert plain(named(name)(X) + 1) == row.sympy(X) + 1
    assert not plain(named(name)(named(name)(X))).atoms(Named)


@pytest.mark.parametrize("name", NAMED)
def test_the_tidy_slope_is_the_slope_of_the_form(name: str) -> None:
    form = TABLE[name].sympy
    assert form is not None
    direct = sympy.diff(form(X), X)
    for point in POINTS:
        tidy = plain(slope(name)).xreplace({X: point}).evalf(30)
        assert abs(tidy - direct.xreplace({X: point}).evalf(30)) < 1e-25


@pytest.mark.parametrize("name", NAMED)
def test_the_slope_at_a_written_number(name: str) -> None:
    """An argument that is a number is no reason to write the function out too soon."""
    half = sympy.Rational(1, 2)
    form = TABLE[name].sympy
    assert form is not None
    assert abs(plain(named(name)(half)).evalf(30) - form(half).evalf(30)) < 1e-25
    assert sympy.diff(named(name)(half), X) == 0

"""Named functions in SymPy: tidy derivatives, found from the forward form and equal to it."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from backstep.ops import TABLE, Row
from backstep.symbolic.functions import Named, named_function
from tests.symbolic.closed import plain

X = sympy.Symbol("x")
NAMED = [name for name, row in TABLE.items() if row.named]


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


def inputs_of(row: Row) -> tuple[sympy.Symbol, ...]:
    """As many symbols as the row has inputs; three elements of a reduction."""
    found: tuple[sympy.Symbol, ...] = sympy.symbols(
        f"q:{row.arity[0] if row.elementwise else 3}", seq=True
    )
    return found


def form_of(row: Row, inputs: tuple[sympy.Expr, ...]) -> sympy.Expr:
    assert row.sympy is not None
    if row.elementwise:
        return row.sympy(*inputs, **row.samples[0].params)
    return row.sympy(np.array(inputs, dtype=object))


def points_of(row: Row) -> list[dict[sympy.Symbol, sympy.Expr]]:
    """Inputs at several points, no two alike."""
    symbols = inputs_of(row)
    return [
        {symbol: sympy.Rational(number + 3 * place, 7) for place, symbol in enumerate(symbols)}
        for number in (-30, -9, -1, 1, 4, 23)
    ]


@pytest.mark.parametrize("name", NAMED)
def test_written_out_it_is_the_rows_own_form(name: str) -> None:
    row = TABLE[name]
    inputs = inputs_of(row)
    made = named_function(row, row.samples[0].params)(*inputs)
    assert plain(made + 1) == form_of(row, inputs) + 1
    assert not plain(made**2).atoms(Named)


# The first input of a choice is a condition, not a symbol; its derivative is tested by itself.
@pytest.mark.parametrize("name", [name for name in NAMED if name != "where"])
def test_the_tidy_slope_is_the_slope_of_the_form(name: str) -> None:
    row = TABLE[name]
    inputs = inputs_of(row)
    made, form = named_function(row, row.samples[0].params)(*inputs), form_of(row, inputs)
    for by in inputs:
        tidy = sympy.diff(made, by)
        direct = sympy.Integer(0) if row.zero_derivative else sympy.diff(form, by)
        for point in points_of(row):
            found = plain(tidy.xreplace(point)).evalf(30)
            assert abs(found - direct.xreplace(point).evalf(30)) < 1e-25


@pytest.mark.parametrize("name", NAMED)
def test_a_written_number_as_argument_keeps_the_name(name: str) -> None:
    row = TABLE[name]
    numbers = tuple(points_of(row)[2].values())
    made = named_function(row, row.samples[0].params)(*numbers)
    assert made.atoms(Named)
    assert abs(plain(made).evalf(30) - form_of(row, numbers).evalf(30)) < 1e-25
    assert sympy.diff(made, X) == 0


def test_the_derivative_of_a_choice_is_the_same_choice() -> None:
    choose = named("where")
    formula = choose(X > 1, X**2, 3 * X)
    assert sympy.diff(formula, X) == choose(X > 1, 2 * X, 3)
    assert sympy.diff(choose(X > 1, 2, 3), X) == 0
    assert plain(formula) == sympy.Piecewise((X**2, X > 1), (3 * X, True))


def test_a_choice_inside_a_condition_is_never_multiplied_out() -> None:
    choose = named("where")
    inner = sum(choose(symbol > 0, symbol, symbol / 10) for symbol in sympy.symbols("y:12"))
    slope = sympy.diff(choose(inner > 0, inner, inner / 10), sympy.Symbol("y3"))
    assert slope.count(choose) < 40


def test_a_maximum_of_many_stays_small() -> None:
    """As one Piecewise, eight elements took minutes."""
    elements = [sympy.tanh(X * number) for number in range(1, 31)]
    slope = sympy.diff(named("max")(*elements), X)
    assert slope.count(named("max")) == 30
    point = {X: sympy.Rational(1, 3)}
    expected = 30 * (1 - sympy.tanh(10) ** 2)
    assert abs(plain(slope.xreplace(point)).evalf(30) - expected.evalf(30)) < 1e-20


def test_a_choice_with_one_constant_branch_has_the_others_slope() -> None:
    choice = named_function(TABLE["where"])
    assert choice(X > 0, X**2, 1).diff(X) == choice(X > 0, 2 * X, 0)
    assert choice(X > 0, 1, X**2).diff(X) == choice(X > 0, 0, 2 * X)
    assert choice(X > 0, 1, 2).diff(X) == 0

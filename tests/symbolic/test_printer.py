"""Formulas as text and LaTeX: names as spelled, functions by name, operations counted."""

from __future__ import annotations

import pytest
import sympy
from sympy.core.parameters import distribute
from sympy.parsing.sympy_parser import parse_expr

from backstep.formula.tree import Sym
from backstep.ops import TABLE
from backstep.symbolic.functions import named_function
from backstep.symbolic.names import Symbol
from backstep.symbolic.printer import Printer, latex, operations, text
from tests.asking import CALLS

A, B, C = sympy.symbols("s000000 s000001 s000002")
SYMBOLS = {
    "s000000": Symbol("lambda_", "lambda", Sym("lambda")),
    "s000001": Symbol("W_0_1", "W[0,1]", Sym("W[0,1]")),
    "s000002": Symbol("x", "x", Sym("x")),
}
sigmoid, relu, where = (named_function(TABLE[name]) for name in ("sigmoid", "relu", "where"))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (A * B + C, "W_0_1*lambda_ + x"),
        (sympy.Rational(1, 3) * C, "x/3"),
        (sigmoid(C), "1/(1 + exp(-x))"),
        (relu(B), "Piecewise((W_0_1, W_0_1 > 0), (0, True))"),
        (sympy.Integer(0), "0"),
    ],
)
def test_text_is_plain_sympy_in_the_names_spelled(formula: sympy.Expr, expected: str) -> None:
    printed = text(formula, SYMBOLS)
    names = {symbol.text: sympy.Symbol(symbol.text) for symbol in SYMBOLS.values()}
    assert parse_expr(printed, names) == parse_expr(expected, names)


@pytest.mark.parametrize("formula", [sigmoid(A * C) * (1 - sigmoid(A * C)), relu(A - B) ** 2])
def test_text_read_again_is_the_formula(formula: sympy.Expr) -> None:
    names = {symbol.text: sympy.Symbol(name) for name, symbol in SYMBOLS.items()}
    again = parse_expr(text(formula, SYMBOLS), names)
    for values in ((0.3, -0.7, 1.1), (-1.3, 0.4, 0.9)):
        at = dict(zip((A, B, C), values, strict=True))
        written = formula.replace(
            lambda part: hasattr(part, "row"), lambda part: part.row.sympy(*part.args)
        )
        assert abs(again.subs(at) - written.subs(at)) < 1e-12


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (A * B, r"\lambda \, W_{0,1}"),
        (sigmoid(C), r"\sigma\left(x\right)"),
        (relu(C), r"\operatorname{relu}\left(x\right)"),
        (sigmoid(C) ** 2, r"\sigma\left(x\right)^{2}"),
        (sympy.log(C), r"\log\left(x\right)"),
        (sympy.exp(C), "e^{x}"),
    ],
)
def test_latex_has_functions_by_name_and_symbols_as_set(formula: sympy.Expr, expected: str) -> None:
    assert latex(formula, SYMBOLS) == expected


def test_a_choice_is_set_as_cases_and_bracketed_in_products_and_powers() -> None:
    choice = where(A > B, A, C)
    cases = latex(choice, SYMBOLS)
    assert cases.startswith(r"\begin{cases} \lambda & \text{for}\: \lambda > W_{0,1} \\ x & ")
    assert latex(choice**2, SYMBOLS) == rf"\left({cases}\right)^{{2}}"
    assert latex(3 * choice, SYMBOLS) == rf"3 \, \left({cases}\right)"
    assert parse_expr(text(choice, SYMBOLS)) == parse_expr(
        "Piecewise((lambda_, lambda_ > W_0_1), (x, True))"
    )


def test_a_reduction_and_its_slope() -> None:
    largest = named_function(TABLE["max"])(A, B, C)
    assert text(largest, SYMBOLS) == "Max(lambda_, W_0_1, x)"
    assert latex(largest, SYMBOLS) == r"\max\left(\lambda, W_{0,1}, x\right)"
    slope = sympy.diff(largest, C)
    tied = "1/(1 + KroneckerDelta(x, lambda_) + KroneckerDelta(x, W_0_1))"
    printed = f"Heaviside(x - Max(lambda_, W_0_1), {tied})"
    assert parse_expr(text(slope, SYMBOLS)) == parse_expr(printed)
    assert latex(slope, SYMBOLS) == (
        r"\mathbf{1}\left[x - \max\left(\lambda, W_{0,1}\right) > 0\right]"
    )


def test_a_sum_begins_with_a_plus_where_it_has_one() -> None:
    with distribute(False):
        assert latex(C - A, SYMBOLS) == r"x - \lambda"
        assert latex(1 - sigmoid(C), SYMBOLS).startswith("1 - ")


@pytest.mark.parametrize(
    ("formula", "count"),
    [
        (A, 0),
        (sympy.Integer(3), 0),
        (A + B, 1),
        (A + B + C, 2),
        (A - B, 1),
        (-A, 0),
        (2 * A * B, 2),
        (A / B, 1),
        (1 / A, 1),
        (A**2, 1),
        (sympy.exp(A * B), 2),
        (sigmoid(A * B + C), 3),
        (A / (B + C), 2),
        (sympy.Piecewise((A, A > B), (B, True)), 1),
        (sympy.Piecewise((A + B, A * C > B), (sympy.exp(B), True)), 4),
    ],
)
def test_operations_are_counted_as_people_count_them(formula: sympy.Expr, count: int) -> None:
    assert operations(formula) == count


def test_the_symbols_a_text_holds() -> None:
    printer = Printer(SYMBOLS)
    printer.text(sigmoid(A) + 2)
    assert printer.used == {"s000000"}
    printer.text(relu(B * A))
    assert printer.used == {"s000000", "s000001"}


def test_what_is_stopped_keeps_its_brackets() -> None:
    """It is written as its argument, which binds as it did."""
    source = "param w = 0.4\nparam v = 1\nL = w*stop_gradient(v + w)^2 - stop_gradient(v + w)"
    found = CALLS["derive"]({"source": source, "form": "scalar"})
    assert found["gradients"]["w"]["text"] == "(v + w)**2"
    assert found["loss"]["text"] == "w*(v + w)**2 - (v + w)"

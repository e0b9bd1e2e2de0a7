"""Formulas in a line of plain characters: what a board has for each, and that it reads back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from backstep.formula import language
from backstep.formula.board import ELIDED, FRACTIONS, Board, Shown, brief, shown
from backstep.formula.text import text
from backstep.formula.tree import Deriv, Formula, Sym, add, multiply, untyped
from tests.formula.trees import NAMES, formulas

PRINTED = [
    ("x - (k - h)", "x − (k − h⁽²⁾)"),
    ("-x*k", "−x·k"),
    ("(-x)^2", "(−x)²"),
    ("x^12", "x¹²"),
    ("x^0.5", "x^0.5"),
    ("x^(-1)", "x^(−1)"),
    ("h^3", "(h⁽²⁾)³"),
    ("(x^k)^2", "(x^k)²"),
    ("(x / k)*h", "(x/k)·h⁽²⁾"),
    ("x / (k*a_1)", "x/(k·a₁)"),
    ("x*(1/2)", "x·½"),
    ("(1/4)^x", "(¼)^x"),
    ("x + 1e-5", "x + 1e−5"),
    ("Q.T @ (W.T @ W @ u)", "Qᵀ (Wᵀ W u)"),
    ("(Q.T)^2", "(Qᵀ)²"),
    ("(Q + Q).T", "(Q + Q)ᵀ"),
    ("(M__o - W)*W", "(Mᵒ − W)·W"),
    ("sigmoid(lambda*x)", "σ(λ·x)"),
    ("max(x, -k)", "max(x, −k)"),
    ("sum(W, axis=-1)[0]", "sum(W, axis=−1)[0]"),
    ("where(x <= k, 1, 2)", "where(x ≤ k, 1, 2)"),
    ("what*u", "w\u0302·u"),
]


@pytest.mark.parametrize(("typed", "written"), PRINTED)
def test_a_formula_as_a_board_has_it(typed: str, written: str) -> None:
    assert Board().write(language.read(typed, NAMES)) == written


def test_a_sum_is_a_factor_in_brackets_and_a_product_as_it_is() -> None:
    x, k = NAMES["x"], NAMES["k"]
    assert Board().factor(add(x, k)) == "(x + k)"
    assert Board().factor(multiply(x, k)) == "x·k"


def test_what_stands_below_a_partial_is_in_brackets_where_it_is_no_symbol() -> None:
    loss = Sym("L", loss=True)
    assert Board().write(Deriv(loss, NAMES["h"])) == "∂L/∂h⁽²⁾"
    assert Board().write(multiply(Deriv(loss, multiply(NAMES["x"], NAMES["k"])), NAMES["k"])) == (
        "∂L/∂(x·k)·k"
    )


def test_names_are_shown_in_the_signs_of_the_language_too() -> None:
    assert Shown().write(language.read("a_1*h^2", NAMES)) == "a₁*(h⁽²⁾)^2"


def test_what_nobody_reads_to_its_end_is_not_written_out() -> None:
    formula: Formula = NAMES["x"]
    for _ in range(40):
        formula = multiply(formula, add(formula, NAMES["k"]))
    left_out = brief(formula) is ELIDED
    # Nothing that fails may print the formula, which has no end.
    assert left_out
    assert brief(NAMES["x"]) is NAMES["x"]
    assert Board().write(multiply(NAMES["x"], ELIDED)) == "x·…"


_SIGNS = {"·": "*", "−": "-", "ᵀ": ".T", "σ(": "sigmoid(", "≤": "<=", "≥": ">=", "≠": "!="}
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_BESIDE = re.compile(r"(?<=[^-+=<>,]) (?=[^-+=<>])")


def typed(written: str) -> str:
    """The same formula as it is typed."""
    for name, symbol in NAMES.items():
        written = written.replace(shown(symbol)[0], name)
    for fraction, sign in FRACTIONS.items():
        written = written.replace(sign, f"({fraction})")
    for sign, spelled in _SIGNS.items():
        written = written.replace(sign, spelled)
    written = _BESIDE.sub(" @ ", written.replace(" = ", " == "))
    return _RAISED.sub(lambda raised: f"^{raised[0].translate(_LOWERED)}", written)


@given(formulas())
@settings(max_examples=100)
def test_what_a_board_has_is_read_as_the_text_is(formula: Formula) -> None:
    read = language.read(typed(Board().write(formula)), NAMES)
    assert untyped(read) is untyped(language.read(text(formula), NAMES))

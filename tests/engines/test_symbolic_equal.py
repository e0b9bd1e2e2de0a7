"""Proofs of equality by polynomials: what is equal in many spellings, and never what is not."""

from __future__ import annotations

import pytest
import sympy

from app.engines.symbolic_equal import Arithmetic

x, y, z = sympy.symbols("x y z")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (x * (y + 1), x * y + x),
        ((x**2 - y**2) / (x - y), x + y),
        (1 / (1 + sympy.exp(-x)), sympy.exp(x) / (1 + sympy.exp(x))),
        (1 - sympy.tanh(x) ** 2, 4 / (sympy.exp(x) + sympy.exp(-x)) ** 2),
        (sympy.exp(x + y), sympy.exp(x) * sympy.exp(y)),
        (sympy.exp(2 * x) - 1, (sympy.exp(x) - 1) * (sympy.exp(x) + 1)),
        (sympy.log(x) * (y + 1) - sympy.log(x), y * sympy.log(x)),
        (sympy.Rational(1, 3) + sympy.Rational(1, 6), sympy.Rational(1, 2)),
        (sympy.sqrt(x) * (1 + y), sympy.sqrt(x) + y * sympy.sqrt(x)),
    ],
)
def test_equal_formulas_are_proved(one: sympy.Expr, other: sympy.Expr) -> None:
    assert Arithmetic().equal(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (x, y),
        (x**2, x),
        (sympy.exp(x), sympy.exp(y)),
        (sympy.exp(x), sympy.exp(2 * x)),
        (1 / (1 + sympy.exp(-x)), 1 / (1 + sympy.exp(x))),
        (sympy.tanh(x), sympy.exp(x)),
        (x / y, y / x),
        (sympy.log(x), sympy.log(y)),
        (x * (y + 1), x * y + 1),
        (sympy.Integer(0), x - y),
    ],
)
def test_different_formulas_never_are(one: sympy.Expr, other: sympy.Expr) -> None:
    assert not Arithmetic().equal(one, other)


def test_what_would_take_too_long_is_not_tried() -> None:
    names = sympy.symbols("a:12")
    large = sum(names) ** 15
    assert not Arithmetic().equal(large, large)
    assert not Arithmetic(10).equal((x + y) * (x + z), (x + z) * (x + y))
    assert not Arithmetic().equal(x**200, x**200)

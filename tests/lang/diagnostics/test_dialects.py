"""Formulas as SymPy and a board write them, in the language's own words."""

from __future__ import annotations

import pytest

from backstep.lang.diagnostics.dialects import from_board, from_sympy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x**2 + 1", "x**2 + 1"),
        ("2*Piecewise((1, z > w), (0, True))", "2*where(z > w, 1, (0))"),
        ("Piecewise((a, Eq(a, b)), (b, True))", "where(a == b, a, (b))"),
        ("Piecewise((0, (z > 1) | (z < -1)), (1, True))", "where(z > 1, 0, where(z < -1, 0, (1)))"),
        ("Piecewise((1, (z < 1) & (z > 0)), (0, True))", "where(z < 1, where(z > 0, 1, (0)), (0))"),
        ("Max(a, Min(b, c))", "maximum(a, minimum(b, c))"),
        ("Max(a, b, c)", "max(stack(a, b, c))"),
        ("Heaviside(a - b)*Abs(a)", "((1 + sign(a - b))/2)*abs(a)"),
        ("erfc(-z)/2", "(2*normal_cdf(-sqrt(2)*(-z)))/2"),
        ("1" + "0" * 50 + "*x/4" + "0" * 50, "1e50*x/4e50"),
        ("1" + "0" * 400 + "*x/4" + "0" * 400, "1.0*x/4.0"),
    ],
)  # fmt: skip
def test_text_of_sympy(text: str, said: str) -> None:
    assert from_sympy(text) == said


@pytest.mark.parametrize(
    "text",
    [
        *("Piecewise((1, z > 0)", "Piecewise(1, 2)", "Piecewise()", "Piecewise((1, z > 0))"),
        *("Eq(a)", "Max(" * 5000, "Piecewise((1, (" * 900),
    ],
)
def test_what_sympy_has_not_written_is_left(text: str) -> None:
    assert from_sympy(text) in (None, text)


def test_a_choice_that_would_grow_without_end_is_left() -> None:
    both = " & ".join(f"(x > {place})" for place in range(40))
    assert from_sympy(f"Piecewise((1, {both}), ({'x + ' * 2000}x, True))") is None
    cases = "(1, (x > 0) & (y > 0)), " * 60
    assert from_sympy(f"Piecewise({cases}(0, True))") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(u − y)·u·(1 − u)·x", "(u - y)*u*(1 - u)*x"),
        ("σ(z)·(1 − σ(z))²", "sigmoid(z)*(1 - sigmoid(z))^2"),
        ("xᵀ (Aᵀ δ)", "x.T @ (A.T @ δ)"),
        ("½·h⁽²⁾² − w₁₁ᵒ·z₁²", "(1/2)*h^2 - w__o_11*z_1^2"),
        ("h⁽¹⁾·(p − e_y)", "h⁽¹⁾*(p - one_hot(y, 3))"),
    ],
)
def test_text_of_a_board(text: str, said: str) -> None:
    names = {"h⁽²⁾": "h", "h⁽¹⁾": "h⁽¹⁾", "w₁₁ᵒ": "w__o_11", "z₁": "z_1", "e_y": "one_hot(y, 3)"}
    assert from_board(text, names) == said

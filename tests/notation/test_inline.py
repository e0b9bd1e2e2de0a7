"""Formulas in one line for labels: what is raised and lowered, what needs brackets."""

from __future__ import annotations

import pytest

from backstep.notation.inline import inline


def written(latex: str) -> str | None:
    """The runs with ^ and _ before what is raised and lowered."""
    runs = inline(latex)
    return None if runs is None else "".join(("", "^", "_")[run.rise] + run.text for run in runs)


@pytest.mark.parametrize(
    ("latex", "line"),
    [
        (r"u \, \left(1 - u\right)", "u\u2009(1 − u)"),
        (r"2 \, w", "2w"),
        (r"-g \odot \frac{z}{a}", "−g ⊙ z/a"),
        (r"\frac{p - y}{2}", "(p − y)/2"),
        (r"\frac{1}{2 \, x}", "1/(2x)"),
        (r"\frac{1}{2}", "½"),
        (r"W_{1}^{\top} \, g", "W_1^⊤\u2009g"),
        (r"e_{0} \, g", "e_0\u2009g"),
        (r"1 - \left(h^{(3)}\right)^{2}", "1 − (h^(3))^2"),
        (r"\mathbf{1}\left[q > 0\right]", "1[q > 0]"),
        (r"2 \cdot 10^{-3}", "2 · 10^−3"),
        (r"\partial o^{(2)}/\partial W_{o}", "∂o^(2)/∂W_o"),
        (r"1 - \left|z\right| > 0", "1 − |z| > 0"),
        (r"\operatorname{f}\left(a, -b\right)_{0,1}", "f(a, −b)_0,1"),
        (r"\sum_{\text{axis }0} g", "Σ_axis\u00a00\u2009g"),
        (r"\sum \left(a + b\right)", "Σ(a + b)"),
        (r"\hat{y} - y", "y\u0302 − y"),
        (r"\begin{bmatrix} 1 \end{bmatrix}", None),
        (r"\unknown", None),
        (r"\frac{1}", None),
    ],
)
def test_a_formula_in_one_line(latex: str, line: str | None) -> None:
    assert written(latex) == line


def test_letters_lean_and_figures_stand() -> None:
    runs = inline(r"2 \, w_{o}")
    assert runs is not None
    assert [(run.text, run.rise, run.italic) for run in runs] == [
        ("2", 0, False),
        ("w", 0, True),
        ("o", -1, True),
    ]

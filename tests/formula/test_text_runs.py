"""Formulas in one line for labels: what is raised and lowered, what needs brackets."""

from __future__ import annotations

import pytest

from backstep.formula.notation import boxed
from backstep.formula.set_latex import boxes
from backstep.formula.text_runs import Runs, label, runs
from backstep.formula.tree import Cases
from tests.formula.trees import NAMES


def written(latex: str) -> str | None:
    """The runs with ^ and _ before what is raised and lowered."""
    box = boxes(latex)
    found = None if box is None else runs(box)
    return None if found is None else _line(found)


def _line(found: Runs) -> str:
    return "".join(("", "^", "_")[run.rise] + run.text for run in found)


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
        (r"\frac{\partial o^{(2)}}{\partial W_{o}}", "∂o^(2)/∂W_o"),
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
    box = boxes(r"2 \, w_{o}")
    assert box is not None
    found = runs(box)
    assert found is not None
    assert [(run.text, run.rise, run.italic) for run in found] == [
        ("2", 0, False),
        ("w", 0, True),
        ("o", -1, True),
    ]


@pytest.mark.parametrize(
    ("name", "version", "line"),
    [
        ("w__h_01", None, "w_01^h"),
        ("h", 2, "h^(2)"),
        ("yhat", None, "y\u0302"),
        ("lambda_1", None, "λ_1"),
        ("W_1[0, 2]", None, "W_1[0, 2]"),
        ("h.W", None, "W^h"),
        ("rate", None, "rate"),
        ("a_name_that_goes_on", None, "a_name_t…goes_on"),
        ("a_name_that_goes_on[3]", 2, "a_name_t…goes_on^(2)[3]"),
    ],
)
def test_a_name_as_a_drawn_node_wears_it(name: str, version: int | None, line: str) -> None:
    assert _line(label(name, version)) == line


def test_one_letter_leans_and_a_word_stands() -> None:
    assert [run.italic for run in label("w")] == [True]
    assert [run.italic for run in label("rate")] == [False]
    assert [run.italic for run in label("Omega")] == [False]


def test_what_is_no_single_line_has_no_runs() -> None:
    assert runs(boxed(NAMES["W"], shapes=True)) is None
    assert runs(boxed(Cases(((NAMES["x"], None),)))) is None

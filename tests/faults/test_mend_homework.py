"""Texts as students and pastes have them: first words, lists without brackets, sheets, cases.

Each loss is worked out by hand; what would be other mathematics is not offered.
"""

from __future__ import annotations

import math

import pytest

from tests.faults.test_mend import check_invariants, leads_to, read

P = "param x = 2\n"
V = "param w = [1, 2]\ninput x = [3, 4]\n"

LED = [
    ("parm x = 2\nL = x^2", 4),
    ("Param x = 2\nL = x^2", 4),
    ("PARAM x = 2\nL = x^2\nMINIMIZE L", 4),
    ("params: x = 2\nloss: L = x^2", 4),
    ("inputs: x = [3, 4]\nweights: w = [1, 2]\nL = dot(x, w)", 11),
    ("hyperparameter lam = 3\nparam x = 2\nL = lam*x", 6),
    ("variable x = 2\noutput L = x^2", 4),
    ("param x=2 y=3\nL = x*y", 6),
    ("param x = 2, y = 3\nL = x*y", 6),
    ("param x, y = 2, 3\nL = x*y", 6),
    ("x, y = 2, 3\nL = x*y", 6),
    ("input x = 1, 2, 3\nL = sum(x)", 6),
    ("input x = 1 2 3\nL = sum(x)", 6),
    ("param X = [1, 2], [3, 4]\nL = sum(X)", 10),
    ("param X = list(range(3))\nL = sum(X)", 3),
    (P + "L = = x^2", 4),
    (P + "L = “x^2”", 4),
    (P + "L = x*x .", 4),
    (P + "L = x^2 ,", 4),
    (P + "L = x^2    (3)", 4),
    (P + "= x^2", 4),
    (P + "L = x^2 <!-- square -->", 4),
    (P + "L = x^2\ndL/dx", 4),
    (P + "L = x^2\nL' = 2x", 4),
    (P + "L = x^2\nassert L > 0", 4),
    ("using LinearAlgebra\nparam x = 2\nL = x^2", 4),
    ("library(torch)\nparam x = 2\nL = x^2", 4),
    ("\\usepackage{amsmath}\nparam x = 2\nL = x^2", 4),
    (V + "L = SUMPRODUCT(w, x)", 11),
    (V + "L = SUMSQ(w)", 5),
    (V + "L = VAR(w)", 0.5),
    (V + "L = STDEV(w)", math.sqrt(0.5)),
    (V + "L = AVERAGE(x)", 3.5),
    (P + "L = POWER(x; 2)", 4),
    (P + "L = IF(x > 0; x; -x)", 2),
    (P + "L = LN(x)", math.log(2)),
    (V + "s = 0\nfor v in x:\n    s = s + v\nL = s", 7),
    (V + "s = 0\nfor k, v in enumerate(x):\n    s = s + k*v\nL = s", 4),
    (V + "L = sum(v**2 for v in x)", 25),
    (V + "L = sum(map(lambda v: v**2, x))", 25),
    (V + "L = sum(w_i * x_i)", 11),
    (V + "L = x.mean", 3.5),
    (V + "L = sum(x)/size(x)", 3.5),
    (P + r"L = \begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}", 2),
    (P + r"L = \begin{cases} x^2 & \text{if } x > 3 \\ 7 & \text{otherwise} \end{cases}", 7),
    (P + "L = { x if x > 0, 0 otherwise }", 2),
    (P + "L = 𝟙[x > 0]*x", 2),
    (P + "L = 1(x > 5)*x", 0),
    (P + "L = [x]_+", 2),
    (P + "L = lnx", math.log(2)),
    (P + "L = exp^{-x}", math.exp(-2)),
    (P + "L = log_2(x)", 1),
    (P + "L = cot(x)", 1 / math.tan(2)),
    (P + "f(t) := t^2\nL = f(x)", 4),
    ("param θ = 2\nJ(θ) = θ^2", 4),
    (P + "argmin_x x^2", 4),
    (V + "L = RMSE(w, x)", 2),
    ("L = Sin[2]*0 + Exp[0]", 1),
    (P + "f[t_] := t^2\nL = f(x)", 4),
    (P + "L = x*x (* a square *)", 4),
    (P + "L = std::pow(x, 2)", 4),
    (P + "L = x.powi(2)", 4),
    ("param x = 2.0d0\nL = x*x", 4),
    (V + "a, b = w\nL = a + 2*b", 5),
    ("(x, y) = (1, 2)\nL = x*y", 2),
    ("x = y = 2\nL = x*y", 4),
    ("input: x = 2\nparameters: w = 0.5, b = 1\nL = w*x + b", 2),
    (P + "The loss is a square.\nL = x*x", 4),
    (P + "**Loss**\nL = x*x", 4),
    (P + r"\(L = x^2\)", 4),
    (P + r"\[ L = x^2 \]", 4),
    (P + r"L = x^2 \label{eq:loss}", 4),
    (P + r"L = \sqrt[3]{4*x}", 2),
    (P + r"L = \log_{2} x", 1),
    (V + r"L = \mathbf{w}^T\mathbf{x}", 11),
    (r"param X = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}" + "\nL = X[0, 1]", 2),
    (r"param x = \begin{bmatrix} 1 \\ 2 \end{bmatrix}" + "\nL = sum(x)", 3),
    ("param z = [1, 2]\ntarget y = 0\nL = softmax_cross_entropy(z, y)", math.log(1 + math.e)),
]
NOTHING = [
    (P + "L = x!", "no factorial"),
    (P + "L = x mod 2", "no remainder"),
    (P + "L = ⌊x⌋", "no remainder"),
    (P + "switch x", ""),
    (P + "L = diff(x^2, x)", "worked out"),
    (P + "L = d/dx (x^2)", ""),
    (P + "y = x^2\nL = y'", "worked out"),
    (P + "L = σ'(x)", "worked out"),
    (P + "L = x^2 subject to x > 0", "no constraints"),
    ("param z = [1, 2]\np_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}", "left out"),
    ("=SUM(A1:A3)", "names here"),
]


@pytest.mark.parametrize(("source", "loss"), LED)
def test_it_leads_to_what_is_meant(source: str, loss: float) -> None:
    check_invariants(source)
    faults = read(source)[1]
    assert faults
    assert faults[0]["fixes"]
    assert leads_to(source, loss)


def test_the_gradient_behind_a_loss_is_not_summed_up_for_it() -> None:
    source = V + "loss = sum((w - x)^2)\ndw = 2*(w - x)"
    (fault,) = read(source)[1]
    assert [fix["title"] for fix in fault["fixes"]] == ["Add minimize loss"]
    assert leads_to(source, 8)


@pytest.mark.parametrize(
    "line", ["g = jax.grad(L)(x)", "g = torch.autograd.grad(L, x)", "g = tape.gradient(L, x)"]
)
def test_a_gradient_that_is_asked_for_is_a_remark_for_it_is_worked_out(line: str) -> None:
    assert leads_to(f"{P}L = x^2\n{line}", 4)


@pytest.mark.parametrize(("source", "says"), NOTHING)
def test_where_nothing_fits_nothing_is_offered(source: str, says: str) -> None:
    faults = read(source)[1]
    assert faults
    assert not faults[0]["fixes"], faults[0]["fixes"]
    assert says in (faults[0]["hint"] or "")

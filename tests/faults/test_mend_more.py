"""More ways to break a text: signs of a board, LaTeX, MATLAB, Python and its libraries.

Each text leads to the loss that is right by hand or NumPy; what has no certain mend gets none.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.faults.cases import ask
from tests.faults.test_mend import check_invariants, leads_to, read, texts

X = "param x = 4\n"
V = "param w = [3, 4]\ninput x = [1, 1]\ntarget y = 2\n"
M = "param A = [[2, 1], [0, 3]]\n"
XYZ = "param x = [1, 2, 3]\n"

LED = [
    ("param x = -2\nL = |x|", 2),
    ("param a = 3\nparam b = -2\nL = |a||b| + | |a| - 1 |", 8),
    ("param w = [3, 4]\nconst lam = 0.1\nL = lam||w||^2", 2.5),
    ("param w = [3, 4]\nL = ½‖w‖²", 12.5),
    (V + "L = ½(wᵀx − y)²", 12.5),
    (V + "L = 1/2 (w·x − y)^2", 12.5),
    (V + "L = <w, x>^2", 49),
    (V + "L = (w'*x)^2", 49),
    ("param W = [[1, 2], [3, 4]]\nparam v = [1, 2]\nL = v'*W*v", 27),
    (X + "L = √x + 2√(x + 5)", 8),
    (M + "x = A \\ A\nL = sum(x)", 2),
    (M + "param b = [1, 3]\nL = sum(A \\ b)", 1),
    (M + "param b = [1, 3]\nL = sum((A + A) \\ b)", 0.5),
    (X + "L = x^½ + x⁻¹ + ¼x", 3.25),
    (X + "L = x³ + 2x²", 96),
    (X + "L = \\frac{x}{2} + e^{-x}", 2 + math.exp(-4)),
    ("param w = 1\nparam x = 2\nL = e^{-wx}", math.exp(-2)),
    ("param x = 2\nparam y = 3\nL = x^{2}y", 12),
    (M + "L = sum(np.clip(A, a_min=1, a_max=2))", 6),
    (X + "L = \\sigma(x)", 1 / (1 + math.exp(-4))),
    ("param x = 4; param w = 2\nL = w*x;", 8),
    ("param x = [1; 2; 3]\nL = sum(x)", 6),
    ("param A = [1 2; 3 4]\nL = sum(A[0])", 3),
    (X + "L = max(x; 0)", 4),
    (X + "def f(x): return x^2\nL = f(x)", 16),
    (X + "def f(x):\n    return x^2\nL = f(x)", 16),
    (X + "f = lambda x: x^2\nL = f(x)", 16),
    (X + "L = x if x > 5 else -x if x < 0 else 7", 7),
    (X + "L = x > 0 ? x : 0", 4),
    ("param x : 4\nL = x", 4),
    ("param x = (1, 2, 3)\nL = sum(x)", 6),
    ("param W(2, 2) ~ ones\nL = sum(W)", 4),
    ("param W[2][3] ~ ones\nL = sum(W)", 6),
    ("param W[2 x 3] ~ ones\nL = sum(W)", 6),
    (X + "L = ln x", math.log(4)),
    (X + "L = sin^2(x)", math.sin(4) ** 2),
    (X + "L = exp[x]", math.exp(4)),
    (X + "L = log(x, 2) + np.log2(x)", 4),
    (X + "L = math.tan(x)", math.tan(4)),
    (X + "L = torch.erf(x)", math.erf(4)),
    (XYZ + "L = ∑x² + Σ(x)", 20),
    (XYZ + "L = x.sum() / x.shape[0] + sum(x)/x.size + len(x)", 7),
    (XYZ + "L = np.std(x)", math.sqrt(2 / 3)),
    (M + "L = sum(A .* A)", 14),
    (M + "L = sum(torch.clamp(A, min=1))", 7),
    (M + "L = sum(torch.clamp(A, max=1))", 3),
    (M + "L = sum(np.dot(A, A))", 18),
    (M + "L = sum(A.T.dot(A))", 18),
    (M + "L = np.trace(A)", 5),
    (M + "L = sum(np.ones_like(A)*A)", 6),
    (M + "L = sum(A.unsqueeze(0))", 6),
    (M + "L = sum(nn.Softmax(dim=1)(A))", 2),
]


@pytest.mark.parametrize(("source", "loss"), LED)
def test_a_text_leads_back(source: str, loss: float) -> None:
    check_invariants(source)
    assert leads_to(source, loss)


NONE = [
    ("param x = [1, 2, 3]\nL = x_1 + x_2", "x[0]"),
    ("param x1 = 2\nL = x_1^2", "'x1'"),
    ("param W = 2\nL = w^2", "'W'"),
    ("param beta = 2\nL = bta^2", "'beta'"),
    ("param z1 = 2\nz2 = z1^2\nL = z3", "'z1', 'z2'"),
    ("param w = 0.5\nL = λw^2", ""),
    ("f(x) = x^2\nparam x = 2\nL = fx", ""),
    ("param x = [1, 2, 3]\nL = x(1)", "x[0]"),
    (M + "L = np.linalg.matrix_rank(A)", "no matrix_rank"),
    ("param x = 2\nL = sin^-1(x)", ""),
]


@pytest.mark.parametrize(("source", "said"), NONE)
def test_where_nothing_is_certain_nothing_is_offered(source: str, said: str) -> None:
    _, faults = read(source)
    assert faults
    assert not any(fault["fixes"] for fault in faults)
    assert said in (faults[0]["hint"] or "")


@pytest.mark.parametrize("written", ["Inf", "np.inf"])
def test_another_word_for_infinity_is_read_as_ours(written: str) -> None:
    source = f"param x = 1\nL = max(x, -{written})"
    (fault,) = read(source)[1]
    assert texts(source, fault) == ["param x = 1\nL = max(x, -inf)"]


def test_what_a_split_line_declares_is_not_declared_again() -> None:
    faults: list[dict[str, Any]] = read("param x = 4; param w = 2\nL = w*x")[1]
    assert [len(fault["fixes"]) for fault in faults] == [1, 0]


def test_both_products_of_two_vectors_are_offered_where_both_read() -> None:
    source = "param x = [1, 2]\nparam y = [3, 4]\nh = x y\nL = sum(h^2)"
    assert leads_to(source, 121)
    assert leads_to(source, 73)


@pytest.mark.parametrize(
    ("typed", "made"),
    [("2*x;", "2*x")],
)
def test_a_typed_answer_is_mended_alike(typed: str, made: str) -> None:
    request = {"source": "param x = 4\nL = x^2", "of": "x", "answer": typed}
    status, answer = ask("POST /compare", request)
    assert status == 422
    assert answer["faults"][0]["fixes"][0]["title"] == f"Write {made}"

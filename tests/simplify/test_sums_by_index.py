"""Sums that are written term by term: what they are read as, and the gradients that follow."""

from __future__ import annotations

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import backprop, read_back
from tests.binding.test_as_in_the_book import operations, printed

DATA = (
    "input X = [[1, 0.5], [1, -0.3], [0.4, 1.7]]\ninput x = [0.5, -1.0, 2.0]\n"
    "input y = [1, 0.2, -0.5]\ntarget k = [1, 0, 1]\nparam w = [0.2, 0.6]\n"
    "param v = [0.3, 0.2, 0.1]\nparam b = 0.1\n"
)
"""Of every sum: its lines, what is asked for, and the formula in a book."""
CASES = {
    "an index": ("L = sum(i in 0..2, (b*x[i] - y[i])^2)", "b", "2*dot(b*x - y, x)"),
    "elements": (
        "L = (b*x[0] - y[0])^2 + (b*x[1] - y[1])^2 + (b*x[2] - y[2])^2",
        "b",
        "2*dot(b*x - y, x)",
    ),
    "a loop": (
        "L = 0\nfor i in range(3):\n    L = L + (dot(w, X[i]) - y[i])^2",
        "w",
        "2*X.T @ (X @ w - y)",
    ),
    "a loop that adds to a value": (
        "z = b\nfor i in range(3):\n    z = z + v[i]*x[i]\nL = sigmoid(z)^2",
        "v",
        "2*sigmoid(z)^2*(1 - sigmoid(z))*x",
    ),
    "rows": (
        "L = -sum(i in 0..2, log(sigmoid(y[i]*dot(w, X[i]))))",
        "w",
        "-X.T @ (y*sigmoid(-y*(X @ w)))",
    ),
    "rows by a matrix on the left": (
        "L = sum(i in 0..2, norm(X.T @ [v[0], v[1], b] - X[i])^2)",
        "b",
        "2*sum((X.T @ [v[0], v[1], b] - X) @ X[2])",
    ),
    "columns": ("L = sum(j in 0..1, dot(v, X[:, j])^2)", "v", "2*X @ X.T @ v"),
    "two indices": (
        "L = sum(i in 0..2, sum(j in 0..1, (X[i, j] - v[i]*w[j])^2))",
        "w",
        "2*(outer(v, w) - X).T @ v",
    ),
    "a quadratic form": (
        "A = X @ X.T\nL = sum(i in 0..2, sum(j in 0..2, A[i, j]*v[i]*v[j]))",
        "v",
        "(A + A.T) @ v",
    ),
    "numbers that count": ("L = sum(i in 0..2, (v[i] - i)^2)", "v", "2*(v - [0, 1, 2])"),
    "powers that count": (
        "L = sum(i in 0..2, (sum(j in 0..2, v[j]*x[i]^j) - y[i])^2)",
        "v",
        "2*(reshape(x, 3, 1)^[0, 1, 2]).T @ ((reshape(x, 3, 1)^[0, 1, 2]) @ v - y)",
    ),
    "neighbours": (
        "L = sum(i in 0..1, (x[i + 1] - b*x[i])^2)",
        "b",
        "2*dot(b*x[0:2] - x[1:3], x[0:2])",
    ),
    "every second": ("L = (b - x[0])^2 + (b - x[2])^2", "b", "2*sum(b - x[0:3:2])"),
    "class numbers": (
        "W = outer(w, w)\nL = sum(i in 0..2, cross_entropy(W @ X[i], k[i]))",
        "W",
        "(softmax(X @ W.T) - one_hot(k, 2)).T @ X",
    ),
    "what is under a logarithm": ("L = log(exp(v[0]) + exp(v[1]) + exp(v[2]))", "v", "softmax(v)"),
    "a name inside": (
        "q = sum(i in 0..2, v[i]*tanh(x[i]*b))\nL = (q - 1)^2/2",
        "v",
        "(q - 1)*tanh(x*b)",
    ),
    "two kinds of terms": (
        "L = sum(i in 0..2, v[i]^2) - sum(i in 0..2, x[i]*v[i])",
        "v",
        "2*v - x",
    ),
}
DIFFERENT = {
    "a name for each": "h = v[0]*x[0]\nq = v[1]*x[1]\nL = h^2 + q^2",
    "two axes at once": "A = X @ X.T\nL = A[0, 0]^2 + A[1, 1]^2",
    "no even steps": "L = v[0]^2 + v[2]^2 + v[1]^3",
    "another function": "L = exp(v[0]) + sin(v[1])",
}


@pytest.mark.parametrize("case", CASES)
def test_a_sum_stays_a_sum(case: str) -> None:
    lines, of, book = CASES[case]
    source = DATA + lines
    ours = printed(source, of)
    assert operations(ours) <= operations(book) + 1, ours
    wanted = backprop(source)[of]
    for text in (ours, book):
        (value,) = read_back(source, [("found", text)]).values()
        np.testing.assert_allclose(value, wanted, rtol=1e-9, err_msg=text)
        assert CALLS["compare"]({"source": source, "of": of, "answer": text})["equal"] is True


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_is_not_alike_is_left(case: str) -> None:
    source = DATA + DIFFERENT[case]
    (value,) = read_back(source, [("found", printed(source, "v"))]).values()
    np.testing.assert_allclose(value, backprop(source)["v"], rtol=1e-9)


def test_the_loss_itself_is_named_where_its_slope_is_written_by_it() -> None:
    for text, book in (
        ("L = exp(-b^2)", "-2*L*b"),
        ("L = norm(v)", "v / L"),
        ("L = sqrt(mean((b*x - y)^2))", "dot(b*x - y, x) / (3*L)"),
        ("L = sigmoid(b*3)", "3*L*(1 - L)"),
        ("L = (b*3)^2", "18*b"),
        ("L = b*sum(x)", "sum(x)"),
    ):
        of = "v" if "v" in text else "b"
        assert printed(DATA + text, of) == book


def test_where_the_loss_is_0_it_divides_nothing() -> None:
    source = "param v = [0, 0]\nL = norm(v)"
    (value,) = read_back(source, [("found", printed(source, "v"))]).values()
    np.testing.assert_array_equal(value, backprop(source)["v"])

"""Lines of scripts and of paper that have one equal here: a fix is the same mathematics."""

from __future__ import annotations

import math

import pytest

from tests.faults.test_mend import check_invariants, leads_to, losses, read

X = "param x = 4\n"
V = "param w = [3, 4]\ninput x = [1, 2]\n"
M = "param W = [[2, 1], [0, 3]]\ninput x = [1, 2]\n"
Z = "param z = [0.5, -1.2, 2]\ntarget y = 1\n"
G = "input X = [[1, 2], [3, 4], [5, 7]]\nparam g = 2\n"
TOTAL = math.exp(0.5) + math.exp(-1.2) + math.exp(2)

INDEXED = [
    (V + "L = mean_i w_i x_i", 5.5),
    (V + "L = mean_i(w_i*x_i)", 5.5),
    (V + "L = 2*mean_i (w_i - x_i)^2 + 1", 9),
    (V + "L = max_i exp(w_i)", math.exp(4)),
    (V + "L = mean_i sum(w)*x_i", 10.5),
    (Z + "L = -log(softmax(z)_y)", -math.log(math.exp(-1.2) / TOTAL)),
    (Z + "L = -log(softmax(z)_{y})", -math.log(math.exp(-1.2) / TOTAL)),
    (Z + "L = softmax(z)_0", math.exp(0.5) / TOTAL),
]
LIBRARIES = [
    (G + "L = g*sum(rowSums(X)^2)", 404),
    (G + "L = g*sum(colMeans(X)^2)", 2 * (9 + (13 / 3) ** 2)),
    (G + "L = g*sum(rowMeans(X + 1))", 28),
    (G + "L = g*sum(crossprod(X))", 404),
    (V + "L = crossprod(w, x)", 11),
    (V + "L = sum(np.hstack((w, x))^2)", 30),
    (V + "L = sum(np.r_[w, x])", 10),
    (V + "L = sum(np.vstack([w, x])[1])", 3),
    (V + "L = sum(np.c_[w, x][1])", 6),
    (M + "L = sum(np.hstack([W, W])[0])", 6),
    (M + "L = sum(np.vstack((W, W))[0])", 3),
]
LINES = [
    (X + "L = x^2 +\n3*x", 28),
    (X + "L = x^2\n    + 3*x", 28),
    (X + "L = x^2\n+ 3*x", 28),
    (X + "L = x^2 \\\n + 3*x", 28),
    (X + "L = x^2 ...\n + 3*x", 28),
    (X + "L = x^2 + # first\n  3*x + # second\n  1", 29),
    (X + "z = x^2 +\n  x\nL = z*2", 40),
    (V + "L = {sum(w) + 1}*2", 16),
    (V + "L = {{sum(w)} + 1}*2", 16),
    ("param w=3 input x=2\nL = w*x", 6),
    ("param w = 3 param b = 1\nL = w*b", 3),
    (X + "x^2", 16),
    (X + "print(x^2)", 16),
]
LOOPS = [
    (V + "L = sum(w[i]*x[i] for i in range(2))", 11),
    (V + "L = sum([w[i]*x[i] for i in range(2)])", 11),
    (V + "L = sum(a*b for a, b in zip(w, x))", 11),
    (V + "L = np.mean([(w[i]-x[i])**2 for i in range(len(w))])", 4),
    (V + "L = sum((w[i]-x[i])**2 for i in range(0, 2))/2", 4),
    (V + "L = mean(v for v in w) + sum(a*a for a in x)", 8.5),
    (V + "L = sum(max(0, v - 3) for v in w)", 1),
    (V + "L = sum(dot(x, x)*v for v in w)", 35),
]
CASES = [*INDEXED, *LIBRARIES, *LINES, *LOOPS]


@pytest.mark.parametrize(("source", "loss"), CASES)
def test_it_leads_to_the_loss_that_was_meant_and_to_no_other(source: str, loss: float) -> None:
    assert leads_to(source, loss)
    assert all(found == pytest.approx(loss, rel=1e-9) for found in losses(source))
    check_invariants(source)


@pytest.mark.parametrize(
    "source",
    [
        # Which element is meant is open: on paper the first is often 1.
        Z + "L = softmax(z)_1",
        # What reads the whole vector for each element is no formula of whole vectors.
        V + "L = sum(sum(v*x) for v in w)",
        V + "L = sum(softmax(v*x)[0] for v in w)",
        V + "L = sum(sum(a*x)*b for a, b in zip(w, x))",
        V + "L = mean_i sum(w_i*x)",
        # A statement begins in the next line.
        X + "z = x *\nL = 2",
    ],
)
def test_where_no_equal_is_known_none_is_offered(source: str) -> None:
    loss, faults = read(source)
    assert loss is None
    assert not any(fault["fixes"] for fault in faults)


def test_a_mean_over_an_index_is_no_name_to_declare() -> None:
    _, faults = read(M + "L = mean_i W_ij x_j")
    assert faults
    assert not any("mean_i = 1" in f"{fault['hint']}" for fault in faults)

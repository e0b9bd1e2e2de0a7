"""A Σ of a board, with its index or without: what is added up is the product behind it.

Every fix leads to the value that the board means, and none to another one.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.test_mend import losses

GIVEN = (
    "param x = [1, 2, 4]\nparam y = [0.5, 3, 1]\nparam p = [0.2, 0.5, 0.3]\n"
    "param μ = 0.5\nparam s = 2\nparam S = [[2, 1], [1, 3]]\nparam v = -1.5\nn = 3\n"
)
x, y, p = np.array([1.0, 2, 4]), np.array([0.5, 3, 1]), np.array([0.2, 0.5, 0.3])
m, s = 0.5, 2.0
SUMS = [
    ("Σ (x−μ)²", ((x - m) ** 2).sum()),
    ("Σ(x−μ)²", ((x - m) ** 2).sum()),
    ("∑ (x − μ)^2 + 1", ((x - m) ** 2).sum() + 1),
    ("(1/n) Σ (x-μ)²", ((x - m) ** 2).sum() / 3),
    ("Σ (x−μ)²/(2s²) + n log s", ((x - m) ** 2).sum() / (2 * s**2) + 3 * np.log(s)),
    ("Σ (x_i − y_i)²/2", ((x - y) ** 2).sum() / 2),
    ("½ Σᵢ (xᵢ − yᵢ)²", ((x - y) ** 2).sum() / 2),
    ("Σ_i (x_i − y_i)² − μ", ((x - y) ** 2).sum() - m),
    ("Σᵢ xᵢ²", (x**2).sum()),
    ("Σ_i x_i²", (x**2).sum()),
    ("Σ_i x_i^2 y_i", (x**2 * y).sum()),
    ("√(Σᵢ xᵢ²)", np.sqrt((x**2).sum())),
    ("Σ |x − y|", np.abs(x - y).sum()),
    ("|Σ x − 1|", abs(x.sum() - 1)),
    ("log Σ_j e^{x_j}", np.log(np.exp(x).sum())),
    ("log Σ exp(x)", np.log(np.exp(x).sum())),
    ("μ − Σ x*y", m - (x * y).sum()),
    ("−Σᵢ pᵢ log pᵢ", -(p * np.log(p)).sum()),
    ("∏ x", x.prod()),
    ("∏ (x+1)² − 1", ((x + 1) ** 2).prod() - 1),
    ("∑ x^-1", (1 / x).sum()),
    ("Σ_{ij} S_{ij}²", 15.0),
    ("½ Σ_{i,j} S_ij² + 1", 8.5),
    ("Σ (x − x̄)²", ((x - x.mean()) ** 2).sum()),
    ("Σ_i (x_i − x̄)²", ((x - x.mean()) ** 2).sum()),
]
BARE = [
    ("log det S", np.log(5)),
    ("ln det(S)", np.log(5)),
    ("log|S|", np.log(5)),
    ("ln |S|", np.log(5)),
    ("log|v|", np.log(1.5)),
    ("ln|v|", np.log(1.5)),
    ("exp ‖x‖", np.exp(np.linalg.norm(x))),
    ("log exp v", -1.5),
    ("Tr(S)", 5.0),
    ("tr(SᵀS)", 15.0),
    ("norm(S, 'fro')", np.sqrt(15)),
    ('np.linalg.norm(S, "fro")^2', 15.0),
    ("x̄", x.mean()),
    ("‖S‖_F²", 15.0),
    ("‖x‖_2²", 21.0),
    ("‖x‖_1 + 1", 8.0),
]


@pytest.mark.parametrize(("formula", "value"), [*SUMS, *BARE])
def test_every_fix_means_the_board(formula: str, value: float) -> None:
    found = list(losses(f"{GIVEN}L = {formula}"))
    assert found
    assert found == pytest.approx([value] * len(found), rel=1e-12)

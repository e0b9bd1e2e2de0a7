"""`W^T (u − y)`: brackets behind a transpose are a factor, where T is no name of the text."""

from __future__ import annotations

import pytest

from backstep.binding.bind import bind
from tests.faults.cases import ask

DECLARED = "param x = [1, 2]\ninput y = [0.5, 1]\nparam W = [[0.2, -0.1, 0.4], [0.3, 0.5, -0.2]]\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("W^T (x - y)", "W.T @ (x - y)"),
        ("W^T(x − y) + 1", "W.T @ (x - y) + 1"),
        ("-W^⊤ (x - y)", "-(W.T @ (x - y))"),
        ("(W^T (x - y))*2", "(W.T @ (x - y))*2"),
        ("W^T (W W^T (x - y))", "W.T @ (W @ (W.T @ (x - y)))"),
    ],
)
def test_it_is_the_matrix_product(typed: str, meant: str) -> None:
    losses = []
    for formula in (typed, meant):
        status, found = ask("POST /evaluate", {"source": f"{DECLARED}z = {formula}\nL = sum(z^2)"})
        assert status == 200, found
        losses.append(found["loss"]["value"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-14)


def test_a_t_of_the_text_keeps_its_meaning() -> None:
    source = "param x = 2\nT(u) = 3*u\nL = x^T(x - 1)"
    assert bind(source).definition.loss_name == "L"
    assert ask("POST /evaluate", {"source": source})[1]["loss"]["value"] == 8

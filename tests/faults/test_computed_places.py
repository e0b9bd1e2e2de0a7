"""Numbers of classes and places that are computed: what takes them answers in every form."""

from __future__ import annotations

import pytest

from tests.faults.cases import ask

GIVEN = "param w = -3\nparam x = [1, 2, 4]\nk = step(w)\nks = step([w, 2])\n"


@pytest.mark.parametrize(
    ("formula", "gradient"),
    [
        ("sum(put(x[:2], ks, 3)^2)", ["2*x_0", "2*x_1", "0"]),
        ("sum(put(x[1], k, 2)^2)", ["0", "2*x_1", "0"]),
        ("sum(put(x, [1, 0, 1], 2)^2)", ["2*(x_0 + x_2)", "2*x_1", "2*(x_0 + x_2)"]),
        ("sum(x[ks]^2)", ["2*x_0", "2*x_1", "0"]),
        ("sum(one_hot(k, 3)*x^2)", ["2*x_0", "0", "0"]),
        ("sum(one_hot(ks, 3) @ x)", ["1", "1", "0"]),
    ],
)
def test_the_scalar_form(formula: str, gradient: list[str]) -> None:
    source = f"{GIVEN}L = {formula}"
    status, answer = ask("POST /derive", {"source": source, "form": "scalar"})
    assert status == 200
    assert answer["gradients"]["x"]["text"] == gradient
    assert answer["gradients"]["w"]["text"] == "0"
    assert ask("POST /check", {"source": source})[1]["agree"]


@pytest.mark.parametrize("formula", ["argmax(x*n)", "sum(argmax(X*n, axis=0))", "sum(sort(x*n))"])
def test_what_orders_numbers_that_are_none(formula: str) -> None:
    """SymPy compares NaN with nothing."""
    source = f"{GIVEN}param X = [[1, 2], [3, 4]]\nn = mean(x[3:])\nL = w + {formula}"
    assert ask("POST /derive", {"source": source, "form": "scalar"})[0] == 200
    assert ask("POST /check", {"source": source})[1]["agree"]


def test_a_hessian_with_a_vector_of_one_element_beside_others() -> None:
    source = "param a = [1, 2]\nparam b = [1]\nL = logsumexp(b*a + b.T)"
    status, answer = ask("POST /hessian", {"source": source})
    assert status == 200
    assert ask("POST /hessian", {"source": source, "vector": {"a": [1, -1]}})[0] == 200
    assert answer["symmetric"]

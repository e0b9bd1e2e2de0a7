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

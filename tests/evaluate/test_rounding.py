"""Partials that are 0 but for rounding: found where terms cancel, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.evaluate.rounding import Rounding

SHIFT = (
    "param z = [1.0, 2.0, 0.5]\nparam c = 0.3\ntarget y = 1\n"
    "e = exp(z - c)\np = e/sum(e)\nL = -log(pick(p, y))"
)
BIAS = (
    "input x = [[0.3, 1], [0.7, -2], [1.1, 0.6], [0.2, 0.4]]\n"
    "param W1 = [[0.3, 0.4], [-0.7, 0.2]]\nparam b1 = [0.1, -0.3]\n"
    "h = batch_norm(x @ W1.T + b1, [1, 2], [0, 0.5])\nL = sum(tanh(h)^2)"
)


def found(source: str) -> dict[str, object]:
    """By name where its partial is 0, of those names that have an element 0 but for rounding."""
    prepared = bind(source)
    rounding = Rounding(prepared.numbers())
    nodes = {name: given[-1].node for name, given in prepared.definition.names.items()}
    return {
        name: (rounding.settled(node) == 0).tolist()
        for name, node in nodes.items()
        if rounding.of(node) is not None
    }


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (SHIFT, {"c": True}),
        (BIAS, {"b1": [True, True]}),
        # Through a further step, and as terms of a sum that are no products.
        (SHIFT.replace("- c)", "- 3*d)").replace("e = ", "d = 2*c\ne = "), {"c": True, "d": True}),
        ("param w = 0.3\ninput c = [0.1, 0.2, -0.3]\nL = sum(w*c)", {"w": True}),
        ("param w = 0.3\ninput a = 0.3\ninput b = -0.1\nL = w*a + w*b + w*b + w*b", {"w": True}),
        ("param w = 1.7\ninput x = [0.2, 0.4, -1.1]\nq = w*x\nL = sum(q)/norm(q)", {"w": True}),
        # One element of two.
        (
            "param w = [0.3, 0.3]\ninput C = [[0.1, 0.2, -0.3], [1, 2, 3]]\nL = sum(C.T*w)",
            {"w": [True, False]},
        ),
    ],
)
def test_what_cancels_is_found(source: str, wanted: dict[str, object]) -> None:
    assert found(source) == wanted


@pytest.mark.parametrize(
    "source",
    [
        "param w = 36\nu = sigmoid(w)\nL = -log(u)",
        "param w = 18\nu = tanh(w)\nL = (u - 0.5)^2 + w^2*1e-30",
        "param w = 1e-20\nparam v = 1\nL = w^2/2 + v",
        "param w = 1.0\nL = (w - 1.0000000001)^2 + w^3/3 - w",
        "param w = [1e-18, 1]\nparam v = [1, 1e-18]\nL = dot(w, v)^2 + sum(w)",
        "param w = 0.3\ninput a = 1\ninput b = -0.99999999\nL = w*a + w*b",
    ],
)
def test_what_is_only_small_is_left_alone(source: str) -> None:
    assert found(source) == {}


def test_settled_is_the_partial_with_zeros() -> None:
    prepared = bind(BIAS)
    numbers, rounding = prepared.numbers(), prepared.rounding
    names = {name: given[-1].node for name, given in prepared.definition.names.items()}
    assert numbers.partial(names["b1"]).any()
    assert not rounding.settled(names["b1"]).any()
    same = rounding.settled(names["W1"])
    assert np.array_equal(same, numbers.partial(names["W1"]))


def test_a_pass_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backstep.evaluate.rounding._MOST", 10)
    assert found(BIAS) == {}

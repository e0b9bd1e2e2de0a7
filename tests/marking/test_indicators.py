"""Indicators as papers and other languages write them, in answers."""

from __future__ import annotations

import pytest

from backstep.marking.indicators import with_indicators_as_choices
from tests.asking import CALLS

HINGE = (
    "input x = [0.5, -1]\ntarget y = -1\nparam w = [0.3, 0.2]\nparam b = 0.1\n"
    "L = max(0, 1 - y*(w @ x + b))"
)
RELU = "param z = [0.4, -1]\ninput g = [1, 2]\nh = relu(z)\nL = dot(g, h)"


@pytest.mark.parametrize(
    ("source", "of", "answer", "equal"),
    [
        (HINGE, "w", "−y x·1[y(wᵀx + b) < 1]", True),
        (HINGE, "b", "-y*1[y*(dot(w, x) + b) < 1]", True),
        (HINGE, "b", "-y 𝟙{y(wᵀx + b) < 1}", True),
        (HINGE, "b", "-y I(1 - y(wᵀx + b) > 0)", True),
        (HINGE, "b", "-y*1[y*(dot(w, x) + b) > 1]", False),
        (RELU, "z", "g*1[z > 0]", True),
        (RELU, "z", "g ⊙ 𝟙(z ≥ 0)", True),
        (RELU, "z", "g*(z > 0)", True),
        (RELU, "z", r"g \odot \mathbb{1}[z > 0]", True),
        (RELU, "z", r"g \odot \mathbf{1}_{z > 0}", True),
        (RELU, "z", "g*(z < 0)", False),
    ],
)
def test_an_indicator_is_read(source: str, of: str, answer: str, equal: bool) -> None:
    judged = CALLS["compare"]({"source": source, "of": of, "answer": answer})
    assert judged["equal"] is equal


@pytest.mark.parametrize(
    "text",
    [
        "1(i = j)",
        "1(i != j)",
        "where(z > 0, 1, 0)",
        "f(z > 0)",
        "11[z > 0]",
        "1/(1 + z)",
        "(1 < z",
        "x^(2)",
    ],
)
def test_what_is_none_is_left(text: str) -> None:
    assert with_indicators_as_choices(text, ()) == text


def test_a_name_i_is_a_name() -> None:
    assert with_indicators_as_choices("I(z > 0)", {"I"}) == "I(z > 0)"


@pytest.mark.parametrize(
    "answer",
    [
        "where((z > 0), 3, 2)",
        "Piecewise((3, z > 0), (2, True))",
        "Piecewise((3, (z > 0)), (2, True))",
        "Piecewise((2, (z < 0) | (z <= -1)), (3, True))",
    ],
)
def test_a_condition_in_brackets_stays_one(answer: str) -> None:
    request = {"source": "param z = 0.8\nL = relu(z) + 2*z", "of": "z", "answer": answer}
    assert CALLS["compare"](request)["equal"]

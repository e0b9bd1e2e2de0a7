"""Numbers that lost their sign or all their digits, and a bound that was too low."""

from __future__ import annotations

from math import copysign, inf
from typing import Any

import numpy as np
import pytest

from backstep.lang.compile.compiler import compile_text
from backstep.symbolic.size import closed_sizes, derivative_bound
from tests.asking import CALLS
from tests.faults.cases import ask, cases


@pytest.mark.parametrize("case", cases("numbers"))
def test_the_number_is_right(case: Any) -> None:
    status, answer = ask(case["call"], case["request"])
    assert status == 200
    if case["call"].endswith("derive"):
        definition = compile_text(case["request"]["source"])
        assert answer["loss"]["operations"] <= closed_sizes(definition.loss)[definition.loss.id]
        by = definition.leaves[0].node
        each = answer["gradients"]["x"]["operations"] // by.shape[0]
        assert each <= derivative_bound(definition.loss, by)
        return
    want = dict(case["want"])
    found = answer["gradients"]
    if "loss" in want:
        assert answer["loss"]["value"] == want.pop("loss")
        found = answer["values"]
    for name, right in want.items():
        mine = np.asarray(found[name], dtype=float)
        assert mine == pytest.approx(np.asarray(right), rel=1e-15, abs=0)
        assert (np.signbit(mine) == np.signbit(right)).all()


@pytest.mark.parametrize(
    "written",
    [
        "-0.0",
        "-0",
        "-0e5",
        "+-0.0",
        "-(0.0)",
        "[1, -0.0][1]",
        "2*-0.0",
        "-0.0/3",
        "-0.0 + -0.0",
        "(-0.0)^3",
        "-0.0^3",
    ],
)
def test_a_written_minus_zero_has_its_sign(written: str) -> None:
    answer = CALLS["evaluate"]({"source": f"param a = {written}\nL = 1/a"})
    assert copysign(1, answer["values"]["a"]) == -1
    assert answer["loss"]["value"] == -inf


@pytest.mark.parametrize(
    "written", ["0", "0.0", "--0.0", "+0", "-0.0 + 0", "(-0.0)^2", "-2*-0.0", "0*-1"]
)
def test_another_zero_has_none(written: str) -> None:
    answer = CALLS["evaluate"]({"source": f"param a = {written}\nL = 1/a"})
    assert answer["loss"]["value"] == inf


def test_the_sign_stays_in_matrices_and_beside_other_numbers() -> None:
    source = "input A = [[1, -0.0], [-0.0, 2]]\nparam x = 1\nL = sum(x/A) + (x + -0.0)"
    answer = CALLS["evaluate"]({"source": source})
    assert answer["loss"]["value"] == -inf
    assert [[copysign(1, each) for each in row] for row in answer["values"]["A"]] == [
        [1, -1],
        [-1, 1],
    ]


LONG_NUMBERS = [
    "param w = 2\nL = w*1e40*3",
    "param w = 2\nL = w*[1e308, 3][0]",
    "param w = 2\nh = [1e308, -1.3e300]\nL = sum(h*w)",
    "param w = 2\nL = w*prod([-1e308, -1.3])",
    "param w = 2\nL = w*prod([-1e300, -1.37, 1e-5]) + w^2*1e-45",
    "param w = 2\nL = w*1e20*1e20*123456789.123456789",
    "param w = 2\nL = w*1234567890123456789*1234567890123456789*98765432109876543210987",
]


@pytest.mark.parametrize("source", LONG_NUMBERS)
@pytest.mark.parametrize("form", ["scalar", "matrix", "shared"])
def test_a_number_longer_than_a_literal_may_be_is_written_so_that_it_is_read(
    source: str, form: str
) -> None:
    """It came out as a sum of nine products, or as hundreds of digits that were read as others."""
    gradient = CALLS["derive"]({"source": source, "form": form})["gradients"]["w"]
    assert gradient["text"].count("*1e30") <= 1
    verdict = CALLS["compare"]({"source": source, "of": "w", "answer": gradient["text"]})
    assert verdict["equal"]


@pytest.mark.parametrize("source", LONG_NUMBERS)
@pytest.mark.parametrize("zoom", ["block", "tensor", "scalar"])
def test_a_number_longer_than_a_literal_may_be_is_walked(source: str, zoom: str) -> None:
    assert CALLS["steps"]({"source": source, "zoom": zoom})["steps"]


def test_an_answer_of_many_digits_is_not_divided_by_a_power_of_ten() -> None:
    source = "param w = 2\nL = w*1e41"
    right = CALLS["compare"]({"source": source, "of": "w", "answer": "1" + "0" * 41})
    wrong = CALLS["compare"]({"source": source, "of": "w", "answer": "1" + "0" * 42})
    assert (right["equal"], wrong["equal"]) == (True, False)
    assert wrong["answer"] == 1e42

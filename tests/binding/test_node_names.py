"""Messages call things what the text calls them: a call that is several operations is quoted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import CALLS

SAID = [
    (
        "input x = [[1e308, 1e308, 1]]\nparam K = [[[2, 2]]]\nL = sum(conv1d(x, K))\n",
        "a step inside conv1d(x, K) is ∞, the first that is not finite",
    ),
    (
        "input x = [[[0, 0], [0, 0]]]\nparam K = [[[[1]]]]\nL = sum(relu(conv2d(x, K)))\n",
        "relu(conv2d(x, K)): relu has a kink at 0; its partial there is 0",
    ),
    (
        "param x = [[1, 1, 2, 2]]\nL = sum(max_pool1d(x, 2))\n",
        "max_pool1d(x, 2): several elements are the extreme; they share its partial evenly",
    ),
    (
        "param s = [1, 2, 3]\ntarget y = 1\nL = hinge(s, y)\n",
        "a step inside hinge(s, y): relu has a kink at 0; its partial there is 0",
    ),
    (
        "param p = [0, 1]\ntarget y = 0\nL = 2*nll(p,\n       y)\n",
        "a step inside nll(p, y) is −∞, the first that is not finite",
    ),
    (
        "param p = [0, 1]\ntarget y = [1, 0]\nL = bce(p, y)\n",
        "y*log(p), inside bce(p, y), is −∞, the first that is not finite",
    ),
    (
        "param p = [0, 1]\ntarget y = [1, 0]\nL = bce(p, y)\n",
        "the partial with respect to 1 - p, inside bce(p, y), is −∞, the first that is not finite",
    ),
    (
        "param s = [1, 2]\ntarget y = 1\nL = cross_entropy(log(s - 5), y)\n",
        "log(s - 5) is NaN, the first that is not finite",
    ),
    (
        "f(a) = 2*sqrt(a)\nparam w = 0\nL = f(w) + 1\n",
        "sqrt(w): the slope of sqrt at 0 is +∞; abs or norm may be what is meant",
    ),
]


def messages(source: str) -> list[str]:
    answer: dict[str, Any] = CALLS["evaluate"]({"source": source})
    return [warning["message"] for warning in answer["warnings"]]


@pytest.mark.parametrize(("source", "message"), SAID)
def test_a_warning_says_what_was_written(source: str, message: str) -> None:
    assert message in messages(source)


@pytest.mark.parametrize("name", ["pick", "patches", "place", "move_axis", "reshape"])
def test_no_warning_names_what_nobody_wrote(name: str) -> None:
    assert not any(f"{name}(" in each for source, _ in SAID for each in messages(source))


def test_the_loss_of_a_sure_answer_is_zero_without_a_sign() -> None:
    source = "param s = [1000, 0]\ntarget y = 0\nL = cross_entropy(s, y)\n"
    answer = CALLS["evaluate"]({"source": source})
    assert repr(answer["loss"]["value"]) == repr(answer["values"]["L"]) == "0.0"
    assert repr(CALLS["hessian"]({"source": source})["loss"]["value"]) == "0.0"

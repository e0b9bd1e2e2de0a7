"""The verdict on an answer comes within its time: what is given up first is the hint.

Time is counted here, not taken: a clock that is read moves on by a step of its own.
"""

from __future__ import annotations

import importlib
import itertools
from typing import Any

import pytest

from backstep import clock
from backstep.errors import AnswerError
from backstep.limits import LIMITS
from tests.asking import CALLS
from tests.marking.answers import ROWS, compare
from tests.systems.random_twins import network

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A bound may be raised where it is swallowed, as in the collector's callbacks: it comes again."""

trials = importlib.import_module("backstep.marking.trial")
NETWORK = "\n".join(network(1).ours)
STEPS = "param w = 0.7\ninput x = [1, -2, 3]\nh = relu(w*x - 1)\nL = sum(h^2)/2\n"
LONG_AGO = 1e6


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets by how many seconds each look at the clock moves it on."""

    def at(step: float) -> None:
        readings = itertools.count()
        monkeypatch.setattr(clock, "used", lambda: step * next(readings))

    return at


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each point at which an answer is worked out."""
    found: list[int] = []
    plain = trials.at_point

    def tried(*arguments: Any, **named: Any) -> Any:
        found.append(1)
        return plain(*arguments, **named)

    monkeypatch.setattr(trials, "at_point", tried)
    return found


# Right for all values; for labels of 0 and 1 alone; the rest are not.
ANSWERS = [
    ("toy-neuron", "w", "(u - y)*u*(1 - u)*x + 2*lambda*w", True),
    ("toy-neuron", "w", "(u - y)*x", False),
    ("toy-neuron", "w", "ones(3)", False),
    ("rows", "w", "X.T @ (p - y)/4", True),
    ("rows", "w", "X.T @ where(y > 0.5, p - 1, p)/4", True),
    ("rows", "w", "X.T @ (p + y)/4", False),
]


@pytest.mark.parametrize("step", [1e-9, 0.02, LONG_AGO])
@pytest.mark.parametrize(("example", "of", "answer", "equal"), ANSWERS)
def test_the_verdict_is_the_same_at_any_speed(
    example: str, of: str, answer: str, equal: bool, step: float, clock_at: Any
) -> None:
    clock_at(step)
    assert compare(example, of, answer)["equal"] is equal


def test_a_right_answer_without_time_rests_on_the_fewest_points(
    clock_at: Any, points: list[int]
) -> None:
    clock_at(LONG_AGO)
    found = compare("toy-neuron", "w", "(u - y)*u*(1 - u)*x + 2*lambda*w")
    assert (found["equal"], found["how"], found["points"]) == (True, "points", 4)
    # Those that are drawn, and one more on the far side of the answer's own edges.
    assert len(points) == 5


def test_premises_that_there_is_no_time_to_let_go_are_kept(clock_at: Any) -> None:
    answer = "X.T @ where(y > 0.5, p - 1, p)/4"
    with_time = CALLS["compare"]({"source": ROWS, "of": "w", "answer": answer})
    clock_at(LONG_AGO)
    without = CALLS["compare"]({"source": ROWS, "of": "w", "answer": answer})
    assert with_time["note"] in without["note"]
    assert "0 and 1" in with_time["note"]


def test_the_hint_is_what_is_given_up(clock_at: Any, points: list[int]) -> None:
    question = {"source": STEPS, "of": "w", "answer": "sum(h)"}
    found = CALLS["compare"](question)
    assert found["equal"] is False
    assert found["hint"].startswith("the factor x")
    clock_at(LONG_AGO)
    points.clear()
    found = CALLS["compare"](question)
    assert found["equal"] is False
    assert found["hint"] is None
    assert found["missing"] is None
    assert found["at"]
    assert len(points) <= 4


@pytest.mark.parametrize("answer", ["ones(3)", "2*p8", "p8 - p9"])
def test_of_a_wrong_answer_few_points_are_enough(answer: str, points: list[int]) -> None:
    found = CALLS["compare"]({"source": NETWORK, "of": "p8", "answer": answer})
    assert found["equal"] is False
    assert len(points) <= 125  # all pieces of its relu and selu would be four times as many


def test_names_of_the_shared_form_that_take_too_long_are_refused_in_words(
    clock_at: Any,
) -> None:
    source = "input x = [1, 2]\nparam w = 0.3\na = exp(w*x)*sin(exp(w*x) + 1)\nL = sum(a^2)"
    request = {"source": source, "of": "w", "answer": "v_1*w"}
    clock_at(0.01 * LIMITS.job_seconds)
    with pytest.raises(AnswerError) as refused:
        CALLS["compare"](request)
    assert "v_1 was not worked out in its time" in refused.value.faults[0].message
    clock_at(1e-9)
    assert CALLS["compare"](request)["equal"] is False

"""Examples that are held out: no update reads them, and each step has the loss over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import backstep
from backstep.errors import RequestError
from tests.asking import plain, run

X = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
Y = [2.1, 3.9, 6.2, 7.8, 10.1, 12.2, 13.9]
LINE = (
    f"input x = {X}\ntarget y = {Y}\nparam w = 0.5\nparam b = 0\np = w*x + b\nL = mean((p - y)^2)"
)
ONE = "input x = 1\ntarget y = 2\nparam w = 0.5\nparam b = 0\nL = (w*x + b - y)^2"
HELD = [2, 5]
READ = [0, 1, 3, 4, 6]


def trained(**body: Any) -> tuple[Any, list[Any], Any]:
    """The start of a training, its steps and its summary."""
    made = run({"source": LINE, "values": {}, "steps": 6, "rate": 0.01, "holdout": 3, **body})
    begun = made.begin()
    found = made.go_on(begun.state, 60.0)
    assert found.summary is not None
    return plain(begun.start), plain(found.steps), plain(found.summary)


def losses(w: float, b: float, places: list[int]) -> float:
    x, y = np.array(X)[places], np.array(Y)[places]
    return float(np.mean((w * x + b - y) ** 2))


@pytest.mark.parametrize("body", [{}, {"source": ONE, "data": {"x": X, "y": Y}}])
def test_updates_read_the_others_alone_and_each_step_has_the_loss_over_them(
    body: dict[str, Any],
) -> None:
    start, steps, summary = trained(**body)
    assert (start["examples"]["count"], start["examples"]["held_out"]) == (len(READ), HELD)
    w, b = 0.5, 0.0
    x, y = np.array(X)[READ], np.array(Y)[READ]
    for step in steps:
        assert step["examples"] == READ
        assert step["parameters"] == pytest.approx({"w": w, "b": b}, rel=1e-12)
        assert step["loss"] == pytest.approx(losses(w, b, READ), rel=1e-12)
        assert step["held_out_loss"] == pytest.approx(losses(w, b, HELD), rel=1e-12)
        off = w * x + b - y
        w, b = w - 0.01 * 2 * float(np.mean(off * x)), b - 0.01 * 2 * float(np.mean(off))
    assert summary["loss"]["first"] == steps[0]["loss"]


def test_what_is_held_out_changes_no_update() -> None:
    other = [each if place not in HELD else -50.0 for place, each in enumerate(Y)]
    one = trained(data={"x": X, "y": Y}, batch=2, optimiser="adam")
    two = trained(data={"x": X, "y": other}, batch=2, optimiser="adam")
    for step, changed in zip(one[1], two[1], strict=True):
        assert step["held_out_loss"] != changed["held_out_loss"]
        for name in ("loss", "parameters", "examples", "gradient_norm"):
            assert step[name] == changed[name]


def test_an_epoch_of_mini_batches_reads_each_of_the_others_once() -> None:
    start, steps, _ = trained(batch=2)
    assert start["examples"]["epoch"] == 3
    assert sorted(row for step in steps[:3] for row in step["examples"]) == READ
    # The text's rows, those held out too: a definition of some is the text with these.
    assert [each["values"] for each in start["examples"]["rows"]] == [X, Y]


def test_without_any_there_is_no_such_loss() -> None:
    start, steps, _ = trained(holdout=None)
    assert start["examples"]["held_out"] == []
    assert {step["held_out_loss"] for step in steps} == {None}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"holdout": 8}, "of 7 examples none is the last of 8"),
        ({"source": ONE}, "leave `batch` and `holdout` out"),
    ],
)
def test_what_leaves_none_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError) as refused:
        trained(**body)
    assert said in f"{refused.value.faults[0].message} {refused.value.faults[0].hint}"


def test_all_of_them_cannot_be_held_out() -> None:
    with pytest.raises(RequestError, match="'holdout' is a whole number from 2"):
        backstep.Network(LINE).train(holdout=1)

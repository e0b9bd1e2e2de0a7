"""A training in pieces: the same events however it is cut, and states that are plain numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from app.api.train import restored
from app.jobs.protocol import to_json
from backstep.errors import RequestError, ValuesError
from backstep.train.events import SavedState
from tests.asking import CALLS, plain, run

SINE = """\
input x = linspace(-3, 3, 12)
target y = sin(linspace(-3, 3, 12))
param w[4] ~ normal(0, 1)
param v[4] ~ normal(0, 1)
p = tanh(outer(x, w)) @ v
L = mse(p, y)
"""
BODY = {
    "source": SINE,
    "values": {},
    "steps": 23,
    "optimiser": "adam",
    "batch": 5,
    "names": ["w"],
    "average": 4,
    "watch": "v[1]",
    "fit": True,
}


def pieces(seconds: float, **body: Any) -> tuple[list[Any], Any, int]:
    """The events of a training, its summary, and in how many pieces they came."""
    state: SavedState | None = run({**BODY, **body}).begin().state
    events, summary, count = [], None, 0
    while state is not None:
        # As it goes from process to process, and the training made anew in each.
        found = run({**BODY, **body}).go_on(restored(to_json(state)), seconds)
        state, summary = found.state, plain(found.summary)
        events += plain(found.steps)
        count += 1
    return events, summary, count


def test_a_training_is_the_same_however_it_is_cut() -> None:
    whole, summary, one = pieces(60.0)
    cut, other, many = pieces(0.0)
    assert (one, many) == (1, 24)
    assert whole == cut
    assert summary == other
    assert [step["step"] for step in whole] == list(range(24))


def test_every_so_many_steps_are_sent_and_the_last_two() -> None:
    whole, _, _ = pieces(60.0)
    some, _, _ = pieces(60.0, every=10)
    assert some == [whole[0], whole[10], whole[20], whole[22], whole[23]]
    assert some[-1]["update"] is None
    assert some[-2]["update"]


def test_of_many_steps_about_two_hundred_are_sent() -> None:
    assert run({**BODY, "steps": 999}).begin().start.every == 5


@pytest.mark.parametrize("watch", ["h[0].W[1, 0]", "h[1].b[2]"])
def test_elements_of_layers_in_passes_can_be_watched(watch: str) -> None:
    source = (
        "input x = [1, 2]\nh = x\nfor k in layers(2):\n    h = tanh(dense(h, 3))\nL = sum(h^2)\n"
    )
    events, _, _ = pieces(60.0, source=source, batch=None, watch=watch, names=[], steps=1)
    assert events[0]["update"]
    with pytest.raises(RequestError, match="no element"):
        run({**BODY, "source": source, "batch": None, "names": [], "watch": "h[0].W[3, 0]"})


def test_a_class_that_is_none_is_told_where_the_data_have_it() -> None:
    source = "input s[2] ~ zeros\ntarget k = 0\nparam w = 1\nL = cross_entropy(w*s, k)"
    data = {"s": [[1, 2], [0, 1]], "k": [1, 5]}
    body = {"source": source, "values": {}, "steps": 1, "data": data}
    with pytest.raises(ValuesError) as refused:
        run(body).begin()
    assert refused.value.faults[0].pointer == "/data/k"


def test_the_update_that_is_written_out_leads_to_the_next_step() -> None:
    events, _, _ = pieces(60.0, names=["v"], batch=None, fit=False, schedule="exponential")
    for step, after in pairwise(events):
        *_, moved, _ = step["update"]
        assert moved["name"] == "w"
        shown = float(moved["latex"].rpartition("= ")[2].removeprefix(r"\fv{").rstrip("}"))
        assert shown == pytest.approx(after["parameters"]["v"][1], rel=1e-3)


def test_the_summary_has_the_losses_of_its_parameters() -> None:
    _, summary, _ = pieces(60.0, names=[], fit=False)
    for given in (summary, summary["averaged"]):
        at = {"source": SINE, "values": given["parameters"]}
        told = given["loss"]["last"] if given is summary else given["loss"]
        assert told == pytest.approx(CALLS["evaluate"](at)["loss"]["value"], rel=1e-12)
    assert summary["averaged"]["loss"] != summary["loss"]["last"]


@pytest.mark.parametrize(("asked", "read"), [(5, 5), (12, 12), (500, 12), (None, 1)])
def test_a_batch_is_no_larger_than_there_are_examples(asked: int | None, read: int) -> None:
    start = run({**BODY, "batch": asked}).begin().start
    assert start.examples.batch == read

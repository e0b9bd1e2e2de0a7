"""Sweeps: which runs there are, that each is the training it says, limits, pieces, the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from backstep.binding.bind import bind
from backstep.errors import BackstepError, LimitError, RequestError, ValuesError
from backstep.limits import LIMITS
from backstep.train import sweep as sweeps
from backstep.train.events import TrainSummary
from backstep.train.run import Run
from backstep.train.setup import TrainOptions
from backstep.train.sweep import Ended, Sweep, SweepRun, Unfinished, block

LINE = (
    "input x = [1, 2, 3, 4]\ntarget y = [2, 4, 6.5, 8]\nparam w = 0.5\nparam b = 0\n"
    "p = w*x + b\nL = mean((p - y)^2)"
)
OVER: Mapping[str, Sequence[Any]] = {
    "rate": [0.01, 0.05],
    "seed": [0, 1, 2],
    "values.w": [0.0, 0.5],
}


def swept(over: Mapping[str, Sequence[Any]], **options: Any) -> Sweep:
    return Sweep(LINE, {}, TrainOptions(**options), over)


def whole(sweep: Sweep) -> list[tuple[SweepRun, Ended]]:
    ended, first, left = block(sweep, 0, sweep.runs, seconds=60.0)
    assert (first, left) == (sweep.runs, None)
    return ended


def trained(values: Mapping[str, Any], options: TrainOptions) -> TrainSummary:
    run = Run(bind(LINE, values), options)
    found = run.go_on(run.begin().state, 60.0).summary
    assert found is not None
    return found


def test_the_runs_are_all_combinations_the_last_changing_fastest() -> None:
    sweep = swept(OVER)
    assert sweep.runs == 12
    chosen = [tuple(sweep.chosen(number).values()) for number in range(12)]
    assert chosen == [(r, s, w) for r in (0.01, 0.05) for s in (0, 1, 2) for w in (0.0, 0.5)]


def test_a_run_is_the_training_of_its_choices() -> None:
    sweep = swept(OVER, steps=7, batch=2, optimiser="adam")
    for (event, ended), number in zip(whole(sweep), range(12), strict=True):
        rate, seed, w = sweep.chosen(number).values()
        options = TrainOptions(steps=7, batch=2, optimiser="adam", rate=rate, seed=seed)
        alone = trained({"w": w}, options)
        assert (event.run, event.outcome, event.loss) == (number, "done", alone.loss)
        assert event.parameters == alone.parameters
        assert ended == Ended("done", alone.loss.last)
        assert [point.step for point in event.curve] == list(range(8))


def test_a_long_run_is_gone_on_with_where_it_was_left() -> None:
    sweep = swept({"rate": [0.01, 0.02]}, steps=400, batch=2)
    at_once = whole(sweep)
    found, first, left, pieces = [], 0, None, 0
    while first < sweep.runs:
        told, first, left = block(sweep, first, sweep.runs, left, seconds=0.003)
        found += told
        pieces += 1
    assert pieces > 2
    assert [event for event, _ in found] == [event for event, _ in at_once]


def test_what_was_left_says_which_and_how_far() -> None:
    left = swept({"rate": [0.01]}, steps=100_000, every=50_000).run(0, seconds=0.01)
    assert isinstance(left, Unfinished)
    assert 0 < left.state.step < 100_000


def test_the_summary_is_of_finite_losses() -> None:
    sweep = swept({"rate": [0.05, 1e6, 0.01], "seed": [0, 1]}, steps=50)
    ended = [how for _, how in whole(sweep)]
    found = sweep.summary(ended)
    assert (found.done, found.diverged, found.runs, found.best) == (4, 2, 6, 0)
    assert found.lowest == ended[0].loss
    by = {(each.of, each.choice): each for each in found.by}
    assert (by["rate", 1].ended, by["rate", 1].lowest) == (0, None)
    assert by["rate", 2].median == ended[4].loss
    assert by["seed", 0].runs == 3
    assert found.message.startswith("of 6 trainings: 4 done, 2 diverged; the lowest loss is")


def test_choices_that_do_not_go_together_are_a_refused_run() -> None:
    source = "input x = 1\nparam w = 1\nlabel = 1\nL = (w*x - 3)^2"
    right: Any = {"optimiser": ["momentum"], "settings.mu": [0.5]}
    (event, _), *_ = whole(Sweep(source, {}, TrainOptions(), right))
    assert event.outcome == "done"
    mixed: Any = {"optimiser": ["momentum", "sgd"], "settings.mu": [0.5]}
    _, (event, ended) = whole(Sweep(source, {}, TrainOptions(), mixed))
    assert (event.outcome, event.loss, ended.loss) == ("refused", None, None)
    assert "no setting" in event.message or "setting 'mu'" in event.message


@pytest.mark.parametrize(
    ("over", "options", "kind", "code", "pointer"),
    [
        ({"sead": [1]}, {}, RequestError, "unknown_choice", "/over/sead"),
        ({"values.": [1]}, {}, RequestError, "unknown_choice", "/over/values."),
        ({"rate": [0.1, -1]}, {}, RequestError, "setting", "/over/rate/1"),
        ({"steps": [1, -1]}, {}, RequestError, "setting", "/over/steps/1"),
        ({"rate": [1]}, {"clip": -1}, RequestError, "setting", "/train/clip"),
        ({"rate": [1]}, {"names": ["q"]}, RequestError, "unknown_name", "/train/names/0"),
        ({"optimiser": ["sgd", "q"]}, {}, RequestError, "unknown_optimiser", "/over/optimiser/1"),
        ({"settings.mu": [1]}, {}, RequestError, "unknown_setting", "/over/settings.mu/0"),
        ({"values.w": [1, [1]]}, {}, ValuesError, "value_shape", "/over/values.w/1"),
        ({"values.q": [1]}, {}, ValuesError, "unknown_value", "/over/values.q/0"),
        ({"rate": [0.1] * 401}, {}, LimitError, "sweep_runs", None),
        ({"batch": [1] * 21}, {}, LimitError, "sweep_batches", None),
        ({"steps": [1, 10**6]}, {}, LimitError, "train_steps", None),
        ({"seed": list(range(400))}, {"steps": 60_000, "every": 60_000}, LimitError,
         "sweep_nodes", None),
        ({"seed": list(range(400))}, {"steps": 2_000, "every": 5}, LimitError, "sweep_sent", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_before_anything_is_computed(
    over: Any, options: Any, kind: type[BackstepError], code: str, pointer: str | None
) -> None:
    with pytest.raises(kind) as refused:
        swept(over, **options).begin()
    assert (refused.value.faults[0].code, refused.value.faults[0].pointer) == (code, pointer)


def test_the_arithmetic_of_all_runs_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = 4_000
    monkeypatch.setattr(sweeps, "LIMITS", replace(LIMITS, sweep_nodes=10 * alone))
    swept({"seed": [1]}, steps=100).begin()
    with pytest.raises(LimitError) as refused:
        swept({"seed": list(range(200))}, steps=100).begin()
    one = refused.value.details["measured"] / 200
    few = swept({"steps": [100, 300], "batch": [2, 4], "seed": list(range(50))})
    with pytest.raises(LimitError) as other:
        few.begin()
    # As many of 100 steps as of 300, each one evaluation more than steps.
    assert other.value.details["measured"] == pytest.approx(one * 200 / 101 * (101 + 301) / 2)


def test_a_seed_that_changes_nothing_is_said() -> None:
    told, _ = swept({"seed": [1, 2]}).begin()
    assert told.note is not None
    assert swept({"seed": [1, 2]}, batch=2).begin()[0].note is None
    assert swept({"rate": [1.0]}).begin()[0].note is None
    assert swept({"seed": [1, 2]}, batch=2, shuffle=False).begin()[0].note is not None


def test_no_more_numbers_are_sent_than_were_counted() -> None:
    sweep = swept({"rate": [0.01, 0.02], "values.x": [[1, 2, 3, 4]]}, steps=50)
    _, most = sweep.begin()
    for event, _ in whole(sweep):
        sent = 2 * len(event.curve) + len(event.parameters) + 1 + 4 + 4
        assert sent <= most / sweep.runs

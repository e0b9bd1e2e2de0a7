"""Every rule of the table, against loops over plain floats that are written from the papers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pytest

from backstep.train.optimisers import OPTIMISERS, SCHEDULES, Optimiser, Schedule
from backstep.train.update import Options, Update
from tests.train import by_hand
from tests.train.conftest import options

SETTINGS = {
    "step": {"gamma": 0.5, "s": 3.0},
    "exponential": {"gamma": 0.9},
    "inverse": {"gamma": 0.1},
    "cosine": {"eta_min": 0.01, "T": 8.0},
}
COUNT = 25


def gradients(seed: int = 1) -> list[list[float]]:
    """Gradients of many sizes, with zeros among them."""
    stream = random.Random(seed)
    return [
        [stream.choice([0.0, 1e-4, 1.0, 30.0]) * stream.uniform(-1, 1) for _ in range(5)]
        for _ in range(COUNT)
    ]


def followed(update: Update, given: list[list[float]]) -> list[np.ndarray]:
    """The parameters after each update."""
    kept = {name: np.zeros(5) for name in update.changed}
    kept["w"] = np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    found = []
    for number, g in enumerate(given, start=1):
        kept = update.run(number, math.sqrt(math.fsum(b * b for b in g)), kept, np.array(g))
        found.append(kept["w"])
    return found


def by_loop(
    name: str,
    given: list[list[float]],
    rates: list[float],
    decay: float = 0.0,
    clip: float | None = None,
) -> list[list[float]]:
    w, found = [1.0, -2.0, 0.5, 0.0, 3.0], []
    if name in by_hand.DECOUPLED:
        step, decay = by_hand.DECOUPLED[name](decay), 0.0
    else:
        step = by_hand.STEPS[name]()
    for g, rate in zip(given, rates, strict=True):
        used = g if clip is None else by_hand.clipped(g, clip)
        w = step(w, [b + decay * a for a, b in zip(w, used, strict=True)], rate)
        found.append(w)
    return found


def far(found: list[np.ndarray], expected: list[list[float]]) -> float:
    """How far apart two runs are, relative to the larger of 1 and the value."""
    return max(
        float(np.max(np.abs(one - np.array(other)) / np.maximum(1, np.abs(other))))
        for one, other in zip(found, expected, strict=True)
    )


def test_every_rule_has_a_loop_beside_it() -> None:
    assert set(OPTIMISERS) == set(by_hand.STEPS)
    assert set(SCHEDULES) == {"constant", *SETTINGS}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_rule_is_its_published_formula(name: str) -> None:
    given = gradients()
    found = followed(Update(options(name, 0.1)), given)
    assert far(found, by_loop(name, given, [0.1] * COUNT)) < 1e-12


@pytest.mark.parametrize("name", OPTIMISERS)
def test_clipping_then_decay_as_pytorch_orders_them(name: str) -> None:
    given = gradients(2)
    found = followed(Update(options(name, 0.05, decay=0.02, clip=1.5)), given)
    assert far(found, by_loop(name, given, [0.05] * COUNT, 0.02, 1.5)) < 1e-12


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_its_formula(name: str) -> None:
    update = Update(options("sgd", 0.3, name, SETTINGS.get(name)))
    expected = list(by_hand.rates(name, 0.3, COUNT))
    assert [update.rate(number) for number in range(1, COUNT + 1)] == pytest.approx(
        expected, rel=1e-13
    )
    given = gradients(3)
    assert far(followed(update, given), by_loop("sgd", given, expected)) < 1e-12


def wrong(row: Optimiser) -> list[Optimiser]:
    """The row with each of its lines' last terms wrong by a thousandth, and with signs turned."""
    found = []
    lines = row.lines.split("\n")
    for at, line in enumerate(lines):
        left, right = line.split(" = ")
        faults = [f"({right})*1.001", right.replace(" - ", " + ", 1), right.replace("g^2", "g", 1)]
        for fault in faults:
            if fault != right:
                changed = [*lines[:at], f"{left} = {fault}", *lines[at + 1 :]]
                found.append(replace(row, lines="\n".join(changed)))
    return found


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_wrong_rule_is_caught(name: str, tally: Callable[[int, Collection[str]], None]) -> None:
    given = gradients()
    expected = by_loop(name, given, [0.1] * COUNT)
    planted = wrong(OPTIMISERS[name])
    survived = []
    for row in planted:
        chosen = options(name, 0.1)
        changed = Options(row, chosen.schedule, 0.1, chosen.settings)
        with np.errstate(all="ignore"):
            apart = far(followed(Update(changed), given), expected)
        if apart < 1e-9:
            survived.append(row.lines)
    tally(len(planted), survived)
    assert survived == []


def test_averaging_is_the_mean_of_the_iterates_from_there_on() -> None:
    update = Update(options("momentum", 0.1, average=4))
    given, kept = gradients(4), {name: np.zeros(5) for name in ("w", "b", "a")}
    iterates = []
    for number, g in enumerate(given, start=1):
        kept = update.run(number, 1.0, kept, np.array(g))
        iterates.append(kept["w"])
        expected = kept["w"] if number <= 5 else np.mean(iterates[4:], axis=0)
        assert kept["a"] == pytest.approx(expected, rel=1e-12, abs=1e-13)


def test_rows_are_told_and_their_settings_bounded() -> None:
    rows: list[Optimiser | Schedule] = [*OPTIMISERS.values(), *SCHEDULES.values()]
    for row in rows:
        assert row.title
        assert row.doc.endswith(".")
        for setting in row.settings:
            assert setting.doc
            assert setting.default is None or setting.low <= setting.default <= setting.high

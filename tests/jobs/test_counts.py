"""What an observer of the pool is told: each turn once, its own time, why a job was refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.jobs import refusals
from app.jobs.fair_queue import Lane
from app.jobs.pool import KILL_SECONDS, Pool
from app.jobs.pool_records import Observer
from backstep.errors import BackstepError
from backstep.limits import LIMITS
from tests.jobs.test_pool import ask, at_work, started
from tests.waiting import becomes

pytestmark = pytest.mark.anyio


class Counted(Observer):
    """All that it was told."""

    def __init__(self) -> None:
        self.waits: list[tuple[str, float]] = []
        self.ends: list[tuple[str, str, float | None]] = []
        self.kills: list[str] = []
        self.refusals: list[str] = []

    def began(self, lane: str, waited: float) -> None:
        self.waits.append((lane, waited))

    def ended(self, call: str, how: str, seconds: float | None) -> None:
        self.ends.append((call, how, seconds))

    def killed(self, why: str) -> None:
        self.kills.append(why)

    def refused(self, why: str) -> None:
        self.refusals.append(why)


async def outcome(pool: Pool, call: str, payload: str = "", seconds: float = 0.2) -> object:
    """How a job of this call ends for who asked it."""
    try:
        return await ask(pool, call, payload, seconds=seconds)
    except BackstepError as error:
        return error.faults[0].code


async def test_each_turn_ends_once_and_costs_what_it_took(tmp_path: Path) -> None:
    """A fine for a lost worker is its client's, and no time of a processor."""
    told = Counted()
    once = tmp_path / "once"
    async with started(workers=1, observer=told) as pool:
        assert await outcome(pool, "long_loop", "30") == "too_long"
        assert await outcome(pool, "spin") == "time_up"
        assert await outcome(pool, "refuse") == "unknown_name"
        assert await outcome(pool, "die_once", str(once), 2.0) == "alive"
        assert await outcome(pool, "swallow", str(10**12)) == "memory"
        assert await outcome(pool, "spin") == "time_up"
    hows = [how for _, how, _ in told.ends]
    assert hows == ["time_up", "time_up", "refusal", "lost", "answer", "refusal"]
    assert len(told.waits) == len(told.ends)
    assert told.kills == ["time_up", "lost", "memory"]
    assert told.refusals == ["remembered"]
    known = [seconds for _, _, seconds in told.ends if seconds is not None]
    assert len(known) == len(told.ends) - 1, "how long the lost one took has gone with it"
    assert 0.15 < known[0] < KILL_SECONDS
    assert 0.2 <= known[1] < KILL_SECONDS


async def test_time_in_line_is_that_of_the_lane_alone(tmp_path: Path) -> None:
    """What a job computed before it was found dear is no waiting."""
    told, loop = Counted(), asyncio.get_running_loop()
    limits = replace(LIMITS, cheap_seconds=0.3)
    async with started(workers=1, cheap=1, limits=limits, observer=told) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go"), client="a"))
        await at_work(pool)
        begun = loop.time()
        second = asyncio.ensure_future(ask(pool, "long_loop", "0.5", client="b"))
        await becomes(lambda: pool.state().busy == 2)
        assert pool.state().wide == 1, "the other is in a place for cheap jobs"
        await becomes(lambda: pool._line.length(Lane.DEAR) == 1)
        (tmp_path / "go").touch()
        await becomes(lambda: len(told.waits) == 3)
        passed = loop.time() - begun
        await asyncio.gather(first, second)
    assert [lane for lane, _ in told.waits] == ["new", "new", "dear"]
    assert told.waits[1][1] + told.waits[2][1] <= passed - 0.3


async def test_who_leaves_the_line_and_whom_it_is_closed_to_are_counted(tmp_path: Path) -> None:
    told = Counted()
    async with started(workers=1, observer=told) as pool:
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go"), client="a"))
        await at_work(pool)
        leaving, staying = (
            asyncio.ensure_future(ask(pool, "echo", name, client="b")) for name in "cd"
        )
        await becomes(lambda: pool.state().waiting == 2)
        leaving.cancel()
        await becomes(lambda: pool.state().waiting == 1)
        assert told.refusals == ["left"]
        await pool.stop()
        ends = await asyncio.gather(first, leaving, staying, return_exceptions=True)
    assert told.refusals == ["left", "down"]
    assert [type(each).__name__ for each in ends] == [
        "Unavailable",
        "CancelledError",
        "Unavailable",
    ]


def test_time_that_is_up_is_told_from_a_busy_machine() -> None:
    assert refusals.is_time_up(refusals.time_up(2.0))
    assert refusals.is_time_up(refusals.too_long(2.0))
    assert not refusals.is_time_up(refusals.wall_time_up(30.0, 0.1))
    assert not refusals.is_time_up(refusals.worker_killer())

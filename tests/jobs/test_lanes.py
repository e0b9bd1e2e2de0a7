"""Cheap jobs beside dear ones, and what one client may take of the workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.jobs.admissions import Admissions
from app.jobs.budgets import Budgets
from app.jobs.fair_queue import FairQueue, Full, Lane
from app.jobs.pool import Pool
from app.jobs.pool_records import Observer, Work
from backstep.errors import Busy, TimeUp
from backstep.limits import LIMITS
from tests.jobs.test_pool import ask, at_work, settled, started
from tests.waiting import becomes

pytestmark = pytest.mark.anyio


class Told(Observer):
    """What happened, in order."""

    def __init__(self) -> None:
        self.lanes: list[str] = []
        self.ends: list[tuple[str, str]] = []
        self.kills: list[str] = []
        self.refusals: list[str] = []

    def began(self, lane: str, waited: float) -> None:
        assert waited >= 0
        self.lanes.append(lane)

    def ended(self, call: str, how: str, seconds: float | None) -> None:
        assert seconds is None or seconds >= 0
        self.ends.append((call, how))

    def killed(self, why: str) -> None:
        self.kills.append(why)

    def refused(self, why: str) -> None:
        self.refusals.append(why)


async def test_a_cheap_job_does_not_wait_for_dear_ones(tmp_path: Path) -> None:
    async with started(workers=1, cheap=1) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        dear = [
            asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go"), client=client))
            for client in "a"
        ]
        await at_work(pool)
        assert (await ask(pool, "echo", "cheap", client="b"))["payload"] == "cheap"
        assert not dear[0].done()
        (tmp_path / "go").touch()
        await asyncio.gather(*dear)


@pytest.mark.parametrize("call", ["long_loop", "counted", "work"])
async def test_a_dear_job_leaves_the_place_for_cheap_ones(call: str, tmp_path: Path) -> None:
    """It asks for the time between its steps, is counted before it begins, or does neither."""
    told = Told()
    limits = replace(LIMITS, cheap_seconds=0.1)
    async with started(workers=1, cheap=1, limits=limits, observer=told) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go"), client="a"))
        await at_work(pool)
        second = asyncio.ensure_future(ask(pool, call, "0.6", client="b"))
        await becomes(lambda: pool.state().busy + pool._line.length(Lane.DEAR) == 2)
        third = await ask(pool, "echo", "cheap", client="c")
        assert third["payload"] == "cheap"
        assert pool._line.length(Lane.DEAR) == 1
        (tmp_path / "go").touch()
        await first
        assert await second == 0.6
        assert told.lanes.count("dear") == 1
        assert told.kills == (["dear"] if call == "work" else [])
        assert (len(pool._line), pool._line._clients) == (0, {})


async def test_the_client_with_the_fewest_jobs_at_work_is_next() -> None:
    line: FairQueue[str] = FairQueue(running=9, waiting=9, total=99)
    for item in ("a1", "a2", "a3"):
        line.add("a", item)
    assert [line.take() for _ in range(2)] == [("a", "a1"), ("a", "a2")]
    line.add("b", "b1")
    assert line.take() == ("b", "b1")


async def test_the_client_that_has_taken_least_is_next() -> None:
    taken = {"a": 3.0, "b": 0.04, "c": 0.01}
    line: FairQueue[str] = FairQueue(9, 9, 99, lambda name: taken[name])
    for item in ("a1", "a2", "b1", "c1", "b2"):
        line.add(item[0], item)
    found = [line.take() for _ in range(5)]
    # Of b and c, alike to a tenth, each in its turn.
    assert [each[1] for each in found if each is not None] == ["b1", "c1", "b2", "a1", "a2"]


async def test_lanes_are_apart_and_a_class_has_more_places() -> None:
    line: FairQueue[str] = FairQueue(running=1, waiting=1, total=9)
    line.add("a", "new", count=2)
    line.add("a", "piece", Lane.PIECE, admitted=True)
    assert line.take(Lane.DEAR) is None
    assert line.take(Lane.PIECE) == ("a", "piece")
    assert line.take(Lane.NEW) == ("a", "new")
    line.put_back("a", "new", Lane.DEAR)
    assert line.length(Lane.DEAR) == 1
    for number in range(2):
        line.add("a", f"more {number}", count=2)
    with pytest.raises(Full):
        line.add("a", "one too many", count=2)
    line.add("a", "of a request that is in", count=2, admitted=True)


async def test_pieces_of_streams_are_never_refused_for_want_of_room(tmp_path: Path) -> None:
    limits = replace(LIMITS, client_running=1, client_waiting=0, all_waiting=1)
    async with started(workers=1, limits=limits) as pool:
        await settled(pool)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go")))
        await at_work(pool)
        with pytest.raises(Busy):
            await ask(pool, "echo")
        pieces = [
            asyncio.ensure_future(ask(pool, "echo", str(number), admitted=True, piece=True))
            for number in range(5)
        ]
        await becomes(lambda: pool._line.length(Lane.PIECE) == 5)
        (tmp_path / "go").touch()
        await first
        assert [told["payload"] for told in await asyncio.gather(*pieces)] == list("01234")


def test_a_bucket_is_emptied_and_fills_up_again() -> None:
    budgets = Budgets(10.0, 0.5)
    assert budgets.wait("a", 0.0) == 0.0
    budgets.charge("a", 1, 9.0, 0.0)
    assert budgets.wait("a", 0.0) == 0.0
    budgets.charge("a", 1, 2.0, 0.0)
    assert budgets.wait("a", 0.0) == 3.0  # a second to spare
    assert budgets.wait("b", 0.0) == 0.0
    assert (budgets.spent("a", 0.0), budgets.spent("b", 0.0)) == (11.0, 0.0)
    assert budgets.wait("a", 2.5) == 0.0
    budgets.charge("a", 1, 1000.0, 3.0)
    assert budgets.wait("a", 3.0) == 21.0  # no more is owed than a bucket holds
    budgets.charge("class", 100, 900.0, 0.0)
    assert budgets.wait("class", 0.0) == 0.0


def test_full_buckets_are_forgotten() -> None:
    budgets = Budgets(1.0, 1.0)
    for number in range(5000):
        budgets.charge(str(number), 1, 0.5, float(number))
    assert len(budgets._buckets) <= 1025


def test_requests_are_let_in_once_and_let_out() -> None:
    admissions = Admissions(2, 5)
    for _ in range(2):
        admissions.enter("a", 1)
    with pytest.raises(Full) as own:
        admissions.enter("a", 1)
    for _ in range(3):
        admissions.enter("class", 2)
    with pytest.raises(Full) as everyone:
        admissions.enter("b", 1)
    assert (own.value.everyone, everyone.value.everyone) == (False, True)
    for name in ("a", "a", "class", "class", "class"):
        admissions.leave(name)
    assert (admissions._size, admissions._open) == (0, Counter())


async def test_who_has_taken_his_share_waits_and_a_kill_is_charged() -> None:
    told = Told()
    limits = replace(LIMITS, client_seconds=0.5, client_rate=0.001)
    async with started(workers=1, limits=limits, observer=told) as pool:
        await settled(pool)
        with pytest.raises(TimeUp):
            await ask(pool, "spin", seconds=0.1, client="a")  # costs a worker
        with pytest.raises(Busy) as raised:
            await ask(pool, "echo", client="a")
        details: Any = raised.value.details
        assert (details["limit"], details["retry_after"] > 100) == ("client_seconds", True)
        with pytest.raises(Busy):
            pool.admit("a", 1)
        assert await ask(pool, "echo", client="b")
        assert await ask(pool, "echo", client="a", admitted=True)  # what is let in is finished
        assert (told.kills, told.refusals) == (["time_up"], ["budget", "budget"])
        assert told.ends[0] == ("spin", "time_up")


async def test_a_line_that_cannot_be_worked_off_in_time_refuses_at_once(tmp_path: Path) -> None:
    told = Told()
    async with started(workers=1, observer=told) as pool:
        await settled(pool)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go")))
        await at_work(pool)
        second = asyncio.ensure_future(pool.run(Work("echo", b"", "b")))
        await becomes(lambda: pool._line.length(Lane.NEW) == 1)
        pool._mean_seconds = 2 * LIMITS.waiting_seconds
        with pytest.raises(Busy):
            pool.admit("c", 1)
        assert told.refusals == ["full"]
        (tmp_path / "go").touch()
        await asyncio.gather(first, second)


def test_a_pool_has_a_worker_for_cheap_jobs() -> None:
    pool = Pool("tests.jobs.calls:CALLS", workers=3)
    assert (pool._whole, pool._cheap) == (4, 1)


async def test_a_job_stands_in_line_no_longer_for_having_changed_its_lane(tmp_path: Path) -> None:
    limits = replace(LIMITS, cheap_seconds=0.05, waiting_seconds=0.6)
    async with started(workers=1, cheap=1, limits=limits) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go"), client="a"))
        await at_work(pool)
        second = asyncio.ensure_future(ask(pool, "counted", "0.3", client="b"))
        await becomes(lambda: pool._line.length(Lane.DEAR) == 1)
        (job,) = pool._line
        assert job.timer is not None
        assert job.timer.when() <= job.since + limits.waiting_seconds + 0.03
        with pytest.raises(Busy):
            await second
        (tmp_path / "go").touch()
        await first

"""Heavy jobs on a Dask cluster: as here in every way, and here where it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.jobs import cluster as clusters
from app.jobs.cluster import Cluster
from app.jobs.pool import Pool
from app.jobs.pool_records import CallFailed, Observer, Work
from backstep.errors import DefinitionError, TimeUp
from backstep.limits import LIMITS
from tests.waiting import PATIENCE, becomes

distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    # Dask's own, of its own connections and names.
    pytest.mark.filterwarnings("ignore:::distributed"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
HEAVY = {"echo", "refuse", "fail", "spin", "work", "sleep", "wait"}


class Seen(Observer):
    """Where jobs were computed."""

    def __init__(self) -> None:
        self.how: list[str] = []

    def ended(self, call: str, how: str, seconds: float | None) -> None:
        self.how.append(how)


class Both:
    """A pool with a cluster: what is seen of it, the scheduler's address, the workers' own pool."""

    def __init__(self, here: Pool, there: Pool, cluster: Cluster, seen: Seen, place: str) -> None:
        self.here = here
        self.there = there
        self.cluster = cluster
        self.seen = seen
        self.place = place

    async def ask(self, call: str, payload: bytes = b"", **more: Any) -> Any:
        return orjson.loads((await self.here.run(Work(call, payload, **more))).body)


def pool(**more: Any) -> Pool:
    return Pool("tests.jobs.calls:CALLS", workers=1, cheap=0, **more)


@asynccontextmanager
async def scheduling(port: int = 0) -> AsyncIterator[Any]:
    async with distributed.Scheduler(
        host="127.0.0.1", port=port, dashboard_address="127.0.0.1:0"
    ) as found:
        yield found


@pytest.fixture
async def both(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    """One scheduler and one worker with one place, all in this process."""
    monkeypatch.setattr(clusters, "HEAVY", HEAVY)
    monkeypatch.setattr(clusters, "LOOK_SECONDS", 0.05)
    async with scheduling() as scheduler:
        cluster, seen = Cluster(scheduler.address), Seen()
        here, there = pool(cluster=cluster, observer=seen), pool()
        await here.start()
        await there.start()
        try:
            async with clusters.working(scheduler.address, there, 1):
                await cluster.start()
                await becomes(lambda: cluster.places == 1)
                yield Both(here, there, cluster, seen, scheduler.address)
        finally:
            await cluster.close()
            await there.stop()
            await here.stop()


async def test_heavy_jobs_are_answered_elsewhere_as_they_are_here(both: Both) -> None:
    answer = await both.ask("echo", b"a")
    assert both.seen.how == ["elsewhere"]
    assert answer["payload"] == "a"
    await both.ask("numbers")
    assert both.seen.how == ["elsewhere", "answer"]
    with pytest.raises(DefinitionError) as refused:
        await both.ask("refuse")
    assert refused.value.faults[0].message
    with pytest.raises(CallFailed, match="Traceback"):
        await both.ask("fail")
    assert both.seen.how == ["elsewhere", "answer", "elsewhere", "elsewhere"]


async def test_of_jobs_that_are_unlike_the_dear_ones_alone_are_sent_away(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "UNLIKE", {"long_loop", "counted"})
    for call in ("long_loop", "counted"):
        both.seen.how.clear()
        assert await both.ask(call, b"0.01") == 0.01
        assert both.seen.how == ["answer"]
        assert await both.ask(call, b"0.3") == 0.3
        assert both.seen.how == ["answer", "dear", "elsewhere"]
    assert both.here.state().waiting == 0
    assert not both.here._line._clients


async def test_a_dear_job_that_nobody_elsewhere_takes_is_computed_here(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "UNLIKE", {"long_loop"})

    async def gone(*_: Any) -> Any:
        raise clusters.Gone

    monkeypatch.setattr(both.cluster, "run", gone)
    assert await both.ask("long_loop", b"0.3") == 0.3
    assert both.seen.how == ["dear", "answer"]
    assert not both.here._line._clients


async def test_seconds_elsewhere_are_the_clients(both: Both) -> None:
    await both.ask("work", b"0.2", client="ann")
    assert both.here._spent("ann") >= 0.2
    assert both.there._spent("ann") == 0.0


async def test_time_that_is_up_elsewhere_is_remembered_here(both: Both) -> None:
    for _ in range(2):
        with pytest.raises(TimeUp) as up:
            await both.ask("spin", seconds=0.2)
        assert up.value.details["allowed"] == 0.2
    assert both.seen.how == ["elsewhere"]


async def test_a_worker_with_other_limits_is_not_trusted(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(both.cluster, "_maker", "another")
    assert (await both.ask("echo", b"a"))["payload"] == "a"
    assert both.seen.how == ["answer"]


async def test_a_pool_elsewhere_that_is_down_fails_nothing(both: Both) -> None:
    await both.there.stop()
    await both.ask("echo", b"a")
    assert both.seen.how == ["answer"]


async def test_a_cluster_that_does_not_answer_in_time_fails_nothing(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "LIMITS", replace(LIMITS, waiting_seconds=0.05))
    assert await both.ask("sleep", b"0.6", seconds=0.1) is not None
    assert both.seen.how[-1] == "answer"


async def test_a_scheduler_that_ends_midway_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "HEAVY", HEAVY)
    monkeypatch.setattr(clusters, "LOOK_SECONDS", 0.05)
    seen = Seen()
    there = pool()
    await there.start()
    async with scheduling() as scheduler:
        port = scheduler.port
        cluster = Cluster(scheduler.address)
        here = pool(cluster=cluster, observer=seen)
        await here.start()
        assert cluster.down
        async with clusters.working(scheduler.address, there, 1):
            await cluster.start()
            await becomes(lambda: cluster.places == 1)
            asked = asyncio.ensure_future(here.run(Work("sleep", b"0.5")))
            await becomes(lambda: there.state().busy == 1)
            await scheduler.close()
            await asyncio.wait_for(asked, PATIENCE)
            assert seen.how == ["answer"]
            await becomes(lambda: cluster.down)
    async with scheduling(port) as scheduler, clusters.working(scheduler.address, there, 2):
        await becomes(lambda: cluster.places == 2)
        await here.run(Work("echo", b"b"))
        assert seen.how[-1] == "elsewhere"
        await cluster.close()
    await here.stop()
    await there.stop()


async def test_a_worker_that_ends_midway_loses_no_job(both: Both) -> None:
    other = pool()
    await other.start()
    async with clusters.working(both.place, other, 1):
        await becomes(lambda: both.cluster.places == 2)
        asked = [asyncio.ensure_future(both.ask("sleep", b"0.4")) for _ in range(2)]
        await becomes(lambda: other.state().busy == 1)
    assert all([await each is not None for each in asked])
    await other.stop()


def test_where_a_scheduler_is() -> None:
    assert clusters.place("tcp://host:8786") == "tcp://host:8786"
    for wrong in ("host:8786", "http://host:1", "tcp://host", "tcp://host:x", "tcp://:1"):
        with pytest.raises(ValueError, match="tcp://host:8786"):
            clusters.place(wrong)

"""The pool of workers: answers, refusals, lost and late workers, jobs taken back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.errors import Busy, DefinitionError, LimitError, TimeUp, Unavailable
from app.jobs import pool as pool_module
from app.jobs.pool import Pool
from app.jobs.work import CallFailed, Work
from app.limits import LIMITS

pytestmark = pytest.mark.anyio


async def ask(pool: Pool, call: str, payload: bytes | str = b"", **more: Any) -> Any:
    payload = payload.encode() if isinstance(payload, str) else payload
    return orjson.loads((await pool.run(Work(call, payload, **more))).body)


@asynccontextmanager
async def started(target: str = "tests.jobs.calls:CALLS", **options: Any) -> AsyncIterator[Pool]:
    """A pool of a test's own, stopped whatever happens."""
    pool = Pool(target, **options)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def runs(pid: int) -> bool:
    """Whether the process is there, and not dead and merely unburied."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip()[:1] not in ("", "Z")


async def alive(pid: int) -> bool:
    """Whether the process is still there after it was given a moment to go."""
    for _ in range(50):
        if not runs(pid):
            return False
        await asyncio.sleep(0.02)
    return True


async def settled(pool: Pool) -> None:
    """Wait until every worker that is wanted is ready."""
    for _ in range(250):
        state = pool.state()
        if state.ready == state.workers and not state.busy:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the pool did not come to rest: {pool.state()}")


async def test_answers_come_from_another_process(pool: Pool) -> None:
    answer = await ask(pool, "echo", "hello")
    assert answer["payload"] == "hello"
    assert answer["pid"] != os.getpid()


async def test_an_answer_may_have_its_own_media_type(pool: Pool) -> None:
    answer = await pool.run(Work("picture", b""))
    assert (answer.media, answer.body) == ("image/svg+xml", b"<svg/>")


async def test_non_finite_numbers_are_strings(pool: Pool) -> None:
    answer = await ask(pool, "numbers")
    assert answer == {"list": [1.0, "NaN", ["Infinity", "-Infinity"]], "big": 2.0**80, "none": None}


async def test_a_refusal_is_raised_as_it_was(pool: Pool) -> None:
    with pytest.raises(DefinitionError) as raised:
        await ask(pool, "refuse")
    fault = raised.value.faults[0]
    assert (fault.code, fault.hint) == ("unknown_name", "did you mean w?")
    assert fault.span is not None and fault.span.column == 5
    assert raised.value.details == {"operations": 1e30}


@pytest.mark.parametrize("call", ["fail", "recurse", "no_such_call"])
async def test_a_call_that_breaks_fails_alone(pool: Pool, call: str) -> None:
    with pytest.raises(CallFailed) as raised:
        await ask(pool, call)
    assert "Traceback" in raised.value.args[0]
    assert (await ask(pool, "echo", "next"))["payload"] == "next"


async def test_a_late_job_is_killed_on_time_and_its_worker_replaced(pool: Pool) -> None:
    await settled(pool)
    start = time.monotonic()
    with pytest.raises(TimeUp) as raised:
        await ask(pool, "spin", seconds=0.3)
    assert 0.29 <= time.monotonic() - start < 1.5
    assert raised.value.details == {"limit": "job_seconds", "allowed": 0.3}
    await settled(pool)
    await ask(pool, "echo")


async def test_waiting_in_line_does_not_count_as_work(pool: Pool) -> None:
    jobs = [ask(pool, "sleep", "0.3", seconds=0.5) for _ in range(4)]
    assert await asyncio.gather(*jobs) == [0.3] * 4


async def test_workers_work_at_once(pool: Pool) -> None:
    await settled(pool)
    start = time.monotonic()
    await asyncio.gather(ask(pool, "sleep", "0.4"), ask(pool, "sleep", "0.4"))
    assert time.monotonic() - start < 0.7


async def test_too_much_memory_is_refused_in_words_and_ends_its_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allowed = 50_000_000
    monkeypatch.setenv("BACKSTEP_JOB_MEMORY_BYTES", str(allowed))
    async with started(workers=1) as pool:
        assert await ask(pool, "swallow", str(allowed // 2)) > 0
        before = (await ask(pool, "echo"))["pid"]
        with pytest.raises(LimitError) as raised:
            await ask(pool, "swallow", str(allowed * 2))
        assert raised.value.faults[0].code == "memory"
        assert raised.value.details == {"limit": "job_memory_bytes", "allowed": allowed}
        assert (await ask(pool, "echo"))["pid"] != before


async def test_an_answer_too_large_to_send_is_refused(pool: Pool) -> None:
    with pytest.raises(LimitError) as raised:
        await ask(pool, "large", str(LIMITS.answer_bytes))
    assert raised.value.details["measured"] == LIMITS.answer_bytes + 2  # with its quotes


async def test_a_job_whose_worker_dies_is_tried_once_more(pool: Pool, tmp_path: Path) -> None:
    assert await ask(pool, "die_once", str(tmp_path / "died")) == "alive"
    await settled(pool)


@pytest.mark.parametrize("call", ["die", "leave"])
async def test_a_job_that_kills_twice_is_refused_for_a_while(pool: Pool, call: str) -> None:
    with pytest.raises(LimitError) as raised:
        await ask(pool, call, "x")
    assert raised.value.faults[0].code == "work_ended_its_worker"
    await settled(pool)
    before = set(pool._crew.all)
    with pytest.raises(LimitError):
        await ask(pool, call, "x")
    assert set(pool._crew.all) == before  # refused unseen: no worker died of it
    for key in pool._deadly._until:
        pool._deadly._until[key] = 0.0
    with pytest.raises(LimitError):
        await ask(pool, call, "x")
    assert not before <= set(pool._crew.all)  # tried again


async def test_a_spare_takes_the_place_of_a_lost_worker_at_once() -> None:
    async with started(workers=1) as pool:
        while len(pool._crew.all) < 2:
            await asyncio.sleep(0.01)
        first = asyncio.ensure_future(ask(pool, "sleep", "0.2"))
        second = asyncio.ensure_future(ask(pool, "echo"))
        await asyncio.sleep(0.1)
        assert pool.state().busy == 1 and not second.done()  # a spare does not work beside
        (worker,) = (worker for worker in pool._crew.all if worker.job is not None)
        (spare,) = pool._crew.all - {worker}
        os.kill(worker.pid, signal.SIGKILL)
        while spare.job is None:  # and nobody else has it meanwhile
            await asyncio.sleep(0)
            assert not first.done()
        assert await first == 0.2
        await second


async def test_workers_killed_from_outside_fail_no_job(pool: Pool) -> None:
    """Idle or busy, and all of them at the same moment."""
    await settled(pool)
    for round_number in range(3):
        jobs = [asyncio.ensure_future(ask(pool, "sleep", "0.1")) for _ in range(4)]
        await asyncio.sleep(0.03 * round_number)
        for worker in tuple(pool._crew.all):
            os.kill(worker.pid, signal.SIGKILL)
        assert await asyncio.gather(*jobs) == [0.1] * 4
    await settled(pool)


async def test_idle_workers_killed_together_fail_no_job(pool: Pool) -> None:
    await settled(pool)
    for worker in tuple(pool._crew.all):
        os.kill(worker.pid, signal.SIGKILL)
    assert (await ask(pool, "echo", "still"))["payload"] == "still"
    await settled(pool)


async def test_the_zygote_killed_is_started_again(pool: Pool) -> None:
    await settled(pool)
    zygote = pool._forker._process
    assert zygote is not None
    zygote.kill()
    for worker in tuple(pool._crew.all):
        os.kill(worker.pid, signal.SIGKILL)
    assert (await ask(pool, "echo", "again"))["payload"] == "again"
    await settled(pool)


async def test_workers_are_replaced_after_so_many_jobs() -> None:
    async with started(workers=1, jobs_per_worker=3) as pool:
        pids: list[int] = []
        while len(set(pids)) < 4:
            pids.append((await ask(pool, "echo"))["pid"])
            await asyncio.sleep(0.01)
            assert len(pids) < 500
        spent = [pid for pid in set(pids) - {pids[-1]} if pids.count(pid) >= 3]
        assert spent
        assert not await alive(spent[0])
        await settled(pool)


async def test_a_job_taken_back_in_line_is_never_begun() -> None:
    async with started(workers=1) as pool:
        await settled(pool)
        first = asyncio.ensure_future(ask(pool, "sleep", "0.2"))
        second = asyncio.ensure_future(ask(pool, "die"))
        await asyncio.sleep(0.05)
        second.cancel()
        assert await first == 0.2
        await asyncio.sleep(0.05)
        assert pool.state().ready == 1 and len(pool._line) == 0


async def test_a_job_taken_back_at_work_is_stopped(pool: Pool) -> None:
    await settled(pool)
    job = asyncio.ensure_future(ask(pool, "spin", seconds=30.0))
    await asyncio.sleep(0.1)
    (worker,) = (worker for worker in pool._crew.all if worker.job is not None)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not await alive(worker.pid)
    await settled(pool)


async def test_a_client_has_so_many_jobs_and_no_more() -> None:
    async with started(workers=1) as pool:
        running = [asyncio.ensure_future(ask(pool, "sleep", "0.02", client="a")) for _ in range(9)]
        await settled_or_busy(pool)
        with pytest.raises(Busy) as raised:
            for _ in range(9):
                running.append(asyncio.ensure_future(ask(pool, "sleep", "0.02", client="a")))
                await asyncio.sleep(0)
            await asyncio.gather(*running)
        assert raised.value.details["retry_after"] >= 1
        assert (await ask(pool, "echo", "other", client="b"))["payload"] == "other"
        await asyncio.gather(*running, return_exceptions=True)


async def settled_or_busy(pool: Pool) -> None:
    while not pool.state().ready:
        await asyncio.sleep(0.01)


async def test_waiting_too_long_in_line_is_busy() -> None:
    limits = replace(LIMITS, waiting_seconds=0.1)
    async with started(workers=1, limits=limits) as pool:
        await settled(pool)
        first = asyncio.ensure_future(ask(pool, "sleep", "0.4"))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ask(pool, "echo")
        assert await first == 0.4


async def test_waiting_for_the_first_worker_is_no_waiting_in_line() -> None:
    limits = replace(LIMITS, waiting_seconds=0.001)
    async with started(workers=1, limits=limits) as pool:
        assert (await ask(pool, "echo", "patient"))["payload"] == "patient"


async def test_calls_that_cannot_be_loaded_are_unavailable(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pool_module, "FAILED_STARTS", 1)
    async with started("tests.jobs.no_such_module:CALLS") as pool:
        with pytest.raises(Unavailable):
            await ask(pool, "echo")
        with pytest.raises(Unavailable):
            await ask(pool, "echo")
        assert pool.state().ready == 0
    assert "no_such_module" in capfd.readouterr().err


async def test_what_is_degraded_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DEGRADED", "1")
    async with started(workers=1) as pool:
        await ask(pool, "echo")
        assert pool.state().degraded == ("picture",)


async def test_stopping_ends_every_process_and_refuses_what_is_left(pool: Pool) -> None:
    await settled(pool)
    pids = [worker.pid for worker in pool._crew.all]
    jobs = [asyncio.ensure_future(ask(pool, "sleep", "5")) for _ in range(4)]
    await asyncio.sleep(0.05)
    await pool.stop()
    for job in jobs:
        with pytest.raises(Unavailable):
            await job
    for pid in pids:
        assert not await alive(pid)
    with pytest.raises(Unavailable):
        await ask(pool, "echo")


async def test_a_worker_whose_service_is_gone_ends_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is left to kill it: the kernel does, a moment after its time."""
    monkeypatch.setattr("app.jobs.link.os.kill", lambda pid, number: None)
    async with started(workers=1) as pool:
        await settled(pool)
        job = asyncio.ensure_future(ask(pool, "spin", seconds=0.2))
        await asyncio.sleep(0.1)
        (pid,) = (worker.pid for worker in pool._crew.all if worker.job is not None)
    with pytest.raises(Unavailable):
        await job
    assert runs(pid)
    await asyncio.sleep(1.3)
    assert not runs(pid)

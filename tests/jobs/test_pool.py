"""The pool of workers: answers, refusals, lost and late workers, jobs taken back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.jobs import pool as pool_module
from app.jobs.pool import Pool
from app.jobs.pool_records import CallFailed, Work
from backstep.errors import Busy, DefinitionError, LimitError, TimeUp, Unavailable
from backstep.limits import LIMITS
from tests.waiting import PATIENCE, becomes

pytestmark = pytest.mark.anyio


async def ask(pool: Pool, call: str, payload: bytes | str = b"", **more: Any) -> Any:
    payload = payload.encode() if isinstance(payload, str) else payload
    return orjson.loads((await pool.run(Work(call, payload, **more))).body)


@asynccontextmanager
async def started(target: str = "tests.jobs.calls:CALLS", **options: Any) -> AsyncIterator[Pool]:
    """A pool of a test's own, stopped whatever happens."""
    pool = Pool(target, **{"cheap": 0, **options})
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def runs(pid: int) -> bool:
    """Whether the process is there, and not dead and merely unburied."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip()[:1] not in ("", "Z")


async def gone(pid: int) -> None:
    """Wait until the process has ended."""
    await becomes(lambda: not runs(pid))


async def settled(pool: Pool) -> None:
    """Wait until every worker that is wanted is ready."""

    def at_rest() -> bool:
        state = pool.state()
        return state.ready == state.workers and not state.busy

    await becomes(at_rest)


async def at_work(pool: Pool, busy: int = 1) -> None:
    """Wait until so many workers have a job."""
    await becomes(lambda: pool.state().busy == busy)


async def test_answers_come_from_another_process(pool: Pool) -> None:
    answer = await ask(pool, "echo", "hello")
    assert answer["payload"] == "hello"
    assert answer["pid"] != os.getpid()


async def test_an_answer_may_have_its_own_media_type(pool: Pool) -> None:
    answer = await pool.run(Work("picture", b""))
    assert (answer.media, answer.body) == ("image/svg+xml", b"<svg/>")


async def test_an_answer_says_whether_it_lasts(pool: Pool) -> None:
    said = [(await pool.run(Work("hasten", payload))).lasting for payload in (b"", b"x", b"")]
    assert said == [True, False, True]


async def test_non_finite_numbers_are_strings(pool: Pool) -> None:
    answer = await ask(pool, "numbers")
    assert answer == {"list": [1.0, "NaN", ["Infinity", "-Infinity"]], "big": 2.0**80, "none": None}


async def test_a_refusal_is_raised_as_it_was(pool: Pool) -> None:
    with pytest.raises(DefinitionError) as raised:
        await ask(pool, "refuse")
    fault = raised.value.faults[0]
    assert (fault.code, fault.hint) == ("unknown_name", "did you mean w?")
    assert fault.span is not None
    assert fault.span.column == 5
    assert raised.value.details == {"operations": 1e30}


@pytest.mark.parametrize("call", ["fail", "no_such_call"])
async def test_a_call_that_breaks_fails_alone(pool: Pool, call: str) -> None:
    with pytest.raises(CallFailed) as raised:
        await ask(pool, call)
    assert "Traceback" in raised.value.args[0]
    assert (await ask(pool, "echo", "next"))["payload"] == "next"


@pytest.mark.parametrize("call", ["spin", "spin_in_c"])
async def test_a_late_job_is_killed_and_its_worker_replaced(pool: Pool, call: str) -> None:
    await settled(pool)
    job = asyncio.ensure_future(ask(pool, call, seconds=0.3))
    await at_work(pool)
    (late,) = (worker for worker in pool._crew.all if worker.job is not None)
    with pytest.raises(TimeUp) as raised:
        await job
    assert late.used()[1] >= 0.3
    assert raised.value.details == {"limit": "job_seconds", "allowed": 0.3}
    await gone(late.pid)
    await settled(pool)
    await ask(pool, "echo")


async def test_time_in_which_the_processor_did_something_else_does_not_count(pool: Pool) -> None:
    """What a busy machine does to a job, sleep does as well: it stands still."""
    assert await ask(pool, "sleep", "0.5", seconds=0.1) == 0.5


async def test_a_worker_starts_each_job_with_its_whole_time() -> None:
    async with started(workers=1) as pool:
        for _ in range(4):
            assert await ask(pool, "work", "0.2", seconds=0.5) == 0.2


async def test_a_job_that_hangs_is_ended_by_the_clock_on_the_wall() -> None:
    limits = replace(LIMITS, job_wall_seconds=0.3)
    async with started(workers=1, limits=limits) as pool:
        for _ in range(2):  # and is not remembered: it may have been the machine
            await settled(pool)
            (worker, *_) = pool._crew.idle[::-1]
            with pytest.raises(TimeUp) as raised:
                await ask(pool, "sleep", "100", seconds=0.1)
            assert raised.value.details == {"limit": "job_wall_seconds", "allowed": 0.3}
            await gone(worker.pid)
        assert await ask(pool, "echo")
        # A job that may work for longer may also wait for longer.
        assert await ask(pool, "sleep", "0.6", seconds=5.0) == 0.6


async def test_a_job_that_was_late_is_refused_unseen_for_a_while(pool: Pool) -> None:
    await settled(pool)
    with pytest.raises(TimeUp) as first:
        await ask(pool, "spin", "x", seconds=0.2)
    await settled(pool)
    before = set(pool._crew.all)
    with pytest.raises(TimeUp) as second:
        await ask(pool, "spin", "x", seconds=0.2)
    assert set(pool._crew.all) == before
    assert second.value is not first.value
    assert second.value.to_plain() == first.value.to_plain()
    with pytest.raises(TimeUp):
        await ask(pool, "spin", "y", seconds=0.2)
    assert set(pool._crew.all) != before  # other work is tried


async def test_a_job_that_looks_at_the_clock_stops_in_time_and_costs_no_worker(
    pool: Pool,
) -> None:
    # A tenth of its time is left to stop in, which is not to be a moment.
    await settled(pool)
    before = set(pool._crew.all)
    with pytest.raises(LimitError) as first:
        await ask(pool, "long_loop", "60", seconds=1.0)
    assert first.value.faults[0].code == "too_long"
    assert first.value.faults[0].hint
    assert first.value.details == {"limit": "job_seconds", "allowed": 1.0}
    done = pool._mean_seconds
    with pytest.raises(LimitError) as second:
        await ask(pool, "long_loop", "60", seconds=1.0)  # is refused unseen for a while
    assert second.value.to_plain() == first.value.to_plain()
    assert pool._mean_seconds == done
    assert before <= pool._crew.all  # a spare one may have come
    assert await ask(pool, "long_loop", "0.01", seconds=1.0) == 0.01


async def test_what_made_do_with_less_time_is_not_kept(pool: Pool) -> None:
    """It may have met the end of the whole job's time, and taken it for the end of its own."""
    found = await pool.run(Work("content", b"60", seconds=0.2))
    assert (found.body, found.lasting) == (b'"as far as it came"', False)


async def test_a_job_whose_worker_was_lost_has_its_whole_time_again() -> None:
    async with started(workers=1) as pool:
        await settled(pool)
        job = asyncio.ensure_future(ask(pool, "work", "0.6", seconds=0.9))
        await at_work(pool)
        (worker,) = (worker for worker in pool._crew.all if worker.job is not None)
        await becomes(lambda: worker.used()[0] > 0.4)
        os.kill(worker.pid, signal.SIGKILL)
        assert await job == 0.6


async def test_waiting_in_line_does_not_count_as_work(pool: Pool) -> None:
    jobs = [ask(pool, "work", "0.3", seconds=0.5) for _ in range(4)]
    assert await asyncio.gather(*jobs) == [0.3] * 4


async def test_workers_work_at_once(pool: Pool, tmp_path: Path) -> None:
    one, other = await asyncio.gather(*(ask(pool, "meet", str(tmp_path)) for _ in range(2)))
    assert one != other


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


async def test_what_recurses_without_end_is_refused_in_words(pool: Pool) -> None:
    with pytest.raises(LimitError) as raised:
        await ask(pool, "recurse")
    assert raised.value.faults[0].code == "nested_too_deep"


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
    for key, (_, why) in pool._refused._until.items():
        pool._refused._until[key] = (0.0, why)
    with pytest.raises(LimitError):
        await ask(pool, call, "x")
    assert not before <= set(pool._crew.all)  # tried again


async def test_a_spare_takes_the_place_of_a_lost_worker_at_once(tmp_path: Path) -> None:
    async with started(workers=1) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go")))
        second = asyncio.ensure_future(ask(pool, "echo"))
        await at_work(pool)
        assert pool.state().busy == 1
        assert not second.done()
        (worker,) = (worker for worker in pool._crew.all if worker.job is not None)
        (spare,) = pool._crew.all - {worker}
        os.kill(worker.pid, signal.SIGKILL)
        while spare.job is None:  # and nobody else has it meanwhile
            await asyncio.sleep(0)
            assert not first.done()
        (tmp_path / "go").touch()
        await first
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
        async with asyncio.timeout(PATIENCE):
            while len(set(pids)) < 4:
                pids.append((await ask(pool, "echo"))["pid"])
                await asyncio.sleep(0.01)
        spent = [pid for pid in set(pids) - {pids[-1]} if pids.count(pid) >= 3]
        assert spent
        await gone(spent[0])
        await settled(pool)


async def test_a_job_taken_back_in_line_is_never_begun(tmp_path: Path) -> None:
    async with started(workers=1) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        before = set(pool._crew.all)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go")))
        second = asyncio.ensure_future(ask(pool, "die"))
        await becomes(lambda: len(pool._line) == 1)
        second.cancel()
        (tmp_path / "go").touch()
        await first
        await ask(pool, "echo")  # what was in line before it has had its turn
        assert set(pool._crew.all) == before
        assert len(pool._line) == 0


async def test_a_job_taken_back_at_work_is_stopped_after_a_little_more(pool: Pool) -> None:
    await settled(pool)
    job = asyncio.ensure_future(ask(pool, "spin", seconds=1000.0))
    await at_work(pool)
    (worker,) = (worker for worker in pool._crew.all if worker.job is not None)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    begun = worker.used()[0]
    await gone(worker.pid)
    assert begun < LIMITS.cancelled_seconds
    await settled(pool)


async def test_a_job_taken_back_that_is_soon_done_costs_no_worker(pool: Pool) -> None:
    await becomes(lambda: len(pool._crew.all) == 3)
    before = set(pool._crew.all)
    job = asyncio.ensure_future(ask(pool, "work", "0.2"))
    await at_work(pool)
    job.cancel()
    await becomes(lambda: pool.state().busy == 0)
    assert set(pool._crew.all) == before
    assert (len(pool._line), pool._line._clients) == (0, {})


async def test_the_last_worker_is_not_killed_for_a_client_that_has_gone() -> None:
    limits = replace(LIMITS, cancelled_seconds=0.05)
    async with started(workers=1, limits=limits) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        idle = pool._crew.idle.pop()  # as if it were just being replaced
        job = asyncio.ensure_future(ask(pool, "work", "0.5"))
        await at_work(pool, 2)
        (worker,) = (each for each in pool._crew.all if each.job is not None)
        job.cancel()
        await becomes(lambda: worker.job is None)
        assert worker.alive()
        pool._crew.idle.append(idle)
        assert await ask(pool, "echo")


async def test_a_fork_server_that_loads_slowly_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.jobs.fork_server_client.LOAD_SECONDS", 0.05)
    monkeypatch.setattr("app.jobs.fork_server_client.WORKED_SECONDS", 0.0)
    async with started(workers=1) as pool:
        assert (await ask(pool, "echo", b"a"))["payload"] == "a"
        assert pool._failed_starts == 0


async def test_a_hung_fork_server_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.fork_server_client.FORK_SECONDS", 0.3)
    limits = replace(LIMITS, waiting_seconds=0.1)
    async with started(workers=1, limits=limits) as pool:
        await becomes(lambda: len(pool._crew.all) == 2)
        hung = pool._forker._process
        assert hung is not None
        hung.send_signal(signal.SIGSTOP)
        for worker in tuple(pool._crew.all):
            os.kill(worker.pid, signal.SIGKILL)
        await becomes(lambda: not pool._crew.all)
        with pytest.raises(Unavailable) as raised:  # and not for ever in line
            await ask(pool, "echo")
        assert raised.value.details["retry_after"] >= 1
        await becomes(lambda: bool(pool._crew.all))
        assert (await ask(pool, "echo", "again"))["payload"] == "again"
        assert hung.poll() is not None


async def test_a_worker_that_does_not_take_its_job_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "HUNG_SECONDS", 0.2)
    async with started(workers=1) as pool:
        await settled(pool)
        (worker, *_) = pool._crew.idle[::-1]
        os.kill(worker.pid, signal.SIGSTOP)
        told = await ask(pool, "echo", "taken")
        assert told["payload"] == "taken"
        assert told["pid"] != worker.pid
        await gone(worker.pid)


async def test_a_client_has_so_many_jobs_and_no_more(tmp_path: Path) -> None:
    async with started(workers=1) as pool:
        await settled(pool)
        held = partial(ask, pool, "wait", str(tmp_path / "go"), client="a")
        most = LIMITS.client_running + LIMITS.client_waiting
        running = [asyncio.ensure_future(held()) for _ in range(most)]
        await becomes(lambda: len(pool._line) == most - 1)
        with pytest.raises(Busy) as raised:
            await held()
        assert raised.value.details["retry_after"] >= 1
        other = asyncio.ensure_future(ask(pool, "echo", "other", client="b"))
        await becomes(lambda: len(pool._line) == most)
        (tmp_path / "go").touch()
        assert (await other)["payload"] == "other"
        await asyncio.gather(*running)


async def test_waiting_too_long_in_line_is_busy(tmp_path: Path) -> None:
    limits = replace(LIMITS, waiting_seconds=0.1)
    async with started(workers=1, limits=limits) as pool:
        await settled(pool)
        first = asyncio.ensure_future(ask(pool, "wait", str(tmp_path / "go")))
        await at_work(pool)
        with pytest.raises(Busy):
            await ask(pool, "echo")
        (tmp_path / "go").touch()
        await first


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
    jobs = [asyncio.ensure_future(ask(pool, "sleep", "100")) for _ in range(4)]
    await at_work(pool, 2)
    await pool.stop()
    for job in jobs:
        with pytest.raises(Unavailable):
            await job
    for pid in pids:
        await gone(pid)
    with pytest.raises(Unavailable):
        await ask(pool, "echo")


@pytest.mark.parametrize("call", ["spin_in_c", "sleep"])
async def test_a_worker_whose_service_is_gone_ends_by_itself(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Nobody is left to kill it: the kernel does, a while after its time."""
    monkeypatch.setattr("app.jobs.worker_connection.os.kill", lambda pid, number: None)
    wall = 0.3 if call == "sleep" else LIMITS.job_wall_seconds
    async with started(workers=1, limits=replace(LIMITS, job_wall_seconds=wall)) as pool:
        await settled(pool)
        job = asyncio.ensure_future(ask(pool, call, "100", seconds=0.2))
        await at_work(pool)
        (pid,) = (worker.pid for worker in pool._crew.all if worker.job is not None)
    with pytest.raises(Unavailable):
        await job
    await gone(pid)

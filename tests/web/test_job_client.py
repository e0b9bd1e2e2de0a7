"""The desk between requests and jobs: work for a client that has gone is taken back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from app.jobs.pool import Pool
from app.jobs.protocol import Payload
from app.jobs.redis_cache import SharedAnswers
from app.web.job_client import ClientGone, JobClient
from backstep.errors import BackstepError, TimeUp
from tests.waiting import PATIENCE, becomes

pytestmark = pytest.mark.anyio


def request(host: str | None, receive: Any = None) -> Request:
    client = None if host is None else (host, 1234)
    return Request({"type": "http", "client": client, "headers": []}, receive)


async def test_work_for_a_client_that_has_gone_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.web.job_client.SECONDS", defaultdict(lambda: 60.0))
    pool = Pool("tests.web.calls:CALLS", workers=1)
    await pool.start()
    desk = JobClient(pool, 10**6)
    await desk.ask(request("a"), "evaluate", b'{"source": "x"}')

    async def leaves() -> dict[str, str]:
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGone):
        await desk.ask(request("a", leaves), "evaluate", b'{"source": "spin"}')
    async with asyncio.timeout(PATIENCE):
        await desk.ask(request("b"), "evaluate", b'{"source": "y"}')
    await becomes(lambda: pool.state().busy == 0)
    await pool.stop()


@pytest.mark.slow
async def test_work_that_another_client_waits_for_goes_on(tmp_path: Path) -> None:
    pool = Pool("tests.web.calls:CALLS", workers=1)
    await pool.start()
    desk = JobClient(pool, 10**6)
    await desk.ask(request("a"), "evaluate", b'{"source": "x"}')

    async def leaves() -> dict[str, str]:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def stays() -> dict[str, str]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    payload = b'{"source": "wait %s"}' % bytes(tmp_path / "go")
    first = asyncio.ensure_future(desk.ask(request("a", leaves), "evaluate", payload))
    second = asyncio.ensure_future(desk.ask(request("b", stays), "evaluate", payload))
    with pytest.raises(ClientGone):
        await first
    (tmp_path / "go").touch()
    assert b"wait" in (await second).body
    await pool.stop()


class Known(SharedAnswers):
    """What is shared, in this process."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[bytes, Payload | BackstepError] = {}

    async def get(self, key: bytes) -> Payload | None:
        found = self.kept.get(key)
        if isinstance(found, BackstepError):
            raise found
        return found

    def keep(self, key: bytes, answer: Payload) -> None:
        self.kept[key] = answer

    def refuse(self, key: bytes, error: BackstepError, seconds: float) -> None:
        self.kept[key] = error


async def test_replicas_compute_an_answer_once_and_a_poisonous_text_costs_one_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.web.job_client.SECONDS", defaultdict(lambda: 0.2))
    known = Known()
    pool = Pool("tests.web.calls:CALLS", workers=1)
    await pool.start()
    desks = [
        JobClient(pool, 10**6, shared=known),
        JobClient(Pool("none:NONE"), 10**6, shared=known),
    ]
    for desk in desks:  # the second has no workers at all
        told = await desk.ask(request("a"), "evaluate", b'{"source": "x"}')
        assert b"x" in told.body
        with pytest.raises(TimeUp):
            await desk.ask(request("a"), "evaluate", b'{"source": "spin"}')
    await pool.stop()


@pytest.mark.slow
async def test_a_cancelled_request_stays_cancelled() -> None:
    pool = Pool("tests.web.calls:CALLS", workers=1)
    await pool.start()
    desk = JobClient(pool, 10**6)
    task = asyncio.ensure_future(desk.ask(request("a"), "evaluate", b'{"source": "spin"}'))
    await becomes(lambda: pool.state().busy == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await pool.stop()

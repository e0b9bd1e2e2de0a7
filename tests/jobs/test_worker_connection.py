"""One worker's link by itself: what it does when nobody waits for it any more."""

from __future__ import annotations

import asyncio
import gc
import socket
from typing import Any

import pytest

from app.jobs.worker_connection import WorkerConnection

pytestmark = pytest.mark.anyio


async def test_a_start_that_nobody_waits_for_may_fail_in_silence() -> None:
    """A pool that closes while a worker starts leaves the start's outcome unread."""
    said: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        link: WorkerConnection[object] = WorkerConnection(1, ours, lambda *_: None, lambda *_: None)
        link.connection_lost(None)
        assert isinstance(link.ready.exception(), OSError)
        link = WorkerConnection(1, ours, lambda *_: None, lambda *_: None)
        link.connection_lost(None)
        await asyncio.sleep(0)
        del link
        gc.collect()
        await asyncio.sleep(0)
    assert said == []

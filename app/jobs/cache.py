"""Answers that were given before, and those under way that several ask for. Computes nothing.

The same call on the same bytes has the same answer, so it is worked out once: kept in memory up to
a number of bytes, the least recently used going first, and shared while it is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.errors import Busy
from app.jobs.wire import Answer

ENTRY_BYTES = 400
"""What an entry costs beside its body: key, objects and links."""


def digest(call: str, payload: bytes) -> bytes:
    """The key of a job: 16 bytes."""
    return hashlib.blake2b(payload, digest_size=16, key=call.encode()).digest()


@dataclass(slots=True)
class _UnderWay:
    task: asyncio.Task[Answer]
    waiters: int = 0


class Answers:
    """At most `limit` bytes of answers. Lives on one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, Answer] = OrderedDict()
        self._under_way: dict[bytes, _UnderWay] = {}
        self.size = 0
        self.hits = 0

    def kept(self, key: bytes) -> Answer | None:
        """The answer under `key`, if it is kept."""
        answer = self._kept.get(key)
        if answer is not None:
            self._kept.move_to_end(key)
            self.hits += 1
        return answer

    async def get(self, key: bytes, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer under `key`: kept, or under way, or from `work`, whose errors are raised.

        When nobody waits for it any more, the work is cancelled.
        """
        while True:
            answer = self.kept(key)
            if answer is not None:
                return answer
            shared = self._under_way.get(key)
            if shared is None:
                return await self._wait(key, self._start(key, work))
            # Busy was said to the client who asked first; this one has a place of its own in line.
            with contextlib.suppress(Busy):
                return await self._wait(key, shared)

    def _start(self, key: bytes, work: Callable[[], Awaitable[Answer]]) -> _UnderWay:
        async def run() -> Answer:
            try:
                answer = await work()
                self._keep(key, answer)
                return answer
            finally:
                if self._under_way.get(key) is shared:
                    del self._under_way[key]

        shared = _UnderWay(asyncio.ensure_future(run()))
        self._under_way[key] = shared
        return shared

    async def _wait(self, key: bytes, shared: _UnderWay) -> Answer:
        shared.waiters += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiters -= 1
            if not shared.waiters and not shared.task.done():
                if self._under_way.get(key) is shared:
                    del self._under_way[key]
                shared.task.cancel()

    def _keep(self, key: bytes, answer: Answer) -> None:
        size = len(answer.body) + ENTRY_BYTES
        if size > self._limit // 8:
            return
        replaced = self._kept.pop(key, None)
        if replaced is not None:
            self.size -= len(replaced.body) + ENTRY_BYTES
        self._kept[key] = answer
        self.size += size
        while self.size > self._limit:
            _, oldest = self._kept.popitem(last=False)
            self.size -= len(oldest.body) + ENTRY_BYTES

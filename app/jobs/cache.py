"""A cache of answers, which also shares an answer under way between all who ask for it.

Equal calls with equal bytes have equal answers, so each is computed once, kept in memory up to a
number of bytes (the least recently used go first), and shared while it is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from backstep.errors import Busy

from .protocol import Payload

ENTRY_BYTES = 400
"""What an entry costs beside its body: key, objects and links."""


def digest(call: str, payload: bytes) -> bytes:
    """The key of a job: 16 bytes."""
    return hashlib.blake2b(payload, digest_size=16, key=call.encode()).digest()


class _NotTheirs(Exception):
    """The request that computed a shared answer ended for a reason of its own: try again."""


class Answers:
    """At most `limit` bytes of answers. Lives on one event loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, Payload] = OrderedDict()
        self._under_way: dict[bytes, asyncio.Future[Payload]] = {}
        self.size = 0
        self.hits = 0
        self.misses = 0

    def kept(self, key: bytes) -> Payload | None:
        """The answer under `key`, if it is kept."""
        answer = self._kept.get(key)
        if answer is not None:
            self._kept.move_to_end(key)
            self.hits += 1
        return answer

    async def get(self, key: bytes, work: Callable[[], Awaitable[Payload]]) -> Payload:
        """The answer under `key`: kept, or under way for another, or from `work`.

        Raises what the work raises. If it is cancelled, it cancels its own work, and a request that
        shared this work starts its own.
        """
        while True:
            answer = self.kept(key)
            if answer is not None:
                return answer
            theirs = self._under_way.get(key)
            if theirs is None:
                return await self._lead(key, work)
            with contextlib.suppress(_NotTheirs):
                answer = await asyncio.shield(theirs)
                self.hits += 1
                return answer

    async def _lead(self, key: bytes, work: Callable[[], Awaitable[Payload]]) -> Payload:
        self.misses += 1
        shared = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await work()
            self._keep(key, answer)
            shared.set_result(answer)
            return answer
        except BaseException as error:
            # Errors that concern the first client alone are not passed on: that it has no place
            # in the queue, or has disconnected.
            own = isinstance(error, Busy) or not isinstance(error, Exception)
            shared.set_exception(_NotTheirs() if own else error)
            shared.exception()  # marked as retrieved, since nobody may wait for it
            raise
        finally:
            del self._under_way[key]

    def _keep(self, key: bytes, answer: Payload) -> None:
        if not answer.lasting:
            return  # not kept: the next request may find more time
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

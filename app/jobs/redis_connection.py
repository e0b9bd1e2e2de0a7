"""The Redis that replicas share, by redis-py.

One that is slow, gone or full never fails a request: nothing is replied then, and it is left alone
for a few seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from backstep import __version__
from backstep.limits import LIMITS

if TYPE_CHECKING:
    import redis.asyncio

ANSWER_SECONDS = 0.25
"""Seconds after which a reply is no longer waited for: most jobs take less."""
REST_SECONDS = 5.0
"""Seconds for which a Redis that has failed is left alone."""
PART = "shared_answers"
"""How the health names it where it does not work."""
CONNECTIONS = 8
"""Commands under way at once."""
_PENDING = 64
"""Commands on their way that nobody waits for; of more, the later ones are not sent."""

log = structlog.get_logger("backstep.shared")


def place(address: str) -> str:
    """An address such as `redis://:password@host:6379/0`. Raises ValueError."""
    told = urlsplit(address)
    database = told.path.strip("/") or "0"
    try:
        told.port  # noqa: B018
    except ValueError:
        database = ""
    if told.scheme not in ("redis", "rediss") or not told.hostname or not database.isdigit():
        raise ValueError("must be an address such as redis://host:6379/0")
    if importlib.util.find_spec("redis") is None:
        raise ValueError("needs the package redis: pip install 'backstep-learn[redis]'")
    return address


class Redis:
    """The Redis at `address`; without one nothing is replied."""

    def __init__(self, address: str = "") -> None:
        self._address = place(address) if address else ""
        # Replicas of other versions, or with other limits, may answer otherwise.
        made_by = hashlib.blake2b(f"{__version__} {LIMITS}".encode(), digest_size=8)
        self.prefix = b"backstep:" + made_by.hexdigest().encode() + b":"
        """What the keys of this version and of these limits begin with."""
        self._client: redis.asyncio.Redis | None = None
        self._rests_until = 0.0
        self._pending: set[asyncio.Task[object]] = set()
        self.down = False

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return bool(self._address)

    def aside(self, asking: Coroutine[object, object, object]) -> None:
        """Ask in the background, unless too much is under way there."""
        if not self.is_set or len(self._pending) >= _PENDING:
            asking.close()
            return
        task = asyncio.ensure_future(asking)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def close(self) -> None:
        """End all connections."""
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def ask(self, *words: bytes) -> bytes | None:
        """The reply to a command; None of nothing, and where the Redis does not work."""
        loop = asyncio.get_running_loop()
        if not self.is_set or loop.time() < self._rests_until:
            return None
        # Loaded when it is first needed: most instances have none.
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                client: Any = self._connected()
                reply: bytes | None = await client.execute_command(*words)
        except (RedisError, OSError, TimeoutError, ValueError) as error:
            self._rests_until = loop.time() + REST_SECONDS
            if not self.down:
                log.warning("shared_answers_down", error=type(error).__name__)
            self.down = True
            return None
        self.down = False
        return reply

    def _connected(self) -> redis.asyncio.Redis:
        if self._client is None:
            from redis.asyncio import BlockingConnectionPool
            from redis.asyncio import Redis as Client
            from redis.asyncio.retry import Retry
            from redis.backoff import NoBackoff

            pool = BlockingConnectionPool.from_url(
                self._address,
                max_connections=CONNECTIONS,
                timeout=ANSWER_SECONDS,
                protocol=2,
                retry=Retry(NoBackoff(), 0),
                driver_info=None,
            )
            self._client = Client.from_pool(pool)
        return self._client

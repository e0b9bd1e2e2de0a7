"""A connection to the Redis that replicas share.

One that is slow, gone or full never fails a request: nothing is replied then, and it is left alone
for a few seconds. What is spoken is the part of its protocol (RESP2) that three commands need.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Coroutine
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import structlog

from backstep import __version__
from backstep.limits import LIMITS

ANSWER_SECONDS = 0.25
"""Seconds after which a reply is no longer waited for: most jobs take less."""
REST_SECONDS = 5.0
"""Seconds for which a Redis that has failed is left alone."""
PORT = 6379
PART = "shared_answers"
"""How the health names it where it does not work."""
_PENDING = 64
"""Commands on their way that nobody waits for; of more, the later ones are not sent."""

log = structlog.get_logger("backstep.shared")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a Redis is."""

    host: str
    port: int
    user: str | None
    password: str | None
    database: int
    encrypted: bool


def place(address: str) -> Place:
    """What an address such as `redis://:password@host:6379/0` says. Raises ValueError."""
    told = urlsplit(address)
    database = told.path.strip("/") or "0"
    if told.scheme not in ("redis", "rediss") or not told.hostname or not database.isdigit():
        raise ValueError("must be an address such as redis://host:6379/0")
    return Place(
        told.hostname,
        told.port or PORT,
        unquote(told.username) if told.username else None,
        unquote(told.password) if told.password else None,
        int(database),
        told.scheme == "rediss",
    )


class Redis:
    """The Redis at `address`; without one nothing is replied."""

    def __init__(self, address: str = "") -> None:
        self._place = place(address) if address else None
        # Replicas of other versions, or with other limits, may answer otherwise.
        made_by = hashlib.blake2b(f"{__version__} {LIMITS}".encode(), digest_size=8)
        self.prefix = b"backstep:" + made_by.hexdigest().encode() + b":"
        """What the keys of this version and of these limits begin with."""
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()
        self._rests_until = 0.0
        self._pending: set[asyncio.Task[object]] = set()
        self.down = False

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self._place is not None

    def aside(self, asking: Coroutine[object, object, object]) -> None:
        """Ask in the background, unless too much is under way there."""
        if self._place is None or len(self._pending) >= _PENDING:
            asking.close()
            return
        task = asyncio.ensure_future(asking)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def close(self) -> None:
        """End the connection."""
        for task in self._pending:
            task.cancel()
        await asyncio.gather(*self._pending, return_exceptions=True)
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection[1].close()
            self._connection = None

    async def ask(self, *words: bytes) -> bytes | None:
        """The reply to a command; None of nothing, and where the Redis does not work."""
        loop = asyncio.get_running_loop()
        if self._place is None or loop.time() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._turn:
                reader, writer = self._connection or await self._connected(self._place)
                self._connection = None  # until the reply is read: a cancelled one is in its way
                reply = await _said(reader, writer, *words)
                self._connection = reader, writer
        except (OSError, TimeoutError, ValueError, EOFError, asyncio.LimitOverrunError) as error:
            self._rests_until = loop.time() + REST_SECONDS
            if not self.down:
                log.warning("shared_answers_down", error=type(error).__name__)
            self.down = True
            return None
        self.down = False
        return reply

    async def _connected(self, where: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(
            where.host, where.port, ssl=True if where.encrypted else None
        )
        try:
            if where.password is not None:
                user = [] if where.user is None else [where.user.encode()]
                await _said(reader, writer, b"AUTH", *user, where.password.encode())
            if where.database:
                await _said(reader, writer, b"SELECT", b"%d" % where.database)
        except BaseException:
            writer.close()
            raise
        return reader, writer


async def _said(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *words: bytes
) -> bytes | None:
    """The reply to one command. Raises ValueError for an error, or what is no reply."""
    try:
        writer.write(b"*%d\r\n" % len(words))
        writer.writelines(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n"))[:-2]
        kind, told = head[:1], head[1:]
        if kind in (b"+", b":"):
            return told
        if kind != b"$" or not told.lstrip(b"-").isdigit():
            raise ValueError("Redis refused a command")
        size = int(told)
        if size < 0:
            return None
        if size > LIMITS.shared_bytes + 1000:
            raise ValueError("Redis sent more than was kept")
        return (await reader.readexactly(size + 2))[:-2]
    except BaseException:
        writer.close()
        raise

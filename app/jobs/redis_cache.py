"""Answers that replicas share through a Redis: asked for before a job is begun, kept after it.

A Redis that is slow, gone or full never fails a request: answers are computed then, and it is left
alone for a few seconds. What is spoken is the part of its protocol (RESP2) that two commands need.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import orjson
import structlog

from backstep import __version__
from backstep.errors import BackstepError, from_plain
from backstep.limits import LIMITS

from .protocol import Payload, to_json

ANSWER_SECONDS = 0.25
"""Seconds after which a reply is no longer waited for: most jobs take less."""
REST_SECONDS = 5.0
"""Seconds for which a Redis that has failed is left alone."""
PORT = 6379
PART = "shared_answers"
"""How the health names it where it does not work."""
_PENDING = 64
"""Answers on their way to be kept; of more, the later ones are not."""

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


class SharedAnswers:
    """The answers and refusals in a Redis at `address`; without one there are none."""

    def __init__(self, address: str = "") -> None:
        self._place = place(address) if address else None
        # Replicas of other versions, or with other limits, may answer otherwise.
        made_by = hashlib.blake2b(f"{__version__} {LIMITS}".encode(), digest_size=8)
        self._prefix = b"backstep:" + made_by.hexdigest().encode() + b":"
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._turn = asyncio.Lock()
        self._rests_until = 0.0
        self._keeping: set[asyncio.Task[None]] = set()
        self.down = False
        self.hits = 0

    async def get(self, key: bytes) -> Payload | None:
        """The answer under `key`, if it is kept. Raises the error that it is known to end in."""
        found = await self._ask(b"GET", self._prefix + key.hex().encode())
        if not found:
            return None
        media, _, body = found.partition(b"\n")
        self.hits += 1
        if media == b"refused":
            raise from_plain(orjson.loads(body))
        return Payload(media.decode(), body)

    def keep(self, key: bytes, answer: Payload) -> None:
        """Keep an answer, in the background, if it is a lasting one of moderate size."""
        if answer.lasting and len(answer.body) <= LIMITS.shared_bytes:
            self._set(key, answer.media.encode() + b"\n" + answer.body, LIMITS.shared_seconds)

    async def put(self, key: bytes, answer: Payload, seconds: float) -> None:
        """Keep it for so many seconds, and return when it is; not if it is too large."""
        if len(answer.body) <= LIMITS.shared_bytes:
            value = answer.media.encode() + b"\n" + answer.body
            name = self._prefix + key.hex().encode()
            await self._sent(name, value, b"%d" % max(1, round(seconds)))

    def refuse(self, key: bytes, error: BackstepError, seconds: float) -> None:
        """Keep for a while that a job ends in this error, which has cost a worker."""
        self._set(key, b"refused\n" + to_json(error.to_plain()), seconds)

    async def close(self) -> None:
        """End the connection."""
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        self._drop()

    def _set(self, key: bytes, value: bytes, seconds: float) -> None:
        if self._place is None or len(self._keeping) >= _PENDING:
            return
        name = self._prefix + key.hex().encode()
        task = asyncio.ensure_future(self._sent(name, value, b"%d" % max(1, round(seconds))))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def _sent(self, name: bytes, value: bytes, seconds: bytes) -> None:
        await self._ask(b"SET", name, value, b"EX", seconds)

    async def _ask(self, *words: bytes) -> bytes | None:
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

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection[1].close()
            self._connection = None


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

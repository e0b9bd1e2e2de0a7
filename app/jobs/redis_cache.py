"""Answers that replicas share through a Redis: asked for before a job is begun, kept after it."""

from __future__ import annotations

import orjson

from backstep.errors import BackstepError, from_plain
from backstep.limits import LIMITS

from .protocol import Payload, to_json
from .redis_connection import Redis


class SharedAnswers:
    """The answers and refusals in a Redis; without one there are none."""

    def __init__(self, redis: Redis | None = None) -> None:
        self._redis = redis or Redis()
        self.hits = 0

    async def get(self, key: bytes) -> Payload | None:
        """The answer under `key`, if it is kept. Raises the error that it is known to end in."""
        found = await self._redis.ask(b"GET", self._name(key))
        if not found:
            return None
        media, _, body = found.partition(b"\n")
        self.hits += 1
        if media == b"refused":
            raise from_plain(orjson.loads(body))
        return Payload(media.decode(), body)

    def keep(self, key: bytes, answer: Payload) -> None:
        """Keep an answer, in the background, if it is a lasting one of moderate size."""
        if answer.lasting:
            self._redis.aside(self.put(key, answer, LIMITS.shared_seconds))

    async def put(self, key: bytes, answer: Payload, seconds: float) -> None:
        """Keep it for so many seconds, and return when it is; not if it is too large."""
        if len(answer.body) <= LIMITS.shared_bytes:
            await self._set(key, answer.media.encode() + b"\n" + answer.body, seconds)

    def refuse(self, key: bytes, error: BackstepError, seconds: float) -> None:
        """Keep for a while that a job ends in this error, which has cost a worker."""
        self._redis.aside(self._set(key, b"refused\n" + to_json(error.to_plain()), seconds))

    async def _set(self, key: bytes, value: bytes, seconds: float) -> None:
        whole = b"%d" % max(1, round(seconds))
        await self._redis.ask(b"SET", self._name(key), value, b"EX", whole)

    def _name(self, key: bytes) -> bytes:
        return self._redis.prefix + key.hex().encode()

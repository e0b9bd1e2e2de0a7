"""Answers shared through a Redis, here one of a few lines, and what is done where it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.jobs import refusals
from app.jobs.protocol import Payload
from app.jobs.redis_cache import Place, SharedAnswers, place
from backstep.errors import LimitError, TimeUp
from backstep.limits import LIMITS
from tests.waiting import becomes

pytestmark = pytest.mark.anyio
ANSWER = Payload("application/json", b'{"a\\n": 1}\n\r\n')


class FakeRedis:
    """GET, SET with a time, AUTH and SELECT; or silence, or nonsense."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.said: list[list[bytes]] = []
        self.mood = "well"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int((await reader.readline())[1:])
                    words.append((await reader.readexactly(size + 2))[:-2])
                self.said.append(words)
                if self.mood == "silent":
                    continue
                writer.write(b"?what\r\n" if self.mood == "mad" else self._reply(words))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _reply(self, words: list[bytes]) -> bytes:
        if words[0] == b"SET":
            self.kept[words[1]] = words[2]
        if words[0] != b"GET":
            return b"-WRONGPASS\r\n" if words[-1] == b"wrong" else b"+OK\r\n"
        found = self.kept.get(words[1])
        return b"$-1\r\n" if found is None else b"$%d\r\n%s\r\n" % (len(found), found)


@pytest.fixture
async def redis() -> AsyncIterator[FakeRedis]:
    fake = FakeRedis()
    yield fake
    await fake.stop()


async def opened(redis: FakeRedis, rest: str = "/0", secret: str = "") -> SharedAnswers:
    return SharedAnswers(f"redis://{secret}127.0.0.1:{await redis.start()}{rest}")


async def test_what_one_keeps_another_gets(redis: FakeRedis) -> None:
    one = await opened(redis)
    assert redis._server is not None
    other = SharedAnswers(f"redis://127.0.0.1:{redis._server.sockets[0].getsockname()[1]}")
    assert await other.get(b"k") is None
    one.keep(b"k", ANSWER)
    await becomes(lambda: bool(redis.kept))
    assert await other.get(b"k") == ANSWER
    assert (other.hits, one.down, other.down) == (1, False, False)
    (words,) = [words for words in redis.said if words[0] == b"SET"]
    assert words[3:] == [b"EX", b"%d" % LIMITS.shared_seconds]
    for shared in (one, other):
        await shared.close()


async def test_what_has_cost_a_worker_is_refused_elsewhere(redis: FakeRedis) -> None:
    shared = await opened(redis)
    for key, error in ((b"a", refusals.time_up(2.0)), (b"b", refusals.worker_killer())):
        assert refusals.is_remembered(error)
        shared.refuse(key, error, 60.0)
    assert not refusals.is_remembered(refusals.wall_time_up(30.0, 0.1))  # it was the machine
    await becomes(lambda: len(redis.kept) == 2)
    with pytest.raises(TimeUp, match="longer than the 2 s"):
        await shared.get(b"a")
    with pytest.raises(LimitError):
        await shared.get(b"b")
    await shared.close()


async def test_what_does_not_last_or_is_large_is_not_kept(redis: FakeRedis) -> None:
    shared = await opened(redis)
    shared.keep(b"a", Payload("x", b"", lasting=False))
    shared.keep(b"b", Payload("x", b"x" * (LIMITS.shared_bytes + 1)))
    assert await shared.get(b"a") is None
    assert not shared._keeping
    await shared.close()


@pytest.mark.parametrize("mood", ["silent", "mad"])
async def test_one_that_does_not_work_is_left_alone_for_a_while(
    redis: FakeRedis, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.redis_cache.ANSWER_SECONDS", 0.1)
    shared = await opened(redis)
    redis.mood = mood
    assert await shared.get(b"k") is None
    asked = len(redis.said)
    assert shared.down
    assert await shared.get(b"k") is None
    assert len(redis.said) == asked == 1
    redis.mood, shared._rests_until = "well", 0.0
    shared.keep(b"k", ANSWER)
    await becomes(lambda: not shared.down)
    assert await shared.get(b"k") == ANSWER  # and not what was still on its way
    await shared.close()


async def test_one_that_is_not_there_fails_nothing() -> None:
    shared = SharedAnswers("redis://127.0.0.1:1")
    assert await shared.get(b"k") is None
    assert shared.down
    await shared.close()
    none = SharedAnswers()
    assert await none.get(b"k") is None
    none.keep(b"k", ANSWER)
    assert (none.down, none._keeping) == (False, set())


async def test_a_password_and_a_database_are_said_first(redis: FakeRedis) -> None:
    shared = await opened(redis, "/3", "user:p%40ss@")
    assert await shared.get(b"k") is None
    assert [words[:3] for words in redis.said[:2]] == [
        [b"AUTH", b"user", b"p@ss"],
        [b"SELECT", b"3"],
    ]
    await shared.close()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("redis://host", Place("host", 6379, None, None, 0, False)),
        ("rediss://:s@host:1/2", Place("host", 1, None, "s", 2, True)),
    ],
)
def test_an_address_says_where_it_is(address: str, found: Place) -> None:
    assert place(address) == found


@pytest.mark.parametrize(
    "address", ["http://host", "redis://", "host:6379", "redis://h/x", "redis://h:x"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        place(address)


async def test_another_version_or_other_limits_share_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one: Any = SharedAnswers()._prefix
    monkeypatch.setattr("app.jobs.redis_cache.__version__", "9.9.9")
    assert SharedAnswers()._prefix != one

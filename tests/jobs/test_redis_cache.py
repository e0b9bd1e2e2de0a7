"""Answers and refusals shared through a Redis, here one of a few lines."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.jobs import refusals
from app.jobs.protocol import Payload
from app.jobs.redis_cache import SharedAnswers
from backstep.errors import LimitError, TimeUp
from backstep.limits import LIMITS
from tests.jobs.fake_redis import FakeRedis
from tests.waiting import becomes

pytestmark = pytest.mark.anyio
ANSWER = Payload("application/json", b'{"a\\n": 1}\n\r\n')


@pytest.fixture
async def redis() -> AsyncIterator[FakeRedis]:
    fake = FakeRedis()
    yield fake
    await fake.stop()


async def test_what_one_keeps_another_gets(redis: FakeRedis) -> None:
    joined = [await redis.joined() for _ in range(2)]
    one, other = map(SharedAnswers, joined)
    assert await other.get(b"k") is None
    one.keep(b"k", ANSWER)
    await becomes(lambda: bool(redis.kept))
    assert await other.get(b"k") == ANSWER
    assert (other.hits, *(each.down for each in joined)) == (1, False, False)
    (words,) = [words for words in redis.said if words[0] == b"SET"]
    assert words[3:] == [b"EX", b"%d" % LIMITS.shared_seconds]
    for each in joined:
        await each.close()


async def test_what_has_cost_a_worker_is_refused_elsewhere(redis: FakeRedis) -> None:
    joined = await redis.joined()
    shared = SharedAnswers(joined)
    for key, error in ((b"a", refusals.time_up(2.0)), (b"b", refusals.worker_killer())):
        assert refusals.is_remembered(error)
        shared.refuse(key, error, 60.0)
    assert not refusals.is_remembered(refusals.wall_time_up(30.0, 0.1))  # it was the machine
    await becomes(lambda: len(redis.kept) == 2)
    with pytest.raises(TimeUp, match="longer than the 2 s"):
        await shared.get(b"a")
    with pytest.raises(LimitError):
        await shared.get(b"b")
    await joined.close()


async def test_what_does_not_last_or_is_large_is_not_kept(redis: FakeRedis) -> None:
    joined = await redis.joined()
    shared = SharedAnswers(joined)
    shared.keep(b"a", Payload("x", b"", lasting=False))
    await shared.put(b"b", Payload("x", b"x" * (LIMITS.shared_bytes + 1)), 60.0)
    assert await shared.get(b"a") is None
    assert [words[0] for words in redis.said] == [b"GET"]
    await joined.close()


async def test_without_a_redis_nothing_is_kept() -> None:
    none = SharedAnswers()
    none.keep(b"k", ANSWER)
    assert await none.get(b"k") is None

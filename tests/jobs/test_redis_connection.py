"""The connection to a Redis, and what is done where it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.jobs.redis_connection import Redis, place
from tests.jobs.fake_redis import FakeRedis
from tests.waiting import becomes

pytestmark = pytest.mark.anyio


@pytest.fixture
async def fake() -> AsyncIterator[FakeRedis]:
    fake = FakeRedis()
    yield fake
    await fake.stop()


@pytest.mark.parametrize("mood", ["silent", "mad"])
async def test_one_that_does_not_work_is_left_alone_for_a_while(
    fake: FakeRedis, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.redis_connection.ANSWER_SECONDS", 0.1)
    redis = await fake.joined()
    fake.mood = mood
    assert await redis.ask(b"GET", b"k") is None
    asked = len(fake.said)
    assert redis.down
    assert await redis.ask(b"GET", b"k") is None
    assert len(fake.said) == asked == 1
    fake.mood, redis._rests_until = "well", 0.0
    redis.aside(redis.ask(b"SET", b"k", b"v"))
    await becomes(lambda: not redis.down)
    assert await redis.ask(b"GET", b"k") == b"v"  # and not what was still on its way
    await redis.close()


async def test_one_that_is_not_there_fails_nothing() -> None:
    redis = Redis("redis://127.0.0.1:1")
    assert await redis.ask(b"GET", b"k") is None
    assert redis.down
    await redis.close()
    none = Redis()
    assert await none.ask(b"GET", b"k") is None
    none.aside(none.ask(b"SET", b"k", b"v"))
    assert (none.is_set, none.down, none._pending) == (False, False, set())


async def test_a_password_and_a_database_are_said_first(fake: FakeRedis) -> None:
    redis = await fake.joined("/3", "user:p%40ss@")
    assert await redis.ask(b"GET", b"k") is None
    assert [words[:3] for words in fake.said[:2]] == [
        [b"AUTH", b"user", b"p@ss"],
        [b"SELECT", b"3"],
    ]
    await redis.close()


@pytest.mark.parametrize("address", ["redis://host", "rediss://:s@host:1/2"])
def test_an_address_says_where_it_is(address: str) -> None:
    assert place(address) == address


def test_without_the_package_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"backstep-learn\[redis\]"):
        place("redis://host")


@pytest.mark.parametrize(
    "address", ["http://host", "redis://", "host:6379", "redis://h/x", "redis://h:x"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        place(address)


def test_another_version_or_other_limits_share_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Redis().prefix
    monkeypatch.setattr("app.jobs.redis_connection.__version__", "9.9.9")
    assert Redis().prefix != one

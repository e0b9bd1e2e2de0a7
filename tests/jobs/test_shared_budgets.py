"""What a client has taken of one replica counts at the others, as far as the Redis works."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator

import pytest

from app.jobs.budgets import Budgets
from app.jobs.redis_connection import Redis
from app.jobs.shared_budgets import SharedBudgets
from tests.jobs.fake_redis import FakeRedis
from tests.waiting import becomes

pytestmark = pytest.mark.anyio
SERVER = shutil.which("redis-server") or shutil.which("valkey-server")


@pytest.fixture
async def fake() -> AsyncIterator[FakeRedis]:
    fake = FakeRedis()
    yield fake
    await fake.stop()


@pytest.fixture
async def real() -> AsyncIterator[str]:
    """The address of a Redis that is one."""
    if SERVER is None:
        pytest.skip("no Redis is here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [SERVER, "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                await asyncio.sleep(0.01)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def now() -> float:
    return asyncio.get_running_loop().time()


async def shared(one: Redis, other: Redis) -> None:
    """Two replicas, of which one is asked after the other."""
    here, there = (SharedBudgets(10.0, 0.001, redis) for redis in (one, other))
    for each in (here, there):
        await each.learn("a", 1)
        assert each.wait("a", now()) == 0.0
    here.charge("a", 1, 11.0, now())
    await becomes(lambda: not here._untold)
    await there.learn("a", 1)
    assert there.wait("a", now()) == pytest.approx(1001, rel=0.01)
    there.charge("a", 1, 1000.0, now())  # no more is owed than a bucket holds
    await there.learn("a", 1)
    await here.learn("a", 1)
    assert here.wait("a", now()) == pytest.approx(10_001, rel=0.01)
    assert there.wait("a", now()) == pytest.approx(10_001, rel=0.01)
    here.charge("b", 5, 0.04, now())  # little is told with the next request
    await there.learn("b", 5)
    assert there.spent("b", now()) == pytest.approx(0.0, abs=1e-3)
    await here.learn("b", 5)
    await there.learn("b", 5)
    assert there.spent("b", now()) == pytest.approx(0.04 / 5, rel=0.01)
    for redis in (one, other):
        await redis.close()


async def test_what_is_taken_of_one_counts_at_another(fake: FakeRedis) -> None:
    await shared(await fake.joined(), await fake.joined())


async def test_a_real_one_counts_as_we_do(real: str) -> None:
    await shared(Redis(real), Redis(real))


async def test_the_script_fills_a_bucket_as_it_is_filled_here(real: str) -> None:
    redis = Redis(real)
    there, here = SharedBudgets(2.0, 1.0, redis), Budgets(2.0, 1.0)
    for seconds in (1.5, 0.4, 3.0, 0.2):
        here.charge("a", 1, seconds, now())
        there.charge("a", 1, seconds, now())
        await there.learn("a", 1)
        await asyncio.sleep(0.05)
        await there.learn("a", 1)
        assert there.spent("a", now()) == pytest.approx(here.spent("a", now()), abs=0.02)
    await redis.close()


async def test_without_the_redis_each_counts_for_itself(fake: FakeRedis) -> None:
    redis = await fake.joined()
    budgets = SharedBudgets(10.0, 0.001, redis)
    fake.mood = "mad"
    budgets.charge("a", 1, 11.0, now())
    await budgets.learn("a", 1)
    assert redis.down
    assert budgets.wait("a", now()) > 900
    assert budgets.wait("b", now()) == 0.0
    await redis.close()
    alone = SharedBudgets(10.0, 0.001, Redis())
    alone.charge("a", 1, 11.0, now())
    await alone.learn("a", 1)
    assert alone.wait("a", now()) > 900
    assert not alone._untold

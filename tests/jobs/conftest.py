"""A pool of workers for the tests of jobs. Holds no checks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.jobs.pool import Pool


@pytest.fixture
def anyio_backend() -> object:
    return ("asyncio", {"use_uvloop": True})


@pytest.fixture
async def pool(anyio_backend: str) -> AsyncIterator[Pool]:
    """Two workers for any job, and a spare one, that run the calls of tests.jobs.calls."""
    pool = Pool("tests.jobs.calls:CALLS", workers=2, cheap=0)
    await pool.start()
    yield pool
    await pool.stop()

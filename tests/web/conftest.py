"""The service in this process, with its mathematics or a stand-in for it. Holds no checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from app.web.main import JOBS, create_app
from app.web.settings import Settings

FAKE = "tests.web.calls:CALLS"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that was started, as a server would start it."""
    transport = httpx.ASGITransport(app)
    client = httpx.AsyncClient(transport=transport, base_url="http://backstep")
    async with app.router.lifespan_context(app), client:
        yield client


@pytest.fixture(scope="session")
async def real(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The whole service, with its mathematics."""
    async with started(create_app(Settings(access_log=False), JOBS)) as client:
        yield client


@pytest.fixture(scope="session")
async def fake(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The service with the calls of tests.web.calls in the place of its mathematics."""
    async with started(create_app(Settings(access_log=False), FAKE)) as client:
        yield client

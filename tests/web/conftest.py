"""The service in this process, with its mathematics or a stand-in for it. Holds no checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from app.web import problems
from app.web.main import create_app
from app.web.settings import Settings
from tests.checked import problem_fits

FAKE = "tests.web.calls:CALLS"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


async def _problem_as_declared(response: httpx.Response) -> None:
    if response.headers.get("content-type") == problems.MEDIA and response.request.method != "HEAD":
        problem_fits(await response.aread(), str(response.request.url))


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that was started, as a server would start it."""
    transport = httpx.ASGITransport(app)
    hooks = {"response": [_problem_as_declared]}
    client = httpx.AsyncClient(transport=transport, base_url="http://backstep", event_hooks=hooks)
    async with app.router.lifespan_context(app), client:
        yield client


@pytest.fixture(scope="session")
async def real(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The whole service, with its mathematics."""
    async with started(create_app(Settings(access_log=False), "tests.checked:JOBS")) as client:
        yield client


@pytest.fixture(scope="session")
async def fake(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """The service with the calls of tests.web.calls in the place of its mathematics."""
    async with started(create_app(Settings(access_log=False), FAKE)) as client:
        yield client

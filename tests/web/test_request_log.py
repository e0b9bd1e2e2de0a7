"""What is written down of a request, and what is not."""

from __future__ import annotations

import io
import json

import httpx
import pytest
import structlog

from app.web import logs
from app.web.main import create_app
from app.web.settings import Settings
from tests.web.conftest import FAKE, started

pytestmark = pytest.mark.anyio


async def test_a_log_line_says_how_it_went_and_nothing_of_what_was_asked() -> None:
    with structlog.testing.capture_logs() as lines:
        async with started(create_app(Settings(access_log=True), FAKE)) as client:
            response = await client.get("/api/v1/health?secret=typed", headers={"X-A": "typed"})
            await client.post("/api/v1/evaluate", json={"source": "typed"})
    logged = [line for line in lines if line["event"] == "request"]
    assert "typed" not in json.dumps(lines)
    assert "127.0.0.1" not in json.dumps(lines)
    first = logged[0]
    assert first["id"] == response.headers["x-request-id"]
    found = (first["method"], first["path"], first["status"], first["bytes"])
    assert found == ("GET", "/api/v1/health", 200, len(response.content))
    assert first["ms"] >= 0


async def test_the_access_log_may_be_off() -> None:
    with structlog.testing.capture_logs() as lines:
        async with started(create_app(Settings(access_log=False), FAKE)) as client:
            await client.get("/api/v1/health")
    assert lines == []


async def test_metrics_count_requests_and_workers(fake: httpx.AsyncClient) -> None:
    for _ in range(3):
        await fake.get("/api/v1/health")
    await fake.post("/api/v1/evaluate", json={"source": "metrics"})
    await fake.request("BREW", "/nothing/" + "x" * 50)
    response = await fake.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text.splitlines()
    counted = 'backstep_requests_total{method="GET",route="/api/v1/health",status="200"} '
    assert float(next(each for each in lines if each.startswith(counted)).split()[-1]) >= 3
    assert any('route="none"' in each and 'method="other"' in each for each in lines)
    assert "backstep_workers 2.0" in lines
    assert "x" * 50 not in response.text
    assert "metrics" not in response.text.replace("/metrics", "")


async def test_metrics_may_be_off() -> None:
    async with started(create_app(Settings(metrics=False, access_log=False), FAKE)) as client:
        assert (await client.get("/metrics")).status_code == 404


@pytest.mark.parametrize("form", ["json", "console", "auto"])
def test_log_lines_are_for_a_person_or_a_machine(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    before = structlog.get_config()
    monkeypatch.setattr("sys.stderr", stream)
    try:
        logs.configure(form)
        structlog.get_logger("test").info("said", number=1)
    finally:
        structlog.configure(**before)
    written = stream.buffer.getvalue().decode()
    if form == "console":
        assert "said" in written
        assert "number=1" in written
    else:
        line = json.loads(written)
        assert (line["event"], line["number"], line["level"]) == ("said", 1, "info")

"""What is written down of a request, and what is not."""

from __future__ import annotations

import asyncio
import io
import json

import httpx
import pytest
import structlog

from app.web import logs
from app.web.main import create_app
from app.web.settings import Settings
from tests.waiting import becomes
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


async def test_metrics_count_jobs_by_stage_and_outcome_refusals_and_the_cache() -> None:
    app = create_app(Settings(access_log=False), FAKE)
    async with started(app) as client:
        for source in ("x", "x", "limit", "internal"):
            await client.post("/api/v1/evaluate", json={"source": source})
        await client.post("/api/v1/train", json={"source": "slow"})
        app.state.desk.pool.budgets.charge("127.0.0.1", 1, 1e6, asyncio.get_running_loop().time())
        refused = await client.post("/api/v1/evaluate", json={"source": "y"})
        lines = (await client.get("/metrics")).text.splitlines()
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (429, "spent")
    assert int(refused.headers["retry-after"]) > 1
    for line in (
        'backstep_jobs_total{call="evaluate",outcome="answer"} 1.0',
        'backstep_jobs_total{call="evaluate",outcome="refusal"} 1.0',
        'backstep_jobs_total{call="evaluate",outcome="failure"} 1.0',
        'backstep_jobs_total{call="train_on",outcome="answer"} 6.0',
        'backstep_job_seconds_count{call="evaluate"} 3.0',
        'backstep_queue_seconds_count{lane="piece"} 6.0',
        'backstep_refusals_total{why="budget"} 1.0',
        "backstep_cache_hits 1.0",
        "backstep_workers_busy 0.0",
        "backstep_workers_cheap_busy 0.0",
        "backstep_streams 0.0",
        "backstep_held_bytes 0.0",
    ):
        assert line in lines


async def test_a_trace_is_logged_by_its_id_and_an_address_where_it_is_asked_for() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    right = f"00-{trace}-00f067aa0ba902b7-01"
    wrong = ("", "typed", right.upper(), f"{right}-more", f"00-{'0' * 32}-00f067aa0ba902b7-01")
    with structlog.testing.capture_logs() as lines:
        async with started(create_app(Settings(log_addresses=True), FAKE)) as client:
            for given in (right, *wrong):
                await client.get("/api/v1/health", headers={"traceparent": given})
    logged = [line for line in lines if line["event"] == "request"]
    assert [line.get("trace") for line in logged] == [trace, *[None] * len(wrong)]
    assert {line["client"] for line in logged} == {"127.0.0.1"}


async def test_health_tells_starting_from_ready_and_down(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings(access_log=False, workers=1), "tests.jobs.confined:CALLS")
    pool = app.state.desk.pool
    told: list[tuple[str, int]] = []

    async def look(client: httpx.AsyncClient) -> None:
        health = await client.get("/api/v1/health")
        probe = await client.get("/api/v1/health", params={"ready": "1"})
        assert (health.status_code, probe.json()) == (200, health.json())
        told.append((health.json()["state"], probe.status_code))

    async with started(app) as client:
        await look(client)
        await becomes(lambda: pool.state().ready == 1)
        await look(client)
        pool._degraded = ("drawing",)
        await look(client)
        crew = pool._crew
        pool._crew = type(crew)()
        await look(client)
        pool._crew = crew
    assert told == [("starting", 503), ("ready", 200), ("degraded", 200), ("down", 503)]

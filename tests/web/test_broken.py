"""Calls that break where nobody foresaw it: the page shows what else there is, and says it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from app.api import share_link
from app.api.request import NEURON
from app.jobs.pool_records import CallFailed
from app.jobs.protocol import Payload
from app.web.job_client import JobClient

pytestmark = pytest.mark.anyio

SECRET = "a traceback with what is nobody's business"
PARTS = ("numbers", "walk", "drawing", "formulas")
PAGE = {"accept": "text/html"}


def break_(monkeypatch: pytest.MonkeyPatch, calls: Collection[str]) -> None:
    """These calls fail from now on, wherever they are asked for."""
    right = JobClient.ask

    async def ask(self: JobClient, request: Request, call: str, payload: bytes) -> Payload:
        if call.removeprefix("analyze/") in calls:
            raise CallFailed(SECRET)
        return await right(self, request, call, payload)

    monkeypatch.setattr(JobClient, "ask", ask)


def shown(**given: Any) -> dict[str, str]:
    return {"d": share_link.encode({"source": NEURON, **given})}


@pytest.mark.parametrize("part", ["walk", "drawing", "formulas"])
async def test_a_part_that_breaks_is_said_on_a_page_that_shows_the_rest(
    real: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    break_(monkeypatch, [part])
    response = await real.get("/", params=shown(), headers=PAGE)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "The server made a mistake" in response.text
    assert response.headers["x-request-id"] in response.text
    assert "sigmoid" in response.text
    assert SECRET not in response.text


@pytest.mark.parametrize("path", ["/", "/embed"])
async def test_a_page_on_which_everything_breaks_is_still_a_page(
    real: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    break_(monkeypatch, PARTS)
    for params in (shown(), shown(step=3), {**shown(step=3), "zoom": "scalar"}, {}):
        response = await real.get(path, params=params, headers=PAGE, follow_redirects=True)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/html")
        assert "The server made a mistake" in response.text
        assert SECRET not in response.text


async def test_a_plain_form_leads_to_that_page_too(
    real: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_(monkeypatch, PARTS)
    response = await real.get("/", params={"source": NEURON}, headers=PAGE, follow_redirects=True)
    assert response.status_code == 200
    assert "The server made a mistake" in response.text


async def test_a_page_that_is_one_call_says_its_failure_as_a_page(
    real: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_(monkeypatch, ["operations"])
    response = await real.get("/operations", headers=PAGE)
    assert response.status_code == 500
    assert response.headers["content-type"].startswith("text/html")
    assert "Something broke here" in response.text
    assert SECRET not in response.text
    as_json = await real.get("/api/v1/operations")
    assert as_json.status_code == 500
    assert as_json.headers["content-type"] == "application/problem+json"


async def test_what_breaks_in_the_service_itself_is_a_page_where_one_is_wanted(
    real: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ask(*_: Any) -> Payload:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(JobClient, "ask", ask)
    response = await real.get("/", params=shown(), headers=PAGE)
    assert response.status_code == 500
    assert response.headers["content-type"].startswith("text/html")
    assert "Something broke here" in response.text
    assert SECRET not in response.text


async def test_a_text_past_a_limit_is_a_fault_at_its_line(real: httpx.AsyncClient) -> None:
    source = "param w = 1\nh = w\nfor i in range(200):\n    for j in range(200):\n"
    source += "        h = h*w + w\nL = h\n"
    response = await real.get(
        "/", params={"d": share_link.encode({"source": source})}, headers=PAGE
    )
    assert response.status_code == 200
    assert "operations of the network: 20,001 counted, 20,000 allowed" in response.text
    assert "line 5" in response.text

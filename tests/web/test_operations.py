"""The operations as the API answers them and as the page shows them."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from pydantic import TypeAdapter

from app.api import share_link
from app.api.operations import Operations
from app.api.schema import model
from backstep.operations import operations
from backstep.ops import FUNCTIONS
from tests.asking import plain

pytestmark = pytest.mark.anyio


@pytest.fixture
async def page(real: httpx.AsyncClient) -> str:
    response = await real.get("/operations")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


def card(page: str, name: str) -> str:
    found = re.search(rf'<article [^>]*id="{name}".*?</article>', page, re.S)
    assert found is not None, name
    return html.unescape(found[0])


async def test_every_operation_is_answered_as_described(real: httpx.AsyncClient) -> None:
    response = await real.get("/api/v1/operations")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    TypeAdapter(model(Operations)).validate_json(response.content)
    assert {each["id"] for each in answer["operations"]} >= set(FUNCTIONS)
    own = {entry["id"]: entry for entry in plain(operations())}
    for entry in answer["operations"]:
        assert (
            share_link.decode(entry.pop("link").removeprefix("/?d="))["source"] == entry["source"]
        )
        assert entry == own[entry["id"]]


async def test_the_page_has_what_the_api_answers(real: httpx.AsyncClient, page: str) -> None:
    for entry in (await real.get("/api/v1/operations")).json()["operations"]:
        shown = card(page, entry["id"])
        assert entry["signature"] in shown
        assert entry["link"] in shown
        assert entry["source"].strip() in shown
        assert all(words in shown for words in entry["conventions"])
        assert ("<svg" in shown) == (entry["plot"] is not None)
        for rule in entry["rules"]:
            for partial in rule["partials"]:
                assert (partial["latex"] or partial["reason"]) in shown


async def test_anchors_are_one_each_and_links_lead_to_them(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


async def test_no_style_stands_in_the_page(page: str) -> None:
    assert not re.search(r"<[^>]+\bstyle=", page)
    assert "<style" not in page


async def test_every_page_leads_there(real: httpx.AsyncClient) -> None:
    for path in ("/", "/examples", "/api", "/operations"):
        assert 'href="/operations"' in (await real.get(path)).text, path


async def test_nothing_to_list_is_still_a_page(fake: httpx.AsyncClient) -> None:
    response = await fake.get("/operations")
    assert response.status_code == 200
    assert "<article" not in response.text

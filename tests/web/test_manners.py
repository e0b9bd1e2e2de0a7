"""Every route, tried with the manners of clients: made from the document, so that a new one counts.

What is sent is each call's own example; what is looked at is only how it is taken.
"""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api import share_link
from app.web import openapi
from app.web.main import create_app
from app.web.settings import Settings

pytestmark = pytest.mark.anyio

BOM = "\ufeff"
PAGES = ("/", "/train", "/examples", "/operations", "/api", "/embed")
SOURCE = "input x = [1, 2, 3]\ntarget y = [2, 4, 5]\nparam w = 0.5\nL = mean((w*x - y)^2)"
D = share_link.encode({"source": SOURCE})


def _document() -> Any:
    app: FastAPI = create_app(Settings(access_log=False))
    return openapi.document(app)


DOCUMENT = _document()
ROUTES = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item]
POSTS = [path for path, method in ROUTES if method == "post"]
GETS = [path for path, method in ROUTES if method == "get"]

CHOSEN = [
    (path, parameter["name"])
    for path in GETS
    for parameter in DOCUMENT["paths"][path]["get"].get("parameters", ())
    if "enum" in parameter["schema"]
]
"""Parameters of an address that are one of some words, with their paths."""


def resolved(schema: Any) -> Any:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def body(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The example of a call's body, and its fields by name."""
    content = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    schema = resolved(content["schema"])
    example = content.get("example") or schema.get("example") or schema["examples"][0]
    return dict(example), schema["properties"]


def kinds(field: Any) -> set[str]:
    field = resolved(field)
    return {each.get("type", "") for each in map(resolved, field.get("anyOf", [field]))}


def _fields(kind: str) -> list[tuple[str, str]]:
    return [
        (path, name)
        for path in POSTS
        for name, field in body(path)[1].items()
        if kind in kinds(field)
    ]


def test_the_document_has_what_is_tried() -> None:
    assert len(POSTS) > 8
    assert len(GETS) > 3
    assert _fields("integer")
    assert _fields("object")
    assert _fields("string")
    assert _fields("null")
    assert len(CHOSEN) > 8


async def post(client: httpx.AsyncClient, path: str, sent: Any) -> tuple[int, str]:
    """The status of a call and its text; of a stream its beginning."""
    async with client.stream("POST", path, json=sent) as response:
        async for piece in response.aiter_text():
            return response.status_code, piece
        return response.status_code, ""


@pytest.mark.parametrize("path", POSTS)
async def test_an_example_is_answered(real: httpx.AsyncClient, path: str) -> None:
    status, text = await post(real, path, body(path)[0])
    assert status == 200, text[:300]


@pytest.mark.parametrize(("path", "name"), _fields("null"))
async def test_null_is_as_left_out(real: httpx.AsyncClient, path: str, name: str) -> None:
    sent = {key: value for key, value in body(path)[0].items() if key != name}
    left_out = await post(real, path, sent)
    assert (await post(real, path, {**sent, name: None}))[0] == left_out[0]


@pytest.mark.parametrize(
    ("path", "name"), [each for each in _fields("object") if each in _fields("null")]
)
async def test_null_in_an_object_is_as_left_out(
    real: httpx.AsyncClient, path: str, name: str
) -> None:
    sent = {key: value for key, value in body(path)[0].items() if key != name}
    key = {"settings": "mu", "train": "steps"}.get(name, "w")
    answers = [await post(real, path, {**sent, name: each}) for each in ({}, {key: None})]
    # A sweep is known by a digest of what was sent.
    one, other = [(status, re.sub(r'"id":"\w+"', "", text)) for status, text in answers]
    assert one == other


@pytest.mark.parametrize(("path", "name"), _fields("integer"))
async def test_a_whole_number_with_a_point(real: httpx.AsyncClient, path: str, name: str) -> None:
    sent = body(path)[0]
    without = await post(real, path, {**sent, name: 3})
    assert (await post(real, path, {**sent, name: 3.0}))[0] == without[0]


@pytest.mark.parametrize(("path", "name"), _fields("string"))
async def test_a_text_with_a_byte_order_mark(real: httpx.AsyncClient, path: str, name: str) -> None:
    sent = body(path)[0]
    if isinstance(sent.get(name), str):
        plain = await post(real, path, sent)
        marked = await post(real, path, {**sent, name: BOM + sent[name]})
        assert marked[0] == plain[0] or "byte order mark" in marked[1].lower(), marked


@pytest.mark.parametrize(("path", "name"), CHOSEN)
async def test_a_choice_of_an_address_that_is_none(
    real: httpx.AsyncClient, path: str, name: str
) -> None:
    response = await real.get(path, params={"source": "param w = 2\nL = w^2", name: "nothing"})
    assert response.status_code in (400, 422)


@pytest.mark.parametrize("path", POSTS)
async def test_an_unknown_field_is_named(real: httpx.AsyncClient, path: str) -> None:
    status, text = await post(real, path, {**body(path)[0], "sourcce": 1})
    assert status == 400
    assert "there is no field 'sourcce'" in text


@pytest.mark.parametrize("path", GETS)
async def test_head_is_as_get(real: httpx.AsyncClient, path: str) -> None:
    query = {"d": D} if path.endswith(".svg") else {}
    get, head = await real.get(path, params=query), await real.head(path, params=query)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("path", PAGES)
async def test_head_of_a_page_is_as_get(real: httpx.AsyncClient, path: str) -> None:
    query = {} if path in ("/examples", "/operations", "/api") else {"d": D}
    get, head = await real.get(path, params=query), await real.head(path, params=query)
    assert (head.status_code, head.content) == (get.status_code, b"")


@pytest.mark.parametrize(("path", "method"), ROUTES)
async def test_a_browser_on_another_site_may_ask(
    real: httpx.AsyncClient, path: str, method: str
) -> None:
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": method.upper(),
        "Access-Control-Request-Headers": "content-type, x-request-id, traceparent",
    }
    response = await real.options(path, headers=asked)
    assert response.status_code in (200, 204)
    allowed = response.headers["access-control-allow-headers"].lower()
    assert allowed == "*" or all(
        name in allowed for name in ("content-type", "x-request-id", "traceparent")
    )
    assert method.upper() in response.headers["access-control-allow-methods"]


@pytest.mark.parametrize(("path", "method"), ROUTES)
async def test_another_method_is_refused_with_those_there_are(
    real: httpx.AsyncClient, path: str, method: str
) -> None:
    for accept in ("application/json", "text/html", "*/*"):
        response = await real.request("DELETE", path, headers={"Accept": accept})
        assert response.status_code == 405
        assert method.upper() in response.headers["allow"]
        assert response.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "path", ["/nowhere", "/train/nowhere", "/api/v1/nowhere", "/api/v2/derive"]
)
@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
async def test_an_unknown_address_is_told_in_the_readers_form(
    real: httpx.AsyncClient, path: str, accept: str
) -> None:
    response = await real.get(path, headers={"Accept": accept})
    assert response.status_code == 404
    page = accept == "text/html" and not path.startswith("/api/v1/")
    kind = "text/html" if page else "application/problem+json"
    assert response.headers["content-type"].startswith(kind), response.headers["content-type"]
    if page:
        assert "<h1" in response.text


@pytest.mark.parametrize("path", [*PAGES[:2], "/embed", "/api/v1/graph.svg"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_a_link_that_is_broken_or_too_long_is_told(
    real: httpx.AsyncClient, path: str, accept: str
) -> None:
    for query in ({"d": "no-state"}, {"source": "x" * 60_000}):
        response = await real.get(path, params=query, headers={"Accept": accept})
        assert 400 <= response.status_code < 500, (query, response.status_code)
        told = response.text
        assert len(told) > 80
        assert "Traceback" not in told
        if accept == "application/json":
            assert response.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("steps", "abc", "must be a whole number"),
        ("steps", "-1", "must be at least 0"),
        ("steps", "2.5", "must be a whole number"),
        ("rate", "fast", "must be a number"),
        ("rate", "nan", "finite"),
        ("batch", "0", "must be at least 1"),
        ("optimiser", "sdg", "must be one of"),
        ("ratte", "1", "there is no field"),
        ("lr", "0.1", "there is no field"),
    ],
)
async def test_a_bad_option_of_a_training_is_told_on_the_page(
    real: httpx.AsyncClient, name: str, typed: str, said: str
) -> None:
    response = await real.get("/train", params={"d": D, name: typed})
    assert response.status_code == 200
    assert said in response.text


TOLD_BY_ADDRESS = [
    (path, parameter["name"])
    for path in GETS
    for parameter in DOCUMENT["paths"][path]["get"].get("parameters", ())
    if parameter["in"] == "query"
]


@pytest.mark.parametrize(
    ("path", "name"), [*TOLD_BY_ADDRESS, ("/", "d"), ("/train", "rate"), ("/embed", "guess")]
)
async def test_what_an_address_gives_twice_is_refused_by_name(
    real: httpx.AsyncClient, path: str, name: str
) -> None:
    """The JSON of a body has no name twice either; the last of two is no better than the first."""
    query = httpx.QueryParams([(name, "1"), ("other", "x"), (name, "1")])
    response = await real.get(path.replace("{id}", "no"), params=query)
    assert response.status_code == 400
    assert f"'{name}' more than once" in response.text.replace("&#39;", "'")

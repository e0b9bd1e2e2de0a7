"""Manners of the API: what a client may well send is taken, or refused in words that help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from app.api import CALLS, share_link
from app.api.request import Asked, _is_integer, read
from backstep import Network
from backstep.errors import BodyError, ValuesError
from backstep.train.setup import TrainOptions
from backstep.train.sweep import Sweep
from tests.faults.cases import ask, cases
from tests.faults.test_letters import events

pytestmark = pytest.mark.anyio

CASES = {case.id: case.values[0] for case in cases("strictness")}
POSTED = [name for name, case in CASES.items() if name.startswith(("null", "whole", "spelled"))]
SOURCE = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2"
D = share_link.encode({"source": SOURCE})
READ = ("/health", "/examples", "/operations", f"/graph.svg?d={D}")
PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize("name", POSTED)
async def test_a_case_is_taken(real: httpx.AsyncClient, name: str) -> None:
    case = CASES[name]
    path = "/api/v1" + case["call"].partition(" ")[2]
    response = await real.post(path, json=case["request"])
    assert response.status_code == case["want"]["status"], response.text


_EXAMPLES: dict[type[Asked], Mapping[str, Any]] = {
    share_link.State: {"source": SOURCE},
    **{call.request: call.example for call in CALLS if call.request and call.example},
}


def _optional() -> list[tuple[type[Asked], str]]:
    return [
        (model, name)
        for model in _EXAMPLES
        for name, field in model.model_fields.items()
        if not field.is_required()
    ]


@pytest.mark.parametrize(("model", "name"), _optional())
def test_null_is_a_field_left_out(model: type[Asked], name: str) -> None:
    given = {**_EXAMPLES[model]}
    given.pop(name, None)
    assert read(model, {**given, name: None}) == read(model, given)


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model, name in _optional() if _is_integer(model, name)],
)
def test_a_whole_number_may_have_a_point(model: type[Asked], name: str) -> None:
    given = {**_EXAMPLES[model]}
    found = getattr(read(model, {**given, name: 3.0}), name)
    assert found == 3
    assert type(found) is int
    with pytest.raises(BodyError, match="must be a whole number"):
        read(model, {**given, name: 3.5})


async def test_the_schema_allows_null_where_a_field_may_be_left_out(
    real: httpx.AsyncClient,
) -> None:
    schemas = (await real.get("/api/v1/openapi.json")).json()["components"]["schemas"]
    for model, name in _optional():
        if model in _EXAMPLES and model is not share_link.State:
            field = schemas[model.__name__]["properties"][name]
            assert {"type": "null"} in field["anyOf"], (model.__name__, name)


async def test_a_required_field_that_is_null_is_refused(real: httpx.AsyncClient) -> None:
    response = await real.post("/api/v1/evaluate", json={"source": None})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "'source' must be a text"


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
async def test_a_byte_order_mark_is_named(real: httpx.AsyncClient, coding: str) -> None:
    body = CASES["bom"]["request"].lstrip("\ufeff").encode(coding)
    response = await real.post(
        "/api/v1/evaluate", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 400
    assert "byte order mark" in response.json()["detail"]


async def test_a_text_may_begin_with_a_byte_order_mark_or_is_told_so(
    real: httpx.AsyncClient,
) -> None:
    response = await real.post("/api/v1/evaluate", json={"source": "\ufeff" + SOURCE})
    assert response.status_code == 200 or "byte order mark" in response.json()["detail"]


@pytest.mark.parametrize("path", READ)
async def test_head_is_answered_as_get_is(real: httpx.AsyncClient, path: str) -> None:
    get = await real.get("/api/v1" + path)
    head = await real.head("/api/v1" + path)
    assert (head.status_code, head.headers["content-type"]) == (
        get.status_code,
        get.headers["content-type"],
    )


async def test_every_get_of_the_document_takes_head(real: httpx.AsyncClient) -> None:
    document = (await real.get("/api/v1/openapi.json")).json()
    found = [path for path, item in document["paths"].items() if "get" in item]
    assert found
    for path in found:
        assert (await real.head(path)).status_code != 405, path


async def test_a_text_in_the_address_is_what_is_drawn(real: httpx.AsyncClient) -> None:
    query = {"source": SOURCE}
    drawn = await real.get("/api/v1/graph.svg", params=query)
    assert drawn.text == (await real.get("/api/v1/graph.svg", params={"d": D})).text
    led = await real.get("/embed", params={**query, "answer": "hidden"})
    assert led.status_code == 303
    assert led.headers["location"] == f"/embed?answer=hidden&d={D}"
    nothing = await real.get("/api/v1/graph.svg")
    assert nothing.status_code == 400
    assert "source" in nothing.json()["errors"][0]["hint"]


async def test_a_text_in_the_address_is_shown_where_a_state_is_given_too(
    real: httpx.AsyncClient,
) -> None:
    query = {"source": SOURCE, "d": share_link.encode({"source": "param q = 1\nL = q"})}
    drawn = await real.get("/api/v1/graph.svg", params=query)
    assert drawn.text == (await real.get("/api/v1/graph.svg", params={"d": D})).text
    for page in ("/", "/embed", "/train"):
        led = await real.get(page, params=query)
        assert led.status_code == 303
        assert D in led.headers["location"]


async def test_a_list_that_is_too_short_is_told_in_words(real: httpx.AsyncClient) -> None:
    response = await real.post("/api/v1/analyze", json={"source": SOURCE, "parts": []})
    assert response.status_code == 400
    assert response.json()["detail"] == "'parts' must hold at least 1"


SPELLED = "input τ = 2\nparam θ = [0.5, 1]\nL = sum((θ*τ - 3)^2)"
"""Names that are stored as `tau` and `theta`."""


def _asked(call: str, **request: Any) -> Any:
    status, answer = ask(f"POST /{call}", {"source": SPELLED, **request})
    assert status == 200, answer
    return answer


def test_a_request_spells_names_as_the_text_does() -> None:
    given = {"τ": 1, "θ": [1, 3]}
    plain = {"tau": 1, "theta": [1, 3]}
    assert _asked("evaluate", values=given) == _asked("evaluate", values=plain)
    assert _asked("evaluate", names=["θ"]) == _asked("evaluate", names=["theta"])
    points = {"τ": [1, 2]}
    assert _asked("evaluate", points=points) == _asked("evaluate", points={"tau": [1, 2]})
    compiled = Network(SPELLED).compile(wrt=["θ"])
    assert compiled(τ=1.0)[0] == compiled(tau=1.0)[0] == 6.25 + 4


def test_a_training_spells_names_as_the_text_does() -> None:
    typed = {"data": {"τ": [1, 2]}, "names": ["θ"], "watch": "θ[-1]"}
    plain = {"data": {"tau": [1, 2]}, "names": ["theta"], "watch": "theta[1]"}
    body = {"source": SPELLED, "steps": 2}
    told = events({**body, **typed})
    assert told == events({**body, **plain})
    assert told[1][1]["parameters"] == {"theta": [0.5, 1]}


def test_a_sweep_spells_names_as_the_text_does() -> None:
    options = TrainOptions(steps=2)
    sweep = Sweep(SPELLED, {"theta": [9, 9]}, options, {"values.θ": [[0, 1], [2, 1]]})
    sweep.begin()
    assert sweep.run(0) != sweep.run(1)


@pytest.mark.parametrize("call", ["evaluate", "graph", "steps", "derive"])
def test_a_name_that_is_given_in_two_spellings_is_refused(call: str) -> None:
    request = {"source": SPELLED, "values": {"τ": 1, "tau": 2}}
    status, answer = ask(f"POST /{call}", request)
    assert status == 422
    assert answer["faults"][0]["message"] == "'τ' is 'tau', which is given too"
    assert answer["faults"][0]["pointer"] == "/values/τ"
    with pytest.raises(ValuesError, match="which is given too"):
        Network(SPELLED).compile()(τ=1.0, tau=2.0)
    with pytest.raises(ValuesError, match="'ν' is not in the text"):
        Network(SPELLED).compile()(ν=1.0)


BAD_ADDRESSES = ("http://[::1", "//[", "http://[x]/?d=" + D, "http://a℀b/?d=" + D)


@pytest.mark.parametrize("address", BAD_ADDRESSES)
async def test_an_address_that_is_none_is_no_mistake_of_ours(
    real: httpx.AsyncClient, address: str
) -> None:
    asked = await real.get("/api/v1/oembed", params={"url": address})
    assert asked.status_code == 404
    came = {b"Referer": address.encode()}
    led = await real.get(f"/train?from=1&d={D}", headers=came)
    assert led.status_code == 303
    assert led.headers["location"] == f"/train?d={D}"


async def preflight(client: httpx.AsyncClient, headers: str) -> str:
    response = await client.options(
        "/api/v1/evaluate",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": headers,
        },
    )
    assert response.status_code == 204
    return response.headers["access-control-allow-headers"]


async def test_any_header_that_a_client_asks_for_is_allowed(real: httpx.AsyncClient) -> None:
    asked = CASES["cors"]["request"]["Access-Control-Request-Headers"]
    assert await preflight(real, asked) == asked
    # What is no list of names is never sent back.
    assert await preflight(real, "<script>, x") == "Content-Type"


PAGES = {
    "a long address": (f"/?d={'a' * 17_000}", 414),
    "a long address of Train": (f"/train?source={'a' * 17_000}", 414),
    "a long text": ("/?source=" + "%23" * 5000 + "%F0%9F%98%80" * 100, 422),
    "no state": ("/?d=zzz", 400),
    "no training": ("/train?d=zzz", 400),
    "no page": ("/nothing", 404),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_reader_is_told_in_a_page(real: httpx.AsyncClient, name: str) -> None:
    address, status = PAGES[name]
    response = await real.get(address, headers=PAGE, follow_redirects=True)
    assert response.headers["content-type"].startswith("text/html")
    assert name == "a long text" or response.status_code == status
    assert "<h1>" in response.text or "definition" in response.text


NUMBERS: dict[str, Any] = {
    "steps": "abc",
    "rate": "nan",
    "clip": "-1",
    "batch": "1.5",
    "seed": "99999999999999999999999999",
    "average": "-2",
    "weight_decay": "inf",
    "optimiser": "fastest",
}


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("run", ["", "&run=1"])
async def test_a_bad_number_of_a_training_is_named_in_its_page(
    real: httpx.AsyncClient, field: str, run: str
) -> None:
    response = await real.get(f"/train?d={D}&{field}={NUMBERS[field]}{run}", headers=PAGE)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert f"&#39;{field}&#39; must be" in response.text

"""Pages made whole by the server: what they show, where their links lead, how files are kept."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.api import share_link
from app.api.request import NEURON
from app.paths import STATIC
from app.web.report import report
from backstep.errors import DefinitionError, Diagnostic, Span, ValuesError
from backstep.examples import EXAMPLES
from backstep.limits import LIMITS

pytestmark = pytest.mark.anyio


async def opened(client: httpx.AsyncClient, path: str = "/", **given: Any) -> httpx.Response:
    response = await client.get(path, params={"d": share_link.encode(given)} if given else {})
    assert response.status_code == 200
    return response


def answered(response: httpx.Response) -> dict[str, Any]:
    """What the page gives its scripts to go on from."""
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', response.text, re.S)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def link(response: httpx.Response, mark: str) -> dict[str, Any]:
    """The state that the link with this attribute leads to."""
    tag = re.search(rf"<a\b[^>]*{mark}[^>]*>", response.text)
    assert tag is not None, mark
    address = re.search(r'href="/\?d=([^"]+)"', tag[0])
    assert address is not None, tag[0]
    return share_link.decode(html.unescape(address[1]))


async def test_the_first_visit_is_mid_story(real: httpx.AsyncClient) -> None:
    data = answered(await opened(real))
    assert data["state"]["source"] == EXAMPLES[0].source
    assert data["state"]["zoom"] == "block"
    step = data["walk"]["steps"][data["state"]["step"] - 1]
    assert (step["phase"], step["name"]) == ("backward", "z")
    assert data["graph"]["step"] == data["state"]["step"]
    assert data["problems"] == {}
    assert data["fault"] is None


async def test_a_state_is_made_whole(real: httpx.AsyncClient) -> None:
    response = await opened(real, source=NEURON, values={"w": 0.7}, step=3, zoom="tensor")
    data = answered(response)
    assert data["numbers"]["values"]["w"] == 0.7
    assert (data["graph"]["zoom"], data["graph"]["step"]) == ("tensor", 3)
    assert data["formulas"]["gradients"].keys() == {"w", "b"}
    assert re.search(r"<svg[^>]*data-step=\"3\"", response.text)
    assert NEURON.splitlines()[0] in response.text


async def test_links_lead_from_step_to_step(real: httpx.AsyncClient) -> None:
    response = await opened(real, source=NEURON, step=3, values={"w": 0.7})
    total = answered(response)["walk"]["total"]
    steps = {
        mark: link(response, f'data-go="{mark}"') for mark in ("first", "back", "next", "last")
    }
    assert {mark: each["step"] for mark, each in steps.items()} == {
        "first": 0,
        "back": 2,
        "next": 4,
        "last": total,
    }
    assert all(each["values"] == {"w": 0.7} for each in steps.values())


async def test_a_step_between_tensors_is_written_out(real: httpx.AsyncClient) -> None:
    source = "param W = [[1, 2], [3, 4]]\ninput x = [1, -1]\ny = W @ x\nL = sum(y^2)"
    page = (await opened(real, source=source, zoom="tensor", step=10)).text
    row = page[page.index("product-row") : page.index("worked-word")]
    assert re.findall(r">([^<>]+)</td>", row) == ["−2", "−2", "1", "−1", "−2", "2", "−2", "2"]
    assert "Row 2, column 2" in page
    assert "g is the upstream partial" in page


async def test_links_stop_at_the_ends(real: httpx.AsyncClient) -> None:
    assert link(await opened(real, source=NEURON, step=0), 'data-go="back"')["step"] == 0
    response = await opened(real, source=NEURON)
    total = answered(response)["walk"]["total"]
    assert link(response, 'data-go="next"')["step"] == total
    assert link(response, 'data-go="back"')["step"] == total - 1


async def test_a_step_past_the_end_is_the_end(real: httpx.AsyncClient) -> None:
    data = answered(await opened(real, source=NEURON, step=999))
    assert data["state"]["step"] == data["walk"]["total"] == data["graph"]["step"]


async def zoomed(client: httpx.AsyncClient, to: str, /, **given: Any) -> dict[str, Any]:
    """The data of the page that the link to another zoom leads to."""
    page = await opened(client, **given)
    tag = re.search(rf'<a href="([^"]+)" data-zoom="{to}"', page.text)
    assert tag is not None
    moved = await client.get(html.unescape(tag[1]))
    assert moved.status_code == 303
    return answered(await opened(client, **share_link.decode(moved.headers["location"][4:])))


@pytest.mark.parametrize("step", range(1, 28))
async def test_another_zoom_keeps_the_name_and_the_phase(
    real: httpx.AsyncClient, step: int
) -> None:
    given: dict[str, Any] = {"source": EXAMPLES[0].source, "zoom": "tensor", "step": step}
    here = answered(await opened(real, **given))["walk"]["steps"][step - 1]
    data = await zoomed(real, "block", **given)
    assert data["state"]["zoom"] == "block"
    found = data["walk"]["steps"][data["state"]["step"] - 1]
    assert found["phase"] == here["phase"]
    if here["name"] is not None:
        assert found["name"] == here["name"]


async def test_a_tensor_is_found_in_its_elements_and_back(real: httpx.AsyncClient) -> None:
    source = "input x = [1, 2]\nparam W = [[1, 2], [3, 4]]\nh = relu(W @ x)\nL = sum(h^2)"
    data = await zoomed(real, "scalar", source=source, step=6)
    step = data["walk"]["steps"][data["state"]["step"] - 1]
    assert (step["phase"], step["name"]) == ("backward", "h[0]")  # h is complete with it
    data = await zoomed(real, "block", source=source, zoom="scalar", step=step["step"])
    step = data["walk"]["steps"][data["state"]["step"] - 1]
    assert (step["phase"], step["name"]) == ("backward", "h")


async def test_an_embeds_links_stay_in_it(real: httpx.AsyncClient) -> None:
    page = (await opened(real, "/embed", source=NEURON, step=3)).text
    moves = re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*data-(?:go|zoom|turn)', page)
    assert len(moves) >= 6
    assert all(each.startswith("/embed?d=") for each in moves)


async def test_the_drawing_turns(real: httpx.AsyncClient) -> None:
    response = await opened(real, source=NEURON, step=3)
    turned = link(response, "data-turn")
    assert (turned["direction"], turned["step"]) == ("TB", 3)
    assert answered(await opened(real, **turned))["graph"]["direction"] == "TB"


PHONE = {"Sec-CH-UA-Mobile": "?1"}
AGENT = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"}
DESK = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Sec-CH-UA-Mobile": "?0"}


@pytest.mark.parametrize(("headers", "direction"), [(PHONE, "TB"), (AGENT, "TB"), (DESK, "LR")])
async def test_a_phone_is_drawn_top_to_bottom_at_once(
    real: httpx.AsyncClient, headers: dict[str, str], direction: str
) -> None:
    """Unless a link says otherwise; what the phone takes for granted, its links do not say."""
    for path in ("/", "/?d=" + share_link.encode({"source": NEURON, "step": 3})):
        response = await real.get(path, headers=headers)
        assert answered(response)["graph"]["direction"] == direction
        assert "Sec-CH-UA-Mobile" in response.headers["vary"]
        assert link(response, 'data-go="next"')["direction"] == "LR", "said to nobody else"
        turned = link(response, "data-turn")
        other = await real.get("/?d=" + share_link.encode(turned), headers=headers)
        assert answered(other)["graph"]["direction"] != direction


async def test_a_form_leads_to_a_link(real: httpx.AsyncClient) -> None:
    text = "param w = 1\r\nL = w^2\r\n"
    response = await real.get("/", params={"source": text})
    assert response.status_code == 303
    found = share_link.decode(response.headers["location"].removeprefix("/?d="))
    assert found["source"] == "param w = 1\nL = w^2\n"
    empty = await real.get("/?source=")
    assert empty.status_code == 303
    page = await real.get(empty.headers["location"])
    assert page.status_code == 200
    assert answered(page)["fault"] is not None


async def test_a_text_too_long_for_a_link_is_said(
    real: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "# " + "".join(chr(33 + (i * i * 7919) % 90) for i in range(500))
    monkeypatch.setattr("app.web.pages.LIMITS", replace(LIMITS, address_bytes=100))
    response = await real.get("/", params={"source": text}, headers={"Accept": "text/html"})
    assert response.status_code == 414
    assert "too long" in response.text


async def test_a_text_at_fault_is_told_with_its_place(real: httpx.AsyncClient) -> None:
    response = await opened(real, source="param w = 1\nL = w*v")
    data = answered(response)
    assert data["fault"]["errors"][0]["line"] == 2
    assert data["walk"] is data["numbers"] is data["formulas"] is data["graph"] is None
    assert "line 2, column 7:" in response.text
    assert "L = w*v" in response.text


async def test_a_part_that_fails_leaves_the_others(real: httpx.AsyncClient) -> None:
    # The differences of the Thue-Morse word hold no block twice in a row: nothing is folded.
    parity = [i.bit_count() % 2 for i in range(321)]
    functions = [("cos", "tanh", "sin")[parity[i + 1] - parity[i]] for i in range(320)]
    lines = ["param w = 1"] + [
        f"h{i} = {function}({f'h{i - 1}' if i else 'w'})" for i, function in enumerate(functions)
    ]
    response = await opened(real, source="\n".join([*lines, "L = h319"]))
    data = answered(response)
    assert data["graph"] is None
    assert data["problems"]["drawing"]["limit"] == "drawn_nodes"
    assert data["numbers"]["loss"]["name"] == "L"


@pytest.mark.parametrize("path", ["/", "/embed"])
@pytest.mark.parametrize("d", ["", "x", "!!", "a" * 5000])
async def test_a_link_that_is_none_is_a_400_page(
    real: httpx.AsyncClient, path: str, d: str
) -> None:
    response = await real.get(path, params={"d": d}, headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "This link cannot be opened" in html.unescape(response.text)
    plain = await real.get(path, params={"d": d})
    assert plain.headers["content-type"] == "application/problem+json"


async def test_the_embed_shows_graph_and_walk(real: httpx.AsyncClient) -> None:
    response = await opened(real, "/embed", source=NEURON, step=5)
    assert "<svg" in response.text
    assert "<textarea" not in response.text


async def test_every_example_is_on_its_page(real: httpx.AsyncClient) -> None:
    text = html.unescape((await opened(real, "/examples")).text)
    for each in EXAMPLES:
        assert each.title in text
        assert "/api/v1/graph.svg?d=" + share_link.encode({"source": each.source}) in text


async def test_the_guide_tells_every_call(real: httpx.AsyncClient) -> None:
    document = (await real.get("/api/v1/openapi.json")).json()
    for path in ("/api", "/api/v1/docs"):
        text = (await opened(real, path)).text
        for address in document["paths"]:
            assert f"<code>{address}</code>" in text
        assert "https://" not in re.sub(r'href="[^"]*"', "", text)


async def test_files_are_kept_for_ever_at_their_mark(real: httpx.AsyncClient) -> None:
    page = (await opened(real, "/api")).text
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert len(addresses) > 5
    for address in addresses:
        response = await real.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    other = re.sub(r"/static/[0-9a-f]+/", "/static/000000000000/", addresses[0])
    assert (await real.get(other)).headers["cache-control"] == "no-cache"


async def test_every_file_has_its_type(real: httpx.AsyncClient) -> None:
    types = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
    for path in STATIC.rglob("*"):
        if path.suffix in types:
            response = await real.get("/static/x/" + path.relative_to(STATIC).as_posix())
            assert response.headers["content-type"].startswith(types[path.suffix])
            assert response.content == path.read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "../pyproject.toml",
        "..%2fpyproject.toml",
        "%2e%2e/pyproject.toml",
        "css/../../pyproject.toml",
        "/etc/passwd",
        "css",
        "css/",
        "",
        "css/raw.css%00",
        "nothing.js",
    ],
)
async def test_no_other_file_can_be_named(real: httpx.AsyncClient, path: str) -> None:
    assert (await real.get("/static/x/" + path)).status_code == 404


async def test_the_icon_is_found_where_browsers_look(real: httpx.AsyncClient) -> None:
    response = await real.get("/favicon.ico")
    assert response.status_code == 307
    assert (await real.get(response.headers["location"])).status_code == 200


async def test_what_is_large_is_compressed_for_those_who_take_it(real: httpx.AsyncClient) -> None:
    plain = await real.get("/api", headers={"Accept-Encoding": "identity"})
    packed = await real.get("/api", headers={"Accept-Encoding": "gzip"})
    refused = await real.get("/api", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers.get("vary", "Accept-Encoding")
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    small = await real.get("/api/v1/health", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers


async def test_a_large_answer_is_compressed_aside(fake: httpx.AsyncClient) -> None:
    response = await fake.post("/api/v1/evaluate", json={"source": "large"})
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) < 50_000
    assert response.json()["text"] == "backstep " * 200_000


def test_faults_are_pointed_at() -> None:
    error = DefinitionError(
        Diagnostic("c", "nothing is called v", "did you mean w?", Span(2, 6, 2, 8)),
        Diagnostic("c", "and all of this", None, Span(1, 1, 2, 3)),
    )
    assert report(error, "param w = 1\n\tL = vv") == [
        "line 2, column 6: nothing is called v",
        "    \tL = vv",
        "    \t    ^^",
        "    did you mean w?",
        "line 1, column 1: and all of this",
        "    param w = 1",
        "    ^^^^^^^^^^^",
    ]
    values = ValuesError(Diagnostic("c", "it is a scalar", pointer="/values/w"))
    assert report(values, "x") == ["/values/w: it is a scalar"]
    assert report(DefinitionError(Diagnostic("c", "m", span=Span(9, 1, 9, 2))), "x") == [
        "line 9, column 1: m"
    ]

"""The calls of the contract, on the real mathematics: what they answer, and in which form."""

from __future__ import annotations

import asyncio
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pydantic import TypeAdapter

from app.api import analyze, derive, examples, health, share_link
from app.api.problem import Problem
from app.api.request import NEURON
from app.api.schema import model, model_of
from app.jobs import confinement
from backstep.binding.evaluation import Evaluation
from backstep.drawing.answer import DrawnGraph
from backstep.drawing.steps import WalkSteps
from backstep.examples import EXAMPLES
from tests.waiting import becomes

pytestmark = pytest.mark.anyio

LINE = "input x = 2\nparam w = 0.5\nL = (w*x - 3)^2"
NETWORK = """\
input x = [1, 2]
target k = 1
param W = [[0.1, -0.2], [0.3, 0.4]]
h = relu(W @ x)
h = h + 1
L = cross_entropy(h, k)
"""


async def ask(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    response = await client.post("/api/v1" + path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def conforms(answer: Any, model: Any) -> None:
    """Hold an answer against its description, strictly."""
    TypeAdapter(model).validate_json(httpx.Response(200, json=answer).content, strict=True)


async def test_evaluate_answers_the_contracts_example(real: httpx.AsyncClient) -> None:
    assert await ask(real, "/evaluate", source=LINE) == {
        "loss": {"name": "L", "value": 4.0},
        "values": {"x": 2.0, "w": 0.5, "L": 4.0},
        "partials": {"x": -2.0, "w": -8.0, "L": 1.0},
        "gradients": {"w": -8.0},
        "versions": {},
        "rounding": {},
        "warnings": [],
        "readings": [],
    }


async def test_values_replace_the_written_ones(real: httpx.AsyncClient) -> None:
    answer = await ask(real, "/evaluate", source=LINE, values={"w": 1, "x": 3.0})
    assert (answer["values"]["L"], answer["gradients"]["w"]) == (0.0, 0.0)


async def test_only_the_names_asked_for_are_sent(real: httpx.AsyncClient) -> None:
    answer = await ask(real, "/evaluate", source=NEURON, names=["z"])
    assert set(answer["values"]) == set(answer["partials"]) == {"z"}


async def test_non_finite_numbers_go_both_ways_as_strings(real: httpx.AsyncClient) -> None:
    values = {"x": "Infinity", "w": "-Infinity"}
    answer = await ask(real, "/evaluate", source=LINE, values=values)
    assert (answer["values"]["x"], answer["values"]["w"]) == ("Infinity", "-Infinity")
    assert answer["loss"]["value"] == "Infinity"
    answer = await ask(real, "/evaluate", source=LINE, values={"w": "NaN"})
    assert answer["loss"]["value"] == "NaN"


async def test_every_bit_of_a_number_arrives(real: httpx.AsyncClient) -> None:
    for number in (0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 2.0**53 + 2):
        answer = await ask(real, "/evaluate", source=LINE, values={"w": number})
        found = answer["values"]["w"]
        assert (found, math.copysign(1, found)) == (number, math.copysign(1, number))


@pytest.mark.parametrize("source", [LINE, NEURON, NETWORK], ids=["line", "neuron", "network"])
async def test_answers_are_as_described(real: httpx.AsyncClient, source: str) -> None:
    conforms(await ask(real, "/evaluate", source=source), model(Evaluation))
    for form in ("scalar", "matrix", "shared"):
        answer = await ask(real, "/derive", source=source, form=form)
        assert answer["form"] == form
        conforms(answer, model(derive.DeriveAnswer))
    for zoom in ("tensor", "block"):
        steps = await ask(real, "/steps", source=source, zoom=zoom)
        conforms(steps, model_of(WalkSteps))
        for step in (0, steps["forward"], steps["total"]):
            graph = await ask(real, "/graph", source=source, zoom=zoom, step=step)
            conforms(graph, model_of(DrawnGraph))
    parts = ["numbers", "drawing", "walk", "figures", "formulas", "check"]
    answer = await ask(real, "/analyze", source=source, parts=parts)
    assert list(answer) == parts
    conforms(answer, model(analyze.Analysis))


async def test_derive_takes_what_to_derive_by(real: httpx.AsyncClient) -> None:
    answer = await ask(real, "/derive", source=NETWORK, wrt=["W[0,1]", "x"])
    assert set(answer["gradients"]) == {"W[0,1]", "x"}
    assert answer["gradients"]["x"]["shape"] == [2]


async def test_steps_default_to_operations_and_drawings_to_statements(
    real: httpx.AsyncClient,
) -> None:
    assert (await ask(real, "/steps", source=NEURON))["zoom"] == "tensor"
    graph = await ask(real, "/graph", source=NEURON)
    assert (graph["zoom"], graph["direction"], graph["step"]) == ("block", "LR", graph["total"])


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("svg", "image/svg+xml"),
        ("png", "image/png"),
        ("pdf", "application/pdf"),
        ("tikz", "application/x-tex"),
        ("dot", "text/vnd.graphviz"),
    ],
)
async def test_a_graph_may_be_a_file(real: httpx.AsyncClient, form: str, media: str) -> None:
    response = await real.post("/api/v1/graph", json={"source": NEURON, "format": form})
    assert response.status_code == 200
    assert response.headers["content-type"] == media
    if form == "svg":
        assert ET.fromstring(response.text).tag.endswith("svg")
        assert "sandbox" in response.headers["content-security-policy"]
    begins = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}
    assert response.content.startswith(begins.get(form, b"\\documentclass"))
    assert 'filename="graph.' in response.headers["content-disposition"]
    linked = await real.get("/api/v1/graph", params={"source": NEURON, "format": form})
    assert linked.content == response.content


async def test_an_address_says_step_zoom_theme_and_scale(real: httpx.AsyncClient) -> None:
    d = share_link.encode({"source": NEURON, "step": 3})
    view: dict[str, str | int] = {"step": 5, "zoom": "tensor", "theme": "dark", "direction": "TB"}
    wanted = await real.post(
        "/api/v1/graph", json={"source": NEURON, "format": "png", "scale": 0.5, **view}
    )
    for query in ({"d": d}, {"source": NEURON}):
        made = await real.get("/api/v1/graph.png", params={**query, "scale": "0.5", **view})
        assert made.content == wanted.content
    data = await ask(real, "/graph", source=NEURON, step=3)
    assert (await real.get("/api/v1/graph", params={"d": d})).json() == data


@pytest.mark.parametrize(
    "query",
    [
        {"scale": "much"},
        {"scale": "0"},
        {"scale": "17"},
        {"scale": "nan"},
        {"step": "-1"},
        {"step": "x"},
        {"zoom": "none"},
        {"direction": "UP"},
        {"format": "gif"},
    ],
)
async def test_what_no_picture_has_is_refused(
    real: httpx.AsyncClient, query: dict[str, str]
) -> None:
    response = await real.get("/api/v1/graph", params={"source": NEURON, "format": "png", **query})
    assert response.status_code == 400, response.text
    assert next(iter(query)) in response.text


async def test_numbers_by_an_address(real: httpx.AsyncClient) -> None:
    wanted = await ask(real, "/evaluate", source=NEURON, values={"w": 2.0})
    d = share_link.encode({"source": NEURON, "values": {"w": 2.0}, "step": 3})
    assert (await real.get("/api/v1/evaluate", params={"d": d})).json() == wanted
    plain = await real.get("/api/v1/evaluate", params={"source": NEURON})
    assert plain.json() == await ask(real, "/evaluate", source=NEURON)
    assert (await real.get("/api/v1/evaluate")).status_code == 400
    head = await real.head("/api/v1/evaluate", params={"source": NEURON})
    assert (head.status_code, head.content) == (200, b"")


async def test_analyze_answers_what_each_call_answers(real: httpx.AsyncClient) -> None:
    answer = await ask(real, "/analyze", source=NEURON, zoom="tensor", step=22)
    assert set(answer) == {"numbers", "drawing", "walk", "formulas"}
    assert answer["numbers"] == await ask(real, "/evaluate", source=NEURON)
    assert answer["walk"] == await ask(real, "/steps", source=NEURON, zoom="tensor")
    assert answer["formulas"] == await ask(real, "/derive", source=NEURON)
    graph = await ask(real, "/graph", source=NEURON, zoom="tensor", step=22)
    assert answer["drawing"]["graph"] == graph
    assert answer["drawing"]["svg"].startswith("<svg")


async def test_quick_parts_are_what_they_are_apart(real: httpx.AsyncClient) -> None:
    together = await ask(real, "/analyze", source=NEURON, parts=["numbers", "figures"], step=12)
    assert list(together) == ["numbers", "figures"]
    assert together["numbers"] == await ask(real, "/evaluate", source=NEURON)
    apart = await ask(real, "/analyze", source=NEURON, parts=["figures", "check"], step=12)
    assert together["figures"] == apart["figures"]
    conforms(together, model(analyze.Analysis))


@pytest.mark.parametrize("step", [12, 999], ids=["one job", "a job a part"])
async def test_parts_come_a_line_each_numbers_first(real: httpx.AsyncClient, step: int) -> None:
    body = {"source": NEURON, "step": step, "parts": ["walk", "drawing", "numbers"]}
    whole = await ask(real, "/analyze", **body)
    headers = {"Accept": "application/x-ndjson"}
    response = await real.post("/api/v1/analyze", json=body, headers=headers)
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [len(line) for line in lines] == [1, 1, 1]
    assert {name: each for line in lines for name, each in line.items()} == whole
    if step == 12:
        assert list(lines[0]) == ["numbers"]
    else:
        assert whole["drawing"]["problem"]["status"] == 422


async def test_a_text_at_fault_is_a_problem_and_no_line(real: httpx.AsyncClient) -> None:
    headers = {"Accept": "application/x-ndjson"}
    response = await real.post("/api/v1/analyze", json={"source": "L = v"}, headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, "definition")


async def test_a_part_that_fails_is_a_problem_in_its_place(real: httpx.AsyncClient) -> None:
    answer = await ask(real, "/analyze", source=LINE, parts=["drawing", "numbers"], step=999)
    assert answer["drawing"]["problem"]["status"] == 422
    assert answer["drawing"]["problem"]["code"] == "request"
    assert answer["numbers"]["loss"]["value"] == 4.0
    conforms(answer, model(analyze.Analysis))


async def test_many_points_are_asked_for_by_a_field_of_their_own(real: httpx.AsyncClient) -> None:
    points = {"w": [0.5, 1, 1.5]}
    answer = await ask(real, "/evaluate", source=LINE, points=points, names=["w", "L"])
    conforms(answer, model(Evaluation))
    assert answer["loss"] == {"name": "L", "value": [4, 1, 0]}
    assert answer["values"] == {"w": [0.5, 1, 1.5], "L": [4, 1, 0]}
    assert answer["partials"] == {"w": [-8, -4, 0], "L": [1, 1, 1]}
    assert answer["gradients"] == {"w": [-8, -4, 0]}
    alone = await ask(real, "/evaluate", source=LINE, points=points, values={"x": 1})
    assert (alone["loss"]["value"], alone["values"]) == ([6.25, 4, 2.25], {})
    answer = await ask(real, "/evaluate", source=NETWORK, points={"k": [0, 1]}, names=["k", "W"])
    assert (answer["values"]["k"], answer["partials"]["k"]) == ([0, 1], None)
    assert np.shape(answer["partials"]["W"]) == (2, 2, 2)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"points": {"w": 1}}, "/points/w"),
        ({"points": {}}, "/points"),
        ({"points": {"q": [1]}}, "/points/q"),
        ({"points": {"w": [1, 2], "x": [1]}}, "/points"),
        ({"points": {"w": [1]}, "names": ["q"]}, "/names/0"),
        ({"values": {"w": [1, 2]}}, "/values/w"),
    ],
)
async def test_what_are_no_points_is_refused_at_its_place(
    real: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    response = await real.post("/api/v1/evaluate", json={"source": LINE, **body})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("path", ["/evaluate", "/derive", "/steps", "/graph", "/analyze"])
async def test_a_text_at_fault_fails_the_call(real: httpx.AsyncClient, path: str) -> None:
    response = await real.post("/api/v1" + path, json={"source": "param w = 1\nL = w*v"})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "definition")
    assert problem["errors"][0]["line"] == 2
    conforms(problem, model(Problem))


@pytest.mark.parametrize("path", ["/evaluate", "/derive", "/steps", "/graph", "/analyze"])
async def test_a_value_at_fault_fails_the_call(real: httpx.AsyncClient, path: str) -> None:
    wrong: list[Any] = [[1, 2], "nan", True, {"a": 1}, [[]], [None]]
    for value in wrong:
        response = await real.post("/api/v1" + path, json={"source": LINE, "values": {"w": value}})
        assert response.status_code == 422, (value, response.text)
        assert response.json()["errors"][0]["pointer"] == "/values/w"


async def test_a_broken_part_is_a_problem_in_its_place_and_fails_no_other(
    fake: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await fake.post(
        "/api/v1/analyze", json={"source": "x", "parts": ["walk", "numbers"]}
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer["numbers"] == {"loss": 1.0}
    problem = answer["walk"]["problem"]
    assert (problem["status"], problem["code"]) == (500, "internal")
    assert problem["request_id"] == response.headers["x-request-id"]
    assert "secret" not in response.text
    assert "call_failed" in capsys.readouterr().out


async def test_a_text_past_a_limit_fails_the_call_once(real: httpx.AsyncClient) -> None:
    source = "param w = 1\nh = w\nfor i in range(200):\n    for j in range(200):\n"
    source += "        h = h*w + w\nL = h\n"
    response = await real.post("/api/v1/analyze", json={"source": source})
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "limit")
    assert problem["limit"] == "forward_nodes"
    assert problem["errors"][0]["line"] == 5


async def test_examples_open(real: httpx.AsyncClient) -> None:
    response = await real.get("/api/v1/examples")
    answer = response.json()
    conforms(answer, model(examples.Examples))
    assert [each["id"] for each in answer["examples"]] == [each.id for each in EXAMPLES]
    for each in answer["examples"]:
        assert share_link.decode(each["link"].removeprefix("/?d="))["source"] == each["source"]


@pytest.mark.slow
async def test_every_example_is_whole(real: httpx.AsyncClient) -> None:
    for each in EXAMPLES:
        answer = await ask(real, "/analyze", source=each.source, parts=["numbers", "drawing"])
        assert "problem" not in answer["drawing"], each.id


async def test_a_picture_of_a_state(real: httpx.AsyncClient) -> None:
    d = share_link.encode({"source": NEURON, "step": 3, "zoom": "tensor", "values": {"w": 2.0}})
    light = await real.get("/api/v1/graph.svg", params={"d": d})
    dark = await real.get("/api/v1/graph.svg", params={"d": d, "theme": "dark"})
    assert light.headers["content-type"] == dark.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(light.text).get("data-step") == "3"
    assert light.text != dark.text
    assert "max-age" in light.headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("d=x", 400), ("d=" + share_link.encode({"source": "L = "}), 422)],
)
async def test_a_picture_that_cannot_be(real: httpx.AsyncClient, query: str, status: int) -> None:
    response = await real.get("/api/v1/graph.svg?" + query)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert "cache-control" not in response.headers


async def test_a_theme_that_is_none_is_refused(real: httpx.AsyncClient) -> None:
    d = share_link.encode({"source": NEURON})
    response = await real.get("/api/v1/graph.svg", params={"d": d, "theme": "<b>"})
    assert response.status_code == 400
    assert "theme" in response.text


async def test_health_says_what_works(real: httpx.AsyncClient) -> None:
    await ask(real, "/evaluate", source=LINE)
    response = await real.get("/api/v1/health")
    answer = response.json()
    conforms(answer, model(health.Health))
    assert (answer["live"], answer["ready"]) == (True, True)
    assert set(answer["degraded"]) <= {confinement.PART}  # a matter of the kernel
    assert response.headers["cache-control"] == "no-store"


async def test_health_answers_while_every_worker_is_busy(
    fake: httpx.AsyncClient, tmp_path: Path
) -> None:
    await ask(fake, "/evaluate", source="ready")
    waits = [f"wait {tmp_path / 'go'}" + "/." * number for number in range(4)]
    jobs = [
        asyncio.ensure_future(fake.post("/api/v1/evaluate", json={"source": source}))
        for source in waits
    ]
    state = fake._transport.app.state.desk.pool.state  # type: ignore[attr-defined]
    await becomes(lambda: (state().busy, state().waiting) == (2, 2))
    assert (await fake.get("/api/v1/health")).json()["ready"] is True
    assert not any(job.done() for job in jobs)
    (tmp_path / "go").touch()
    await asyncio.gather(*jobs)


async def test_a_definition_is_exported_by_post_and_by_a_link(real: httpx.AsyncClient) -> None:
    asked = {"source": NEURON, "values": {"w": 0.7}}
    posted = await real.post("/api/v1/export", json={**asked, "target": "numpy", "wrt": ["b"]})
    assert posted.headers["content-type"] == "text/x-python; charset=utf-8"
    assert posted.headers["content-disposition"] == 'attachment; filename="net.py"'
    assert "w = 0.7  # param" in posted.text
    assert "return L, {'b': db}" in posted.text
    whole = await real.post("/api/v1/export", json={**asked, "target": "numpy"})
    link = {"d": share_link.encode({**asked, "step": 3}), "target": "numpy"}
    assert (await real.get("/api/v1/export", params=link)).text == whole.text
    text = {"source": NEURON, "target": "numpy"}
    assert "w = 0.5  # param" in (await real.get("/api/v1/export", params=text)).text
    assert (await real.head("/api/v1/export", params=text)).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"source": NEURON, "target": "fortran"}, 400),
        ({"source": NEURON}, 400),
        ({"source": NEURON, "target": "numpy", "wrt": ["none"]}, 422),
        ({"source": NEURON, "target": "numpy", "wrt": ["lambda"]}, 422),
        ({"source": "L = x", "target": "numpy"}, 422),
    ],
)
async def test_an_export_that_cannot_be(
    real: httpx.AsyncClient, asked: dict[str, Any], status: int
) -> None:
    response = await real.post("/api/v1/export", json=asked)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    if "wrt" not in asked:
        assert (await real.get("/api/v1/export", params=asked)).status_code == status
    assert (await real.get("/api/v1/export?target=numpy")).status_code == 400

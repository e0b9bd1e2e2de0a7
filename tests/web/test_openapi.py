"""The published document: whole, true to what is answered, and with an example for everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.api import CALLS
from app.api.request import read
from app.web.problems import KINDS

pytestmark = pytest.mark.anyio

Plain = dict[str, Any]
ID = re.compile(r'^data: {"id":"(\w+)"', re.M)
"""What the first event of a sweep calls it."""


@pytest.fixture
async def document(real: httpx.AsyncClient) -> Plain:
    response = await real.get("/api/v1/openapi.json")
    assert response.headers["content-type"] == "application/json"
    found: Plain = response.json()
    return found


def operations(document: Plain) -> Iterator[tuple[str, str, Plain]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_it_is_of_a_version_and_has_every_call(document: Plain) -> None:
    assert document["openapi"].startswith("3.1")
    assert {path.removeprefix("/api/v1") for path in document["paths"]} == {
        "/evaluate",
        "/derive",
        "/steps",
        "/graph",
        "/analyze",
        "/check",
        "/compare",
        "/hessian",
        "/import",
        "/jacobian",
        "/cost",
        "/derivation",
        "/examples",
        "/operations",
        "/paths",
        "/train",
        "/sweep",
        "/sweep/{id}",
        "/train/{id}",
        "/graph.svg",
        "/graph.png",
        "/graph.pdf",
        "/card.png",
        "/oembed",
        "/export",
        "/export/check",
        "/health",
    }


async def test_every_reference_leads_somewhere_and_every_schema_is_used(document: Plain) -> None:
    schemas = document["components"]["schemas"]
    found = set(references(document))
    assert found == {f"#/components/schemas/{name}" for name in schemas}


async def test_operations_are_described_and_named_apart(document: Plain) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(operation["description"] for _, _, operation in operations(document))


async def test_every_status_of_the_contract_is_there(document: Plain) -> None:
    for path, method, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"200", "414", "431", "500"} <= statuses
        if method == "post":
            assert {"400", "408", "413", "415", "422", "429", "503", "504"} <= statuses
        for status, said in operation["responses"].items():
            if status != "200":
                assert list(said["content"]) == ["application/problem+json"], path
        for status in {"429", "503"} & statuses:
            assert "Retry-After" in operation["responses"][status]["headers"]
    said = {
        int(status)
        for _, _, operation in operations(document)
        for status in operation["responses"]
        if status != "200"
    }
    assert said == {kind.status for kind in KINDS.values()} - {405}


async def test_every_field_asked_for_is_explained_with_an_example(document: Plain) -> None:
    for call in CALLS:
        model = call.request
        if model is None or call.parameters:
            continue
        schema = document["components"]["schemas"][model.__name__]
        assert schema["additionalProperties"] is False
        for name, field in schema["properties"].items():
            assert field["description"], (model.__name__, name)
            assert field["examples"], (model.__name__, name)
            assert field.get("default", 0) is not None
            for example in field["examples"]:
                read(model, {**call.example, name: example})


async def test_every_example_answers(document: Plain, real: httpx.AsyncClient) -> None:
    begun: dict[str, str] = {}
    for path, method, operation in operations(document):
        if method == "post":
            body = operation["requestBody"]["content"]["application/json"]["example"]
            response = await real.post(path, json=body)
            if place := response.headers.get("content-location"):
                begun[path] = place
            elif found := ID.search(response.text):
                begun[path] = f"{path}/{found[1]}"
        elif path.endswith("{id}"):
            response = await real.get(begun[path.removesuffix("/{id}")])
        else:
            parameters = operation.get("parameters", [])
            query = {each["name"]: each["example"] for each in parameters if "example" in each}
            response = await real.get(path, params=query)
        assert response.status_code == 200, (path, response.text)
        media = response.headers["content-type"]
        assert media in operation["responses"]["200"]["content"]


async def test_values_are_described_as_numbers_and_nested_lists(document: Plain) -> None:
    schemas = document["components"]["schemas"]
    values = schemas["EvaluateRequest"]["properties"]["values"]
    (taken, null) = values["anyOf"]
    assert null == {"type": "null"}
    numbers = {"$ref": "#/components/schemas/Numbers"}
    assert taken["additionalProperties"] == {"anyOf": [numbers, {"type": "null"}]}
    kinds = [each.get("$ref") or each["type"] for each in schemas["Numbers"]["anyOf"]]
    assert kinds == ["#/components/schemas/Number", *["array"] * 5]


def _reached(document: Plain, start: Any) -> set[str]:
    """The names of the schemas that a schema refers to, or those do."""
    found: set[str] = set()
    left = list(references(start))
    while left:
        name = left.pop().rpartition("/")[2]
        if name not in found:
            found.add(name)
            left += references(document["components"]["schemas"][name])
    return found


async def test_whatever_may_be_left_out_may_be_null_in_parts_of_requests_too(
    document: Plain,
) -> None:
    """As `Asked` takes it, which every object of a request must be for that."""
    bodies = [each["requestBody"] for _, _, each in operations(document) if "requestBody" in each]
    seen = set()
    for name in _reached(document, bodies):
        schema = document["components"]["schemas"][name]
        for field, described in schema.get("properties", {}).items():
            if field not in schema.get("required", ()):
                assert {"type": "null"} in described.get("anyOf", ()), (name, field)
                seen.add(name)
    assert {"SweepTraining", "TrainRequest"} <= seen

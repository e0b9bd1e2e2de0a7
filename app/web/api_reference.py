"""The data of the page on the API, read off the OpenAPI document for a template."""

from __future__ import annotations

import json
from typing import Any

from . import problems

Plain = dict[str, Any]

_SAID = {
    "Number": "number",
    "Numbers": "numbers",
    "Texts": "texts",
    "Flags": "flags",
    "Count": "number",
}


def guide(document: Plain) -> Plain:
    """The content of the page on the API: its calls in the document's order, and its problems."""
    schemas = document["components"]["schemas"]
    calls = [
        _call(path, method, operation, schemas)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    kinds = [{"code": code, "kind": kind} for code, kind in problems.KINDS.items()]
    return {
        "about": document["info"]["description"].replace("`", "").split("\n\n"),
        "calls": calls,
        "problems": sorted(kinds, key=lambda each: each["kind"].status),
    }


def _call(path: str, method: str, operation: Plain, schemas: Plain) -> Plain:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    example = body.get("example")
    asked = _fields(body["schema"], schemas) if body else _parameters(operation)
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "about": operation["description"],
        "fields": asked,
        "example": None if example is None else json.dumps(example, ensure_ascii=False, indent=2),
        "link": None if body or "{" in path else _address(path, operation),
        "curl": _curl(path, example, operation),
        "answer": _answer(operation, schemas),
        "statuses": {
            status: said["description"]
            for status, said in operation["responses"].items()
            if status != "200"
        },
    }


def _fields(schema: Plain, schemas: Plain) -> list[Plain]:
    found = _resolved(schema, schemas)
    required = found.get("required", [])
    return [
        {
            "name": name,
            "type": _type(each, schemas),
            "about": each.get("description", _resolved(each, schemas).get("description", "")),
            "required": name in required,
            "default": each.get("default"),
        }
        for name, each in found.get("properties", {}).items()
    ]


def _parameters(operation: Plain) -> list[Plain]:
    return [
        {
            "name": each["name"],
            "type": _type(each["schema"], {}),
            "about": each["description"],
            "required": each["required"],
            "default": each["schema"].get("default"),
        }
        for each in operation.get("parameters", [])
    ]


def _answer(operation: Plain, schemas: Plain) -> Plain:
    content = operation["responses"]["200"].get("content", {})
    schema = content.get("application/json", {}).get("schema")
    streamed = content.get("text/event-stream", {}).get("schema", {}).get("oneOf", [])
    events = {
        each["properties"]["event"]["const"]: each["properties"]["data"]["contentSchema"]
        for each in streamed
    }
    return {
        "fields": [] if schema is None else _fields(schema, schemas),
        "events": {name: _fields(each, schemas) for name, each in events.items()},
        "files": [media for media in content if media != "application/json"],
    }


def _type(schema: Plain, schemas: Plain) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        # These types are recursive: a list of them is one of them.
        said = _SAID.get(name)
        return _type(schemas.get(name, {}), schemas) if said is None else said
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(each, schemas) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), schemas)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'], schemas)}"
    return str(schema.get("type", "object"))


def _resolved(schema: Plain, schemas: Plain) -> Plain:
    if "$ref" in schema:
        found: Plain = schemas.get(schema["$ref"].rsplit("/", 1)[-1], {})
        return found
    return schema


def _address(path: str, operation: Plain) -> str:
    given = [
        f"{each['name']}={each['example']}"
        for each in operation.get("parameters", [])
        if "example" in each
    ]
    return path + ("?" + "&".join(given) if given else "")


def _curl(path: str, example: Plain | None, operation: Plain) -> str:
    if example is None:
        return f"curl 'http://localhost:8000{_address(path, operation)}'"
    body = json.dumps(example, ensure_ascii=False)
    return (
        f"curl http://localhost:8000{path} \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )

"""The published OpenAPI document: FastAPI's, with the schemas of the requests added."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from ..api import CALLS
from ..api.problem import Problem
from ..api.request import Asked
from ..api.schema import Schema, model

ABOUT = """\
Every call takes the text of a definition as `source` and, if wanted, `values` that replace written
numbers. Numbers are float64, written so that reading gives the same bits; what is not finite is the
string `"NaN"`, `"Infinity"` or `"-Infinity"`. Tensors are nested lists in row-major order. Nothing
is stored, and calls from other sites' pages are allowed.
"""


TAGS = {
    "definitions": "What is worked out of a definition.",
    "service": "What there is, and whether it works.",
}

REQUESTS = tuple(
    call.request for call in CALLS if call.request is not None and call.method == "POST"
)


def document(app: FastAPI) -> Schema:
    """The OpenAPI document of `app`; built once, then kept there."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="Backstep",
            version=app.version,
            description=ABOUT,
            routes=app.routes,
            servers=[{"url": "/", "description": "Where this document is."}],
            tags=[{"name": name, "description": about} for name, about in TAGS.items()],
        )
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        components.update(_schemas())
        app.openapi_schema = schema
    return app.openapi_schema


def as_json(app: FastAPI) -> bytes:
    """The document as bytes, as it is sent."""
    return orjson.dumps(document(app))


def _schemas() -> Schema:
    # Responses only refer to Problem and to events by name; both are added with the requests.
    told = {Problem, *(sent for call in CALLS for _, sent in call.events)}
    asked: Any = [(each, "validation", TypeAdapter(each)) for each in REQUESTS]
    answered: Any = [(each, "serialization", TypeAdapter(model(each))) for each in told]
    _, found = TypeAdapter.json_schemas(
        [*asked, *answered], ref_template="#/components/schemas/{model}"
    )
    schemas: Schema = found["$defs"]
    taken = _asked(Asked)
    for title, schema in schemas.items():
        if "properties" not in schema:
            continue
        required = schema.get("required", ())
        for name, field in schema["properties"].items():
            # A null default only says that the field may be left out, as `_or_null` does.
            if field.get("default", ...) is None:
                del field["default"]
            if title in taken:
                lenient = _by_name_or_null(field)
                schema["properties"][name] = lenient if name in required else _or_null(lenient)
    return schemas


def _asked(kind: type[Asked]) -> set[str]:
    """The names of the classes of what is asked, those of parts of a request too."""
    return {kind.__name__}.union(*map(_asked, kind.__subclasses__()))


def _by_name_or_null(field: Schema) -> Schema:
    """The schema of a field in which a value by name may be null, which leaves that name out."""
    if "anyOf" in field:
        return {**field, "anyOf": list(map(_by_name_or_null, field["anyOf"]))}
    named = field.get("additionalProperties")
    if not isinstance(named, dict):
        return field
    return {**field, "additionalProperties": {"anyOf": [named, {"type": "null"}]}}


_TOLD = ("title", "description", "default", "examples")
"""The keys of a field's schema other than those on its values."""


def _or_null(field: Schema) -> Schema:
    """The schema of a field for which null is the same as to leave it out."""
    told = {key: each for key, each in field.items() if key in _TOLD}
    taken = {key: each for key, each in field.items() if key not in _TOLD}
    return {"anyOf": [taken, {"type": "null"}], **told}

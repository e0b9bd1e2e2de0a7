"""docs/add-a-call.md is true: its call, added as it says to a copy, is served and described."""

from __future__ import annotations

from typing import Any

import pytest

from tests.guides.copies import copy, guide, printed, put, samples

pytestmark = pytest.mark.slow

GUIDE = "add-a-call"

# Run where `app` is the copy; a job runs here instead of in a worker.
SCRIPT = """
import json
from app.api.jobs import JOBS
from app.api.request import NEURON
from app.jobs.protocol import to_json
from app.web import api_reference
from app.web.main import create_app
from app.web.openapi import document
from app.web.routes import ROUTES
from tests.asking import CALLS

told = document(create_app())
(entry,) = [entry for entry in api_reference.guide(told)["calls"] if entry["id"] == "names"]
print(json.dumps({
    "answer": CALLS["names"]({"source": NEURON}),
    "job": json.loads(to_json(JOBS["names"](json.dumps({"source": NEURON}).encode()))),
    "routes": [(each.path, sorted(each.methods)) for each in ROUTES if "names" in each.path],
    "operation": told["paths"]["/api/v1/names"]["post"]["operationId"],
    "schema": told["components"]["schemas"]["Declared"],
    "entry": entry,
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy with the guide's call answers."""
    folder = copy(tmp_path_factory.mktemp("copy"))
    (module,) = samples(GUIDE)
    calls = folder / "app" / "api"
    (calls / "names.py").write_text(module, encoding="utf-8")
    put(calls / "__init__.py", "    hessian,\n", "    names,\n")
    put(calls / "__init__.py", "    hessian.CALL,\n", "    names.CALL,\n")
    return printed(folder, SCRIPT)


def test_it_answers_in_process_and_as_a_job(found: dict[str, Any]) -> None:
    names = [each["name"] for each in found["answer"]["names"]]
    assert names == ["x", "y", "w", "b", "lambda"]
    assert {each["name"]: each["shape"] for each in found["answer"]["names"]}["w"] == []
    assert found["job"] == found["answer"]


def test_it_is_served_and_described(found: dict[str, Any]) -> None:
    assert found["routes"] == [["/api/v1/names", ["POST"]]]
    assert found["operation"] == "names"
    assert set(found["schema"]["properties"]) == {"name", "role", "shape"}
    assert found["schema"]["required"] == ["name", "role", "shape"]


def test_the_guide_to_the_api_tells_it(found: dict[str, Any]) -> None:
    entry = found["entry"]
    assert entry["about"].startswith("The declared names")
    assert {field["name"] for field in entry["fields"]} >= {"source", "values"}
    assert "param" in entry["example"]


def test_the_guide_fits_two_screens() -> None:
    assert len(guide(GUIDE).splitlines()) <= 90

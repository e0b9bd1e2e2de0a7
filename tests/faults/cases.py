"""Texts that once came out wrong, each with what is right, and one way to ask any call. No checks.

`tests/data/faults/KIND.json` holds the cases of a kind: `id`, `call`, `request` and `want`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.api.events import framed
from app.jobs.protocol import JSON
from backstep.errors import BackstepError
from tests.checked import JOBS

DATA = Path(__file__).resolve().parent.parent / "data" / "faults"


def cases(kind: str) -> list[Any]:
    """The cases of one kind, as parameters of a test, named by what follows the slash."""
    found = json.loads((DATA / f"{kind}.json").read_text())
    return [pytest.param(case, id=case["id"].partition("/")[2]) for case in found]


def ask(call: str, request: Mapping[str, Any]) -> tuple[int, Any]:
    """A call such as "POST /derive" as a worker runs it: 200 and the answer, or 422 and the error.

    What would be a 500 is raised as it is, so that a test shows where it came from.
    """
    name = call.rpartition("/")[2]
    payload = orjson.dumps(request)
    if name == "sweep":
        # The job that begins one is given an id too.
        payload = framed(b"0" * 32, payload)
    try:
        found = JOBS[name](payload)
    except BackstepError as error:
        return 422, error.to_plain()
    return 200, orjson.loads(found.body) if found.media == JSON else found.body

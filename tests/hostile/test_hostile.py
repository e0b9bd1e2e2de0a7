"""Hundreds of hostile inputs against the running service: each gives its error, or its value.

`python -m tests.hostile` writes what they give now to `expected.json`; read it before it is kept.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.hostile.asking import Outcome, ask, brief
from tests.hostile.case import Case
from tests.hostile.corpus import cases

pytestmark = pytest.mark.slow

CASES = cases()
EXPECTED: dict[str, dict[str, object]] = json.loads(
    (Path(__file__).with_name("expected.json")).read_text(encoding="utf-8")
)
PATIENCE = 60.0
"""Seconds of wall time in which each is answered on a machine that is busy."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_it_gives_its_error_or_its_value(case: Case, server: str) -> None:
    begun = time.monotonic()
    outcome = ask(server, case)
    assert time.monotonic() - begun < PATIENCE
    assert brief(outcome) == EXPECTED[case.id]


def test_after_all_of_it_the_service_is_well(server: str) -> None:
    health = ask(server, Case("health", "/api/v1/health?ready=1"))
    assert json.loads(health.body)["state"] == "ready"


def test_every_kind_is_tried_and_nothing_is_expected_of_what_is_not() -> None:
    assert len(CASES) > 900
    assert {case.id for case in CASES} == set(EXPECTED)
    assert len({case.kind for case in CASES}) >= 15


def test_no_input_is_the_services_mistake() -> None:
    statuses = {name: told["status"] for name, told in EXPECTED.items()}
    assert {name for name, status in statuses.items() if status in (500, 501, 502, 503)} == set()
    late = {name for name, status in statuses.items() if status == 504}
    assert len(late) <= 3, late


def test_what_answers_name_no_file_and_show_no_traceback() -> None:
    assert not Outcome(200, {}, b"fine").leaks()
    assert Outcome(200, {}, b'File "/srv/app/x.py", line 3').leaks()

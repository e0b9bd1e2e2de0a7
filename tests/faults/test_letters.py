"""A training beside the text's own names, and the examples that each of its steps reads."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from app.api.events import framed, unframed
from tests.checked import JOBS
from tests.faults.cases import ask, cases

CASES = {case.id: case.values[0] for case in cases("letters")}


def events(request: dict[str, Any]) -> list[tuple[str, Any]]:
    """All events of a training, by name."""
    payload = json.dumps(request).encode()
    told, state = unframed(JOBS["train"](payload).body)
    found = told
    while state:
        told, state = unframed(JOBS["train_on"](framed(payload, state)).body)
        found += told
    blocks = [each.split(b"\n") for each in found.strip().split(b"\n\n")]
    return [(name[7:].decode(), json.loads(data[6:])) for name, data in blocks]


@pytest.mark.parametrize("name", ["momentum-b", "adam-v", "decay-g", "decay-lambda"])
def test_no_letter_stands_for_two_things(name: str) -> None:
    request = CASES[name]["request"]
    found = events(request)
    start = found[0][1]
    update = found[1][1]["update"]
    moved = [line["latex"] for line in update if line["latex"].startswith(request["watch"] + " ")]
    assert len(moved) == 1
    assert not re.search(rf"\\eta \\, {request['watch']}( |$)", moved[0])
    declared = set(re.findall(r"^(?:input|target|param|const) (\w+)", request["source"], re.M))
    given = re.findall(r"\b[a-z]+\b(?:_\w+)?", start["rule"]["text"])
    assert not (set(given) - {request["watch"], "w", "sqrt"}) & declared
    assert start["rule"]["letters"]
    assert start["rule"]["note"]


def test_a_step_names_the_rows_that_it_reads() -> None:
    case = CASES["rows"]
    found = events({**case["request"], "names": ["w", "b"]})
    (wanted,) = case["want"].values()
    steps = [data for name, data in found if name == "step"]
    assert [step["examples"] for step in steps] == wanted
    x, y = np.array([0, 1, 2, 3.0]), np.array([1, 2, 2, 4.0])
    for step in steps:
        rows, w, b = step["examples"], step["parameters"]["w"], step["parameters"]["b"]
        rest = w * x[rows] + b - y[rows]
        assert step["loss"] == pytest.approx(np.mean(rest**2))
        gradient = 2 * np.array([np.mean(rest * x[rows]), np.mean(rest)])
        assert step["gradient_norm"] == pytest.approx(np.linalg.norm(gradient))


def test_the_rows_are_declared_where_the_start_says() -> None:
    request = CASES["rows"]["request"]
    _, start = events(request)[0]
    lines = request["source"].split("\n")
    for row in start["examples"]["rows"]:
        assert row["line"] == row["end_line"]
        assert lines[row["line"] - 1].startswith(f"{row['role']} {row['name']} =")


def test_examples_are_all_where_all_are_read_and_one_where_there_is_one() -> None:
    whole = {**CASES["rows"]["request"], "batch": 4}
    assert all(data["examples"] == [0, 1, 2, 3] for name, data in events(whole) if name == "step")
    del whole["batch"]
    assert all(data["examples"] == [0] for name, data in events(whole) if name == "step")


def test_adamw_takes_its_decay_off_the_parameter() -> None:
    body = {"source": "param w = 2\nL = 0*w", "steps": 1, "optimiser": "adamw", "rate": 0.1}
    without = {**body, "weight_decay": 0}
    for request, wanted in ((body, 2 - 0.1 * 0.01 * 2), (without, 2)):
        summary = events(request)[-1][1]
        assert summary["parameters"]["w"] == pytest.approx(wanted)


def test_a_rule_is_still_read_by_the_language() -> None:
    for case in CASES.values():
        text = events(case["request"])[0][1]["rule"]["text"]
        names = set(re.findall(r"[a-z]\w*", text)) - {"sqrt", "minimum"}
        given = "\n".join(f"input {name} = 1" for name in sorted(names - {"eta"}))
        changed = [line.split(" = ")[0] for line in text.split("\n")]
        for name in changed:
            given = given.replace(f"input {name} = 1\n", f"{name} = 1\n") + "\n"
            given = given.replace(f"input {name} = 1", f"{name} = 1")
        status, answer = ask(
            "POST /evaluate", {"source": f"{given}\n{text}\nminimize {changed[-1]}"}
        )
        assert status == 200, answer

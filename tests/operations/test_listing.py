"""The entries: all that the language has, each complete, printed as it is computed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backstep.lang.compile.compiler import compile_text
from backstep.operations import operations
from backstep.ops import FUNCTIONS, TABLE
from tests.asking import CALLS, plain

Plain = dict[str, Any]

ENTRIES = plain(operations())
BY_ID = {entry["id"]: entry for entry in ENTRIES}
each = pytest.mark.parametrize("entry", ENTRIES, ids=list(BY_ID))


def test_every_function_and_every_sign_has_one_entry() -> None:
    signs = {"add", "subtract", "multiply", "divide", "power", "negate", "matmul", "index", "array"}
    comparisons = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
    assert len(BY_ID) == len(ENTRIES)
    assert set(BY_ID) == set(FUNCTIONS) | signs | comparisons


def test_groups_stand_together() -> None:
    groups = [entry["group"] for entry in ENTRIES]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
    assert groups[0] == "operators"


def test_it_is_plain_data() -> None:
    assert json.loads(json.dumps(ENTRIES)) == ENTRIES


@each
def test_the_example_runs_and_holds_the_operation(entry: Plain) -> None:
    answer = CALLS["evaluate"]({"source": entry["source"]})
    assert isinstance(answer["loss"]["value"], float)
    if entry["id"] in FUNCTIONS:
        assert f"{entry['name']}(" in entry["source"] or entry["also"]
    else:
        assert entry["id"] in {node.op for node in compile_text(entry["source"]).graph.nodes}


@each
def test_the_example_has_something_to_derive(entry: Plain) -> None:
    answer = CALLS["evaluate"]({"source": entry["source"]})
    reasons = [part["reason"] for rule in entry["rules"] for part in rule["partials"]]
    if entry["rules"] and not all(reasons):
        assert any(np.any(np.array(part) != 0) for part in answer["partials"].values())


@each
def test_every_tensor_input_has_a_partial_or_a_reason(entry: Plain) -> None:
    for rule in entry["rules"]:
        assert [part["name"] for part in rule["partials"]] == list(rule["inputs"])
        for part in rule["partials"]:
            assert (part["latex"] is None) == (part["text"] is None) == (part["reason"] is not None)
    if entry["id"] in FUNCTIONS and not entry["composite"]:
        tensors = [
            parameter.name
            for parameter in FUNCTIONS[entry["id"]].parameters
            if parameter.kind in ("tensor", "condition")
        ]
        assert all(name in [*tensors, *"abW"] for rule in entry["rules"] for name in rule["inputs"])


@each
def test_shapes_are_said(entry: Plain) -> None:
    assert entry["elementwise"] or entry["shapes"]
    for shape in entry["shapes"]:
        assert shape["call"]


@each
def test_what_a_composite_is_made_of_is_said(entry: Plain) -> None:
    assert bool(entry["made_of"]) == entry["composite"]
    assert set(entry["made_of"]) <= set(TABLE)


@pytest.mark.parametrize("name", [name for name in BY_ID if name in TABLE and TABLE[name].kinks])
def test_conventions_are_the_rows_own(name: str) -> None:
    assert BY_ID[name]["conventions"] == [kink.words for kink in TABLE[name].kinks]


def test_functions_of_one_value_have_a_picture() -> None:
    drawn = {entry["id"] for entry in ENTRIES if entry["plot"]}
    assert drawn >= {"exp", "log", "sigmoid", "relu", "clip", "round", "step", "gelu", "abs"}
    assert not drawn & {"add", "maximum", "sum", "where", "softmax", "dense", "mse"}


def test_a_rule_reads_as_it_is_written() -> None:
    (rule,) = BY_ID["sigmoid"]["rules"]
    (partial,) = rule["partials"]
    assert partial["text"] == "g*(out*(1 - out))"
    assert partial["latex"] == r"g \cdot \mathrm{out} \, \left(1 - \mathrm{out}\right)"
    first = BY_ID["matmul"]["rules"][0]
    assert [part["text"] for part in first["partials"]] == ["outer(g, b)", "a.T @ g"]
    assert BY_ID["sign"]["rules"][0]["partials"][0]["reason"].startswith("sign is flat")


def test_a_function_is_written_out_where_its_name_says_nothing() -> None:
    assert BY_ID["sigmoid"]["formula"]["written_out"]["latex"] == r"\frac{1}{1 + e^{-x}}"
    assert BY_ID["exp"]["formula"]["written_out"] is None
    assert BY_ID["round"]["formula"]["written_out"] is None
    assert len(BY_ID["selu"]["formula"]["written_out"]["latex"]) < 200


def test_values_that_are_read_twice_are_steps() -> None:
    steps = BY_ID["lstm_cell"]["steps"]
    assert [step["name"] for step in steps] == ["s", "second"]
    assert steps[0]["text"] == "W_x @ x + W_h @ h + b"
    assert "second" in BY_ID["lstm_cell"]["formula"]["text"]


# A comparison counts as 1 or 0 in a rule; in a text it only chooses.
COMPARING = {"power", "hardtanh", "clip", "max", "min", "norm", "sort"} | {
    entry["id"] for entry in ENTRIES if entry["group"] == "choice"
}
# A value that is repeated along an axis is written as itself.
REPEATING = {"cumprod", "prod_except", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"}
# Whole numbers, where others are drawn.
BY_NUMBER = {"take", "put", "embedding"}
PRINTED = [
    pytest.param(entry, rule, id=f"{entry['id']}-{number}")
    for entry in ENTRIES
    for number, rule in enumerate(entry["rules"])
    # Its formula is that of the first rule's shapes, and all of it can be typed.
    if number == 0 and not entry["terms"] and entry["id"] not in COMPARING | REPEATING | BY_NUMBER
]


@pytest.mark.parametrize(("entry", "rule"), PRINTED)
def test_what_is_printed_is_what_is_computed(entry: Plain, rule: Plain) -> None:
    """The printed partials are texts of the language: typed in, they give the partials."""
    declared = [_declared(name, shape) for name, shape in rule["inputs"].items()]
    steps = [f"{step['name']} = {step['text']}" for step in entry["steps"]]
    lines = [
        *declared,
        _declared("g", rule["output"]),
        *steps,
        f"out = {entry['formula']['text']}",
        "L = sum(g*out)",
    ]
    typed = [part for part in rule["partials"] if part["text"]]
    lines += [f"partial_{part['name']} = {part['text']}" for part in typed] + ["minimize L"]
    answer = CALLS["evaluate"]({"source": "\n".join(lines)})
    assert typed or all(part["reason"] for part in rule["partials"])
    for part in typed:
        printed = np.array(answer["values"][f"partial_{part['name']}"])
        computed = np.array(answer["partials"][part["name"]])
        np.testing.assert_allclose(
            np.broadcast_to(printed, computed.shape), computed, rtol=1e-12, atol=1e-12
        )


def _declared(name: str, shape: list[int]) -> str:
    brackets = f"[{', '.join(map(str, shape))}]" if shape else ""
    return f"param {name}{brackets} ~ uniform(0.2, 0.8)"

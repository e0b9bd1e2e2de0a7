"""What a reader is told of each operation: a sentence, an example that runs, words at its kinks."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from backstep.lang.compile.compiler import compile_text
from backstep.operations.examples import complete
from backstep.ops import FUNCTIONS, TABLE
from backstep.ops.library import REQUIRED
from backstep.ops.row import Kink, Row
from tests.ops.cases import build, cases

# What is declared, what a written number becomes, and what rules alone build.
WITHOUT_EXAMPLE = {"leaf", "seed", "constant", "carry", "guard", "log_slope", "swap_last"} | {
    "expand",
    "sum_to",
    "broadcast_to",
    "scatter",
    "place",
    "mask",
    "times_log",
    "conv_weight",
    "conv_input",
}


def operations_of(example: str, **given: Any) -> set[str]:
    return {node.op for node in compile_text(complete(example, **given)).graph.nodes}


def is_prose(text: str) -> bool:
    """One sentence or two, from a capital (or a figure, or the name n) to a full stop."""
    return bool(re.fullmatch(r"[A-Z0-9−n].*\.", text)) and len(re.findall(r"\.(?:\s|$)", text)) <= 2


@pytest.mark.parametrize("name", TABLE)
def test_every_row_is_described_in_a_sentence(name: str) -> None:
    assert is_prose(TABLE[name].doc), TABLE[name].doc


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_described_in_a_sentence(name: str) -> None:
    assert is_prose(FUNCTIONS[name].doc), FUNCTIONS[name].doc


@pytest.mark.parametrize("name", sorted(set(TABLE) - WITHOUT_EXAMPLE))
def test_every_rows_example_runs_and_uses_the_row(name: str) -> None:
    row = TABLE[name]
    assert name in operations_of(row.example, elementwise=row.elementwise)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_functions_example_runs_and_calls_it(name: str) -> None:
    function = FUNCTIONS[name]
    assert operations_of(function.example, outputs=function.outputs)
    assert f"{name}(" in function.example or name in TABLE


def test_what_no_text_reaches_has_no_example() -> None:
    assert {name for name, row in TABLE.items() if not row.example} == WITHOUT_EXAMPLE


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_signature_names_every_parameter_and_default(name: str) -> None:
    function = FUNCTIONS[name]
    assert function.signature.startswith(f"{name}(")
    for parameter in function.parameters:
        assert parameter.name in function.signature
        if parameter.default not in (REQUIRED, None) and parameter.kind not in ("number", "order"):
            assert f"{parameter.name}={parameter.default}".lower() in function.signature.lower()


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.kinks])
def test_every_kink_says_what_was_chosen(name: str) -> None:
    codes = [kink.code for kink in TABLE[name].kinks]
    assert len(set(codes)) == len(codes)
    for kink in TABLE[name].kinks:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kink.code)
        assert len(kink.words.split()) > 4
        assert not kink.words.endswith(".")


@pytest.mark.parametrize("name", [n for n, row in TABLE.items() if row.samples])
def test_a_rule_without_a_partial_says_why(name: str) -> None:
    for case in cases(name):
        built = build(case)
        back = built.back(built.node, built.seed("u", built.node.shape))
        for parts in back.contributions.values():
            for part in parts:
                assert (part.partial is None) == (part.reason is not None), case.id


@pytest.mark.parametrize("name", TABLE)
def test_the_notation_prints_every_input(name: str) -> None:
    row = TABLE[name]
    for sample in row.samples:
        inputs = [f"q{place}" for place in range(len(sample.shapes))]
        params = {key: value for key, value in sample.params.items() if key != "strong"}
        written = row.notation.text(*inputs, **params)
        shown = inputs[-1:] if row.transparent else inputs
        assert all(spelled in written for spelled in shown), written
    assert row.notation.sign or row.leaf


RULED_OUT = [(row, kink) for row in TABLE.values() for kink in row.kinks if kink.second is not None]


@pytest.mark.parametrize(("row", "kink"), RULED_OUT, ids=lambda each: getattr(each, "name", ""))
def test_what_rules_a_kink_out_holds_wherever_it_hits(row: Row, kink: Kink) -> None:
    edges = [-np.inf, -2.0, -1.0, -0.5, -0.0, 0.0, 1e-300, 0.5, 1.0, 2.0, 3.5, np.inf, np.nan]
    a, b = np.meshgrid(edges, edges)
    assert kink.second is not None
    hits, second = np.asarray(kink.hits(a, b)), np.asarray(kink.second(b))
    assert row.arity == (2, 2)
    assert hits.any()
    assert not (hits & ~second).any()
    assert not second.all()

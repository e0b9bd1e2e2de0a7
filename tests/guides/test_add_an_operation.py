"""docs/add-an-operation.md is true: its row, added as it says to a copy, is whole."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import numpy as np
import pytest

from tests.guides.copies import copy, guide, printed, put, samples

pytestmark = pytest.mark.slow

GUIDE = "add-an-operation"
SOURCE = "param x = 0.5\nout = log_cosh(x)\nL = out^2\n"

# Run where `app` is the copy; what it prints is looked at below.
SCRIPT = """
import json
from tests.asking import CALLS, plain
from backstep.operations import operations
from backstep.ops import TABLE
from tests.ops.cases import cases
from tests.ops.checks import CHECKS, failures, forms_agree

source = json.loads({source!r})
(entry,) = [entry for entry in plain(operations()) if entry["id"] == "log_cosh"]
checks = {{**CHECKS, "forms_agree": forms_agree}}
print(json.dumps({{
    "evaluate": CALLS["evaluate"]({{"source": source}}),
    "derive": CALLS["derive"]({{"source": source, "form": "scalar"}}),
    "check": CALLS["analyze_part"]({{"source": source, "part": "check"}}),
    "steps": CALLS["steps"]({{"source": source, "zoom": "tensor"}}),
    "svg": CALLS["graph"](
        {{"source": source, "format": "svg", "zoom": "tensor", "direction": "LR"}}
    ),
    "operation": entry,
    "compare": CALLS["compare"](
        {{"source": source, "of": "x", "answer": "2*log_cosh(x)*sinh(x)/cosh(x)"}}
    ),
    "cases": len(list(cases("log_cosh"))),
    "failures": {{name: list(failures(check, "log_cosh")) for name, check in checks.items()}},
}}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy with the guide's row answers."""
    folder = copy(tmp_path_factory.mktemp("copy"))
    row, name, function, exact = samples(GUIDE)
    family, catalogue = (
        folder / "backstep" / "ops" / f"{name}.py" for name in ("activations", "catalogue")
    )
    put(family, "ROWS: tuple[Row, ...] = (\n", textwrap.indent(row.rstrip() + ",\n", "    "))
    put(family, '_where = operation("where")\n', name)
    put(
        catalogue,
        "_ALL: tuple[Function, ...] = (\n",
        textwrap.indent(function.rstrip() + ",\n", "    "),
    )
    exactly = folder / "backstep" / "ops" / "exact.py"
    put(exactly, "EXACT: Mapping[str, Exact] = {\n", textwrap.indent(exact, "    "))
    return printed(folder, SCRIPT.format(source=json.dumps(SOURCE)))


def test_it_is_parsed_and_evaluated(found: dict[str, Any]) -> None:
    out, slope = np.log(np.cosh(0.5)), np.tanh(0.5)
    assert found["evaluate"]["values"]["out"] == pytest.approx(out, rel=1e-15)
    assert found["evaluate"]["gradients"]["x"] == pytest.approx(2 * out * slope, rel=1e-15)
    assert found["evaluate"]["warnings"] == []


def test_it_is_derived_by_sympy_too_and_both_agree(found: dict[str, Any]) -> None:
    assert r"\operatorname{log\_cosh}" in found["derive"]["loss"]["latex"]
    assert "sinh(x)/cosh(x)" in found["derive"]["gradients"]["x"]["text"]
    check = found["check"]
    assert check["agree"] is True
    assert check["symbolic"]["compared"] == check["differences"]["compared"] == 1


def test_it_is_drawn_and_walked(found: dict[str, Any]) -> None:
    assert "log_cosh" in found["svg"]
    formulas = [step["formula"]["text"] for step in found["steps"]["steps"] if step.get("formula")]
    assert "log_cosh(x)" in formulas


def test_it_is_documented(found: dict[str, Any]) -> None:
    entry = found["operation"]
    assert (entry["signature"], entry["group"]) == ("log_cosh(x)", "elementwise")
    (partial,) = entry["rules"][0]["partials"]
    assert partial["text"] == "g*tanh(x)"
    assert entry["plot"].startswith("<svg")
    assert "log_cosh(x)" in entry["source"]


def test_it_is_checked_by_being_in_the_table(found: dict[str, Any]) -> None:
    assert found["cases"] >= 3
    assert set(found["failures"]) >= {"differences", "derived", "second_order", "forms_agree"}
    assert not any(found["failures"].values()), found["failures"]


def test_answers_with_it_are_proved(found: dict[str, Any]) -> None:
    assert found["compare"]["equal"] is True
    assert found["compare"]["proof"] == "fingerprint"


def test_the_table_itself_is_as_it_was() -> None:
    from backstep.ops import FUNCTIONS, TABLE

    assert "log_cosh" not in TABLE
    assert "log_cosh" not in FUNCTIONS


def test_the_guide_fits_one_screen() -> None:
    assert len(guide(GUIDE).splitlines()) <= 60

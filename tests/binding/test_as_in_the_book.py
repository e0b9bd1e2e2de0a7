"""The printed gradient beside the book's; where the text's own parts overflow it is theirs."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import array, backprop, read_back

ROOT = Path(__file__).parents[1]
SOFTMAX = "e = exp(z)\ns = e/sum(e)\nL = -log(pick(s, k))"


def printed(definition: str, of: str) -> str:
    answer = CALLS["derive"]({"source": definition, "form": "matrix", "wrt": [of]})
    text: str = answer["gradients"][of]["text"]
    return text


@pytest.mark.parametrize(
    ("definition", "of"),
    [
        ("param z = [1000, 0, 1]\ntarget k = 1\n" + SOFTMAX, "z"),
        ("param z = -800\nu = 1/(1 + exp(-z))\nL = (u - 1)^2", "z"),
        ("param z = [-800, -900]\nL = log(sum(exp(z)))", "z"),
        ("param x = 60\np = exp(-x^2/2)/sqrt(2*pi)\nL = log(p)", "x"),
        ("param x = -2\nL = sqrt(x)*sqrt(x)*x", "x"),
    ],
)
def test_where_a_part_overflows_the_formula_has_the_value_that_is_shown(
    definition: str, of: str
) -> None:
    (shown,) = (value for name, value in backprop(definition).items() if name == of)
    (read,) = read_back(definition, [("found", printed(definition, of))]).values()
    np.testing.assert_allclose(read, shown)


def test_the_loss_is_shown_as_it_is_typed() -> None:
    source = "param z = 0.3\nL = 1/(1 + exp(-z))"
    answer = CALLS["derive"]({"source": source, "form": "matrix"})
    assert answer["loss"]["text"] == "1 / (1 + exp(-z))"
    assert answer["gradients"]["z"]["text"] == "L*(1 - L)"


BOOKS = json.loads((ROOT / "data" / "book_gradients.json").read_text(encoding="utf-8"))
_FREE = frozenset({"ones", "zeros", "eye", "one_hot", "reshape"})
"""Functions of constants, and what only lines up: no operation on a board."""


def operations(formula: str) -> int:
    """Signs and functions of a formula; a transpose and an index are none."""
    text = re.sub(r"\blambda\b", "lambda_", formula.replace("^", "**"))
    count = 0
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.UnaryOp):
            count += not isinstance(node.operand, ast.Constant)
        elif isinstance(node, ast.Call):
            count += not (isinstance(node.func, ast.Name) and node.func.id in _FREE)
        else:
            count += isinstance(node, (ast.BinOp, ast.Compare))
    return count


@pytest.mark.parametrize("case", BOOKS, ids=lambda case: str(case["id"]))
def test_the_gradient_is_as_short_as_the_books(case: dict[str, Any]) -> None:
    """Both are the partial; the table holds both counts, and why one is longer than a quarter."""
    of, ours = case["of"], printed(case["definition"], case["of"])
    loss = case["definition"].splitlines()[-1].split()[0]
    pasted = f"book_ = {case['book']}\nours_ = {ours}\nminimize {loss}"
    found = CALLS["evaluate"](
        {"source": f"{case['definition']}\n{pasted}", "names": [of, "book_", "ours_"]}
    )
    partial = array(found["partials"][of])
    for name in ("book_", "ours_"):
        np.testing.assert_allclose(array(found["values"][name]), partial, rtol=1e-9, err_msg=name)
    counts = (operations(case["book"]), operations(ours))
    assert counts == (case["book_operations"], case["operations"]), ours
    assert ("reason" in case) == (counts[1] > 1.25 * counts[0]), ours


def test_there_are_cases_of_many_sources() -> None:
    assert len(BOOKS) >= 60
    assert len({case["source"] for case in BOOKS}) >= 30
    assert sum("reason" in case for case in BOOKS) <= 5

"""Tensors of no elements: one convention, NumPy's, in every call and in all that reduces.

Written for users in docs/language.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.api import CALLS
from backstep.lang.compile.compiler import compile_text
from backstep.ops import TABLE
from tests.faults.cases import ask

X = np.array([1.0, 2.0, 3.0])
M = np.array([[1.0, 2.0], [3.0, 4.0]])
GIVEN = "param x = [1, 2, 3]\nparam M = [[1, 2], [3, 4]]\nparam w = 2\n"
GIVEN += "e = x[3:]\nE = M[:, 2:]\nR = M[2:]\n"
e, E, R = X[3:], M[:, 2:], M[2:]

FINITE: list[tuple[str, float]] = [
    ("sum(e)", e.sum()),
    ("prod(e)", e.prod()),
    ("norm(e)", float(np.linalg.norm(e))),
    ("dot(e, e)", float(np.dot(e, e))),
    ("e @ e", float(e @ e)),
    ("sum(E @ R + M)", (E @ R + M).sum()),
    ("sum(R @ E)", (R @ E).sum()),
    ("sum(prod_except(e))", 0),
    ("sum(softmax(e))", 0),
    ("sum(log_softmax(e))", 0),
    ("sum(sum(E, axis=1))", E.sum(axis=1).sum()),
    ("sum(prod(E, axis=1))", E.prod(axis=1).sum()),
    ("sum(norm(E, axis=1))", np.linalg.norm(E, axis=1).sum()),
    ("sum(sum(E, axis=0))", E.sum(axis=0).sum()),
    ("sum(mean(E, axis=0))", E.mean(axis=0).sum()),
    ("sum(var(E, axis=0))", E.var(axis=0).sum()),
    ("sum(max(E, axis=0))", E.max(axis=0).sum()),
    ("sum(min(E, axis=0))", E.min(axis=0).sum()),
    ("sum(logsumexp(E, axis=0))", 0),
    ("sum(softmax(E, axis=0))", 0),
    ("sum(log_softmax(E, axis=1))", 0),
    ("sum(outer(e, x))", np.outer(e, X).sum()),
    ("sum(concat(e, x))", np.concatenate([e, X]).sum()),
    ("sum(stack(e, e))", np.stack([e, e]).sum()),
    ("nll(e, e)", 0),
    ("sum(cumsum(e))", e.cumsum().sum()),
    ("sum(sort(e))", np.sort(e).sum()),
    ("sum(std(E, axis=0))", E.std(axis=0).sum()),
    ("sum(argmax(E, axis=0))", E.argmax(axis=0).sum()),
    ("kl(e, e)", 0),
    ("entropy(e)", 0),
]
NOT_A_NUMBER = [
    "mean(e)",
    "var(e)",
    "std(e)",
    "mae(e, e)",
    "mse(e, e)",
    "bce(e, e)",
    "sum(mean(E, axis=1))",
]
REFUSED = [
    ("max(e)", "'max' of nothing is not defined"),
    ("min(e)", "'min' of nothing is not defined"),
    ("argmax(e)", "'argmax' of nothing is not defined"),
    ("logsumexp(e)", "'logsumexp' of nothing is not defined"),
    ("sum(max(E, axis=1))", "'max' of nothing is not defined"),
    ("sum(min(E, axis=1))", "'min' of nothing is not defined"),
    ("sum(logsumexp(E, axis=1))", "'logsumexp' of nothing is not defined"),
]
NOT_MADE = [
    *("sum(zeros(0))", "sum(ones(2, 0))", "sum([])", "sum(reshape(e, 0))", "sum(arange(0))"),
    *("sum(linspace(0, 1, 0))", "sum(eye(0))", "sum(one_hot(0, 0))", "sum(dense(e, 2))"),
]

ASKED: list[tuple[str, dict[str, Any]]] = [
    ("evaluate", {}),
    *(("derive", {"form": form}) for form in ("auto", "scalar", "matrix", "shared")),
    *(("steps", {"zoom": zoom}) for zoom in ("block", "tensor", "scalar")),
    *(("graph", {"zoom": zoom}) for zoom in ("block", "tensor", "scalar")),
    ("analyze", {}),
    ("compare", {"of": "w", "answer": "2*w"}),
    ("compare", {"of": "x", "answer": "0*x"}),
    ("derivation", {"of": "w"}),
    ("derivation", {"of": "x"}),
    ("paths", {"of": "x"}),
    ("cost", {}),
    ("export", {"target": "numpy"}),
    ("export_check", {}),
    ("check", {}),
    ("hessian", {"wrt": ["w"]}),
    ("jacobian", {"of": "L", "wrt": "w"}),
    ("jacobian", {"of": "L", "wrt": "x"}),
    ("jacobian", {"of": "x", "wrt": "x"}),
    ("train", {"steps": 1, "rate": 0.1}),
    ("sweep", {"train": {"steps": 1}, "over": {"rate": [0.1]}}),
]
READS_NO_TEXT = {"examples", "operations", "health", "import"} | {
    call.name for call in CALLS if call.method == "GET"
}
"""Calls that are given no definition, and those that answer to a link what others answer."""


def answers(loss: str, check: Callable[[str, int, Any], None]) -> None:
    source = f"{GIVEN}L = w^2 + {loss}"
    for call, more in ASKED:
        status, answer = ask(f"POST /{call}", {"source": source, **more})
        check(call, status, answer)


@pytest.mark.parametrize(("formula", "value"), FINITE)
def test_what_has_a_value_has_numpys_in_every_call(formula: str, value: float) -> None:
    # What x gives is of no effect where only the empty part of it is used.
    uses = "x)" in formula or "M)" in formula

    def check(call: str, status: int, answer: Any) -> None:
        assert status == 200, (call, answer)
        if call in ("evaluate", "hessian"):
            assert answer["loss"]["value"] == 4 + value
            assert answer["warnings"] == []
        if call == "analyze":
            assert answer["numbers"]["loss"]["value"] == 4 + value
        if call == "evaluate":
            assert answer["partials"]["w"] == 4
            assert answer["partials"]["e"] == []
            assert answer["partials"]["x"] == ([1, 1, 1] if "concat" in formula else [0, 0, 0])
        if call == "check":
            assert answer["agree"]
        if call == "compare" and (answer["of"] == "w" or not uses):
            assert answer["equal"]

    answers(formula, check)


@pytest.mark.parametrize("formula", NOT_A_NUMBER)
def test_a_mean_of_nothing_is_no_number_and_is_told(formula: str) -> None:
    def check(call: str, status: int, answer: Any) -> None:
        assert status == 200, (call, answer)
        if call == "evaluate":
            assert answer["loss"]["value"] == "NaN"
            assert [warning["code"] for warning in answer["warnings"]] == ["not_finite"]
            assert answer["partials"]["x"] == [0, 0, 0]
        if call == "check":
            assert answer["agree"]

    answers(formula, check)


@pytest.mark.parametrize(("formula", "said"), REFUSED)
def test_what_has_no_value_is_refused_in_every_call_alike(formula: str, said: str) -> None:
    messages = set()

    def check(call: str, status: int, answer: Any) -> None:
        assert status == 422, call
        messages.add(answer["faults"][0]["message"])

    answers(formula, check)
    (message,) = messages
    assert said in message


@pytest.mark.parametrize("formula", NOT_MADE)
def test_nothing_but_a_slice_is_empty(formula: str) -> None:
    status, answer = ask("POST /evaluate", {"source": f"{GIVEN}L = w^2 + {formula}"})
    assert status == 422, answer


def test_all_that_reduce_and_all_calls_are_among_them() -> None:
    asked = {call for call, _ in ASKED}
    assert asked == {call.name for call in CALLS} - READS_NO_TEXT
    along = {name for name, row in TABLE.items() if any("axis" in s.params for s in row.samples)}
    used = {"expand"}  # a gradient's own
    for formula, _ in FINITE:
        graph = compile_text(f"{GIVEN}L = w^2 + {formula}").graph
        for node in graph.nodes[: graph.forward_count]:
            if any(0 in each.shape for each in node.nodes):
                used.add(node.op)
    assert along | {"dot", "matmul", "outer"} <= used

"""Derivations: each line is worth what it says, and the last is the answer.

A line's right side is read back by the language and held against the derivative that its left
side is, worked out by reverse mode; so a line that is wrong, or out of place, is found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from backstep.autodiff.gradient import through_convolutions
from backstep.binding.bind import bind
from backstep.binding.valid_formulas import InForce
from backstep.errors import BackstepError, LimitError
from backstep.formula.matrix import Forms
from backstep.formula.tree import Neg
from tests.asking import CALLS
from tests.binding.reading import read_back
from tests.derivation.on_paper import (
    BOARD,
    ROWS,
    SOURCES,
    TYPED,
    asked,
    check,
    formula,
    worked,
)
from tests.derivation.test_path_products import networks

derivation = CALLS["derivation"]


@settings(max_examples=12, deadline=None)
@given(networks())
def test_every_line_of_a_random_network_is_worth_its_left_side(source: str) -> None:
    prepared, tree = worked(source, "w")
    lines = [line for _, line in tree.walk()]
    check(prepared, source, lines)
    if len(lines) > 1:
        assert formula(lines[-1].steps[-1]) is not None


@pytest.mark.slow
@pytest.mark.parametrize("example", SOURCES)
def test_every_line_of_every_example_is_worth_its_left_side(example: str) -> None:
    source = SOURCES[example]
    for of in asked(source):
        prepared, tree = worked(source, of)
        check(prepared, source, [line for _, line in tree.walk()])


@pytest.mark.parametrize("name", TYPED)
def test_every_line_is_worth_its_left_side(name: str) -> None:
    source = TYPED[name]
    for of in asked(source):
        prepared, tree = worked(source, of)
        lines = [line for _, line in tree.walk()]
        assert check(prepared, source, lines), of
        assert not lines[-1].steps or formula(lines[-1].steps[-1]) is not None


SLOWEST = ("lstm", "ten-relu-he")
"""Examples whose derivations take a second and more; what they are made of, others have too."""


@pytest.mark.parametrize(
    "example",
    [pytest.param(each, marks=pytest.mark.slow) if each in SLOWEST else each for each in SOURCES],
)
def test_the_derivation_ends_in_the_answer(example: str) -> None:
    source = SOURCES[example]
    prepared = bind(source)
    loss = prepared.definition.loss
    adjoints = {**prepared.model.back.adjoints, **through_convolutions(loss, ())}
    forms = Forms(prepared.definition)
    in_force = InForce(prepared.numbers, forms)
    for leaf in prepared.definition.leaves:
        if leaf.role != "param" or leaf.label:
            continue
        found = derivation({"source": source, "of": leaf.name})
        adjoint = adjoints.get(leaf.node.id)
        try:
            zero = forms.zero(leaf.node.shape)
            mend = None if adjoint is None else in_force.mend(adjoint)
            answer = (zero if adjoint is None else forms.formula(adjoint, mend=mend)).latex
        except BackstepError:
            continue  # too large to be written out; the last line keeps the partials' names
        assert found["conclusion"]["latex"] == answer
        lines = [line for line in found["lines"] if " = " in line["latex"]]
        remarks = sum(line["rule"] == "given" for line in lines)
        last = lines[-1 - (lines[-1]["rule"] == "given")]
        assert last["latex"].endswith(f" = {answer}"), (example, leaf.name)
        assert remarks or f"= {answer}" in found["align"].splitlines()[-2]


def test_a_planted_line_is_found() -> None:
    source = TYPED["S7"]
    prepared, tree = worked(source, "s")
    caught = 0
    for _, line in tree.walk():
        if not line.steps or formula(line.steps[-1]) is None or line.top is None:
            continue
        *before, last = line.steps
        assert last.said is not None
        wrong = replace(line, steps=(*before, replace(last, said=Neg(last.said))))
        with pytest.raises(AssertionError):
            check(prepared, source, [wrong])
        caught += 1
    assert caught >= 6


def test_the_tree_holds_every_line_once() -> None:
    answer = derivation({"source": TYPED["S8"], "of": "W"})

    def numbers(rule: dict[str, Any]) -> list[int]:
        return [*rule["lines"], *(n for part in rule["parts"] for n in numbers(part))]

    assert numbers(answer["tree"]) == [line["number"] for line in answer["lines"]]
    assert answer["tree"]["title"] == "chain rule"


@pytest.mark.parametrize(
    ("source", "of"),
    [
        (TYPED["S8"], "W[1,0]"),
        (TYPED["S8"], "h[1]"),
        (TYPED["S6"], "W_1[1,2]"),
        (TYPED["a batch"], "W[1,0]"),
        (TYPED["a bias for every row"], "b[1]"),
        (SOURCES["batch-loss"], "w[1]"),
        ("param b = [1, 2]\nL = sum(b)\n", "b[1]"),
        ("param A = [[1, 2], [3, 4]]\nL = sum((A.T + [1, 2])^2)\n", "A[0,1]"),
        ("param p = [1, 2]\nL = sum(sign(p))\n", "p[1]"),
    ],
)
def test_an_elements_derivation_ends_in_the_element_of_the_whole(source: str, of: str) -> None:
    name, _, place = of.rstrip("]").partition("[")
    whole = derivation({"source": source, "of": name})["lines"]
    answer = derivation({"source": source, "of": of})
    place_of = [line["rule"] for line in answer["lines"]].index("element")
    before, last = answer["lines"][:place_of], answer["lines"][place_of]
    if place_of == len(whole) - 1:  # the whole has a remark behind its answer
        assert whole.pop()["rule"] == answer["lines"][-1]["rule"] == "given"
    assert [line["text"] for line in before] == [line["text"] for line in whole]
    assert last["rule"] == "element"
    assert answer["shape"] == []
    prepared = bind(source)
    prepared.seal()
    node = prepared.definition.names[name][-1].node
    partial = np.broadcast_to(prepared.numbers().partial(node), node.shape)
    at = tuple(int(part) for part in place.split(","))
    read = read_back(source, [("read", answer["conclusion"]["text"])])["read"]
    np.testing.assert_allclose(read, partial[at], rtol=1e-12)
    matrix = CALLS["derive"]({"source": source, "form": "matrix", "wrt": [of]})
    derived, remark = matrix["gradients"][of], answer["lines"][-1]
    assert bool(matrix["sums_to_one"]) == (remark["rule"] == "given")
    if remark["rule"] == "given":
        assert derived["text"] == remark["formula"]
        assert remark["latex"].endswith(f" = {derived['latex']}")
    else:
        assert derived["text"] == answer["conclusion"]["text"]
        assert derived["latex"] == answer["conclusion"]["latex"]


def test_an_element_is_taken_inside() -> None:
    *_, last, remark = derivation({"source": TYPED["S8"], "of": "W[1,0]"})["lines"]
    assert last["text"].endswith("= (sum(z)·a[1] − z[1])·step(q[1])·x[0]")
    indexed = r"\left(a_{1} - z_{1}\right) \, \mathbf{1}\left[q_{1} > 0\right] \, x_{0}"
    assert remark["latex"] == rf"\frac{{\partial J}}{{\partial W_{{1,0}}}} = {indexed}"
    source = "param s = [1, 2, 3]\nf = softmax(s)\nL = -log(f[1])\n"
    for place, answer in ((0, "f[0]"), (1, "f[1] − 1")):
        lines = derivation({"source": source, "of": f"s[{place}]"})["lines"]
        assert lines[-1]["text"].endswith(f"= {answer}")


@pytest.mark.parametrize(
    ("source", "of", "answer", "remark"),
    [
        (TYPED["S8"], "W", "outer((sum(z)·a − z)·step(q), x)", "outer((a − z)·step(q), x)"),
        (TYPED["S8"].replace("[0, 1, 0]", "[0, 1, 1]"), "W", "outer((sum(z)·a − z)·s", None),
        (BOARD, "W", "outer((a − z)·step(q), x)", None),
        (ROWS, "W", "Xᵀ (reshape(sum(Y, axis=1), 3, 1)·A − Y)/3", "Xᵀ (A − Y)/3"),
    ],
)
def test_a_label_that_adds_up_to_one_closes_the_answer(
    source: str, of: str, answer: str, remark: str | None
) -> None:
    found = derivation({"source": source, "of": of})
    lines = found["lines"]
    last = lines[-1] if remark is None else lines[-2]
    assert f"= {answer}" in last["text"]
    if remark is not None:
        assert lines[-1]["title"] == "with the numbers in force"
        assert lines[-1]["text"].endswith(f"= {remark}")
        assert lines[-1]["words"] in ("z sums to 1", "each row of Y sums to 1")
    prepared, tree = worked(source, of)
    assert check(prepared, source, [line for _, line in tree.walk()])


def test_an_element_of_a_large_network_is_derived_and_its_paths_refused() -> None:
    source = (
        "input x[784] ~ ones\nparam W1[256, 784] ~ ones\nparam W2[10, 256] ~ ones\n"
        "L = cross_entropy(W2 @ relu(W1 @ x), 3)\n"
    )
    last = derivation({"source": source, "of": "W1[3,7]"})["lines"][-1]
    assert last["text"].startswith("∂L/∂W₁[3,7] = ")
    assert last["text"].endswith("·x[7]")
    with pytest.raises(LimitError) as refused:
        CALLS["paths"]({"source": source, "of": "W1[3,7]"})
    (fault,) = refused.value.faults
    assert fault.pointer == "/of"
    assert "'W1'" in str(fault.hint)


LONG = "param x = 0.1\nh = x\nfor t in range(160):\n    h = h*h + h\nL = h\n"


@pytest.mark.parametrize(
    ("source", "of", "limit"),
    [(LONG, "x", "derivation_edges")],
)
def test_what_no_board_holds_is_refused_before_it_is_derived(
    source: str, of: str, limit: str
) -> None:
    with pytest.raises(LimitError) as refused:
        derivation({"source": source, "of": of})
    assert refused.value.details["limit"] == limit
    assert refused.value.faults[0].pointer == "/of"


@pytest.mark.parametrize(
    ("source", "of", "parts"),
    [
        (
            "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\n"
            "L = (sigmoid(w*x + b) - y)^2/2",
            "w",
            ["σ(w·x + b)", "w·x + b"],
        ),
        ("param w = [1, 2]\nL = log(norm(w) + 1)", "w", ["norm(w) + 1", "norm(w)"]),
        (
            "input X = [[1, 0.5], [1, -0.3]]\ntarget y = [0.4, -0.2]\nparam w = [0.2, 0.6]\n"
            "L = sum((X @ w - y)^2) + 0.1*sum(w^2)",
            "w",
            ["X w"],
        ),
        ("param a = 1.2\nL = sin(1/(1 + a^2))", "a", ["1/(1 + a²)"]),
        ("param a = 1.2\nL = exp(a^2)", "a", ["a²"]),
    ],
)
def test_a_statement_is_opened_into_its_steps(source: str, of: str, parts: list[str]) -> None:
    """What a teacher writes as q = w x + b, then σ′: each step has a line, worth its left side."""
    lines = CALLS["derivation"]({"source": source, "of": of})["lines"]
    assert len(lines) > len(parts)
    said = "\n".join(line["text"] for line in lines)
    for part in parts:
        assert f"∂/∂({part})" in said or f"/∂{part}" in said or f"= {part}" in said
        assert part in said


@pytest.mark.parametrize(
    "source", ["param a = 2\nL = a^2", "param a = 2\nL = (a - 1)^2/2", "param a = 2\nL = sin(a)"]
)
def test_a_statement_of_one_step_stays_whole(source: str) -> None:
    assert len(CALLS["derivation"]({"source": source, "of": "a"})["lines"]) == 1

"""What has a meaning and was probably meant otherwise is told, with a text; and nothing else is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backstep.errors import DefinitionError
from backstep.examples import EXAMPLES
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS
from tests.faults.cases import ask, cases

SAYS = {
    "printed-vector": "array of 3 elements",
    "inverse": "power of each element",
    "square": "power of each element",
    "row-maximum": "axis=1",
    "turned-bce": "label stands in bce where the probabilities belong",
    "turned-cross-entropy": "label stands in cross_entropy where the logits belong",
    "softmax-twice": "cross_entropy takes logits",
    "nll-of-logits": "nll takes probabilities",
    "nll-of-logs": "nll takes probabilities",
    "raised-version": "h⁽¹⁾",
}


@pytest.mark.parametrize("case", cases("silent-reading"))
def test_what_was_silent_is_told_and_the_false_alarms_are_not(case: Any) -> None:
    status, answer = ask(case["call"], case["request"])
    assert status == 200
    said = [warning["message"] for warning in answer["warnings"]]
    words = SAYS.get(case["id"].partition("/")[2])
    if words is None:
        assert said == []
    else:
        assert any(words in message for message in said)


DOUBTS = {
    "axis_by_place",
    "logs_as_logits",
    "logs_as_probabilities",
    "no_distribution",
    "no_label",
    "no_probabilities",
    "one_a_row",
    "power_by_element",
    "printed_array",
    "probabilities_as_scores",
    "root_without_brackets",
    "sigmoid_before_softmax",
    "sigmoid_twice",
    "softmax_twice",
    "transpose_as_power",
    "transposed_vector",
    "turned_arguments",
    "version_by_superscript",
}


def told(source: str) -> list[dict[str, Any]]:
    found = CALLS["evaluate"]({"source": source})["warnings"]
    return [each for each in found if each["code"] in DOUBTS]


def made(source: str, edits: list[dict[str, Any]]) -> str:
    lines = source.split("\n")
    for edit in sorted(edits, key=lambda each: (-each["line"], -each["column"])):
        assert edit["line"] == edit["end_line"]
        line = lines[edit["line"] - 1]
        left, right = line[: edit["column"] - 1], line[edit["end_column"] - 1 :]
        lines[edit["line"] - 1] = left + edit["text"] + right
    return "\n".join(lines)


MATRIX = "param X = [[0.2, 0.9], [0.5, -1]]\n"
SCORES = "param z = [0.2, 0.9, 0.1]\ntarget y = [0, 1, 0]\n"
ONE = "param w = 0.4\ntarget y = 1\n"

# A text, the code of its only doubt, and the line that its first fix makes; None: it has none.
MEANT = [
    (
        SCORES + "p = 1/(1 + exp(-z))\nL = bce_with_logits(p, y)",
        "sigmoid_twice",
        "L = bce_with_logits(z, y)",
    ),
    (SCORES + "L = bce_with_logits(softmax(z), y)", "sigmoid_twice", "L = bce_with_logits(z, y)"),
    (SCORES + "L = bce(log(sigmoid(z)), y)", "logs_as_probabilities", "L = bce(sigmoid(z), y)"),
    (
        SCORES + "L = cross_entropy(z, [1, 1, 0])",
        "no_distribution",
        "L = bce_with_logits(z, [1, 1, 0])",
    ),
    (SCORES + "L = cross_entropy(z, [0.2, 0.5, 0.2])", "no_distribution", None),
    (SCORES + "L = nll(softmax(z), [0.2, 0.5, 0.2])", "no_distribution", None),
    (SCORES + "L = nll(sigmoid(z), 1)", "no_probabilities", None),
    (SCORES + "L = nll([0.2, 0.3, 0.1], 1)", "no_probabilities", None),
    (SCORES + "L = bce(tanh(-z), y)", "no_probabilities", None),
    (MATRIX + "L = sum(max(X, 1))", "axis_by_place", "L = sum(max(X, axis=1))"),
    (MATRIX + "L = sum(min(2*X, -1))", "axis_by_place", "L = sum(min(2*X, axis=-1))"),
    (MATRIX + "L = sum(X^2 @ X)", "power_by_element", "L = sum((X @ X) @ X)"),
    (MATRIX + "L = sum(X @ X**3)", "power_by_element", "L = sum(X @ (X @ X @ X))"),
    (MATRIX + "L = sum((X^2).T @ X)", "power_by_element", "L = sum((X @ X).T @ X)"),
    (MATRIX + "L = sum(X^(-1/2) @ X)", "power_by_element", None),
    (MATRIX + "P = X^-1\nL = sum(P @ X)", "power_by_element", None),
    (MATRIX + "const T = 2\nL = sum(X^T @ X)", "transpose_as_power", "L = sum(X.T @ X)"),
    ("param v = [1, 2]\nL = v @ v.T", "transposed_vector", None),
    ("param v = [1, 2]\nL = sum(v @ v.T)", "transposed_vector", "L = sum(outer(v, v))"),
    ("param x = 4\nL = x^1/2", "root_without_brackets", "L = x^(1/2)"),
    ("param x = 4\nL = 2*(x + 1)^-1/2", "root_without_brackets", None),
    ("param x = 4\nL = (x + 1)^-1/2", "root_without_brackets", "L = (x + 1)^(-1/2)"),
    (MATRIX + "L = sum((X - mean(X, axis=1))^2)", "one_a_row", None),
    (MATRIX + "e = exp(X)\nP = e/sum(e, axis=1)\nL = sum(P^2)", "one_a_row", None),
    (MATRIX + "n = sqrt(sum(X^2, axis=-1))\nL = sum(X/n)", "one_a_row", None),
    (SCORES + "L = cross_entropy(softmax(z), y)", "softmax_twice", "L = cross_entropy(z, y)"),
    (
        SCORES + "p = softmax(z)\nq = p\nL = cross_entropy(q, y)",
        "softmax_twice",
        "L = cross_entropy(z, y)",
    ),
    (
        SCORES + "e = exp(2*z)\np = e/sum(e)\nL = cross_entropy(p, y)",
        "softmax_twice",
        "L = cross_entropy(2*z, y)",
    ),
    (SCORES + "L = cross_entropy(y=y, logits=softmax(z))", "softmax_twice", None),
    (SCORES + "p = softmax(z)\nL = nll(log(p), y)", "logs_as_probabilities", "L = nll(p, y)"),
    (SCORES + "L = nll(3*z, y)", "no_probabilities", "L = cross_entropy(3*z, y)"),
    (SCORES + "L = cross_entropy(y, z)", "turned_arguments", "L = cross_entropy(z, y)"),
    (
        "input z = [0.2, -1]\ninput y = [0, 1]\nL = cross_entropy(y, z)",
        "turned_arguments",
        None,
    ),
    (SCORES + "L = nll(y, softmax(z))", "turned_arguments", "L = nll(softmax(z), y)"),
    (ONE + "L = bce_with_logits(y, 3*w)", "turned_arguments", "L = bce_with_logits(3*w, y)"),
    (
        "input y = 1\nparam w = 0.4\nu = sigmoid(w)\nL = bce(y, u)",
        "turned_arguments",
        "L = bce(u, y)",
    ),
    (ONE + "L = bce_with_logits(sigmoid(w), y)", "sigmoid_twice", "L = bce_with_logits(w, y)"),
    (ONE + "L = bce(4*w, y)", "no_probabilities", "L = bce_with_logits(4*w, y)"),
    ("param z = 0.4\ntarget y = 1\nL = bce(z, y)", "no_probabilities", "L = bce_with_logits(z, y)"),
    (
        "input x = 1\nparam w = 0.4\nparam b = 0.1\ntarget y = 1\nu = w*x + b\nL = bce(u, y)",
        "no_probabilities",
        "L = bce_with_logits(u, y)",
    ),
    (
        "input x = [1, 2]\nparam W = [[0.1, 0.3], [0.2, 0.1]]\nparam b = [0.1, 0]\ntarget y = 1\n"
        "L = nll(W @ x + b, y)",
        "no_probabilities",
        "L = cross_entropy(W @ x + b, y)",
    ),
    ("param w = 0.4\ntarget y = -1\nL = bce_with_logits(w, y)", "no_label", None),
    ("param x = 2\nh = x\nh = h*x\nL = h^(1)*x", "version_by_superscript", "L = h**1*x"),
    ("param x = 2\nh = x\nh = h*x\nL = h^(0)*x", "version_by_superscript", "L = h⁽¹⁾*x"),
    ("param x = 2\nh = x\nh = h*x\nL = h^(3)*x", "version_by_superscript", "L = h**3*x"),
    ("const t = 2\nparam x = 2\nh = x\nh = h*x\nL = h^(t)", "version_by_superscript", "L = h**(t)"),
    (
        "param x = 2\nh = x\nfor t in range(2):\n    h = h*x\nL = h^(4)",
        "version_by_superscript",
        "L = h**4",
    ),
    ("input x = [ 1.6 -0.6]\nL = sum(x^2)", "printed_array", None),
    (MATRIX + "L = sum(1/X @ X)", "power_by_element", None),
    (MATRIX + "L = sum(X @ (2/X).T)", "power_by_element", None),
    (MATRIX + "P = 1/(X.T @ X + eye(2))\nQ = 3*P\nL = sum(Q @ X)", "power_by_element", None),
    (
        SCORES + "L = cross_entropy(sigmoid(z), y)",
        "sigmoid_before_softmax",
        "L = cross_entropy(z, y)",
    ),
    (SCORES + "L = hinge(softmax(z), 1)", "probabilities_as_scores", "L = hinge(z, 1)"),
    (SCORES + "p = 1/(1 + exp(-z))\nL = hinge(p, 1)", "probabilities_as_scores", "L = hinge(z, 1)"),
    (SCORES + "L = nll(sigmoid(z), y)", "no_probabilities", "L = cross_entropy(z, y)"),
    (SCORES + "L = bce(log_softmax(z), y)", "logs_as_probabilities", "L = cross_entropy(z, y)"),
    (SCORES + "L = bce(-softplus(-z), y)", "logs_as_probabilities", "L = bce_with_logits(z, y)"),
    (
        SCORES + "L = bce_with_logits(log(sigmoid(z)), y)",
        "logs_as_logits",
        "L = bce_with_logits(z, y)",
    ),
    (
        SCORES + "p = softmax(z)\nL = cross_entropy(p[:], y)",
        "softmax_twice",
        "L = cross_entropy(z, y)",
    ),
    (
        SCORES + "p = clip(softmax(z), 1e-7, 1 - 1e-7)\nL = cross_entropy(p, y)",
        "softmax_twice",
        "L = cross_entropy(z, y)",
    ),
    (
        SCORES + "f(s) = softmax(s)\nL = cross_entropy(f(z), y)",
        "softmax_twice",
        "L = cross_entropy(z, y)",
    ),
    (
        MATRIX + "P = softmax(X).T\nL = cross_entropy(P.T, [0, 1])",
        "softmax_twice",
        "L = cross_entropy(X, [0, 1])",
    ),
    (
        MATRIX + "P = softmax(X).T\nL = cross_entropy(P, [0, 1])",
        "softmax_twice",
        "L = nll(P, [0, 1])",
    ),
    (
        SCORES + "P = [softmax(z), softmax(2*z)]\nL = cross_entropy(P, [0, 1])",
        "softmax_twice",
        "L = nll(P, [0, 1])",
    ),
    (
        SCORES + "p = softmax(z, temperature=2)\nL = cross_entropy(p, y)",
        "softmax_twice",
        "L = nll(p, y)",
    ),
    (SCORES + "p = softmax(softmax(z))\nL = p[0]", "softmax_twice", None),
    (SCORES + "L = cross_entropy(y, softmax(z))", "turned_arguments", "L = cross_entropy(z, y)"),
    (
        SCORES + "L = bce_with_logits(y, sigmoid(z))",
        "turned_arguments",
        "L = bce_with_logits(z, y)",
    ),
    ("input x = [2 -1]\nL = sum(x^2)", "printed_array", None),
]


@pytest.mark.parametrize(("source", "code", "line"), MEANT)
def test_it_is_told_once_and_its_fix_says_what_was_meant(
    source: str, code: str, line: str | None
) -> None:
    (doubt,) = told(source)
    assert doubt["code"] == code
    for fix in doubt["fixes"]:
        changed = made(source, fix["edits"])
        compile_text(changed)
        assert all(each["code"] != code for each in told(changed)), fix["title"]
    if line is not None:
        assert made(source, doubt["fixes"][0]["edits"]).split("\n")[-1] == line


SILENT = [
    SCORES + "L = cross_entropy(z, [0, 0.3, 0]) + cross_entropy(z, [0, 0, 0])",
    SCORES + "L = cross_entropy([z, z], [[0, 1, 0], [0, 0, 0]]) + nll(softmax(z), [0.2, 0.5, 0.3])",
    MATRIX + "L = sum(1/(1 + exp(-X)) @ X) + sum((1 + exp(-X))^-1 @ X) + sum(X/2 @ X)",
    MATRIX + "P = softmax(softmax(X, axis=0), axis=1)\nL = sum(P^2)",
    SCORES + "L = hinge(log_softmax(z), 1) + hinge(tanh(z), 1) + cross_entropy(relu(z), y)",
    SCORES + "L = cross_entropy(log(softmax(z)), y) + bce(softmax(z), y) + mse(softmax(z), y)",
    SCORES + "p = 1/(1 + exp(z))\nL = bce(p, y) + bce(1/(1 + exp(-z)), y) + bce_with_logits(z, y)",
    MATRIX + "L = sum(max(X, 0))",
    MATRIX + "L = sum(max(0, 1 - X))",
    MATRIX + "L = sum(max(X, 1.0))",
    MATRIX + "L = sum(max(X, 2))",
    MATRIX + "L = sum(min(max(X, -1), 1))",
    MATRIX + "L = sum(maximum(X, 1))",
    "param v = [1, 2]\nL = sum(max(v, 1)) + sum(min(v, -1))",
    MATRIX + "L = sum(X^2) + sum(X^2 * X) + sum(1/X * X)",
    "param W = [[1, 2, 3], [4, 5, 6]]\ninput s = [1, 2, 1]\nL = sum(W^2 @ s)",
    "param x = 4\nL = x^2/3 + x^(1/2) + 1/2*x",
    "param x = 4\nparam y = 2\nL = x^1/y",
    MATRIX + "L = sum(X - mean(X, axis=0)) + sum(X - reshape(mean(X, axis=1), 2, 1))",
    MATRIX + "v = sum(X, axis=1)\nL = sum(X @ X + v)",
    SCORES + "L = cross_entropy(z, y) + nll(softmax(z), y) + cross_entropy(log_softmax(z), y)",
    SCORES + "q = softmax(2*z)\nL = cross_entropy(z, q)",
    "param z = [0.2, 0.9]\ninput t = [0.1, 3]\nL = cross_entropy(t, softmax(z)) + mse(t, z)",
    "param z = [1, 0, 0]\ntarget y = 2\nL = cross_entropy(z, y)",
    "param p = [0.33, 0.33, 0.33]\ntarget y = 2\nL = nll(p, y)",
    ONE + "L = bce(sigmoid(w), y) + bce_with_logits(w, y) + bce(w, 0.5)",
    "param a = 0.3\nparam q = 0.6\nparam r = 0.2\ntarget y = 1\nL = bce(a*q + (1 - a)*r, y)",
    "param p = 0.3\ntarget y = 1\nL = bce(p, y) + bce(1 - p, y)",
    "param v = 0.3\ntarget y = 1\nz = sigmoid(v)\nL = bce(z, y)",
    "param x = 2\nL = x^(2) + x^(1)",
    "param x = 2\nh = x\nL = h^(1) + h^(2)",
    "param x = 2\nh = x\nh = h*x\nL = h^2 + h**2 + h**(2) + (h)^(2)",
    "f(h) = h^(2)\nparam x = 2\nh = x\nh = h*x\nL = f(h)",
    "param x = 4\nL = sum([x - 1, 3 - x])",
    "input x = [3 - 1]\nL = sum(x)",
    "input x = [3 -1, 2]\nL = sum(x)",
    "param w = [1, 2]\ninput X = [[1, 2], [3, 4]]\nL = sum(X @ w.T)",
]


@pytest.mark.parametrize("source", SILENT)
def test_what_is_meant_as_it_stands_is_not_doubted(source: str) -> None:
    assert told(source) == []


def test_no_example_is_doubted() -> None:
    assert {example.id: told(example.source) for example in EXAMPLES if told(example.source)} == {}


def test_a_doubt_is_told_once_for_all_passes_of_a_loop() -> None:
    source = MATRIX + "h = X\nfor t in range(5):\n    h = max(h, 1)\nL = sum(h)"
    assert len(told(source)) == 1


def test_a_superscript_means_the_same_in_every_pass() -> None:
    source = "param x = 2\nh = x\ns = 0\nfor t in range(3):\n    h = h*x\n    s = s + h^(3)\nL = s"
    values = CALLS["evaluate"]({"source": source})["values"]
    assert values["s"] == 4**3 + 8**3 + 16**3
    looped = source.replace("h^(3)", "h^(t)")
    assert [each["code"] for each in told(looped)] == ["version_by_superscript"]


ANOTHER = [
    "param x = [2, 1]\np = softmax(dense(x, 2))\nL = cross_entropy(p, 1)",
    "param x = [2, 1]\nk = 2*x\np = softmax(3*k)\nk = k + 1\nL = cross_entropy(p, 1) + sum(k)",
    "f(z) = softmax(2*z)\nparam x = [2, 1]\nparam z = [4, 1]\nL = cross_entropy(f(x), 1) + sum(z)",
    "f(q) = cross_entropy(softmax(q), 1)\nparam x = [2, 1]\nL = f(x) + f(2*x)",
]


@pytest.mark.parametrize("source", ANOTHER)
def test_no_fix_builds_another_network(source: str) -> None:
    """Not another layer, nor a later giving, nor a name of a function's formula."""
    (doubt,) = told(source)
    meant = source.replace("cross_entropy(", "nll(")
    right = CALLS["evaluate"]({"source": meant})["loss"]["value"]
    for fix in doubt["fixes"]:
        changed = CALLS["evaluate"]({"source": made(source, fix["edits"])})
        assert changed["loss"]["value"] == pytest.approx(right)


def test_a_power_in_a_loop_is_one_in_every_pass() -> None:
    source = "param x = 2\nh = x\nfor t in range(3):\n    h = h^(2)\nL = h"
    assert CALLS["evaluate"]({"source": source})["loss"]["value"] == 2**8
    assert [each["code"] for each in told(source)] == ["version_by_superscript"]


def test_a_superscript_is_a_giving_in_an_answer_too() -> None:
    source = "param x = 2\nh = 3*x\nh = h*h\nL = h + x"
    request = {"source": source, "of": "x", "answer": "2*h^(1)*3 + 1"}
    answer = ask("POST /compare", request)[1]
    assert answer["equal"] is True
    assert "h^(1) is read as h⁽¹⁾" in answer["note"]
    assert "h**1" in answer["note"]
    plain = ask("POST /compare", {**request, "answer": "2*h⁽¹⁾*3 + 1"})[1]
    assert plain["equal"] is True
    assert plain["note"] is None


BROADCASTS = [
    ("param p = [[1], [2], [3]]\ntarget y = [1, 2, 3]\nL = sum((p - y)^2)", True),
    ("param p = [[1], [2], [3]]\ntarget y = [1, 2, 3]\nL = sum((2*p - y)^2)", True),
    ("param p = [[1], [2]]\ntarget y = [1, 2, 3]\nL = sum((p - y)^2)", False),
    ("param p = [1, 2]\ntarget y = [1, 2]\nL = sum((reshape(p, 2, 1) - y)^2)", False),
    ("param p = [1, 2]\nc = exp(reshape(p, 2, 1))\nL = sum(c*p)", False),
]


@pytest.mark.parametrize(("source", "alarm"), BROADCASTS)
def test_an_axis_of_one_put_in_on_purpose_alarms_nobody(source: str, alarm: bool) -> None:
    codes = [each["code"] for each in CALLS["evaluate"]({"source": source})["warnings"]]
    assert codes == ["broadcast"] * alarm


BRANCHES = [
    ("L = sum(where(x > 1, log(x), x^2))", False),
    ("a = log(x)\nb = 2*a\nL = sum(where(x > 1, b + a, x))", False),
    ("L = sum(where(x > 1, where(x > 1.5, 1/x, x), x))", False),
    ("a = log(x)\nL = sum(where(x > 1, a, x)) + sum(tanh(a))", True),
    ("L = sum(where(x < 1, log(x), x^2))", True),
    ("L = sum(where(log(x) < 0, x, x^2))", True),
]


@pytest.mark.parametrize(("body", "alarm"), BRANCHES)
def test_a_branch_that_is_not_taken_alarms_nobody(body: str, alarm: bool) -> None:
    answer = CALLS["evaluate"]({"source": f"param x = [0, 2]\n{body}"})
    assert any(re.match("not_finite", each["code"]) for each in answer["warnings"]) == alarm


REFUSED = [
    ("param z = [0.2, 0.9]\ntarget y = 1\nL = cross_entropy(y, z)", "L = cross_entropy(z, y)"),
    ("param z = [0.2, 0.9]\ntarget y = 1\nL = hinge(y, 2*z)", "L = hinge(2*z, y)"),
    (MATRIX + "L = sum(sum(X, 1))", "L = sum(sum(X, axis=1))"),
    (MATRIX + "L = sum(norm(X, 0))", "L = sum(norm(X, axis=0))"),
    (MATRIX + "L = sum(softmax(X, 1)^2)", "L = sum(softmax(X, axis=1)^2)"),
]


@pytest.mark.parametrize(("source", "line"), REFUSED)
def test_what_is_refused_is_mended_alike(source: str, line: str) -> None:
    status, answer = ask("POST /evaluate", {"source": source})
    assert status == 422
    edits = [made(source, fix["edits"]) for fix in answer["faults"][0]["fixes"]]
    assert line in [each.split("\n")[-1] for each in edits]


@pytest.mark.parametrize("rows", ["[1,5 2,5]", "[1, 2 3]", "[[1,5 2,5]\n [3,5 4,5]]"])
def test_numbers_parted_by_commas_and_by_spaces_are_no_array(rows: str) -> None:
    """They may be decimals with commas, or an array that lacks one: both are offered, or none."""
    with pytest.raises(DefinitionError) as refused:
        compile_text(f"param c = {rows}\nL = sum(c)")
    (fault,) = refused.value.faults
    assert fault.code == "missing_comma"
    both = ["Write param c = [1.5, 2.5]", "Write param c = [1, 5, 2, 5]"]
    assert [fix.title for fix in fault.fixes] == (both if rows == "[1,5 2,5]" else [])
    assert "point" in (fault.hint or "")

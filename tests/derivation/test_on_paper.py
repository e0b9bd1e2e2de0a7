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

from app.analysis import CALLS
from app.analysis.derivation import derivation, view_for
from app.analysis.prepare import Prepared, prepare
from app.calculus.paths import counts
from app.calculus.reverse import backward
from app.derivation.derive import on_paper
from app.derivation.lines import Line, Rule
from app.errors import BackstepError, LimitError
from app.examples import EXAMPLES
from app.graph.node import Node
from app.graph.walk import ancestors
from app.lang.build import understand
from app.ops import TABLE
from app.ops.words import WORDS
from app.render.matrix import Forms
from app.render.spelling import COMPARISONS
from tests.analysis.reading import read_back
from tests.analysis.test_paths import networks

SOURCES = {example.id: example.source for example in EXAMPLES}

TYPED = {
    "S4": SOURCES["toy-neuron"],
    "S5": SOURCES["nine-weights"],
    "S6": SOURCES["two-layers"],
    "S6 on one line": """\
input x = [1, -0.5, 2]
param W_1 = [[0.2, -0.3, 0.1], [0.4, 0.1, -0.2]]
param w_o = [0.7, -0.6]
L = -log(sigmoid(dot(w_o, sigmoid(W_1 @ x))))
""",
    "S7": SOURCES["deep-network"],
    "S7 by the board": """\
input x = [0.5, -1]
param W = [[0.3, -0.1], [0.2, 0.4], [-0.5, 0.1]]
a = W @ x
L = -log(softmax(a)[1])
""",
    "S7 by logits": """\
input x = [0.5, -1]
target y = 2
param W = [[0.3, -0.1], [0.2, 0.4], [-0.5, 0.1]]
a = W @ x
L = cross_entropy(a, y)
""",
    "S8": SOURCES["softmax-layer"],
    "a batch": """\
input X = [[0.5, -1], [1, 2], [0.1, 0.3]]
target y = [0, 1, 1]
param W = [[0.3, -0.1], [0.2, 0.4]]
S = X @ W.T
P = softmax(S)
L = nll(P, y)
""",
    "a batch of distributions": """\
input X = [[0.5, -1], [1, 2], [0.1, 0.3]]
target T = [[0.2, 0.8], [1, 0], [0.5, 0.5]]
param W = [[0.3, -0.1], [0.2, 0.4]]
L = cross_entropy(X @ W.T, T) + 0.1*sum(W^2)
""",
    "a distribution that is none": """\
param s = [0.3, -0.2, 1]
input t = [0.4, 2, 0.1]
L = -sum(t*log(softmax(s)))
""",
    "a bias for every row": """\
input X = [[1, 2], [3, 4]]
param b = [0.1, 0.2]
L = sum((X + b)^2)
""",
}
BOARD = SOURCES["softmax-layer"].replace("target z = [0, 1, 0]", "target k = 1")
BOARD = BOARD.replace("J =", "z = one_hot(k, 3)\nJ =")
ROWS = """\
input X = [[0.5, -1], [1, 2], [0.1, 0.3]]
target Y = [[0, 1], [1, 0], [0, 1]]
param W = [[0.3, -0.1], [0.2, 0.4]]
A = softmax(X @ W)
L = -sum(Y*log(A))/3
"""


def asked(source: str) -> list[str]:
    """Every name that can be derived by: parameters, inputs and results."""
    definition = understand(source)
    silent = {leaf.name for leaf in definition.leaves if leaf.label or leaf.role == "const"}
    return [name for name in definition.names if name not in silent]


def worked(source: str, of: str) -> tuple[Prepared, Rule]:
    prepared = prepare({"source": source})
    prepared.seal()
    node = prepared.definition.names[of][-1].node
    view = view_for(prepared, node)
    tree, _ = on_paper(prepared.definition, prepared.symbols, prepared.numbers(), node, view)
    return prepared, tree


def jacobian(prepared: Prepared, top: Node, bottom: Node) -> np.ndarray:
    """∂top/∂bottom by reverse mode, in the shape of top and then of bottom."""
    numbers, rows = prepared.numbers(), []
    for at in np.ndindex(*top.shape):
        picked = top if top.shape == () else top.graph.apply("index", top, key=at)
        found = backward(picked, ancestors([picked]), TABLE).adjoints.get(bottom.id)
        value = np.zeros(bottom.shape) if found is None else numbers.value(found)
        rows.append(np.broadcast_to(value, bottom.shape))
    return np.array(rows).reshape(top.shape + bottom.shape)


def whole(prepared: Prepared, line: Line) -> bool:
    """Whether the left side is all of one node's derivative by another.

    A local derivative holds everything else still; it is less where there are other ways too.
    """
    if line.top is None or line.bottom is None:
        return False
    if not line.steps[0].text.startswith("∂/∂") and line.rule != "convention":
        return True
    view = view_for(prepared, line.bottom)
    return counts(view, line.top).get(line.bottom.id) == 1


def check(prepared: Prepared, source: str, lines: list[Line]) -> int:
    """How many lines could be read back; raises AssertionError where one is not worth its left."""
    read = [line for line in lines if line.formula and whole(prepared, line)]
    statements = [(f"line_{place}", line.formula or "") for place, line in enumerate(read)]
    found = read_back(source, statements)
    known: dict[tuple[int, int], np.ndarray] = {}
    for line, (name, _) in zip(read, statements, strict=True):
        assert line.top is not None and line.bottom is not None
        key = (line.top.id, line.bottom.id)
        if key not in known:
            known[key] = jacobian(prepared, line.top, line.bottom)
        got = np.broadcast_to(found[name], known[key].shape)
        np.testing.assert_allclose(got, known[key], rtol=1e-9, atol=1e-12, err_msg=line.text)
    return len(read)


@settings(max_examples=12, deadline=None)
@given(networks())
def test_every_line_of_a_random_network_is_worth_its_left_side(source: str) -> None:
    prepared, tree = worked(source, "w")
    lines = [line for _, line in tree.walk()]
    check(prepared, source, lines)
    if len(lines) > 1:
        assert lines[-1].formula is not None


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
        assert lines[-1].formula is not None or not lines[-1].steps


@pytest.mark.parametrize("example", SOURCES)
def test_the_derivation_ends_in_the_answer(example: str) -> None:
    source = SOURCES[example]
    prepared = prepare({"source": source})
    back = prepared.understood.back
    forms = Forms(prepared.definition, prepared.symbols)
    for leaf in prepared.definition.leaves:
        if leaf.role != "param" or leaf.label:
            continue
        found = derivation({"source": source, "of": leaf.name})
        adjoint = back.adjoints.get(leaf.node.id)
        try:
            zero = forms.zero(leaf.node.shape)
            answer = (zero if adjoint is None else forms.formula(adjoint)).latex
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
        if line.formula is None or line.top is None:
            continue
        *before, last = line.steps
        wrong = replace(line, steps=(*before, replace(last, formula=f"-({last.formula})")))
        with pytest.raises(AssertionError):
            check(prepared, source, [wrong])
        caught += 1
    assert caught >= 6


def latex_of(source: str, of: str) -> list[str]:
    return [line["latex"] for line in derivation({"source": source, "of": of})["lines"]]


def test_the_two_paths_of_the_toy_neuron() -> None:
    answer = derivation({"source": TYPED["S4"], "of": "w"})
    lines = answer["lines"]
    assert lines[0]["rule"] == "paths"
    assert lines[0]["text"] == "∂L/∂w = ∂L/∂l·∂l/∂u·∂u/∂z·∂z/∂w + ∂L/∂r·∂r/∂w"
    assert lines[0]["numbers"].endswith("= -0.04713")
    texts = [line["text"] for line in lines]
    assert "∂u/∂z = ∂/∂z (σ(z)) = σ(z)·(1 − σ(z)) = u·(1 − u)" in texts
    assert texts[-2] == "∂L/∂w = (u − y)·u·(1 − u)·x + λ·2·w"
    assert texts[-1] == "∂L/∂w = (u − y)·u·(1 − u)·x + 2·λ·w"
    assert answer["conclusion"]["text"] == "(u - y)*u*(1 - u)*x + 2*lambda*w"


def test_the_proof_for_softmax_at_a_class() -> None:
    lines = latex_of(TYPED["S7"], "s")
    steps = [
        r"\frac{\partial L}{\partial f_{c}} = -\frac{\mathbf{1}(y = c)}{f_{y}}",
        r"\frac{\partial f_{k}}{\partial s_{k}}",
        r"= -f_{c} \, f_{k}",
        r"= f_{c} \left(\mathbf{1}(c = k) - f_{k}\right)",
        r"= -\frac{1}{f_{y}} \cdot f_{y} \left(\mathbf{1}(y = k) - f_{k}\right)",
        r"= -\left(\mathbf{1}(y = k) - f_{k}\right)",
        r"= -\left(e_{y} - f\right) = f - e_{y}",
    ]
    place = 0
    for step in steps:
        place = next(at for at in range(place, len(lines)) if step in lines[at])


def test_the_homework_of_the_lectures() -> None:
    texts = [line["text"] for line in derivation({"source": TYPED["S8"], "of": "h"})["lines"]]
    assert "∂a_i/∂h_j = a_i(1(i=j) − a_j)" in texts
    assert "∂J/∂h_j = −Σ_i z_i(1(i=j) − a_j)" in texts
    *_, elements, vector, remark = texts
    assert elements == "∂J/∂h_j = a_j Σ_i z_i − z_j"
    assert vector == "∂J/∂h = (Σ_i z_i) a − z = sum(z)·a − z"
    assert remark == "∂J/∂h_j = a_j − z_j"
    without = derivation({"source": TYPED["a distribution that is none"], "of": "s"})
    assert not any("sums to 1" in line["words"] for line in without["lines"])


def test_a_written_class_is_one_unit_vector_throughout() -> None:
    answer = derivation(
        {"source": "param a = [0, 1, 2]\nf = softmax(a)\nL = -log(f[1])", "of": "a"}
    )
    assert answer["lines"][-1]["text"] == "∂L/∂a = −(e_1 − f) = f − e_1"
    assert answer["conclusion"]["text"] == "f - one_hot(1, 3)"


def test_one_hidden_layer_on_one_line_is_taken_apart() -> None:
    answer = derivation({"source": TYPED["S6 on one line"], "of": "W_1"})
    assert len(answer["lines"]) >= 6
    assert "log" in answer["lines"][-1]["latex"] or "sigma" in answer["lines"][-1]["latex"]


@pytest.mark.parametrize(
    ("source", "of", "rule", "words"),
    [
        ("param w = 1\nL = w^2\n", "L", "loss", "starts with 1"),
        ("param w = 1\nparam v = 2\nL = w^2\n", "v", "zero", "not computed from"),
        ("param w = 0.5\np = sign(w)\nL = (p - 1)^2\n", "w", "convention", "flat"),
        ("param w = 0\nh = relu(w)\nL = (h - 1)^2\n", "w", "convention", "kink"),
        (TYPED["a bias for every row"], "b", "broadcast", "repeated"),
    ],
)
def test_rules_beside_the_chain_rule(source: str, of: str, rule: str, words: str) -> None:
    lines = derivation({"source": source, "of": of})["lines"]
    found = [line for line in lines if line["rule"] == rule]
    assert found and any(words in line["words"] for line in found)


def test_a_partial_of_zeros_has_its_shape() -> None:
    answer = derivation({"source": SOURCES["perceptron"], "of": "w"})
    assert answer["conclusion"]["text"] == "zeros(2)"


def test_the_last_line_is_the_answer_and_the_kink_stands_before_it() -> None:
    lines = derivation({"source": "param w = 0\nL = relu(w)*3\n", "of": "w"})["lines"]
    assert lines[0]["rule"] == "convention"
    assert lines[-1]["text"] == "∂L/∂w = ∂/∂w (relu(w)·3) = 3·step(w)"


def test_a_partial_by_an_exponent_is_said_without_its_guard() -> None:
    source = "param a = 1.2\nparam b = 2\nL = a^b\n"
    (line,) = derivation({"source": source, "of": "b"})["lines"]
    assert line["text"] == "∂L/∂b = ∂/∂b (a^b) = a^b·log a"
    assert "by convention 0 where the base is 0" in line["words"]


def test_the_loss_is_not_in_its_own_partials() -> None:
    source = "param a = 1.2\nL = (a^2 + 1)/(a*sin(a))\n"
    lines = derivation({"source": source, "of": "a"})["lines"]
    assert all("L" not in step for line in lines for step in line["text"].split(" = ")[1:])
    source = "param w = 0.3\nh = tanh(w)\nL = h^2\n"
    lines = derivation({"source": source, "of": "w"})["lines"]
    assert "1 − h²" in lines[2]["text"] and not any("1 − L" in line["text"] for line in lines)


def test_a_product_with_a_sum_is_multiplied_out_before_it_cancels() -> None:
    source = "param w = 0.3\ninput y = 1\np = sigmoid(w)\nL = -(y*log(p) + (1 - y)*log(1 - p))\n"
    texts = [line["text"] for line in derivation({"source": source, "of": "w"})["lines"]]
    assert "−y·(1/p) − (−(1 − y)·(1/(1 − p)))" in texts[1]
    assert texts[-2:] == ["∂L/∂w = y·(p − 1) + (1 − y)·p", "∂L/∂w = p − y"]


def test_what_comes_back_from_each_reader_is_a_line_of_its_own() -> None:
    lines = derivation({"source": SOURCES["batch-loss"], "of": "w"})["lines"]
    *_, by_p, by_r, whole = lines
    assert by_p["text"] == "∂L/∂w|p = Xᵀ ∂L/∂p" and by_p["rule"] == "matrix"
    assert by_r["text"] == "∂L/∂w|R = ∂L/∂R·(λ₁·sign(w) + 2·λ₂·w)"
    assert whole["words"] == "read by p and R: what comes back from each is added"


def test_the_quotient_and_the_product_rule_are_set_as_they_are_said() -> None:
    source = "param a = 1.2\nL = (a^2 + 1)/(a*sin(a))\n"
    *parts, line = derivation({"source": source, "of": "a"})["lines"]
    assert [(part["title"], part["text"]) for part in parts] == [
        ("power rule", "∂/∂a (a² + 1) = 2·a"),
        ("product rule", "∂/∂a (a·sin(a)) = 1·sin(a) + a·cos(a) = a·cos(a) + sin(a)"),
    ]
    assert line["title"] == "quotient rule"
    figures = r"\frac{2.4 \cdot 1.118 - 2.44 \cdot 1.367}{1.118^{2}}"
    assert line["numbers"] == f"{figures} = {line['numbers'].split(' = ')[-1]}"
    first = "((2·a)·(a·sin(a)) − (a² + 1)·(a·cos(a) + sin(a)))/(a·sin(a))²"
    assert line["text"].split(" = ")[2] == first
    lines = derivation({"source": "param a = 1.2\nu = a*sin(a)\nL = u^2\n", "of": "a"})["lines"]
    assert "= 1·sin(a) + a·cos(a) = a·cos(a) + sin(a)" in lines[2]["text"]
    check(*_worked_lines(source, "a"))


def _worked_lines(source: str, of: str) -> tuple[Prepared, str, list[Line]]:
    prepared, tree = worked(source, of)
    return prepared, source, [line for _, line in tree.walk()]


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
    assert last["rule"] == "element" and answer["shape"] == []
    prepared = prepare({"source": source})
    prepared.seal()
    node = prepared.definition.names[name][-1].node
    partial = np.broadcast_to(prepared.numbers().partial(node), node.shape)
    at = tuple(int(part) for part in place.split(","))
    read = read_back(source, [("read", answer["conclusion"]["text"])])["read"]
    np.testing.assert_allclose(read, partial[at], rtol=1e-12)
    derived = CALLS["derive"]({"source": source, "form": "matrix", "wrt": [of]})["gradients"][of]
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
    assert last["text"].startswith("∂L/∂W₁[3,7] = ") and last["text"].endswith("·x[7]")
    with pytest.raises(LimitError) as refused:
        CALLS["paths"]({"source": source, "of": "W1[3,7]"})
    (fault,) = refused.value.faults
    assert fault.pointer == "/of" and "'W1'" in str(fault.hint)


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


def test_a_direct_edge_is_told_from_the_whole_partial() -> None:
    answer = derivation({"source": "param w = 2\nz = w^3\nL = z + w^2\n", "of": "w"})
    assert answer["lines"][0]["text"] == "∂L/∂w = ∂L/∂z·∂z/∂w + ∂L/∂w|direct"
    assert answer["conclusion"]["text"] == "3*w^2 + 2*w"


def test_probabilities_are_called_by_their_name_in_the_text() -> None:
    found = derivation({"source": SOURCES["softmax-scores"], "of": "s"})
    assert "L = −log p_y" in found["text"] and "f_c" not in found["text"]


def test_every_function_has_words_of_its_own() -> None:
    none = {"constant", "sign", "step", "round", "guard", "log_slope", "carry"}
    for name, row in TABLE.items():
        compared = row.name in COMPARISONS
        if row.elementwise and row.arity == (1, 1) and not row.leaf and not compared:
            assert name in WORDS or name in none, name
    source = "param x = [[1, 2, 3, 0]]\nL = sum(max_pool1d(clip(x, 0, 2), 2))\n"
    text = derivation({"source": source, "of": "x"})["text"]
    assert "as its table says" not in text and "all windows that hold it" in text

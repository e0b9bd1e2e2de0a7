"""What derivations say, line by line: those of the lectures, and rules beside the chain rule."""

from __future__ import annotations

import re

import pytest

from backstep.binding.bind import BoundModel
from backstep.derivation.lines import Line
from backstep.ops import TABLE
from backstep.ops.explanations import EXPLANATIONS
from tests.asking import CALLS
from tests.binding.reading import backprop, read_back
from tests.derivation.on_paper import SOURCES, TYPED, check, worked

derivation = CALLS["derivation"]

DEEP = """\
param x = [0.5, -1]
param W = [[0.3, -0.1], [0.2, 0.4]]
a = W @ x
b = a*x
c = tanh(b)*a
L = sum(c^2)
"""
LADDER = """\
param w = 0.4
a = w^2 - 3
b = a*w
c = b*a
d = c - b
L = d*c*b*a - a*d
"""


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
        r"\frac{\partial L}{\partial f_{c}} = -\frac{\mathbf{1}\left[y = c\right]}{f_{y}}",
        r"\frac{\partial f_{k}}{\partial s_{k}}",
        r"= -f_{c} \, f_{k}",
        r"= f_{c} \, \left(\mathbf{1}\left[c = k\right] - f_{k}\right)",
        r"= -\frac{1}{f_{y}} \cdot f_{y} \, \left(\mathbf{1}\left[y = k\right] - f_{k}\right)",
        r"= -\left(\mathbf{1}\left[y = k\right] - f_{k}\right)",
        r"= -\left(e_{y} - f\right) = f - e_{y}",
    ]
    place = 0
    for step in steps:
        place = next(at for at in range(place, len(lines)) if step in lines[at])


def test_the_homework_of_the_lectures() -> None:
    texts = [line["text"] for line in derivation({"source": TYPED["S8"], "of": "h"})["lines"]]
    assert "∂a_i/∂h_j = a_i·(1(i=j) − a_j)" in texts
    assert "∂J/∂h_j = −Σ_i z_i·(1(i=j) − a_j)" in texts
    *_, elements, vector, remark = texts
    assert elements == "∂J/∂h_j = a_j·(Σ_i z_i) − z_j"
    assert vector == "∂J/∂h = (Σ_i z_i)·a − z = sum(z)·a − z"
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
    assert found
    assert any(words in line["words"] for line in found)


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
    assert line["text"] == "∂L/∂b = ∂/∂b (a^b) = a^b·log(a)"
    assert "by convention 0 where the base is 0" in line["words"]


def test_the_loss_is_not_in_its_own_partials() -> None:
    source = "param a = 1.2\nL = (a^2 + 1)/(a*sin(a))\n"
    lines = derivation({"source": source, "of": "a"})["lines"]
    assert all("L" not in step for line in lines for step in line["text"].split(" = ")[1:])
    source = "param w = 0.3\nh = tanh(w)\nL = h^2\n"
    lines = derivation({"source": source, "of": "w"})["lines"]
    assert "1 − h²" in lines[2]["text"]
    assert not any("1 − L" in line["text"] for line in lines)


def test_a_product_with_a_sum_is_multiplied_out_before_it_cancels() -> None:
    source = "param w = 0.3\ninput y = 1\np = sigmoid(w)\nL = -(y*log(p) + (1 - y)*log(1 - p))\n"
    texts = [line["text"] for line in derivation({"source": source, "of": "w"})["lines"]]
    assert "−y·(1/p) − (−(1 − y)·(1/(1 − p)))" in texts[1]
    assert texts[-2:] == ["∂L/∂w = y·(p − 1) + (1 − y)·p", "∂L/∂w = p − y"]


def test_what_comes_back_from_each_reader_is_a_line_of_its_own() -> None:
    lines = derivation({"source": SOURCES["batch-loss"], "of": "w"})["lines"]
    *_, by_p, by_r, whole = lines
    assert by_p["text"] == "∂L/∂w|p = Xᵀ ∂L/∂p"
    assert by_p["rule"] == "matrix"
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


def _worked_lines(source: str, of: str) -> tuple[BoundModel, str, list[Line]]:
    prepared, tree = worked(source, of)
    return prepared, source, [line for _, line in tree.walk()]


def test_a_direct_edge_is_told_from_the_whole_partial() -> None:
    answer = derivation({"source": "param w = 2\nz = w^3\nL = z + w^2\n", "of": "w"})
    assert answer["lines"][0]["text"] == "∂L/∂w = ∂L/∂z·∂z/∂w + ∂L/∂w|direct"
    assert answer["conclusion"]["text"] == "3*w^2 + 2*w"


def test_probabilities_are_called_by_their_name_in_the_text() -> None:
    found = derivation({"source": SOURCES["softmax-scores"], "of": "s"})
    assert "L = −log p_y" in found["text"]
    assert "f_c" not in found["text"]


def test_every_function_has_words_of_its_own() -> None:
    for name, row in TABLE.items():
        assert name in EXPLANATIONS or row.arity == (0, 0), name
    source = "param x = [[1, 2, 3, 0]]\nL = sum(max_pool1d(clip(x, 0, 2), 2))\n"
    text = derivation({"source": source, "of": "x"})["text"]
    assert "by its rule" not in text
    assert "all windows that hold it" in text


@pytest.mark.parametrize(
    ("example", "of"),
    [("pinn", "w"), ("force-matching", "w"), ("gradient-penalty", "W"), ("maml", "w")],
)
def test_a_derivative_inside_the_loss_is_derived_in_words(example: str, of: str) -> None:
    """Its nodes are those of a backward pass, such as what adds up a repeated partial."""
    text = derivation({"source": SOURCES[example], "of": of})["text"]
    assert "sum rule" in text
    assert "by its rule" not in text


def test_a_fraction_is_turned_in_brackets() -> None:
    source = "param s = [0.3, -1]\np = softmax(s)\nq = p^2\nL = sum(q*p)\n"
    lines = latex_of(source, "s")
    turned = [line for line in lines if r"\top" in line]
    assert any(r"\left(\frac{\partial L}{\partial p}\right)^{\top}" in line for line in turned)
    assert not any(r"}}^{\top}" in line for line in turned)


_PARTIAL = re.compile(r"∂L/∂\w+(?![\w|])")


@pytest.mark.parametrize(
    ("source", "of"), [(DEEP, "W"), (DEEP, "x"), (TYPED["S6"], "W_1"), (LADDER, "w")]
)
def test_a_partial_is_found_before_it_is_read(source: str, of: str) -> None:
    lines = derivation({"source": source, "of": of})["lines"]
    found: set[str] = set()
    for line in lines[1:]:
        left, _, right = line["text"].partition(" = ")
        if "∂" in left:
            assert set(_PARTIAL.findall(right)) <= found, line["text"]
            found.add(left)
    assert len(found) >= 3


def test_a_constant_above_is_no_constant_factor() -> None:
    titles = [
        derivation({"source": f"param w = 2\nL = {loss}\n", "of": "w"})["lines"][0]["title"]
        for loss in ("w/3", "3*w", "3/w")
    ]
    assert titles[0] == titles[1] != titles[2] == "quotient rule"


def test_no_index_is_a_name_of_the_text() -> None:
    source = "param s = [0.3, -1]\ninput c = 2\ntarget k = 1\nf = softmax(c*s)\nL = nll(f, k)\n"
    texts = [line["text"] for line in derivation({"source": source, "of": "s"})["lines"]]
    assert any(text.startswith("∂L/∂f_i = ") for text in texts)
    assert not any("f_c" in text for text in texts)


@pytest.mark.parametrize("loss", ["w[0]^2 + 3*w[1]", "sum(w[0:1]*w[1:2])", "w[0]^2 + w[1]^3"])
def test_two_elements_of_one_vector_are_no_equal_parts(loss: str) -> None:
    source = f"param w = [1.5, 2]\nL = {loss}\n"
    found = derivation({"source": source, "of": "w"})["conclusion"]["text"]
    read = read_back(source, [("found", found)])["found"]
    assert read == pytest.approx(backprop(source)["w"], rel=1e-13)


def test_where_no_partial_comes_back_the_zeros_have_a_shape() -> None:
    found = CALLS["derivation"]({"source": "param x = [1, 2]\nparam w = 2\nL = w^2", "of": "x"})
    assert found["conclusion"]["text"] == "zeros(2)"

"""Derivations say nothing untrue: one left side has one value, and names are the user's own."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
import pytest

from backstep.binding.merged_nodes import merged
from backstep.examples import EXAMPLES
from backstep.formula.operations import FromGraph
from backstep.formula.text import text
from backstep.formula.tree import Sym
from backstep.graph.order import ancestors
from backstep.lang.compile.compiler import compile_text
from backstep.lang.syntax.display import latex_name
from backstep.ops import TABLE
from tests.asking import CALLS
from tests.binding.reading import read_back
from tests.derivation.on_paper import asked
from tests.faults.cases import ask, cases
from tests.systems.random_twins import network

CASES = {case.id: case.values[0] for case in cases("derivation")}
SOURCES = {example.id: example.source for example in EXAMPLES}
TYPED = {
    "equal parts": "input x = [1, -0.5]\nparam w = [0.4, 0.3]\n"
    "J = log(sigmoid(dot(w, x))) + exp(dot(w, x))",
    "equal parts of numbers": "param a = 0.3\nparam b = 2\nL = tanh(a*b)*sin(a*b) + (a*b)^2",
    "equal parts of two statements": "param a = 0.3\nu = exp(2*a)\nv = sin(exp(2*a))\nL = u*v",
    "direct and not": "param w = 0.5\nu = w^2\nv = u*w\nL = u*w + v*w",
    "what a name stands for, typed again": "param w = 0.5\nu = exp(w)\nL = u*exp(w)",
    "a matrix with itself": "param W = [[0.5, 2], [1, -1]]\nH = tanh(W)\nL = sum(H @ H)",
    "dropout twice": "seed 3\nparam w = [1, 2, 3, 4]\nL = sum(dropout(w, 0.5)*dropout(w, 0.5))",
}


def derived(source: str, of: str) -> dict[str, Any]:
    answer: dict[str, Any] = CALLS["derivation"]({"source": source, "of": of, "values": {}})
    return answer


def lefts(answer: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Lines by what stands on their left; overviews and remarks have no right side."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in answer["lines"]:
        left, sign, _ = line["text"].partition(" = ")
        if sign and left.startswith("∂"):
            found[left].append(line)
    return found


def ended(numbers: str | None) -> float | None:
    """The figure that a line of figures ends in."""
    figure = None if numbers is None else numbers.rpartition("=")[2].strip(" {}")
    power = (
        None if figure is None else re.fullmatch(r"(-?[\d.]+)( \\cdot 10\^\{(-?\d+)\})?", figure)
    )
    return None if power is None else float(power[1]) * 10.0 ** int(power[3] or 0)


def one_value(source: str, of: str) -> int:
    """How many left sides stand on several lines, each with one value."""
    found = [lines for lines in lefts(derived(source, of)).values() if len(lines) > 1]
    for lines in found:
        figures = [each for line in lines if (each := ended(line["numbers"])) is not None]
        if figures:
            assert figures == pytest.approx([figures[0]] * len(figures), rel=2e-3), lines
        formulas = [line["formula"] for line in lines if line["formula"]]
        statements = [(f"line_{at}", each) for at, each in enumerate(formulas)]
        values = list(read_back(source, statements).values())
        for value in values:
            shape = np.broadcast_shapes(value.shape, values[0].shape)
            np.testing.assert_allclose(
                np.broadcast_to(value, shape),
                np.broadcast_to(values[0], shape),
                rtol=1e-9,
                atol=1e-12,
                err_msg=str(lines),
            )
    return len(found)


@pytest.mark.parametrize("name", TYPED)
def test_one_left_side_has_one_value(name: str) -> None:
    for of in asked(TYPED[name]):
        one_value(TYPED[name], of)


@pytest.mark.parametrize("name", ["direct", "twice"])
def test_one_left_side_has_one_value_in_the_cases(name: str) -> None:
    request = CASES[name]["request"]
    one_value(request["source"], request["of"])


@pytest.mark.long
@pytest.mark.parametrize("example", SOURCES)
def test_one_left_side_has_one_value_in_every_example(example: str) -> None:
    for of in asked(SOURCES[example]):
        if ask("POST /derivation", {"source": SOURCES[example], "of": of})[0] == 200:
            one_value(SOURCES[example], of)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(14))
def test_one_left_side_has_one_value_in_random_networks(seed: int) -> None:
    source = "\n".join(network(seed).ours)
    for of in asked(source):
        if ask("POST /derivation", {"source": source, "of": of})[0] == 200:
            one_value(source, of)


def test_the_direct_part_is_called_so_on_its_own_line() -> None:
    answer = derived(**CASES["direct"]["request"])
    found = lefts(answer)
    assert [line["text"].rpartition(" = ")[2] for line in found["∂L/∂w|direct"]] == ["u"]
    assert {ended(line["numbers"]) for line in found["∂L/∂w"]} == {0.75}


def test_equal_parts_are_one_on_paper_and_two_in_the_drawing() -> None:
    source = TYPED["equal parts"]
    assert len(compile_text(source).graph.nodes) == 8
    lines = lefts(derived(source, "w"))
    assert len(lines["∂J/∂dot(w, x)"]) == 1
    # Each is drawn anew, so two of them are no equal parts.
    graph = merged(compile_text(TYPED["dropout twice"])).graph
    assert len([node for node in graph.nodes if TABLE[node.op].random]) == 2


# Names that look as what stands for a part without a name might be called.
NAMES = [
    "v",
    "v_c",
    "v_1",
    "v0",
    "v3",
    "v_3",
    "q",
    "q3",
    "q_4",
    "r2",
    "s1",
    "w_o",
    "k",
    "c",
    "z_12",
]
NAMED = {
    "a chain": "param {n} = 0.3\nparam o_u = 0.5\nJ = -log(sigmoid(o_u*{n}))",
    "a long part": "param {n} = 0.3\nparam o_u = 0.5\n"
    "J = log(1 + exp(o_u*{n} + sin({n}*o_u)))^2 + 1/(1 + exp(o_u*{n} + sin({n}*o_u)))",
    "a vector": "param {n} = [0.3, -1]\nparam o_u = [0.5, 2]\n"
    "J = log(sigmoid(dot({n}, tanh(o_u*{n}))))",
    "softmax": "param {n} = [0.3, -1]\ntarget t_y = 1\nJ = -log(softmax(3*{n})[1])",
}


@cache
def _of_theta(source: str) -> dict[str, Any]:
    return derived(source, "theta")


@pytest.mark.parametrize("text", NAMED)
@pytest.mark.parametrize("name", NAMES)
def test_a_users_name_is_never_taken_for_a_placeholder(text: str, name: str) -> None:
    source, plain = NAMED[text].format(n=name), NAMED[text].format(n="theta")
    answer, other = derived(source, name), _of_theta(plain)
    assert len(answer["lines"]) == len(other["lines"])
    for line in answer["lines"]:
        left, _, right = line["text"].partition(" = ")
        assert left != right
    assert answer["conclusion"]["text"] == re.sub(r"\btheta\b", name, other["conclusion"]["text"])
    # What stands for a part is written as no name is.
    numbered = {
        line["latex"].partition(" = ")[0] for line in answer["lines"] if line["rule"] == "name"
    }
    assert latex_name(name) not in numbered


@pytest.mark.parametrize("name", ["element", "element-nll"])
def test_an_elements_derivation_ends_in_the_tidy_form(name: str) -> None:
    case = CASES[name]
    conclusion = derived(**case["request"])["conclusion"]["text"]
    assert conclusion in re.split(r", or | or ", case["want"]) or "/" not in conclusion
    matrix = CALLS["derive"](
        {**case["request"], "values": {}, "form": "matrix", "wrt": [case["request"]["of"]]}
    )
    assert matrix["gradients"][case["request"]["of"]]["text"] == conclusion


def reasons(source: str, zoom: str) -> list[tuple[str, str]]:
    """What steps say where nothing comes back, by the id of the use."""
    steps = CALLS["steps"]({"source": source, "values": {}, "zoom": zoom})["steps"]
    return [
        (each["use"], each["reason"])
        for step in steps
        for each in step.get("contributions", ())
        if each["reason"]
    ]


def test_what_depends_is_never_said_not_to() -> None:
    request = CASES["flat-step"]["request"]
    for zoom in ("block", "tensor"):
        said = [reason for _, reason in reasons(request["source"], zoom)]
        assert "nothing comes back to z: its partial is 0 here" in said
        assert not [reason for reason in said if "depend" in reason]


@pytest.mark.parametrize("example", SOURCES)
def test_only_what_no_path_leads_from_is_said_not_to_matter(example: str) -> None:
    definition = compile_text(SOURCES[example])
    behind = {f"n{node.id}" for node in ancestors([definition.loss])}
    for use, reason in reasons(SOURCES[example], "block"):
        assert use not in behind or "does not depend" not in reason


def test_what_no_path_leads_from_is_said_not_to_matter() -> None:
    found = reasons("param a = 1\nb = 2*a\nc = 3*b\nL = a^2", "tensor")
    assert "L does not depend on c" in {reason for _, reason in found}


@pytest.mark.parametrize("loss", ["nll(softmax(S), y)", "cross_entropy(S, y)"])
@pytest.mark.parametrize("rows", ["", "3, "])
def test_one_class_alone_is_derived(loss: str, rows: str) -> None:
    label = "[0, 0, 0]" if rows else "0"
    source = f"param S[{rows}1] ~ normal(0, 1)\ntarget y = {label}\nL = {loss}"
    assert not np.any(
        read_back(source, [("found", derived(source, "S")["conclusion"]["text"])])["found"]
    )
    for form in ("matrix", "shared", "scalar"):
        assert ask("POST /derive", {"source": source, "form": form})[0] == 200


def test_a_number_out_of_a_vector_of_one_is_written_as_it_is_read() -> None:
    source = "param p = [0.3]\ninput h = [[1, 2], [3, 4]]\nL = sum((h*p)^2)"
    for name in ("p", "h"):
        statements = [("found", derived(source, name)["conclusion"]["text"])]
        assert read_back(source, statements)["found"].shape
    definition = compile_text("param p = [0.3]\nL = p[0]")
    (leaf,) = definition.leaves
    number = definition.graph.apply("reshape", leaf.node, shape=())
    p = Sym("p", size=(1,))
    found = FromGraph(lambda node: p if node is leaf.node else None).of(number)
    assert text(found) == "sum(p)"


PLACED = [
    ("param w = [1, 2, 3]\ne = 2*w\nL = dot(e, e) + w[0]", [9, 16, 24]),
    ("param w = [1, 2, 3]\ne = w[1:]\nL = dot(e, e) + w[2]*3 + w[0]", [1, 4, 9]),
    ("param W = [[1, 2], [3, 4]]\nL = sum(W^2) + W[1, 0] - 5*W[0, 1]", [[2, -1], [7, 8]]),
    ("param w = [1, 2, 3]\nh = w*w\nL = sum(h) + w[1]*h[0] + h[2]", [6, 5, 12]),
]
"""Texts in which an element is read alone as well, with all partials by hand."""


@pytest.mark.parametrize(("source", "wanted"), PLACED)
def test_an_element_that_is_read_alone_has_its_direct_part(source: str, wanted: Any) -> None:
    of = source[6]
    for place, partial in np.ndenumerate(np.array(wanted, dtype=np.float64)):
        asked_about = f"{of}[{', '.join(map(str, place))}]"
        text = derived(source, asked_about)["conclusion"]["text"]
        assert float(read_back(source, [("found", text)])["found"]) == partial, (asked_about, text)


@pytest.mark.parametrize("loss", ["w - w", "sign(w)", "0*w", "step(w)*3"])
def test_a_slope_of_nothing_between_two_names_is_said_once(loss: str) -> None:
    lines = [line["text"] for line in derived(f"param w = 0.5\nL = {loss}", "w")["lines"]]
    assert len(lines) == 1
    assert lines[0].endswith("= 0")
    assert "∂L/∂w = ∂L/∂w" not in lines[0]


@pytest.mark.parametrize(("of", "conclusion"), [("w[0]", "4*e[0] + 1"), ("w[1]", "4*e[1]")])
def test_what_is_placed_at_one_element_is_no_part_of_another(of: str, conclusion: str) -> None:
    source = "param w = [0.3, 2]\ne = 2*w\nL = dot(e, e) + w[0]"
    assert derived(source, of)["conclusion"]["text"] == conclusion

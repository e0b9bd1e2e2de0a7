"""Text → graph → text: what is written reads as the same graph, and is written the same again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstep.errors import LimitError
from backstep.graph.node import Literal, Node
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition
from backstep.lang.source import write
from backstep.lang.spelling import number_text
from tests.lang.syntax.test_parser import PUBLISHED


def operand(value: Node | Literal) -> Any:
    return value.id if isinstance(value, Node) else (value.value, value.symbol)


def structure(definition: Definition) -> dict[str, Any]:
    """All that a definition means, without its text and its places."""
    return {
        "nodes": [
            (node.op, tuple(map(operand, node.inputs)), dict(node.params), node.shape)
            for node in definition.graph.nodes
        ],
        "names": {
            name: [version.node.id for version in versions]
            for name, versions in definition.names.items()
        },
        "leaves": [(leaf.name, leaf.role, leaf.node.id, leaf.label) for leaf in definition.leaves],
        "loss": (definition.loss_name, definition.loss.id),
        "seed": definition.seed,
    }


def check(source: str) -> str:
    """Write a text's graph and read it again; the written text."""
    definition = compile_text(source)
    written = write(definition)
    again = compile_text(written)
    assert structure(again) == structure(definition)
    assert write(again) == written
    return written


@pytest.mark.parametrize("case", PUBLISHED, ids=[case["id"] for case in PUBLISHED])
def test_published_definitions(case: dict[str, str]) -> None:
    check(case["definition"])


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("-x^2", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("x^(-2)", "x^(-2)"),
        ("(x^2)^3", "(x^2)^3"),
        ("x^x^x", "x^x^x"),
        ("x - (x - x)", "x - (x - x)"),
        ("x + (x + x)", "x + (x + x)"),
        ("x/(x*x)", "x / (x*x)"),
        ("x/x*x", "x / x*x"),
        ("--x", "--x"),
        ("x*-x", "x*(-x)"),
        ("x*(1/3)", "x*(1/3)"),
        ("1/3*x", "1/3*x"),
        ("x - -1.50", "x - -1.50"),
        ("2*(3 + 4)*x", "14*x"),
        ("x*0.1*0.1", "x*0.1*0.1"),
        ("x*(0.1*0.1)", "x*0.01"),
        ("2*π*x", "2*pi*x"),
        ("v[0]*v[-1]", "v[0]*v[2]"),
        ("sum(v[::-1])", "sum(v[2::-1])"),
        ("sum(v[3:0:-2])", "sum(v[2:0:-2])"),
        ("sum(v[1:])", "sum(v[1:3])"),
        ("sum([1, x])", "sum([1, x])"),
        ("sum([1, 0.25, 1/3])", "sum([1, 0.25, 1/3])"),
        ("sum(stack(1, 2))", "sum(stack(1, 2))"),
        ("sum(stack(v, v, axis=1), axis=0) @ v[:2]", None),
        ("sum([[1, 2], [x, 3]])", "sum([[1, 2], [x, 3]])"),
        ("sum(concat(v, [1, 2]))", "sum(concat(v, [1, 2]))"),
        ("sum(where(v < 1e-3, v, -v))", "sum(where(v < 1e-3, v, -v))"),
        ("sum(reshape(v, 3, 1) @ reshape(v, 1, 3))", None),
        ("v @ v", "v @ v"),
        ("dot(v, v + 1)", "dot(v, v + 1)"),
        ("sum(v.T)", "sum(v.T)"),
        ("sum((v + 1).T)", "sum((v + 1).T)"),
        ("max(x, 2)", "maximum(x, 2)"),
        ("sum(softmax(v, temperature=2))", None),
        ("cross_entropy(v, 1)", "cross_entropy(v, 1)"),
        ("cross_entropy(2*v, y) + x", "cross_entropy(2*v, y) + x"),
        ("cross_entropy([v, v], [0, 2])", "cross_entropy([v, v], [0, 2])"),
        ("sum(linspace(-1, 1/2, 5))", "sum(linspace(-1, 1/2, 5))"),
        ("2^0.5*x", "2^0.5*x"),
    ],
)
def test_formulas(formula: str, written: str | None) -> None:
    text = check(f"input x = 2\ninput v = [1, 2, 3]\ntarget y = 1\nL = {formula}")
    if written is not None:
        assert text.splitlines()[3] == f"L = {written}"


def test_declarations() -> None:
    source = (
        "seed 5\n"
        "const n = 3\n"
        "const g = [1, 2]\n"
        "param W[3, 2] ~ xavier\n"
        "param v[3] ~ normal(-0.5, 0.25)\n"
        "param q = 2*g + sqrt(g)\n"
        "input x = linspace(-1, 1, 3)\n"
        "target t = -1e-3\n"
        "z = v @ W @ q + x[0]\n"
        "L = z - t\n"
        "minimize L\n"
    )
    assert check(source) == source


def test_names_given_again_stay_versions() -> None:
    source = "input x = 2\nh = x\nh = h*h\nh = h\nk = 3\nL = h + k\nminimize h\n"
    assert check(source) == source


def test_what_a_function_used_twice_gets_a_name() -> None:
    definition = compile_text("input x = 2\nf(u) = u*u\nL = f(x + 1)")
    written = write(definition)
    assert written == "input x = 2\nv1 = x + 1\nL = v1*v1\nminimize L\n"
    again = structure(compile_text(written))
    assert again["nodes"] == structure(definition)["nodes"]


def test_a_text_too_long_to_be_read_again_is_refused() -> None:
    with pytest.raises(LimitError):
        write(compile_text("h = 1\nfor t in range(2000):\n    h = h*h + 1\nL = h"))
    doubled = "f(u) = u + u\nconst a = [1]\n" + "param b = " + "f(" * 40 + "a" + ")" * 40
    with pytest.raises(LimitError):
        write(compile_text(doubled + "\nL = sum(b)"))


@given(st.fractions(), st.booleans())
def test_numbers_read_as_themselves(value: Fraction, huge: bool) -> None:
    exact = value * 7**150 / 3**120 if huge else value
    text, _ = number_text(Literal(exact))
    node = compile_text(f"L = {text}").loss
    (literal,) = node.inputs
    assert isinstance(literal, Literal)
    assert literal.value == exact


LEAVES = """input x = 2
param w = -0.5
input v = [1, 2, 3]
param W = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
"""

SCALAR = st.sampled_from(["x", "w", "1", "0.5", "2", "3e-2", "pi", "v[1]", "W[0, 2]"])
VECTOR = st.sampled_from(["v", "[1, 2, 3]", "[x, 2, w]", "W[1]", "W[:, 0]", "v[::-1]", "ones(3)"])


def grown(inner: st.SearchStrategy[str], other: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Formulas of one shape from formulas of the same shape, and scalars."""
    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(lambda p: f"({p[0]} + {p[1]})"),
        pairs.map(lambda p: f"{p[0]} + {p[1]}"),
        pairs.map(lambda p: f"{p[0]} - {p[1]}"),
        pairs.map(lambda p: f"({p[0]})*{p[1]}"),
        pairs.map(lambda p: f"({p[0]})/(1 + ({p[1]})^2)"),
        pairs.map(lambda p: f"where({p[0]} <= {p[1]}, {p[1]}, {p[0]})"),
        pairs.map(lambda p: f"max({p[0]}, {p[1]})"),
        inner.map(lambda t: f"-{t}"),
        inner.map(lambda t: f"({t})^2^x"),
        inner.map(lambda t: f"tanh({t})"),
        st.tuples(inner, other).map(lambda p: f"({p[0]})*({p[1]})"),
    )


SCALARS = st.recursive(SCALAR, lambda inner: grown(inner, SCALAR), max_leaves=8)
VECTORS = st.recursive(
    VECTOR,
    lambda inner: (
        grown(inner, SCALAR)
        | inner.map(lambda t: f"W @ ({t})")
        | inner.map(lambda t: f"softmax({t})")
    ),
    max_leaves=8,
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    lines = [LEAVES.rstrip()]
    for number in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            lines.append(f"s{number % 2} = {draw(SCALARS)}")
        else:
            lines.append(f"s{number % 2} = sum({draw(VECTORS)})")
        if draw(st.booleans()):
            lines.append(f"v{number} = {draw(VECTORS)}")
    lines.append(f"L = cross_entropy({draw(VECTORS)}, {draw(st.integers(0, 2))}) + s0")
    return "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(programs())
def test_random_graphs(source: str) -> None:
    check(source)

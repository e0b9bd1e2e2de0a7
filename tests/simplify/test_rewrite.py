"""Simplifications: each is seen to happen, keeps the value, and leaves forward nodes alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backstep.autodiff.reverse import backward
from backstep.evaluate.interpret import interpret
from backstep.formula.operations import FromGraph
from backstep.formula.text import text
from backstep.formula.tree import Sym
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import TABLE
from backstep.ops.row import operation
from backstep.simplify.rewrite import RULES, exact, fold, simplify
from tests.ops.cases import Case, build, cases, evaluate, partials

swap, exp = operation("swap_last"), operation("exp")
PI = Literal(Fraction(np.pi), symbol="pi")


def sealed(rewritten: bool = True) -> tuple[Graph, Node, Node]:
    """A sealed graph with two matrices."""
    graph = Graph(TABLE)
    x, y = (graph.apply("leaf", name=name, role="input", shape=(2, 2)) for name in "xy")
    graph.seal(simplify if rewritten else None)
    return graph, x, y


def spelled(node: Node, x: Node, y: Node) -> str:
    names = {x.id: Sym("x", size=x.shape), y.id: Sym("y", size=y.shape)}
    return text(FromGraph(lambda each: names.get(each.id)).own(node))


# By what a rule says of itself: what is added, and what stands in the graph.
SEEN: Mapping[str, list[tuple[Callable[[Node, Node], Node], str]]] = {
    "a number before the rest; 0·x = 0, 1·x = x, (−1)·x = −x, a·(b·x) = (ab)·x": [
        (lambda x, y: exp(x) * 3, "3*exp(x)"),
        (lambda x, y: 1 * exp(x), "exp(x)"),
        (lambda x, y: exp(x) * -1, "-exp(x)"),
        (lambda x, y: 2 * (3 * exp(x)), "6*exp(x)"),
        (lambda x, y: 3 * (exp(x) / 2), "1.5*exp(x)"),
        (lambda x, y: exp(x) * 0, "0"),
        (lambda x, y: exp(x) + 0 * y, "exp(x)"),
    ],
    "numbers and signs move out of products": [
        (lambda x, y: (2 * exp(x)) * y, "2*(exp(x)*y)"),
        (lambda x, y: y * (2 * exp(x)), "2*(y*exp(x))"),
        (lambda x, y: -exp(x) * -exp(y), "exp(x)*exp(y)"),
        (lambda x, y: (exp(x) / 2) * (exp(y) * 4), "2*(exp(x)*exp(y))"),
    ],
    "x/1 = x, (a·x)/b = (a/b)·x": [
        (lambda x, y: exp(x) / 1, "exp(x)"),
        (lambda x, y: (3 * exp(x)) / 2, "1.5*exp(x)"),
        (lambda x, y: -exp(x) / y, "-exp(x) / y"),
        (lambda x, y: exp(x) / 2 / 4, "0.125*exp(x)"),
    ],
    "x + 0 = x": [(lambda x, y: exp(x) + 0, "exp(x)"), (lambda x, y: 0 + exp(x), "exp(x)")],
    "x + (−a·y) = x − a·y": [
        (lambda x, y: exp(x) + -exp(y), "exp(x) - exp(y)"),
        (lambda x, y: -exp(x) + exp(y), "exp(y) - exp(x)"),
        (lambda x, y: exp(x) + -2 * exp(y), "exp(x) - 2*exp(y)"),
        (lambda x, y: -2 * exp(x) + -3 * exp(y), "-2*exp(x) - 3*exp(y)"),
    ],
    "x − 0 = x, 0 − x = −x, x − (−a·y) = x + a·y": [
        (lambda x, y: exp(x) - 0, "exp(x)"),
        (lambda x, y: 0 - exp(x), "-exp(x)"),
        (lambda x, y: exp(x) - -exp(y), "exp(x) + exp(y)"),
        (lambda x, y: exp(x) - -2 * exp(y), "exp(x) + 2*exp(y)"),
    ],
    "x¹ = x": [(lambda x, y: exp(x) ** 1, "exp(x)")],
    "−(−x) = x, −(a·x) = (−a)·x": [
        (lambda x, y: -(0 - exp(x)), "exp(x)"),
        (lambda x, y: -(2 * exp(x)), "-2*exp(x)"),
    ],
    "(xᵀ)ᵀ = x": [(lambda x, y: swap(swap(exp(x))), "exp(x)")],
}


def test_every_rule_has_its_witness() -> None:
    assert {said for rules in RULES.values() for said, _ in rules} == set(SEEN)


WITNESSES = [
    pytest.param(made, text, id=f"{said} {number}")
    for said, witnesses in SEEN.items()
    for number, (made, text) in enumerate(witnesses)
]


@pytest.mark.parametrize(("made", "text"), WITNESSES)
def test_a_rule_is_seen_to_happen(made: Callable[[Node, Node], Node], text: str) -> None:
    _, x, y = sealed()
    assert spelled(made(x, y), x, y) == text


@pytest.mark.parametrize(("made", "text"), WITNESSES)
def test_a_rule_keeps_value_and_shape(made: Callable[[Node, Node], Node], text: str) -> None:
    random = np.random.default_rng(len(text))
    values = random.normal(size=(2, 2, 2))
    found = []
    for rewritten in (True, False):
        _, x, y = sealed(rewritten)
        node = made(x, y)
        found.append(evaluate([node], dict(zip((x.id, y.id), values, strict=True)))[0])
        assert node.shape == (2, 2)
    np.testing.assert_allclose(found[0], found[1], rtol=4e-16)


def test_forward_nodes_are_wholes() -> None:
    """What was typed is not looked into, so that a formula shows the nodes of the picture."""
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=(2, 2))
    negative, double, turned = -x, 2 * x, swap(x)
    graph.seal(simplify)
    for node in (-negative, 3 * double, swap(turned), x + negative, double * x, double / 2):
        assert negative in node.nodes or double in node.nodes or turned in node.nodes


@pytest.mark.parametrize(
    ("op", "a", "b", "result"),
    [
        ("add", "1/3", "1/6", "1/2"),
        ("subtract", "1", "3", "-2"),
        ("multiply", "2/3", "3", "2"),
        ("divide", "1", "3", "1/3"),
        ("divide", "1", "0", None),
        ("power", "2/3", "-2", "9/4"),
        ("power", "0", "0", "1"),
        ("power", "0", "-1", None),
        ("power", "2", "1/2", None),
        ("power", "2", "65", None),
        ("power", "10", "64", "1" + "0" * 64),
        ("maximum", "1", "2", None),
    ],
)
def test_written_numbers_are_folded_exactly(op: str, a: str, b: str, result: str | None) -> None:
    expected = None if result is None else Fraction(result)
    assert fold(op, Fraction(a), Fraction(b)) == expected


def test_numbers_are_folded_no_further_than_anyone_reads() -> None:
    large = Fraction(2) ** 1500
    assert fold("multiply", large, large) is None
    assert fold("divide", large, 1 / large) is None


def test_pi_is_no_rational_number() -> None:
    graph, x, _ = sealed()
    assert exact(PI) is None
    assert exact(Literal(Fraction(3))) == 3
    assert (x * PI).inputs == (x, PI)
    assert graph.apply("multiply", PI, PI).op == "multiply"


@dataclass(frozen=True, slots=True)
class Program:
    """Steps that each read what was made before them: leaves, numbers, earlier steps."""

    shapes: tuple[Shape, ...]
    steps: tuple[tuple[str, tuple[int | Fraction, ...]], ...]

    def on(self, graph: Graph) -> Node | None:
        """The last node of the program on the graph; None where nothing was made."""
        made: list[Operand] = [
            graph.apply("leaf", name=f"x{place}", role="input", shape=shape)
            for place, shape in enumerate(self.shapes)
        ]
        graph.seal(graph_simplify(graph))
        for op, reads in self.steps:
            operands = [
                Literal(each) if isinstance(each, Fraction) else made[each % len(made)]
                for each in reads
            ]
            try:
                made.append(graph.apply(op, *operands))
            except ShapeError:
                continue
        last = made[-1]
        return last if isinstance(last, Node) else None


def graph_simplify(graph: Graph) -> Any:
    return simplify if isinstance(graph, Simplified) else None


class Simplified(Graph):
    """A graph whose additions are simplified; a plain one's are not."""


NUMBERS = st.sampled_from([Fraction(n) for n in ("0", "1", "-1", "2", "-2", "1/2", "-1/3", "3")])
READ = st.integers(0, 20) | NUMBERS
TIMES = [Fraction(n) for n in ("1", "-1", "2", "-1/3")]
STEPS = st.one_of(
    st.tuples(st.sampled_from(["add", "subtract", "multiply"]), st.tuples(READ, READ)),
    st.tuples(st.just("divide"), st.tuples(st.integers(0, 20), st.sampled_from(TIMES))),
    st.tuples(st.just("power"), st.tuples(READ, st.sampled_from([Fraction(n) for n in range(4)]))),
    st.tuples(st.sampled_from(["negate", "swap_last"]), st.tuples(st.integers(0, 20))),
)
PROGRAMS = st.builds(
    Program,
    st.lists(st.sampled_from([(), (2,), (2, 2), (2, 1)]), min_size=1, max_size=3).map(tuple),
    st.lists(STEPS, min_size=1, max_size=10).map(tuple),
)


def exactly(node: Node, leaves: Mapping[int, Any]) -> Any:
    """The node's value in rational numbers: no rounding can hide a difference."""
    found = interpret(
        [node],
        dict(leaves),
        lambda number: number.value,
        lambda each, inputs: (
            inputs[0] if each.op == "constant" else TABLE[each.op].numpy(*inputs, **each.params)
        ),
    )
    return np.asarray(found[node.id], dtype=object)


@settings(max_examples=200, deadline=None)
@given(PROGRAMS, st.integers(0, 2**32 - 1))
@example(Program(((2,),), (("multiply", (Fraction(0), 0)), ("power", (1, Fraction(0))))), 1)
def test_a_simplified_graph_has_the_very_value_of_the_plain_one(
    program: Program, seed: int
) -> None:
    found = []
    for graph in (Simplified(TABLE), Graph(TABLE)):
        last = program.on(graph)
        random = np.random.default_rng(seed)
        leaves = {
            place: np.vectorize(Fraction, otypes=[object])(random.integers(-4, 5, shape))
            for place, shape in enumerate(program.shapes)
        }
        assert last is not None
        found.append(exactly(last, leaves))
        assert last.shape == found[-1].shape
    assert found[0].shape == found[1].shape
    assert (found[0] == found[1]).all()


@pytest.mark.parametrize(
    "made",
    [
        lambda g, x: g * x,
        lambda g, x: x * g,
        lambda g, x: g * (2 * x),
        lambda g, x: (2 * g) * x,
        lambda g, x: (-g) * x,
        lambda g, x: x * (-g),
        lambda g, x: (g / 2) * -x,
        lambda g, x: (g / 3) / x,
        lambda g, x: -g / x * x,
        lambda g, x: (g * x) * x,
        lambda g, x: (g * x) - (g * x),
        lambda g, x: 0 * g * x,
        lambda g, x: g @ x,
        lambda g, x: swap(x) @ swap(-g),
    ],
)
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("rewritten", [True, False])
def test_a_partial_of_0_stays_0_through_every_rewriting(
    made: Callable[[Node, Node], Node], value: float, rewritten: bool
) -> None:
    graph, x, _ = sealed(rewritten)
    g = graph.apply("seed", name="g", shape=(2, 2))
    node = made(g, x)
    (found,) = evaluate([node], {x.id: np.full((2, 2), value), g.id: np.zeros((2, 2))})
    assert (np.broadcast_to(found, (2, 2)) == 0).all()


ROWS = [name for name, row in TABLE.items() if row.samples and row.samples[0].shapes]


@pytest.mark.parametrize("name", ROWS)
def test_gradients_are_the_same_with_and_without(name: str) -> None:
    for case in cases(name):
        found = [gradient(case, rewritten) for rewritten in (True, False)]
        for simplified, plain in zip(*found, strict=True):
            np.testing.assert_allclose(simplified, plain, rtol=1e-14, atol=1e-15, err_msg=case.id)


def gradient(case: Case, rewritten: bool) -> list[Any]:
    built = build(case, rewritten=rewritten)
    u = built.seed("u", built.node.shape)
    back = backward(built.node, ancestors([built.node]), TABLE, u)
    coming = np.random.default_rng(1).normal(size=built.node.shape)
    return partials(built, back, {**built.points, u.id: coming}, built.leaves)

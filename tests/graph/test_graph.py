"""The graph: grows, keeps what is typed, and simplifies and interns what is added once sealed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from backstep.errors import LimitError, Span
from backstep.graph import graph as module
from backstep.graph.graph import Graph, literal_of
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import ShapeError
from backstep.limits import LIMITS
from backstep.ops import TABLE


def leaf(graph: Graph, name: str = "x", shape: tuple[int, ...] = ()) -> Node:
    return graph.apply("leaf", name=name, role="input", shape=shape)


def test_ids_are_dense_and_inputs_come_first() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    node = graph.apply("tanh", x * x + 1)
    assert [each.id for each in graph.nodes] == [0, 1, 2, 3]
    assert all(parent.id < each.id for each in graph.nodes for parent in each.nodes)
    assert graph.nodes[node.id] is node


def test_forward_nodes_are_never_merged_nor_simplified() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    less = -x
    made = [x + x, x + x, x * 1, x + 0, -less, x**1, x / 1, x * 0]
    assert len({node.id for node in made}) == len(made)
    assert [node.op for node in made] == [
        "add", "add", "multiply", "add", "negate", "power", "divide", "multiply",
    ]  # fmt: skip


def test_a_sealed_graph_gives_the_same_node_for_the_same_operation() -> None:
    graph = Graph(TABLE)
    x, y = leaf(graph, shape=(2, 3)), leaf(graph, "y", (3,))
    graph.seal()
    assert x + y is x + y
    assert x + y is not y + x
    summed = graph.apply("sum", x, axis=0)
    assert graph.apply("sum", x, axis=0) is summed
    assert graph.apply("sum", x, axis=1) is not summed
    assert graph.constant(Literal(Fraction(2))) is graph.constant(Literal(Fraction(2)))


def test_what_is_added_never_merges_into_the_forward_part() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    typed = x * x
    graph.seal()
    assert x * x is not typed
    assert graph.forward_count == 2


def test_sealing_twice_keeps_the_first_seal() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    graph.seal()
    x + 1
    graph.seal(lambda *_: x)
    assert graph.forward_count == 1
    assert (x + 2).op == "add"


def test_a_simplifier_may_answer_with_a_node_a_number_or_nothing() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    answers: dict[str, Operand | None] = {"add": x, "multiply": Literal(Fraction(7)), "exp": None}
    graph.seal(lambda graph, op, inputs, params: answers[op])
    assert x + x is x
    assert (x * x).inputs == (Literal(Fraction(7)),)
    assert graph.apply("exp", x).op == "exp"


def test_a_number_added_once_sealed_counts_as_written_and_one_typed_as_a_node() -> None:
    graph = Graph(TABLE)
    x, typed = leaf(graph), graph.constant(Literal(Fraction(2)))
    graph.seal()
    added = graph.constant(Literal(Fraction(3)))
    assert (x * typed).inputs == (x, typed)
    assert (x * added).inputs == (x, Literal(Fraction(3)))
    assert [literal_of(each) for each in (x, typed, added, Literal(Fraction(5)))] == [
        None,
        None,
        Literal(Fraction(3)),
        Literal(Fraction(5)),
    ]


def test_partials_mark_what_is_computed_from_them() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    graph.seal()
    g = graph.apply("seed", name="g", shape=())
    assert g.adjoint
    assert (g * x).adjoint
    assert graph.apply("exp", g).adjoint
    assert not (x * x).adjoint
    assert graph.apply("carry", x).adjoint


def test_a_product_remembers_the_side_the_partial_stands_on() -> None:
    graph = Graph(TABLE)
    x = leaf(graph)
    typed = x * x
    graph.seal()
    g = graph.apply("seed", name="g", shape=())
    assert typed.params == {}
    assert (g * x).params == {"strong": "left"}
    assert (x * g).params == {"strong": "right"}
    assert (x / x).params == {}
    assert (g + x).params == {}


def test_a_place_in_the_text_is_kept() -> None:
    graph, span = Graph(TABLE), Span(1, 2, 1, 5)
    x = leaf(graph)
    assert graph.apply("exp", x, span=span).span is span
    assert x.span is None


@pytest.mark.parametrize(
    ("limit", "allowed", "shape"),
    [("tensor_elements", 5, (2, 3)), ("all_elements", 11, (2, 3)), ("forward_nodes", 1, ())],
)
def test_growth_is_bounded_before_anything_is_allocated(
    limit: str, allowed: int, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(LIMITS, **{limit: allowed})
    monkeypatch.setattr(module, "LIMITS", limits)
    graph = Graph(TABLE, limits.forward_nodes)
    with pytest.raises(LimitError) as refusal:
        for name in "ab":
            leaf(graph, name, shape)
    assert refusal.value.details["limit"] == limit
    assert refusal.value.details["allowed"] == allowed
    assert refusal.value.details["measured"] > allowed
    assert f"{allowed:,} allowed" in refusal.value.faults[0].message


def test_limits_on_all_elements_and_nodes_are_those_of_the_forward_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LIMITS", replace(LIMITS, all_elements=4))
    graph = Graph(TABLE, most=1)
    x = leaf(graph, shape=(4,))
    graph.seal()
    assert (x + x + x).shape == (4,)


def test_a_graph_is_as_large_as_the_limit_says_where_nothing_else_is_asked_for() -> None:
    assert Graph(TABLE).most == LIMITS.forward_nodes


def test_an_unknown_operation_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Graph(TABLE).apply("nothing")


def test_a_refused_operation_leaves_the_graph_as_it_was() -> None:
    graph = Graph(TABLE)
    two, three = leaf(graph, "a", (2,)), leaf(graph, "b", (3,))
    with pytest.raises(ShapeError):
        two + three
    assert graph.nodes == [two, three]

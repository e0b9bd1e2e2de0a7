"""Orders on a graph: ancestors before their uses, uses in the order of the text."""

from __future__ import annotations

from backstep.graph.graph import Graph
from backstep.graph.order import ancestors, uses
from backstep.ops import TABLE


def test_ancestors_are_all_that_is_read_and_nothing_else() -> None:
    graph = Graph(TABLE)
    x, y = (graph.apply("leaf", name=name, role="input", shape=()) for name in "xy")
    square, aside = x * x, y + 1
    top = square + 2
    assert ancestors([top]) == [x, square, top]
    assert ancestors([top, aside]) == [x, y, square, aside, top]
    assert ancestors([]) == []
    assert ancestors([x, x]) == [x]


def test_a_long_chain_needs_no_deep_stack() -> None:
    graph = Graph(TABLE)
    node = graph.apply("leaf", name="x", role="input", shape=())
    for _ in range(5_000):
        node = node + 1
    assert len(ancestors([node])) == 5_001


def test_uses_say_where_each_node_is_read() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    square = x * x
    top = 1 - square
    assert uses(graph.nodes) == {x.id: [(square, 0), (square, 1)], square.id: [(top, 1)]}

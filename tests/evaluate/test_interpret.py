"""The one evaluator: what is known is kept, each node is read once, the meaning is the caller's."""

from __future__ import annotations

from typing import Any

from backstep.evaluate.interpret import interpret
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.ops import TABLE


def words(node: Node, inputs: list[Any]) -> str:
    return f"({f' {node.op} '.join(inputs)})"


def test_a_graph_is_read_in_the_callers_terms() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    node = (x + 2) * x
    found = interpret([node], {x.id: "x"}, lambda number: str(number.value), words)
    assert found[node.id] == "((x add 2) multiply x)"


def test_only_what_is_asked_for_is_read_and_once() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    shared, aside = x + 1, x + 2
    asked = shared * shared
    read: list[Node] = []

    def apply(node: Node, inputs: list[Any]) -> int:
        read.append(node)
        return 0

    interpret([asked, shared], {x.id: 0}, lambda number: 0, apply)
    assert read == [shared, asked]
    assert aside not in read


def test_what_is_known_is_not_read_again_and_the_rest_is_added() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="input", shape=())
    inner = x + 1
    outer = inner * 3
    known = {inner.id: "I", x.id: "x"}
    assert interpret([outer], known, lambda number: str(number.value), words) is known
    assert known[outer.id] == "(I multiply 3)"

"""The table of elements of every row: read as nodes, its values and partials are the tensor's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backstep.autodiff import scalarise
from backstep.autodiff.element_table import ElementTable, element_table
from backstep.autodiff.scalarise import scalar_count
from backstep.errors import LimitError
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.simplify.rewrite import simplify
from tests.autodiff.test_scalarise import ROWS, labels_of
from tests.ops.cases import Case, Table, build, evaluate
from tests.ops.checks import failures


def values_of(table: ElementTable, node: Node, known: dict[int, Array]) -> Array:
    """The values of a tensor node's elements, computed from what is read of the table."""
    found = np.empty(node.shape)
    for at in np.ndindex(*node.shape):
        element = table.operand(int(table.elements[node.id][at]))
        found[at] = evaluate([element], known)[0] if isinstance(element, Node) else float(element)
    return found


def known_of(table: ElementTable, leaves: Any, points: dict[int, Array]) -> dict[int, Array]:
    """The leaves' values, by the ids of the nodes that their elements are read as."""
    known: dict[int, Array] = {}
    for leaf in leaves:
        for at in np.ndindex(*leaf.shape):
            element = table.operand(int(table.elements[leaf.id][at]))
            assert isinstance(element, Node)
            known[element.id] = np.asarray(points[leaf.id][at])
    return known


def same_as_tensors(case: Case, rows: Table) -> None:
    built = build(case, rows)
    coming = built.random.uniform(0.5, 2.0, built.node.shape)
    u = built.seed("u", built.node.shape)
    adjoints = built.back(built.node, u).adjoints
    partials = [each for leaf in built.leaves if (each := adjoints[leaf.id]) is not None]
    points = {**built.points, u.id: coming}
    nodes = ancestors([built.node, *partials, *built.leaves])
    table = element_table(nodes, labels_of(built))
    assert table.rows <= scalar_count(nodes)
    leaves = [leaf for leaf in (*built.leaves, u) if leaf.id in table.elements]
    known = known_of(table, leaves, points)
    wanted = [built.node, *partials]
    for node, whole in zip(wanted, evaluate(wanted, points, rows), strict=True):
        np.testing.assert_allclose(values_of(table, node, known), whole, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ROWS)
def test_a_rows_elements_are_its_tensors(name: str) -> None:
    assert list(failures(same_as_tensors, name)) == []


def test_operations_are_shared_and_counted() -> None:
    graph = Graph(TABLE)
    w = graph.apply("leaf", name="W", role="param", shape=(2, 3))
    x = graph.apply("leaf", name="x", role="input", shape=(3,))
    table = element_table([w, x, w @ x], {})
    assert table.rows == 9 + 6 + 4
    element = table.operand(int(table.elements[w.id][0, 2]))
    assert isinstance(element, Node)
    assert element.params == {"name": "W[0, 2]", "role": "param", "shape": ()}
    assert element is table.operand(int(table.elements[w.id][0, 2]))
    assert table.reference(element) == table.elements[w.id][0, 2]


def test_moving_elements_makes_no_rows() -> None:
    graph = Graph(TABLE)
    w = graph.apply("leaf", name="W", role="param", shape=(2, 3))
    moved = graph.apply("reshape", graph.apply("transpose", w), shape=(6,))
    table = element_table(graph.nodes, {})
    assert table.rows == 6
    assert table.elements[moved.id][1] == table.elements[w.id][1, 0]


def test_what_is_read_is_all_that_is_made() -> None:
    graph = Graph(TABLE)
    w = graph.apply("leaf", name="w", role="param", shape=(100, 100))
    squares = graph.apply("exp", w * w)
    table = element_table(graph.nodes, {})
    element = table.operand(int(table.elements[squares.id][7, 8]))
    assert isinstance(element, Node)
    assert [node.op for node in ancestors([element])] == ["leaf", "multiply", "exp"]
    assert len(element.graph.nodes) == 3


def test_a_zero_of_a_partial_is_no_operation() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="param", shape=(4,))
    picked = graph.apply("index", x, key=(1,))
    graph.seal(simplify)
    one = graph.apply("carry", graph.apply("seed", name="u", shape=()))
    placed = graph.apply("scatter", one * picked, key=(1,), shape=(4,))
    table = element_table(ancestors([placed + graph.apply("carry", x)]), {})
    total = table.elements[max(table.elements)]
    read = [table.operand(int(each)) for each in total]
    assert [each.op for each in read if isinstance(each, Node)] == [
        "carry",
        "add",
        "carry",
        "carry",
    ]


def test_a_written_number_is_a_literal() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="param", shape=(2,))
    table = element_table([x, doubled := 2 * x], {})
    element = table.operand(int(table.elements[doubled.id][0]))
    assert isinstance(element, Node)
    assert isinstance(element.inputs[0], Literal)
    assert float(element.inputs[0]) == 2


def test_too_many_are_refused_before_any_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalarise, "LIMITS", replace(LIMITS, scalar_nodes=11))
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="param", shape=(3, 2))
    graph.apply("exp", x)
    table = ElementTable({})
    with pytest.raises(LimitError, match="12 counted, 11 allowed"):
        table.extend(graph.nodes)
    assert table.rows == 0

"""The scalar graph of every row: its elements' values and partials are the tensor's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from backstep.autodiff import scalarise
from backstep.autodiff.reverse import backward
from backstep.autodiff.scalarise import element_name, scalar_count, scalarize
from backstep.errors import LimitError
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.simplify.rewrite import simplify
from tests.ops.cases import Built, Case, Table, build, evaluate, partials
from tests.ops.checks import failures

ROWS = [name for name, row in TABLE.items() if row.samples]


def labels_of(built: Built) -> dict[int, Array]:
    """The class numbers of the case, which a scalar graph is built with."""
    row = TABLE[built.case.name]
    return {
        operand.id: built.points[operand.id]
        for place, operand in enumerate(built.node.inputs)
        if place in row.labels and isinstance(operand, Node)
    }


def known_of(built: Built, elements: dict[int, Any]) -> dict[int, Array]:
    """The leaves' values, element by element."""
    return {
        elements[leaf.id][at].id: np.asarray(built.points[leaf.id][at])
        for leaf in built.leaves
        for at in np.ndindex(*leaf.shape)
    }


def same_as_scalars(case: Case, table: Table) -> None:
    built = build(case, table)
    forward = built.node.graph.nodes[: built.node.graph.forward_count]
    scalars = scalarize(forward, labels_of(built))
    assert len(scalars.graph.nodes) <= scalar_count(forward)
    known = known_of(built, scalars.elements)
    (whole,) = evaluate([built.node], built.points, table)
    outputs = scalars.elements[built.node.id]
    assert outputs.shape == whole.shape
    for at in np.ndindex(*whole.shape):
        found = value_of(outputs[at], known)
        assert abs(found - whole[at]) <= 1e-14 * (1 + abs(whole[at])), f"{list(at)}"
    same_partials(built, scalars.graph, scalars.elements, known)


def value_of(element: Any, known: dict[int, Array]) -> float:
    """A node's value; what padding leaves is a plain number."""
    if isinstance(element, Node):
        return float(evaluate([element], known)[0])
    return float(element)


def same_partials(
    built: Built, graph: Graph, elements: dict[int, Any], known: dict[int, Array]
) -> None:
    coming = built.random.uniform(0.5, 2.0, built.node.shape)
    u = built.seed("u", built.node.shape)
    back = built.back(built.node, u)
    expected = partials(built, back, {**built.points, u.id: coming}, built.leaves)
    outputs = elements[built.node.id]
    weighed = [
        graph.apply("multiply", float(coming[at]), outputs[at])
        for at in np.ndindex(*built.node.shape)
        if isinstance(outputs[at], Node)
    ]
    if not weighed:
        return
    loss = weighed[0]
    for term in weighed[1:]:
        loss = loss + term
    graph.seal(simplify)
    adjoints = backward(loss, ancestors([loss]), built.table).adjoints
    for leaf, answer in zip(built.leaves, expected, strict=True):
        for at in np.ndindex(*leaf.shape):
            adjoint = adjoints.get(elements[leaf.id][at].id)
            found = 0.0 if adjoint is None else float(evaluate([adjoint], known)[0])
            assert abs(found - answer[at]) <= 1e-13 * (1 + abs(answer[at])), f"by {list(at)}"


@pytest.mark.parametrize("name", ROWS)
def test_a_rows_scalars_are_its_elements(name: str) -> None:
    assert list(failures(same_as_scalars, name)) == []


@pytest.mark.parametrize(
    ("name", "at", "spelled"),
    [("w", (), "w"), ("W", (0, 2), "W[0, 2]"), ("h[1].b", (3,), "h[1].b[3]")],
)
def test_an_element_is_named_as_the_language_writes_it(
    name: str, at: tuple[int, ...], spelled: str
) -> None:
    assert element_name(name, at) == spelled


def test_a_matrix_product_is_products_and_sums_of_elements() -> None:
    graph = Graph(TABLE)
    w = graph.apply("leaf", name="W", role="param", shape=(2, 3))
    x = graph.apply("leaf", name="x", role="input", shape=(3,))
    out = w @ x
    scalars = scalarize([w, x, out], {})
    operations = [node.op for node in scalars.graph.nodes if node.op != "leaf"]
    assert operations.count("multiply") == 6
    assert operations.count("add") == 4
    assert len(operations) == 10
    names = [node.params["name"] for node in scalars.graph.nodes if node.op == "leaf"]
    assert names[:3] == ["W[0, 0]", "W[0, 1]", "W[0, 2]"]


def test_moving_elements_makes_no_nodes() -> None:
    graph = Graph(TABLE)
    w = graph.apply("leaf", name="W", role="param", shape=(2, 3))
    moved = graph.apply("reshape", graph.apply("transpose", w), shape=(6,))
    scalars = scalarize(graph.nodes, {})
    assert len(scalars.graph.nodes) == 6
    assert scalars.elements[moved.id][1] is scalars.elements[w.id][1, 0]


def test_a_written_number_stays_in_its_operation() -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="param", shape=(2,))
    doubled = 2 * x
    scalars = scalarize([x, doubled], {})
    first = scalars.elements[doubled.id][0]
    assert isinstance(first.inputs[0], Literal)
    assert len(scalars.graph.nodes) == 4


def test_too_many_are_refused_before_any_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalarise, "LIMITS", replace(LIMITS, scalar_nodes=11))
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="param", shape=(3, 2))
    graph.apply("exp", x)
    with pytest.raises(LimitError, match="12 counted, 11 allowed"):
        scalarize(graph.nodes, {})

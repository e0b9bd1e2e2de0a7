"""A special point of an expression, and the check that value, partials and kinks are as stated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backstep.autodiff.reverse import Backward, backward
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.simplify.rewrite import simplify
from tests.ops.cases import Table, evaluate

Values = float | list[Any]


@dataclass(frozen=True, slots=True)
class Point:
    """An expression of leaves at values: its value, its partials by leaf, the kinks it meets.

    `partials` are those of the one element, or of the elements weighed by `coming`.
    """

    said: str
    expression: Callable[..., Node]
    at: tuple[Values, ...]
    value: Values
    partials: tuple[Values, ...]
    kinks: tuple[str, ...] = ()
    coming: Values = 1.0


@dataclass(frozen=True, slots=True)
class Pass:
    """The point's expression on a graph of its own, differentiated; values by node id."""

    leaves: tuple[Node, ...]
    node: Node
    back: Backward
    known: dict[int, Array]
    table: Table

    def partial(self, node: Node) -> Array:
        adjoint = self.back.adjoints.get(node.id)
        if adjoint is None:
            return np.zeros(node.shape)
        return evaluate([adjoint], self.known, self.table)[0]


def passed(point: Point, table: Table = TABLE, rewritten: bool = True) -> Pass:
    graph = Graph(table)
    leaves = tuple(
        graph.apply("leaf", name=f"x{place}", role="input", shape=np.shape(value))
        for place, value in enumerate(point.at)
    )
    node = point.expression(*leaves)
    graph.seal(simplify if rewritten else None)
    seed = graph.apply("seed", name="u", shape=node.shape)
    back = backward(node, ancestors([node]), table, seed)
    known = {leaf.id: np.array(at, float) for leaf, at in zip(leaves, point.at, strict=True)}
    known[seed.id] = np.array(point.coming, float)
    return Pass(leaves, node, back, known, table)


def hold(point: Point, table: Table = TABLE, rewritten: bool = True) -> None:
    """Raises AssertionError where the value or a partial is another than the table of points'."""
    found = passed(point, table, rewritten)
    (value,) = evaluate([found.node], found.known, table)
    assert same(value, point.value), f"the value is {value}, should be {point.value}"
    for leaf, expected in zip(found.leaves, point.partials, strict=True):
        partial = found.partial(leaf)
        assert same(partial, expected), f"the partial is {partial}, should be {expected}"


def same(found: Array, expected: Values) -> bool:
    return bool(np.array_equal(found, np.asarray(expected, float), equal_nan=True))


def kinks_met(point: Point) -> tuple[str, ...]:
    """The codes of the kinks that the values hit where a partial other than 0 arrives."""
    found, met = passed(point), []
    for node in ancestors([found.node]):
        arrives = found.partial(node) != 0
        inputs = [
            evaluate([operand], found.known)[0] if isinstance(operand, Node) else float(operand)
            for operand in node.inputs
        ]
        with np.errstate(all="ignore"):
            met += [
                kink.code
                for kink in TABLE[node.op].kinks
                if (np.asarray(kink.hits(*inputs, **node.params)) & arrives).any()
            ]
    return tuple(met)

"""Functions made of several rows: their values are NumPy's, and each operation in them counts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import FUNCTIONS, TABLE
from backstep.ops.row import Array
from tests.ops.cases import evaluate
from tests.ops.layers_in_numpy import EQUAL_SIZES, REFERENCES, Reference

Change = Callable[[Node], Node]
Tally = Callable[[int, list[str]], None]


@dataclass(slots=True)
class Bench:
    """Makes the nodes of one call, own parameters and masks among them.

    The result of the operation numbered `at`, from 1, is changed.
    """

    random: np.random.Generator
    at: int = 0
    change: Change | None = None
    graph: Graph = field(default_factory=lambda: Graph(TABLE))
    known: dict[int, Array] = field(default_factory=dict)
    owned: dict[str, Array] = field(default_factory=dict)
    made: list[Node] = field(default_factory=list)

    def __call__(self, op: str, *inputs: Any, **params: Any) -> Node:
        node = self.graph.apply(op, *inputs, **params)
        self.made.append(node)
        if len(self.made) == self.at and self.change is not None:
            return self.change(node)
        return node

    def leaf(self, name: str, value: Array) -> Node:
        node = self.graph.apply("leaf", name=name, role="param", shape=value.shape)
        self.known[node.id] = value
        return node

    def own(self, name: str, shape: Shape, distribution: str) -> Node:
        assert distribution in ("xavier", "zeros", "ones", "normal")
        self.owned[name] = self.random.normal(size=shape)
        return self.leaf(name, self.owned[name])

    def mask(self, probability: Fraction, shape: Shape) -> Node:
        self.owned["mask"] = self.random.integers(0, 2, shape).astype(float)
        return self.leaf("mask", self.owned["mask"])


def inputs(reference: Reference, random: np.random.Generator) -> Iterator[Array]:
    for place, shape in enumerate(reference.shapes):
        if place in reference.whole:
            yield random.integers(0, reference.whole[place], shape).astype(float)
        elif place in reference.shares:
            yield random.uniform(0.1, 0.9, shape)
        else:
            yield random.normal(size=shape)


def values(reference: Reference, bench: Bench) -> tuple[Array, Array]:
    """The function's value on the bench, several stacked, and NumPy's."""
    given = list(inputs(reference, bench.random))
    nodes = [bench.leaf(f"x{place}", value) for place, value in enumerate(given)]
    options = {
        name: Fraction(value) if isinstance(value, float) else value
        for name, value in reference.options.items()
    }
    built = FUNCTIONS[reference.function].build(bench, *nodes, *reference.after, **options)
    several = built if isinstance(built, tuple) else (built,)
    found = evaluate(several, bench.known)
    expected = np.asarray(reference.formula(*given, **bench.owned))
    return (np.stack(found) if len(found) > 1 else found[0]), expected


def bench_of(
    reference: Reference, at: int = 0, change: Change | None = None, drawn: int = 0
) -> Bench:
    seed = zlib.crc32(f"{reference.function} {reference.said} {drawn}".encode())
    return Bench(np.random.default_rng(seed), at, change)


NAMED = [pytest.param(r, id=f"{r.function}, {r.said}") for r in REFERENCES]


@pytest.mark.parametrize("reference", NAMED)
def test_a_layer_or_loss_is_its_formula(reference: Reference) -> None:
    found, expected = values(reference, bench_of(reference))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    "reference", [pytest.param(r, id=f"{r.function}, {r.said}") for r in EQUAL_SIZES]
)
def test_a_layer_is_its_formula_where_all_sizes_are_equal(reference: Reference) -> None:
    """There no shape tells one axis from another."""
    found, expected = values(reference, bench_of(reference))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_every_function_made_of_rows_has_its_formula() -> None:
    composite = {name for name, function in FUNCTIONS.items() if function.composite}
    composite -= {"grad", "jacobian"}  # what they are made of depends on what they derive
    assert composite <= {reference.function for reference in REFERENCES}


def left_out(node: Node) -> Node:
    """The first input in place of the operation, where it has the same shape."""
    return next((each for each in node.nodes if each.shape == node.shape), node * 2)


def exchanged(node: Node) -> Node:
    """The operation on its inputs in the other order, where that is another operation."""
    if len(node.inputs) != 2 or node.op in ("add", "multiply"):
        return node * 3
    return node.graph.apply(node.op, *reversed(node.inputs), **node.params)


CHANGES: dict[str, Change] = {
    "its sign flipped": lambda node: -node,
    "0.1 % too large": lambda node: node * 1.001,
    "left out": left_out,
    "its inputs exchanged": exchanged,
}
TURNED = ("its sign flipped", "its inputs exchanged")
THE_SAME = {
    # A difference that is squared next.
    ("mse", "subtract", "its sign flipped"),
    ("mse", "subtract", "its inputs exchanged"),
    # One channel's windows are in rows already; images need it.
    ("conv1d", "reshape", "left out"),
    # What is normalised next loses its scale.
    ("batch_norm", "move_axis", "0.1 % too large"),
    ("batch_norm", "reshape", "0.1 % too large"),
    ("group_norm", "reshape", "0.1 % too large"),
    # Rows have no axes behind their channels.
    ("group_norm", "reshape", "left out"),
    # Both are p; a comparison for equality has no order.
    ("entropy", "times_log", "its inputs exchanged"),
    ("kl", "times_log", "its inputs exchanged"),
    ("cross_entropy", "not_equal", "its inputs exchanged"),
    # What is squared, measured, or a factor an even number of times, has no sign.
    *((name, "subtract", said) for name in ("mae", "gaussian_nll") for said in TURNED),
    ("contrastive", "relu", "its sign flipped"),
    ("triplet", "add", "its sign flipped"),
    ("cumprod", "where", "its sign flipped"),
}
COMPARED = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}


def means_the_same(node: Node, said: str) -> bool:
    """Whether the change is none: of a truth, where any number but 0 is true, of numbers that are
    only compared, and of a shape that is the same.
    """
    if node.op == "reshape" and said == "left out" and node.inputs[0].shape == node.shape:
        return True
    if node.op in COMPARED:
        return said != "its inputs exchanged"
    written = not any(TABLE[each.op].leaf for each in ancestors([node]))
    return written and (said != "its sign flipped" or node.op == "negate")


def caught(reference: Reference, at: int, change: Change) -> bool:
    """On one of three draws: a class may by chance be the very number it is exchanged with."""
    for drawn in range(3):
        try:
            found, expected = values(reference, bench_of(reference, at, change, drawn))
        except (ShapeError, IndexError):
            # An IndexError is of a class number that is none any more.
            return True
        if found.shape != expected.shape:
            return True
        if not np.allclose(found, expected, rtol=1e-6, atol=1e-9):
            return True
    return False


def test_every_operation_in_a_layer_counts(tally: Tally) -> None:
    survived, planted = [], 0
    for reference in REFERENCES:
        right = bench_of(reference)
        values(reference, right)
        for place, node in enumerate(right.made, 1):
            for said, change in CHANGES.items():
                known = (reference.function, node.op, said) in THE_SAME
                if known or means_the_same(node, said):
                    continue
                planted += 1
                if not caught(reference, place, change):
                    survived.append(f"{reference.function}, {reference.said}: {node.op} {said}")
    tally(planted, survived)
    assert planted > 500
    assert survived == []

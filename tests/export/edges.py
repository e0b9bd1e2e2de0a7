"""Every row of the table alone, at each kind of edge, and on slices without elements.

A network is one row and a sum, so that its loss can be finite while a gradient is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from backstep.binding.bind import BoundModel, CompiledModel, bind
from backstep.errors import BackstepError
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import TABLE
from backstep.ops.row import Array, Row, Sample
from backstep.ops.table import RUN
from tests.evaluate.random_graphs import definition_of
from tests.export.networks import PLACES

TEXTS: Mapping[str, str] = {
    "a root of 0": "param w = 0\nL = sqrt(w)",
    "a root at a kink": "param x = 0\nL = sqrt(max(x, 0))",
    "a power at 0": "param w = 0\nparam a = 0.5\nL = w^a",
    "a reciprocal that overflows": "param a = 1e-300\nL = 1/a",
    "a square that overflows": "param w = 1e200\nL = w^2",
    "the largest number": "param w = 1.7976931348623157e308\nL = w",
    "an infinite loss": "param s = [0, 0, 0.5]\ntarget k = 0\nL = nll(s, k)",
    "zeros beside a probability": "param s = [0, 0, 0.5]\ntarget k = 2\nL = nll(s, k)",
    "0 log 0": "param p = 0\nparam y = 0\nL = bce(p, y)",
    "0 log 0, both ways": "param p = [0, 1]\ntarget y = [0, 1]\nL = bce(p, y)",
    "no number": "param w = 0\nL = w*log(w)",
    "a product of nothing": "param w = [1, 2, 3]\nL = prod(w[3:]) + sum(w)",
    "a length of nothing": "param w = [1, 2, 3]\nL = norm(w[3:]) + sum(w)",
    "a mean of nothing": "param w = [1, 2, 3]\nL = mean(w[3:]) + sum(w)",
    "named values of nothing": (
        "param w = [1, 2, 3]\nv = w[3:]\nz = concat(v, w)\nm = outer(v, w)\nn = m.T\n"
        "L = sum(concat(v*2, z)) + prod(v) + sum(m @ w) + norm(n) + sum(w @ n) + sum(exp(v + v))"
    ),
}


def texts() -> dict[str, BoundModel]:
    """Definitions at an edge."""
    return {name: bind(text) for name, text in TEXTS.items()}


def at_edges(kinds: Iterable[str], samples: int | None = None) -> dict[str, BoundModel]:
    """Every sample of every row, or so many of them, with the numbers of each kind."""
    found = {}
    for kind in kinds:
        for name, row, sample in _samples(samples):
            prepared = _network(row, sample, PLACES[kind])
            if prepared is not None:
                found[f"{name} at {kind}"] = prepared
    return found


def without_elements(samples: int | None = None) -> dict[str, BoundModel]:
    """Every sample of every row, or so many of them, on slices that are empty along all axes of
    one length, for each length, as far as the row has a value then."""
    found = {}
    for name, row, sample in _samples(samples):
        for length in sorted({length for shape in sample.shapes for length in shape}):
            prepared = _network(row, sample, (0.5, -1.0, 2.0), length)
            if prepared is not None:
                found[f"{name}, no {length}"] = prepared
    return found


def _samples(most: int | None = None) -> Iterator[tuple[str, Row, Sample]]:
    for name, row in RUN.items():
        if row.leaf or row.marks_partial or name == "constant":
            continue
        for number, sample in enumerate(row.samples[:most]):
            yield f"{name} {number}", row, sample


def _network(
    row: Row, sample: Sample, numbers: tuple[float, ...], left_out: int | None = None
) -> BoundModel | None:
    """None if the row has no value in these shapes, or refuses the numbers."""
    graph = Graph(TABLE)
    leaves: dict[str, Node] = {}
    values: dict[str, Array] = {}
    for place, shape in enumerate(sample.shapes):
        leaf = f"x{place}"
        leaves[leaf] = graph.apply("leaf", name=leaf, role="param", shape=shape)
        values[leaf] = _values(sample, place, shape, numbers)
    try:
        inputs = [_slice(graph, leaf, left_out) for leaf in leaves.values()]
        made = graph.apply(row.name, *inputs, **_options(sample, left_out))
        loss = graph.apply("sum", made) if made.shape else made
        labels = frozenset(f"x{place}" for place in row.labels)
        definition = definition_of(loss, leaves, labels)
        prepared = BoundModel(CompiledModel(definition, values), values)
        prepared.numbers()
    except (ShapeError, BackstepError):
        return None
    return prepared


def _slice(graph: Graph, leaf: Node, left_out: int | None) -> Node:
    if left_out not in leaf.shape:
        return leaf
    key = tuple((0, 0 if each == left_out else each, 1) for each in leaf.shape)
    return graph.apply("index", leaf, key=key)


def _options(sample: Sample, left_out: int | None) -> Parameters:
    options = sample.params.copy()
    if "shape" in options:
        options["shape"] = tuple(0 if each == left_out else each for each in options["shape"])
    return options


def _values(sample: Sample, place: int, shape: Shape, numbers: tuple[float, ...]) -> Array:
    count = int(np.prod(shape))
    if place in sample.integer_inputs:
        low, high = sample.domain[min(place, len(sample.domain) - 1)]
        taken: Any = np.arange(count) % (int(high) - int(low) + 1) + int(low)
    else:
        # Each input begins elsewhere, so that different numbers meet.
        taken = np.take(numbers, np.arange(count) + place, mode="wrap")
    return np.asarray(taken, dtype=np.float64).reshape(shape)

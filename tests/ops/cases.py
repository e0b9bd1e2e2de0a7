"""Ways to use any row of an operation table, on a graph with points to try it at. No checks."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from backstep.autodiff.reverse import Backward, backward
from backstep.evaluate.interpret import interpret, literal_number
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import TABLE, Row
from backstep.ops.row import Array, Sample
from backstep.simplify.rewrite import simplify

Table = Mapping[str, Row]

LATTICE = 200
"""Inputs are drawn from so many points of their interval, and never from its round numbers."""
WRITTEN = tuple(Fraction(text) for text in ("2", "3", "-1", "1/2", "1", "0"))
"""Numbers that are tried as written operands, where the domain holds them."""
DEFAULT_DOMAIN = (-2.0, 2.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One way to use a row: a sample, the operands that are written numbers, inputs shared."""

    name: str
    number: int
    sample: Sample
    written: Mapping[int, Fraction]
    shared: bool = False

    @property
    def id(self) -> str:
        spelled = "".join(f"-{place}={value}" for place, value in self.written.items())
        return f"{self.name}-{self.number}{spelled}{'-shared' if self.shared else ''}"


def cases(name: str, table: Table = TABLE) -> list[Case]:
    """Every sample of the row; and on its last sample written operands, and one shared input."""
    row = table[name]
    found = [Case(name, number, sample, {}) for number, sample in enumerate(row.samples)]
    if row.elementwise and row.arity[0] > 1:
        number, sample = len(row.samples) - 1, row.samples[-1]
        found += [
            Case(name, number, sample, {place: value})
            for place in range(row.arity[0])
            if place not in sample.integer_inputs
            for value in WRITTEN
            if _inside(value, _domain(sample, place))
        ]
    seen = set()
    for number, sample in enumerate(row.samples):
        shapes = sample.shapes[:1] * len(sample.shapes)
        if (
            len(shapes) > 1
            and not sample.integer_inputs
            and shapes not in seen
            and _fits(row, shapes)
        ):
            seen.add(shapes)
            found.append(Case(name, number, replace(sample, shapes=shapes), {}, shared=True))
    return found


def _fits(row: Row, shapes: tuple[Shape, ...]) -> bool:
    try:
        row.shape_of(shapes, row.samples[-1].params)
    except ShapeError:
        return False
    return True


def _domain(sample: Sample, place: int) -> tuple[float, float]:
    return sample.domain[place] if place < len(sample.domain) else DEFAULT_DOMAIN


def _inside(value: Fraction, domain: tuple[float, float]) -> bool:
    return domain[0] <= value <= domain[1]


@dataclass(frozen=True, slots=True)
class Built:
    """A row applied to leaves and sealed; `points` holds the leaves' values by node id."""

    case: Case
    table: Table
    leaves: tuple[Node, ...]
    node: Node
    points: dict[int, Array]
    random: np.random.Generator

    def seed(self, name: str, shape: Shape) -> Node:
        """A named partial."""
        return self.node.graph.apply("seed", name=name, shape=shape)

    def back(self, output: Node, seed: Node | None = None) -> Backward:
        """The backward pass over all that the output is computed from."""
        return backward(output, ancestors([output]), self.table, seed)

    def steady(self, leaf: Node) -> bool:
        """The leaf holds whole numbers: nothing is asked of its partial."""
        places = [place for place, node in enumerate(self.node.inputs) if node is leaf]
        return any(place in self.case.sample.integer_inputs for place in places)


def build(case: Case, table: Table = TABLE, rewritten: bool = True) -> Built:
    """The case on a graph of its own, with points drawn from a stream of its own."""
    graph, random = Graph(table), np.random.default_rng(zlib.crc32(case.id.encode()))
    operands: list[Any] = []
    leaves: list[Node] = []
    points: dict[int, Array] = {}
    for place, shape in enumerate(case.sample.shapes):
        if place in case.written:
            operands.append(Literal(case.written[place]))
        elif case.shared and leaves:
            operands.append(leaves[0])
        else:
            leaf = graph.apply("leaf", name=f"x{place}", role="input", shape=shape)
            operands.append(leaf)
            leaves.append(leaf)
            points[leaf.id] = draw(case, place, shape, random)
    node = graph.apply(case.name, *operands, **case.sample.params)
    graph.seal(simplify if rewritten else None)
    return Built(case, table, tuple(leaves), node, points, random)


def draw(case: Case, place: int, shape: Shape, random: np.random.Generator) -> Array:
    """Points of the domain, all different, away from its round numbers and other inputs' points.

    Kinks and ties stand at round numbers and at equal inputs, and differences need room there.
    """
    if place in case.sample.integer_inputs:
        low, high = _domain(case.sample, place)
        drawn = random.integers(int(low), int(high), shape, endpoint=True)
        return np.asarray(drawn, dtype=np.float64)
    domains = [_domain(case.sample, other) for other in range(len(case.sample.shapes))]
    if not case.shared:
        domains = domains[place : place + 1]
    low, high = max(domain[0] for domain in domains), min(domain[1] for domain in domains)
    count = int(np.prod(shape))
    chosen = random.permutation(LATTICE)[:count].reshape(shape)
    between = (place + 1) / (len(case.sample.shapes) + 1)
    return np.asarray(low + (high - low) * (chosen + between) / LATTICE)


def evaluate(
    targets: Iterable[Node], known: Mapping[int, Array], table: Table = TABLE
) -> list[Array]:
    """The targets' values by the NumPy column, quietly where they are not finite."""
    targets = list(targets)
    with np.errstate(all="ignore"):
        found = interpret(
            targets,
            dict(known),
            literal_number,
            lambda node, inputs: table[node.op].numpy(*inputs, **node.params),
        )
    return [np.asarray(found[target.id], dtype=np.float64) for target in targets]


def partials(
    built: Built, given: Backward, known: Mapping[int, Array], leaves: Iterable[Node]
) -> list[Array]:
    """The leaves' partials, each of its leaf's shape; zeros where the pass found none."""
    found = []
    for leaf in leaves:
        adjoint = given.adjoints.get(leaf.id)
        if adjoint is None:
            found.append(np.zeros(leaf.shape))
            continue
        assert adjoint.shape == leaf.shape, f"a partial of shape {adjoint.shape} for {leaf.shape}"
        (value,) = evaluate([adjoint], known, built.table)
        assert value.shape == leaf.shape, f"a partial's value {value.shape} for {leaf.shape}"
        found.append(value)
    return found

"""Points on pieces that single draws seldom reach, found among thousands at once.

A network of scalars is evaluated on arrays, with an element for each point; one of tensors point by
point, so at hundreds. Values drawn for each name are recombined with those of the others, so that
every pairing of the sides of the kinks, those of the network and those of the answer, that has any
room is likely to be met.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from backstep.errors import DefinitionError
from backstep.evaluate.numeric import compute
from backstep.evaluate.sampling import FixedInputs, points
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.answer import Answer
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.ops.row import Array

_SEED = 20_240_311
_DRAWN = 150
"""Points whose values are recombined."""
_TOGETHER = 20_000
_MOST_NODES = 400
_WORK = 40_000
"""Node evaluations that single points may cost, twice beside edges; about half a second."""
_MOST_ALONE = 600
_HALVED = 22
"""How often the segment between two points is halved, to come close to an edge."""
_SCALES = (1e3, 30.0, 1e3, 1.0)
"""The factors by which free values are scaled when edges are searched."""
_EDGE_POINTS = 400
"""Pairs of points between which edges of an answer are searched at once."""
_MOST_EDGES = 12
_MOST = 6
"""Points that are returned."""
_NEAREST, _FURTHEST = 0.05, 30.0
_WIDE = 1e4
"""The largest scale of some of the names at half of the points: what lies between y and y/2 is then
more than a Huber loss squares.
"""
_FAR = 1e-3
"""The least relative difference of the two: no rounding comes near it."""
_SMALLEST = 1e-5
_LARGEST = 1e9
"""The largest intermediate number: what cancels has lost few digits."""

Values = dict[int, Array]
"""By node id."""


def scouted(
    definition: Definition,
    leaves: Mapping[str, Array],
    kept: FixedInputs,
    answer: Answer,
    partial: Node | None,
    late: Callable[[], bool],
) -> Iterator[Mapping[str, Array]]:
    """Points at which an answer and a partial seem to differ; `late` returns whether to give up."""
    nodes = ancestors([definition.loss, *answer.meant.values(), *([partial] if partial else [])])
    typed = ancestors([answer.node])
    if len(nodes) > _MOST_NODES:
        return
    base, held, free = _room(definition, leaves, kept)
    if not all(map(_is_scalar, [*nodes, *typed])):
        yield from _one_by_one(definition, base, held, free, answer, partial, late)
        return

    def worked_out(drawn: Mapping[str, Array]) -> tuple[Values, Values]:
        known = {leaf.node.id: drawn[leaf.name] for leaf in definition.leaves}
        compute(nodes, known)
        mine = {leaf.id: known[answer.meant[name].id] for name, leaf in answer.names.items()}
        compute([answer.node], mine, near=True)
        return known, mine

    def differing(drawn: Mapping[str, Array]) -> Iterator[Mapping[str, Array]]:
        known, mine = worked_out(drawn)
        right = known[partial.id] if partial is not None else np.zeros(())
        said = mine[answer.node.id]
        with np.errstate(all="ignore"):
            apart = np.abs(said - right) > _FAR * np.maximum(np.abs(said), np.abs(right))
            for value in (*known.values(), *mine.values()):
                apart = apart & (np.abs(value) < _LARGEST)
            for node in nodes:
                apart = apart & ~_cancels(node, known)
            for node in typed:
                apart = apart & ~_cancels(node, mine)
        apart = np.broadcast_to(apart, np.broadcast_shapes(*map(np.shape, drawn.values())))
        for place in np.flatnonzero(apart)[:_MOST]:
            yield {name: np.asarray(value[place]) for name, value in drawn.items()}

    drawn = _together(definition, base, free)
    found = False
    for point in differing(drawn):
        found = True
        yield point
    kinked = [node for node in typed if TABLE[node.op].crossed][:_MOST_EDGES]
    for sides in () if found else _beside_edges(drawn, held, kinked, worked_out):
        if late():
            return
        yield from differing(sides)


def recombined(
    definition: Definition, leaves: Mapping[str, Array], kept: FixedInputs
) -> Iterator[Mapping[str, Array]]:
    """Infinitely many points, each name's value from a point of its own, and some far off; the same
    ones every time.
    """
    base, held, free = _room(definition, leaves, kept)
    stream = np.random.Generator(np.random.PCG64(_SEED))
    while True:
        yield _at_one_point(definition, base, held, free, stream)


def _room(
    definition: Definition, leaves: Mapping[str, Array], kept: FixedInputs
) -> tuple[list[Mapping[str, Array]], set[str], set[str]]:
    """Points to recombine, the names whose values are held, and those that may lie anywhere."""
    base = list(islice(points(definition, leaves, kept, True), _DRAWN))
    # What no point moves is what class numbers are computed from.
    still = {name for name in leaves if all(each[name] is leaves[name] for each in base)}
    held = still | {each.name for each in kept}
    free = {
        leaf.name
        for leaf in definition.leaves
        if leaf.role != "const" and not (leaf.structural or leaf.label or leaf.name in still)
    }
    # A sign stays what it is as a value grows; a probability does not.
    free -= {
        each.name
        for each in kept
        if each.what != "sign" or float(np.max(np.abs(leaves[each.name]), initial=0.0)) < 1
    }
    return base, held, free


def _beside_edges(
    drawn: Mapping[str, Array],
    held: Collection[str],
    kinked: Sequence[Node],
    worked_out: Callable[[Mapping[str, Array]], tuple[Values, Values]],
) -> Iterator[Mapping[str, Array]]:
    """For each kink of an answer points on its two sides, close to it, many at once."""
    near = {name: value[:_EDGE_POINTS] for name, value in drawn.items()}
    far = {name: value[_EDGE_POINTS : 2 * _EDGE_POINTS] for name, value in drawn.items()}

    def between(share: Array) -> Mapping[str, Array]:
        return {
            name: value if name in held else value + share * (far[name] - value)
            for name, value in near.items()
        }

    low, high = np.zeros(_EDGE_POINTS), np.ones(_EDGE_POINTS)
    first, last = worked_out(between(low))[1], worked_out(between(high))[1]
    for node in kinked:
        kept = pieces_of(node, first)
        parted = kept != pieces_of(node, last)
        if not np.any(parted):
            continue
        one, other = low, high
        for _ in range(_HALVED):
            middle = (one + other) / 2
            here = pieces_of(node, worked_out(between(middle))[1]) == kept
            one, other = np.where(here, middle, one), np.where(here, other, middle)
        for share in (one, other):
            yield {
                name: value[np.broadcast_to(parted, (_EDGE_POINTS,))]
                for name, value in between(share).items()
            }


def _one_by_one(
    definition: Definition,
    base: Sequence[Mapping[str, Array]],
    held: Collection[str],
    free: Collection[str],
    answer: Answer,
    partial: Node | None,
    late: Callable[[], bool],
) -> Iterator[Mapping[str, Array]]:
    """The same for tensors: a difference at a point is returned before the next is drawn."""
    stream = np.random.Generator(np.random.PCG64(_SEED))
    targets = [definition.loss, *answer.meant.values(), *([partial] if partial else [])]
    nodes, typed = ancestors(targets), ancestors([answer.node])

    def worked_out(drawn: Mapping[str, Array]) -> tuple[Values, Values] | None:
        known = {leaf.node.id: drawn[leaf.name] for leaf in definition.leaves}
        try:
            compute(targets, known)
            mine = {leaf.id: known[answer.meant[name].id] for name, leaf in answer.names.items()}
            compute([answer.node], mine, near=True)
        except DefinitionError:  # an invalid computed class number
            return None
        return known, mine

    def differ(found: tuple[Values, Values]) -> bool:
        known, mine = found
        right = known[partial.id] if partial is not None else np.zeros(())
        said = mine[answer.node.id]
        with np.errstate(all="ignore"):
            size = float(np.max(np.maximum(np.abs(said), np.abs(right)), initial=0.0))
            apart = float(np.max(np.abs(said - right), initial=0.0)) > _FAR * size
        small = apart and size < _LARGEST
        return small and not loses(nodes, known) and not loses(typed, mine)

    def candidates() -> Iterator[tuple[Mapping[str, Array], tuple[Values, Values]]]:
        most = min(_WORK // (len(nodes) + len(typed)), _MOST_ALONE)
        kinked = [node for node in typed if TABLE[node.op].crossed]
        for number in range(2 * most // (_HALVED + 2) if kinked else 0):
            ends = [_at_one_point(definition, base, held, free, stream) for _ in range(2)]
            far = _SCALES[number % len(_SCALES)]
            ends = [
                {name: value * far if name in free else value for name, value in end.items()}
                for end in ends
            ]
            yield from _beside_an_edge(ends[0], ends[1], held, kinked, worked_out, stream)
        for _ in range(most // 2):
            drawn = _at_one_point(definition, base, held, free, stream)
            found = worked_out(drawn)
            if found is not None:
                yield drawn, found

    given = 0
    for drawn, found in candidates():
        if late() or given == _MOST:
            return
        if differ(found):
            given += 1
            yield drawn


def _beside_an_edge(
    one: Mapping[str, Array],
    other: Mapping[str, Array],
    held: Collection[str],
    kinked: Sequence[Node],
    worked_out: Callable[[Mapping[str, Array]], tuple[Values, Values] | None],
    stream: np.random.Generator,
) -> Iterator[tuple[Mapping[str, Array], tuple[Values, Values]]]:
    """Two points on the two sides of a kink of the answer, between two points on different pieces.

    An answer whose pieces are right only within those of the network is caught there: sign(h − y)
    for sign(h − 0.9 y).
    """

    def between(share: float) -> Mapping[str, Array]:
        return {
            name: value
            if name in held or not np.isfinite([value, other[name]]).all()
            else value + share * (other[name] - value)
            for name, value in one.items()
        }

    def pieces(found: tuple[Values, Values]) -> list[Array]:
        return [pieces_of(node, found[1]) for node in kinked]

    low, high = 0.0, 1.0
    first, last = worked_out(one), worked_out(between(high))
    if first is None or last is None:
        return
    parted = [
        (number, place)
        for number, (here, there) in enumerate(zip(pieces(first), pieces(last), strict=True))
        for place in np.flatnonzero(here != there)
    ]
    if not parted:
        return
    number, place = parted[int(stream.integers(0, len(parted)))]
    kept = pieces(first)[number][place]
    for _ in range(_HALVED):
        middle = (low + high) / 2
        found = worked_out(between(middle))
        if found is None:
            return
        if pieces(found)[number][place] == kept:
            low, first = middle, found
        else:
            high, last = middle, found
    yield between(low), first
    yield between(high), last


def pieces_of(node: Node, values: Mapping[int, object]) -> Array:
    """The smooth piece that each element of a node is on, flat."""
    row = TABLE[node.op]
    assert row.branch is not None
    inputs = [
        values[each.id] if isinstance(each, Node) else np.float64(float(each))
        for each in node.inputs
    ]
    with np.errstate(all="ignore"):
        return np.asarray(row.branch(*inputs, **node.params), dtype=np.float64).ravel()


def varies(node: Node, values: Sequence[Mapping[int, object]]) -> bool:
    """Whether any element of a node is on different pieces at some points."""
    first, *others = (pieces_of(node, each) for each in values)
    return any(not np.array_equal(each, first, equal_nan=True) for each in others)


def loses(nodes: Sequence[Node], values: Mapping[int, Array]) -> bool:
    """Whether any element of any node may be the rounding of its inputs."""
    elementwise = (each for each in nodes if TABLE[each.op].elementwise)
    return any(bool(np.any(_cancels(each, values))) for each in elementwise)


def _at_one_point(
    definition: Definition,
    base: Sequence[Mapping[str, Array]],
    held: Collection[str],
    free: Collection[str],
    stream: np.random.Generator,
) -> Mapping[str, Array]:
    """Each name's value from a point of its own; constants, which bound each other, from one.

    Of parameters that are not held, some elements are further off than at any point, and free
    values are sometimes far larger.
    """
    together = int(stream.integers(0, len(base)))
    wide = np.exp(stream.uniform(0, np.log(_WIDE)))
    many = 0.5 * (stream.random() < 0.5)
    found: dict[str, Array] = {}
    for leaf in definition.leaves:
        const = leaf.role == "const"
        values = base[together if const else int(stream.integers(0, len(base)))][leaf.name]
        if leaf.role == "param" and not (leaf.structural or leaf.label or leaf.name in held):
            near, far = np.log(_NEAREST), np.log(_FURTHEST)
            size = np.exp(stream.uniform(near, far, values.shape))
            size *= stream.choice([-1.0, 1.0], values.shape)
            values = np.where(stream.random(values.shape) < stream.random(), values, size)
        if leaf.name in free and stream.random() < many:
            values = values * wide
        found[leaf.name] = np.asarray(values)
    return found


def _is_scalar(node: Node) -> bool:
    row = TABLE[node.op]
    return node.shape == () and not row.labels and (row.leaf or row.elementwise)


def _cancels(node: Node, values: Mapping[int, Array]) -> NDArray[np.bool_]:
    """Where a node's value may be the rounding of its inputs: 1 − σ(40)."""
    value = np.abs(values[node.id])
    largest = np.zeros(())
    if len(node.inputs) == 2:
        for each in node.nodes:
            largest = np.maximum(largest, np.abs(values[each.id]))
        for written in node.inputs:
            if not isinstance(written, Node):
                largest = np.maximum(largest, abs(float(written)))
    return np.asarray((value > 0) & (value < _SMALLEST * largest))


def _together(
    definition: Definition, drawn: Sequence[Mapping[str, Array]], free: Collection[str]
) -> Mapping[str, Array]:
    """Each name's values from points of their own; constants, which bound each other, from one."""
    stream = np.random.Generator(np.random.PCG64(_SEED))
    together = stream.integers(0, len(drawn), _TOGETHER)
    wide = np.exp(stream.uniform(0, np.log(_WIDE), _TOGETHER))
    many = 0.5 * (stream.random(_TOGETHER) < 0.5)
    found: dict[str, Array] = {}
    for leaf in definition.leaves:
        chosen = together
        if leaf.role != "const":
            chosen = stream.integers(0, len(drawn), _TOGETHER)
        values = np.array([point[leaf.name] for point in drawn])[chosen]
        if leaf.role == "param" and not leaf.structural:
            # A parameter has no premise: some are further off than at any point.
            size = np.exp(stream.uniform(np.log(_NEAREST), np.log(_FURTHEST), _TOGETHER))
            size *= stream.choice([-1.0, 1.0], _TOGETHER)
            values = np.where(stream.random(_TOGETHER) < 0.5, values, size)
        if leaf.name in free:
            values = np.where(stream.random(_TOGETHER) < many, values * wide, values)
        found[leaf.name] = values
    return found

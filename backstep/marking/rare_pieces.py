"""Points on pieces that single draws seldom reach, found among thousands at once.

Network and answer are lifted to many points (`evaluate/compiled/lift`). Values drawn for each name
are recombined with those of the others, so that every pairing of the sides of the kinks, those of
the network and those of the answer, that has any room is likely to be met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from backstep.errors import DefinitionError
from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.numeric import compute
from backstep.evaluate.sampling import FixedInputs, points
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.lang.compile.answer import Answer
from backstep.lang.compile.definition import Definition, Leaf
from backstep.ops import TABLE
from backstep.ops.row import Array, Mask
from backstep.symbolic.targets import Place

_SEED = 20_240_311
_DRAWN = 150
"""Points whose values are recombined."""
_NUMBERS_DRAWN = 5_000_000
"""Numbers that these may have together."""
_TOGETHER = 20_000
"""Points at once."""
_NUMBERS = 600_000
"""Numbers that one evaluation at many points may compute; a few milliseconds."""
_LEAST = 8
_A_PAIR = 5
"""Points for each pair between which edges are looked for."""
_RECOMBINED = 20
"""Points that are recombined at once where they are wanted one by one."""
_MOST_NODES = 400
_HALVED = 22
"""How often the segment between two points is halved, to come close to an edge."""
_SCALES = (1e3, 30.0, 1e3, 1.0)
"""The factors by which free values are scaled when edges are searched."""
_MOST_PIECES = 512
"""Elements of piecewise operations of an answer whose edges are looked for."""
_MOST = 6
"""Points that are returned of those at once."""
_NEAREST, _FURTHEST = 0.05, 30.0
_WIDE = 1e4
"""The largest scale of some of the names at half of the points: what lies between y and y/2 is then
more than a Huber loss squares.
"""
_FAR = 1e-3
"""The least relative difference of the two: no rounding comes near it."""
_SMALLEST = 1e-5
_LARGEST = 1e9
"""The largest number of all: what cancels has lost few digits."""

Values = dict[int, Array]
"""By node id."""
Points = Mapping[str, Array]
"""By name the values of a leaf, one behind the other; one alone of a leaf that no point moves."""


def scouted(
    definition: Definition,
    leaves: Mapping[str, Array],
    kept: FixedInputs,
    answer: Answer,
    partial: Node | None,
    place: Place | None,
    late: Callable[[], bool],
) -> Iterator[Mapping[str, Array]]:
    """Points at which an answer and a partial, or its element at a place, seem to differ.

    `late` returns whether to give up.
    """
    claim = _Claim(definition, answer, partial, place)
    if len(claim.nodes) > _MOST_NODES:
        return
    room = _room(definition, leaves, kept)
    if not room.moved:
        return
    stream = np.random.Generator(np.random.PCG64(_SEED))
    count = max(min(_TOGETHER, _NUMBERS // claim.elements), _LEAST)
    try:
        drawn = room.drawn(count, stream)
        found = list(_Together(claim, room.moved, count).differing(drawn))
        yield from found
        if not found:
            pairs = max(count // _A_PAIR, _LEAST)
            together = _Together(claim, room.moved, pairs)
            for side in _beside_edges(room, together, stream, late):
                yield from together.differing(side)
    except DefinitionError:  # an invalid computed class number at one of the points
        return


def recombined(
    definition: Definition, leaves: Mapping[str, Array], kept: FixedInputs
) -> Iterator[Mapping[str, Array]]:
    """Infinitely many points, each name's value from a point of its own, and some far off; the same
    ones every time.
    """
    room = _room(definition, leaves, kept)
    stream = np.random.Generator(np.random.PCG64(_SEED))
    while True:
        drawn = room.drawn(_RECOMBINED, stream)
        for number in range(_RECOMBINED):
            yield _one(drawn, room.moved, number)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An answer beside a partial of a definition, or beside its element at a place."""

    definition: Definition
    answer: Answer
    partial: Node | None
    place: Place | None

    @property
    def targets(self) -> list[Node]:
        """What of the definition is evaluated; the partial is the last."""
        read = {node.id for node in ancestors([self.answer.node])}
        meant = [
            self.answer.meant[name] for name, leaf in self.answer.names.items() if leaf.id in read
        ]
        return [self.definition.loss, *meant, *([self.partial] if self.partial else [])]

    @property
    def nodes(self) -> list[Node]:
        """All nodes that are evaluated, of the definition and of the answer."""
        return [*ancestors(self.targets), *ancestors([self.answer.node])]

    @property
    def elements(self) -> int:
        """How many numbers they have at one point."""
        return max(sum(size(node.shape) for node in self.nodes), 1)


class _Together:
    """A claim at `count` points at once, at which the named leaves are moved."""

    def __init__(self, claim: _Claim, moved: frozenset[str], count: int) -> None:
        self._claim, self.count, self._moved = claim, count, moved
        self._leaves = claim.definition.leaves
        ids = {leaf.node.id for leaf in self._leaves if leaf.name in moved}
        self._network = Lifted(claim.targets, ids, count)
        names, meant = claim.answer.names, claim.answer.meant
        own = {leaf.id for name, leaf in names.items() if meant[name].id in self._network.lifted}
        self._typed = Lifted([claim.answer.node], own, count)
        self._kinked = [
            self._typed.nodes[node.id]
            for node in ancestors([claim.answer.node])
            if node.id in self._typed.lifted and TABLE[self._typed.nodes[node.id].op].crossed
        ]

    def differing(self, drawn: Points) -> Iterator[Mapping[str, Array]]:
        """Some of the points at which answer and partial are numbers far apart, that rounding did
        not spoil."""
        known, mine = self._values(drawn)
        said = mine[self._typed.targets[0].id]
        right = np.zeros(said.shape)
        if self._claim.partial is not None:
            right = known[self._network.targets[-1].id]
            if self._claim.place is not None:
                right = np.moveaxis(right, 0, -1)[self._claim.place]
        if said.ndim < right.ndim:
            said = said.reshape(self.count, *(1,) * (right.ndim - 1))
        with np.errstate(all="ignore"):
            largest = self._most(np.maximum(np.abs(said), np.abs(right)))
            apart = self._most(np.abs(said - right)) > _FAR * largest
            apart &= largest < _LARGEST
        for value in (*known.values(), *mine.values()):
            if np.shape(value)[:1] == (self.count,):
                apart &= self._most(np.abs(value)) < _LARGEST
        apart &= ~self._loses(self._network, known) & ~self._loses(self._typed, mine)
        for number in np.flatnonzero(apart)[:_MOST]:
            yield _one(drawn, self._moved, int(number))

    def pieces(self, drawn: Points) -> Array:
        """For each point the pieces that elements of the answer's operations are on."""
        mine = self._values(drawn)[1]
        found = [self._by_point(_pieces(node, mine)) for node in self._kinked]
        return np.concatenate([np.zeros((self.count, 0)), *found], axis=1)[:, :_MOST_PIECES]

    def _by_point(self, pieces: Array) -> Array:
        """A row for each point; a condition that no point moves has its pieces once, for all."""
        if pieces.shape[:1] == (self.count,):
            return pieces.reshape(self.count, -1)
        return np.broadcast_to(pieces.ravel(), (self.count, pieces.size))

    def _values(self, drawn: Points) -> tuple[Values, Values]:
        known = {
            self._network.nodes[leaf.node.id].id: drawn[leaf.name]
            for leaf in self._leaves
            if leaf.node.id in self._network.nodes
        }
        compute(self._network.targets, known)
        mine = {
            self._typed.nodes[leaf.id].id: known[
                self._network.nodes[self._claim.answer.meant[name].id].id
            ]
            for name, leaf in self._claim.answer.names.items()
            if leaf.id in self._typed.nodes
        }
        compute(self._typed.targets, mine, near=True)
        return known, mine

    def _most(self, values: Array) -> Array:
        """The largest element at each point."""
        found: Array = np.max(values.reshape(self.count, -1), axis=1, initial=0.0)
        return found

    def _loses(self, lifted: Lifted, values: Values) -> Mask:
        """At which points any element of a node may be the rounding of its inputs."""
        found = np.zeros(self.count, dtype=bool)
        for key in lifted.lifted:
            node = lifted.nodes[key]
            if TABLE[node.op].elementwise and size(node.shape):
                found |= _cancels(node, values).reshape(self.count, -1).any(axis=1)
        return found


@dataclass(frozen=True, slots=True)
class _Room:
    """Values to recombine, by name one behind the other, and the names whose values may change."""

    leaves: Sequence[Leaf]
    base: Points
    moved: frozenset[str]
    """Those that differ from point to point."""
    varied: frozenset[str]
    """Parameters without a premise: some elements are further off than at any point."""
    free: frozenset[str]
    """Those that may lie anywhere, and are sometimes far larger."""
    held: frozenset[str]
    """Those of which only drawn values are known to be allowed."""

    def drawn(self, count: int, stream: np.random.Generator) -> Points:
        """Each name's values from points of their own; those of constants, which bound each other,
        from one."""
        base = len(self.base[min(self.moved)]) if self.moved else 1
        together = stream.integers(0, base, count)
        wide = np.exp(stream.uniform(0, np.log(_WIDE), count))
        many = 0.5 * (stream.random(count) < 0.5)
        found: dict[str, Array] = {}
        for leaf in self.leaves:
            if leaf.name not in self.moved:
                found[leaf.name] = self.base[leaf.name]
                continue
            chosen = together if leaf.role == "const" else stream.integers(0, base, count)
            values = self.base[leaf.name][chosen]
            if leaf.name in self.varied:
                far = np.exp(stream.uniform(np.log(_NEAREST), np.log(_FURTHEST), values.shape))
                far *= stream.choice([-1.0, 1.0], values.shape)
                share = _along(stream.random(count), values)
                values = np.where(stream.random(values.shape) < share, values, far)
            if leaf.name in self.free:
                values = values * _along(np.where(stream.random(count) < many, wide, 1.0), values)
            found[leaf.name] = values
        return found

    def between(self, one: Points, other: Points, share: Array) -> Points:
        """Points on the way from one to the other; what is held, or infinite, stays."""
        found = dict(one)
        for name in self.moved - self.held:
            start, end = one[name], other[name]
            with np.errstate(all="ignore"):
                there = start + _along(share, start) * (end - start)
            found[name] = np.where(np.isfinite(start) & np.isfinite(end), there, start)
        return found

    def scaled(self, drawn: Points, factors: Array) -> Points:
        """The same points with free values so many times as large."""
        return {
            name: value * _along(factors, value) if name in self.free else value
            for name, value in drawn.items()
        }


def _room(definition: Definition, leaves: Mapping[str, Array], kept: FixedInputs) -> _Room:
    numbers = max(sum(value.size for value in leaves.values()), 1)
    most = max(min(_DRAWN, _NUMBERS_DRAWN // numbers), _LEAST)
    base = list(islice(points(definition, leaves, kept, True), most))
    # What no point moves is what class numbers are computed from.
    moved = {name for name in leaves if any(each[name] is not leaves[name] for each in base)}
    held = (leaves.keys() - moved) | {each.name for each in kept}
    own = [leaf for leaf in definition.leaves if not (leaf.structural or leaf.label)]
    free = {leaf.name for leaf in own if leaf.role != "const" and leaf.name in moved}
    # A sign stays what it is as a value grows; a probability does not.
    free -= {
        each.name
        for each in kept
        if each.what != "sign" or float(np.max(np.abs(leaves[each.name]), initial=0.0)) < 1
    }
    return _Room(
        definition.leaves,
        {
            name: np.stack([each[name] for each in base]) if name in moved else leaves[name]
            for name in leaves
        },
        frozenset(moved),
        frozenset({leaf.name for leaf in own if leaf.role == "param"} - held),
        frozenset(free),
        frozenset(held),
    )


def _beside_edges(
    room: _Room, together: _Together, stream: np.random.Generator, late: Callable[[], bool]
) -> Iterator[Points]:
    """For pairs of points on different pieces of an answer two more, close to the edge between.

    An answer whose pieces are right only within those of the network is caught there: sign(h − y)
    for sign(h − 0.9 y). The edge of each pair is of one element, by chance.
    """
    factors = np.resize(_SCALES, together.count)
    one, other = (room.scaled(room.drawn(together.count, stream), factors) for _ in range(2))

    def at(share: Array) -> Points:
        return room.between(one, other, share)

    low, high = np.zeros(together.count), np.ones(together.count)
    first = together.pieces(at(low))
    parted = first != together.pieces(at(high))
    if late() or not parted.any():
        return
    rows = np.arange(together.count)
    chosen = np.argmax(parted * stream.uniform(0.5, 1, parted.shape), axis=1)
    kept = first[rows, chosen]
    for _ in range(_HALVED):
        if late():
            return
        middle = (low + high) / 2
        here = together.pieces(at(middle))[rows, chosen] == kept
        low, high = np.where(here, middle, low), np.where(here, high, middle)
    yield at(low)
    yield at(high)


def _one(drawn: Points, moved: frozenset[str], number: int) -> Mapping[str, Array]:
    """One of many points."""
    return {
        name: np.asarray(value[number]) if name in moved else value for name, value in drawn.items()
    }


def _along(numbers: Array, values: Array) -> Array:
    """A number for each point, to be multiplied by values at these points."""
    return numbers.reshape(-1, *(1,) * (values.ndim - 1))


def pieces_of(node: Node, values: Mapping[int, object]) -> Array:
    """The smooth piece that each element of a node is on, flat."""
    return _pieces(node, values).ravel()


def _pieces(node: Node, values: Mapping[int, object]) -> Array:
    row = TABLE[node.op]
    assert row.branch is not None
    inputs = [
        values[each.id] if isinstance(each, Node) else np.float64(float(each))
        for each in node.inputs
    ]
    with np.errstate(all="ignore"):
        return np.asarray(row.branch(*inputs, **node.params), dtype=np.float64)


def varies(node: Node, values: Sequence[Mapping[int, object]]) -> bool:
    """Whether any element of a node is on different pieces at some points."""
    first, *others = (pieces_of(node, each) for each in values)
    return any(not np.array_equal(each, first, equal_nan=True) for each in others)


def loses(nodes: Sequence[Node], values: Mapping[int, Array]) -> bool:
    """Whether any element of any node may be the rounding of its inputs."""
    elementwise = (each for each in nodes if TABLE[each.op].elementwise)
    return any(bool(np.any(_cancels(each, values))) for each in elementwise)


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

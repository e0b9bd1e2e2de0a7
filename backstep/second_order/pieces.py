"""The smooth pieces around a point: a direction into each, found by crossing their walls.

A kink's wall is where what decides it, as the argument of relu or the difference of two that tie,
is what it is at the point. Within a piece that is smooth, so its slope there is the wall's normal.
From one piece all others are reached across walls, as the cells of a fan are: |x|·|y| has four of
them, and relu(min(−x, min(y, z))) one that holds an eighth of all directions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from backstep.evaluate.numeric import GraphValues, forward
from backstep.graph.node import Node
from backstep.graph.shape import size
from backstep.ops import TABLE
from backstep.ops.row import Array, Mask
from backstep.second_order.kinks import moved, ways
from backstep.symbolic.targets import Target

_DISTANCE = 2.0**-16
"""From the point, in units of each element's size, or 1."""
_STEPS = (2.0**-6, 2.0**-12, 2.0**-18)
"""Of a difference for a slope, as a part of that distance; the first that stays in the piece."""
_FEWEST = 1e-9
"""A length below which a slope is rounding."""
_PARALLEL = 1e-5
"""The sine of the angle of normals that are one."""
_NARROWEST = 1e-12
"""The squared sine, about, of half the narrowest piece's angle."""
_NOTHING = 1e-15
"""A weight, and a gain by one, that is rounding."""
MOST_PIECES = 64
"""Pieces that are looked for."""
MOST_WALLS = 48
MOST_WORK = 60_000
"""Operations evaluated to find them; about a third of a second."""

Gap = Callable[[dict[int, Array]], Array]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Directions into pieces, flat over the targets' elements; whether they are all."""

    directions: Sequence[Array]
    complete: bool


def pieces(nodes: Sequence[Node], numbers: GraphValues, targets: Sequence[Target]) -> Pieces:
    """Fixed directions through the point, on both sides, and one into each piece that they miss.

    `nodes` are all between the targets and the loss that have more than one smooth piece.
    """
    fixed = ways(targets)
    walls = _Walls(nodes, numbers, targets)
    if not walls.count:
        return Pieces(fixed, complete=True)
    if walls.count > MOST_WALLS:
        return Pieces(fixed, complete=False)
    left = MOST_WORK // max(walls.work * (walls.count + len(fixed[0])), 1)
    known: set[bytes] = set()
    found: list[Array] = []
    waiting: list[Array] = []

    def seen(direction: Array) -> bool:
        """Whether the piece is known, or has no numbers; a new one is still to be crossed."""
        key = walls.key(direction)
        if key is None or key in known:
            return True
        known.add(key)
        waiting.append(direction)
        return False

    for direction in fixed:
        seen(direction)
    while waiting:
        left -= 1
        if left < 0 or len(known) > MOST_PIECES:
            return Pieces(fixed, complete=False)
        found += [each for each in walls.across(waiting.pop(0)) if not seen(each)]
    return Pieces([*fixed, *found], complete=True)


class _Walls:
    """What decides the kinks at the point, and on which side of each wall a direction leads."""

    def __init__(
        self, nodes: Sequence[Node], numbers: GraphValues, targets: Sequence[Target]
    ) -> None:
        self._definition, self._numbers, self._targets = numbers.definition, numbers, targets
        with np.errstate(all="ignore"):
            known = {read.id: numbers.value(read) for node in nodes for read in node.nodes}
            self.gaps = [gap for node in nodes for gap in _gaps(node, numbers)]
            self._here = self._of(known)
        self.count = len(self._here)
        self._read = list({read.id: read for node in nodes for read in node.nodes}.values())
        self.work = numbers.definition.graph.forward_count or 1

    def _of(self, known: dict[int, Array]) -> Array:
        return np.concatenate([gap(known) for gap in self.gaps]) if self.gaps else np.zeros(0)

    def _at(self, direction: Array) -> Array:
        """How far each gap is from that at the point, in units of the distance."""
        leaves = moved(self._numbers, self._targets, direction, _DISTANCE)
        known = forward(self._definition, leaves, self._read)
        with np.errstate(all="ignore"):
            return (self._of(known) - self._here) / _DISTANCE

    def key(self, direction: Array) -> bytes | None:
        """The sides of all walls; None where something is no number."""
        gaps = self._at(direction)
        if not np.isfinite(gaps).all():
            return None
        return _signs(gaps).tobytes()

    def across(self, direction: Array) -> list[Array]:
        """A direction across each wall of the piece that the direction leads into."""
        normals = self._normals(direction)
        found = []
        for place, normal in enumerate(normals):
            others = np.delete(normals, place, axis=0)
            on = others - np.outer(others @ normal, normal)
            away = np.linalg.norm(on, axis=1) > _PARALLEL
            others, on = others[away], on[away]
            wall = _inside(on) if len(on) else direction - (direction @ normal) * normal
            if wall is None:
                continue
            length = float(np.linalg.norm(wall))
            wall = wall / length if length > _FEWEST else np.zeros_like(wall)
            towards = others @ normal
            room = np.where(towards > 0, (others @ wall) / np.maximum(towards, _FEWEST), 1.0)
            over = wall - min(float(np.min(room, initial=1.0)) / 2, 1.0) * normal
            found.append(self._further(over))
        return found

    def _further(self, direction: Array) -> Array:
        """A direction that is as far from all walls of the same piece."""
        inside = _inside(self._normals(direction))
        if inside is None:
            return direction
        inside = inside / np.linalg.norm(inside)
        return inside if self.key(inside) == self.key(direction) else direction

    def _normals(self, direction: Array) -> Array:
        """The slopes of the gaps along the targets' elements, towards the piece; of length 1."""
        gaps = self._at(direction)
        count = len(direction)
        slopes = np.empty((len(gaps), count))
        signs = _signs(gaps)
        for number in range(count):
            for step in _STEPS:
                beside = direction.copy()
                beside[number] += step
                there = self._at(beside)
                with np.errstate(all="ignore"):
                    slopes[:, number] = (there - gaps) / step
                if np.array_equal(_signs(there), signs):
                    break
        with np.errstate(all="ignore"):
            slopes *= signs[:, np.newaxis]
            length = np.linalg.norm(slopes, axis=1)
            known = np.isfinite(length) & (length > _FEWEST)
        slopes = slopes[known] / length[known, np.newaxis]
        kept: list[Array] = []
        for slope in slopes:
            if all(slope @ each < 1 - _PARALLEL**2 / 2 for each in kept):
                kept.append(slope)
        return np.array(kept).reshape(len(kept), count)


def _signs(gaps: Array) -> Array:
    return np.where(np.abs(gaps) > _FEWEST * _DISTANCE, np.sign(gaps), 0.0)


def _gaps(node: Node, numbers: GraphValues) -> list[Gap]:
    """What decides a node's kinks where it is at one, each as numbers from the nodes' values."""
    row = TABLE[node.op]
    inputs = [
        numbers.value(each) if isinstance(each, Node) else np.asarray(float(each))
        for each in node.inputs
    ]
    if not row.elementwise:
        return [] if row.branch is None else _ties(node, inputs, row.branch(*inputs, **node.params))

    def at(*places: int) -> Mask:
        """Where the row is on another piece with these inputs a little larger, or smaller."""
        other = np.zeros(node.shape, dtype=bool)
        if row.branch is not None:
            here = row.branch(*inputs, **node.params)
            for side in (_DISTANCE, -_DISTANCE):
                beside = list(inputs)
                for place in places:
                    beside[place] = inputs[place] + side * np.maximum(np.abs(inputs[place]), 1.0)
                other |= np.not_equal(row.branch(*beside, **node.params), here)
        return other

    hit = np.zeros(node.shape, dtype=bool)
    for kink in row.kinks:
        if not kink.always:
            hit |= np.asarray(kink.hits(*inputs, **node.params))
    found = []
    places = [place for place, each in enumerate(node.inputs) if isinstance(each, Node)]
    alone = [at(place) | hit for place in places]
    if len(places) == 2:
        together = at(*places)
        compared = alone[0] & alone[1] & ~together
        if compared.any():
            found.append(_difference(node, places, compared))
        alone = [each & ~compared for each in alone]
    found += [
        _input(node, place, where)
        for place, where in zip(places, alone, strict=True)
        if where.any()
    ]
    return found


def _input(node: Node, place: int, where: Mask) -> Gap:
    (key, shape) = (node.inputs[place].id, node.shape)  # type: ignore[union-attr]
    return lambda known: np.broadcast_to(known[key], shape)[where]


def _difference(node: Node, places: Sequence[int], where: Mask) -> Gap:
    one, other = (_input(node, place, where) for place in places)
    return lambda known: one(known) - other(known)


def _ties(node: Node, inputs: Sequence[Any], chosen: Any) -> list[Gap]:
    """The differences of the elements that tie, along the node's axis.

    Of what takes the largest `chosen` is where it is taken; of what tells places, such as a sort,
    it is those, and equal neighbours in their order tie.
    """
    (x,) = node.nodes
    axis = node.params.get("axis")
    places = np.arange(size(x.shape)).reshape(x.shape)
    lines = places.reshape(1, -1) if axis is None else np.moveaxis(places, axis, -1)
    lines = lines.reshape(-1, lines.shape[-1])
    if np.asarray(chosen).dtype == bool:
        taken = np.asarray(chosen).reshape(-1)
        pairs = [pair for line in lines for pair in combinations(line[taken[line]], 2)]
    else:
        flat = np.broadcast_to(inputs[0], x.shape).reshape(-1)
        ordered = [line[np.argsort(flat[line], kind="stable")] for line in lines]
        pairs = [
            pair for line in ordered for pair in pairwise(line) if flat[pair[0]] == flat[pair[1]]
        ]
    if not pairs:
        return []
    one, other = np.array(pairs).T

    def differences(known: dict[int, Array]) -> Array:
        flat = np.broadcast_to(known[x.id], x.shape).reshape(-1)
        return np.asarray(flat[one] - flat[other])

    return [differences]


def _inside(normals: Array) -> Array | None:
    """The shortest vector on whose side of each wall is at least 1; None if there is none.

    Lawson and Hanson, Solving Least Squares Problems (1974), chapter 23: least distance
    programming, by least squares without negative weights.
    """
    if not len(normals):
        return None
    rows = np.vstack([normals.T, np.ones(len(normals))])
    wanted = np.zeros(len(rows))
    wanted[-1] = 1.0
    left = wanted - rows @ _weights(rows, wanted)
    if left[-1] < _NARROWEST:
        return None
    found: Array = -left[:-1] / left[-1]
    return found if (normals @ found).min() > 0.5 else None


def _weights(rows: Array, wanted: Array) -> Array:
    """The weights, none negative, with which the columns are nearest to what is wanted."""
    count = rows.shape[1]
    weights, active = np.zeros(count), np.zeros(count, dtype=bool)
    for _ in range(3 * count):
        slope = rows.T @ (wanted - rows @ weights)
        slope[active] = -np.inf
        place = int(np.argmax(slope))
        if slope[place] <= _NOTHING:
            break
        active[place] = True
        while True:
            made = np.zeros(count)
            made[active] = np.linalg.lstsq(rows[:, active], wanted, rcond=None)[0]
            low = active & (made <= 0)
            if not low.any():
                break
            share = np.min(weights[low] / np.maximum(weights[low] - made[low], _NOTHING))
            weights = weights + share * (made - weights)
            active &= weights > _NOTHING
            weights[~active] = 0.0
        weights = made
    return weights

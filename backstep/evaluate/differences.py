"""Partials as differences of forward values: one element moved, all that reads it evaluated again.

The points of several elements are evaluated at once, as a batch (`compiled/lift`).

Reads no rule and no gradient. A kink within a step is reported, since no difference tells what is
on both sides of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.cost import work
from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.finite_differences import (
    Difference,
    five_point,
    of_values,
    points_at,
    step_at,
)
from backstep.evaluate.interpret import literal_number
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.ops import TABLE
from backstep.ops.row import Array, Kink, Mask

Place = tuple[int, ...]
ARITHMETIC = 2_000
"""Scalar operations that take as long as the evaluation of a small node."""
_POINTS = 4
"""Points of one element."""
_TOGETHER = 200_000
"""Numbers that are computed at once: what fits a processor's cache."""
_FEWEST = 4
"""Elements from which on a batch takes less time than they do one by one."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A difference, and the words of the convention that holds where the element stands.

    `smooth` is False if the points of the difference lie on several pieces of an operation.
    """

    difference: Difference
    convention: str | None
    smooth: bool


class Differences:
    """Differences of a loss with respect to the elements of one node, at known values (by node id).

    `read` are the uses of the nodes that the loss reads, by node id.
    """

    def __init__(
        self,
        loss: Node,
        node: Node,
        known: Mapping[int, Array],
        read: Mapping[int, Sequence[tuple[Node, int]]],
    ) -> None:
        self._loss = loss
        self._node = node
        reading: dict[int, Node] = {}
        waiting = [node]
        while waiting:
            for use, _ in read.get(waiting.pop().id, ()):
                if use.id not in reading and not TABLE[use.op].stops:
                    reading[use.id] = use
                    waiting.append(use)
        self._order = [reading[key] for key in sorted(reading)]
        still = {each.id: each for use in self._order for each in use.nodes}
        still[node.id] = node
        self._given = [still[key] for key in sorted(still) if key not in reading]
        self._base = {each.id: known[each.id] for each in (*self._given, loss)}
        self._lifted: Lifted | None = None
        self._kinks = [
            (each, kink, hits)
            for each in self._order
            for kink in TABLE[each.op].kinks
            if (hits := _hits(each, kink, known)).any()
        ]
        self._pieces = [
            (each, _piece(each, known)) for each in self._order if TABLE[each.op].branch is not None
        ]

    @property
    def work(self) -> int:
        """Node evaluations that one element costs, or as much arithmetic as takes as long."""
        numbers = size(self._node.shape)
        numbers += sum(work(each) + size(each.shape) for each in self._order)
        return 4 * (len(self._order) + len(self._pieces) + 1 + numbers // ARITHMETIC)

    @property
    def together(self) -> int:
        """The elements whose points are best evaluated at once."""
        elements = size(self._node.shape) + sum(size(each.shape) for each in self._order)
        return max(_TOGETHER // (_POINTS * max(elements, 1)), 1)

    def several(self, places: Sequence[Place]) -> list[Moved]:
        """The loss's partials with respect to some elements; as `by`, up to its rounding."""
        if min(len(places), self.together) < _FEWEST or self._loss not in self._order:
            return [self.by(at) for at in places]
        base = np.asarray(self._base[self._node.id], dtype=np.float64)
        lifted = self._lift(_POINTS * len(places))
        steps = [step_at(float(base[at])) for at in places]
        moved = np.repeat(base[np.newaxis], lifted.count, axis=0)
        for number, (at, step) in enumerate(zip(places, steps, strict=True)):
            for point, value in enumerate(points_at(float(base[at]), step)):
                moved[(_POINTS * number + point, *at)] = value
        known = {lifted.nodes[each.id].id: self._base[each.id] for each in self._given}
        known[lifted.nodes[self._node.id].id] = moved
        with np.errstate(all="ignore"):
            for node in ancestors(lifted.targets, set(known)):
                known[node.id] = TABLE[node.op].numpy(*_inputs(node, known), **node.params)
        return self._gathered(_Points(lifted, known), steps)

    def _gathered(self, points: _Points, steps: Sequence[float]) -> list[Moved]:
        """The differences of several elements, whose points are one behind the other."""
        losses = points.value(self._loss).tolist()
        crossed = np.zeros(len(losses), dtype=bool)
        for node, own in self._pieces:
            crossed |= points.apart(node, own)
        here = float(self._base[self._loss.id])
        found = []
        for number, step in enumerate(steps):
            own_points = range(_POINTS * number, _POINTS * (number + 1))
            left = [
                kink.words
                for point in own_points
                for node, kink, hits in self._kinks
                if (hits & ~_hits(node, kink, points.at(node, point))).any()
            ]
            difference = of_values(step, [losses[point] for point in own_points], here)
            smooth = not crossed[own_points.start : own_points.stop].any()
            found.append(Moved(difference, left[0] if left else None, bool(smooth)))
        return found

    def _lift(self, count: int) -> Lifted:
        """The graph from the node to the loss at so many points; kept for the next as many."""
        if self._lifted is None or self._lifted.count != count:
            self._lifted = Lifted(self._order, {self._node.id}, count, self._given)
        return self._lifted

    def by(self, at: Place, finer: float = 1.0) -> Moved:
        """The loss's partial with respect to one element."""
        left: list[str] = []
        crossed: list[bool] = []

        def loss(value: float) -> float:
            known = self._moved(at, value)
            left.extend(
                kink.words
                for node, kink, hits in self._kinks
                if (hits & ~_hits(node, kink, known)).any()
            )
            crossed.append(self._crosses(known))
            return float(known[self._loss.id])

        here = float(self._base[self._loss.id])
        found = five_point(loss, float(self._base[self._node.id][at]), finer, here)
        return Moved(found, left[0] if left else None, not any(crossed))

    def _crosses(self, known: Mapping[int, Array]) -> bool:
        return any(not np.array_equal(_piece(node, known), own) for node, own in self._pieces)

    def _moved(self, at: Place, value: float) -> dict[int, Array]:
        moved = np.array(self._base[self._node.id], dtype=np.float64)
        moved[at] = value
        known: dict[int, Array] = {**self._base, self._node.id: moved}
        with np.errstate(all="ignore"):
            for node in self._order:
                known[node.id] = TABLE[node.op].numpy(*_inputs(node, known), **node.params)
        return known


class _Points:
    """The values of a lifted graph, read by the nodes that it was made of."""

    def __init__(self, lifted: Lifted, known: Mapping[int, Array]) -> None:
        self._lifted, self._known = lifted, known

    def value(self, node: Node) -> Array:
        """A node's values at all points, or its only one if it is the same at all of them."""
        found = np.asarray(self._known[self._lifted.nodes[node.id].id])
        if node.id not in self._lifted.lifted:
            return found
        return np.broadcast_to(found, (self._lifted.count, *node.shape))

    def at(self, node: Node, point: int) -> dict[int, Array]:
        """The values at one point of what a node reads."""
        moved = self._lifted.lifted
        return {
            each.id: self.value(each)[point] if each.id in moved else self.value(each)
            for each in node.nodes
        }

    def apart(self, node: Node, own: Array) -> Mask:
        """At which points a node is on another piece than `own`."""
        if not TABLE[node.op].elementwise:
            return np.array(
                [
                    not np.array_equal(_piece(node, self.at(node, point)), own)
                    for point in range(self._lifted.count)
                ]
            )
        rank = max(len(each.shape) for each in node.nodes)
        known = {each.id: self._padded(each, rank) for each in node.nodes}
        piece = _piece(node, known)
        if piece.ndim == own.ndim:  # it rests on what is the same at all points
            return np.full(self._lifted.count, not np.array_equal(piece, own))
        crossed: Mask = (piece != own).any(axis=tuple(range(1, piece.ndim)))
        return crossed

    def _padded(self, node: Node, rank: int) -> Array:
        """A node's values with axes of size 1 behind the points', up to a rank."""
        value = self.value(node)
        if node.id not in self._lifted.lifted:
            return value
        missing = rank - len(node.shape)
        return value.reshape(value.shape[0], *(1,) * missing, *node.shape)


def _inputs(node: Node, known: Mapping[int, Array]) -> list[Array]:
    return [
        literal_number(operand) if isinstance(operand, Literal) else known[operand.id]
        for operand in node.inputs
    ]


def _piece(node: Node, known: Mapping[int, Array]) -> Array:
    piece = TABLE[node.op].branch
    assert piece is not None
    with np.errstate(all="ignore"):
        return np.asarray(piece(*_inputs(node, known), **node.params))


def _hits(node: Node, kink: Kink, known: Mapping[int, Array]) -> Mask:
    with np.errstate(all="ignore"):
        return np.asarray(kink.hits(*_inputs(node, known), **node.params), dtype=bool)

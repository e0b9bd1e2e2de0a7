"""Partials as differences of forward values: one element moved, all that reads it evaluated again.

Reads no rule and no gradient. A kink within a step is reported, since no difference tells what is
on both sides of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.cost import work
from backstep.evaluate.finite_differences import Difference, five_point
from backstep.evaluate.interpret import literal_number
from backstep.graph.node import Literal, Node
from backstep.graph.shape import size
from backstep.ops import TABLE
from backstep.ops.row import Array, Kink, Mask

Place = tuple[int, ...]
ARITHMETIC = 2_000
"""Scalar operations that take as long as the evaluation of a small node."""


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
        self._base = {
            each.id: known[each.id]
            for each in {each.id: each for use in self._order for each in use.nodes}.values()
            if each.id not in reading
        }
        self._base.update({each.id: known[each.id] for each in (node, loss)})
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

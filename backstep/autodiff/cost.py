"""The cost of values and gradients in operations, with shared partials and without.

Counted on the graph that is run, by the rows' own `work`. What reads no node is evaluated while the
text is read, and counts nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backstep.autodiff.reverse import Backward
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.ops import TABLE

MOVES = 4
"""For each number's difference: two moves of it, a difference, a quotient."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Operations; `alone` are each parameter's in addition to the forward pass, by node id.

    Each number of a tensor is differentiated on its own: the partials on the way to it are
    recomputed for each, and of those with the parameter's own shape each takes its element.
    """

    numbers: int
    forward: int
    backward: int
    alone: Mapping[int, int]
    nothing_kept: int

    @property
    def together(self) -> int:
        """The loss and all gradients, every value and partial computed once."""
        return self.forward + self.backward

    @property
    def each_alone(self) -> int:
        """One forward pass, then every number's partial computed separately."""
        return self.forward + sum(self.alone.values())

    @property
    def passes(self) -> int:
        """The forward passes that central differences take: two for each number."""
        return 2 * self.numbers

    @property
    def differences(self) -> int:
        """Central differences for every number."""
        return self.passes * self.forward + MOVES * self.numbers


def work(node: Node) -> int:
    """The operations of one evaluation: sums, products, powers and functions of numbers.

    A difference is a sum, a quotient a product, a choice a function; signs, conditions and moves of
    elements are free.
    """
    if not node.nodes:
        return 0
    row, elements = TABLE[node.op], size(node.shape)
    if isinstance(row.work, int):
        return row.work * elements
    return row.work(elements, *(operand.shape for operand in node.inputs), **node.params)


def cost(loss: Node, back: Backward, parameters: Iterable[Node]) -> Cost:
    """The cost of the loss and of its gradient with respect to the parameters."""
    parameters = list(parameters)
    behind = ancestors([loss])
    adjoints = [back.adjoints.get(node.id) for node in parameters]
    wanted = [adjoint for adjoint in adjoints if adjoint is not None]
    needed = _needed(adjoints, {node.id for node in behind})
    alone = np.zeros(len(parameters), dtype=object)
    numbers = np.array([size(node.shape) for node in parameters], dtype=object)
    last = {
        node.shape: np.array([each.shape == node.shape for each in parameters])
        for node in parameters
    }
    for node, bits in needed:
        for_it = _places(bits, len(parameters))
        own = for_it & last.get(node.shape, False)
        alone[own] += work(node)
        alone[for_it & ~own] += work(node) * numbers[for_it & ~own]
    return Cost(
        numbers=sum(size(node.shape) for node in parameters),
        forward=sum(map(work, behind)),
        backward=sum(work(node) for node, _ in needed),
        alone={node.id: int(count) for node, count in zip(parameters, alone, strict=True)},
        nothing_kept=sum(_written_out([loss, *wanted])),
    )


def _needed(targets: Sequence[Node | None], known: Collection[int]) -> list[tuple[Node, int]]:
    """What the targets are computed from besides what is known, and for which of them, as bits."""
    bits: dict[int, int] = {}
    for place, target in enumerate(targets):
        if target is not None:
            bits[target.id] = bits.get(target.id, 0) | 1 << place
    found: list[tuple[Node, int]] = []
    behind = ancestors([target for target in targets if target is not None])
    for node in reversed(behind):
        if node.id in known:
            continue
        own = bits[node.id]
        if work(node):
            found.append((node, own))
        for parent in node.nodes:
            bits[parent.id] = bits.get(parent.id, 0) | own
    return found


def _places(bits: int, count: int) -> NDArray[np.bool_]:
    """The bits of a number, the lowest first."""
    data = bits.to_bytes((count + 7) // 8, "little")
    packed = np.frombuffer(data, np.uint8)
    return np.unpackbits(packed, count=count, bitorder="little").astype(np.bool_)


def _written_out(targets: list[Node]) -> list[int]:
    """Each target's operations as one formula in the declared names, in which nothing is shared."""
    sizes: dict[int, int] = {}
    for node in ancestors(targets):
        sizes[node.id] = work(node) + sum(sizes[parent.id] for parent in node.nodes)
    return [sizes[target.id] for target in targets]

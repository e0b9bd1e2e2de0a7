"""Partials that are 0 but for rounding: which elements, and the partials with zeros for them.

The backward pass is repeated several times with every term a millionth off: a partial moves by a
millionth of what was added up to it. If the partial itself is below a few ulps of that, its terms
cancelled, and what is left is their rounding. (The idea is that of stochastic arithmetic: J.
Vignes, Mathematics and Computers in Simulation 35, 1993.)

Local derivatives are not perturbed: a saturated unit's slope is small, and not 0.
"""

from __future__ import annotations

import numpy as np

from backstep.evaluate.interpret import literal_number
from backstep.evaluate.numeric import GraphValues, apply
from backstep.graph.graph import literal_of
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.ops.row import Array, Mask
from backstep.records import lazy_property

_SEED = 20_240_301
OFF = 1e-6
"""The relative perturbation of a term."""
TIMES = 3
ULPS = 8.0
EPSILON = float(np.finfo(np.float64).eps)
_SUSPECT = 1e-12
"""What is larger than this, relative to the largest number of all, is no rounding of it."""
_MOST = 4_000_000
"""Numbers of one pass; a larger one is not examined."""


class Rounding:
    """What is rounding alone in one pass. Masks and values have the nodes' shapes."""

    def __init__(self, numbers: GraphValues) -> None:
        self.numbers = numbers

    def of(self, node: Node) -> Mask | None:
        """Which elements of a forward node's partial are 0 but for rounding; None: none is."""
        if self._none:
            return None
        mask = self._mask(self.numbers.back.adjoints.get(node.id))
        return None if mask is None else np.broadcast_to(mask, node.shape)

    def settled(self, node: Node) -> Array:
        """The partial of a forward node, with 0 for what is 0 but for rounding."""
        mask, partial = self.of(node), self.numbers.partial(node)
        return partial if mask is None else np.where(mask, 0.0, partial)

    def sent(self, node: Node) -> Array:
        """The value of a node of the gradient, such as one contribution, settled alike."""
        mask, value = self._mask(node), self.numbers.value(node)
        return value if mask is None else np.where(mask, 0.0, value)

    def again(self, node: Node) -> list[Array]:
        """The values of a node in the repeated backward passes, every term perturbed."""
        return [each.value(node) for each in self._again]

    def _mask(self, node: Node | None) -> Mask | None:
        if (
            node is None
            or literal_of(node)
            or not _has_below(self.numbers.value(node), self._bound)
        ):
            return None
        value = self.numbers.value(node)
        with np.errstate(all="ignore"):
            moved = np.max([np.abs(each.value(node) - value) for each in self._again], axis=0)
            small = np.abs(value) < ULPS * EPSILON * (moved / OFF)
        mask = np.asarray((value != 0) & small & np.isfinite(moved))
        return mask if mask.any() else None

    @lazy_property
    def _none(self) -> bool:
        """Whether all numbers of the pass are scalars, and none is small beside the largest."""
        if any(value.ndim for value in self.numbers.values.values()):
            return False
        bound = self._bound
        return not any(0 < size < bound for size in self.numbers.largest)

    @lazy_property
    def _bound(self) -> float:
        """What is larger needs no second look; 0 if the pass is too large for one."""
        values = self.numbers.values.values()
        if sum(value.size for value in values) > _MOST:
            return 0.0
        found = self.numbers.largest if self.numbers.finite else map(_largest, values)
        return _SUSPECT * max(found, default=0.0)

    @lazy_property
    def _again(self) -> list[_Again]:
        return [_Again(self.numbers, _SEED + time) for time in range(TIMES)]


def _largest(value: Array) -> float:
    if value.ndim == 0:
        size = abs(float(value))
        return size if size < np.inf else 0.0
    sizes = np.abs(value)
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def _has_below(value: Array, bound: float) -> bool:
    if value.ndim == 0:
        return 0 < abs(float(value)) < bound
    sizes = np.abs(value)
    if np.minimum.reduce(sizes, None, initial=np.inf) >= bound:  # the usual case, in one pass
        return False
    return bool(((sizes > 0) & (sizes < bound)).any())


class _Again:
    """A repeated backward pass, every term perturbed; the forward values are unchanged."""

    def __init__(self, numbers: GraphValues, seed: int) -> None:
        self.numbers = numbers
        self._stream = np.random.Generator(np.random.PCG64(seed))
        forward = self._forward = numbers.definition.graph.forward_count or 0
        self._known = {key: value for key, value in numbers.values.items() if key < forward}
        self._totals: dict[int, list[Node]] = {}
        """By the id of a partial that is a sum, the contributions it adds up."""
        for key, parts in numbers.back.gathered.items():
            arriving = [part for _, _, part, _ in parts if part is not None]
            total = numbers.back.adjoints.get(key)
            # What was simplified to one of its terms, or to an existing node, is no sum.
            if total is not None and len(arriving) > 1 and max(p.id for p in arriving) < total.id:
                self._totals.setdefault(total.id, arriving)
        self._moved = {
            part.id
            for parts in numbers.back.gathered.values()
            for _, _, part, _ in parts
            if part is not None and part.id >= forward and not literal_of(part)
        }

    def value(self, node: Node) -> Array:
        """The perturbed value of a node."""
        if node.id not in self._known:
            for each in ancestors([node], self._known):
                if each.id not in self._known:
                    self._known[each.id] = self._made(each)
        return self._known[node.id]

    def _made(self, node: Node) -> Array:
        if node.id < self._forward:
            return self.numbers.value(node)
        if node.id in self._totals and not literal_of(node):
            self._moved.add(node.id)
            with np.errstate(all="ignore"):
                return np.asarray(
                    sum(self._off(self.value(each)) for each in self._totals[node.id])
                )
        if node.id in self._moved or any(each.id in self._moved for each in node.nodes):
            self._moved.add(node.id)
            inputs = [self._read(node, operand) for operand in node.inputs]
            with np.errstate(all="ignore"):
                return self._off(np.asarray(apply(node, inputs), dtype=np.float64))
        return self.numbers.value(node)

    def _read(self, node: Node, operand: Operand) -> Array:
        if isinstance(operand, Literal):
            return literal_number(operand)
        value = self.value(operand)
        # The terms that a sum adds up are terms of the partial too.
        terms = operand.id not in self._moved and value.size > int(np.prod(node.shape))
        return self._off(value) if terms else value

    def _off(self, value: Array) -> Array:
        shape = np.shape(value)
        by = self._stream.uniform(0.5, 1.0, shape) * self._stream.choice([-1.0, 1.0], shape)
        with np.errstate(all="ignore"):
            return np.asarray(value * (1.0 + OFF * by))

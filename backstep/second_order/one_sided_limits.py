"""Limits of second derivatives beside a point at which kinks are passed: one value, or none.

They are evaluated at distances that shrink by a constant factor, on every side, with many digits if
that is in reach: convergence by a power of the distance, a root or a logarithm is told from growth.
The loss has second derivatives at the point if they tend to one value from every side, and the
gradient to its value there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from backstep.autodiff.reverse import Backward
from backstep.autodiff.second_order import Product
from backstep.clock import Watch
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Definition
from backstep.ops.row import Array, Mask
from backstep.second_order.kinks import spread
from backstep.symbolic.many_digits import Beyond, Reals, objects, real, work
from backstep.symbolic.targets import Target

MOST_WORK = 400_000
"""Operations on elements with many digits; about a second."""
_SECONDS = 0.7
_DIGITS = 300
_DISTANCES = tuple(Fraction(1, 10**power) for power in (20, 30, 40, 50))
"""Far to near. What has a third root of the distance in it keeps sixteen digits."""
_AGREE = 1e-9
_ROUNDED = 1e-8
"""The largest distance of equal limits from two sides, relative to the largest; in floats."""
_NOTHING = 1e-120
"""What is left when terms of the order of the inverse distances cancel."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Limits of second derivatives and gradient, with a row for each side: a number, or an
    infinity.

    NaN means that there are no numbers on a side. False in the others means unknown.
    """

    second: Array
    second_told: Mask
    gradient: Array
    gradient_told: Mask
    slack: float
    """The largest distance of equal limits, relative to the largest."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the second derivatives, if `known`; `smooth` if they are the second
    derivatives.

    `sides`: some are from sides where there are second derivatives alone. `told`: the limits could
    be determined everywhere.
    """

    values: Array
    known: Mask
    smooth: Mask
    sides: bool
    told: bool


def limits(ends: Ends, gradient: Array) -> Limits:
    """The limits from all sides together; `gradient` is that at the point, flat."""
    values, known = _common(ends.second, ends.second_told, ends.slack)
    slopes, one = _common(ends.gradient, ends.gradient_told, ends.slack)
    with np.errstate(all="ignore"):
        near = np.abs(slopes - gradient) <= _ROUNDED * np.maximum(np.abs(slopes), 1.0)
    nothing = np.isnan(ends.gradient).all(axis=0) & ends.gradient_told.all(axis=0)
    steady = nothing | (one & np.isfinite(slopes) & (near | np.isnan(gradient)))
    smooth = known & (steady if values.ndim == 1 else steady[:, None] & steady)
    sides = bool(np.isnan(ends.second).any())
    return Limits(values, known, smooth, sides, bool(ends.second_told.all()))


def _common(ends: Array, told: Mask, slack: float) -> tuple[Array, Mask]:
    """The common value of all sides that have numbers, and where there is one."""
    there = ~np.isnan(ends)
    some = there.any(axis=0)
    low = np.where(there, ends, np.inf).min(axis=0, initial=np.inf)
    high = np.where(there, ends, -np.inf).max(axis=0, initial=-np.inf)
    with np.errstate(all="ignore"):
        finite = np.isfinite(low) & np.isfinite(high)
        scale = np.max(np.abs(np.where(finite, high, 0.0)), initial=0.0)
        same = (low == high) | (finite & (high - low <= slack * scale))
        values = np.where(low == high, low, low + (high - low) / 2)
    known = some & same & told.all(axis=0)
    return np.where(known, values, np.nan), known


def rounded_ends(
    around: Sequence[Sequence[GraphValues]],
    second: Callable[[GraphValues], Array],
    gradient: Callable[[GraphValues], Array],
) -> Ends:
    """The limits in floats: terms linear in the distance cancel, and quadratic ones are left.

    Other powers are not determined.
    """

    def tends_to(values: Sequence[Array]) -> tuple[Array, Mask]:
        far, middle, near = values
        before, end = middle + (middle - far), near + (near - middle)
        none = np.isnan(far) & np.isnan(middle) & np.isnan(near)
        settled = np.abs(end - before) <= _ROUNDED * np.maximum(np.abs(end), 1.0)
        whole = np.rint(end)
        noise = 1e-10 * np.maximum(np.abs(whole), 1.0)
        end = np.where(np.abs(end - whole) <= noise, whole, end)
        return np.where(settled, end, np.nan), none | settled

    with np.errstate(all="ignore"):
        seconds = [tends_to([second(numbers) for numbers in along]) for along in around]
        slopes = [tends_to([gradient(numbers) for numbers in along]) for along in around]
    return Ends(
        np.array([value for value, _ in seconds]),
        np.array([told for _, told in seconds]),
        np.array([value for value, _ in slopes]),
        np.array([told for _, told in slopes]),
        _ROUNDED,
    )


def ends(
    definition: Definition,
    numbers: GraphValues,
    targets: Sequence[Target],
    product: Product,
    vector: Sequence[Array] | None,
    directions: Sequence[Array],
) -> Ends | None:
    """The limits of the matrix, or of its product with a vector, along each direction; None if they
    are out of reach.
    """
    parts = [part for part in product.parts.values() if part is not None]
    slopes = _adjoints(numbers.back, targets)
    count = sum(len(target.places) for target in targets)
    columns = count if vector is None else 1
    rounds = len(directions) * len(_DISTANCES)
    if not all(np.isfinite(value).all() for value in numbers.leaves.values()):
        return None
    if rounds * (work(slopes) + columns * work(parts)) > MOST_WORK:
        return None
    reals, watch = Reals(_DIGITS), Watch()
    beside = _Beside(definition, numbers, targets, product, reals, lambda: watch.past(_SECONDS))
    found = []
    try:
        for direction in directions:
            moved = spread(targets, direction)
            along = [
                beside.worked_out([far * part for part in moved], vector)
                for far in map(reals.number, _DISTANCES)
            ]
            found.append([_each_tends_to(reals, each) for each in zip(*along, strict=True)])
    except (Beyond, ArithmeticError, ValueError):
        return None
    (second, second_told), (gradient, gradient_told) = (
        [np.array(each) for each in zip(*(row[kind] for row in found), strict=True)]
        for kind in (0, 1)
    )
    return Ends(second, second_told, gradient, gradient_told, _AGREE)


def _adjoints(back: Backward, targets: Sequence[Target]) -> list[Node]:
    found = (back.adjoints.get(target.node.id) for target in targets)
    return [each for each in found if each is not None]


class _Beside:
    """The second derivatives and the gradient beside the point, with many digits."""

    def __init__(
        self,
        definition: Definition,
        numbers: GraphValues,
        targets: Sequence[Target],
        product: Product,
        reals: Reals,
        late: Callable[[], bool],
    ) -> None:
        self._targets, self._product = targets, product
        self._back, self._reals, self._late = numbers.back, reals, late
        self._leaves = objects(
            reals, {leaf.node: numbers.leaves[leaf.name] for leaf in definition.leaves}
        )
        self._parts = [part for part in product.parts.values() if part is not None]
        sown = {seed.id for seed in product.seeds.values()}
        order = ancestors(self._parts)
        for node in order:
            if any(parent.id in sown for parent in node.nodes):
                sown.add(node.id)
        self._still = [node for node in order if node.id not in sown]

    def worked_out(
        self, moved: Sequence[object], vector: Sequence[Array] | None
    ) -> tuple[object, object]:
        """Both, flat, with the targets moved by so much of their size, or of 1."""
        known = dict(self._leaves)
        for target, by in zip(self._targets, moved, strict=True):
            value = self._leaves[target.node]
            size = self._reals.each(lambda each: max(abs(each), 1), value)
            known[target.node] = known[target.node] + by * size
        slopes = _adjoints(self._back, self._targets)
        self._run([*slopes, *self._still], known)
        gradient = self._joined(
            [self._back.adjoints.get(target.node.id) for target in self._targets], known
        )
        columns = [self._times(known, each) for each in self._vectors(vector)]
        return (columns[0] if vector is not None else np.stack(columns, axis=1)), gradient

    def _vectors(self, vector: Sequence[Array] | None) -> list[Sequence[Array]]:
        if vector is not None:
            return [vector]
        found: list[Sequence[Array]] = []
        for number, target in enumerate(self._targets):
            for at in target.places:
                unit = [np.zeros(each.node.shape) for each in self._targets]
                unit[number][at] = 1.0
                found.append(unit)
        return found

    def _times(self, still: dict[Node, object], vector: Sequence[Array]) -> Any:
        known = dict(still)
        for target, part in zip(self._targets, vector, strict=True):
            seed = self._product.seeds[target.node.id]
            sown = objects(self._reals, {seed: part})[seed]
            known[seed] = sown if seed not in known else known[seed] + sown
        self._run(self._parts, known)
        return self._joined(
            [self._product.parts[target.node.id] for target in self._targets], known
        )

    def _run(self, nodes: Sequence[Node], known: dict[Node, object]) -> None:
        real(
            self._reals,
            nodes,
            known,
            lambda _node, _place, each: self._reals.written(each),
            self._late,
        )

    def _joined(self, nodes: Sequence[Node | None], known: dict[Node, object]) -> object:
        found: list[object] = []
        for target, node in zip(self._targets, nodes, strict=True):
            value = self._reals.number(0) if node is None else known[node]
            whole = np.broadcast_to(np.asarray(value, dtype=object), target.node.shape)
            found += [whole[at] for at in target.places]
        return np.array(found, dtype=object)


def _each_tends_to(reals: Reals, values: Sequence[Any]) -> tuple[Array, Mask]:
    shape = values[0].shape
    ends, told = np.empty(shape), np.empty(shape, dtype=bool)
    for at in np.ndindex(*shape):
        found = tends_to([reals.number(0) + each[at] for each in values])
        ends[at], told[at] = (np.nan, False) if found is None else (found, True)
    return ends, told


def tends_to(values: Sequence[Any]) -> float | None:
    """The limit of four numbers, evaluated at distances in geometric progression.

    NaN if none is a number; None if it cannot be determined. Convergence by a power of the distance
    has steps of one ratio (Aitken's process gives the limit), growth has steps that do not shrink,
    a logarithm equal ones.
    """
    missing = [each != each for each in values]
    if any(missing):
        return np.nan if all(missing) else None
    a, b, c, d = values
    if max(abs(c), abs(d)) <= _NOTHING:
        return 0.0
    first, second, third = a - b, b - c, c - d
    if abs(third) <= 1e-40 * abs(d):
        return float(d)
    if first == 0 or second == 0:
        return None
    if abs(d) <= 1e-4 * abs(c) and abs(c) <= 1e-4 * abs(b):
        return 0.0
    before, ratio = second / first, third / second
    if min(before, ratio) >= 1 - 1e-12:
        return np.inf if third < 0 else -np.inf
    if max(abs(before), abs(ratio)) >= 1 - 1e-12:
        return None
    earlier = c - second * before / (1 - before)
    end = d - third * ratio / (1 - ratio)
    if abs(earlier) <= 1e-6 * abs(c) and abs(end) <= 1e-6 * abs(d):
        return 0.0
    return float(end) if abs(end - earlier) <= 1e-9 * abs(end) else None

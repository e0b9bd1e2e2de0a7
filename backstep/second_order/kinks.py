"""Second derivatives at kinks: limits from all around where they are one number, else a warning.

The gradient differentiated again stays on one smooth piece at a kink: of ‖x‖² at 0 it sees only
the convention for ‖x‖. The loss may be smooth there all the same. So where a kink is passed, the
second derivatives beside the point say what it is: they tend to one number from every side, and
the gradient has no jump, or the point has no second derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from backstep.evaluate.numeric import GraphValues, evaluate_graph
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.symbolic.bounds import Target

FAR, NEAR = 2.0**-19, 2.0**-20
"""Two distances from the point, in units of each element's size, or 1: what is linear in the
distance cancels between them, and what is left is of its square."""
SAMPLES = 2 * 2
"""Evaluations along one direction: far and near, on both sides."""
"""How many matrices, or products, the limits take."""
_AGREE = 1e-8


@dataclass(frozen=True, slots=True)
class Passed:
    """A node that stands between two of its smooth pieces, and its row's words for that."""

    node: Node
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The network beside the point: in which direction, how far, and its numbers there."""

    direction: tuple[Array, ...]
    far: float
    numbers: GraphValues


@dataclass(frozen=True, slots=True)
class Limits:
    """What the second derivatives tend to; NaN where they tend to nothing.

    `smooth`: the gradient has no jump at the point, and no limits from two sides differ. `sides`:
    some of the limits are from where there are second derivatives alone.
    """

    values: Array
    smooth: bool
    sides: bool


def directions(targets: Sequence[Target]) -> int:
    """How many directions there are: one, and one a binary digit of the last element's place."""
    return 1 + max((sum(len(target.places) for target in targets) - 1).bit_length(), 1)


def samples(
    definition: Definition, numbers: GraphValues, targets: Sequence[Target]
) -> list[tuple[Sample, Sample]]:
    """Pairs, far and near, on both sides of the point along fixed directions.

    The first direction is up in every element, so that logs and roots at 0 have a side of theirs.
    Among the others each two elements once go opposite ways: |x|·|y| is another function on each
    quadrant.
    """
    draws = np.random.default_rng(0)
    names = {leaf.node.id: leaf.name for leaf in definition.leaves}
    found = []
    for number in range(directions(targets)):
        direction = []
        moved = 0
        for target in targets:
            drawn = draws.uniform(0.5, 1.0, target.node.shape)
            kept = np.zeros(target.node.shape)
            for at in target.places:
                down = number and moved >> (number - 1) & 1
                kept[at] = -drawn[at] if down else drawn[at]
                moved += 1
            direction.append(kept)
        for side in (1.0, -1.0):
            pair = []
            for far in (FAR, NEAR):
                leaves = dict(numbers.leaves)
                for target, part in zip(targets, direction, strict=True):
                    name = names[target.node.id]
                    value = np.asarray(leaves[name], dtype=np.float64)
                    size = np.maximum(np.abs(numbers.leaves[name]), 1.0)
                    with np.errstate(all="ignore"):  # there is nothing beside what is infinite
                        leaves[name] = value + side * far * part * size
                beside = evaluate_graph(definition, leaves, numbers.back)
                pair.append(Sample(tuple(direction), side * far, beside))
            found.append((pair[0], pair[1]))
    return found


def reached(definition: Definition, targets: Sequence[Target]) -> list[Node]:
    """What lies between the targets and the loss, and has more than one smooth piece."""
    moving = {target.node.id for target in targets}
    found = []
    for node in ancestors([definition.loss]):
        if any(parent.id in moving for parent in node.nodes):
            moving.add(node.id)
            row = TABLE[node.op]
            if row.kinks or row.branch is not None:
                found.append(node)
    return found


def passed(
    nodes: Sequence[Node], numbers: GraphValues, around: Sequence[tuple[Sample, Sample]]
) -> list[Passed]:
    """Those of the nodes that are at a kink, or on other pieces beside the point than at it."""
    found = []
    with np.errstate(all="ignore"):
        for node in nodes:
            row = TABLE[node.op]
            inputs = _inputs(numbers, node)
            kinks = [k for k in row.kinks if np.any(k.hits(*inputs, **node.params))]
            if kinks:
                found += [Passed(node, kink.code, kink.words) for kink in kinks]
            elif row.branch is not None:
                here = row.branch(*inputs, **node.params)
                beside = [
                    row.branch(*_inputs(sample.numbers, node), **node.params)
                    for sample, _ in around
                ]
                if not all(np.array_equal(here, each, equal_nan=True) for each in beside):
                    words = f"{row.name} changes from one of its pieces to another here"
                    found.append(Passed(node, "second_at_edge", words))
    return found


def _inputs(numbers: GraphValues, node: Node) -> list[Array]:
    return [
        numbers.value(each) if isinstance(each, Node) else np.asarray(float(each))
        for each in node.inputs
    ]


def limits(
    numbers: GraphValues,
    targets: Sequence[Target],
    around: Sequence[tuple[Sample, Sample]],
    second: Callable[[GraphValues], Array],
    times: Callable[[GraphValues, Sequence[Array]], Sequence[Array]],
) -> Limits:
    """What `second` tends to at the point; `times` is the Hessian's product with a vector."""
    with np.errstate(all="ignore"):
        ends = []
        for far, near in around:
            one, other = second(far.numbers), second(near.numbers)
            ends.append(2 * other - one)
        stacked = np.array(ends)
        there = np.isfinite(stacked)
        some = there.any(axis=0)
        low = np.where(there, stacked, np.inf).min(axis=0, initial=np.inf)
        high = np.where(there, stacked, -np.inf).max(axis=0, initial=-np.inf)
        middle = np.where(some, (low + high) / 2, np.nan)
        scale = np.max(np.abs(middle), initial=1.0, where=some)
        agree = some & (high - low <= _AGREE * scale)
    continuous = _continuous(numbers, targets, around, times)
    smooth = bool(agree.all()) and continuous
    values = np.where(agree, _rounded(middle), np.nan)
    return Limits(values, smooth, not bool(there.all()))


def _rounded(values: Array) -> Array:
    """To the digits that the limits have: what is whole but for them is whole."""
    whole = np.rint(values)
    return np.where(np.abs(values - whole) <= 1e-10 * np.maximum(np.abs(whole), 1.0), whole, values)


def _continuous(
    numbers: GraphValues,
    targets: Sequence[Target],
    around: Sequence[tuple[Sample, Sample]],
    times: Callable[[GraphValues, Sequence[Array]], Sequence[Array]],
) -> bool:
    """Whether the gradient tends to what it is at the point, wherever it is a number beside it."""
    for _, near in around:
        step = [
            near.far * part * np.maximum(np.abs(_leaf(numbers, target)), 1.0)
            for target, part in zip(targets, near.direction, strict=True)
        ]
        moved = times(near.numbers, step)
        for target, change in zip(targets, moved, strict=True):
            here, beside = numbers.partial(target.node), near.numbers.partial(target.node)
            with np.errstate(all="ignore"):
                jump = np.abs(beside - np.asarray(change) - here)
                allowed = _AGREE * np.maximum(np.abs(here), 1.0)
            known = np.isfinite(beside) & np.isfinite(np.asarray(change))
            if np.any(known & ~(jump <= allowed)):
                return False
    return True


def _leaf(numbers: GraphValues, target: Target) -> Array:
    return np.asarray(numbers.value(target.node), dtype=np.float64)

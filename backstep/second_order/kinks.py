"""Which kinks second derivatives pass, and points beside the given one.

The gradient differentiated again stays on one smooth piece at a kink: for ‖x‖² at 0 it sees only
the convention for ‖x‖. The loss may be smooth there all the same, which its values beside the point
show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backstep.evaluate.numeric import GraphValues, evaluate_graph
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.symbolic.targets import Target

DISTANCES = (2.0**-18, 2.0**-19, 2.0**-20)
"""Distances from the point, far to near, in units of each element's size, or 1."""
SAMPLES = len(DISTANCES)
"""Evaluations along one direction."""
_SLOWEST = 16
"""What is left to a limit, in units of the last step to it: 2 of a root, 14 of 1/log."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A node between two of its smooth pieces, and its row's words for that."""

    node: Node
    code: str
    words: str


def ways(targets: Sequence[Target]) -> list[Array]:
    """Fixed directions from the point, and their opposites, over the targets' elements.

    The first is up in every element, so that logs and roots at 0 have a valid side. Among the
    others any two elements once have opposite signs: |x|·|y| is another function on each quadrant.
    """
    draws = np.random.default_rng(0)
    count = sum(len(target.places) for target in targets)
    found = []
    for number in range(1 + max((count - 1).bit_length(), 1)):
        down = [number and place >> (number - 1) & 1 for place in range(count)]
        direction = draws.uniform(0.5, 1.0, count) * np.where(down, -1.0, 1.0)
        found += [direction, -direction]
    return found


def spread(targets: Sequence[Target], direction: Array) -> list[Array]:
    """A direction with a part for each target, in the nodes' shapes."""
    parts, start = [], 0
    for target in targets:
        part = np.zeros(target.node.shape)
        for number, at in enumerate(target.places, start):
            part[at] = direction[number]
        start += len(target.places)
        parts.append(part)
    return parts


def moved(
    numbers: GraphValues, targets: Sequence[Target], direction: Array, far: float
) -> dict[str, Array]:
    """The leaves' values so far from the point along a direction, in units of each one's size."""
    names = {leaf.node.id: leaf.name for leaf in numbers.definition.leaves}
    leaves = dict(numbers.leaves)
    for target, part in zip(targets, spread(targets, direction), strict=True):
        name = names[target.node.id]
        value = np.asarray(leaves[name], dtype=np.float64)
        size = np.maximum(np.abs(numbers.leaves[name]), 1.0)
        with np.errstate(all="ignore"):  # there is nothing beside what is infinite
            leaves[name] = value + far * part * size
    return leaves


def samples(
    numbers: GraphValues, targets: Sequence[Target], directions: Sequence[Array]
) -> list[tuple[GraphValues, ...]]:
    """The network's values beside the point, far to near, along each direction."""
    return [
        tuple(
            evaluate_graph(numbers.definition, moved(numbers, targets, each, far), numbers.back)
            for far in DISTANCES
        )
        for each in directions
    ]


def jumps(around: Sequence[Sequence[GraphValues]]) -> bool:
    """Whether the loss tends to different numbers along some of the directions."""
    losses = np.array(
        [[float(numbers.value(numbers.definition.loss)) for numbers in along] for along in around]
    )
    near, middle = losses[:, -1], losses[:, -2]
    known = np.isfinite(near) & np.isfinite(middle)
    if not known.any():
        return False
    near, middle = near[known], middle[known]
    moved = np.max(np.abs(near - middle))
    scale = np.max(np.abs(near))
    return bool(np.ptp(near) > _SLOWEST * moved + 1e-9 * scale)


def reached(definition: Definition, targets: Sequence[Target]) -> list[Node]:
    """The nodes between the targets and the loss that have more than one smooth piece."""
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
    nodes: Sequence[Node], numbers: GraphValues, around: Sequence[tuple[GraphValues, ...]]
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
                beside = [row.branch(*_inputs(along[0], node), **node.params) for along in around]
                if not all(np.array_equal(here, each, equal_nan=True) for each in beside):
                    words = f"{row.name} changes from one of its pieces to another here"
                    found.append(Passed(node, "second_at_edge", words))
    return found


def _inputs(numbers: GraphValues, node: Node) -> list[Array]:
    return [
        numbers.value(each) if isinstance(each, Node) else np.asarray(float(each))
        for each in node.inputs
    ]

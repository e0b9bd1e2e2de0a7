"""Which kinks second derivatives pass, and points beside the given one.

The gradient differentiated again stays on one smooth piece at a kink: for ‖x‖² at 0 it sees only
the convention for ‖x‖. The loss may be smooth there all the same, which its values beside the point
show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
SIDES = (1.0, -1.0)
SAMPLES = len(SIDES) * len(DISTANCES)
"""Evaluations along one direction."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A node between two of its smooth pieces, and its row's words for that."""

    node: Node
    code: str
    words: str


def directions(targets: Sequence[Target]) -> int:
    """How many directions there are: one, and one for each binary digit of the last element's
    index.
    """
    return 1 + max((sum(len(target.places) for target in targets) - 1).bit_length(), 1)


def ways(targets: Sequence[Target]) -> Iterator[tuple[Array, ...]]:
    """Fixed directions through the point, with a part for each target, in the nodes' shapes.

    The first is up in every element, so that logs and roots at 0 have a valid side. Among the
    others any two elements once have opposite signs: |x|·|y| is another function on each quadrant.
    """
    draws = np.random.default_rng(0)
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
        yield tuple(direction)


def samples(
    definition: Definition, numbers: GraphValues, targets: Sequence[Target]
) -> list[tuple[GraphValues, ...]]:
    """The network's values beside the point, far to near, on both sides along each direction."""
    names = {leaf.node.id: leaf.name for leaf in definition.leaves}
    found = []
    for direction in ways(targets):
        for side in SIDES:
            along = []
            for far in DISTANCES:
                leaves = dict(numbers.leaves)
                for target, part in zip(targets, direction, strict=True):
                    name = names[target.node.id]
                    value = np.asarray(leaves[name], dtype=np.float64)
                    size = np.maximum(np.abs(numbers.leaves[name]), 1.0)
                    with np.errstate(all="ignore"):  # there is nothing beside what is infinite
                        leaves[name] = value + side * far * part * size
                along.append(evaluate_graph(definition, leaves, numbers.back))
            found.append(tuple(along))
    return found


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

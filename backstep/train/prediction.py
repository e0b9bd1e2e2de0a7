"""Which node of a definition is its prediction, and where the decision between two labels falls.

Read off the graph: what the loss compares with a target. Independent of the loss's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.order import ancestors, uses
from backstep.graph.shape import size
from backstep.lang.compile.definition import Definition
from backstep.ops.row import Array

_REACH = 8.0
_STEPS = 80
_HALVINGS = 40


def prediction(definition: Definition, rows: int | None) -> Node | None:
    """The last node through which all of the loss's dependence on the inputs passes.

    Targets are left out. The last such node that has one number for each example, else the last
    with a name; None if there is none. `rows` is how many examples it is a batch of, None: it is
    for one.
    """
    order = ancestors([definition.loss])
    fed = _reached(order, [leaf.node for leaf in definition.leaves if leaf.role == "input"])
    told = _reached(order, [leaf.node for leaf in definition.leaves if leaf.role == "target"])
    read = uses(order)
    plain = [node for node in order if node.id in fed - told and node.nodes]
    if not told or not plain:
        return None
    # What meets a target, and what reaches the loss by itself.
    border = [node for node in plain if any(use.id in told for use, _ in read.get(node.id, []))]
    through = [node for node in reversed(plain) if border and _all_through(node, border, fed)]
    scalar = [node for node in through if _each(node, rows) == 1]
    named = {version.node.id for given in definition.names.values() for version in given}
    return next(iter(scalar), next((node for node in through if node.id in named), None))


def _reached(order: Sequence[Node], leaves: Sequence[Node]) -> set[int]:
    found = {leaf.id for leaf in leaves}
    for node in order:
        if any(parent.id in found for parent in node.nodes):
            found.add(node.id)
    return found & {node.id for node in order}


def _all_through(node: Node, border: Sequence[Node], fed: set[int]) -> bool:
    """Whether the border depends on the inputs through the node alone."""
    beside = ancestors(border, {node.id})
    return not any(each.id in fed and not each.nodes for each in beside)


def _each(node: Node, rows: int | None) -> int | None:
    """How many numbers the node has for each example; None if they are not by example."""
    if rows is None:
        return size(node.shape)
    return size(node.shape[1:]) if node.shape[:1] == (rows,) else None


def threshold(
    definition: Definition,
    output: Node,
    given: Mapping[int, Array],
    target: Node,
    labels: tuple[float, float],
) -> float | None:
    """The output at which both labels have the same loss, for a definition of one example.

    `given` are the values of its leaves by node id. None if one label is always cheaper.
    """
    loss = Program([definition.loss], [*_leaves(definition), output])

    def gap(value: float) -> float:
        costs = [
            float(
                loss.at(
                    {
                        **given,
                        target.id: np.full(target.shape, label),
                        output.id: np.full(output.shape, value),
                    }
                )[0]
            )
            for label in labels
        ]
        return costs[1] - costs[0]

    low, high = labels
    middle, reach = (low + high) / 2, max(_REACH, 2 * (high - low))
    tried = middle + reach * (np.arange(_STEPS + 1) / _STEPS * 2 - 1)
    gaps = [gap(value) for value in tried.tolist()]
    crossings = [
        (float(tried[at]), float(tried[at + 1]))
        for at in range(_STEPS)
        if np.isfinite(gaps[at]) and np.isfinite(gaps[at + 1]) and gaps[at] >= 0 > gaps[at + 1]
    ]
    if not crossings:
        return None
    left, right = min(crossings, key=lambda each: abs(each[0] + each[1] - 2 * middle))
    for _ in range(_HALVINGS):
        between = (left + right) / 2
        left, right = (between, right) if gap(between) >= 0 else (left, between)
    return round(right, 12) + 0.0


def _leaves(definition: Definition) -> list[Node]:
    return [leaf.node for leaf in definition.leaves]

"""Repeated evaluation of some nodes of a graph: the order found once, then run straight down.

The same rows on the same numbers as `numeric`; no gradient is built here, and no value is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from backstep.autodiff.cost import work
from backstep.evaluate.interpret import literal_number
from backstep.evaluate.numeric import apply
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.ops.accurate_forms import Tail, tail
from backstep.ops.row import Array


class StraightLineProgram:
    """The values of `targets` from those of the `given` nodes, which are leaves or cut the graph.

    `count` is how many operations one run takes, `work` how many scalar operations.
    """

    def __init__(self, targets: Sequence[Node], given: Iterable[Node]) -> None:
        known = {node.id for node in given}
        order = [node for node in ancestors(targets, known) if not TABLE[node.op].leaf]
        self._targets = [node.id for node in targets]
        known.update(node.id for node in order)
        self._lines = [_line(node, known) for node in order]
        self.count = len(order)
        self.work = sum(map(work, order))

    def run(self, given: Mapping[int, Array]) -> list[Array]:
        """The targets' values, in order; `given` by node id.

        Raises DefinitionError for an invalid class number.
        """
        known: dict[int, Array] = dict(given)
        with np.errstate(all="ignore"):
            for key, function, places in self._lines:
                known[key] = function(
                    *(known[each] if type(each) is int else each for each in places)
                )
        return [np.asarray(known[key], dtype=np.float64) for key in self._targets]


def _line(
    node: Node, known: Collection[int]
) -> tuple[int, Callable[..., Array], list[int | Array]]:
    """Where the value goes, the function that computes it, and its operands among the `known`."""
    row, params = TABLE[node.op], node.params
    form = tail(node)
    if form is not None and all(each.id in known for each in form.reads):
        places = [_place(operand) for operand in (*form.reads, *node.inputs)]
        return node.id, partial(_tailed, node, form), places
    function = row.numpy
    if row.check is not None:
        function = partial(_checked, node)
    elif params:
        function = partial(function, **params)
    return node.id, function, [_place(operand) for operand in node.inputs]


def _checked(node: Node, *inputs: Array) -> Array:
    return apply(node, list(inputs))


def _tailed(node: Node, form: Tail, *inputs: Array) -> Array:
    reads = len(form.reads)
    return form.at(inputs[:reads], lambda: apply(node, list(inputs[reads:])))


def _place(operand: Node | Literal) -> int | Array:
    """Where a run finds an operand's value, or the value itself."""
    return literal_number(operand) if isinstance(operand, Literal) else operand.id

"""The value of a formula of written numbers, worked out by its rows. Reads no leaf."""

from __future__ import annotations

import numpy as np

from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.ops.row import Array, Floats
from backstep.ops.table import TABLE

_MOST = 100_000
"""Elements of all its nodes together, past which a formula is not worked out."""


def constant_value(node: Node) -> Array | None:
    """The numbers of a node that reads no leaf; None of any other, and of a large one."""
    nodes = ancestors([node])
    if any(TABLE[each.op].leaf or TABLE[each.op].random for each in nodes):
        return None
    if sum(size(each.shape) for each in nodes) > _MOST:
        return None
    known: dict[int, Floats] = {}
    with np.errstate(all="ignore"):
        for each in nodes:
            inputs = [
                np.float64(float(given)) if isinstance(given, Literal) else known[given.id]
                for given in each.inputs
            ]
            known[each.id] = TABLE[each.op].numpy(*inputs, **each.params)
    return np.asarray(known[node.id], dtype=np.float64)

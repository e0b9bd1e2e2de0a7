"""The derivative of one name's elements by another's, in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from backstep.autodiff.paths import on_the_way
from backstep.autodiff.reverse import backward, broadcast_whole
from backstep.binding.bind import BoundModel
from backstep.errors import Diagnostic, LimitError
from backstep.evaluate.compiled.lift import Lifted, cut
from backstep.evaluate.compiled.program import Program
from backstep.evaluate.numeric import compute
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.symbolic.targets import target_for

_ROWS = 256
"""The number of rows that are computed at once."""


def jacobian(prepared: BoundModel, of: str, by: str) -> Array:
    """The derivative of `of` by `by`, both names of the text or elements of them.

    Its axes are those of `of`, then those of `by`. Each element of `of` is one pass of reverse
    mode, many at once; conventions at kinks are those of the gradient. Raises RequestError for an
    unknown name, LimitError, before anything is computed, for too many numbers or passes.
    """
    definition = prepared.definition
    top, bottom = target_for(definition, of, "/of"), target_for(definition, by, "/by")
    rows, columns = top.node.shape, bottom.node.shape
    count = len(top.places)
    _admit(prepared, count, count * size(columns))
    prepared.seal()
    seed = top.node.graph.apply("seed", name=f"j{top.node.id}", shape=rows)
    order = on_the_way(definition.graph.nodes, bottom.node, top.node)
    found = backward(top.node, order, TABLE, seed).adjoints.get(bottom.node.id) if order else None
    if found is None:
        whole = np.zeros((count, *columns))
    else:
        places = list(top.places)
        adjoint = broadcast_whole(found, columns)
        parts = [
            _rows(prepared, seed, adjoint, places[start : start + _ROWS])
            for start in range(0, count, _ROWS)
        ]
        whole = np.concatenate(parts) if parts else np.zeros((0, *columns))
    if not bottom.whole:
        at: Any = (slice(None), *bottom.places[0])
        whole = whole[at]
        columns = ()
    return whole.reshape((*(rows if top.whole else ()), *columns))


def _rows(prepared: BoundModel, seed: Node, adjoint: Node, places: list[tuple[int, ...]]) -> Array:
    """The partials of some elements, each by a unit seed, one after another."""
    count = len(places)
    units = np.zeros((count, *seed.shape))
    for row, at in enumerate(places):
        units[(row, *at)] = 1.0
    if adjoint is seed:
        return units
    moving = {seed.id}
    still = []
    for node in ancestors([adjoint]):
        if any(parent.id in moving for parent in node.nodes):
            moving.add(node.id)
        elif node.id not in moving:
            still.append(node)
    known = compute(still, dict(prepared.numbers().values))
    lifted = Lifted([adjoint], {seed.id}, count, cut([adjoint], {seed.id}))
    given = [node for node in lifted.given if node is seed or node.id in known]
    values = [units if node is seed else known[node.id] for node in given]
    program = Program(lifted.targets, [lifted.nodes[node.id] for node in given], copy=False)
    (found,) = program.run(*(value if np.ndim(value) else float(value) for value in values))
    return np.array(found, dtype=np.float64).reshape((count, *adjoint.shape))


def _admit(prepared: BoundModel, passes: int, numbers: int) -> None:
    prepared.admit(passes + 1)
    if numbers > LIMITS.all_elements:
        allowed = LIMITS.all_elements
        message = f"numbers of a Jacobian: {numbers:,} counted, {allowed:,} allowed"
        raise LimitError(
            Diagnostic("all_elements", message, "ask for single elements, such as p[0]"),
            details={"limit": "all_elements", "measured": numbers, "allowed": allowed},
        )

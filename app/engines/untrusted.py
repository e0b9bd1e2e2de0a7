"""Which finite partials hide a product of 0 and ∞ that no rule has decided.

An incoming partial of exactly 0 gives exactly 0, whatever it meets: so a branch that is not taken
stays silent. The same 0 stands where a partial was rounded to it, as 1/(1 + e^1000) is; there the
product with an infinite slope has a value that the numbers do not show. To tell the two apart the
pass is run once more with a tiny number for every zero that rounding made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from app.calculus.reverse import Backward
from app.engines.interpret import interpret
from app.graph.node import Literal, Node
from app.ops import TABLE
from app.ops.row import Array

_NOTICED = 1e-150
"""What no tiny number becomes by being multiplied with numbers of a usual size."""
_TINY = float(np.finfo(np.float64).smallest_subnormal)


def untrusted(
    forward: list[Node],
    back: Backward,
    value: Callable[[Node], Array],
    apply: Callable[[Node, list[Any]], Any],
) -> set[int]:
    """The ids of forward nodes whose partial is finite, and would not be.

    `forward` are all forward nodes, ascending; `value` gives every node's value, `apply` a node's
    from its inputs'.
    """
    adjoints = {key: node for key, node in back.adjoints.items() if node is not None}
    known: dict[int, Any] = dict(_with_tiny_roots(forward, value))

    def tiny(node: Node, inputs: list[Any]) -> Any:
        found = apply(node, inputs)
        if not TABLE[node.op].fades:
            return found
        return np.where(_rounded(found, inputs), _TINY, found)

    with np.errstate(all="ignore"):
        interpret(adjoints.values(), known, lambda number: np.float64(float(number)), tiny)
        return {
            key
            for key, node in adjoints.items()
            if np.isfinite(value(node)).all() and _hidden(value(node), known[node.id])
        }


def may_hide(forward: list[Node], value: Callable[[Node], Array]) -> bool:
    """Whether an infinite slope stands anywhere, which the values alone do not show."""
    for node in forward:
        if any(kink.infinite for kink in TABLE[node.op].kinks) and (value(node) == 0).any():
            return True
    return False


def _hidden(found: Array, with_tiny: Any) -> bool:
    """Whether a partial is another, or none, once its zeros are tiny numbers."""
    grown = np.equal(found, 0) & (np.abs(with_tiny) > _NOTICED)
    return bool((grown | ~np.isfinite(with_tiny)).any())


def _with_tiny_roots(forward: list[Node], value: Callable[[Node], Array]) -> dict[int, Any]:
    """The forward values, with a tiny number for a 0 where the slope is infinite, as √x has at 0.

    And for a 0 that rounding made, and for what is 0 because of either.
    """
    known: dict[int, Any] = {}
    at: dict[int, Any] = {}
    for node in forward:
        found = value(node)
        row = TABLE[node.op]
        known[node.id] = found
        if not (found == 0).any():
            continue
        inputs = [
            np.float64(float(each)) if isinstance(each, Literal) else value(each)
            for each in node.inputs
        ]
        zero = _infinite_slope(node, inputs)
        if row.fades:
            zero = zero | _rounded(found, inputs)
        for each in node.nodes if row.elementwise and (row.piece is None or row.raises) else ():
            if each.id in at:
                zero = zero | at[each.id]
        zero = np.broadcast_to(zero, found.shape) & (found == 0)
        if zero.any():
            at[node.id] = zero
            known[node.id] = np.where(zero, _TINY, found)
    return known


def _rounded(found: Any, inputs: list[Any]) -> Any:
    """Where a value is 0 and nothing that it comes from is."""
    zero = np.equal(found, 0)
    for each in inputs:
        zero = zero & np.not_equal(each, 0)
    return zero


def _infinite_slope(node: Node, inputs: list[Any]) -> Any:
    found: Any = np.False_
    with np.errstate(all="ignore"):
        for kink in TABLE[node.op].kinks:
            if kink.infinite:
                found = found | np.asarray(kink.hits(*inputs, **node.params))
    return found

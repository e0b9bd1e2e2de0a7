"""Which finite partials hide a product of 0 and ∞ that no rule has decided.

An incoming partial of exactly 0 gives exactly 0, whatever it meets: so a branch that is not taken
stays silent. The same 0 arises where a partial was rounded to it, as 1/(1 + e^1000) is; there the
product with an infinite slope has a value that the numbers do not show. To tell the two apart the
pass is run once more with a tiny number for every zero that rounding made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from backstep.autodiff.reverse import Backward
from backstep.evaluate.interpret import interpret, literal_number
from backstep.graph.node import Literal, Node, Operand
from backstep.ops import TABLE
from backstep.ops.row import Array, Mask

_UNKNOWN = 1e-80
"""For a 0 of any magnitude: x/∞, and √x at 0, where nothing is known of the neighbours."""
_ROUNDED = float(np.finfo(np.float64).smallest_subnormal)
"""For a 0 that is less than any float."""
_NOTICED = 1e-20
"""A bound that neither reaches when multiplied with numbers of a usual size."""


def untrusted(
    forward: list[Node],
    back: Backward,
    value: Callable[[Node], Array],
    apply: Callable[[Node, list[Array]], Array],
) -> set[int]:
    """The ids of forward nodes whose partial is finite only because of a hidden product of 0 and ∞.

    `forward` are all forward nodes, ascending; `value` returns every node's value, `apply` a node's
    from its inputs'.
    """
    adjoints = {key: node for key, node in back.adjoints.items() if node is not None}

    def tiny(node: Node, inputs: list[Array]) -> Array:
        found = apply(node, inputs)
        if not TABLE[node.op].fades:
            return found
        return _with_tiny(found, inputs)

    with np.errstate(all="ignore"):
        known = _with_tiny_roots(forward, value, apply)
        interpret(adjoints.values(), known, literal_number, tiny)
        return {
            key
            for key, node in adjoints.items()
            if np.isfinite(value(node)).all() and _hidden(value(node), known[node.id])
        }


def _hidden(found: Array, with_tiny: Array) -> bool:
    """Whether a partial changes, or becomes undefined, once its zeros are tiny numbers."""
    grown = np.equal(found, 0) & (np.abs(with_tiny) > _NOTICED)
    return bool((grown | ~np.isfinite(with_tiny)).any())


def _with_tiny_roots(
    forward: list[Node],
    value: Callable[[Node], Array],
    apply: Callable[[Node, list[Array]], Array],
) -> dict[int, Array]:
    """The forward values, with a tiny number for a 0 where the slope is infinite, as √x has at 0.

    And for a 0 that rounding made, and for what is 0 because of either.
    """
    known: dict[int, Array] = {}
    changed: set[int] = set()
    for node in forward:
        found = value(node)
        row = TABLE[node.op]
        known[node.id] = found
        if not (found == 0).any():
            continue
        inputs = [_operand(each, known) for each in node.inputs]
        smooth = row.elementwise and (row.branch is None or row.raises)
        tiny: Array = found
        if smooth and any(each.id in changed for each in node.nodes):
            tiny = np.where(found == 0, apply(node, inputs), found)
        if row.fades:
            tiny = _with_tiny(tiny, inputs)
        tiny = np.where(_infinite_slope(node, value) & (found == 0), _UNKNOWN, tiny)
        if (tiny != found).any():
            changed.add(node.id)
            known[node.id] = tiny
    return known


def _operand(operand: Operand, known: Mapping[int, Array]) -> Array:
    return literal_number(operand) if isinstance(operand, Literal) else known[operand.id]


def _with_tiny(found: Array, inputs: list[Array]) -> Array:
    """A value with a tiny number where it is 0 and nothing that it comes from is."""
    zero: Mask | np.bool_ = np.equal(found, 0)
    infinite: Mask | np.bool_ = np.False_
    for each in inputs:
        zero = zero & np.not_equal(each, 0)
        infinite = infinite | np.isinf(each)
    return np.where(zero, np.where(infinite, _UNKNOWN, _ROUNDED), found)


def _infinite_slope(node: Node, value: Callable[[Node], Array]) -> Mask | np.bool_:
    found: Mask | np.bool_ = np.False_
    for kink in TABLE[node.op].kinks:
        if kink.infinite:
            inputs = [
                literal_number(each) if isinstance(each, Literal) else value(each)
                for each in node.inputs
            ]
            found = found | np.asarray(kink.hits(*inputs, **node.params))
    return found

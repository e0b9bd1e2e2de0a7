"""Products in which an exact 0 on either side gives 0, whatever the other factor is."""

from __future__ import annotations

from collections.abc import Sequence

from backstep.graph.parameters import Parameters
from backstep.ops.row import Array, Floats
from backstep.ops.table import TABLE

_QUOTIENT = "divide"
_SAME = {"dot": "matmul"}
"""Rows without a strong form, and the row that computes the same and has one."""


def strong_value(
    op: str, inputs: Sequence[Floats], params: Parameters, quotients: bool = True
) -> Array | None:
    """A product's value where 0·∞ is 0, as backprop has it of a partial of 0; None of other rows.

    Of a quotient, unless they are left as they are, a numerator of 0 is such a zero.
    """
    if op == _QUOTIENT and not quotients:
        return None
    row = TABLE[_SAME.get(op, op)]
    if not row.product:
        return None
    found: Array = row.numpy(*inputs, **{**params, "strong": "both"})
    return found

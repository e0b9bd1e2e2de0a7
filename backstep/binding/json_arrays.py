"""Arrays as plain data: nested lists, and summaries of large ones. Computes no partial."""

from __future__ import annotations

from typing import Any

import numpy as np

from backstep.layout.plates import norm
from backstep.limits import LIMITS
from backstep.ops.row import Array, Mask

_EXACT = 2**53
"""Whole numbers up to here are the same in every JSON reader."""
_DIGITS = 300
"""A count with more digits is only said in words."""


def whole(count: int) -> int | str | None:
    """A count as JSON: a number up to 2⁵³, its digits past that, None past 300 digits."""
    if count <= _EXACT:
        return count
    return str(count) if count < 10**_DIGITS else None


def plain(array: Array | Mask) -> Any:
    """A float, or nested lists in row-major order."""
    return array.tolist()


def unsigned_zero(array: Array) -> Array:
    """The same without the sign of a zero, as of −log 1."""
    return array + 0.0


def negligible(mask: Mask | None) -> Any:
    """Of a mask of elements that are 0 but for rounding: None where none is, else nested lists."""
    return None if mask is None or not mask.any() else mask.tolist()


def brief(array: Array | Mask | None) -> Any:
    """As `plain`, but None of a tensor too large to list in a step."""
    return None if array is None or array.size > LIMITS.listed_elements else plain(array)


def summary(array: Array | None) -> dict[str, Any] | None:
    """Shape, smallest, largest and norm of a tensor too large to list; None of others."""
    if array is None or array.size <= LIMITS.listed_elements:
        return None
    with np.errstate(all="ignore"):
        return {
            "shape": list(array.shape),
            "min": float(np.min(array)),
            "max": float(np.max(array)),
            "norm": norm(array),
        }

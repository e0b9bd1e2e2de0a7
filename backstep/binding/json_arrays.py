"""How arrays are sent: small ones whole, summaries of large ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from backstep.graph.shape import Shape
from backstep.layout.plates import norm
from backstep.limits import LIMITS
from backstep.ops.row import Array, Mask

_EXACT = 2**53
"""Integers up to here are the same in every JSON parser."""
_DIGITS = 300
"""A count with more digits is only described in words."""


def to_json_array(count: int) -> int | str | None:
    """A count as JSON: a number up to 2⁵³, its digits past that, None past 300 digits."""
    if count <= _EXACT:
        return count
    return str(count) if count < 10**_DIGITS else None


def unsigned_zero(array: Array) -> Array:
    """The array without the signs of zeros, as of −log 1."""
    return array + 0.0


Kept = TypeVar("Kept", Array, Mask)


@dataclass(frozen=True, slots=True)
class Summary:
    """A tensor too large to list."""

    shape: Shape
    min: float
    max: float
    norm: float


def negligible(mask: Mask | None) -> Mask | None:
    """The mask of elements that are 0 but for rounding; None if there is none."""
    return None if mask is None or not mask.any() else mask


def brief(array: Kept | None) -> Kept | None:
    """The array, but None for a tensor too large to list in a step."""
    return None if array is None or array.size > LIMITS.listed_elements else array


def summary(array: Array | None) -> Summary | None:
    """Shape, smallest, largest and norm of a tensor too large to list; None for others."""
    if array is None or array.size <= LIMITS.listed_elements:
        return None
    with np.errstate(all="ignore"):
        return Summary(array.shape, float(np.min(array)), float(np.max(array)), norm(array))

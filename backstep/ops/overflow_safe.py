"""Sums and products whose result a float holds though a part on the way would not.

A power of two is factored out before and multiplied back afterwards, which rounds nothing. Terms
are added in one order, whatever the arrangement in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backstep.ops.row import Array, Floats, Mask

Whole: TypeAlias = NDArray[np.int64]
_SAFE = 1000
"""Bits of a float's range that the parts of a product may take, of 1,022."""


def in_order(x: ArrayLike) -> Array:
    """The array with its last axis closest in memory.

    NumPy adds in the order of the memory, and what is computed from a transpose is arranged like
    it: the same sum would be rounded otherwise from a buffer than from a new array.
    """
    return np.asarray(x, order="C")


def total(x: Floats, axis: int | None = None) -> Floats:
    """The sum, also if the sum of some elements alone would overflow."""
    array = in_order(x)
    found: Floats = np.sum(array, axis=axis)
    return found if _finite(found) else _scaled(np.sum, array, found, axis, 1)


def mean(x: Floats, axis: int | None = None) -> Floats:
    """The mean, also if the sum would overflow."""
    array = in_order(x)
    length = array.size if axis is None else array.shape[axis]
    found: Floats = np.sum(array, axis=axis) / length
    return found if _finite(found) else _scaled(np.mean, array, found, axis, 1)


def variance(x: Floats, axis: int | None = None) -> Floats:
    """The mean squared distance from the mean, also if the sum of squares would overflow."""
    array = in_order(x)
    found = np.asarray(np.var(array, axis=axis))[()]
    return found if _finite(found) else _scaled(np.var, array, found, axis, 2)


def matmul(a: Floats, b: Floats) -> Floats:
    """The product of matrices, also if the sum of some products alone would overflow."""
    left, right = in_order(a), in_order(b)
    found: Floats = np.matmul(left, right)
    if _finite(found):
        return found
    left = left[np.newaxis] if np.ndim(a) == 1 else left
    right = right[:, np.newaxis] if np.ndim(b) == 1 else right
    (left, p, some), (right, q, other) = _small(left, -1), _small(right, -2)
    spare = left.shape[-1].bit_length()
    # Each row and column in units of its own: an element is the same whatever is beside it.
    made = np.ldexp(np.matmul(left, np.ldexp(right, -spare)), p + q + spare)
    held = some & other
    if np.ndim(a) == 1:
        made, held = made[..., 0, :], held[..., 0, :]
    if np.ndim(b) == 1:
        made, held = made[..., 0], held[..., 0]
    whole: Floats = np.where(held & ~np.isfinite(found), made, found)[()]
    return whole


def _small(x: Array, axis: int | None) -> tuple[Array, Whole, Mask]:
    """The elements along an axis in units of a power of two; its exponent; whether all are finite.

    What is not finite is a 0.
    """
    held = np.asarray(np.isfinite(x).all(axis=axis, keepdims=True))
    finite = np.where(np.isfinite(x), x, 0.0)
    power = np.frexp(np.max(np.abs(finite), axis=axis, initial=0.0, keepdims=True))[1]
    return np.ldexp(finite, -power), power, held


def _finite(found: Floats) -> bool:
    # Expressions do not overflow.
    return np.asarray(found).dtype == object or bool(np.isfinite(found).all())


def _scaled(
    reduce: Callable[..., Floats], x: Array, found: Floats, axis: int | None, degree: int
) -> Floats:
    """The reduction of elements scaled down, where it overflowed though every element is finite."""
    small, power, held = _small(x, axis)
    spare = x.size.bit_length()
    made = reduce(np.ldexp(small, -spare), axis=axis, keepdims=True)
    made = np.ldexp(made, degree * (power + spare))
    kept = np.where(held, made, np.nan).reshape(np.shape(found))
    return np.where(np.isfinite(found) | np.isnan(kept), found, kept)[()]


def product(x: Floats, axis: int | None = None) -> Floats:
    """The product, also if the product of some elements alone would overflow or vanish."""
    array = in_order(x)
    if array.dtype == object or array.size == 0:
        return _product(array, axis)
    rows = array.reshape(-1) if axis is None else np.moveaxis(array, axis, -1)
    if rows.shape[-1] == 0 or _in_range(rows):
        return _product(array, axis)
    return _joined(*_last(*_running(*_parts(rows))))


def _product(array: Array, axis: int | None) -> Floats:
    found: Floats = np.asarray(np.prod(array, axis=axis))[()]
    return found


def others(rows: Array) -> Array:
    """For each element of a row, the product of all others; without division."""
    one = np.ones((*rows.shape[:-1], 1))
    before = np.concatenate([one, rows[..., :-1]], axis=-1)
    behind = np.concatenate([one, rows[..., :0:-1]], axis=-1)
    if rows.size == 0 or _in_range(rows):
        left, right = np.cumprod(before, axis=-1), np.cumprod(behind, axis=-1)
        return (left * right[..., ::-1])[..., : rows.shape[-1]]
    share, power = _running(*_parts(before))
    other, more = _running(*_parts(behind))
    return _joined(share * other[..., ::-1], power + more[..., ::-1])


def _in_range(rows: Array) -> bool:
    """Whether no product of some elements of a row can leave the range of floats."""
    power = np.where(np.isfinite(rows), np.frexp(rows)[1], 0)
    up, down = np.maximum(power, 0), np.maximum(1 - power, 0)
    return bool((up.sum(axis=-1) < _SAFE).all() and (down.sum(axis=-1) < _SAFE).all())


def _parts(rows: Array) -> tuple[Array, Whole]:
    """Each number as a mantissa from ½ to 1 and a power of two."""
    share, power = np.frexp(rows)
    return share, np.where(np.isfinite(rows), power, 0).astype(np.int64)


def _running(share: Array, power: Whole) -> tuple[Array, Whole]:
    """The products from the first element to each, in as many rounds as the length has bits."""
    step = 1
    while step < share.shape[-1]:
        product = share[..., step:] * share[..., :-step]
        powers = power[..., step:] + power[..., :-step]
        made, more = _parts(product)
        share = np.concatenate([share[..., :step], made], axis=-1)
        power = np.concatenate([power[..., :step], powers + more], axis=-1)
        step *= 2
    return share, power


def _last(share: Array, power: Whole) -> tuple[Array, Whole]:
    return share[..., -1], power[..., -1]


def _joined(share: Array, power: Whole) -> Array:
    return np.ldexp(share, np.clip(power, -3000, 3000).astype(np.int32))

"""Sums and products whose result a float holds though a part on the way would not.

A power of two is factored out before and multiplied back afterwards, which rounds nothing. Terms
are added in one order, whatever the arrangement in memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SAFE = 1000
"""Bits of a float's range that the parts of a product may take, of 1,022."""


def in_order(x: Any) -> Any:
    """The array with its last axis closest in memory.

    NumPy adds in the order of the memory, and what is computed from a transpose is arranged like
    it: the same sum would be rounded otherwise from a buffer than from a new array.
    """
    return np.asarray(x, order="C")


def total(x: Any, axis: int | None = None) -> Any:
    """The sum, also if the sum of some elements alone would overflow."""
    x = in_order(x)
    found = np.sum(x, axis=axis)
    return found if _finite(found) else _scaled(np.sum, x, found, axis, 1)


def mean(x: Any, axis: int | None = None) -> Any:
    """The mean, also if the sum would overflow."""
    x = in_order(x)
    length = np.size(x) if axis is None else np.shape(x)[axis]
    found = np.sum(x, axis=axis) / length
    return found if _finite(found) else _scaled(np.mean, x, found, axis, 1)


def variance(x: Any, axis: int | None = None) -> Any:
    """The mean squared distance from the mean, also if the sum of squares would overflow."""
    x = in_order(x)
    found = np.var(x, axis=axis)
    return found if _finite(found) else _scaled(np.var, x, found, axis, 2)


def matmul(a: Any, b: Any) -> Any:
    """The product of matrices, also if the sum of some products alone would overflow."""
    a, b = in_order(a), in_order(b)
    found = np.matmul(a, b)
    if _finite(found):
        return found
    left = np.asarray(a)[np.newaxis] if np.ndim(a) == 1 else np.asarray(a)
    right = np.asarray(b)[:, np.newaxis] if np.ndim(b) == 1 else np.asarray(b)
    (left, p, some), (right, q, other) = _small(left, -1), _small(right, -2)
    spare = left.shape[-1].bit_length()
    # Each row and column in units of its own: an element is the same whatever is beside it.
    made: Any = np.ldexp(np.matmul(left, np.ldexp(right, -spare)), p + q + spare)
    held = some & other
    if np.ndim(a) == 1:
        made, held = made[..., 0, :], held[..., 0, :]
    if np.ndim(b) == 1:
        made, held = made[..., 0], held[..., 0]
    return np.where(held & ~np.isfinite(found), made, found)[()]


def _small(x: Any, axis: int | None) -> tuple[Any, Any, Any]:
    """The elements along an axis in units of a power of two; its exponent; whether all are finite.

    What is not finite is a 0.
    """
    held = np.isfinite(x).all(axis=axis, keepdims=True)
    finite = np.where(np.isfinite(x), x, 0.0)
    power = np.frexp(np.max(np.abs(finite), axis=axis, initial=0.0, keepdims=True))[1]
    return np.ldexp(finite, -power), power, held


def _finite(found: Any) -> bool:
    # Expressions do not overflow.
    return np.asarray(found).dtype == object or bool(np.isfinite(found).all())


def _scaled(reduce: Any, x: Any, found: Any, axis: int | None, degree: int) -> Any:
    """The reduction of elements scaled down, where it overflowed though every element is finite."""
    array = np.asarray(x)
    small, power, held = _small(array, axis)
    spare = array.size.bit_length()
    made: Any = reduce(np.ldexp(small, -spare), axis=axis, keepdims=True)
    made = np.ldexp(made, degree * (power + spare))
    kept = np.where(held, made, np.nan).reshape(np.shape(found))
    return np.where(np.isfinite(found) | np.isnan(kept), found, kept)[()]


def product(x: Any, axis: int | None = None) -> Any:
    """The product, also if the product of some elements alone would overflow or vanish."""
    array = in_order(x)
    if array.dtype == object or array.size == 0:
        return np.prod(array, axis=axis)
    rows = array.reshape(-1) if axis is None else np.moveaxis(array, axis, -1)
    if rows.shape[-1] == 0 or _in_range(rows):
        return np.prod(array, axis=axis)
    return _joined(*_last(*_running(*_parts(rows))))


def others(rows: Any) -> Any:
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


def _in_range(rows: Any) -> bool:
    """Whether no product of some elements of a row can leave the range of floats."""
    power = np.where(np.isfinite(rows), np.frexp(rows)[1], 0)
    up, down = np.maximum(power, 0), np.maximum(1 - power, 0)
    return bool((up.sum(axis=-1) < _SAFE).all() and (down.sum(axis=-1) < _SAFE).all())


def _parts(rows: Any) -> tuple[Any, Any]:
    """Each number as a mantissa from ½ to 1 and a power of two."""
    share, power = np.frexp(rows)
    return share, np.where(np.isfinite(rows), power, 0).astype(np.int64)


def _running(share: Any, power: Any) -> tuple[Any, Any]:
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


def _last(share: Any, power: Any) -> tuple[Any, Any]:
    return share[..., -1], power[..., -1]


def _joined(share: Any, power: Any) -> Any:
    return np.ldexp(share, np.clip(power, -3000, 3000).astype(np.int32))

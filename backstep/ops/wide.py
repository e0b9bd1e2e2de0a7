"""Sums and products whose result a float holds though a part on the way would not.

A power of two is factored out before and multiplied back afterwards, which rounds nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_SAFE = 1000
"""Bits of a float's range that the parts of a product may take, of 1,022."""


def total(x: Any, axis: int | None = None) -> Any:
    """The sum, also if the sum of some elements alone would overflow."""
    found = np.sum(x, axis=axis)
    return found if _finite(found) else _scaled(np.sum, x, found, axis, 1)


def mean(x: Any, axis: int | None = None) -> Any:
    """The mean, also if the sum would overflow."""
    length = np.size(x) if axis is None else np.shape(x)[axis]
    found = np.sum(x, axis=axis) / length
    return found if _finite(found) else _scaled(np.mean, x, found, axis, 1)


def variance(x: Any, axis: int | None = None) -> Any:
    """The mean squared distance from the mean, also if the sum of squares would overflow."""
    found = np.var(x, axis=axis)
    return found if _finite(found) else _scaled(np.var, x, found, axis, 2)


def matmul(a: Any, b: Any) -> Any:
    """The product of matrices, also if the sum of some products alone would overflow."""
    found = np.matmul(a, b)
    if _finite(found):
        return found
    left: Any = np.asarray(a)
    right: Any = np.asarray(b)
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        return found
    powers = [int(np.frexp(np.max(np.abs(each), initial=0.0))[1]) for each in (left, right)]
    spare = left.shape[-1].bit_length()
    made: Any = np.matmul(np.ldexp(left, -powers[0]), np.ldexp(right, -powers[1] - spare))
    made = np.ldexp(made, powers[0] + powers[1] + spare)
    return np.where(np.isfinite(found), found, made)[()]


def _finite(found: Any) -> bool:
    # Expressions do not overflow.
    return np.asarray(found).dtype == object or bool(np.isfinite(found).all())


def _scaled(reduce: Any, x: Any, found: Any, axis: int | None, degree: int) -> Any:
    """The reduction of elements scaled down, where it overflowed though every element is finite."""
    array = np.asarray(x)
    held = np.isfinite(array).all(axis=axis)
    finite = np.where(np.isfinite(array), array, 0.0)
    power = int(np.frexp(np.max(np.abs(finite), initial=0.0))[1]) + array.size.bit_length()
    made = np.ldexp(reduce(np.ldexp(finite, -power), axis=axis), degree * power)
    return np.where(held & ~np.isfinite(found), made, found)[()]


def product(x: Any, axis: int | None = None) -> Any:
    """The product, also if the product of some elements alone would overflow or vanish."""
    array = np.asarray(x)
    if array.dtype == object or array.size == 0:
        return np.prod(x, axis=axis)
    rows = array.reshape(-1) if axis is None else np.moveaxis(array, axis, -1)
    if rows.shape[-1] == 0 or _in_range(rows):
        return np.prod(x, axis=axis)
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

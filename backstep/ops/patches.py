"""Rows that cut windows out of signals and images, and add them back: what convolution needs."""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops.row import Floats, Notation, Row, Sample, operation

_patches = operation("patches")
_unpatches = operation("unpatches")

Sizes = tuple[int, ...]


def windows(length: int, size: int, stride: int, padding: int) -> int:
    """How many windows of a size fit along an axis; raises ShapeError if none does."""
    if size < 1 or stride < 1 or padding < 0:
        raise ShapeError("a window's size and stride are 1 or more, its padding 0 or more")
    count = (length + 2 * padding - size) // stride + 1
    if count < 1:
        raise ShapeError(
            f"a window of {size} needs an axis at least as long, not {length}"
            + (f" with {padding} of padding on each side" if padding else "")
        )
    return count


def _shape(shape: Shape, size: Sizes, stride: int, padding: int) -> Shape:
    if len(shape) <= len(size):
        what = (
            "a signal (channels, length)"
            if len(size) == 1
            else ("an image (channels, height, width)")
        )
        raise ShapeError(f"{what} is needed, or a batch of them, not {spell(shape)}")
    lengths = shape[-len(size) :]
    counts = tuple(windows(n, k, stride, padding) for n, k in zip(lengths, size, strict=True))
    return (*shape[: -len(size)], *counts, prod(size))


def _unpatches_shape(given: Shape, shape: Shape, size: Sizes, stride: int, padding: int) -> Shape:
    wanted = _shape(shape, size, stride, padding)
    if given != wanted:
        raise ShapeError(f"windows of shape {spell(wanted)} are needed, not {spell(given)}")
    return shape


@lru_cache(maxsize=64)
def _places(lengths: Sizes, size: Sizes, stride: int, padding: int) -> NDArray[np.intp]:
    """For each window and each element of it, the flat index into the padded axes."""
    padded = tuple(length + 2 * padding for length in lengths)
    flat = np.arange(prod(padded)).reshape(padded)
    cut = np.lib.stride_tricks.sliding_window_view(flat, size)
    cut = cut[tuple(slice(None, None, stride) for _ in size)]
    return cut.reshape(*cut.shape[: len(size)], prod(size))


def _pad(x: Floats, axes: int, padding: int) -> Floats:
    array = np.asarray(x)
    if not padding:
        return array
    lead = array.ndim - axes
    lengths = (length + 2 * padding for length in array.shape[lead:])
    # Not np.pad: into an array of expressions it puts NumPy's own zeros.
    padded = np.zeros((*array.shape[:lead], *lengths), dtype=array.dtype)
    inside = [slice(None)] * lead + [slice(padding, -padding)] * axes
    padded[tuple(inside)] = array
    return padded


def unfold(x: Floats, size: Sizes, stride: int, padding: int) -> Floats:
    """The windows of x's last axes, each laid out as a row: (…, counts…, elements of a window)."""
    axes = len(size)
    places = _places(np.shape(x)[-axes:], size, stride, padding)
    padded = _pad(x, axes, padding)
    return padded.reshape(*padded.shape[:-axes], prod(padded.shape[-axes:]))[..., places]


def fold(g: Floats, shape: Shape, size: Sizes, stride: int, padding: int) -> Floats:
    """Rows of windows added up where `unfold` took them, in a tensor of this shape."""
    axes = len(size)
    lengths = shape[-axes:]
    places = _places(lengths, size, stride, padding)
    padded = tuple(length + 2 * padding for length in lengths)
    lead = shape[:-axes]
    array = np.asarray(g).reshape(prod(lead), places.size)
    whole = np.zeros((prod(padded), prod(lead)), dtype=array.dtype)
    np.add.at(whole, places.ravel(), array.T)
    image = whole.T.reshape(*lead, *padded)
    for axis in range(-axes, 0):
        image = np.take(image, np.arange(padding, padding + lengths[axis]), axis=axis)
    return image


def _cut(size: Sizes, stride: int, padding: int) -> str:
    """How windows are cut, as arguments of a call."""
    return ", ".join([*map(str, size), f"stride={stride}", f"padding={padding}"])


_PARAMS: Parameters = {"size": (2,), "stride": 1, "padding": 0}
_IMAGE: Parameters = {"size": (2, 2), "stride": 2, "padding": 1}

ROWS: tuple[Row, ...] = (
    Row(
        name="patches",
        doc="The windows of a signal or image, each laid out as a row of its elements.",
        shape=_shape,
        numpy=unfold,
        vjp=lambda g, out, x, size, stride, padding: (
            _unpatches(g, shape=x.shape, size=size, stride=stride, padding=padding),
        ),
        work=0,
        notation=Notation(
            "▦",
            lambda x, size, stride, padding: f"patches({x}, {_cut(size, stride, padding)})",
        ),
        samples=(Sample(((1, 4),), _PARAMS), Sample(((2, 3, 4),), _IMAGE)),
        example="patches(signal, 2)",
        operations=0,
        slope=(0, 0),
    ),
    Row(
        name="unpatches",
        doc="Windows added up where they came from: what overlaps is summed.",
        shape=_unpatches_shape,
        numpy=fold,
        vjp=lambda g, out, x, shape, size, stride, padding: (
            _patches(g, size=size, stride=stride, padding=padding),
        ),
        work=lambda elements, given, **_: max(prod(given) - elements, 0),
        notation=Notation(
            "▦ᵀ",
            lambda x, shape, size, stride, padding: (
                f"unpatches({x}, zeros({', '.join(map(str, shape))}), "
                f"{_cut(size, stride, padding)})"
            ),
        ),
        samples=(
            Sample(((1, 3, 2),), {**_PARAMS, "shape": (1, 4)}),
            Sample(((2, 2, 3, 4),), {**_IMAGE, "shape": (2, 3, 4)}),
        ),
        example="unpatches(patches(signal, 2), signal, 2)",
        terms=lambda given, shape, size, stride, padding: prod(size),
        slope=(0, 2),
    ),
)

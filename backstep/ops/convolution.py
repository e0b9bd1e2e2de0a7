"""Rows for the two partials of a convolution, which a book writes x ⋆ δ and δ ∗ K.

A convolution itself is built of windows and a matrix product (`layers`). Its partials are made of
the same parts in a pass backward; these rows are what they are together, for formulas to be read.
The formulas are those of Dumoulin and Visin, A guide to convolution arithmetic (arXiv 1603.07285).
"""

from __future__ import annotations

from math import prod

import numpy as np

from backstep.graph.node import Node
from backstep.graph.parameters import Parameters
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.ops.layers import convolution
from backstep.ops.linalg import strong_product
from backstep.ops.patches import fold, unfold, windows
from backstep.ops.row import Floats, Notation, Row, Sample, operation

_weight = operation("conv_weight")
_input = operation("conv_input")

Sizes = tuple[int, ...]


def _convolved(x: Node, kernels: Node, stride: int, padding: int) -> Node:
    """x convolved with K, of the parts that a convolution in a text is made of."""
    axes = len(kernels.shape) - 2

    def make(op: str, *inputs: object, **params: object) -> Node:
        return x.graph.apply(op, *inputs, span=None, **params)

    made: Node = convolution(axes, f"conv{axes}d")(make, x, kernels, None, stride, padding)
    return made


def _counts(lengths: Shape, size: Shape, stride: int, padding: int) -> Shape:
    return tuple(windows(n, k, stride, padding) for n, k in zip(lengths, size, strict=True))


def weight_shape(x: Shape, g: Shape, size: Sizes, stride: int, padding: int) -> Shape:
    """(filters, channels, size…) of x and the partial of its images; raises ShapeError."""
    axes = len(size)
    if len(x) not in (axes + 1, axes + 2) or len(g) != len(x) or g[: -axes - 1] != x[: -axes - 1]:
        raise ShapeError(
            f"an input and the partial of its images are needed: {spell(x)}, {spell(g)}"
        )
    counts = _counts(x[-axes:], size, stride, padding)
    if g[-axes:] != counts:
        raise ShapeError(
            f"{spell(counts)} windows of {spell(size)} are needed in {spell(x)}, not {spell(g)}"
        )
    return (g[-axes - 1], x[-axes - 1], *size)


def _weight_numpy(x: Floats, g: Floats, size: Sizes, stride: int, padding: int) -> Floats:
    axes = len(size)
    lead, channels = np.shape(x)[: -axes - 1], np.shape(x)[-axes - 1]
    filters, places = np.shape(g)[-axes - 1], prod(np.shape(g)[-axes:])
    cut = unfold(x, size, stride, padding).reshape(prod(lead), channels, places, prod(size))
    # One row for each window of each example: a sum over both is one product.
    rows = cut.transpose(0, 2, 1, 3).reshape(prod(lead) * places, channels * prod(size))
    images = np.asarray(g).reshape(prod(lead), filters, places)
    columns = images.transpose(1, 0, 2).reshape(filters, prod(lead) * places)
    found: Floats = np.asarray(strong_product(columns, rows)).reshape(filters, channels, *size)
    return found


def input_shape(g: Shape, kernels: Shape, lengths: Sizes, stride: int, padding: int) -> Shape:
    """(…, channels, lengths…) of the partial of images and their kernels; raises ShapeError."""
    axes = len(lengths)
    if len(kernels) != axes + 2 or len(g) not in (axes + 1, axes + 2) or g[-axes - 1] != kernels[0]:
        raise ShapeError(
            f"a partial of {kernels[0] if kernels else 0} images and their kernels are needed: "
            f"{spell(g)}, {spell(kernels)}"
        )
    counts = _counts(lengths, kernels[2:], stride, padding)
    if g[-axes:] != counts:
        raise ShapeError(
            f"{spell(counts)} windows of {spell(kernels)} are needed in {spell(lengths)}, not "
            f"{spell(g)}"
        )
    return (*g[: -axes - 1], kernels[1], *lengths)


def _input_numpy(g: Floats, kernels: Floats, lengths: Sizes, stride: int, padding: int) -> Floats:
    axes = len(lengths)
    filters, channels, *size = np.shape(kernels)
    lead, counts = np.shape(g)[: -axes - 1], np.shape(g)[-axes:]
    images = np.asarray(g).reshape(*lead, filters, prod(counts)).swapaxes(-1, -2)
    sent = np.asarray(
        strong_product(images, np.asarray(kernels).reshape(filters, channels * prod(size)))
    )
    rows = sent.reshape(*lead, prod(counts), channels, prod(size)).swapaxes(-2, -3)
    cut = rows.reshape(*lead, channels, *counts, prod(size))
    return fold(cut, (*lead, channels, *lengths), tuple(size), stride, padding)


def kernel_size(lengths: Shape, counts: Shape, stride: int, padding: int) -> Sizes:
    """The size of the largest kernel that has so many windows along axes of these lengths."""
    return tuple(n + 2 * padding - (m - 1) * stride for n, m in zip(lengths, counts, strict=True))


def input_lengths(counts: Shape, size: Shape, stride: int, padding: int) -> Sizes:
    """The least lengths of axes along which a kernel has so many windows."""
    return tuple((m - 1) * stride + k - 2 * padding for m, k in zip(counts, size, strict=True))


def _options(stride: int, padding: int) -> str:
    """How windows are cut, as arguments of a call, where it is not the usual way."""
    return "".join(
        f", {key}={value}"
        for key, value, usual in (("stride", stride, 1), ("padding", padding, 0))
        if value != usual
    )


def _weight_text(x: str, g: str, size: Sizes, stride: int, padding: int) -> str:
    return (
        f"conv{len(size)}d_weight({', '.join([x, g, *map(str, size)])}{_options(stride, padding)})"
    )


def _input_text(g: str, kernels: str, lengths: Sizes, stride: int, padding: int) -> str:
    given = ", ".join([g, kernels, *map(str, lengths)])
    return f"conv{len(lengths)}d_input({given}{_options(stride, padding)})"


_ONE: Parameters = {"stride": 1, "padding": 0}
_TWO: Parameters = {"stride": 2, "padding": 1}

ROWS: tuple[Row, ...] = (
    Row(
        name="conv_weight",
        doc="The partial of a convolution's kernels: the input cross-correlated with the partial "
        "of its images, summed over a batch.",
        shape=weight_shape,
        numpy=_weight_numpy,
        vjp=lambda g, out, x, d, size, stride, padding: (
            _input(d, g, lengths=x.shape[-len(size) :], stride=stride, padding=padding),
            _convolved(x, g, stride, padding),
        ),
        work=lambda elements, x, d, size, **_: (
            2 * elements * prod(d) // d[-len(size) - 1] - elements
        ),
        notation=Notation("⋆", _weight_text),
        arity=(2, 2),
        in_formulas=True,
        samples=(
            Sample(((2, 4), (3, 3)), {"size": (2,), **_ONE}),
            Sample(((2, 1, 5, 4), (2, 2, 3, 2)), {"size": (2, 3), **_TWO}),
        ),
        operations=2,
        terms=lambda x, d, size, **_: prod(d) // d[-len(size) - 1],
        slope=(1, 3),
    ),
    Row(
        name="conv_input",
        doc="The partial of a convolution's input: the partial of its images times each kernel, "
        "added up where its windows were, which is a full convolution.",
        shape=input_shape,
        numpy=_input_numpy,
        vjp=lambda g, out, d, kernels, lengths, stride, padding: (
            _convolved(g, kernels, stride, padding),
            _weight(g, d, size=kernels.shape[2:], stride=stride, padding=padding),
        ),
        work=lambda elements, d, kernels, **_: max(2 * prod(d) * prod(kernels[1:]) - elements, 0),
        notation=Notation("∗", _input_text),
        arity=(2, 2),
        in_formulas=True,
        samples=(
            Sample(((3, 3), (3, 2, 2)), {"lengths": (4,), **_ONE}),
            Sample(((2, 2, 3, 2), (2, 1, 2, 3)), {"lengths": (5, 4), **_TWO}),
        ),
        operations=2,
        terms=lambda d, kernels, **_: kernels[0] * prod(kernels[2:]),
        slope=(1, 3),
    ),
)

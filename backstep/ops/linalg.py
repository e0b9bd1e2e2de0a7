"""Rows of linear algebra: matrix products, dot, outer. Their products with a partial are masked."""

from __future__ import annotations

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, broadcast, spell
from backstep.ops import overflow_safe
from backstep.ops.row import (
    PRODUCT,
    Array,
    Contribution,
    Floats,
    Key,
    Mask,
    Notation,
    Row,
    Sample,
    call,
    operation,
    vector_only,
)

_swap = operation("swap_last")
_outer = operation("outer")
_reshape = operation("reshape")


def _matmul_shape(a: Shape, b: Shape, strong: str | None = None) -> Shape:
    if not a or not b:
        raise ShapeError("'@' needs a vector or a matrix on both sides; for a scalar write '*'")
    inner = b[0] if len(b) == 1 else b[-2]
    if a[-1] != inner:
        which = "its only one" if len(b) == 1 else "second-last"
        raise ShapeError(
            f"'@' needs the last axis of the left ({a[-1]}) to equal "
            + (
                f"the second-last of the right (of a vector {which}: {inner})"
                if len(b) == 1
                else f"the {which} of the right ({inner})"
            )
        )
    rows = a[-2:-1]
    columns = b[-1:] if len(b) > 1 else ()
    return broadcast(a[:-2], b[:-2]) + rows + columns


def _matmul(a: Floats, b: Floats, strong: str | None = None) -> Floats:
    if strong is None or _symbols(a, b) or (np.isfinite(a).all() and np.isfinite(b).all()):
        return overflow_safe.matmul(a, b)
    # 0·∞ and 0·NaN are 0 if the partial is the 0: form the products, mask them, add them up.
    left = np.asarray(a)[np.newaxis] if np.ndim(a) == 1 else np.asarray(a)
    right = np.asarray(b)[:, np.newaxis] if np.ndim(b) == 1 else np.asarray(b)
    wide_left, wide_right = left[..., :, :, np.newaxis], right[..., np.newaxis, :, :]
    zero = _zeros(wide_left, wide_right, strong)
    terms = overflow_safe.in_order(np.where(zero, 0.0, wide_left * wide_right))
    products: Array = terms.sum(axis=-2)
    if np.ndim(a) == 1:
        products = products[..., 0, :]
    return products[..., 0] if np.ndim(b) == 1 else products


def strong_product(a: Floats, b: Floats) -> Floats:
    """The matrix product of which the left is a partial: its zeros give zeros."""
    return _matmul(a, b, "left")


def _matmul_vjp(
    g: Node, out: Node, a: Node, b: Node, strong: str | None = None
) -> tuple[Contribution, ...]:
    if len(a.shape) == 1 and len(b.shape) == 1:
        return g * b, g * a
    if len(a.shape) == 2 and len(b.shape) == 1:
        return _outer(g, b), _swap(a) @ g
    if len(a.shape) == 1 and len(b.shape) == 2:
        return g @ _swap(b), _outer(a, g)
    if len(b.shape) == 1:  # a batch of matrices times a vector
        column = _reshape(g, shape=(*g.shape, 1))
        row = _reshape(b, shape=(1, *b.shape))
        partial = _reshape(_swap(a) @ column, shape=a.shape[:-2] + b.shape)
        return column @ row, partial
    if len(a.shape) == 1:  # a vector times a batch of matrices
        row = _reshape(g, shape=(*b.shape[:-2], 1, b.shape[-1]))
        partial = _reshape(row @ _swap(b), shape=b.shape[:-2] + a.shape)
        return partial, _reshape(a, shape=(*a.shape, 1)) @ row
    return g @ _swap(b), _swap(a) @ g


def _matmul_reads(
    at: tuple[int, ...], a: Shape, b: Shape, strong: str | None = None
) -> tuple[Key, ...]:
    """The index of a row of the left and of a column of the right, of two paired matrices."""
    ends = (1 if len(a) > 1 else 0) + (1 if len(b) > 1 else 0)
    batch = at[: len(at) - ends]

    def lead(shape: Shape) -> tuple[int, ...]:
        own = batch[len(batch) - len(shape[:-2]) :]
        return tuple(0 if n == 1 else i for i, n in zip(own, shape[:-2], strict=True))

    row = (at[len(batch)],) if len(a) > 1 else ()
    column = (slice(None), at[-1]) if len(b) > 1 else ()
    return (*lead(a), *row), (*lead(b), *column)


def _dot_shape(a: Shape, b: Shape) -> Shape:
    vector_only("dot", a, b)
    if a != b:
        raise ShapeError(f"'dot' needs two vectors of one length, not {spell(a)} and {spell(b)}")
    return ()


def _outer_shape(a: Shape, b: Shape, strong: str | None = None) -> Shape:
    vector_only("outer", a, b)
    return a + b


def _outer_numpy(a: Floats, b: Floats) -> Floats:
    return np.multiply(np.asarray(a)[:, np.newaxis], np.asarray(b)[np.newaxis, :])


_PAIRS = (
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((2, 2, 3), (3, 2)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
    ((2, 1, 2, 3), (3, 3, 2)),
)

ROWS: tuple[Row, ...] = (
    Row(
        name="matmul",
        doc="The matrix product, on vectors and matrices, and on batches of them.",
        meaning=lambda a, b: rf"\sum_k {a}_{{ik}} \, {b}_{{kj}}",
        shape=_matmul_shape,
        numpy=_matmul,
        vjp=_matmul_vjp,
        slope=(1, 3),
        work=lambda elements, a, b, strong=None: elements * max(2 * a[-1] - 1, 0),
        notation=Notation(
            "@",
            lambda a, b, **_: f"{a} @ {b}",
            PRODUCT,
            (PRODUCT,),
        ),
        arity=(2, 2),
        samples=tuple(Sample(pair) for pair in _PAIRS),
        example="W @ x",
        product=True,
        reads=_matmul_reads,
        operations=2,
        terms=lambda a, b, strong=None: a[-1],
    ),
    Row(
        name="dot",
        doc="The sum of the products of two vectors' elements.",
        meaning=lambda a, b: rf"\sum_j {a}_j \, {b}_j",
        shape=_dot_shape,
        numpy=overflow_safe.matmul,
        vjp=lambda g, out, a, b: (g * b, g * a),
        slope=(1, 3),
        work=lambda elements, a, b: max(2 * a[0] - 1, 0),
        notation=call("dot", "·"),
        arity=(2, 2),
        samples=(Sample(((3,), (3,))),),
        example="dot(a, b)",
        operations=2,
        terms=lambda a, b: a[0],
    ),
    Row(
        name="outer",
        doc="Every product of an element of one vector with one of another.",
        meaning=lambda a, b: rf"{a}_i \, {b}_j",
        shape=_outer_shape,
        numpy=lambda a, b, strong=None: _strong_outer(a, b, strong),
        vjp=lambda g, out, a, b, strong=None: (g @ b, _swap(g) @ a),
        slope=(1, 3),
        notation=call("outer", "⊗"),
        arity=(2, 2),
        samples=(Sample(((2,), (3,))),),
        example="outer(a, b)",
        product=True,
    ),
)


def _strong_outer(a: Floats, b: Floats, strong: str | None) -> Floats:
    product = _outer_numpy(a, b)
    if strong is None or _symbols(a, b):
        return product
    zero = _zeros(np.asarray(a)[:, np.newaxis], np.asarray(b)[np.newaxis, :], strong)
    return np.where(zero, 0.0, product)


def _symbols(a: Floats, b: Floats) -> bool:
    """Whether these are formulas or nodes, of which none is infinite."""
    return np.asarray(a).dtype == object or np.asarray(b).dtype == object


def _zeros(a: Array, b: Array, strong: str) -> Mask:
    """Where the partial, on one side or both, is exactly 0."""
    if strong == "both":
        return np.equal(a, 0) | np.equal(b, 0)
    return np.equal(a if strong == "left" else b, 0)

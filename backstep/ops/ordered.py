"""Rows of running sums and of order: cumsum, sort, argmax."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, axis_index, spell
from backstep.ops.extremes import per_slice
from backstep.ops.functions import FLAT
from backstep.ops.lazy_sympy import sympy
from backstep.ops.reduce import count, reduced
from backstep.ops.row import (
    Floats,
    Kink,
    Mask,
    NoGradient,
    Objects,
    Row,
    Sample,
    call,
    operation,
)

_cumsum = operation("cumsum")
_equal = operation("equal")
_expand = operation("expand")
_index = operation("index")
_move = operation("move_axis")
_sum = operation("sum")

_SAMPLES = (
    Sample(((3,),), {"axis": -1}),
    Sample(((2, 3),), {"axis": 0}),
    Sample(((2, 3),), {"axis": -1}),
)
_MOST_EXPANDED = 5
"""Elements past which the closed form of an order would be too long to be written."""


def _axis_shape(shape: Shape, axis: int) -> Shape:
    axis_index(axis, shape)
    return shape


def _turned(x: Node, axis: int) -> Node:
    """The elements along an axis from the last to the first."""
    place = axis_index(axis, x.shape)
    whole = tuple((0, length, 1) for length in x.shape[:place])
    return _index(x, key=(*whole, (x.shape[place] - 1, -1, -1)))


def _sort_vjp(g: Node, out: Node, x: Node, axis: int) -> tuple[Node]:
    """Each element gets the partials of the places that it may stand at, in equal shares."""
    place, last = axis_index(axis, x.shape), len(x.shape) - 1

    def rows(node: Node) -> Node:
        return node if place == last else _move(node, source=place, target=-1)

    whole = (*rows(x).shape, x.shape[place])
    elements = _expand(rows(x), shape=whole, axis=-1)
    stands = _equal(elements, _expand(rows(out), shape=whole, axis=-2))
    shares = stands / _expand(_sum(stands, axis=-1), shape=whole, axis=-1)
    partial = _sum(_expand(rows(g), shape=whole, axis=-2) * shares, axis=-1)
    return (partial if place == last else _move(partial, source=-1, target=place),)


def _sort_sympy(x: Objects, axis: int = -1) -> Objects:
    """The k-th smallest is the least of the largest of any k of them."""
    rows = np.moveaxis(np.asarray(x, dtype=object), axis, -1)
    result = np.empty(rows.shape, dtype=object)
    for at in np.ndindex(*rows.shape[:-1]):
        for place in range(rows.shape[-1]):
            # SymPy compares NaN with nothing.
            known = not any(each is sympy.nan for each in rows[at])
            groups = combinations(list(rows[at]), place + 1)
            result[(*at, place)] = (
                sympy.Min(*(sympy.Max(*group) for group in groups)) if known else sympy.nan
            )
    return np.moveaxis(result, -1, axis)


def _expanded(shape: Shape, axis: int) -> int:
    """How many elements the closed form of one of a sorted tensor's writes."""
    n = shape[axis_index(axis, shape)]
    return int(n * 2 ** min(n, 60))


def _tied(x: Floats, axis: int) -> Mask:
    """Where an element has an equal one along the axis."""
    rows = np.moveaxis(np.asarray(x), axis, -1)
    same = np.equal(rows[..., :, np.newaxis], rows[..., np.newaxis, :]).sum(axis=-1) > 1
    return np.moveaxis(same, -1, axis)


def _argmax_numpy(x: Floats, axis: int | None = None) -> Floats:
    return np.argmax(np.asarray(x), axis=axis).astype(np.float64)


def _argmax_shape(shape: Shape, axis: int | None = None) -> Shape:
    if not shape:
        raise ShapeError(f"'argmax' needs a vector or rows, not {spell(shape)}")
    if count(shape, axis) == 0:
        raise ShapeError(f"'argmax' of nothing is not defined: the shape is {spell(shape)}")
    return reduced(shape, axis)


def _argmax_sympy(x: Objects, axis: int | None = None) -> sympy.Expr | Objects:
    def place_of(terms: list[sympy.Expr]) -> sympy.Expr:
        if sympy.nan in terms:
            return sympy.Integer(terms.index(sympy.nan))  # the first, as NumPy has it
        largest = sympy.Max(*terms)
        cases = [(place, sympy.Eq(term, largest)) for place, term in enumerate(terms[:-1])]
        return sympy.Piecewise(*cases, (len(terms) - 1, True))

    return per_slice(x, axis, place_of)


ROWS: tuple[Row, ...] = (
    Row(
        name="cumsum",
        doc="The sums of the first 1, 2, … elements along an axis.",
        meaning=lambda x: rf"\sum_{{j \le i}} {x}_j",
        shape=_axis_shape,
        numpy=lambda x, axis: np.cumsum(np.asarray(x), axis=axis),
        vjp=lambda g, out, x, axis: (_turned(_cumsum(_turned(g, axis), axis=axis), axis),),
        slope=(0, 2),
        notation=call("cumsum"),
        samples=_SAMPLES,
        example="cumsum(x)",
        terms=lambda shape, axis: shape[axis_index(axis, shape)],
    ),
    Row(
        name="sort",
        doc="The elements along an axis from the smallest to the largest.",
        shape=_axis_shape,
        numpy=lambda x, axis: np.sort(np.asarray(x), axis=axis),
        sympy=_sort_sympy,
        vjp=_sort_vjp,
        work=lambda elements, shape, axis: elements * shape[axis].bit_length(),
        notation=call("sort"),
        samples=_SAMPLES,
        example="sort(x)",
        terms=_expanded,
        reads_all=True,
        kinks=(
            Kink(
                "tie",
                "equal elements may stand in either order; they share the partials of their places "
                "evenly",
                _tied,
            ),
        ),
        branch=lambda x, axis: np.argsort(np.asarray(x), axis=axis, kind="stable"),
    ),
    Row(
        name="argmax",
        doc="The number of the largest element, the first of several, from 0.",
        shape=_argmax_shape,
        numpy=_argmax_numpy,
        sympy=_argmax_sympy,
        vjp=lambda g, out, x, axis=None: (NoGradient(f"argmax is flat: {FLAT}"),),
        work=lambda elements, shape, axis=None: elements * (count(shape, axis) - 1),
        notation=call("argmax"),
        samples=(
            Sample(((3,),)),
            Sample(((2, 3),)),
            Sample(((2, 3),), {"axis": 0}),
            Sample(((2, 3),), {"axis": -1}),
        ),
        example="argmax(x)",
        operations=3,
        terms=lambda shape, axis=None: 2 * count(shape, axis) ** 2,
        reads_all=True,
        zero_derivative=True,
        kinks=(
            Kink(
                "flat",
                f"argmax is flat: {FLAT}",
                lambda x, axis=None: np.ones(reduced(np.shape(x), axis), dtype=bool),
                always=True,
            ),
        ),
        branch=lambda x, axis=None: _argmax_numpy(x, axis),
    ),
)

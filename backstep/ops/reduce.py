"""Rows that sum or average along axes, and those that undo it: expand, sum_to."""

from __future__ import annotations

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, axis_index, broadcast, size, spell
from backstep.ops import overflow_safe
from backstep.ops.row import ATOM, COMPARISON, Floats, Notation, Row, Sample, call, operation

_expand = operation("expand")
_sum = operation("sum")
_sum_to = operation("sum_to")
_broadcast_to = operation("broadcast_to")

_AXES = (
    Sample(((3,),)),
    Sample(((2, 3),)),
    Sample(((2, 3),), {"axis": 0}),
    Sample(((2, 3, 2),), {"axis": -1}),
    Sample(((),)),
)


def reduced(shape: Shape, axis: int | None = None) -> Shape:
    """The shape that a reduction leaves: no axis, or all but one."""
    if axis is None:
        return ()
    gone = axis_index(axis, shape)
    return shape[:gone] + shape[gone + 1 :]


def count(shape: Shape, axis: int | None) -> int:
    """How many elements a reduction adds up for one element of its result."""
    return size(shape) if axis is None else shape[axis_index(axis, shape)]


def expand_all(x: Node, shape: Shape, axis: int | None) -> Node:
    """A reduced value repeated to the shape of the reduction's input."""
    return _expand(x, shape=shape, **({} if axis is None else {"axis": axis}))


def _expanded(given: Shape, shape: Shape, axis: int | None = None) -> Shape:
    if given != reduced(shape, axis):
        raise ShapeError(f"{spell(given)} cannot be repeated to {spell(shape)} along axis {axis}")
    return shape


def _expand_numpy(x: Floats, shape: Shape, axis: int | None = None) -> Floats:
    given = np.asarray(x) if axis is None else np.expand_dims(x, axis)
    return np.broadcast_to(given, shape)


def _sum_to_numpy(x: Floats, shape: Shape) -> Floats:
    extra = np.ndim(x) - len(shape)
    lead = tuple(range(extra))
    kept = tuple(
        extra + place
        for place, length in enumerate(shape)
        if length == 1 and np.shape(x)[extra + place] != 1
    )
    total = np.sum(overflow_safe.in_order(x), axis=lead + kept, keepdims=True)
    return np.asarray(total).reshape(shape)


def _sum_to_shape(given: Shape, shape: Shape) -> Shape:
    if broadcast(given, shape) != given:
        raise ShapeError(f"{spell(given)} is no broadcast of {spell(shape)}")
    return shape


def _broadcast_to_shape(given: Shape, shape: Shape) -> Shape:
    if broadcast(given, shape) != shape:
        raise ShapeError(f"{spell(given)} does not broadcast to {spell(shape)}")
    return shape


_NO_NOTATION = Notation("⤢", lambda x, **_: x, ATOM, (ATOM,))

ROWS: tuple[Row, ...] = (
    Row(
        name="sum",
        doc="The sum of all elements, or along one axis.",
        meaning=lambda x: rf"\sum_j {x}_j",
        shape=reduced,
        numpy=lambda x, axis=None: overflow_safe.total(x, axis),
        vjp=lambda g, out, x, axis=None: (_expand(g, shape=x.shape, axis=axis),),
        slope=(0, 2),
        work=lambda elements, shape, axis=None: elements * max(count(shape, axis) - 1, 0),
        notation=Notation(
            "Σ",
            call("sum").text,
            operands=(COMPARISON,),
        ),
        samples=_AXES,
        example="sum(x)",
        terms=lambda shape, axis=None: count(shape, axis),
    ),
    Row(
        name="mean",
        doc="The mean of all elements, or along one axis.",
        meaning=lambda x: rf"\frac{{1}}{{n}} \sum_j {x}_j",
        shape=reduced,
        numpy=lambda x, axis=None: (
            overflow_safe.mean(x, axis)
            if count(np.shape(x), axis)
            else np.full(reduced(np.shape(x), axis), np.nan)
        ),
        vjp=lambda g, out, x, axis=None: (
            _expand(g / max(count(x.shape, axis), 1), shape=x.shape, axis=axis),
        ),
        slope=(0, 2),
        work=lambda elements, shape, axis=None: elements * count(shape, axis),
        notation=call("mean"),
        samples=_AXES,
        example="mean(x)",
        operations=2,
        terms=lambda shape, axis=None: count(shape, axis),
    ),
    Row(
        name="expand",
        doc="A value repeated along the axis that a sum has taken away.",
        shape=_expanded,
        numpy=_expand_numpy,
        vjp=lambda g, out, x, shape, axis=None: (_sum(g, axis=axis),),
        slope=(0, 2),
        transparent=True,
        work=0,
        notation=_NO_NOTATION,
        samples=(
            Sample(((),), {"shape": (2, 3)}),
            Sample(((3,),), {"shape": (2, 3), "axis": 0}),
            Sample(((2,),), {"shape": (2, 3), "axis": -1}),
        ),
        operations=0,
    ),
    Row(
        name="sum_to",
        doc="The sum over the axes that broadcasting has added or widened.",
        shape=_sum_to_shape,
        numpy=_sum_to_numpy,
        vjp=lambda g, out, x, shape: (_broadcast_to(g, shape=x.shape),),
        slope=(0, 2),
        work=lambda elements, given, shape: elements * (size(given) // max(size(shape), 1) - 1),
        notation=Notation(
            "Σ",
            lambda x, **_: f"sum({x})",
            operands=(COMPARISON,),
        ),
        samples=(
            Sample(((2, 3),), {"shape": (3,)}),
            Sample(((2, 3),), {"shape": (2, 1)}),
            Sample(((2, 3),), {"shape": ()}),
        ),
        terms=lambda given, shape: max(size(given) // max(size(shape), 1), 1),
    ),
    Row(
        name="broadcast_to",
        doc="A value repeated to a wider shape, by NumPy's broadcasting.",
        shape=_broadcast_to_shape,
        numpy=lambda x, shape: np.broadcast_to(x, shape),
        vjp=lambda g, out, x, shape: (_sum_to(g, shape=x.shape),),
        slope=(0, 2),
        transparent=True,
        work=0,
        notation=_NO_NOTATION,
        samples=(
            Sample(((3,),), {"shape": (2, 3)}),
            Sample(((2, 1),), {"shape": (2, 3)}),
        ),
        operations=0,
    ),
)

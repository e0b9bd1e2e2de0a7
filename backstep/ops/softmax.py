"""Rows of the softmax family: one operation each, since their formulas overflow or cancel."""

from __future__ import annotations

import numpy as np

from backstep.graph.node import Node
from backstep.graph.shape import Shape, axis_index
from backstep.ops.lazy_sympy import sympy
from backstep.ops.overflow_safe import in_order
from backstep.ops.row import Floats, Notation, Objects, Row, Sample, call, operation

_sum = operation("sum")
_softmax = operation("softmax")
_expand = operation("expand")

_SAMPLES = (
    Sample(((3,),), {"axis": -1}),
    Sample(((2, 3),), {"axis": -1}),
    Sample(((2, 3),), {"axis": 0}),
)


def _shape(shape: Shape, axis: int = -1) -> Shape:
    axis_index(axis, shape)
    return shape


def _total(x: Node, axis: int) -> Node:
    """The sum along the axis, repeated along it."""
    return _expand(_sum(x, axis=axis), shape=x.shape, axis=axis)


def _softmax_numpy(x: Floats, axis: int = -1) -> Floats:
    array = np.asarray(x, dtype=np.float64, order="C")
    if array.shape[axis] == 0:
        return array
    weights = np.exp(array - np.max(array, axis=axis, keepdims=True))
    return np.asarray(weights / np.sum(weights, axis=axis, keepdims=True))


def _log_softmax_numpy(x: Floats, axis: int = -1) -> Floats:
    array = np.asarray(x, dtype=np.float64, order="C")
    if array.shape[axis] == 0:
        return array
    shifted = array - np.max(array, axis=axis, keepdims=True)
    # One of the terms is exp(0) = 1; leaving it out lets log1p keep the digits of the rest.
    largest = np.expand_dims(np.argmax(array, axis=axis), axis)
    weights = np.exp(shifted)
    np.put_along_axis(weights, largest, 0.0, axis=axis)
    # A NaN anywhere must still reach every element, also from the place just cleared.
    spoiled = np.where(np.isnan(shifted).any(axis=axis, keepdims=True), np.nan, 0.0)
    return np.asarray(shifted - np.log1p(np.sum(weights, axis=axis, keepdims=True)) + spoiled)


def sum_of_others(x: Floats, axis: int) -> Floats:
    """For each element the sum of all the others along the axis.

    Only if one is larger than all others would subtraction lose their sum in rounding, so that one
    is left out of the sum instead.
    """
    array = in_order(x)
    total = np.asarray(np.sum(array, axis=axis, keepdims=True) - array)
    largest = np.argmax(np.abs(array), axis=axis, keepdims=True)
    without = array.copy()
    np.put_along_axis(without, largest, 0.0, axis=axis)
    np.put_along_axis(total, largest, np.sum(without, axis=axis, keepdims=True), axis=axis)
    return total


def rest_of_softmax(p: Floats, axis: int) -> Floats:
    """1 − p along the axis, as the sum of the others where p is nearly 1."""
    rest = 1.0 - in_order(p)
    largest = np.argmax(p, axis=axis, keepdims=True)
    without = np.array(p, order="C")
    np.put_along_axis(without, largest, 0.0, axis=axis)
    np.put_along_axis(rest, largest, np.sum(without, axis=axis, keepdims=True), axis=axis)
    return rest


def _exponentials(x: Objects, axis: int) -> tuple[Objects, Objects]:
    weights = np.frompyfunc(sympy.exp, 1, 1)(np.asarray(x, dtype=object))
    return weights, np.sum(weights, axis=axis, keepdims=True)


def _softmax_sympy(x: Objects, axis: int = -1) -> Objects:
    weights, total = _exponentials(x, axis)
    made: Objects = weights / total
    return made


def _log_softmax_sympy(x: Objects, axis: int = -1) -> Objects:
    _, total = _exponentials(x, axis)
    made: Objects = x - np.frompyfunc(sympy.log, 1, 1)(total)
    return made


def _notation(name: str) -> Notation:
    plain = call(name)

    return Notation(
        name,
        lambda x, axis=-1: plain.text(x) if axis == -1 else plain.text(x, axis=axis),
    )


ROWS: tuple[Row, ...] = (
    Row(
        name="softmax",
        doc="Exponentials divided by their sum: positive and summing to 1 along the axis.",
        meaning=lambda x: rf"\frac{{e^{{{x}_i}}}}{{\sum_j e^{{{x}_j}}}}",
        shape=_shape,
        numpy=_softmax_numpy,
        sympy=_softmax_sympy,
        vjp=lambda g, out, x, axis=-1: (out * (g - _total(g * out, axis)),),
        work=lambda elements, shape, axis=-1: 3 * elements - elements // max(shape[axis], 1),
        notation=_notation("softmax"),
        samples=_SAMPLES,
        example="softmax(x)",
        operations=4,
        terms=lambda shape, axis=-1: shape[axis] + 1,
    ),
    Row(
        name="log_softmax",
        doc="The logarithm of softmax, right also where softmax would round to 0.",
        meaning=lambda x: rf"{x}_i - \log \sum_j e^{{{x}_j}}",
        shape=_shape,
        numpy=_log_softmax_numpy,
        sympy=_log_softmax_sympy,
        vjp=lambda g, out, x, axis=-1: (g - _softmax(x, axis=axis) * _total(g, axis),),
        work=3,
        notation=_notation("log_softmax"),
        samples=_SAMPLES,
        example="log_softmax(x)",
        operations=4,
        terms=lambda shape, axis=-1: shape[axis] + 1,
    ),
)

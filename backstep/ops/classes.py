"""Rows that choose by class numbers: the true class's element of each row, and its place in it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError, broadcast, size, spell
from backstep.ops.row import (
    ATOM,
    COMPARISON,
    Floats,
    NoGradient,
    Notation,
    Row,
    Sample,
    call,
    operation,
)

_pick = operation("pick")
_place = operation("place")
_put = operation("put")
_take = operation("take")


def _pick_shape(x: Shape, k: Shape) -> Shape:
    if not x or x[:-1] != k:
        raise ShapeError(f"one class number a row is needed: {spell(k)} against {spell(x)}")
    return k


def _whole(k: Floats) -> NDArray[np.int64]:
    return np.asarray(k, dtype=np.float64).astype(np.int64)


def _pick_numpy(x: Floats, k: Floats) -> Floats:
    return np.take_along_axis(np.asarray(x), np.expand_dims(_whole(k), -1), axis=-1)[..., 0]


def _place_shape(x: Shape, k: Shape, classes: int) -> Shape:
    if broadcast(x, k) != k:
        raise ShapeError(f"one class number a value is needed: {spell(k)} against {spell(x)}")
    return (*k, classes)


def _place_numpy(x: Floats, k: Floats, classes: int) -> Floats:
    array = np.asarray(x)
    whole = np.zeros((*array.shape, classes), dtype=array.dtype)
    np.put_along_axis(whole, np.expand_dims(_whole(k), -1), np.expand_dims(array, -1), axis=-1)
    return whole


def _check_class(k: Floats, classes: int) -> str | None:
    labels = np.asarray(k, dtype=np.float64)
    wrong = labels[~((labels == np.floor(labels)) & (labels >= 0) & (labels < classes))]
    if wrong.size == 0:
        return None
    return f"{wrong[0]:g} is no class number: a whole number from 0 to {classes - 1} is needed"


_CLASS = NoGradient("a class number has no derivative")


def _take_shape(x: Shape, k: Shape) -> Shape:
    if not x:
        raise ShapeError(f"a vector or rows are needed to take from, not {spell(x)}")
    return (*k, *x[1:])


def _put_shape(x: Shape, k: Shape, rows: int) -> Shape:
    if x[: len(k)] != k:
        raise ShapeError(f"a value is needed for each of {spell(k)} numbers, not {spell(x)}")
    return (rows, *x[len(k) :])


def _put_numpy(x: Floats, k: Floats, rows: int) -> Floats:
    array, places = np.asarray(x), _whole(k)
    whole = np.zeros((rows, *array.shape[places.ndim :]), dtype=array.dtype)
    np.add.at(whole, places, array)
    return whole


def _check_places(k: Floats, rows: int) -> str | None:
    found = np.asarray(k, dtype=np.float64)
    wrong = found[~((found == np.floor(found)) & (found >= 0) & (found < rows))]
    if wrong.size == 0:
        return None
    return f"{wrong[0]:g} is no place: a whole number from 0 to {rows - 1} is needed"


_PLACE = NoGradient("the number of a place has no derivative")

TAKEN = "take"
"""The row of `x[k]`, where k holds whole numbers."""
PICKED = "pick"
"""The row of `x[k]`, where k is a class of a vector, or holds one for each row."""


def counts(node: Node, number: int) -> bool:
    """Whether a node is the vector 0, 1, … of so many numbers."""
    if node.op == "arange":
        return bool(node.params["n"] == number)
    return node.op == "array" and node.params["values"] == tuple(map(Fraction, range(number)))


ROWS: tuple[Row, ...] = (
    Row(
        name="take",
        doc="The elements or rows with the given numbers, in the shape of the numbers.",
        shape=_take_shape,
        numpy=lambda x, k: np.asarray(x)[_whole(k)],
        vjp=lambda g, out, x, k: (_put(g, k, rows=x.shape[0]), _PLACE),
        slope=(0, 0),
        work=0,
        notation=call("take", "[k]"),
        arity=(2, 2),
        samples=(
            Sample(((3,), (4,)), domain=((-2, 2), (0, 2)), integer_inputs=(1,)),
            Sample(((3, 2), (2, 2)), domain=((-2, 2), (0, 2)), integer_inputs=(1,)),
        ),
        example="take(X, ids)",
        operations=0,
        labels=(1,),
        check=lambda x, k: _check_places(k, np.shape(x)[0]),
    ),
    Row(
        name="put",
        doc="Zeros with values added at the given numbers, those of one number added up.",
        shape=_put_shape,
        numpy=_put_numpy,
        vjp=lambda g, out, x, k, rows: (_take(g, k), _PLACE),
        slope=(0, 2),
        work=lambda elements, x, k, rows: size(x),
        notation=call("put"),
        arity=(2, 2),
        samples=(
            Sample(((4,), (4,)), {"rows": 3}, domain=((-2, 2), (0, 2)), integer_inputs=(1,)),
            Sample(((2, 3), (2,)), {"rows": 4}, domain=((-2, 2), (0, 3)), integer_inputs=(1,)),
        ),
        example="put(x, [0, 2, 0], 4)",
        terms=lambda x, k, rows: max(size(k), 1),
        labels=(1,),
        check=lambda x, k, rows: _check_places(k, rows),
    ),
    Row(
        name="pick",
        doc="Of each row the element of the given class number.",
        shape=_pick_shape,
        numpy=_pick_numpy,
        vjp=lambda g, out, x, k: (_place(g, k, classes=x.shape[-1]), _CLASS),
        slope=(0, 0),
        work=0,
        notation=Notation(
            "[y]",
            lambda x, k: f"pick({x}, {k})",
            ATOM,
            (ATOM, COMPARISON),
        ),
        arity=(2, 2),
        samples=(
            Sample(((3,), ()), domain=((-2, 2), (0, 2)), integer_inputs=(1,)),
            Sample(((2, 3), (2,)), domain=((-2, 2), (0, 2)), integer_inputs=(1,)),
        ),
        example="cross_entropy(logits, k)",
        operations=0,
        labels=(1,),
        check=lambda x, k: _check_class(k, np.shape(x)[-1]),
    ),
    Row(
        name="place",
        doc="Rows of zeros with the value put at the given class number.",
        shape=_place_shape,
        numpy=lambda x, k, classes: _place_numpy(np.broadcast_to(x, np.shape(k)), k, classes),
        vjp=lambda g, out, x, k, classes: (_pick(g, k), _CLASS),
        slope=(0, 0),
        work=0,
        notation=Notation(
            "e",
            lambda x, k, classes: ("" if x == "1" else f"{x}*") + f"one_hot({k}, {classes})",
            ATOM - 2,
            (ATOM, COMPARISON),
        ),
        arity=(2, 2),
        samples=(
            Sample(((2,), (2,)), {"classes": 3}, domain=((-2, 2), (0, 2)), integer_inputs=(1,)),
        ),
        operations=0,
        labels=(1,),
        check=lambda x, k, classes: _check_class(k, classes),
    ),
)

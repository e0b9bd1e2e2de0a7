"""Rows that choose by class numbers: the true class's element of each row, and its place in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from backstep.graph.shape import Shape, ShapeError, broadcast, spell
from backstep.ops.row import ATOM, COMPARISON, NoGradient, Notation, Row, Sample, operation

_pick = operation("pick")
_place = operation("place")


def _pick_shape(x: Shape, k: Shape) -> Shape:
    if not x or x[:-1] != k:
        raise ShapeError(f"one class number a row is needed: {spell(k)} against {spell(x)}")
    return k


def _whole(k: Any) -> Any:
    return np.asarray(k, dtype=np.float64).astype(np.int64)


def _pick_numpy(x: Any, k: Any) -> Any:
    return np.take_along_axis(np.asarray(x), np.expand_dims(_whole(k), -1), axis=-1)[..., 0]


def _place_shape(x: Shape, k: Shape, classes: int) -> Shape:
    if broadcast(x, k) != k:
        raise ShapeError(f"one class number a value is needed: {spell(k)} against {spell(x)}")
    return (*k, classes)


def _place_numpy(x: Any, k: Any, classes: int) -> Any:
    array = np.asarray(x)
    whole = np.zeros((*array.shape, classes), dtype=array.dtype)
    np.put_along_axis(whole, np.expand_dims(_whole(k), -1), np.expand_dims(array, -1), axis=-1)
    return whole


def _check_class(k: Any, classes: int) -> str | None:
    labels = np.asarray(k, dtype=np.float64)
    wrong = labels[~((labels == np.floor(labels)) & (labels >= 0) & (labels < classes))]
    if wrong.size == 0:
        return None
    return f"{wrong[0]:g} is no class number: a whole number from 0 to {classes - 1} is needed"


_CLASS = NoGradient("a class number has no derivative")


ROWS: tuple[Row, ...] = (
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

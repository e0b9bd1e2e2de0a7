"""Rows that move elements and compute nothing: reshape, transpose, index, concat, stack."""

from __future__ import annotations

import numpy as np

from backstep.graph.node import Node
from backstep.graph.parameters import Key
from backstep.graph.shape import Shape, ShapeError, axis_index, size, spell
from backstep.ops.row import (
    ATOM,
    COMPARISON,
    POWER,
    Floats,
    Notation,
    Row,
    Sample,
    call,
    operation,
)

_reshape = operation("reshape")
_transpose = operation("transpose")
_swap = operation("swap_last")
_index = operation("index")
_scatter = operation("scatter")


def _reshape_shape(given: Shape, shape: Shape) -> Shape:
    if size(given) != size(shape):
        raise ShapeError(
            f"cannot reshape {spell(given)} ({size(given)} elements) "
            f"to {spell(shape)} ({size(shape)} elements)"
        )
    return shape


def _swap_shape(shape: Shape) -> Shape:
    if len(shape) < 2:
        raise ShapeError(f"a matrix is needed, not {spell(shape)}")
    return (*shape[:-2], shape[-1], shape[-2])


def index_shape(shape: Shape, key: Key) -> Shape:
    """The shape that a static index leaves; raises ShapeError if it selects no elements."""
    if len(key) > len(shape):
        raise ShapeError(f"{len(key)} indices are given, but the shape is {spell(shape)}")
    sizes = []
    for part, length in zip(key, shape, strict=False):
        places = (part,) if isinstance(part, int) else range(*part)
        if places and (min(places[0], places[-1]) < 0 or max(places[0], places[-1]) >= length):
            raise ShapeError(
                f"an index reaches past an axis of length {length}: the shape is {spell(shape)}"
            )
        if not isinstance(part, int):
            sizes.append(len(places))
    return (*sizes, *shape[len(key) :])


def numpy_key(key: Key) -> tuple[int | slice, ...]:
    """A static index as NumPy takes it."""
    return tuple(
        part if isinstance(part, int) else slice(part[0], None if part[1] < 0 else part[1], part[2])
        for part in key
    )


def _scatter_shape(given: Shape, key: Key, shape: Shape) -> Shape:
    left = index_shape(shape, key)
    if given != left:
        raise ShapeError(f"the index takes {spell(left)} of {spell(shape)}, not {spell(given)}")
    return shape


def _scatter_numpy(x: Floats, key: Key, shape: Shape) -> Floats:
    array = np.asarray(x)
    whole = np.zeros(shape, dtype=array.dtype)
    # A 0-d array of expressions would be assigned as an array; its element is meant.
    whole[numpy_key(key)] = array[()]
    return whole


def _spell_key(key: Key) -> str:
    parts = []
    for part in key:
        if isinstance(part, int):
            parts.append(str(part))
        else:
            start, stop, step = part
            # A stop below 0 means "to before the start", which is written by leaving it out.
            end = "" if stop < 0 else stop
            parts.append(f"{start}:{end}" + (f":{step}" if step != 1 else ""))
    return ", ".join(parts)


def _concat_shape(*shapes: Shape, axis: int = 0) -> Shape:
    place = axis_index(axis, shapes[0])
    for shape in shapes[1:]:
        same = len(shape) == len(shapes[0]) and all(
            a == b for i, (a, b) in enumerate(zip(shape, shapes[0], strict=True)) if i != place
        )
        if not same:
            raise ShapeError(
                f"'concat' needs equal shapes but for axis {axis}: "
                f"{spell(shapes[0])} and {spell(shape)}"
            )
    total = sum(shape[place] for shape in shapes)
    return (*shapes[0][:place], total, *shapes[0][place + 1 :])


def _concat_vjp(g: Node, out: Node, *inputs: Node, axis: int = 0) -> tuple[Node, ...]:
    place = axis_index(axis, out.shape)
    pieces, start = [], 0
    for value in inputs:
        stop = start + value.shape[place]
        key = tuple((0, length, 1) for length in out.shape[:place])
        pieces.append(_index(g, key=(*key, (start, stop, 1))))
        start = stop
    return tuple(pieces)


def _stack_shape(*shapes: Shape, axis: int = 0) -> Shape:
    for shape in shapes[1:]:
        if shape != shapes[0]:
            raise ShapeError(
                f"what is stacked needs one shape: {spell(shapes[0])} and {spell(shape)}"
            )
    if not -len(shapes[0]) <= axis + 1 <= len(shapes[0]) + 1:
        raise ShapeError(f"axis {axis} does not exist where what is stacked is {spell(shapes[0])}")
    place = axis_index(axis, (*shapes[0], 1))
    return (*shapes[0][:place], len(shapes), *shapes[0][place:])


def _stack_vjp(g: Node, out: Node, *inputs: Node, axis: int = 0) -> tuple[Node, ...]:
    place = axis_index(axis, out.shape)
    key = tuple((0, length, 1) for length in out.shape[:place])
    return tuple(_index(g, key=(*key, position)) for position in range(len(inputs)))


def _stack_text(*inputs: str, axis: int = 0) -> str:
    return f"[{', '.join(inputs)}]" if axis == 0 else f"stack({', '.join(inputs)}, axis={axis})"


_TRANSPOSED = Notation("ᵀ", lambda x, **_: f"{x}.T", POWER, (ATOM,))

ROWS: tuple[Row, ...] = (
    Row(
        name="reshape",
        doc="The same elements, in row-major order, in another shape.",
        shape=_reshape_shape,
        numpy=lambda x, shape: np.reshape(x, shape),
        vjp=lambda g, out, x, shape: (_reshape(g, shape=x.shape),),
        shapes=True,
        slope=(0, 0),
        work=0,
        notation=Notation(
            "reshape",
            # A call without sizes would not be read; the sum of one element is that element.
            lambda x, shape: (
                f"reshape({', '.join([x, *map(str, shape)])})" if shape else f"sum({x})"
            ),
        ),
        samples=(Sample(((2, 3),), {"shape": (3, 2)}), Sample(((4,),), {"shape": (2, 2)})),
        example="reshape(W, 3, 2)",
        operations=0,
    ),
    Row(
        name="transpose",
        doc="All axes in reverse order.",
        shape=lambda shape: tuple(reversed(shape)),
        numpy=np.transpose,
        vjp=lambda g, out, x: (_transpose(g),),
        slope=(0, 0),
        work=0,
        notation=_TRANSPOSED,
        samples=(Sample(((2, 3),)), Sample(((2, 3, 4),)), Sample(((3,),))),
        example="W.T",
        operations=0,
    ),
    Row(
        name="swap_last",
        doc="The last two axes exchanged: the transpose of each matrix of a batch.",
        shape=_swap_shape,
        numpy=lambda x: np.swapaxes(x, -1, -2),
        vjp=lambda g, out, x: (_swap(g),),
        slope=(0, 0),
        work=0,
        notation=_TRANSPOSED,
        samples=(Sample(((2, 3),)), Sample(((2, 3, 4),))),
        operations=0,
    ),
    Row(
        name="index",
        doc="The elements that a static index names, counted from 0.",
        shape=index_shape,
        numpy=lambda x, key: np.asarray(x)[numpy_key(key)],
        vjp=lambda g, out, x, key: (_scatter(g, key=key, shape=x.shape),),
        slope=(0, 0),
        work=0,
        notation=Notation(
            "[ ]",
            lambda x, key: f"{x}[{_spell_key(key)}]",
            ATOM,
            (ATOM,),
        ),
        samples=(
            Sample(((3,),), {"key": (1,)}),
            Sample(((3, 4),), {"key": ((0, 3, 1), 2)}),
            Sample(((4, 2),), {"key": ((1, 4, 2),)}),
        ),
        example="x[0]",
        operations=0,
    ),
    Row(
        name="scatter",
        doc="Zeros of a shape with the value put at a static index.",
        shape=_scatter_shape,
        numpy=_scatter_numpy,
        vjp=lambda g, out, x, key, shape: (_index(g, key=key),),
        slope=(0, 0),
        work=0,
        notation=call("scatter"),
        samples=(
            Sample(((),), {"key": (1,), "shape": (3,)}),
            Sample(((3,),), {"key": ((0, 3, 1), 2), "shape": (3, 4)}),
        ),
        operations=0,
    ),
    Row(
        name="concat",
        doc="Tensors joined along an axis they have.",
        shape=_concat_shape,
        numpy=lambda *inputs, axis=0: np.concatenate(inputs, axis=axis),
        vjp=_concat_vjp,
        slope=(0, 0),
        work=0,
        notation=call("concat"),
        arity=(1, None),
        samples=(
            Sample(((2,), (3,)), {"axis": 0}),
            Sample(((2, 1), (2, 3)), {"axis": 1}),
            Sample(((2, 1), (2, 3)), {"axis": -1}),
        ),
        example="concat(a, b)",
        operations=0,
    ),
    Row(
        name="stack",
        doc="Tensors of one shape side by side along a new axis; a list of expressions is one.",
        shape=_stack_shape,
        numpy=lambda *inputs, axis=0: np.stack([np.asarray(x) for x in inputs], axis=axis),
        vjp=_stack_vjp,
        slope=(0, 0),
        work=0,
        notation=Notation(
            "[ , ]",
            _stack_text,
            ATOM,
            (COMPARISON,),
        ),
        arity=(1, None),
        samples=(Sample(((), ()), {"axis": 0}), Sample(((3,), (3,)), {"axis": 1})),
        example="stack(a, b)",
        operations=0,
    ),
)

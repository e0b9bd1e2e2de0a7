"""Static shapes: broadcasting and axes, with errors a student can read."""

from __future__ import annotations

from itertools import zip_longest
from math import prod

Shape = tuple[int, ...]


class ShapeError(ValueError):
    """Shapes do not fit; the message names them. The language adds the place in the text."""


def spell(shape: Shape) -> str:
    """A shape in the words of a lecture: `scalar`, `4`, `3×4`."""
    return "×".join(str(size) for size in shape) if shape else "a scalar"


def size(shape: Shape) -> int:
    """How many elements a tensor of this shape has."""
    return prod(shape)


def broadcast(*shapes: Shape) -> Shape:
    """The shape that NumPy's broadcasting produces; raises ShapeError if two axes disagree."""
    wide = {shape for shape in shapes if shape}
    if len(wide) < 2:
        return wide.pop() if wide else ()
    result: list[int] = []
    for axes in zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1):
        sizes = {axis for axis in axes if axis != 1}
        if len(sizes) > 1:
            spelled = " and ".join(spell(shape) for shape in shapes)
            last = " and ".join(str(axis) for axis in axes)
            raise ShapeError(
                f"{spelled} do not broadcast: sizes {last} meet in one axis; "
                "they must be equal or one of them 1"
            )
        result.append(sizes.pop() if sizes else 1)
    return tuple(reversed(result))


def axis_index(axis: int, shape: Shape) -> int:
    """The axis counted from 0; raises ShapeError if the tensor has no such axis."""
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"axis {axis} does not exist: the shape is {spell(shape)}")
    return axis % len(shape)

"""Plates: how large a drawn node is and where its figures stand in it. Knows no graph.

A plate's size depends on kind, shape and name alone, so that a changed number moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from app.graph.shape import Shape, size
from app.ops.row import Array
from app.render.figures import short

UNKNOWN = "–"
"""What stands where nothing is computed yet; never 0."""

CIRCLE = 32.0
"""The diameter of an operation's circle; its figures stand beneath."""
_WIDE_CIRCLE = 46.0
"""The same for a sign that is a word."""
_WORD = 24.0

_HEADER = 24.0
_LINE = 15.0
_COLUMN = 68.0
_PICTURE_WIDTH, _PICTURE_HEIGHT = 68.0, 26.0
_PICTURED = 152.0
"""How wide a plate with pictures is at least: picture, norm and what is between them."""
_MOST_ROWS, _MOST_COLUMNS = 6, 4
_GRID_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one figure: right-aligned at (x, baseline y) from the plate's top left.

    `at` is the element it shows; None for the norm of a tensor too large to list.
    """

    role: Literal["value", "partial"]
    at: tuple[int, ...] | None
    x: float
    y: float
    middle: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A place for a picture of a tensor too large to list, from the plate's top left."""

    role: Literal["value", "partial"]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plate:
    """A drawn node's outline and slots, in CSS pixels."""

    form: Literal["box", "circle", "small"]
    width: float
    height: float
    slots: tuple[Slot, ...]
    digits: int
    pictures: tuple[Frame, ...] = ()
    circle: float = 0.0
    """The diameter of a circle, at the top middle; 0 of other forms."""

    def shown(self, role: str, array: Array | None) -> list[str]:
        """The texts of the slots of a role, in order; dashes where nothing is known."""
        slots = [slot for slot in self.slots if slot.role == role]
        if array is None:
            return [UNKNOWN] * len(slots)
        return [
            short(float(array[slot.at]), self.digits)
            if slot.at is not None
            else f"‖{short(norm(array), self.digits)}‖"
            for slot in slots
        ]


def norm(array: Array) -> float:
    """The Euclidean norm of all elements, by scaling, so that it neither over- nor underflows."""
    if array.ndim == 0:
        return abs(float(array))
    largest = float(np.max(np.abs(array), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.sum(np.square(array / largest))))


def listed(shape: Shape) -> bool:
    """Whether a tensor is small enough for its elements to be read in the drawing."""
    if len(shape) > 2 or size(shape) == 0:
        return False
    rows, columns = (*shape, 1, 1)[:2]
    return rows <= _MOST_ROWS and columns <= _MOST_COLUMNS


def plate(kind: str, shape: Shape, label_width: float, sign_width: float = 0.0) -> Plate:
    """The plate of a node of this kind and shape; its name and its sign are so many pixels wide."""
    if kind == "operation":
        return _circle(shape, CIRCLE if sign_width <= _WORD else _WIDE_CIRCLE)
    partial = kind not in ("const", "constant")
    wide = max(116.0, label_width + max(sign_width + 30, 60))
    if shape == () and partial:
        slots = (Slot("value", (), wide - 10, 38), Slot("partial", (), wide - 10, 55))
        return Plate("box", wide, 64, slots, 4)
    if shape == ():
        narrow = max(62.0, label_width + 20)
        return Plate("small", narrow, 44, (Slot("value", (), narrow / 2, 37, middle=True),), 4)
    if not listed(shape):
        return _pictured(partial, max(wide + 8, _PICTURED))
    return _grid(shape, partial, wide)


def _pictured(partial: bool, wide: float) -> Plate:
    """A picture beside the norm: of the value, and beneath it of the partial."""
    roles: tuple[Literal["value", "partial"], ...] = ("value", "partial")
    tops = {role: _HEADER + 3 + place * (_PICTURE_HEIGHT + 4) for place, role in enumerate(roles)}
    kept = roles if partial else roles[:1]
    return Plate(
        "box",
        wide,
        tops[kept[-1]] + _PICTURE_HEIGHT + 8,
        tuple(Slot(role, None, wide - 10, tops[role] + _PICTURE_HEIGHT / 2 + 4) for role in kept),
        4,
        tuple(Frame(role, 10, tops[role], _PICTURE_WIDTH, _PICTURE_HEIGHT) for role in kept),
    )


def _circle(shape: Shape, diameter: float) -> Plate:
    at = () if shape == () else None
    slots = (
        Slot("value", at, 36, diameter + 15, middle=True),
        Slot("partial", at, 36, diameter + 29, middle=True),
    )
    return Plate("circle", 72, diameter + 34, slots, 4, circle=diameter)


def _grid(shape: Shape, partial: bool, wide: float) -> Plate:
    rows, columns = (*shape, 1)[:2]
    beside = len(shape) == 1 and partial
    across = columns * (2 if beside else 1)
    width = max(wide, across * _COLUMN + 14)
    slots: list[Slot] = []
    slots.extend(_cells("value", shape, width - (_COLUMN + 2 if beside else 0), _HEADER))
    height = _HEADER + rows * _LINE
    if beside:
        slots.extend(_cells("partial", shape, width, _HEADER))
    elif partial:
        slots.extend(_cells("partial", shape, width, height + 6))
        height += rows * _LINE + 6
    return Plate("box", width, height + 8, tuple(slots), _GRID_DIGITS)


def _cells(
    role: Literal["value", "partial"], shape: Shape, right: float, top: float
) -> Iterator[Slot]:
    columns = (*shape, 1)[1]
    for at in product(*(range(length) for length in shape)):
        row, column = (*at, 0)[:2]
        x = right - 10 - (columns - 1 - column) * _COLUMN
        yield Slot(role, at, x, top + 13 + row * _LINE)

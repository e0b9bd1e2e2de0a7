"""Plates: the size of a drawn node, and the positions of its figures in it.

A plate's size depends on kind, shape, name and caption alone. It has room for the widest form of a
figure (`extents.WIDEST`), so that a changed number neither moves nor overlaps anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np

from backstep.graph.shape import Shape, size
from backstep.notation.extents import extent, figure_room
from backstep.notation.figures import alike, short
from backstep.ops.row import Array

Role = Literal["value", "partial"]

UNKNOWN = "–"
"""Shown for a value that is not computed yet; never 0."""

FIGURE, CELL = 13.0, 12.0
"""Type sizes: of a single figure, and of one among several."""
CIRCLE = 32.0
"""The diameter of an operation's circle; its figures stand below."""
_WIDE_CIRCLE = 48.0
"""The least diameter for a sign that is a word."""
_WORD = 24.0

_LEFT, _RIGHT = 11.0, 10.0
"""Margins of a box."""
_APART = 6.0
"""Distance between a caption and its figure."""
_NAME_APART = 12.0
"""Distance between a name and the text to its right."""
_HEADER = 26.0
_LINE = 15.0
_COLUMN = 64.0
"""Width of a column of cells: at most eight characters (`figures.alike`), and a gap."""
_POWER_LINE = 15.0
"""Height of the line below the cells with the powers of ten that they share."""
_BRACKET = 5.0
"""Distance between a matrix and its brackets."""
_MATRIX_PICTURE, _VECTOR_PICTURE, _PICTURE_HEIGHT = 68.0, 16.0, 42.0
_WORD_ROOM = 26.0
"""Width of `max` and `min` before their figures."""
_BARS, _WIDEST_BAR = 14.0, 11.0
"""The height of the room of bars, and the most from one to the next."""
_MOST_ROWS, _MOST_COLUMNS = 6, 4


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one figure: right-aligned at (x, baseline y) from the plate's top left.

    `at` is the element that it shows, or for the whole tensor: its norm, its largest or smallest
    element, or the power of ten that its cells share.
    """

    role: Role
    at: tuple[int, ...] | Literal["norm", "max", "min", "power"]
    x: float
    y: float
    middle: bool = False
    size: float = FIGURE

    @property
    def word(self) -> str:
        """The word before the figure: `max`, `min` or nothing."""
        return self.at if self.at in ("max", "min") else ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A place for a picture of a tensor too large to list, from the plate's top left."""

    role: Role
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
    pictures: tuple[Frame, ...] = ()
    circle: float = 0.0
    """The diameter of a circle, at the top middle; 0 for other forms."""
    brackets: tuple[tuple[float, float, float, float], ...] = ()
    """Left, top, width and height of the area inside a matrix's brackets; a vector has none."""
    bars: tuple[tuple[float, float, float, float], ...] = ()
    """Left, top, width and height of the room of each bar: what a pass adds to the partial."""

    def shown(self, role: str, array: Array | None) -> list[str]:
        """The texts of the slots of a role, in order; dashes if the array is unknown."""
        slots = [slot for slot in self.slots if slot.role == role]
        if array is None:
            return ["" if slot.at == "power" else UNKNOWN for slot in slots]
        if any(slot.at == "power" for slot in slots):
            cells, power = alike([float(each) for each in array.flat])
            return [*cells, power]
        return [_told(slot, array) for slot in slots]


def _told(slot: Slot, array: Array) -> str:
    if isinstance(slot.at, tuple):
        return short(float(array[slot.at]))
    if slot.at == "norm":
        return f"‖{short(norm(array))}‖"
    if not array.size:
        return UNKNOWN
    return short(float(np.max(array) if slot.at == "max" else np.min(array)))


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


def has_partial(kind: str) -> bool:
    """Whether nodes of the kind have a line for the partial."""
    return kind not in ("const", "constant")


def plate(
    kind: str,
    shape: Shape,
    label_width: float,
    sign_width: float = 0.0,
    caption_width: float = 0.0,
    *,
    summed: bool = False,
    bars: int = 0,
) -> Plate:
    """The plate of a node of this kind and shape; `summed`: of a tensor the norm stands for it;
    below its figures so many bars.

    The widths of its name, its sign and the caption before its partial are in pixels; 0 is none.
    """
    if bars:
        made = plate(kind, shape, label_width, sign_width, caption_width, summed=summed)
        return replace(made, height=made.height + _BARS + 5, bars=_barred(made, bars))
    if summed and shape != ():
        return _summed(has_partial(kind), _LEFT + label_width + _NAME_APART + sign_width + _RIGHT)
    if kind == "operation":
        return _circle(shape, sign_width)
    heading = _LEFT + label_width + _NAME_APART + sign_width + _RIGHT
    if shape == () and has_partial(kind):
        caption = caption_width + _APART if caption_width else 0.0
        wide = max(heading, _LEFT + caption + figure_room(FIGURE) + _RIGHT)
        slots = (Slot("value", (), wide - _RIGHT, 40), Slot("partial", (), wide - _RIGHT, 57))
        return Plate("box", wide, 66, slots)
    if shape == ():
        narrow = max(figure_room(CELL) + 12, label_width + 20)
        slot = Slot("value", (), narrow / 2, 37, middle=True, size=CELL)
        return Plate("small", narrow, 45, (slot,))
    if not listed(shape):
        return _pictured(shape, has_partial(kind), heading)
    return _grid(shape, has_partial(kind), heading)


def _barred(made: Plate, count: int) -> tuple[tuple[float, float, float, float], ...]:
    """The rooms of bars, from left to right."""
    pitch = min((made.width - _LEFT - _RIGHT) / count, _WIDEST_BAR)
    return tuple((_LEFT + at * pitch, made.height - 3, 0.8 * pitch, _BARS) for at in range(count))


def _summed(partial: bool, heading: float) -> Plate:
    """The norms of a tensor and of its partial."""
    bars = extent("‖‖", FIGURE, "figure")
    wide = max(heading, _LEFT + figure_room(FIGURE) + bars + _RIGHT)
    roles: tuple[Role, ...] = ("value", "partial") if partial else ("value",)
    slots = tuple(
        Slot(role, "norm", wide - _RIGHT, 40 + 17 * line) for line, role in enumerate(roles)
    )
    return Plate("box", wide, 49 + 17 * (len(roles) - 1), slots)


def _pictured(shape: Shape, partial: bool, heading: float) -> Plate:
    """A picture beside the norm and the extreme elements, for the value and for the partial."""
    roles: tuple[Role, ...] = ("value", "partial") if partial else ("value",)
    tops = {role: _HEADER + 4 + place * (_PICTURE_HEIGHT + 8) for place, role in enumerate(roles)}
    matrix = len(shape) > 1
    bars = extent("‖‖", CELL, "figure")
    figures = max(_WORD_ROOM, bars) + figure_room(CELL)
    width = _MATRIX_PICTURE if matrix else _VECTOR_PICTURE
    left = _LEFT + (_BRACKET if matrix else 0)
    wide = max(heading, left + _MATRIX_PICTURE + _BRACKET + 10 + figures + _RIGHT)
    frames = tuple(Frame(role, left, tops[role], width, _PICTURE_HEIGHT) for role in roles)
    told: tuple[Literal["norm", "max", "min"], ...] = ("norm", "max", "min")
    slots = tuple(
        Slot(role, what, wide - _RIGHT, tops[role] + 11 + line * 14.5, size=CELL)
        for role in roles
        for line, what in enumerate(told)
    )
    brackets = tuple((each.x, each.y, each.width, each.height) for each in frames if matrix)
    height = tops[roles[-1]] + _PICTURE_HEIGHT + 9
    return Plate("box", wide, height, slots, frames, brackets=brackets)


def _circle(shape: Shape, sign_width: float) -> Plate:
    diameter = CIRCLE if sign_width <= _WORD else _WIDE_CIRCLE
    at: tuple[int, ...] | Literal["norm"] = () if shape == () else "norm"
    bars = 0.0 if shape == () else extent("‖‖", FIGURE, "figure")
    wide = max(diameter, figure_room(FIGURE) + bars) + 4
    slots = (
        Slot("value", at, wide / 2, diameter + 15, middle=True),
        Slot("partial", at, wide / 2, diameter + 30, middle=True),
    )
    return Plate("circle", wide, diameter + 35, slots, circle=diameter)


def _grid(shape: Shape, partial: bool, heading: float) -> Plate:
    """All elements: value and partial of a vector side by side, of a matrix one above the other."""
    rows, columns = (*shape, 1)[:2]
    matrix = len(shape) > 1
    beside = not matrix and partial
    across = columns * (2 if beside else 1)
    powers = (2 if partial else 1) * (extent("·10⁻⁸⁸⁸", CELL, "figure") + 8)
    cells = across * _COLUMN + (2 * _BRACKET if matrix else 0)
    width = max(heading, max(cells, powers) + _LEFT + _RIGHT)
    right = width - _RIGHT - (_BRACKET if matrix else 0)
    tall = rows * _LINE
    tops: list[tuple[Role, float, float]] = [("value", right, _HEADER)]
    if beside:
        tops = [("value", right - width / 2 + 4, _HEADER), ("partial", right, _HEADER)]
    elif partial:
        tops.append(("partial", right, _HEADER + tall + 7))
    bottom = tops[-1][2] + tall
    slots: list[Slot] = []
    for place, (role, end, top) in enumerate(tops):
        slots.extend(_cells(role, shape, end, top))
        # A vector's power of ten is below its cells; a matrix's value has it to the left.
        end = end if beside or len(tops) == 1 or place else width / 2 - 4
        slots.append(Slot(role, "power", end, bottom + 13, size=CELL))
    brackets = tuple(
        (end - columns * _COLUMN - 1, top + 2, columns * _COLUMN + 1 + _BRACKET, tall - 1)
        for _, end, top in tops
        if matrix
    )
    return Plate("box", width, bottom + _POWER_LINE + 4, tuple(slots), brackets=brackets)


def _cells(role: Role, shape: Shape, right: float, top: float) -> Iterator[Slot]:
    columns = (*shape, 1)[1]
    for at in product(*(range(length) for length in shape)):
        row, column = (*at, 0)[:2]
        x = right - (columns - 1 - column) * _COLUMN
        yield Slot(role, at, x, top + 12 + row * _LINE, size=CELL)

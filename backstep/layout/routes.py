"""From columns and heights to a drawing: the paths of links and the positions of their labels.

Coordinates are (along, across): along the reading direction and across it.

Links stay clear of boxes and labels, because in every column each box, label and passing link owns
the interval around it, no two overlap, and a link crosses a column inside its own interval. Between
columns there is nothing to hit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from backstep.layout.columns import ARROW, LABEL_GAP, Block, Thread, grid, label_room
from backstep.layout.curves import (
    Bezier,
    Disc,
    Gate,
    Point,
    Strip,
    distinct,
    leaving,
    polyline,
    rounded,
    taut,
    within,
)

_BESIDE = 2.5
"""How far before and after a column of boxes a link keeps to its interval, for steep links."""
_BEND = 6.0
"""How much rounding may cut off a corner, across."""
_LEVEL = 5.0
"""How far a link may stray from its lane at a column of boxes, so that it runs level."""
_SPREAD = 7.0
"""Distance between links that arrive at one box."""
_MANY = 600
"""From so many links on, bends are rounded by the fast method, since nobody follows each."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The middles of blocks along, the curves of threads, and the middles of their labels."""

    length: float
    middles: tuple[float, ...]
    curves: tuple[tuple[Bezier, ...], ...]
    labels: tuple[Point | None, ...]


_Slot = tuple[float, float, float, float, float]
"""(from, to, lowest, highest, lane): the bounds of a link across, on a stretch along."""


def draw(blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> Drawing:
    """Route every thread: level, with labels above, or downwards, with labels to the right."""
    return _Router(blocks, threads, level).drawing()


class _Router:
    def __init__(self, blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> None:
        self.blocks = blocks
        self.threads = threads
        self.level = level
        self.grid = grid(blocks, threads, level)
        self.columns = self.grid.columns
        self.offsets = self._offsets()

    def drawing(self) -> Drawing:
        curves = [self._curve(index) for index in range(len(self.threads))]
        return Drawing(
            length=self.columns[-1].right if self.columns else 0.0,
            middles=tuple(self.columns[block.column].middle for block in self.blocks),
            curves=tuple(tuple(curve) for curve in curves),
            labels=tuple(map(self._label, self.threads, curves)),
        )

    def _offsets(self) -> dict[tuple[int, bool], float]:
        """The distance across from the aim to each thread's end: tail (False) and head (True).

        Links leave in the direction of their first stop, and arrive next to each other.
        """
        offsets = {}
        arriving: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for index, thread in enumerate(self.threads):
            tail, head = self.blocks[thread.tail], self.blocks[thread.head]
            first = thread.stops[0].lane if thread.stops else head.aim
            offsets[index, False] = min(max(first - tail.aim, -tail.mouth), tail.mouth)
            last = thread.stops[-1].lane if thread.stops else tail.aim
            arriving[thread.head].append((last, index))
        for at, comers in arriving.items():
            comers.sort()
            block = self.blocks[at]
            width = (block.circle or block.across) / 2
            step = min(_SPREAD, width / max(1, len(comers) - 1))
            centre = (len(comers) - 1) / 2
            level = min(range(len(comers)), key=lambda i: abs(comers[i][0] - block.aim))
            if abs(comers[level][0] - block.aim) < 3 and abs(level - centre) <= 1:
                centre = level  # a straight link stays straight
            for place, (_, index) in enumerate(comers):
                offsets[index, True] = (place - centre) * step
        return offsets

    def _end_slots(self, index: int, side: int, offset: float) -> list[_Slot]:
        """The slots of a link in the row of its box, to its right (1) or left (-1)."""
        block = self.blocks[index]
        column = self.columns[block.column]
        middle, border = column.middle, block.along / 2
        row_end = self._row_end(block.column, side)
        slots = []
        if block.text_beneath(self.level):
            # At the circle's height at the start of the text, or before if that is too near.
            level = (block.start, block.start + block.circle - 3)
            beside = border - 2 if border - 2 > block.circle / 2 + ARROW else row_end
            slots.append((beside, beside, *level))
        elif block.circle and side < 0:
            beside = border - block.circle / 2
        else:
            edge = min(10.0, block.across / 4)
            if block.circle:  # below its text: links leave near the middle
                edge = block.across / 2 - block.circle * 0.4
            slots.append((border, border, block.start + edge, block.end - edge))
            beside = border
        slots.append((beside, row_end, *self.grid.boxes[index]))
        lane = block.aim + offset
        if side > 0:
            return [(middle + a, middle + b, low, high, lane) for a, b, low, high in slots]
        return [(middle - b, middle - a, low, high, lane) for a, b, low, high in slots[::-1]]

    def _row_end(self, at: int, side: int) -> float:
        """How far from a column's middle its rows end: an arrowhead beyond it, if possible.

        A link that is in its box's row for that long arrives straight.
        """
        column, half = self.columns[at], self.columns[at].extent / 2
        if not 0 <= at + side < len(self.columns):
            return half
        other = self.columns[at + side]
        room = (other.left - column.right) if side > 0 else (column.left - other.right)
        return half + min(ARROW + 2, room / 2 if other.boxes else room - 1)

    def _slots(self, index: int) -> list[_Slot]:
        thread = self.threads[index]
        slots = self._end_slots(thread.tail, 1, self.offsets[index, False])
        before, after = label_room(thread, self.level)
        for stop in thread.stops:
            first, last = self.columns[stop.first], self.columns[stop.last]
            low, high = stop.lane, stop.lane
            if not stop.outside:
                low, high = self.grid.passages[stop.first, stop.lane]
            if stop.labelled:
                low, high = low + before, high - after
            if first.boxes or stop.last > stop.first:
                low, high = max(low, stop.lane - _LEVEL), min(high, stop.lane + _LEVEL)
            if low > high:
                low = high = stop.lane
            start, end = (_BESIDE if column.boxes else 1.0 for column in (first, last))
            slots.append((first.left - start, last.right + end, low, high, stop.lane))
        return slots + self._end_slots(thread.head, -1, self.offsets[index, True])

    def _curve(self, index: int) -> list[Bezier]:
        thread = self.threads[index]
        slots = self._slots(index)
        start, leaves = self._end(thread.tail, self.offsets[index, False])
        end, arrives = self._end(thread.head, self.offsets[index, True], at_head=True)
        line = taut(start, [gate for slot in slots for gate in _gates(*slot)], end)
        line = distinct(leaving(leaving(line, leaves)[::-1], arrives)[::-1])
        hurry = len(self.threads) > _MANY
        return rounded(line, ARROW + 1.5, lambda bend: _keeps_to(slots, bend), hurry)

    def _end(self, index: int, offset: float, at_head: bool = False) -> tuple[Point, Strip | Disc]:
        """The point within a box that a link aims at, and the box's region.

        The region of a box with a circle is its circle, except for links that leave it downwards.
        """
        block = self.blocks[index]
        middle, half = self.columns[block.column].middle, block.along / 2
        if not block.circle or not (self.level or at_head):
            return (middle, block.aim + offset), Strip(middle, half)
        radius = block.circle / 2
        centre = (middle if self.level else middle - half + radius, block.aim)
        return (centre[0], centre[1] + offset), Disc(centre, radius)

    def _label(self, thread: Thread, curve: Sequence[Bezier]) -> Point | None:
        stop = next((stop for stop in thread.stops if stop.labelled), None)
        if stop is None:
            return None
        middle = self.columns[stop.first].middle
        low, high = middle - thread.along / 2, middle + thread.along / 2
        passed = [
            extent
            for piece in curve
            if piece[0][0] <= high and low <= piece[3][0]
            if (extent := within(polyline(piece), low, high))
        ]
        away = LABEL_GAP + thread.across / 2
        if self.level:
            return (middle, min(extent[0] for extent in passed) - away)
        return (middle, max(extent[1] for extent in passed) + away)


def _gates(start: float, end: float, low: float, high: float, lane: float) -> list[Gate]:
    """Gates for the string, narrower than the slot, since rounded bends cut their corners."""
    spare = min(_BEND, (high - low) * 0.45)
    lowest = low + spare if lane < low else min(low + spare, lane)
    highest = high - spare if lane > high else max(high - spare, lane)
    return [(start, lowest, highest), (end, lowest, highest)]


def _keeps_to(slots: Sequence[_Slot], bend: Bezier) -> bool:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = bend
    lowest, highest = min(y0, y1, y2, y3) + 0.5, max(y0, y1, y2, y3) - 0.5
    near = [  # a curve lies within its control points
        slot
        for slot in slots
        if slot[0] <= x3 and x0 <= slot[1] and (lowest < slot[2] or slot[3] < highest)
    ]
    if not near:
        return True
    along, across = (x0 + 3 * (x1 + x2) + x3) / 8, (y0 + 3 * (y1 + y2) + y3) / 8
    for start, end, low, high, _ in near:  # a bend that does not fit mostly fails in its middle
        if start <= along <= end and not low - 0.5 <= across <= high + 0.5:
            return False
    points = polyline(bend)
    for start, end, low, high, _ in near:
        extent = within(points, start, end)
        if extent and (extent[0] < low - 0.5 or extent[1] > high + 0.5):
            return False
    return True

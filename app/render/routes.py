"""From columns and heights to a drawing: how links run and where their labels lie.

Works in (along, across): along the reading direction, across it. Knows neither Graphviz nor SVG.

What keeps a link clear of boxes and labels: in every column each box, label and passing link owns
the interval around it, no two overlap, and a link crosses a column inside its own interval. Between
columns there is nothing to hit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.render.columns import ARROW, LABEL_GAP, Block, Thread, columns, label_room
from app.render.curves import (
    Bezier,
    Gate,
    Point,
    distinct,
    leaving,
    rounded,
    taut,
    within,
)

_BESIDE = 2.5
"""Before and after a column of boxes a link already keeps to its interval: steep ones need it."""
_BEND = 6.0
"""What rounding may cut off a corner, across."""
_LEVEL = 5.0
"""How far a link may stray from its lane where it passes a column of boxes: it runs level."""
_SPREAD = 7.0
"""Between links that arrive at one box; half of it where they leave."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Middles of the blocks along, curves of the threads, middles of their labels."""

    length: float
    middles: tuple[float, ...]
    curves: tuple[tuple[Bezier, ...], ...]
    labels: tuple[Point | None, ...]


_Slot = tuple[float, float, float, float]
"""(from, to, lowest, highest): where a link stays across, on a stretch along."""


def draw(blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> Drawing:
    """Route every thread: level, with labels above, or downwards, with labels to the right."""
    return _Router(blocks, threads, level).drawing()


class _Router:
    def __init__(self, blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> None:
        self.blocks = blocks
        self.threads = threads
        self.level = level
        self.columns = columns(blocks, threads, level)
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
        """How far from the aim each thread's tail (False) and head (True) end is, across."""
        meeting: dict[tuple[int, bool], list[tuple[float, int]]] = defaultdict(list)
        for index, thread in enumerate(self.threads):
            lanes = [stop.lane for stop in thread.stops]
            first = lanes[0] if lanes else self.blocks[thread.head].aim
            last = lanes[-1] if lanes else self.blocks[thread.tail].aim
            meeting[thread.tail, False].append((first, index))
            meeting[thread.head, True].append((last, index))
        offsets = {}
        for (block, at_head), comers in meeting.items():
            comers.sort()
            box = self.blocks[block]
            width = box.circle * 0.5 if box.circle else box.across * 0.5
            step = min(_SPREAD if at_head else _SPREAD / 2, width / max(1, len(comers) - 1))
            centre = (len(comers) - 1) / 2
            level = min(range(len(comers)), key=lambda i: abs(comers[i][0] - box.aim))
            if abs(comers[level][0] - box.aim) < 3 and abs(level - centre) <= 1:
                centre = level  # one that comes straight stays straight
            for place, (_, index) in enumerate(comers):
                offsets[index, at_head] = (place - centre) * step
        return offsets

    def _end_slots(self, index: int, side: int) -> list[_Slot]:
        """Where a link stays within the column of its box, to its right (1) or left (-1)."""
        block = self.blocks[index]
        column = self.columns[block.column]
        middle, half = column.middle, column.extent / 2
        border = block.along / 2
        slots = []
        if block.text_beneath(self.level):
            beside = min(border - 2, half)
            slots.append((block.circle / 2, beside, block.start, block.start + block.circle - 3))
        else:
            edge = min(10.0, block.across / 4)
            slots.append((border, border, block.start + edge, block.end - edge))
            beside = border
        slots.append((beside, half + _BESIDE, *column.owned["box", index]))
        if side > 0:
            return [(middle + near, middle + far, *across) for near, far, *across in slots]
        return [(middle - far, middle - near, *across) for near, far, *across in slots[::-1]]

    def _slots(self, index: int) -> list[_Slot]:
        thread = self.threads[index]
        slots = self._end_slots(thread.tail, 1)
        before, after = label_room(thread, self.level)
        for stop in thread.stops:
            column = self.columns[stop.column]
            low, high = column.owned["link", index]
            if stop.labelled:
                low, high = low + before, high - after
            if column.boxes:
                low, high = max(low, stop.lane - _LEVEL), min(high, stop.lane + _LEVEL)
            if low > high:
                low = high = stop.lane
            beyond = _BESIDE if column.boxes else 1.0
            slots.append((column.left - beyond, column.right + beyond, low, high))
        return slots + self._end_slots(thread.head, -1)

    def _curve(self, index: int) -> list[Bezier]:
        thread = self.threads[index]
        tail, head = self.blocks[thread.tail], self.blocks[thread.head]
        slots = self._slots(index)
        line = taut(
            (self.columns[tail.column].middle, tail.aim + self.offsets[index, False]),
            [gate for slot in slots for gate in _gates(*slot)],
            (self.columns[head.column].middle, head.aim + self.offsets[index, True]),
        )
        line = leaving(line, self._inside(tail))
        line = distinct(leaving(line[::-1], self._inside(head, from_before=True))[::-1])
        return rounded(line, ARROW + 2, lambda bend: _keeps_to(slots, bend))

    def _inside(self, block: Block, from_before: bool = False) -> Callable[[Point], bool]:
        """Whether a point is within what links end at: the box, or its circle."""
        middle, half = self.columns[block.column].middle, block.along / 2
        if not block.circle or not (self.level or from_before):
            return lambda point: abs(point[0] - middle) < half
        radius = block.circle / 2
        centre = middle if self.level else middle - half + radius

        def inside(point: Point) -> bool:
            behind = not self.level and point[0] > centre
            return behind or math.hypot(point[0] - centre, point[1] - block.aim) < radius

        return inside

    def _label(self, thread: Thread, curve: Sequence[Bezier]) -> Point | None:
        stop = next((stop for stop in thread.stops if stop.labelled), None)
        if stop is None:
            return None
        middle = self.columns[stop.column].middle
        low, high = middle - thread.along / 2, middle + thread.along / 2
        passed = [extent for piece in curve if (extent := within(piece, low, high))]
        away = LABEL_GAP + thread.across / 2
        if self.level:
            return (middle, min(extent[0] for extent in passed) - away)
        return (middle, max(extent[1] for extent in passed) + away)


def _gates(start: float, end: float, low: float, high: float) -> list[Gate]:
    """Gates for the string, narrower than the slot: its bends cut their corners when rounded."""
    spare = min(_BEND, (high - low) * 0.45)
    return [(start, low + spare, high - spare), (end, low + spare, high - spare)]


def _keeps_to(slots: Sequence[_Slot], bend: Bezier) -> bool:
    lowest, highest = min(point[1] for point in bend), max(point[1] for point in bend)
    for start, end, low, high in slots:
        if lowest >= low - 0.5 and highest <= high + 0.5:
            continue  # a curve lies within its control points
        extent = within(bend, start, end)
        if extent and (extent[0] < low - 0.5 or extent[1] > high + 0.5):
            return False
    return True

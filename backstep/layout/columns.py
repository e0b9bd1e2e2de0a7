"""The columns of a drawing: widths, distances, and the interval that each box and link owns.

Coordinates are (along, across): along the reading direction and across it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

Sizes = tuple[tuple[float, float, float], ...]
"""Boxes: width, height, diameter of the circle or 0."""
Ends = tuple[tuple[int, int, float, float], ...]
"""Links: index of the tail and of the head, width and height of the label or 0."""
Interval = tuple[float, float]

ARROW = 7.0
"""Pixels left free at the head for the arrowhead."""
LABEL_GAP = 2.0
"""Distance between a label and its own link."""

_MOUTH = 8.0
"""How far from a box's aim links may leave it, at most."""
_APART = 2.0
"""The part of its half of the space to its neighbour that a link leaves free."""
_OPEN = 60.0
"""How far a link may stray if nothing is above or below it."""
_LEAVE = 4.5
"""Least distance between a column of boxes and the labels after it."""
_LEAVE_BENT = ARROW + 2.5
"""The same if a link bends there: an arrowhead must fit when it is drawn backwards."""
_ARRIVE = ARROW + 3.0
"""Distance between labels and the column of boxes after them: an arrowhead and some line."""
_LEAST = 4.0
"""Least distance between two columns."""
_BARE = 8.0
"""Added between two columns of boxes without labels between them."""


@dataclass(frozen=True, slots=True)
class Block:
    """A box in its column: its start across, its sizes, and the point across that links aim at.

    With a circle (its diameter) links end at that; the rest of the box is text beneath it.
    """

    column: int
    start: float
    along: float
    across: float
    aim: float
    circle: float = 0.0

    @property
    def end(self) -> float:
        """Its end across."""
        return self.start + self.across

    def text_beneath(self, level: bool) -> bool:
        """Whether the box's text lies beside the circle that links arrive at, and not behind it."""
        return bool(self.circle) and level

    @property
    def mouth(self) -> float:
        """How far from its aim a link may leave the box, across."""
        return min(_MOUTH, self.circle * 0.3 or self.across * 0.25)

    def reach(self, level: bool) -> float:
        """The size along of what links end at: the circle or the whole box."""
        return self.circle if self.text_beneath(level) else self.along


@dataclass(frozen=True, slots=True)
class Stop:
    """A run of columns that a link passes at one height.

    `labelled` if its label lies there, in a single column; `outside` if it is beyond everything in
    its columns. Stops of several links with the same first column and lane are one passage, drawn
    as one line.
    """

    first: int
    last: int
    lane: float
    labelled: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """A link: indices of the blocks it joins, its stops in order, the sizes of its label."""

    tail: int
    head: int
    stops: tuple[Stop, ...]
    along: float = 0.0
    across: float = 0.0


@dataclass(slots=True)
class Column:
    """A column of boxes or of labels: its width and its position along."""

    boxes: bool = False
    extent: float = 0.0
    left: float = 0.0

    @property
    def right(self) -> float:
        """Its end along."""
        return self.left + self.extent

    @property
    def middle(self) -> float:
        """Its middle along."""
        return self.left + self.extent / 2


@dataclass(frozen=True, slots=True)
class Grid:
    """The placed columns, and the interval across that each box and passage owns in its columns.

    `boxes` by index of the block, `passages` by a stop's first column and lane.
    """

    columns: list[Column]
    boxes: list[Interval]
    passages: dict[tuple[int, float], Interval]


def grid(blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> Grid:
    """The placed columns, with the interval of every owner."""
    last = max((block.column for block in blocks), default=-1)
    found = [Column() for _ in range(last + 1)]
    for block in blocks:
        column = found[block.column]
        column.boxes = True
        column.extent = max(column.extent, block.along)
    for thread in threads:
        for stop in thread.stops:
            if stop.labelled:
                column = found[stop.first]
                column.extent = max(column.extent, thread.along)
    _set_apart(found, blocks, threads, level)
    return Grid(found, *_intervals(len(found), blocks, threads, level))


def label_room(thread: Thread, level: bool) -> tuple[float, float]:
    """The room a label takes before and after its link, across: above it, or to its right."""
    room = thread.across + LABEL_GAP
    return (room, 0.0) if level else (0.0, room)


def _set_apart(
    found: Sequence[Column], blocks: Sequence[Block], threads: Sequence[Thread], level: bool
) -> None:
    room = [_LEAST] * len(found)
    moved: dict[int, list[float]] = defaultdict(list)
    for thread in threads:
        tail, head = blocks[thread.tail], blocks[thread.head]
        before = head.column - 1
        spare = (found[tail.column].extent - tail.reach(level)) / 2
        bends = not thread.stops or abs(thread.stops[0].lane - tail.aim) > tail.mouth
        room[tail.column] = max(room[tail.column], (_LEAVE_BENT if bends else _LEAVE) - spare)
        spare = (found[head.column].extent - head.reach(level)) / 2
        room[before] = max(room[before], _ARRIVE - spare)
        strip, lane = tail.column, tail.aim
        for stop in thread.stops:
            moved[strip].append(abs(stop.lane - lane))
            strip, lane = stop.last, stop.lane
        moved[strip].append(abs(head.aim - lane))
    left = 0.0
    for index, column in enumerate(found):
        column.left = left
        left = column.right + room[index]
        # Steep links need width, many of them more.
        steep = max(moved[index], default=0.0)
        crowd = sum(step > 12 for step in moved[index])
        left += min(60.0, max(0.0, steep - 40) * 0.15 + max(0, crowd - 2) * 2.0)
        if column.boxes and index + 1 < len(found) and found[index + 1].boxes:
            left += _BARE


def _intervals(
    count: int, blocks: Sequence[Block], threads: Sequence[Thread], level: bool
) -> tuple[list[Interval], dict[tuple[int, float], Interval]]:
    """Half of the space to either neighbour in the tightest column, for boxes and for passages."""
    owners: list[list[tuple[float, float, int]]] = [[] for _ in range(count)]
    for index, block in enumerate(blocks):
        owners[block.column].append((block.start, block.end, index))
    passages: dict[tuple[int, float], tuple[int, float, float]] = {}
    for thread in threads:
        for stop in thread.stops:
            key = (stop.first, stop.lane)
            if stop.outside or (key in passages and passages[key][0] >= stop.last):
                continue
            before, after = label_room(thread, level) if stop.labelled else (0.0, 0.0)
            passages[key] = (stop.last, stop.lane - before, stop.lane + after)
    for index, ((first, _), (last, low, high)) in enumerate(passages.items(), len(blocks)):
        for at in range(first, last + 1):
            owners[at].append((low, high, index))
    lanes = {stop.lane for thread in threads for stop in thread.stops if stop.outside}
    ceiling = max((lane for lane in lanes if lane < blocks[0].start), default=-inf) + _APART
    floor = min((lane for lane in lanes if lane > blocks[0].start), default=inf) - _APART
    free = [(ceiling, floor)] * (len(blocks) + len(passages))
    for column in owners:
        column.sort()
        beneath = -inf
        for place, (low, high, index) in enumerate(column):
            apart = 0.0 if index < len(blocks) else _APART
            below = max(0.0, (low - beneath) / 2 - apart) if place else _OPEN
            beneath = high
            above = _OPEN
            if place + 1 < len(column):
                above = max(0.0, (column[place + 1][0] - high) / 2 - apart)
            least, most = free[index]
            free[index] = (max(least, low - below), min(most, high + above))
    return free[: len(blocks)], dict(zip(passages, free[len(blocks) :], strict=True))

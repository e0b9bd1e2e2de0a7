"""The columns of a drawing: how wide, how far apart, and who owns which part of them.

Works in (along, across): along the reading direction, across it. Routes no link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

Sizes = tuple[tuple[float, float, float], ...]
"""Of boxes: width, height, diameter of the circle or 0."""
Ends = tuple[tuple[int, int, float, float], ...]
"""Of links: index of the tail and of the head, width and height of the label or 0."""
Interval = tuple[float, float]

ARROW = 7.0
"""Pixels left free at the head for the arrowhead."""
LABEL_GAP = 2.0
"""Between a label and its own link."""

_MOUTH = 8.0
"""Links leave a box at most so far from its aim."""
_APART = 2.0
"""What a link leaves free of its half of the space to its neighbour."""
_OPEN = 60.0
"""How far a link may stray where nothing is above or below it."""
_LEAVE = 4.5
"""Between a column of boxes and the labels after it, at least."""
_LEAVE_BENT = ARROW + 2.5
"""The same where a link bends there: an arrowhead must fit when it is drawn backwards."""
_ARRIVE = ARROW + 3.0
"""Between labels and the column of boxes after them: the arrowhead and a piece of line."""
_LEAST = 4.0
"""Between two columns in any case."""
_BARE = 8.0
"""Added between two columns of boxes without labels between them."""


@dataclass(frozen=True, slots=True)
class Block:
    """A box in its column: where it starts across, its sizes, and where links aim at, across.

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
        """Where it ends across the columns."""
        return self.start + self.across

    def text_beneath(self, level: bool) -> bool:
        """Whether the box's text lies across from where links arrive, and not behind it."""
        return bool(self.circle) and level

    @property
    def mouth(self) -> float:
        """How far from its aim a link may leave it, across."""
        return min(_MOUTH, self.circle * 0.3 or self.across * 0.25)

    def reach(self, level: bool) -> float:
        """What links end at, along: the circle or the whole box."""
        return self.circle if self.text_beneath(level) else self.along


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a link passes columns between its ends, the first to the last of them at one height.

    `labelled` where its label lies, in a single column. `outside` beyond everything in its columns.
    Stops of several links with the same first column and lane are one passage, drawn as one line.
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
    """A column of boxes or of labels: its width, and where it is along."""

    boxes: bool = False
    extent: float = 0.0
    left: float = 0.0

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.extent

    @property
    def middle(self) -> float:
        """Half way through it."""
        return self.left + self.extent / 2


@dataclass(frozen=True, slots=True)
class Grid:
    """The columns in their places, and what interval across is whose in all columns it is in.

    `boxes` by index of the block, `passages` by a stop's first column and lane.
    """

    columns: list[Column]
    boxes: list[Interval]
    passages: dict[tuple[int, float], Interval]


def grid(blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> Grid:
    """The columns in their places, with every interval given to its owner."""
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
    """What a label takes before and after its link, across: above it, or to its right."""
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
    """Half of the space to either neighbour, in the tightest column: of boxes, of passages."""
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

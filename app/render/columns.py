"""The columns of a drawing: how wide, how far apart, and who owns which part of them.

Works in (along, across): along the reading direction, across it. Routes no link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

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
    """Where a link passes a column between its ends; `labelled` where its label lies."""

    column: int
    lane: float
    labelled: bool = False


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
    """A column of boxes or of labels; `owned` says what interval across is whose.

    Its keys are ("box", index of a block) and ("link", index of a thread).
    """

    boxes: bool = False
    extent: float = 0.0
    left: float = 0.0
    owned: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)

    @property
    def right(self) -> float:
        return self.left + self.extent

    @property
    def middle(self) -> float:
        return self.left + self.extent / 2


def columns(blocks: Sequence[Block], threads: Sequence[Thread], level: bool) -> list[Column]:
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
                column = found[stop.column]
                column.extent = max(column.extent, thread.along)
    _give_intervals(found, blocks, threads, level)
    _set_apart(found, blocks, threads, level)
    return found


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
        lanes = [tail.aim, *(stop.lane for stop in thread.stops), head.aim]
        for strip, (here, there) in enumerate(pairwise(lanes), tail.column):
            moved[strip].append(abs(here - there))
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


def _give_intervals(
    found: Sequence[Column], blocks: Sequence[Block], threads: Sequence[Thread], level: bool
) -> None:
    items: dict[int, list[tuple[float, float, str, int]]] = defaultdict(list)
    for index, block in enumerate(blocks):
        items[block.column].append((block.start, block.end, "box", index))
    for index, thread in enumerate(threads):
        before, after = label_room(thread, level)
        for stop in thread.stops:
            low, high = stop.lane, stop.lane
            if stop.labelled:
                low, high = low - before, high + after
            items[stop.column].append((low, high, "link", index))
    for at, owners in items.items():
        owners.sort()
        for place, (low, high, kind, index) in enumerate(owners):
            below = above = _OPEN
            apart = 0.0 if kind == "box" else _APART
            if place:
                below = max(0.0, (low - owners[place - 1][1]) / 2 - apart)
            if place + 1 < len(owners):
                above = max(0.0, (owners[place + 1][0] - high) / 2 - apart)
            found[at].owned[kind, index] = (low - below, high + above)

"""Columns and heights of a drawing in bounded time, without Graphviz.

Replaces `graphviz_columns` if that takes too long or fails, with the same results.
The steps are Sugiyama's: ranks, passages of long links through columns, an order within columns,
heights. Links from one box share passages as far as they run together, so a leaf that is read a
hundred times takes one line and not a hundred. If even that is too much, the longest links run
outside, above or below everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import accumulate, pairwise

from backstep.layout.columns import LABEL_GAP, Block, Ends, Sizes, Stop, Thread
from backstep.layout.crossings import ordered
from backstep.layout.heights import heights
from backstep.layout.ranks import ranks, straightness

_BETWEEN = 6.0
"""Pixels between neighbours of a column."""
_MARGIN = 4.0
"""Added around a box, so that boxes are further apart than passing links are."""
_CIRCLE_MARGIN = 1.0
"""The same for a circle with text below, which has room of its own."""
_OUTSIDE = 16.0
"""Distance between the boxes and the first link outside."""
_PASSAGES = 1500
"""A number of passages that is always acceptable."""
_PASSAGES_EACH = 2
"""Further acceptable passages for each box and each link."""
_NEAR, _FAR = 2, 8
"""Weight of a level piece of a link that ends at one box, or at none."""
_LEVEL = 0.01
"""Pixels that count as the same height."""


@dataclass(slots=True)
class _Items:
    """The numbered items of columns: boxes first, then passages and labels."""

    column: list[int] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    behind: list[list[tuple[int, int]]] = field(default_factory=list)
    ahead: list[list[tuple[int, int]]] = field(default_factory=list)

    def add(self, column: int, before: float = 1.0, after: float = 1.0) -> int:
        """Add an item with its extents before and after its point. Returns its number."""
        self.column.append(column)
        self.before.append(before + _BETWEEN / 2)
        self.after.append(after + _BETWEEN / 2)
        self.behind.append([])
        self.ahead.append([])
        return len(self.column) - 1

    def join(self, one: int, other: int, weight: int) -> None:
        """Add a link between neighbouring columns, with the weight of its being level."""
        self.ahead[one].append((other, weight))
        self.behind[other].append((one, weight))

    def in_columns(self, count: int) -> list[list[int]]:
        """The items of every column: first those that lead to the first box without uses."""
        columns: list[list[int]] = [[] for _ in range(count)]
        seen = [False] * len(self.column)
        for start in range(len(seen)):
            stack = [] if self.ahead[start] else [start]
            while stack:
                item = stack.pop()
                if not seen[item]:
                    seen[item] = True
                    columns[self.column[item]].append(item)
                    stack += [other for other, _ in reversed(self.behind[item])]
        return columns


@dataclass(frozen=True, slots=True)
class _Way:
    """The way of a link: its tail's passages up to a column, then its own item, if any.

    There are no passages if the first column is after that one.
    """

    first: int
    until: int
    own: int
    outside: bool

    @property
    def shared(self) -> bool:
        return self.until >= self.first


class Layered:
    """Columns and heights, without Graphviz. Raises ValueError if the links have a cycle."""

    def __init__(self, sizes: Sizes, ends: Ends, level: bool) -> None:
        self.sizes = sizes
        self.ends = ends
        self.level = level
        self.ranks = ranks(len(sizes), [end[:2] for end in ends])
        labelled = {self.ranks[head] - 1 for _, head, *size in ends if min(size) > 0}
        # Columns: the boxes of each rank, then the labels before the next, if there are any.
        extra = accumulate((rank in labelled for rank in range(max(self.ranks))), initial=0)
        starts = [rank + before for rank, before in enumerate(extra)]
        self.columns = [starts[rank] for rank in self.ranks]

    def passages(self) -> int:
        """The number of columns that all links pass together: Graphviz's time depends on it."""
        return sum(self.columns[head] - self.columns[tail] - 1 for tail, head, *_ in self.ends)

    def blocks_and_threads(self) -> tuple[list[Block], list[Thread]]:
        """The boxes with their columns and heights, and the links with their stops."""
        items = _Items()
        for index in range(len(self.sizes)):
            items.add(self.columns[index], *self._extents(index))
        ways = self._ways(items)
        runs = self._join(items, ways)
        columns = ordered(items.in_columns(max(self.columns) + 1), items.behind, items.ahead)
        across = heights(columns, items.behind, items.ahead, items.before, items.after)
        low = min(each - before for each, before in zip(across, items.before, strict=True))
        high = max(each + after for each, after in zip(across, items.after, strict=True))
        shared = [self._levels(run, items.column, across) for run in runs]
        outside = self._lanes(ways, across, low - _OUTSIDE, high + _OUTSIDE)
        threads = [
            self._thread(link, way, across, shared, outside) for link, way in enumerate(ways)
        ]
        return [self._block(index, across[index]) for index in range(len(self.sizes))], threads

    def _turned(self, size: Sequence[float]) -> tuple[float, float]:
        """A size as (along, across)."""
        return (size[0], size[1]) if self.level else (size[1], size[0])

    def _extents(self, index: int) -> tuple[float, float]:
        """The extents of a box before and after the point that links aim at."""
        across, circle = self._turned(self.sizes[index])[1], self.sizes[index][2]
        if circle and self.level:
            below = max(across - circle / 2, circle / 2)
            return circle / 2 + _CIRCLE_MARGIN, below + _CIRCLE_MARGIN
        return across / 2 + _MARGIN, across / 2 + _MARGIN

    def _block(self, index: int, aim: float) -> Block:
        along, across = self._turned(self.sizes[index])
        circle = self.sizes[index][2]
        start = aim - (circle if circle and self.level else across) / 2
        return Block(self.columns[index], start, along, across, aim, circle)

    def _ways(self, items: _Items) -> list[_Way]:
        """The way of every link, with new items for labels and for passages of one link."""
        ways = []
        for tail, head, *size in self.ends:
            first, until, own = self.columns[tail] + 1, self.columns[head] - 1, -1
            if min(size) > 0:
                room = self._turned(size)[1] + LABEL_GAP
                own = items.add(until, *((room, 0.0) if self.level else (0.0, room)))
            elif self.ranks[head] == self.ranks[tail] + 1 and until == first:
                own = items.add(until)
            ways.append(_Way(first, until if own < 0 else until - 1, own, False))
        longest = self._longest_inside(ways)
        return [
            replace(way, outside=True) if way.until - way.first >= longest else way for way in ways
        ]

    def _longest_inside(self, ways: Sequence[_Way]) -> int:
        """How many columns a link may pass inside, so that there are not too many passages."""
        lengths: dict[int, set[int]] = defaultdict(set)
        for (tail, *_), way in zip(self.ends, ways, strict=True):
            if way.shared:
                lengths[tail].add(way.until - way.first + 1)
        more: dict[int, int] = defaultdict(int)
        for each in lengths.values():
            shorter = 0
            for length in sorted(each):
                more[length] += length - shorter
                shorter = length
        left = _PASSAGES + _PASSAGES_EACH * (len(self.sizes) + len(self.ends))
        longest = 0
        for length in sorted(more):
            left -= more[length]
            if left < 0:
                return longest
            longest = length
        return max(self.columns)

    def _join(self, items: _Items, ways: Sequence[_Way]) -> list[list[int]]:
        """Link the items. Returns for every box the passages that its links share, in order."""
        last = [0] * len(self.sizes)
        for (tail, *_), way in zip(self.ends, ways, strict=True):
            if way.shared and not way.outside:
                last[tail] = max(last[tail], way.until)
        runs = [
            [items.add(column) for column in range(self.columns[tail] + 1, until + 1)]
            for tail, until in enumerate(last)
        ]
        weights, most = self._weights(), [0] * len(self.sizes)
        for (tail, head, *_), way, weight in zip(self.ends, ways, weights, strict=True):
            here = tail
            if way.shared and not way.outside:
                here = runs[tail][way.until - way.first]
                most[tail] = max(most[tail], weight)
            if way.own < 0:
                items.join(here, head, weight * (1 if here == tail else _NEAR))
                continue
            if not way.outside:
                items.join(here, way.own, weight * (_NEAR if here == tail else _FAR))
            items.join(way.own, head, weight * _NEAR)
        for tail, run in enumerate(runs):
            for here, there in pairwise([tail, *run]):
                items.join(here, there, most[tail] * (_NEAR if here == tail else _FAR))
        return runs

    def _weights(self) -> list[int]:
        return straightness(self.ranks, [(tail, head) for tail, head, *_ in self.ends])

    def _levels(
        self, run: Sequence[int], column: Sequence[int], across: Sequence[float]
    ) -> list[tuple[int, int, float]]:
        """The passages of a box as (first column, last column, lane), joined if they are level."""
        found: list[tuple[int, int, float]] = []
        for item in run:
            first, lane = column[item], across[item]
            if found and abs(found[-1][2] - lane) < _LEVEL:
                first, _, lane = found.pop()
            found.append((first, column[item], lane))
        return found

    def _lanes(
        self, ways: Sequence[_Way], across: Sequence[float], low: float, high: float
    ) -> dict[int, float]:
        """The lanes of a box's links outside: on the nearer side, as close as possible."""
        until: dict[int, int] = {}
        aims: dict[int, list[float]] = defaultdict(list)
        for (tail, head, *_), way in zip(self.ends, ways, strict=True):
            if way.outside:
                until[tail] = max(until.get(tail, 0), way.until)
                aims[tail] += (across[tail], across[head])
        lanes: dict[int, float] = {}
        # For either side: lanes in use by their last column, and the numbers of free lanes.
        used: tuple[list[tuple[int, int]], ...] = ([], [])
        free: tuple[list[int], ...] = ([], [])
        for tail in sorted(until, key=lambda tail: self.columns[tail]):
            beneath = 2 * sum(aims[tail]) > (low + high) * len(aims[tail])
            busy, idle = used[beneath], free[beneath]
            while busy and busy[0][0] < self.columns[tail]:
                heappush(idle, heappop(busy)[1])
            number = heappop(idle) if idle else len(busy)
            heappush(busy, (until[tail], number))
            away = number * _BETWEEN
            lanes[tail] = high + away if beneath else low - away
        return lanes

    def _thread(
        self,
        link: int,
        way: _Way,
        across: Sequence[float],
        shared: Sequence[Sequence[tuple[int, int, float]]],
        outside: dict[int, float],
    ) -> Thread:
        tail, head, *size = self.ends[link]
        stops = []
        if way.shared and way.outside:
            stops.append(Stop(way.first, way.until, outside[tail], outside=True))
        elif way.shared:
            for first, last, lane in shared[tail]:
                if first <= way.until:
                    stops.append(Stop(first, min(last, way.until), lane))
        if way.own >= 0:
            column = self.columns[head] - 1
            stops.append(Stop(column, column, across[way.own], min(size) > 0))
        return Thread(tail, head, tuple(stops), *self._turned(size))

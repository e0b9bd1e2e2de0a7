"""A drawing that is too wide for a page, in rows one below another, as text runs on.

It is cut between two columns, where no box and no label stands and few links pass. Such a link
goes on around the end of its row, through the gap between the rows, to the start of the next.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

from backstep.layout.columns import ARROW
from backstep.layout.curves import Bezier, Point, reverse, shortened
from backstep.layout.positions import Layout, Place, Route

CARD_WIDTH, CARD_HEIGHT = 1080.0, 620.0
"""The room that a page of 1440 by 900 pixels has for a drawing."""
LEGIBLE = 11 / 13
"""At this scale figures of 13 pixels are 11 high."""
_MOST_ROWS = 4
_GAP = 40.0
"""About what there is between two rows, for the lines that lead from one to the next."""
_SMALL = 10.4 / 13
"""From this scale on one row is large enough."""
_LARGER, _LEAST = 1.1, 0.7
"""How much larger a drawing in rows must be, and how large: else one long row is easier to follow.
"""
_SCALES = (1.0, 0.93, 0.86, 0.8, 0.74, 0.68)
"""Those at which rows are tried."""
_MOST_PASSING = 4
"""The most links that lead from one row to the next."""
_BEFORE, _AFTER = 19.0, 2.0
"""From a cut to the box after it, with an arrowhead between them, and from the box before it."""
_BESIDE = 2.0
"""From a cut to a label."""
_LANE, _EDGE, _ABOVE = 9.0, 13.0, 26.0
"""Between two lines of a gap, before the first of them, and from the last to the next row."""
_OUT = 15.0
"""From a cut to the first line down: an arrowhead back is straight before it."""
_ROUND = 7.0
_ARC = 0.5523
"""The share of the radius at which a quarter circle has its Bézier points."""
_FIRST = re.compile(r"-?[\d.]+(?:e-?\d+)?")


def scale(width: float, height: float) -> float:
    """How large the whole drawing stands on a page, at most 1."""
    return min(CARD_WIDTH / max(width, 1.0), CARD_HEIGHT / max(height, 1.0), 1.0)


def scale_in_rows(width: float, height: float) -> float:
    """About how large it stands, in as many rows as are best for it; the height is of one row."""
    return max(
        scale(width / rows + (_GAP if rows > 1 else 0.0), rows * (height + _GAP) - _GAP)
        for rows in range(1, _MOST_ROWS + 1)
    )


def in_rows(layout: Layout, together: Sequence[Collection[str]] = ()) -> Layout:
    """The layout in rows, if it can be read on a page only so; else as it is.

    It runs from left to right. The boxes of each of `together`, by their ids, stay in one row.
    """
    whole = scale(layout.width, layout.height)
    if whole >= _SMALL:
        return layout
    cuts = _cuts(layout, together)
    spans = _spans(layout, cuts)
    best, largest = layout, max(whole * _LARGER, _LEAST)
    tried = {tuple(_chosen(cuts, spans, layout.width, CARD_WIDTH / each)) for each in _SCALES}
    for chosen in sorted(filter(None, tried), key=len):
        found = _Rows(layout, chosen).layout()
        size = scale(found.width, found.height)
        if size > largest:
            best, largest = found, size
    return best


def _cuts(layout: Layout, together: Sequence[Collection[str]]) -> list[float]:
    """Where the layout may be cut, from left to right: the last place of each gap."""
    taken = [
        (at.x - at.width / 2 - _BEFORE, at.x + at.width / 2 + _AFTER)
        for at in layout.boxes.values()
    ]
    for each in together:
        inside = [layout.boxes[key] for key in each if key in layout.boxes]
        if inside:
            left = min(at.x - at.width / 2 for at in inside)
            taken.append((left - _BEFORE, max(at.x + at.width / 2 for at in inside) + _AFTER))
    rooms = [link.room for link in layout.links.values() if link.room is not None]
    taken += [(room[0] - _BESIDE, room[2] + _BESIDE) for room in rooms]
    taken.sort()
    ends = [(link.points[0][0], link.points[-1][0]) for link in layout.links.values()]
    found: list[tuple[float, int]] = []
    reached = -1.0
    for left, right in taken:
        if 0 < reached <= left:
            passing = sum(tail < left < head for tail, head in ends)
            found += [(left, passing)] if passing <= _MOST_PASSING else []
        reached = max(reached, right)
    return [place for place, _ in found]


def _spans(layout: Layout, cuts: Sequence[float]) -> list[tuple[float, float]]:
    """About the highest and the lowest that stands between two neighbouring cuts."""
    found = [(float("inf"), float("-inf"))] * (len(cuts) + 1)

    def take(x: float, top: float, bottom: float) -> None:
        at = bisect(cuts, x)
        found[at] = (min(found[at][0], top), max(found[at][1], bottom))

    for box in layout.boxes.values():
        take(box.x, box.y - box.height / 2, box.y + box.height / 2)
    for link in layout.links.values():
        for x, y in link.points:
            take(x, y, y)
    return found


def _chosen(
    cuts: Sequence[float], spans: Sequence[tuple[float, float]], width: float, widest: float
) -> list[float]:
    """Of the cuts those that make the lowest drawing with no row wider than that; [] if none do."""
    places = [0.0, *cuts, width]
    # The lowest up to each place; of those as low the most even.
    best: list[tuple[float, float, list[float]] | None] = [(0.0, 0.0, [])]
    for end in range(1, len(places)):
        options = []
        low, high = float("inf"), float("-inf")
        for start in range(end - 1, -1, -1):
            low, high = min(low, spans[start][0]), max(high, spans[start][1])
            before, indent = best[start], _GAP if start else 0.0
            if before is not None and places[end] - places[start] + indent <= widest:
                chosen = [*before[2], places[start]] if start else []
                uneven = before[1] + (places[end] - places[start]) ** 2
                options.append((round(before[0] + indent + high - low), uneven, chosen))
        best.append(min(options, default=None))
    found = best[-1]
    return [] if found is None else found[2]


@dataclass(frozen=True, slots=True)
class _Passing:
    """A link at a cut: where it passes, and the corners of its way to the next row."""

    right: float
    lane: float
    left: float


class _Rows:
    """A layout that is cut at these places."""

    def __init__(self, layout: Layout, cuts: Sequence[float]) -> None:
        self._layout = layout
        self._cuts = cuts
        self._parts = {key: self._cut_up(link.points) for key, link in layout.links.items()}
        self._starts = [0.0, *cuts]
        # By cut the links that pass it, from the highest to the lowest.
        self._passing: list[list[str]] = [[] for _ in cuts]
        for key, parts in self._parts.items():
            for row in list(parts)[:-1]:
                self._passing[row].append(key)
        for row, keys in enumerate(self._passing):
            keys.sort(key=lambda key: self._parts[key][row][-1][1])
        self._shifts, self._ways = self._stacked()

    def _row(self, x: float) -> int:
        return bisect(self._cuts, x)

    def _cut_up(self, points: Sequence[Point]) -> dict[int, list[Point]]:
        """A link's Bézier points, from left to right, by row; a cut is in both of its rows."""
        found: dict[int, list[Point]] = {}
        left = list(points)
        for row in range(self._row(points[0][0]), self._row(points[-1][0])):
            found[row], left = _split(left, self._cuts[row])
        found[self._row(points[-1][0])] = left
        return found

    def _stacked(self) -> tuple[list[Point], list[dict[str, _Passing]]]:
        """By row how far it is moved, and by cut how its links go on."""
        shifts: list[Point] = []
        ways: list[dict[str, _Passing]] = []
        down = margin = 0.0
        for row, start in enumerate(self._starts):
            low, high = self._span(row)
            shifts.append((margin - start, down - low))
            if row == len(self._cuts):
                break
            count = len(self._passing[row])
            end = self._cuts[row] - start + margin
            bottom = down + high - low + _EDGE
            margin = 2 * _EDGE + _LANE * count
            # The highest goes furthest right and lowest, so that none crosses another.
            ways.append(
                {
                    key: _Passing(
                        end + _OUT + _LANE * (count - 1 - at),
                        bottom + _LANE * (count - 1 - at),
                        margin - _EDGE - _LANE * at,
                    )
                    for at, key in enumerate(self._passing[row])
                }
            )
            down = bottom + _LANE * max(count - 1, 0) + _ABOVE
        return shifts, ways

    def _span(self, row: int) -> tuple[float, float]:
        """The highest and the lowest that stands in a row."""
        lows, highs = [], []
        for at in self._layout.boxes.values():
            if self._row(at.x) == row:
                lows.append(at.y - at.height / 2)
                highs.append(at.y + at.height / 2)
        for key, parts in self._parts.items():
            lows += [y for _, y in parts.get(row, ())]
            highs += [y for _, y in parts.get(row, ())]
            room = self._layout.links[key].room
            if room is not None and self._row((room[0] + room[2]) / 2) == row:
                lows.append(room[1])
                highs.append(room[3])
        return min(lows), max(highs)

    def layout(self) -> Layout:
        """The layout in rows."""
        boxes = {key: self._place(at) for key, at in self._layout.boxes.items()}
        links = {key: self._route(key, link) for key, link in self._layout.links.items()}
        right = [at.x + at.width / 2 for at in boxes.values()]
        right += [way.right for ways in self._ways for way in ways.values()]
        right += [link.room[2] for link in links.values() if link.room is not None]
        right += [x for link in links.values() for x, _ in link.points]
        _, down = self._shifts[-1]
        return replace(
            self._layout,
            width=round(max(right), 2),
            height=round(down + self._span(len(self._cuts))[1], 2),
            boxes=boxes,
            links=links,
        )

    def _place(self, at: Place) -> Place:
        return at.moved(*self._shifts[self._row(at.x)])

    def _route(self, key: str, link: Route) -> Route:
        if link.room is None:
            middle = link.points[0][0] if link.label is None else link.label[0]
        else:
            middle = (link.room[0] + link.room[2]) / 2
        moved = link.moved(*self._shifts[self._row(middle)])
        if len(self._parts[key]) == 1:
            return moved
        points = self._joined(key, self._parts[key])
        right, down = self._shifts[self._row(link.points[-1][0])]
        x, y = map(float, _FIRST.findall(link.back)[:2])
        whole = [*points, *_line(points[-1], (x + right, y + down))]
        pieces = [(*whole[at : at + 4],) for at in range(0, len(whole) - 1, 3)]
        back = _points(shortened(reverse(cast("list[Bezier]", pieces)), ARROW))
        return replace(moved, path=_path(points), back=_path(back), points=tuple(points))

    def _joined(self, key: str, parts: Mapping[int, Sequence[Point]]) -> list[Point]:
        """The parts of a link where their rows are, joined by its ways around the rows' ends."""
        found: list[Point] = []
        for row, points in parts.items():
            right, down = self._shifts[row]
            moved = [(x + right, y + down) for x, y in points]
            if found:
                way = self._ways[row - 1][key]
                corners = [
                    found[-1],
                    (way.right, found[-1][1]),
                    (way.right, way.lane),
                    (way.left, way.lane),
                    (way.left, moved[0][1]),
                    moved[0],
                ]
                found += [*_rounded(corners)]
                moved = moved[1:]
            found += moved
        return [(round(x, 2), round(y, 2)) for x, y in found]


def _split(points: Sequence[Point], cut: float) -> tuple[list[Point], list[Point]]:
    """The Bézier points of a curve before and after the place where it passes x = `cut`."""
    at = next(end for end in range(3, len(points), 3) if points[end][0] >= cut)
    piece: Bezier = (points[at - 3], points[at - 2], points[at - 1], points[at])
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if _halves(piece, middle)[0][-1][0] > cut else (middle, high)
    first, second = _halves(piece, high)
    return [*points[: at - 3], *first], [*second, *points[at + 1 :]]


def _halves(piece: Bezier, t: float) -> tuple[Sequence[Point], Sequence[Point]]:
    """The piece up to t and from there on (de Casteljau)."""
    levels: list[Sequence[Point]] = [piece]
    while len(levels[-1]) > 1:
        levels.append(
            [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for a, b in pairwise(levels[-1])]
        )
    return [each[0] for each in levels], [each[-1] for each in reversed(levels)]


def _rounded(corners: Sequence[Point]) -> Iterator[Point]:
    """The Bézier points, but for the first, of straight lines with rounded corners."""
    here = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(_ROUND, _far(before, corner) / 2, _far(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        yield from _line(here, start)
        yield _towards(start, corner, radius * _ARC)
        yield _towards(end, corner, radius * _ARC)
        yield end
        here = end
    yield from _line(here, corners[-1])


def _line(start: Point, end: Point) -> Iterator[Point]:
    for share in (1 / 3, 2 / 3, 1.0):
        yield (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


def _far(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, length: float) -> Point:
    far = _far(start, end) or 1.0
    share = length / far
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


def _points(pieces: Sequence[Bezier]) -> list[Point]:
    found = [pieces[0][0], *(point for piece in pieces for point in piece[1:])]
    return [(round(x, 2), round(y, 2)) for x, y in found]


def _path(points: Sequence[Point]) -> str:
    first, *rest = (f"{x:.10g},{y:.10g}" for x, y in points)
    return f"M{first}C{' '.join(rest)}"

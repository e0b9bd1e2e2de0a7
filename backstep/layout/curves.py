"""Plane geometry of a drawn link: the taut string through gates, rounded bends, Bézier pieces.

A point is (along, across); along a link, `along` never decreases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Bezier = tuple[Point, Point, Point, Point]
Gate = tuple[float, float, float]
"""(along, lowest across, highest across): the string passes between the two."""

_SAME = 0.05
"""Points closer than this many pixels are one."""
_CHORDS = 16
"""Chords that stand for a piece; they differ from it by a quarter of a pixel at most."""
_PARTS = [step / _CHORDS for step in range(_CHORDS + 1)]
_LONGEST = 90.0
"""A bend starts at most this far from its corner."""
_TIGHT = 14.0
"""The same for large drawings: bends this small are nearly always free."""
_TOGETHER = 12
"""More corners than this are never one bend."""
_SHORTEST = 3.0
"""A bend shorter than this stays a corner."""


def taut(start: Point, gates: Sequence[Gate], end: Point) -> list[Point]:
    """The shortest polyline from start to end through the gates, which are in order along."""
    stops = [*gates, (end[0], end[1], end[1])]
    corners = [start]
    first = 0
    while first < len(stops):
        along, across = corners[-1]
        high, low = math.inf, -math.inf
        at_high = at_low = first
        for index in range(first, len(stops)):
            gate, lowest, highest = stops[index]
            run = max(gate - along, 1e-6)
            if (lowest - across) / run > high + 1e-9:
                corners.append((stops[at_high][0], stops[at_high][2]))
                first = at_high + 1
                break
            if (highest - across) / run < low - 1e-9:
                corners.append((stops[at_low][0], stops[at_low][1]))
                first = at_low + 1
                break
            if (highest - across) / run <= high:
                high, at_high = (highest - across) / run, index
            if (lowest - across) / run >= low:
                low, at_low = (lowest - across) / run, index
        else:
            corners.append(end)
            break
    return distinct(corners)


def distinct(points: Sequence[Point]) -> list[Point]:
    """The points without repetitions; the last one is always kept."""
    kept = [points[0]]
    for point in points[1:]:
        if math.dist(point, kept[-1]) > _SAME:
            kept.append(point)
    if len(kept) > 1:
        kept[-1] = points[-1]
    return kept


@dataclass(frozen=True, slots=True)
class Strip:
    """All points at most `half` from `middle`, along."""

    middle: float
    half: float

    def holds(self, point: Point) -> bool:
        """Whether a point lies within."""
        return abs(point[0] - self.middle) < self.half

    def exit(self, near: Point, far: Point) -> Point:
        """Where the line from a point within to one outside leaves."""
        edge = self.middle + (self.half if far[0] > near[0] else -self.half)
        return _between(near, far, (edge - near[0]) / (far[0] - near[0]))


@dataclass(frozen=True, slots=True)
class Disc:
    """All points at most `radius` from `centre`."""

    centre: Point
    radius: float

    def holds(self, point: Point) -> bool:
        """Whether a point lies within."""
        return math.dist(point, self.centre) < self.radius

    def exit(self, near: Point, far: Point) -> Point:
        """Where the line from a point within to one outside leaves."""
        (x, y), (dx, dy) = near, (far[0] - near[0], far[1] - near[1])
        x, y = x - self.centre[0], y - self.centre[1]
        square, half = dx * dx + dy * dy, x * dx + y * dy
        root = math.sqrt(half * half - square * (x * x + y * y - self.radius**2))
        return _between(near, far, (root - half) / square)


def leaving(points: Sequence[Point], region: Strip | Disc) -> list[Point]:
    """The part of the polyline after it last leaves the region that it starts in."""
    for index in range(len(points) - 1, 0, -1):
        near, far = points[index - 1], points[index]
        if region.holds(near):
            if region.holds(far):
                return [far]
            return distinct([region.exit(near, far), *points[index:]])
    return list(points)


def rounded(
    points: Sequence[Point], straight: float, free: Callable[[Bezier], bool], hurry: bool = False
) -> list[Bezier]:
    """The polyline with its bends rounded, except for `straight` pixels at either end.

    One bend that is `free` replaces as many corners as possible (in a hurry, each corner gets a
    small bend); the bend of a single corner shrinks until it is free, and is at worst a corner.
    """
    points = _steadied(_steadied(points, straight, free)[::-1], straight, free)[::-1]
    if len(points) == 2:
        return [_line(*points)]
    if hurry:
        arms = [straight, *(math.dist(a, b) / 2 for a, b in pairwise(points[1:-1])), straight]
        bends = [
            _single(points, corner, before, after, free, _TIGHT)
            for corner, (before, after) in enumerate(pairwise(arms), 1)
        ]
    else:
        bends = _bends(points, 1, len(points) - 2, straight, straight, free)
    pieces: list[Bezier] = []
    here = points[0]
    for bend in bends:
        if math.dist(here, bend[0]) > _SAME:
            pieces.append(_line(here, bend[0]))
        if bend[0] != bend[3]:
            pieces.append(bend)
        here = bend[3]
    if math.dist(here, points[-1]) > _SAME or not pieces:
        pieces.append(_line(here, points[-1]))
    return pieces


def _steadied(
    points: Sequence[Point], straight: float, free: Callable[[Bezier], bool]
) -> list[Point]:
    """The polyline without the corners near its start that it does not need."""
    kept = list(points)
    while len(kept) > 2 and math.dist(kept[0], kept[1]) < straight:
        if not free(_line(*sorted((kept[0], kept[2])))):
            break
        del kept[1]
    return kept


def _bends(
    points: Sequence[Point],
    first: int,
    last: int,
    before: float,
    after: float,
    free: Callable[[Bezier], bool],
) -> list[Bezier]:
    """Bends for the corners first … last, without `before` and `after` pixels of their arms."""
    if first == last:
        return [_single(points, first, before, after, free, _LONGEST)]
    if last - first < _TOGETHER:
        for bend in _tries(points, first, last, before, after, _LONGEST):
            if free(bend):
                return [bend]
    # Split at the longest distance between corners, and share it; with many corners split near
    # the middle, or a thousand corners would be a thousand calls deep.
    spare = (last - first) // 4 if last - first >= _TOGETHER else 0
    gaps = {i: math.dist(points[i], points[i + 1]) for i in range(first + spare, last - spare)}
    part = max(gaps, key=gaps.__getitem__)
    half = gaps[part] / 2
    return [
        *_bends(points, first, part, before, half, free),
        *_bends(points, part + 1, last, half, after, free),
    ]


def _single(
    points: Sequence[Point],
    corner: int,
    before: float,
    after: float,
    free: Callable[[Bezier], bool],
    longest: float,
) -> Bezier:
    """The largest of the tried bends at a corner that is free, or the corner itself."""
    for bend in _tries(points, corner, corner, before, after, longest):
        if free(bend):
            return bend
    return (points[corner],) * 4


def _tries(
    points: Sequence[Point], first: int, last: int, before: float, after: float, longest: float
) -> Iterator[Bezier]:
    """Smaller and smaller bends for the corners first … last."""
    into = math.dist(points[first - 1], points[first])
    out = math.dist(points[last], points[last + 1])
    enter, leave = (min(max(arm, 0.0), longest) for arm in (into - before, out - after))
    for _ in range(5 if first == last else 2):
        yield _bend(
            _between(points[first], points[first - 1], enter / into),
            points[first],
            points[last],
            _between(points[last], points[last + 1], leave / out),
        )
        enter, leave = enter * 0.55, leave * 0.55
        if first == last and enter + leave < _SHORTEST:
            break


def _bend(start: Point, first: Point, last: Point, end: Point) -> Bezier:
    """A cubic that leaves towards the first corner and arrives from the last one."""
    run, chord = end[0] - start[0], math.dist(start, end)
    controls = []
    for at, corner in ((start, first), (end, last)):
        arm = math.dist(at, corner)
        if arm < _SAME:
            controls.append(at)
            continue
        level = abs(corner[0] - at[0]) / arm
        # Not so long that the curve turns back along, nor far past the corner.
        reach = min(0.45 * chord, 1.3 * arm + 3) if first != last else 0.85 * arm
        controls.append(_between(at, corner, min(reach, 0.5 * run / max(level, 1e-6)) / arm))
    return (start, controls[0], controls[1], end)


def shortened(pieces: Sequence[Bezier], by: float) -> list[Bezier]:
    """The curve without its last `by` pixels; a curve shorter than that keeps its first tenth."""
    kept = list(pieces)
    while len(kept) > 1 and length(kept[-1]) <= by:
        by -= length(kept.pop())
    start, end = kept[-1][0], kept[-1][3]
    whole = length(kept[-1])
    if by <= 0 or not whole:
        return kept
    if is_straight(kept[-1]):
        kept[-1] = _line(start, _between(start, end, max(0.1, 1 - by / whole)))
        return kept
    low, high = 0.1, 1.0
    for _ in range(16):
        part = (low + high) / 2
        if length(_first_part(kept[-1], part)) > whole - by:
            high = part
        else:
            low = part
    kept[-1] = _first_part(kept[-1], high)
    return kept


def is_straight(piece: Bezier) -> bool:
    """Whether a piece is a straight line with a uniform parameter."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = piece
    stray = max(
        abs(2 * ax + dx - 3 * bx),
        abs(2 * ay + dy - 3 * by),
        abs(ax + 2 * dx - 3 * cx),
        abs(ay + 2 * dy - 3 * cy),
    )
    return stray < 1e-6


def reverse(pieces: Sequence[Bezier]) -> list[Bezier]:
    """The same curve from its end to its start."""
    return [(d, c, b, a) for a, b, c, d in reversed(pieces)]


def length(piece: Bezier) -> float:
    """The length of one piece, by sixteen chords where it bends."""
    chord = math.dist(piece[0], piece[3])
    if sum(math.dist(a, b) for a, b in pairwise(piece)) - chord < 0.01:
        return chord
    points = [point_at(piece, step / 16) for step in range(17)]
    return sum(math.dist(a, b) for a, b in pairwise(points))


def point_at(piece: Bezier, part: float) -> Point:
    """The point of a piece at a parameter from 0 to 1."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = piece
    rest = 1 - part
    a, b, c, d = rest**3, 3 * rest * rest * part, 3 * rest * part * part, part**3
    return (a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy)


def polyline(piece: Bezier) -> list[Point]:
    """Points of a piece at even steps of its parameter; for a line its ends."""
    if is_straight(piece):
        return [piece[0], piece[3]]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = piece
    cx, bx, cy, by = 3 * (x1 - x0), 3 * (x2 - 2 * x1 + x0), 3 * (y1 - y0), 3 * (y2 - 2 * y1 + y0)
    ax, ay = x3 - x0 - bx - cx, y3 - y0 - by - cy
    return [(((ax * t + bx) * t + cx) * t + x0, ((ay * t + by) * t + cy) * t + y0) for t in _PARTS]


def within(points: Sequence[Point], low: float, high: float) -> tuple[float, float] | None:
    """The least and the greatest across of a polyline between two positions along.

    None if it is not there. The polyline's `along` does not decrease.
    """
    found = [across for along, across in points if low <= along <= high]
    for edge in (low, high):
        if points[0][0] < edge < points[-1][0]:
            for (x, y), (u, v) in pairwise(points):
                if x <= edge < u:
                    found.append(y + (v - y) * (edge - x) / (u - x))
                    break
    return (min(found), max(found)) if found else None


def _first_part(piece: Bezier, part: float) -> Bezier:
    a, b, c, d = piece
    ab, bc, cd = _between(a, b, part), _between(b, c, part), _between(c, d, part)
    abc, bcd = _between(ab, bc, part), _between(bc, cd, part)
    return (a, ab, abc, _between(abc, bcd, part))


def _line(start: Point, end: Point) -> Bezier:
    return (start, _between(start, end, 1 / 3), _between(start, end, 2 / 3), end)


def _between(start: Point, end: Point, part: float) -> Point:
    return (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)

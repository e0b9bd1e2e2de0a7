"""The positions of the numbers that edges carry back in the walk: `upstream · local`.

The room of a label holds the widest figures in two lines, so that no value moves it. A position is
nearer to its own edge than to any other by CLEAR, and covers no edge, box or label; failing that, a
leader line joins it to its edge; failing that too, the edge gets a dot, and the panel alone has the
numbers. Only the labels of one step, those of the edges out of one node, are visible at once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backstep.notation.extents import extent
from backstep.notation.figures import short

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""

SIZE, LINE = 12.0, 14.0
"""Type size and height of a line."""
WIDTH, HEIGHT = 73.0, 2 * LINE
"""Size of `−8.9·10⁻⁸⁸ ·` over `(−8.9·10⁻⁸⁸)`."""
FIGURE = 63.5
"""Width of a figure on an edge, which has those of its four digits that fit."""
CLEAR = 12.0
"""How much nearer a label without a leader is to its own edge than to any other."""
MOST = 24
"""If more edges carry at one step, the drawing is too full: the panel lists their numbers."""

_NEAR = 26.0
"""A label further from its edge than this gets a leader."""
_LONGEST = 110.0
"""Length of the longest leader."""
_FREE, _BESIDE = 3.0, 1.0
"""Least distance between a label and another label or another edge; and between its room, which
figures seldom fill, and a box."""
_APART = 3.5
"""Least distance between a leader and another edge."""
_SPACING = 3.0
_OWN = 1.8
_SHARES = tuple(0.1 + 0.08 * step for step in range(11))
_ASIDES = (4.0, 9.0, 16.0, 24.0, 36.0, 52.0, 72.0, 96.0)
_DENSE_SHARES = tuple(0.06 + 0.04 * step for step in range(23))
_DENSE_ASIDES = tuple(2.0 + 3.0 * step for step in range(33))
"""At which parts of an edge, and how far from it, a label is tried; then more densely."""
_LED, _LINES = (48, 8), 4
"""How many positions with a leader are tried, for few edges and for many, and leaders for each."""
_FEW = 80
_DENSE = 120
"""With at most so many edges, one without a position is tried again at every dense position."""
_BLOCK = 64
"""Neighbouring points of a path that distances are first estimated by."""
_SQUARE = 24.0
"""The size of the squares by which points near a place are found."""
_CELLS = 2e6
"""The most cells, of two pixels if possible, that points are counted in."""
_MANY = 500
"""With so many edges no label gets a leader: such a drawing is read in parts."""

_Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Carrying:
    """An edge: its receiver, its path's Bézier points, the room that the layout kept beside it.

    `label` is the rectangle of its own label while it carries nothing, `number` that of the label
    with a figure below it; `carries` if it can carry a number.
    """

    source: str
    points: tuple[Point, ...]
    room: Rectangle | None
    label: Rectangle | None
    number: Rectangle | None
    carries: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """The top left corner of a label's room of WIDTH × HEIGHT, and its alignment there.

    `anchor` is SVG's; a label of one line stands in the first of two lines, between them or in the
    second. `leader` runs from the edge to the label.
    """

    left: float
    top: float
    anchor: Literal["start", "middle", "end"]
    line: Literal["first", "between", "second"]
    leader: tuple[Point, Point] | None = None

    @property
    def room(self) -> Rectangle:
        """The rectangle that no value exceeds."""
        return (self.left, self.top, self.left + WIDTH, self.top + HEIGHT)


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """The position of the numbers that an edge carries, or of its dot.

    `lines`: its own label can be a number (1), stand over one (2), or neither (0).
    """

    spot: Spot | None = None
    dot: Point | None = None
    lines: int = 0


@lru_cache(maxsize=32)
def written(
    edges: tuple[Carrying, ...], boxes: tuple[Rectangle, ...], bounds: Rectangle
) -> tuple[PlacedLabel, ...]:
    """The label of every edge and its position, in pixels of the drawing.

    No label exceeds `bounds`. Equal input leads to equal positions.
    """
    search = _Search(edges, boxes, bounds)
    found: list[Spot | Point | None] = [None] * len(edges)
    groups: dict[str, list[int]] = defaultdict(list)
    for index, edge in enumerate(edges):
        if edge.carries:
            groups[edge.source].append(index)
    for group in groups.values():
        if len(group) <= MOST:
            for index, spot in search.together(group).items():
                found[index] = spot
    return tuple(
        PlacedLabel(
            each if isinstance(each, Spot) else None,
            each if not isinstance(each, Spot) else None,
            lines,
        )
        for each, lines in zip(found, search.lines(), strict=True)
    )


class _Search:
    def __init__(
        self, edges: Sequence[Carrying], boxes: Sequence[Rectangle], bounds: Rectangle
    ) -> None:
        self.edges = edges
        self.bounds = bounds
        self.boxes = _rectangles(boxes)
        self.paths = [_sampled(edge.points) for edge in edges]
        self.points = np.concatenate(self.paths) if edges else np.zeros((0, 2))
        owner = np.repeat(np.arange(len(edges)), [len(path) for path in self.paths])
        low, high = np.array(bounds[:2]) - 40.0, np.array(bounds[2:]) + 40.0
        self.bounds_at = np.concatenate([low, low])
        self.cell = max(2.0, math.sqrt(float(np.prod(high - low)) / _CELLS))
        size = ((high - low) / self.cell).astype(int) + 2
        x, y = ((self.points - low) / self.cell).astype(int).T
        found = np.bincount(y * size[0] + x, minlength=int(np.prod(size))).reshape(size[::-1])
        self.counts = np.zeros(size[::-1] + 1, dtype=np.int64)
        self.counts[1:, 1:] = found.cumsum(axis=0).cumsum(axis=1)
        self.squares = ((high - low) / _SQUARE).astype(int) + 1
        column, row = self._squares(self.points).T
        square = row * self.squares[0] + column
        by_square = np.argsort(square, kind="stable")
        self.sorted, self.sorted_owner = self.points[by_square], owner[by_square]
        starts = np.bincount(square, minlength=int(np.prod(self.squares))).cumsum()
        self.starts = np.concatenate([[0], starts])
        labelled = [index for index, edge in enumerate(edges) if edge.label is not None]
        self.labels = _rectangles([edges[at].label for at in labelled])  # type: ignore[misc]
        self.labelled = np.array(labelled, dtype=int)

    def together(self, group: Sequence[int]) -> Mapping[int, Spot | Point]:
        """The labels' positions at one step. An edge with a dot keeps its own label."""
        dotted: set[int] = set()
        while True:
            placed: dict[int, Spot | Point] = {}
            taken: list[Rectangle] = []
            written = set(group) - dotted
            for index in group:
                spot = None if index in dotted else self._spot(index, written, taken)
                if spot is None:
                    placed[index] = self._dot(index)
                else:
                    placed[index] = spot
                    taken.append(spot.room)
            again = {
                index
                for index, spot in placed.items()
                if not isinstance(spot, Spot) and self.edges[index].label is not None
            }
            if again <= dotted:
                return placed
            # A label that stays may be where another one was to be.
            dotted |= again

    def lines(self) -> list[int]:
        """How many lines of each edge's label and number fit without overlap, all at once."""
        found = [0] * len(self.edges)
        taken: list[Rectangle] = []
        for index, edge in enumerate(self.edges):
            if edge.number is None or not edge.carries:
                continue
            left, _, right, bottom = edge.number
            for lines in (2, 1):
                room = (left, bottom - lines * LINE, right, bottom)
                blocks = self._blocks(np.array([room]), {index}, taken)
                if _meet(np.array([room]), blocks, _BESIDE).any():
                    continue
                path = self.paths[index]
                alone = not self._others(path, np.array([room]), self.cell + 0.5).any()
                if alone and _distance(room, path) >= _OWN:
                    found[index] = lines
                    taken.append(room)
                    break
        return found

    def _spot(self, index: int, written: set[int], taken: Sequence[Rectangle]) -> Spot | None:
        """The position of an edge's label: a few positions are tried first, then many."""
        found = self._among(index, written, taken, dense=False)
        if found is None and len(self.edges) <= _DENSE:
            found = self._among(index, written, taken, dense=True)
        return found

    def _among(
        self, index: int, written: set[int], taken: Sequence[Rectangle], dense: bool
    ) -> Spot | None:
        rooms, ways = self._tried(index, dense)
        blocks = self._blocks(rooms, written, taken)
        free = ~_meet(rooms, blocks, _BESIDE).any(axis=1) & self._inside(rooms)
        path = self.paths[index]
        at = np.flatnonzero(free)
        if dense:
            at = at[self._others(path, rooms[at], _FREE - self.cell) == 0]
            doubtful = self._others(path, rooms[at], _FREE + self.cell) != 0
            some = rooms[at[doubtful]]
            near = _to_points(some, self._near(index, _around(some), _FREE)) < _FREE
            at = np.delete(at, np.flatnonzero(doubtful)[near])
        else:
            at = at[self._others(path, rooms[at], _FREE + self.cell) == 0]
        to_own = _to_points(rooms[at], path)
        at, to_own = at[to_own >= _OWN], to_own[to_own >= _OWN]
        close = to_own <= _NEAR
        clear = self._others(path, rooms[at[close]], to_own[close] + CLEAR) == 0
        if clear.any():
            best = int(at[close][np.argmax(clear)])
            return Spot(float(rooms[best, 0]), float(rooms[best, 1]), *ways[best])
        if len(self.edges) > _MANY:
            return None
        for left, top, right, bottom in rooms[at[: _LED[len(self.edges) > _FEW]]].tolist():
            leader = self._leader(index, (left, top, right, bottom), blocks)
            if leader is not None:
                return Spot(left, top, "middle", "between", leader)
        return None

    def _others(self, path: _Points, rooms: _Points, by: _Points | float) -> NDArray[np.int64]:
        """How many points of other edges than the path's lie in each room grown by so much."""
        grown = rooms + np.multiply.outer(np.broadcast_to(by, len(rooms)), [-1.0, -1.0, 1.0, 1.0])
        cells = ((grown - self.bounds_at) / self.cell).astype(int)
        left, top, right, bottom = cells.T
        counts = self.counts
        high, wide = counts.shape[0] - 1, counts.shape[1] - 1
        # Whole cells within: up to a cell's size less than what was asked for.
        x0, x1 = np.clip(left + 1, 0, wide), np.clip(right, 0, wide)
        y0, y1 = np.clip(top + 1, 0, high), np.clip(bottom, 0, high)
        every = counts[y1, x1] - counts[y0, x1] - counts[y1, x0] + counts[y0, x0]
        x, y = ((path - self.bounds_at[:2]) / self.cell).astype(int).T
        own = ((x >= x0[:, None]) & (x < x1[:, None]) & (y >= y0[:, None]) & (y < y1[:, None])).sum(
            axis=1
        )
        left_over: NDArray[np.int64] = every - own
        return left_over

    def _blocks(self, rooms: _Points, written: set[int], taken: Sequence[Rectangle]) -> _Points:
        """The rectangles that no label may cover, as far as any of the rooms reaches."""
        grown = np.array([-1.0, -1.0, 1.0, 1.0]) * (_FREE - _BESIDE)
        others = self.labels[~np.isin(self.labelled, list(written))]
        blocks = np.concatenate([self.boxes, others + grown, _rectangles(taken) + grown])
        whole = np.array([_around(rooms)])
        near: _Points = blocks[_meet(whole, blocks, _LONGEST)[0]]
        return near

    def _near(self, index: int, room: Rectangle, reach: float) -> _Points:
        """The points of other edges within about `reach` of a room."""
        left, top, right, bottom = room
        (first, low), (last, high) = self._squares(
            np.array([[left - reach, top - reach], [right + reach, bottom + reach]])
        ).tolist()
        found = []
        for row in range(low, high + 1):
            start = self.starts[row * self.squares[0] + first]
            end = self.starts[row * self.squares[0] + last + 1]
            found.append(self.sorted[start:end][self.sorted_owner[start:end] != index])
        some = np.concatenate(found)
        x, y = some.T
        within = (x > left - reach) & (x < right + reach)
        near: _Points = some[within & (y > top - reach) & (y < bottom + reach)]
        return near

    def _squares(self, points: _Points) -> NDArray[np.int64]:
        """The column and row of the square that each point lies in, or the nearest one."""
        at = (points - self.bounds_at[:2]) / _SQUARE
        squares: NDArray[np.int64] = np.clip(at, 0, self.squares - 1).astype(int)
        return squares

    def _tried(self, index: int, dense: bool) -> tuple[_Points, list[_Way]]:
        """The rooms that a label may take, the likeliest first, with the alignment in each."""
        edge, path = self.edges[index], self.paths[index]
        far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
        found: list[tuple[float, Rectangle, _Way]] = []
        if edge.room is not None:
            found.append((-1.0, *_kept(edge.room, path)))
        some = _SHARES if far[-1] > 120 and len(self.edges) <= _FEW else _SHARES[1::2]
        asides: Sequence[float] = _ASIDES
        if dense:
            some, asides = _DENSE_SHARES, _DENSE_ASIDES
        for share in some:
            at = int(np.clip(np.searchsorted(far, share * far[-1]), 1, len(path) - 1))
            (x, y), (before_x, before_y) = path[at].tolist(), path[at - 1].tolist()
            length = math.hypot(x - before_x, y - before_y) or 1.0
            across, up = (before_y - y) / length, (x - before_x) / length
            reach = abs(across) * WIDTH / 2 + abs(up) * HEIGHT / 2
            for aside in asides:
                for side in (-1, 1):
                    shift = side * (aside + reach)
                    left, top = x + across * shift - WIDTH / 2, y + up * shift - HEIGHT / 2
                    cost = aside + 20 * abs(share - 0.5) + (0.5 if side > 0 else 0)
                    room = (left, top, left + WIDTH, top + HEIGHT)
                    found.append((cost, room, _way(across * side, up * side)))
        found.sort(key=lambda each: each[0])
        return _rectangles([room for _, room, _ in found]), [way for *_, way in found]

    def _inside(self, rooms: _Points) -> NDArray[np.bool_]:
        left, top, right, bottom = self.bounds
        inside: NDArray[np.bool_] = (
            (rooms[:, 0] >= left)
            & (rooms[:, 1] >= top)
            & (rooms[:, 2] <= right)
            & (rooms[:, 3] <= bottom)
        )
        return inside

    def _leader(self, index: int, room: Rectangle, blocks: _Points) -> tuple[Point, Point] | None:
        """A straight line from the edge to the room that crosses nothing, if there is one."""
        path = self.paths[index]
        inner = path[len(path) // 8 : max(len(path) - len(path) // 8, len(path) // 8 + 1)]
        ends = np.clip(inner, (room[0], room[1]), (room[2], room[3]))
        lengths = np.hypot(*(ends - inner).T)
        for at in np.argsort(lengths, kind="stable")[:_LINES]:
            if lengths[at] > _LONGEST:
                return None
            shares = np.linspace(0, 1, max(2, int(lengths[at] / 3)))[:, None]
            line = _as_rooms(inner[at] + shares * (ends[at] - inner[at]))
            if _meet(line, blocks, 1.5).any():
                continue
            away = line[np.hypot(*(line[:, :2] - inner[at]).T) > 3.0]
            others = self._near(index, _around(away), _APART)
            if _to_points(away, others).min(initial=np.inf) < _APART:
                continue
            start, end = inner[at].tolist(), ends[at].tolist()
            return ((start[0], start[1]), (end[0], end[1]))
        return None

    def _dot(self, index: int) -> Point:
        """The point of the edge that is furthest from all other edges, among some in its middle."""
        path = self.paths[index]
        inner = path[np.linspace(len(path) // 4, 3 * len(path) // 4, 9).astype(int)].tolist()
        best, most = inner[4], -1.0
        for x, y in (inner[at] for at in (4, 3, 5, 2, 6, 1, 7, 0, 8)):
            away = min(_distance((x, y, x, y), self._near(index, (x, y, x, y), 20.0)), 16.0)
            if away > most:
                best, most = [x, y], away
        return (best[0], best[1])


_Way = tuple[Literal["start", "middle", "end"], Literal["first", "between", "second"]]


def figure(value: float) -> str:
    """A number with as many digits as an edge has room for: `−0.3318`, `−0.00889`, `4.4·10⁻⁴`."""
    tried = (short(value, digits) for digits in (4, 3))
    fits = (text for text in tried if extent(text, SIZE, "figure") <= FIGURE)
    return next(fits, None) or short(value, 2)


def _way(right: float, down: float) -> _Way:
    """The alignment of a label so far to the right of its edge and below it."""
    anchor: Literal["start", "middle", "end"] = "middle"
    if abs(right) > 0.5:
        anchor = "start" if right > 0 else "end"
    if abs(down) > 0.5:
        return anchor, "first" if down > 0 else "second"
    return anchor, "between"


def _kept(room: Rectangle, path: _Points) -> tuple[Rectangle, _Way]:
    """The room that the layout kept, as large as a label's, close to its edge."""
    left, top, right, bottom = room
    middle = ((left + right) / 2, (top + bottom) / 2)
    nearest = path[int(np.argmin(np.hypot(*(path - middle).T)))]
    if abs(nearest[1] - middle[1]) / HEIGHT >= abs(nearest[0] - middle[0]) / WIDTH:
        above = nearest[1] > middle[1]
        top = bottom - HEIGHT if above else top
        left = middle[0] - WIDTH / 2
        way = _way(0, -1 if above else 1)
    else:
        before = nearest[0] > middle[0]
        left = right - WIDTH if before else left
        top = middle[1] - HEIGHT / 2
        way = _way(-1 if before else 1, 0)
    return (left, top, left + WIDTH, top + HEIGHT), way


def _sampled(points: Sequence[Point]) -> _Points:
    """Points along a path of cubic pieces, about _SPACING apart."""
    found = [np.array(points[:1])]
    given = np.array(points)
    for at in range(0, len(points) - 1, 3):
        piece = given[at : at + 4]
        length = float(np.hypot(*np.diff(piece, axis=0).T).sum())
        t = np.linspace(0, 1, max(2, int(length / _SPACING) + 2))[1:, None]
        s = 1 - t
        found.append(
            s**3 * piece[0] + 3 * s * s * t * piece[1] + 3 * s * t * t * piece[2] + t**3 * piece[3]
        )
    return np.concatenate(found)


def _rectangles(given: Sequence[Rectangle]) -> _Points:
    return np.array(given, dtype=float).reshape(-1, 4)


def _around(rooms: _Points) -> Rectangle:
    """The bounding box of the rooms; empty if there are none."""
    if not len(rooms):
        return (0.0, 0.0, 0.0, 0.0)
    left, top = rooms[:, :2].min(axis=0).tolist()
    right, bottom = rooms[:, 2:].max(axis=0).tolist()
    return (left, top, right, bottom)


def _as_rooms(points: _Points) -> _Points:
    return np.concatenate([points, points], axis=1)


def _meet(rooms: _Points, blocks: _Points, by: float) -> NDArray[np.bool_]:
    """Whether each room comes nearer than so many pixels to each block, shape (rooms, blocks)."""
    met: NDArray[np.bool_] = (
        (rooms[:, None, 0] < blocks[None, :, 2] + by)
        & (blocks[None, :, 0] < rooms[:, None, 2] + by)
        & (rooms[:, None, 1] < blocks[None, :, 3] + by)
        & (blocks[None, :, 1] < rooms[:, None, 3] + by)
    )
    return met


def _distance(room: Rectangle, points: _Points) -> float:
    return float(_to_points(np.array([room]), points)[0])


def _to_points(rooms: _Points, points: _Points) -> _Points:
    """The distance from each room to the nearest of the points; inf where there are none."""
    if not (len(points) and len(rooms)):
        return np.full(len(rooms), np.inf)
    if len(points) <= 4 * _BLOCK:
        direct: _Points = np.sqrt(_apart(rooms[:, None], _as_rooms(points)[None]).min(axis=1))
        return direct
    # Neighbours lie together: the nearest is in one of the few blocks whose box is near.
    padded = np.concatenate([points, np.repeat(points[-1:], -len(points) % _BLOCK, axis=0)])
    blocks = _as_rooms(padded).reshape(-1, _BLOCK, 4)
    boxes = np.concatenate([blocks[..., :2].min(axis=1), blocks[..., 2:].max(axis=1)], axis=1)
    least = _apart(rooms[:, None], boxes[None])
    first = least.argmin(axis=1)
    nearest: _Points = _apart(rooms[:, None], blocks[first]).min(axis=1)
    least[np.arange(len(rooms)), first] = np.inf
    room, block = np.nonzero(least < nearest[:, None])
    np.minimum.at(nearest, room, _apart(rooms[room, None], blocks[block]).min(axis=1))
    return np.sqrt(nearest)


def _apart(rooms: _Points, others: _Points) -> _Points:
    """The squared distance of each room from each other one; arrays broadcast."""
    across = np.maximum(rooms[..., 0] - others[..., 2], others[..., 0] - rooms[..., 2]).clip(0)
    down = np.maximum(rooms[..., 1] - others[..., 3], others[..., 1] - rooms[..., 3]).clip(0)
    squares: _Points = across * across + down * down
    return squares

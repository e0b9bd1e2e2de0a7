"""Places boxes and links in the plane, in pixels.

Columns and heights come from Graphviz (`graphviz_columns`) or, if that would take long or fails,
from `layered`; in either case `columns` and `routes` decide the distances of columns and the paths
of links, so that no link runs through a box or a label.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from backstep import clock
from backstep.errors import TimeUp, Unavailable
from backstep.layout.columns import ARROW, Block, Ends, Sizes, Thread, label_room
from backstep.layout.curves import Bezier, Point, reverse, shortened
from backstep.layout.graphviz_columns import Arrangement
from backstep.layout.label_rooms import with_rooms
from backstep.layout.layered import Layered
from backstep.layout.ranks import narrower
from backstep.layout.routes import draw

Direction = Literal["LR", "TB"]
Engine = Literal["graphviz", "layered"]

_KEPT = 32
"""Layouts in the cache; one of 300 boxes takes two megabytes."""
_FEW = 60
"""Up to so many boxes, a drawing from top to bottom is arranged in several ways."""
_NARROWER = 0.98
"""The share of the first arrangement's breadth that another one must not exceed."""
_FOR_GRAPHVIZ = 4500
"""Boxes and passages that take Graphviz up to a second; twice as many take seven."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed, sizes in pixels. With a `circle` (its diameter, at the top middle), links
    end at the circle and the rest of the box is text below it."""

    id: str
    width: float
    height: float
    circle: float = 0.0


@dataclass(frozen=True, slots=True)
class EdgeRequest:
    """An arrow from one box to another, with room for a label if both sizes are positive.

    If it `carries` a number at some step there is room for that too, with or without a label.
    """

    id: str
    tail: str
    head: str
    label_width: float = 0.0
    label_height: float = 0.0
    carries: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A placed box: its centre and its size."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> Place:
        """The same box elsewhere."""
        return replace(self, x=self.x + right, y=self.y + down)


@dataclass(frozen=True, slots=True)
class Route:
    """A placed link.

    `path` runs from the tail's border to 7 px before the head's, `back` from the head's border to
    7 px before the tail's: the rest is for an arrowhead in the direction of the path's end. Both
    are an SVG `d` of M and C. `points` are the Bézier points of `path`, 1 + 3n of them. `label` is
    the centre of the label, beside its own link and clear of everything else; `room` is left, top,
    right and bottom of the room for the label and its numbers.
    """

    path: str
    back: str
    points: tuple[Point, ...]
    label: Point | None
    room: tuple[float, float, float, float] | None = None

    def moved(self, right: float, down: float) -> Route:
        """The same link elsewhere."""
        if not (right or down):
            return self
        return Route(
            _shifted(self.path, right, down),
            _shifted(self.back, right, down),
            tuple((round(x + right, 2), round(y + down, 2)) for x, y in self.points),
            None if self.label is None else (self.label[0] + right, self.label[1] + down),
            None
            if self.room is None
            else (
                self.room[0] + right,
                self.room[1] + down,
                self.room[2] + right,
                self.room[3] + down,
            ),
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """All positions, in pixels; the origin is at the top left and y points down.

    `engine` names the source of columns and heights.
    """

    width: float
    height: float
    boxes: dict[str, Place]
    links: dict[str, Route]
    engine: Engine = "graphviz"


def place(
    boxes: Sequence[Box], links: Sequence[EdgeRequest], direction: Direction = "LR"
) -> Layout:
    """Place boxes and links. Equal input leads to the same layout on every machine,

    except if Graphviz fails or exceeds its time limit: then `layered` takes over. Raises ValueError
    for links with a cycle, or to unknown boxes.
    """
    at = {box.id: index for index, box in enumerate(boxes)}
    if len(at) < len(boxes) or len({link.id for link in links}) < len(links):
        raise ValueError("two boxes or two links share an id")
    try:
        ends = [(at[link.tail], at[link.head]) for link in links]
    except KeyError as error:
        raise ValueError(f"a link ends at {error}, which is no box") from None
    width, height, places, routes, engine = _placed(
        tuple((box.width, box.height, box.circle) for box in boxes),
        tuple(
            (tail, head, link.label_width, link.label_height)
            for (tail, head), link in zip(ends, links, strict=True)
        ),
        tuple(link.carries for link in links),
        direction,
        os.environ.get("BACKSTEP_GRAPHVIZ") == "system",
    )
    return Layout(
        width=width,
        height=height,
        boxes={box.id: spot for box, spot in zip(boxes, places, strict=True)},
        links={link.id: route for link, route in zip(links, routes, strict=True)},
        engine=engine,
    )


_BOX_SECONDS = 0.003
"""About what Graphviz takes for a box and its links."""
_Placed = tuple[float, float, tuple[Place, ...], tuple[Route, ...], Engine]


def _placed(
    sizes: Sizes, ends: Ends, carrying: tuple[bool, ...], direction: Direction, system: bool
) -> _Placed:
    """The layout by structure: boxes and links by index, so that ids don't matter.

    If Graphviz fails or runs out of time, the layout is `layered`'s, which is simpler. That is not
    cached: the next time Graphviz runs again.
    """
    if not sizes:
        return (0.0, 0.0, (), (), "graphviz")
    clock.expect(len(sizes) * _BOX_SECONDS)
    try:
        return _placed_by(sizes, ends, carrying, direction, system)
    except (TimeUp, Unavailable):
        clock.shorten()
        return _placed_by(sizes, ends, carrying, direction, None)


@lru_cache(maxsize=_KEPT)
def _placed_by(
    sizes: Sizes, ends: Ends, carrying: tuple[bool, ...], direction: Direction, system: bool | None
) -> _Placed:
    """The cached layout; `system` says which Graphviz to use, None to use `layered`.

    Raises TimeUp and Unavailable, which are not cached.
    """
    level = direction == "LR"
    rooms = with_rooms(sizes, ends, carrying, level)
    engine, blocks, threads = _arranged(sizes, rooms, level, system)
    drawing = draw(blocks, threads, level)

    lows = [block.start for block in blocks]
    highs = [block.end for block in blocks]
    for thread, label, curve in zip(threads, drawing.labels, drawing.curves, strict=True):
        across = [point[1] for piece in curve for point in piece]
        if label is not None:
            across += [label[1] - thread.across / 2, label[1] + thread.across / 2]
        lows.append(min(across))
        highs.append(max(across))
    low, breadth = min(lows), max(highs) - min(lows)

    def spot(point: Point) -> Point:
        along, across = round(point[0], 2), round(point[1] - low, 2)
        return (along, across) if level else (across, along)

    places = tuple(
        Place(*spot((middle, (block.start + block.end) / 2)), width, height)
        for middle, block, (width, height, _) in zip(drawing.middles, blocks, sizes, strict=True)
    )
    routes = []
    for curve, middle, (_, _, *size), (_, _, *kept) in zip(
        drawing.curves, drawing.labels, ends, rooms, strict=True
    ):
        points = _points(shortened(curve, ARROW), spot)
        label, room = None, None
        if middle is not None:
            x, y = spot(middle)
            room = (x - kept[0] / 2, y - kept[1] / 2, x + kept[0] / 2, y + kept[1] / 2)
            if min(size) > 0:
                # Close to its own link, however large the room is.
                label = (x, room[3] - size[1] / 2) if level else (room[0] + size[0] / 2, y)
        routes.append(
            Route(
                path=_path(points),
                back=_path(_points(shortened(reverse(curve), ARROW), spot)),
                points=points,
                label=label,
                room=room,
            )
        )
    width, height = round(drawing.length, 2), round(breadth, 2)
    if not level:
        width, height = height, width
    return width, height, places, tuple(routes), engine


def _arranged(
    sizes: Sizes, ends: Ends, level: bool, system: bool | None
) -> tuple[Engine, list[Block], list[Thread]]:
    """Columns and heights: Graphviz's, or `layered`'s if it is not to run or would take long."""
    ours = Layered(sizes, ends, level)
    if system is None or len(sizes) + ours.passages() > _FOR_GRAPHVIZ:
        return "layered", *ours.blocks_and_threads()
    first = Arrangement(sizes, ends, level, system)
    found = first.blocks_and_threads()
    if not level and len(sizes) <= _FEW:
        links = [end[:2] for end in ends]
        best = _breadth(*found) * _NARROWER
        for ranks in narrower(first.ranks, [width for width, *_ in sizes], links):
            # Keep the first arrangement if there is no time for others.
            with suppress(TimeUp):
                other = Arrangement(sizes, ends, level, system, ranks).blocks_and_threads()
                if _breadth(*other) < best:
                    found, best = other, _breadth(*other)
    return "graphviz", *found


def _shifted(path: str, right: float, down: float) -> str:
    """A path moved by so many pixels."""
    pairs = path.removeprefix("M").replace("C", " ").split()
    numbers = [pair.split(",") for pair in pairs]
    return _path([(round(float(x) + right, 2), round(float(y) + down, 2)) for x, y in numbers])


def _breadth(blocks: Sequence[Block], threads: Sequence[Thread]) -> float:
    """The room that boxes, passages and labels take across."""
    stops = [(thread, stop) for thread in threads for stop in thread.stops]
    aside = [label_room(thread, False)[1] if stop.labelled else 0.0 for thread, stop in stops]
    ends = [stop.lane + room for (_, stop), room in zip(stops, aside, strict=True)]
    low = min([block.start for block in blocks] + [stop.lane for _, stop in stops])
    return max([block.end for block in blocks] + ends) - low


def _points(curve: Sequence[Bezier], spot: Callable[[Point], Point]) -> tuple[Point, ...]:
    return (spot(curve[0][0]), *(spot(point) for piece in curve for point in piece[1:]))


def _path(points: Sequence[Point]) -> str:
    first, *rest = (f"{x:.10g},{y:.10g}" for x, y in points)
    return f"M{first}C{' '.join(rest)}"

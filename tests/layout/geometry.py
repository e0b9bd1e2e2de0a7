"""What is wrong with a layout, by plain geometry: what overlaps, what is run through. No layout."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from backstep.layout.positions import Box, EdgeRequest, Layout, Route

Point = tuple[float, float]
Points = NDArray[np.float64]
Rectangle = tuple[float, float, float, float]

ARROW = 7.0
CELL = 64.0
MARGIN = 6.0
"""Nothing is asked of things further apart than this."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def bezier_points(path: str) -> list[Point]:
    """The points of an SVG path made of one M and cubic C pieces."""
    assert re.fullmatch(r"M[-\d.e,]+C[-\d.e, ]+", path), path
    numbers = [float(number) for number in _NUMBER.findall(path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert len(points) % 3 == 1, path
    assert len(points) >= 4, path
    return points


@cache
def _weights(count: int) -> Points:
    """What each of a piece's four points weighs at `count` + 1 places along it, shape (n, 4)."""
    t = np.linspace(0, 1, count + 1)
    s = 1 - t
    return np.stack([s**3, 3 * s * s * t, 3 * s * t * t, t**3], axis=1)


@lru_cache(4096)
def sampled(path: str, step: float = 0.5) -> Points:
    """Points of the drawn curve, shape (n, 2), no further apart than about `step` pixels.

    Where a piece is longer than 400 pixels it is four times that: it is nearly straight.
    """
    points = bezier_points(path)
    found = []
    for at in range(0, len(points) - 1, 3):
        a, b, c, d = piece = points[at : at + 4]
        length = math.dist(a, b) + math.dist(b, c) + math.dist(c, d)
        count = max(8, math.ceil(length / (step if length < 400 else 4 * step)))
        found.append(_weights(count) @ np.array(piece))
    return np.concatenate(found)


def rectangle(centre: Point, width: float, height: float) -> Rectangle:
    """Left, top, right, bottom."""
    x, y = centre
    return (x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def reaches(points: Points, inside: Rectangle, by: float) -> bool:
    """Whether a point lies in the rectangle grown by so many pixels (shrunk, if negative)."""
    left, top, right, bottom = inside
    x, y = points[:, 0], points[:, 1]
    within = (left - by < x) & (x < right + by) & (top - by < y) & (y < bottom + by)
    return bool(within.any())


def overlap(one: Rectangle, other: Rectangle, by: float = 0.0) -> bool:
    """Whether two rectangles overlap or come nearer than so many pixels."""
    return (
        one[0] < other[2] + by
        and other[0] < one[2] + by
        and one[1] < other[3] + by
        and other[1] < one[3] + by
    )


class Near:
    """Rectangles by the cells of the plane they come near, so that not all are asked."""

    def __init__(self, rectangles: Mapping[str, Rectangle]) -> None:
        self.rectangles = rectangles
        self.cells: dict[tuple[int, int], list[str]] = defaultdict(list)
        for name, at in rectangles.items():
            for cell in self._cells(at):
                self.cells[cell].append(name)

    def pairs(self, others: Near) -> list[tuple[str, str]]:
        """Names of own rectangles and of others that may touch, in the order of definition."""
        found = {
            (one, other): None
            for other, at in others.rectangles.items()
            for cell in self._cells(at)
            for one in self.cells.get(cell, ())
        }
        return list(found)

    def along(self, points: Points) -> list[str]:
        """Names of the rectangles that points may reach."""
        cells = np.floor(points / CELL).astype(int)
        entered = np.append(True, (cells[1:] != cells[:-1]).any(axis=1))
        visited = dict.fromkeys(map(tuple, cells[entered].tolist()))
        found = {name: None for cell in visited for name in self.cells.get(cell, ())}
        return list(found)

    def _cells(self, at: Rectangle) -> Iterator[tuple[int, int]]:
        left, top, right, bottom = at
        columns, rows = (
            range(math.floor((low - MARGIN) / CELL), math.floor((high + MARGIN) / CELL) + 1)
            for low, high in ((left, right), (top, bottom))
        )
        return product(columns, rows)


def flaws(
    boxes: Sequence[Box], links: Sequence[EdgeRequest], layout: Layout, direction: str = "LR"
) -> list[str]:
    """Everything wrong with a layout, in words; an empty list says it is fit to be drawn."""
    return [
        *_overlaps(boxes, links, layout),
        *_crossings(boxes, links, layout, direction),
        *_loose_ends(boxes, links, layout, direction),
        *_outside(boxes, links, layout),
    ]


def _places(boxes: Sequence[Box], layout: Layout) -> dict[str, Rectangle]:
    places = {}
    for box in boxes:
        place = layout.boxes[box.id]
        assert (place.width, place.height) == (box.width, box.height)
        places[box.id] = rectangle((place.x, place.y), box.width, box.height)
    return places


def _labels(links: Sequence[EdgeRequest], layout: Layout) -> dict[str, Rectangle]:
    labels = {}
    for link in links:
        at = layout.links[link.id].label
        assert (at is not None) == (min(link.label_width, link.label_height) > 0), link
        if at is not None:
            labels[link.id] = rectangle(at, link.label_width, link.label_height)
    return labels


def _overlaps(boxes: Sequence[Box], links: Sequence[EdgeRequest], layout: Layout) -> Iterator[str]:
    places, labels = _places(boxes, layout), _labels(links, layout)
    near_boxes, near_labels = Near(places), Near(labels)
    for a, b in near_boxes.pairs(near_boxes):
        if a < b and overlap(places[a], places[b], by=5):
            yield f"box {a} is too near to box {b}"
    for a, b in near_labels.pairs(near_labels):
        if a < b and overlap(labels[a], labels[b]):
            yield f"label {a} is over label {b}"
    for a, b in near_labels.pairs(near_boxes):
        if overlap(labels[a], places[b], by=2):
            yield f"label {a} is too near to box {b}"


def _crossings(
    boxes: Sequence[Box], links: Sequence[EdgeRequest], layout: Layout, direction: str
) -> Iterator[str]:
    places, labels = _places(boxes, layout), _labels(links, layout)
    circles = {box.id: box.circle for box in boxes}
    near_boxes, near_labels = Near(places), Near(labels)
    for link in links:
        route = layout.links[link.id]
        points = np.concatenate([sampled(route.path), sampled(route.back)])
        for name in near_boxes.along(points):
            place = places[name]
            if name not in (link.tail, link.head):
                if reaches(points, place, by=1):
                    yield f"link {link.id} runs through box {name}"
            elif circles[name] and direction == "LR":
                left, top, right, bottom = place
                text = (left + 8, top + circles[name] + 1, right - 8, bottom)
                if reaches(points, text, by=0):
                    yield f"link {link.id} runs through the text of {name}"
            elif not circles[name] and reaches(points, place, by=-1.5):
                yield f"link {link.id} runs through its own box {name}"
        for name in near_labels.along(points):
            if reaches(points, labels[name], by=-0.3):
                yield f"link {link.id} runs through label {name}"
        if link.id in labels and not reaches(points, labels[link.id], by=4):
            yield f"label {link.id} is not beside its link"


def _loose_ends(
    boxes: Sequence[Box], links: Sequence[EdgeRequest], layout: Layout, direction: str
) -> Iterator[str]:
    places = _places(boxes, layout)
    by_id = {box.id: box for box in boxes}
    for link in links:
        route = layout.links[link.id]
        forth, back = bezier_points(route.path), bezier_points(route.back)
        if tuple(forth) != route.points:
            yield f"the points of link {link.id} are not its path's"
        for name, start, at_head in ((link.tail, forth[0], False), (link.head, back[0], True)):
            distance = _from_border(by_id[name], places[name], start, at_head, direction)
            if distance > 0.6:
                yield f"link {link.id} is {distance:.1f} px away from {name}"
        for name, end, tip in (("head", forth, back[0]), ("tail", back, forth[0])):
            if abs(math.dist(end[-1], tip) - ARROW) > 0.3:
                yield f"link {link.id} leaves {math.dist(end[-1], tip):.1f} px at its {name}"
            if _bend(end[-2], end[-1], tip) > 8:
                yield f"an arrowhead at the {name} of {link.id} would miss its box"


def _from_border(box: Box, place: Rectangle, point: Point, at_head: bool, direction: str) -> float:
    left, top, right, bottom = place
    x, y = point
    if box.circle and (at_head or direction == "LR"):
        centre = ((left + right) / 2, top + box.circle / 2)
        return abs(math.dist(centre, point) - box.circle / 2)
    if direction == "LR":
        outside = max(top - y, y - bottom, 0)
        return max(outside, abs(x - (left if at_head else right)))
    outside = max(left - x, x - right, 0)
    return max(outside, abs(y - (top if at_head else bottom)))


def _bend(before: Point, end: Point, tip: Point) -> float:
    """Degrees between where a path ends towards and where the arrowhead's tip is."""
    one = math.atan2(end[1] - before[1], end[0] - before[0])
    other = math.atan2(tip[1] - end[1], tip[0] - end[0])
    return abs(math.degrees(math.remainder(one - other, math.tau)))


def _outside(boxes: Sequence[Box], links: Sequence[EdgeRequest], layout: Layout) -> Iterator[str]:
    frame = (0.0, 0.0, layout.width, layout.height)
    inside = {f"box {name}": place for name, place in _places(boxes, layout).items()}
    inside |= {f"label {name}": place for name, place in _labels(links, layout).items()}
    for link in links:
        points = sampled(layout.links[link.id].path)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        inside[f"link {link.id}"] = (left, top, right, bottom)
    for name, (left, top, right, bottom) in inside.items():
        if left < -0.2 or top < -0.2 or right > frame[2] + 0.2 or bottom > frame[3] + 0.2:
            yield f"{name} is outside the picture"


def moved(route: Route, dx: float, dy: float) -> Route:
    """The route shifted, for trying the checks themselves."""
    points = tuple((round(x + dx, 1), round(y + dy, 1)) for x, y in route.points)
    first, *rest = (f"{x:g},{y:g}" for x, y in points)
    back = [(x + dx, y + dy) for x, y in bezier_points(route.back)]
    start, *others = (f"{x:g},{y:g}" for x, y in back)
    return Route(
        path=f"M{first}C{' '.join(rest)}",
        back=f"M{start}C{' '.join(others)}",
        points=points,
        label=None if route.label is None else (route.label[0] + dx, route.label[1] + dy),
    )

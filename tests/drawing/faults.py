"""What is wrong with a drawing whatever its figures are: each is taken for the widest there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from backstep.drawing.compounds import Ghost
from backstep.drawing.content import (
    CAPTION_SIZE,
    LABEL_SIZE,
    NAME_SIZE,
    OPENER,
    ROLE_SIZE,
    Drawing,
    DrawnEdge,
    DrawnNode,
    label_box,
    number_box,
)
from backstep.drawing.frames import title_box
from backstep.drawing.picture import picture
from backstep.layout.curves import Point
from backstep.layout.edge_numbers import CLEAR, LINE, MOST
from backstep.layout.plates import Slot
from backstep.notation.extents import WIDEST, Face, extent
from backstep.notation.labels import runs_width
from backstep.notation.symbols import Symbols
from tests.layout.geometry import Points, Rectangle, overlap, reaches, sampled

CELL = max("−8.8·10⁻³", "−8·10⁻³⁰⁸", "−8.8888", key=lambda text: extent(text, 12, "figure"))
"""The widest of several figures that share a power of ten."""
SHORT = "−8.9·10⁻³³"
"""The widest figure on an edge."""
POWER = "·10⁻⁸⁸⁸"
_UP, _DOWN = 0.74, 0.2
"""How far letters reach above and below the line, in type sizes: figures, capitals, brackets."""


def widest(slot: Slot) -> str:
    """The widest text that ever stands in a slot."""
    if isinstance(slot.at, tuple):
        return CELL if slot.at and slot.size < 13 else WIDEST
    return {"norm": f"‖{WIDEST}‖", "power": POWER}.get(slot.at, WIDEST)


def _text(x: float, y: float, text: str, size: float, face: Face, anchor: str) -> Rectangle:
    return _line(x, y, extent(text, size, face), size, anchor)


def _line(x: float, y: float, wide: float, size: float, anchor: str) -> Rectangle:
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
    return (left, y - _UP * size, left + wide, y + _DOWN * size)


def texts(node: DrawnNode, content: dict[str, object]) -> dict[str, Rectangle]:
    """What is written on a plate and painted in it, from its top left corner."""
    plate, found = node.plate, {}
    for at, slot in enumerate(plate.slots):
        anchor = "middle" if slot.middle else "end"
        found[f"{slot.role} {slot.at} {at}"] = _text(
            slot.x, slot.y, widest(slot), slot.size, "figure", anchor
        )
        if slot.word:
            x = float(str(content["word_x"]))
            found[f"word {at}"] = _text(x, slot.y, slot.word, 11, "text", "start")
    if plate.form != "circle":
        wide = runs_width(node.label, NAME_SIZE)
        small = plate.form == "small"
        x = plate.width / 2 if small else 11
        found["name"] = _line(x, 20, wide, 14, "middle" if small else "start")
        if node.sign and not small:
            found["role"] = _text(plate.width - 10, 16, node.sign, ROLE_SIZE, "text", "end")
    if node.caption:
        y = float(str(content["symbol_y"]))
        found["caption"] = _text(11, y, node.caption, CAPTION_SIZE, "upright", "start")
    for frame in plate.pictures:
        found[f"picture {frame.role}"] = (
            frame.x,
            frame.y,
            frame.x + frame.width,
            frame.y + frame.height,
        )
    return found


def of_plate(node: DrawnNode, content: dict[str, object]) -> Iterator[str]:
    """Texts of a plate that meet, or that leave it."""
    found = texts(node, content)
    plate = node.plate
    for one, other in combinations(found, 2):
        if overlap(found[one], found[other], by=1):
            yield f"{node.vertex.id}: {one} meets {other}"
    room = (2.0, 0.0, plate.width - 2.0, plate.height)
    for name, (left, top, right, bottom) in found.items():
        beside = left < room[0] or right > room[2]
        if beside or top < room[1] or bottom > room[3]:
            yield f"{node.vertex.id}: {name} leaves the plate"
    if plate.form == "circle":
        lines = content["sign_lines"]
        size = 11.0 if len(node.sign) > 3 else 14.0
        for line in lines:  # type: ignore[attr-defined]
            if extent(line["text"], size, "upright") > plate.circle - 4:
                yield f"{node.vertex.id}: the sign {node.sign} leaves the circle"


def _rectangle(each: Ghost) -> Rectangle:
    wide, high = each.width / 2, each.height / 2
    return (each.x - wide, each.y - high, each.x + wide, each.y + high)


class Plane:
    """What stands where in a drawing."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.boxes: dict[str, Rectangle] = {}
        for node in drawing.nodes:
            left, top = node.x - node.plate.width / 2, node.y - node.plate.height / 2
            right, bottom = left + node.plate.width, top + node.plate.height
            circle = node.plate.circle
            if circle:
                half = circle / 2
                self.boxes[f"{node.vertex.id}"] = (node.x - half, top, node.x + half, top + circle)
                for at, slot in enumerate(node.plate.slots):
                    box = _text(
                        left + slot.x, top + slot.y, widest(slot), slot.size, "figure", "middle"
                    )
                    self.boxes[f"figure {at} of {node.vertex.id}"] = box
            else:
                self.boxes[f"{node.vertex.id}"] = (left, top, right, bottom)
            if node.fold is not None and not node.vertex.framed:
                x = node.x + (circle or node.plate.width) / 2
                self.boxes[f"opener of {node.vertex.id}"] = (
                    x - OPENER,
                    top - OPENER,
                    x + OPENER,
                    top + OPENER,
                )
        for ghost in drawing.ghosts:
            self.boxes[f"ghost {ghost.of} at {ghost.x:.0f} {ghost.y:.0f}"] = _rectangle(ghost)
        for frame in drawing.frames:
            if frame.title:
                self.boxes[f"title of {frame.fold}"] = title_box(frame)
        self.edges = {edge.link.id: edge for edge in drawing.edges}
        # Of an edge into an open pass the last line is the one that is labelled.
        self.points = {
            edge.link.id: sampled(f"M{edge.path.rpartition('M')[2]}", 1.0)
            for edge in drawing.edges
            if edge.path
        }
        self.labels = {
            edge.link.id: label
            for edge in drawing.edges
            if (label := label_box(edge.label, edge.label_at)) is not None
        }

    def carrying(self) -> Iterator[list[DrawnEdge]]:
        """The edges that carry numbers at once."""
        groups: dict[str, list[DrawnEdge]] = defaultdict(list)
        framed = {node.vertex.id for node in self.drawing.nodes if node.vertex.framed}
        for edge in self.drawing.edges:
            # What goes into a closed pass is in the panel alone.
            if edge.local is not None and f"n{edge.link.use.id}" not in framed:
                groups[f"n{edge.link.source.id}"].append(edge)
        yield from (group for group in groups.values() if len(group) <= MOST)


def _straight(start: Point, end: Point) -> Points:
    """Points from one end of a line to the other."""
    return np.linspace(np.array(start), np.array(end), 40)


def away(box: Rectangle, points: Points) -> float:
    """From a rectangle to the nearest of points."""
    left, top, right, bottom = box
    x, y = points[:, 0], points[:, 1]
    across = np.maximum(np.maximum(left - x, x - right), 0)
    down = np.maximum(np.maximum(top - y, y - bottom), 0)
    return float(np.hypot(across, down).min())


def of_carried(plane: Plane) -> Iterator[str]:
    """What edges carry, on something else or nearer to another edge."""
    frame = (-6.0, -6.0, plane.drawing.width + 6, plane.drawing.height + 6)
    for group in plane.carrying():
        rooms = {
            edge.link.id: edge.written.spot.room for edge in group if edge.written.spot is not None
        }
        leaders = {
            edge.link.id: _straight(*edge.written.spot.leader)
            for edge in group
            if edge.written.spot is not None and edge.written.spot.leader is not None
        }
        labels = {key: box for key, box in plane.labels.items() if key not in rooms}
        for one, other in combinations(rooms, 2):
            if overlap(rooms[one], rooms[other]):
                yield f"carried {one} is over carried {other}"
        for edge in group:
            key = edge.link.id
            if edge.written.spot is None:
                if edge.written.dot is None:
                    yield f"{key} carries a number and has neither place nor dot"
                elif away((*edge.written.dot, *edge.written.dot), plane.points[key]) > 5:
                    yield f"the dot of {key} is not on it"
                continue
            room = rooms[key]
            if room[0] < frame[0] or room[1] < frame[1] or room[2] > frame[2] or room[3] > frame[3]:
                yield f"carried {key} leaves the picture"
            for name, box in plane.boxes.items():
                if overlap(room, box):
                    yield f"carried {key} is over {name}"
                elif key in leaders and away(box, leaders[key]) < 0.5:
                    yield f"the line to carried {key} crosses {name}"
            for name, box in labels.items():
                if overlap(room, box):
                    yield f"carried {key} is over label {name}"
                elif key in leaders and away(box, leaders[key]) < 0.5:
                    yield f"the line to carried {key} crosses label {name}"
            near = min(
                (away(room, points) for name, points in plane.points.items() if name != key),
                default=np.inf,
            )
            own = away(room, plane.points[key])
            if near < 2:
                yield f"carried {key} is over another edge"
            if own < 1:
                yield f"carried {key} is over its own edge"
            if key not in leaders and near - own < CLEAR - 1.5:
                yield f"carried {key} is {near - own:.1f} px nearer to its own edge, and not led"


def of_labels(plane: Plane) -> Iterator[str]:
    """Local derivatives on each other; as numbers, all at once, on something else."""
    numbers = {}
    for key, edge in plane.edges.items():
        box = number_box(edge.label, edge.label_at, plane.drawing.direction)
        if box is not None and edge.written.lines:
            left, _, right, bottom = box
            wide = max(extent(SHORT, LABEL_SIZE, "upright"), runs_width(edge.label, LABEL_SIZE))
            start = left if plane.drawing.direction == "TB" else (left + right - wide) / 2
            numbers[key] = (start, bottom - LINE * edge.written.lines, start + wide, bottom)
    for one, other in combinations(plane.labels, 2):
        if overlap(plane.labels[one], plane.labels[other]):
            yield f"label {one} is over label {other}"
    for one, other in combinations(numbers, 2):
        if overlap(numbers[one], numbers[other]):
            yield f"the number on {one} is over the number on {other}"
    for key, number in numbers.items():
        for name, box in plane.boxes.items():
            if overlap(number, box):
                yield f"the number on {key} is over {name}"
        for name, box in plane.labels.items():
            if name != key and name not in numbers and overlap(number, box):
                yield f"the number on {key} is over label {name}"
        for name, points in plane.points.items():
            if away(number, points) < 0.3:
                yield f"the number on {key} is over edge {name}"


def of_frames(drawing: Drawing) -> Iterator[str]:
    """What stands over something else, or is run through, where passes are frames."""
    solid = {f"ghost {at}": _rectangle(each) for at, each in enumerate(drawing.ghosts)}
    for node in drawing.nodes:
        if not node.plate.circle:
            wide, high = node.plate.width / 2, node.plate.height / 2
            solid[node.vertex.id] = (node.x - wide, node.y - high, node.x + wide, node.y + high)
    frames = {f"frame {each.fold.id}": _frame(each) for each in drawing.closed}
    whole = [f for f in drawing.frames if f.kind == "pass"]
    frames |= {f"open {each.fold}": _frame(each) for each in whole}
    if drawing.strip is not None:
        frames["strip"] = _frame(drawing.strip)
    for one, other in combinations(solid, 2):
        if overlap(solid[one], solid[other]):
            yield f"{one} is over {other}"
    everything = solid | frames
    for one, other in combinations(frames, 2):
        if overlap(frames[one], frames[other]) and not _nested(frames[one], frames[other]):
            yield f"{one} crosses {other}"
    for name, frame in frames.items():
        for other, box in solid.items():
            if overlap(frame, box) and not _nested(frame, box):
                yield f"{other} crosses the side of {name}"
    for name, (left, top, right, bottom) in everything.items():
        if min(left, top) < -0.5 or right > drawing.width + 0.5 or bottom > drawing.height + 0.5:
            yield f"{name} leaves the picture"
    closed = {name: box for name, box in frames.items() if not name.startswith("open")}
    for edge in drawing.edges:
        for part in edge.path.split("M")[1:]:
            points = sampled(f"M{part}", 2.0)
            for name, box in (solid | closed).items():
                if reaches(points, box, by=-1.5):
                    yield f"a line of {edge.link.id} runs through {name}"


def _frame(each: Any) -> Rectangle:
    return (each.left, each.top, each.left + each.width, each.top + each.height)


def _nested(one: Rectangle, other: Rectangle) -> bool:
    """Whether either rectangle is within the other."""
    for inner, outer in ((one, other), (other, one)):
        if (
            inner[0] >= outer[0]
            and inner[1] >= outer[1]
            and inner[2] <= outer[2]
            and inner[3] <= outer[3]
        ):
            return True
    return False


def faults(drawing: Drawing, symbols: Symbols) -> list[str]:
    """Everything wrong, in words."""
    plane = Plane(drawing)
    content: Any = picture(drawing, symbols, {})["nodes"]
    plates = [
        fault
        for node, each in zip(drawing.nodes, content, strict=True)
        for fault in of_plate(node, each)
    ]
    return [*plates, *of_carried(plane), *of_labels(plane), *of_frames(drawing)]

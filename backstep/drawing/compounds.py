"""Loops as drawn: a box for each pass, ghosts of what several passes read, and the strip of it.

The layout knows a pass as one box, so that nothing else comes to stand in it. In a closed one are,
one below another, the plates of what leaves it, and below them ghosts of what it reads from the
strip, to which no line leads. An open one has a layout of its own; what it reads from outside is a
ghost in it, and an edge from there is two lines: to the frame, and from the ghost on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backstep.autodiff.zoom import Edge
from backstep.formula.text_runs import Runs
from backstep.layout.plates import Plate
from backstep.layout.positions import Box, Direction, EdgeRequest, Layout, Place, Route, place
from backstep.layout.rows import in_rows, scale
from backstep.notation.extents import extent
from backstep.notation.labels import runs_width
from backstep.walk import Fold, Folded
from backstep.walk.loop_inputs import Strip

GHOST_SIZE = 13.0
"""The type size of a ghost's name."""
TITLE = 12.0
"""The type size of a closed frame's title."""
_GHOST_HEIGHT = 22.0
_GHOST_MARGIN = 14.0
_PAD, _HEAD, _GAP = 9.0, 30.0, 7.0
"""Inside a closed frame: at its sides, above its first plate, and between what stands in it."""
_BUTTON = 34.0
"""The width that the button that opens a frame takes of its title's line."""
_BETWEEN = 10.0
_LEAST_STRIP: Mapping[Direction, float] = {"LR": 640.0, "TB": 320.0}
"""So wide a strip may be though nothing else is."""
_WIDER_STRIPS = (820.0, 1040.0)
_STRIP_HEAD, _STRIP_PAD, _BELOW_STRIP = 24.0, 9.0, 26.0
STRIP_TITLE = "read by several passes"
NO_ROUTE = Route("", "", (), None)
"""The route of an edge that no line is drawn for."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """A use of a leaf that stands in the strip; x and y are its centre, in CSS pixels."""

    of: str
    label: Runs
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Rectangle:
    """In CSS pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def place(self) -> Place:
        """Its centre and its size."""
        x, y = self.left + self.width / 2, self.top + self.height / 2
        return Place(x, y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class ClosedFrame(Rectangle):
    """A closed pass, a run of passes or a loop."""

    fold: Fold

    @property
    def count(self) -> str:
        """How many passes it stands for, if it is several."""
        many = "alike" if self.fold.repeated else "passes"
        return "" if self.fold.kind == "pass" else f"{len(self.fold.inside)} {many}"


@dataclass(frozen=True, slots=True)
class Arranged:
    """A layout with every vertex, and what else is drawn."""

    layout: Layout
    closed: tuple[ClosedFrame, ...]
    opened: Mapping[str, Rectangle]
    """The open passes, by their ids."""
    ghosts: tuple[Ghost, ...]
    strip: Rectangle | None

    def blocks(self) -> list[tuple[float, float, float, float]]:
        """The rectangles that no label may cover, but for plates: left, top, right and bottom."""
        places = [each.place for each in self.closed]
        places += [Place(each.x, each.y, each.width, each.height) for each in self.ghosts]
        found = [
            (at.x - at.width / 2, at.y - at.height / 2, at.x + at.width / 2, at.y + at.height / 2)
            for at in places
        ]
        if self.strip is not None:
            found.append((0.0, 0.0, self.layout.width, self.strip.height))
        return found


@dataclass(slots=True)
class _Content:
    """What stands in a frame, from its top left corner."""

    width: float
    height: float
    places: dict[str, Place] = field(default_factory=dict)
    """By vertex."""
    routes: dict[str, tuple[Route, ...]] = field(default_factory=dict)
    """The lines of an edge, by its id: those that are further in come last."""
    closed: list[ClosedFrame] = field(default_factory=list)
    opened: dict[str, Rectangle] = field(default_factory=dict)
    ghosts: list[Ghost] = field(default_factory=list)

    def take(self, other: _Content, left: float, top: float) -> None:
        """Another frame's content, at a place in this one."""
        down = {key: at.moved(left, top) for key, at in other.places.items()}
        self.places |= down
        for key, routes in other.routes.items():
            moved = tuple(each.moved(left, top) for each in routes)
            self.routes[key] = (*self.routes.get(key, ()), *moved)
        self.closed += [replace(f, left=f.left + left, top=f.top + top) for f in other.closed]
        self.opened |= {
            key: replace(f, left=f.left + left, top=f.top + top) for key, f in other.opened.items()
        }
        self.ghosts += [replace(g, x=g.x + left, y=g.y + top) for g in other.ghosts]


class Compounds:
    """Places the plates of a view whose passes may be frames. `names` are those of ghosts; with
    `rows` a drawing that is too wide for a page runs on in rows."""

    def __init__(
        self,
        folded: Folded,
        strip: Strip,
        plates: Mapping[str, Plate],
        names: Mapping[str, Runs],
        direction: Direction,
        *,
        rows: bool = False,
    ) -> None:
        self._rows_allowed = rows
        self._together = [
            {f"n{key}" for key in (*fold.nodes, *fold.own)} | {each.id for each in fold.inside}
            for fold in (*folded.loops, *folded.opened)
        ]
        """The units that share a frame: in one row."""
        self._plates, self._strip, self._names = plates, strip, names
        self._direction = direction
        self._apart = strip.ids()
        self._links = [link for vertex in folded.view.vertices for link in vertex.links]
        self._closed = {fold.id: fold for fold in folded.framed}
        self._open = {fold.id: fold for fold in folded.opened if fold.kind == "pass"}
        frames = [set(fold.nodes) | set(fold.own) for fold in self._frames()]
        self._around = {
            vertex.id: tuple(
                fold.id
                for fold, nodes in zip(self._frames(), frames, strict=True)
                if vertex.node.id in nodes and vertex.id not in self._apart
            )
            for vertex in folded.view.vertices
        }
        """By vertex the frames around it, outer before inner."""

    def _frames(self) -> list[Fold]:
        return [*self._open.values(), *self._closed.values()]

    def is_plain(self, link: Edge) -> bool:
        """Whether a line of the edge leads to a plate, with room for its label."""
        around = self._around[f"n{link.use.id}"]
        return not around or around[-1] not in self._closed

    def _unit(self, vertex: str, frame: str | None) -> str | None:
        """What a vertex is in a frame (or outside all): itself, or the frame around it there.

        None if it is not in that frame.
        """
        around = self._around[vertex]
        if frame is None:
            return around[0] if around else vertex
        if frame not in around:
            return None
        at = around.index(frame) + 1
        return around[at] if at < len(around) else vertex

    def _closed_content(self, fold: Fold) -> _Content:
        inside = [key for key, around in self._around.items() if fold.id in around]
        title = extent(fold.title, TITLE, "figure") + _BUTTON
        wide = max([title, *(self._plates[key].width for key in inside)])
        read: dict[str, None] = {}
        for link in self._links:
            source = f"n{link.source.id}"
            if source in self._apart and fold.id in self._around[f"n{link.use.id}"]:
                read[source] = None
        found = _Content(wide + 2 * _PAD, 0.0)
        y = _HEAD
        for key in inside:
            plate = self._plates[key]
            middle = y + plate.height / 2
            found.places[key] = Place(found.width / 2, middle, plate.width, plate.height)
            y += plate.height + _GAP
        x = _PAD
        for at, source in enumerate(read):
            each = self._ghost_width(source)
            if at and x + each > found.width - _PAD:
                x, y = _PAD, y + _GHOST_HEIGHT + 4
            found.ghosts.append(self._ghost(source, x + each / 2, y + _GHOST_HEIGHT / 2))
            x += each + 4
        y += _GHOST_HEIGHT + _GAP if read else 0.0
        found.height = y + _PAD - _GAP
        found.closed.append(ClosedFrame(0.0, 0.0, found.width, found.height, fold))
        return found

    def _ghost(self, source: str, x: float, y: float) -> Ghost:
        return Ghost(source, self._names[source], x, y, self._ghost_width(source), _GHOST_HEIGHT)

    def _ghost_width(self, source: str) -> float:
        return runs_width(self._names[source], GHOST_SIZE) + _GHOST_MARGIN

    def _open_content(
        self,
        frame: str | None,
        rooms: Mapping[str, tuple[float, float]],
        carries: Mapping[str, bool],
    ) -> _Content:
        """What stands in an open pass, or outside all frames: laid out with frames as boxes."""
        inner: dict[str, _Content] = {}
        boxes: dict[str, Box] = {}
        for key, plate in self._plates.items():
            unit = None if key in self._apart else self._unit(key, frame)
            if unit is None or unit in boxes:
                continue
            if unit == key:
                boxes[key] = Box(key, plate.width, plate.height, plate.circle)
                continue
            closed = self._closed.get(unit)
            inner[unit] = (
                self._open_content(unit, rooms, carries)
                if closed is None
                else self._closed_content(closed)
            )
            boxes[unit] = Box(unit, inner[unit].width, inner[unit].height)
        ghosts: dict[str, str] = {}
        lines: dict[tuple[str, str], EdgeRequest] = {}
        shared: dict[str, str] = {}
        for link in self._links:
            source, head = f"n{link.source.id}", self._unit(f"n{link.use.id}", frame)
            if head is None:
                continue
            tail = None if source in self._apart else self._unit(source, frame)
            if tail == head or (source in self._apart and head in self._around_any):
                continue
            if tail is None:
                tail = f"g{source}-{head if frame is None else frame}"
                ghosts[tail] = source
                boxes[tail] = Box(tail, self._ghost_width(source), _GHOST_HEIGHT)
            plain = head not in inner
            request = EdgeRequest(
                link.id,
                tail,
                head,
                *(rooms[link.id] if plain else (0.0, 0.0)),
                carries[link.id] and plain,
            )
            # One line for all that a frame reads of one value.
            line = (source, link.id if plain else head)
            shared[link.id] = lines.setdefault(line, request).id
        placed = place(tuple(boxes.values()), tuple(lines.values()), self._direction)
        if self._rows_allowed and self._direction == "LR":
            placed = in_rows(placed, self._together)
        left, top = (0.0, 0.0) if frame is None else (_PAD + 4, _HEAD)
        fold = None if frame is None else self._open[frame]
        title = 0.0 if fold is None else extent(fold.title, TITLE, "figure") + _BUTTON
        found = _Content(
            max(placed.width, title) + 2 * left, placed.height + top + (_PAD + 4 if left else 0.0)
        )
        laid = _Content(placed.width, placed.height)
        for key, at in placed.boxes.items():
            if key in inner:
                laid.take(inner[key], at.x - at.width / 2, at.y - at.height / 2)
            elif key in ghosts:
                laid.ghosts.append(self._ghost(ghosts[key], at.x, at.y))
            else:
                laid.places[key] = at
        for key, first in shared.items():
            laid.routes[key] = (placed.links[first], *laid.routes.get(key, ()))
        found.take(laid, left, top)
        if fold is not None:
            found.opened[fold.id] = Rectangle(0.0, 0.0, found.width, found.height)
        return found

    @property
    def _around_any(self) -> Collection[str]:
        """The ids of all frames: a ghost for them stands inside."""
        return {*self._open, *self._closed}

    def arranged(
        self, rooms: Mapping[str, tuple[float, float]], carries: Mapping[str, bool]
    ) -> Arranged:
        """The layout with every vertex and every edge; the strip is above all else.

        `rooms` are those of labels by edge, width and height; `carries` says which edges show a
        number.
        """
        laid = self._open_content(None, rooms, carries)
        apart, strip = self._best_rows(laid)
        down = 0.0 if strip is None else strip.height + _BELOW_STRIP
        found = _Content(
            laid.width if strip is None else max(laid.width, strip.width), laid.height + down
        )
        found.take(laid, 0.0, down)
        links = {
            link.id: _joined(found.routes[link.id]) if link.id in found.routes else NO_ROUTE
            for link in self._links
        }
        return Arranged(
            Layout(found.width, found.height, {**found.places, **apart}, links),
            tuple(found.closed),
            found.opened,
            tuple(found.ghosts),
            strip,
        )

    def _best_rows(self, laid: _Content) -> tuple[Mapping[str, Place], Rectangle | None]:
        """The strip as wide as what is below it, or wider where the whole is larger for it."""
        widest = max(
            (each.width for key, each in self._plates.items() if key in self._apart), default=0
        )
        least = max(laid.width - 2 * _STRIP_PAD, _LEAST_STRIP[self._direction], widest)
        found = [self._rows(least)]
        if self._direction == "LR":
            found += [self._rows(wide) for wide in _WIDER_STRIPS if wide > least]

        def size(strip: Rectangle | None) -> float:
            if strip is None:
                return 1.0
            down = strip.height + _BELOW_STRIP
            return scale(max(laid.width, strip.width), laid.height + down)

        return max(found, key=lambda each: size(each[1]))

    def _rows(self, most: float) -> tuple[Mapping[str, Place], Rectangle | None]:
        """The plates of the strip in rows no wider than that, and its rectangle."""
        plates = {key: plate for key, plate in self._plates.items() if key in self._apart}
        if not plates:
            return {}, None
        rows: list[list[str]] = [[]]
        x = 0.0
        for key, plate in plates.items():
            if rows[-1] and x + plate.width > most:
                rows.append([])
                x = 0.0
            rows[-1].append(key)
            x += plate.width + _BETWEEN
        found: dict[str, Place] = {}
        y, right = _STRIP_HEAD, extent(STRIP_TITLE, TITLE, "figure")
        for row in rows:
            tall = max(plates[key].height for key in row)
            found |= _row(row, plates, y, tall)
            right = max(right, *(found[key].x + found[key].width / 2 for key in row))
            y += tall + _BETWEEN
        return found, Rectangle(0.0, 0.0, right + _STRIP_PAD, y - _BETWEEN + _STRIP_PAD)


def _joined(routes: Sequence[Route]) -> Route:
    """The lines of one edge as one path; where it is labelled, the last says."""
    if len(routes) == 1:
        return routes[0]
    return replace(
        routes[-1],
        path=" ".join(each.path for each in routes),
        back=" ".join(each.back for each in reversed(routes)),
    )


def _row(
    row: Sequence[str], plates: Mapping[str, Plate], top: float, tall: float
) -> Mapping[str, Place]:
    x, found = _STRIP_PAD, {}
    for key in row:
        plate = plates[key]
        found[key] = Place(x + plate.width / 2, top + tall / 2, plate.width, plate.height)
        x += plate.width + _BETWEEN
    return found

"""Frames around the nodes of an open fold, clear of all other plates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backstep.drawing.compounds import Arranged
from backstep.layout.positions import Place
from backstep.notation.extents import extent
from backstep.walk import Folded, FoldKind

_PAD = 9.0
"""Distance between a frame and its plates."""
_TITLE = 5.0
"""Additional distance at the top: the title stands across the upper side."""
TITLE_SIZE, TITLE_START = 11.0, 12.0
"""A title's type size, and its distance from the left corner."""
_INWARD = 5.0
"""How much closer the frame of an inner fold is."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle in CSS pixels; the title stands in the first of a fold's frames alone."""

    fold: str
    kind: FoldKind
    title: str
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.top + self.height


def frames(
    fold: str,
    kind: FoldKind,
    title: str,
    inside: Sequence[Place],
    others: Sequence[Place],
    depth: int,
) -> list[Frame]:
    """The fewest frames found that hold all plates `inside` and touch none of the others.

    `depth` counts the open folds around this one. If one frame would contain a plate from outside
    the fold, the plates are split at their widest gap.
    """
    pad = max(_PAD - _INWARD * depth / 2, 3.0)
    found = [_around(part, pad) for part in _parts(list(inside), others, pad)]
    return [
        Frame(fold, kind, "" if number else title, left, top, right - left, bottom - top)
        for number, (left, top, right, bottom) in enumerate(found)
    ]


def frames_of(folded: Folded, arranged: Arranged) -> Iterator[Frame]:
    """Frames of the open folds, outer before inner, and of the loops whose passes are frames."""
    framed = {vertex.id for vertex in folded.view.vertices if vertex.framed}
    plates = {key: at for key, at in arranged.layout.boxes.items() if key not in framed}
    around: dict[str, int] = {}
    for fold in (*folded.loops, *folded.opened):
        own = arranged.opened.get(fold.id)
        if own is not None:
            yield Frame(fold.id, fold.kind, fold.title, own.left, own.top, own.width, own.height)
            continue
        mine = {vertex.id for vertex in folded.within(fold)}
        may = mine | {vertex.id for vertex in folded.around(fold)}
        inside = [place for key, place in plates.items() if key in mine]
        others = [place for key, place in plates.items() if key not in may]
        frames_ = {each.fold.id: each.place for each in arranged.closed}
        frames_ |= {key: each.place for key, each in arranged.opened.items()}
        nodes = set(fold.nodes)
        for each in (*folded.framed, *folded.opened):
            if each.id in frames_:
                is_inside = nodes.issuperset(each.nodes)
                contains = nodes.issubset(each.nodes)
                if is_inside or not contains:
                    (inside if is_inside else others).append(frames_[each.id])
        depth = around.get(fold.id, 0)
        around.update((inner.id, depth + 1) for inner in fold.inside)
        yield from frames(fold.id, fold.kind, fold.title, inside, others, depth)


def title_box(frame: Frame) -> tuple[float, float, float, float]:
    """The rectangle of a frame's title: left, top, right and bottom."""
    left = frame.left + TITLE_START
    return (left, frame.top - 7, left + extent(frame.title, TITLE_SIZE, "figure"), frame.top + 7)


_Box = tuple[float, float, float, float]


def _around(places: Sequence[Place], pad: float) -> _Box:
    return (
        min(place.x - place.width / 2 for place in places) - pad,
        min(place.y - place.height / 2 for place in places) - pad - _TITLE,
        max(place.x + place.width / 2 for place in places) + pad,
        max(place.y + place.height / 2 for place in places) + pad,
    )


def _parts(places: list[Place], others: Sequence[Place], pad: float) -> list[list[Place]]:
    if len(places) < 2:
        return [places] if places else []
    left, top, right, bottom = _around(places, pad)
    clear = not any(
        left < other.x + other.width / 2
        and other.x - other.width / 2 < right
        and top < other.y + other.height / 2
        and other.y - other.height / 2 < bottom
        for other in others
    )
    if clear:
        return [places]
    halves = max((_parted(places, axis) for axis in ("x", "y")), key=lambda found: found[0])
    return [part for half in halves[1] for part in _parts(half, others, pad)]


def _parted(places: list[Place], axis: str) -> tuple[float, tuple[list[Place], list[Place]]]:
    """The widest gap between neighbours along an axis, and the plates on either side of it."""
    size = "width" if axis == "x" else "height"
    row = sorted(places, key=lambda place: float(getattr(place, axis)))
    gaps = [
        float(getattr(b, axis) - getattr(a, axis) - (getattr(a, size) + getattr(b, size)) / 2)
        for a, b in pairwise(row)
    ]
    at = max(range(len(gaps)), key=gaps.__getitem__)
    return gaps[at], (row[: at + 1], row[at + 1 :])

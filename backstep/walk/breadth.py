"""About how wide and how high a folded view is drawn, from left to right, before it is laid out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from backstep.layout.plates import Plate
from backstep.layout.ranks import ranks
from backstep.walk.folding import Folded
from backstep.walk.loop_inputs import Strip

BETWEEN = 79.0
"""The distance between two columns of boxes, on average."""
WRITTEN = 150.0
"""The width of most boxes by name and formula, where plates are made without them."""
_APART, _SIDES, _HEAD, _FOOT = 24.0, 18.0, 30.0, 29.0
"""Distances between two boxes of a column, and around the boxes in a frame."""


def breadth(
    folded: Folded, apart: Strip, plates: Mapping[str, Plate], least: float = WRITTEN
) -> tuple[float, float]:
    """The width and the height, in pixels, each closed frame as one box; `least` is the width of a
    plate that is narrower."""
    alone = apart.ids()
    frame_of = {key: fold.id for fold in folded.framed for key in (*fold.nodes, *fold.own)}
    unit_of = {
        vertex.id: frame_of.get(vertex.node.id, vertex.id)
        for vertex in folded.view.vertices
        if vertex.id not in alone
    }
    sizes: dict[str, tuple[float, float]] = {}
    for key, unit in unit_of.items():
        plate = plates[key]
        wide = plate.circle + 16 if plate.circle else max(plate.width, least)
        if unit == key:
            sizes[unit] = (wide, plate.height)
            continue
        width, height = sizes.get(unit, (0.0, _HEAD + _FOOT))
        sizes[unit] = (max(width, wide + _SIDES), height + plate.height)
    place = {unit: at for at, unit in enumerate(sizes)}
    links = {
        (place[unit_of[source]], place[unit_of[use]])
        for vertex in folded.view.vertices
        for link in vertex.links
        if (source := f"n{link.source.id}") in unit_of and (use := f"n{link.use.id}") in unit_of
    }
    widths: dict[int, float] = defaultdict(float)
    heights: dict[int, float] = defaultdict(lambda: -_APART)
    rank = ranks(len(place), sorted((tail, head) for tail, head in links if tail != head))
    for (width, height), column in zip(sizes.values(), rank, strict=True):
        widths[column] = max(widths[column], width)
        heights[column] += height + _APART
    strip = 0.0 if not alone else 120.0
    return (
        sum(widths.values()) + BETWEEN * max(len(widths) - 1, 0),
        max(heights.values(), default=0.0) + strip,
    )

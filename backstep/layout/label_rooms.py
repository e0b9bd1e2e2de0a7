"""The room of an edge's label in a layout: for its symbol, and for the numbers it carries.

If many edges lie side by side, two lines for each would make the drawing much larger: then a label
gets room for its symbol alone, and its numbers are placed wherever they fit (`carried`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from backstep.layout.columns import LABEL_GAP, Ends, Sizes
from backstep.layout.edge_numbers import HEIGHT, WIDTH
from backstep.layout.ranks import ranks

_OVER = 3.0
"""How far a label may exceed its gap at either end: it stands above its edge, not beside it."""
_BETWEEN = 6.0
"""Pixels between neighbours of a column."""
_BOX_MARGIN = 8.0
_LARGER = 1.1
"""How much larger than its boxes alone a drawing may become for its labels."""


def with_rooms(sizes: Sizes, ends: Ends, carrying: Sequence[bool], level: bool) -> Ends:
    """The links with the rooms of their labels in place of their symbols' sizes."""
    if not any(carrying):
        return ends
    rank = ranks(len(sizes), [end[:2] for end in ends])
    spare = _spare(sizes, rank, level)
    ample = _ample(sizes, ends, carrying, rank, level)
    found = []
    for (tail, head, width, height), carries in zip(ends, carrying, strict=True):
        if not carries:
            found.append((tail, head, width, height))
        elif level:
            along = max(WIDTH - 2 * _OVER - spare[tail] - spare[head], 1.0)
            found.append((tail, head, max(width, along), max(height, HEIGHT if ample else 1.0)))
        else:
            wide = max(width, WIDTH if ample else 1.0)
            found.append((tail, head, wide, max(height, HEIGHT)))
    return tuple(found)


def _spare(sizes: Sizes, rank: Sequence[int], level: bool) -> list[float]:
    """The part of its column that a box leaves free on either side, at its links' height.

    Beside a circle that is the room above its figures.
    """
    if not level:
        return [0.0] * len(sizes)
    columns: dict[int, float] = defaultdict(float)
    for at, (width, *_) in enumerate(sizes):
        columns[rank[at]] = max(columns[rank[at]], width)
    return [
        max((columns[rank[at]] - (circle or width)) / 2 - 2, 0.0)
        for at, (width, _, circle) in enumerate(sizes)
    ]


def _ample(
    sizes: Sizes, ends: Ends, carrying: Sequence[bool], rank: Sequence[int], level: bool
) -> bool:
    """Whether labels side by side, two lines each, take no more room than boxes side by side."""
    boxes: dict[int, float] = defaultdict(float)
    labels: dict[int, float] = defaultdict(float)
    for at, (width, height, _) in enumerate(sizes):
        boxes[rank[at]] += (height if level else width) + _BOX_MARGIN + _BETWEEN
    for (_, head, width, height), carries in zip(ends, carrying, strict=True):
        symbol = height if level else width
        room = max(symbol, (HEIGHT if level else WIDTH) if carries else 0.0)
        labels[rank[head] - 1] += room + LABEL_GAP + _BETWEEN
    return max(labels.values(), default=0.0) <= _LARGER * max(boxes.values(), default=0.0)

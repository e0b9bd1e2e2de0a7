"""The order within columns, so that few links cross: sweeps sort by the neighbours' mean place.

Input are columns of numbered items and the links between them, without sizes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence

_WORK = 60_000
"""Items visited by sweeps; past this a drawing is no longer read for its crossings."""
_SWEEPS = (2, 12)
"""The least and the greatest number of sweeps."""
_TIRED = 4
"""Sweeps without an improvement after which to stop."""

Columns = list[list[int]]
Joined = Sequence[Sequence[tuple[int, int]]]
"""For every item its neighbours in the next or the previous column, each with a weight."""


def ordered(columns: Columns, behind: Joined, ahead: Joined) -> Columns:
    """The columns with their items in an order of few crossings.

    Of equally good orders the one nearest to the input's is kept.
    """
    place = [0] * len(behind)
    for column in columns:
        for at, item in enumerate(column):
            place[item] = at
    least, most = _SWEEPS
    best, fewest, tired = columns, crossings(columns, ahead, place), 0
    current = [list(column) for column in columns]
    for sweep in range(max(least, min(most, _WORK // max(1, len(behind))))):
        if not fewest or tired == _TIRED:
            break
        if sweep % 2:
            _sweep(current, behind, place)
        else:
            _sweep(reversed(current), ahead, place)
        count = crossings(current, ahead, place)
        tired += 1
        if count < fewest:
            best, fewest, tired = [list(column) for column in current], count, 0
    return best


def crossings(columns: Columns, ahead: Joined, place: Sequence[int]) -> int:
    """The number of pairs of links that cross between neighbouring columns."""
    count = 0
    for column in columns:
        reached: list[int] = []
        for item in column:
            ends = ahead[item]
            if len(ends) == 1:
                end = place[ends[0][0]]
                count += len(reached) - bisect_right(reached, end)
                insort(reached, end)
            elif ends:
                for end in sorted([place[other] for other, _ in ends]):
                    count += len(reached) - bisect_right(reached, end)
                    insort(reached, end)
    return count


def _sweep(columns: Iterable[list[int]], joined: Joined, place: list[int]) -> None:
    """Sort every column by the mean place of its items' neighbours on one side.

    Items without neighbours keep their place.
    """
    for column in columns:
        means = {}
        for item in column:
            ends = joined[item]
            if len(ends) == 1:
                means[item] = float(place[ends[0][0]])
            elif ends:
                means[item] = sum([place[other] for other, _ in ends]) / len(ends)
        moving = sorted(means, key=means.__getitem__)
        if len(moving) == len(column):
            column[:] = moving
        else:
            rest = iter(moving)
            column[:] = [next(rest) if item in means else item for item in column]
        for at, item in enumerate(column):
            place[item] = at

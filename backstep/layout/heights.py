"""Heights within columns whose order is known, so that links are level if possible.

Input are columns of numbered items, their extents and weighted links. Each column is placed to
minimise the weighted sum of distances to its neighbours in other columns, given those; sweeps go
over all columns, backwards and forwards, a few times. The optimum for a column is found in one pass
with a heap, as in isotonic regression with least absolute deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace
from math import inf

Pulls = Sequence[Sequence[tuple[int, int]]]
"""For every item its neighbours on one side, each with the weight of the link."""

_WORK = 40_000
"""Items placed by sweeps; more if the least number of sweeps takes more."""
_ROUNDS = (2, 4)
"""The least and the greatest number of sweeps in either direction."""
_STAY = 1
"""The weight of an item's present height, which breaks ties."""


def heights(
    columns: Sequence[Sequence[int]],
    behind: Pulls,
    ahead: Pulls,
    before: Sequence[float],
    after: Sequence[float],
) -> list[float]:
    """The position across of every item's reference point.

    Items of a column keep apart by their extents before and after that point.
    """
    found = [0.0] * len(behind)
    for column in columns:
        here = -sum(before[item] + after[item] for item in column) / 2
        for item in column:
            found[item] = here + before[item]
            here = found[item] + after[item]
    least, most = _ROUNDS
    rounds = max(least, min(most, _WORK // (2 * len(found))))
    for number in range(rounds):
        # At first only from where the sweep comes, so that linked items move together.
        far = min(number, 1)
        last = number == rounds - 1
        for column in reversed(columns):
            low = _set(column, found, ((ahead, 2), (behind, far)), before, after, 1)
            _keep(column, low, found)
        for column in columns:
            pulls = ((behind, 2), (ahead, far))
            high = _set(column[::-1], found, pulls, after, before, -1)[::-1]
            if last:
                low = _set(column, found, pulls, before, after, 1)
                high = [(one + other) / 2 for one, other in zip(low, high, strict=True)]
            _keep(column, high, found)
    return found


def _keep(column: Sequence[int], at: Sequence[float], found: list[float]) -> None:
    for item, height in zip(column, at, strict=True):
        found[item] = height


def _set(
    column: Sequence[int],
    found: Sequence[float],
    sides: Sequence[tuple[Pulls, int]],
    before: Sequence[float],
    after: Sequence[float],
    sign: int,
) -> list[float]:
    """The best heights of a column's items, the lowest of equally good ones.

    With the sign −1 heights count downwards, and so does the column.
    """
    wishes: list[tuple[float, int]] = []
    bounds = []
    start, previous = 0.0, -1
    for item in column:
        if previous >= 0:
            start += after[previous] + before[item]
        previous = item
        weight = _STAY
        heappush(wishes, (start - sign * found[item], 2 * _STAY))
        for pulls, factor in sides:
            if factor:
                for other, pull in pulls[item]:
                    heappush(wishes, (start - sign * found[other], 2 * factor * pull))
                    weight += factor * pull
        # The sum of distances rises past the wishes on top: half of what was added goes.
        while weight:
            wish, share = wishes[0]
            if share > weight:
                heapreplace(wishes, (wish, share - weight))
                break
            heappop(wishes)
            weight -= share
        bounds.append((-wishes[0][0], start))
    at = []
    highest = inf
    for bound, start in reversed(bounds):
        highest = min(highest, bound)
        at.append(sign * (highest + start))
    return at[::-1]

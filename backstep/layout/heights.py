"""Heights within columns whose order is known: what is joined is level where it can be.

Knows columns of numbered items, their extents and how strongly who is joined to whom. A column is
set so that the weighted sum of the distances to its neighbours in other columns is least, given
those; sweeps go over all columns, backwards and forwards, a few times. What is best for a column is
found in one pass with a heap, as a regression of least absolute deviations under an order is.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush, heapreplace
from math import inf

Pulls = Sequence[Sequence[tuple[int, int]]]
"""Of every item: its neighbours on one side, each with the weight of what joins them."""

_WORK = 40_000
"""Items set by sweeps; more where the least number of sweeps takes more."""
_ROUNDS = (2, 4)
"""At least and at most so many sweeps in either direction."""
_STAY = 1
"""How much an item keeps its height where nothing else decides."""


def heights(
    columns: Sequence[Sequence[int]],
    behind: Pulls,
    ahead: Pulls,
    before: Sequence[float],
    after: Sequence[float],
) -> list[float]:
    """Where every item is across, its own point.

    Items of a column keep apart by what the one takes after and the other before its point.
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
        # At first only from where the sweep comes, so that what belongs together moves together.
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
    """The best heights of a column's items; of several equally good ones the lowest.

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

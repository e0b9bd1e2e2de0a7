"""Ranks of boxes: their order along the reading direction.

Each box gets the least rank that its links allow, and then moves next to its uses if that makes
more links shorter than longer. Graphviz finds the optimum; this comes near it in linear time.
"""

from __future__ import annotations

from collections.abc import Sequence

_BACK, _SINGLES = 2, 3
"""How far a box may move from its use, for a narrower drawing; how many are tried singly."""
_ROUNDS = 3
"""Rounds in which boxes move towards their neighbours; later rounds move next to nothing."""


def ranks(count: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """The rank of each of `count` boxes, by the links (tail, head); no rank is empty.

    Raises ValueError if the links have a cycle.
    """
    uses: list[list[int]] = [[] for _ in range(count)]
    inputs: list[list[int]] = [[] for _ in range(count)]
    for tail, head in links:
        uses[tail].append(head)
        inputs[head].append(tail)
    order = _in_order(uses, inputs)
    rank = [0] * count
    for box in order:
        for use in uses[box]:
            rank[use] = max(rank[use], rank[box] + 1)

    anchored = _anchored(order, uses, inputs)
    for _ in range(_ROUNDS):
        for box in reversed(order):
            if uses[box] and len(uses[box]) >= anchored[box]:
                rank[box] = min(rank[use] for use in uses[box]) - 1
        for box in order:
            if anchored[box] > len(uses[box]):
                rank[box] = max(rank[source] for source in inputs[box]) + 1
    places = {each: place for place, each in enumerate(sorted(set(rank)))}
    return [places[each] for each in rank]


def _in_order(uses: Sequence[Sequence[int]], inputs: Sequence[Sequence[int]]) -> list[int]:
    """Every box after its inputs."""
    missing = [len(each) for each in inputs]
    order = [box for box, count in enumerate(missing) if not count]
    for box in order:
        for use in uses[box]:
            missing[use] -= 1
            if not missing[use]:
                order.append(use)
    if len(order) < len(uses):
        raise ValueError("the links go round in a circle")
    return order


def _anchored(
    order: Sequence[int], uses: Sequence[Sequence[int]], inputs: Sequence[Sequence[int]]
) -> list[int]:
    """How many links into each box get longer when it moves on.

    Leaves with a single use, and trees of such, move with it.
    """
    anchored = [len(each) for each in inputs]
    for box in order:
        if not anchored[box] and len(set(uses[box])) == 1:
            anchored[uses[box][0]] -= len(uses[box])
    return anchored


def narrower(
    rank: Sequence[int], widths: Sequence[float], links: Sequence[tuple[int, int]]
) -> list[list[int]]:
    """A few other ranks that may take less room across, the likeliest first.

    In each, leaves move back out of the widest rank to an existing one: as many as help, or a
    single one. `widths` are across the reading direction. The real width depends on the links too,
    so the caller has to try them.
    """
    leaves = sorted(set(range(len(rank))) - {head for _, head in links})
    found = [list(rank)]
    singles: list[list[int]] = []
    for _ in leaves:
        last = found[-1]
        total = [0.0] * (max(last) + 1)
        for box, width in enumerate(widths):
            total[last[box]] += width
        widest = max(range(len(total)), key=total.__getitem__)
        moves = [
            (max(total[aim] + widths[box], total[widest] - widths[box]), -aim, box)
            for box in leaves
            if last[box] == widest
            for aim in range(max(0, widest - _BACK), widest)
        ]
        helpful = sorted(move for move in moves if move[0] < total[widest])
        if len(found) == 1:
            singles = [_moved(last, box, -aim) for _, aim, box in helpful[:_SINGLES]]
        if not helpful:
            break
        found.append(_moved(last, helpful[0][2], -helpful[0][1]))
    together = [found[-1]] if len(found) > 2 else []
    return together + singles


def _moved(rank: Sequence[int], box: int, to: int) -> list[int]:
    return [to if at == box else each for at, each in enumerate(rank)]


def straightness(rank: Sequence[int], links: Sequence[tuple[int, int]]) -> list[int]:
    """The weight of each link's straightness, 1 to 3: greatest on the longest path."""
    depth = [0] * len(rank)
    for tail, head in sorted(links, key=lambda link: rank[link[0]]):
        depth[head] = max(depth[head], depth[tail] + 1)
    return [
        1 if depth[tail] == 0 else 3 if depth[tail] + 1 == depth[head] else 2
        for tail, head in links
    ]

"""Differences of a check: for which elements they are taken, and whether they are conclusive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.clock import Watch, shorten
from backstep.evaluate.differences import Differences, Moved
from backstep.evaluate.finite_differences import Difference
from backstep.evaluate.numeric import GraphValues
from backstep.gradient_check.result import CheckResult, Element
from backstep.graph.order import ancestors, uses
from backstep.symbolic.targets import Target

MOST_WORK = 100_000
"""Node evaluations that differences may cost; about a third of a second."""
AT_A_GLANCE = 20_000
"""The same if the check is one line of a page."""
_MOST_AGAIN = 50_000
"""Node evaluations that smaller steps may cost; past them what is unclear stays so."""
_CLOSER = 20
"""Elements for which SymPy has another value, that are searched for a kink nearby."""
_FINER = (100.0, 10_000.0)
"""Steps that are tried if the usual one may reach past a kink, or is too wide."""
_AT_KINK = "not compared: a kink, a jump, a tie or a pole lies within the step of the differences"
_UNSURE = "not compared: the differences are not precise enough here"


class DifferenceSample:
    """For which elements differences are taken: all, or some of every target, by counted work."""

    def __init__(
        self, prepared: BoundModel, numbers: GraphValues, wanted: list[Target], budget: int
    ) -> None:
        loss = prepared.definition.loss
        behind = ancestors([loss])
        read = uses(behind)
        self._moving: dict[int, Differences] = {}
        self._by_target: dict[int, range] = {}
        self.total = sum(len(target.places) for target in wanted)
        nodes = list({target.node.id: target.node for target in wanted}.values())
        # Finding what reads a node is work too: if it is much, some nodes are left out.
        apart = -(-len(nodes) * len(behind) // MOST_WORK)
        for node in nodes[:: max(apart, 1)]:
            self._moving[node.id] = Differences(loss, node, numbers.values, read)
        left = [
            (number, target)
            for number, target in enumerate(wanted)
            if target.node.id in self._moving and target.places
        ]
        # Every target has its share; what one of them does not need is left to those after it.
        left.sort(key=lambda each: self._moving[each[1].node.id].work * len(each[1].places))
        for position, (number, target) in enumerate(left):
            one, count = self._moving[target.node.id].work, len(target.places)
            taken = min(count, budget // (len(left) - position) // one)
            if taken == 0 and one <= budget:
                taken = 1
            if taken:
                budget -= taken * one
                self._by_target[number] = range(0, count, -(-count // taken))

    @property
    def compared(self) -> int:
        """How many elements are sampled."""
        return sum(len(chosen) for chosen in self._by_target.values())

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self.compared == self.total

    def of(self, number: int) -> range:
        """The positions that are sampled among a target's elements."""
        return self._by_target.get(number, range(0))

    def differences(self, target: Target) -> Differences | None:
        """The target's differences; None if there were too many to prepare."""
        return self._moving.get(target.node.id)


def put_differences(
    sampled: DifferenceSample, found: CheckResult, hit: bool, seconds: float
) -> None:
    """Compute the differences of the sample; `hit` if any partial is a convention.

    After so many seconds of processor time the rest is left out, which the result says: an
    evaluation of a node is counted as one, however many elements it has.
    """
    again, watch, taken = _MOST_AGAIN, Watch(), 0
    for number, (target, positions, elements) in enumerate(found.runs):
        differences, chosen = sampled.differences(target), sampled.of(number)
        if differences is None:
            continue
        pairs = zip(positions, elements, strict=True)
        asked = [element for position, element in pairs if position in chosen]
        for group in batched(asked, differences.together):
            if watch.past(seconds):
                break
            usual = differences.several([element.at for element in group])
            for element, moved in zip(group, usual, strict=True):
                if watch.past(seconds):
                    break
                taken += 1
                finer = _FINER if again >= 0 else ()
                again -= differences.work * _put(element, moved, differences, hit, finer)
    if taken < sampled.compared:
        shorten()
        found.differences_skipped = (
            f"{taken:,} of {sampled.total:,} elements are compared: the rest would take longer than"
            " a check may"
        )
    elif not sampled.all:
        left = 4 * (sampled.total - sampled.compared)
        found.differences_skipped = (
            f"{sampled.compared:,} of {sampled.total:,} elements are compared, spread over all: "
            f"the rest would need {left:,} forward passes"
        )


def look_closer(sampled: DifferenceSample, found: CheckResult) -> None:
    """Examine disagreements: exact values may lie on another side of a kink than rounded ones."""
    looked = 0
    for target, _, elements in found.runs:
        differences = sampled.differences(target)
        if differences is None or _CLOSER * differences.work > MOST_WORK:
            continue
        for element in elements:
            if element.differences is not None or element.unsure or looked == _CLOSER:
                continue
            if element.symbolic_within is False:
                looked += 1
                element.at_kink = not differences.by(element.at, _FINER[-1]).smooth


def batched(elements: Sequence[Element], most: int) -> Iterator[Sequence[Element]]:
    """The elements in groups as alike in length as can be, of `most` each."""
    groups = -(-len(elements) // most)
    length = -(-len(elements) // max(groups, 1))
    for start in range(0, len(elements), max(length, 1)):
        yield elements[start : start + length]


def _put(
    element: Element, usual: Moved, differences: Differences, hit: bool, steps: tuple[float, ...]
) -> int:
    """Put the usual differences of one element; returns how many further steps it took.

    They are conclusive if all their points lie on one smooth piece. They disagree only if two steps
    and both sides have the same slope: all else is their own lack of precision.
    """
    finite = np.isfinite(element.backprop)
    element.convention = usual.convention if hit and finite else None
    _take(element, usual)
    if element.convention is not None or not finite:
        return 0
    if usual.smooth and element.differences_within:
        return 0
    tried = [usual]
    for finer in steps:
        moved = differences.by(element.at, finer)
        tried.append(moved)
        again = Element(element.name, element.at, element.backprop)
        _take(again, moved)
        if moved.smooth and again.differences_within:
            _take(element, moved)
            element.note = f"{_why(usual)}: the differences are of a smaller step"
            return len(tried) - 1
    if not np.isfinite(usual.difference.value):
        return len(steps)
    smooth = [moved.difference for moved in tried if moved.smooth]
    if len(smooth) > 1 and _sure(element, smooth[0], smooth[1]):
        _take(element, next(moved for moved in tried if moved.smooth))
        return len(steps)
    element.differences = element.expected = None
    element.unsure, element.at_kink = True, not smooth
    element.note = _UNSURE if smooth else _AT_KINK
    return len(steps)


def _why(usual: Moved) -> str:
    """Why the usual step is not taken."""
    if not np.isfinite(usual.difference.value):
        return "an edge lies near, past which no value is finite"
    return "the usual one is too wide here" if usual.smooth else "a kink lies near"


def _sure(element: Element, one: Difference, other: Difference) -> bool:
    """Whether the differences, with two steps and on both sides, agree on another slope."""
    apart = min(abs(each.value - element.backprop) for each in (one, other))
    unlike = abs(one.value - other.value)
    near = 0.01 * max(abs(one.value), abs(other.value)) + 10 * (one.rounding + other.rounding)
    return bool(unlike <= near and max(unlike, one.sides, other.sides) < 0.1 * apart)


def _take(element: Element, moved: Moved) -> None:
    element.differences = moved.difference.value
    element.expected = moved.difference.error

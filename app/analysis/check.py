"""The three-way check: backprop, SymPy's derivative, and differences of the loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.analysis.formulas import closed, targets
from app.analysis.plain import plain
from app.analysis.prepare import Prepared, prepare
from app.engines.differences import Differences, Moved, Place
from app.engines.finite import Difference
from app.engines.numeric import Numbers, conventions
from app.engines.symbolic import Target
from app.engines.symbolic import evaluate as evaluate_closed
from app.errors import FormulaTooLarge
from app.graph.walk import ancestors, uses
from app.ops.row import Array

_SYMBOLIC_AGREES = 1e-9
"""How far apart two derivations may be, relative to the larger of 1 and the partial."""
_MOST_ELEMENTS = 400
"""Elements that the part of `/analyze` takes differences of and lists."""
_MOST_WORK = 100_000
"""Node evaluations that differences may cost; about a third of a second."""
_MOST_AGAIN = 50_000
"""Node evaluations that smaller steps may cost; past them what is unclear is left so."""
_MOST_LISTED = 10_000
"""Elements past which only those that are compared, or listed, are looked at one by one."""
_CLOSER = 20
"""Elements that SymPy has another value of, that are looked at for a kink nearby."""
_MOST_OPERATIONS = 20_000
"""Operations of closed formulas that are evaluated with 30 digits."""
_FINER = (100.0, 10_000.0)
"""Steps that are tried where the usual one may reach past a kink, or is too wide."""
_AT_KINK = "not compared: a kink, a jump, a tie or a pole lies within the step of the differences"
_UNSURE = "not compared: the differences are not precise enough here"


@dataclass(slots=True)
class Element:
    """One element of one partial, three times; `apart` are relative to the larger of 1 and it."""

    name: str
    at: Place
    backprop: float
    symbolic: float | None = None
    differences: float | None = None
    expected: float | None = None
    note: str | None = None
    convention: str | None = None
    unsure: bool = False
    """Whether the differences can tell nothing; `note` says why."""
    at_kink: bool = False

    def apart(self, other: float | None) -> float | None:
        """How far another derivation is from backprop; None where one is no number."""
        if other is None or not (np.isfinite(other) and np.isfinite(self.backprop)):
            return None
        return abs(other - self.backprop) / max(1.0, abs(self.backprop))

    @property
    def symbolic_within(self) -> bool | None:
        """Whether SymPy's derivative agrees; None where that can't be said."""
        apart = self.apart(self.symbolic)
        if apart is None:
            return None
        within = apart <= _SYMBOLIC_AGREES
        doubtful = self.convention is not None or self.at_kink
        return None if doubtful and not within else within

    @property
    def differences_within(self) -> bool | None:
        """Whether the differences agree, within what is expected of them."""
        apart = self.apart(self.differences)
        silent = self.convention is not None or self.unsure
        if apart is None or self.expected is None or silent:
            return None
        return apart <= _SYMBOLIC_AGREES + 10 * self.expected / max(1.0, abs(self.backprop))

    @property
    def within(self) -> bool | None:
        """Whether all that could be compared agrees."""
        both = (self.symbolic_within, self.differences_within)
        said = [each for each in both if each is not None]
        return all(said) if said else None

    @property
    def worst(self) -> float:
        """What elements are ordered by: disagreement first, then how far apart."""
        found = max(self.apart(each) or 0.0 for each in (self.symbolic, self.differences))
        return found + (1e300 if self.within is False else 0.0)


@dataclass(slots=True)
class Checked:
    """Every element that was asked for, and why a comparison was not made of all."""

    elements: list[Element]
    total: int
    runs: list[tuple[Target, list[int], list[Element]]] = field(default_factory=list)
    """Each target, and of it the positions that are looked at, with their elements."""
    symbolic_skipped: str | None = None
    differences_skipped: str | None = None
    arrays: dict[str, Array] = field(default_factory=dict)


def check(request: dict[str, Any]) -> dict[str, Any]:
    """The part `check` of `/analyze`: the three derivations of every parameter's gradient."""
    prepared = prepare(request)
    found = _checked(prepared, None, _MOST_ELEMENTS, 0)
    by_symbols, by_differences = _symbolic_sum(found), _differences_sum(found)
    return {
        "agree": _agree(found),
        "elements": found.total,
        "worst": {
            "name": by_differences["name"] or by_symbols["name"],
            "symbolic": by_symbols["worst"],
            "differences": by_differences["worst"],
        },
        "symbolic": by_symbols,
        "differences": by_differences,
        "gradients": {
            name: {
                "backprop": plain(array),
                "symbolic": _gathered(found, name, array, "symbolic"),
                "differences": _gathered(found, name, array, "differences"),
            }
            for name, array in found.arrays.items()
            if array.size <= _MOST_ELEMENTS
        },
    }


def check_elements(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/check`: element by element, the worst first, up to `limit`."""
    prepared = prepare(request)
    limit = request.get("limit")
    limit = _MOST_ELEMENTS if limit is None else limit
    found = _checked(prepared, request.get("wrt"), None, limit)
    ordered = sorted(found.elements, key=lambda element: -element.worst)
    return {
        "agree": _agree(found),
        "count": found.total,
        "elements": [_listed(element) for element in ordered[:limit]],
        "omitted": max(found.total - limit, 0),
        "symbolic": _symbolic_sum(found),
        "differences": _differences_sum(found),
    }


def _listed(element: Element) -> dict[str, Any]:
    return {
        "name": _element_name(element),
        "backprop": element.backprop,
        "symbolic": element.symbolic,
        "differences": element.differences,
        "expected_error": element.expected,
        "apart": {
            "symbolic": element.apart(element.symbolic),
            "differences": element.apart(element.differences),
        },
        "within": element.within,
        "note": element.note,
    }


def _element_name(element: Element) -> str:
    if not element.at:
        return element.name
    return f"{element.name}[{','.join(map(str, element.at))}]"


def _checked(prepared: Prepared, wrt: list[str] | None, most: int | None, listed: int) -> Checked:
    """All elements; of very many only those that are compared, and the first that are listed."""
    numbers = prepared.numbers()
    wanted = targets(prepared, wrt)
    total = sum(len(target.places) for target in wanted)
    sampled = _Sampled(prepared, numbers, wanted)
    few = total <= _MOST_LISTED
    found = Checked([], total)
    room = listed
    for number, target in enumerate(wanted):
        array = numbers.partial(target.node)
        name = target.name if target.whole else target.name.rpartition("[")[0].strip()
        count = len(target.places)
        first = range(count if few else min(room, count))
        room -= len(first)
        chosen = sorted({*first, *sampled.of(number)})
        elements = [Element(name, target.places[i], float(array[target.places[i]])) for i in chosen]
        found.runs.append((target, chosen, elements))
        found.elements += elements
        if target.whole:
            found.arrays[name] = array
    _put_symbolic(prepared, wanted, found)
    if most is not None and (total > most or not sampled.all):
        found.differences_skipped = f"{total:,} elements would need {4 * total:,} forward passes"
    else:
        _put_differences(sampled, found, bool(conventions(numbers)))
    _look_closer(sampled, found)
    _note(found)
    return found


class _Sampled:
    """Which elements differences are taken of: all, or some of every target, by counted work."""

    def __init__(self, prepared: Prepared, numbers: Numbers, wanted: list[Target]) -> None:
        loss = prepared.definition.loss
        behind = ancestors([loss])
        read = uses(behind)
        self._moving: dict[int, Differences] = {}
        self._by_target: dict[int, range] = {}
        self.total = sum(len(target.places) for target in wanted)
        nodes = list({target.node.id: target.node for target in wanted}.values())
        # To find what reads a node is work too: where it is much, some nodes are left out.
        apart = -(-len(nodes) * len(behind) // _MOST_WORK)
        for node in nodes[:: max(apart, 1)]:
            self._moving[node.id] = Differences(loss, node, numbers.values, read)
        left = [
            (number, target)
            for number, target in enumerate(wanted)
            if target.node.id in self._moving and target.places
        ]
        # Every target has its share; what one of them does not need is left to those after it.
        budget = _MOST_WORK
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
        """The positions that are sampled among a target's places."""
        return self._by_target.get(number, range(0))

    def differences(self, target: Target) -> Differences | None:
        """What works out the target's differences; None where they were too many to make ready."""
        return self._moving.get(target.node.id)


def _put_symbolic(prepared: Prepared, wanted: list[Target], found: Checked) -> None:
    try:
        formulas = closed(prepared, [target.name for target in wanted], most=_MOST_OPERATIONS)
    except FormulaTooLarge as refusal:
        found.symbolic_skipped = refusal.faults[0].message
        return
    values = evaluate_closed(formulas, prepared.leaves, prepared.definition)
    for target, positions, elements in found.runs:
        array = values[target.name]
        for position, element in zip(positions, elements, strict=True):
            element.symbolic = float(array[element.at] if target.whole else array[position])


def _put_differences(sampled: _Sampled, found: Checked, hit: bool) -> None:
    again = _MOST_AGAIN
    for number, (target, positions, elements) in enumerate(found.runs):
        differences, chosen = sampled.differences(target), sampled.of(number)
        if differences is not None:
            for position, element in zip(positions, elements, strict=True):
                if position in chosen:
                    finer = _FINER if again >= 0 else ()
                    again -= differences.work * _put(element, differences, hit, finer)
    if not sampled.all:
        left = 4 * (sampled.total - sampled.compared)
        found.differences_skipped = (
            f"{sampled.compared:,} of {sampled.total:,} elements are compared, spread over all: "
            f"the rest would need {left:,} forward passes"
        )


def _look_closer(sampled: _Sampled, found: Checked) -> None:
    """SymPy's exact values may fall on the other side of a kink than rounded ones: no quarrel."""
    looked = 0
    for target, _, elements in found.runs:
        differences = sampled.differences(target)
        if differences is None or _CLOSER * differences.work > _MOST_WORK:
            continue
        for element in elements:
            if element.differences is not None or element.unsure or looked == _CLOSER:
                continue
            if element.symbolic_within is False:
                looked += 1
                element.at_kink = not differences.by(element.at, _FINER[-1]).smooth


def _put(element: Element, differences: Differences, hit: bool, steps: tuple[float, ...]) -> int:
    """The differences of one element, and whether they tell anything; how many steps it took more.

    They do where every point of them lies on one smooth piece. They disagree only where two steps
    and both sides tell the same slope: all else is their own lack of precision.
    """
    usual = differences.by(element.at)
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
    """Whether the differences, of two steps and of both sides, agree on another slope."""
    apart = min(abs(each.value - element.backprop) for each in (one, other))
    unlike = abs(one.value - other.value)
    near = 0.01 * max(abs(one.value), abs(other.value)) + 10 * (one.rounding + other.rounding)
    return bool(unlike <= near and max(unlike, one.sides, other.sides) < 0.1 * apart)


def _take(element: Element, moved: Moved) -> None:
    element.differences = moved.difference.value
    element.expected = moved.difference.error


def _note(found: Checked) -> None:
    for element in found.elements:
        if not np.isfinite(element.backprop):
            element.note = "the partial is not finite"
        elif element.convention is not None:
            element.note = f"the partial is a convention here: {element.convention}"


def _agree(found: Checked) -> bool | None:
    said = [element.within for element in found.elements if element.within is not None]
    return all(said) if said else None


def _symbolic_sum(found: Checked) -> dict[str, Any]:
    compared = [each for each in found.elements if each.symbolic_within is not None]
    worst = max(compared, key=lambda each: each.apart(each.symbolic) or 0.0, default=None)
    return {
        "compared": len(compared),
        "worst": None if worst is None else worst.apart(worst.symbolic),
        "name": None if worst is None else worst.name,
        "within": all(each.symbolic_within for each in compared),
        "expected": None,
        "skipped": found.symbolic_skipped or _left_out(found, compared),
    }


def _differences_sum(found: Checked) -> dict[str, Any]:
    compared = [each for each in found.elements if each.differences_within is not None]
    worst = max(compared, key=lambda each: each.apart(each.differences) or 0.0, default=None)
    expected = [(each.expected or 0.0) / max(1.0, abs(each.backprop)) for each in compared]
    return {
        "compared": len(compared),
        "worst": None if worst is None else worst.apart(worst.differences),
        "name": None if worst is None else worst.name,
        "within": all(each.differences_within for each in compared),
        "expected": max(expected, default=None),
        "skipped": found.differences_skipped or _left_out(found, compared),
    }


def _left_out(found: Checked, compared: list[Element]) -> str | None:
    """Why some elements say nothing: conventions, and what is no finite number."""
    if len(compared) == found.total:
        return None
    kinks = sum(each.convention is not None for each in found.elements)
    kinks -= sum(each.convention is not None for each in compared)
    unsure = sum(each.unsure for each in found.elements)
    unsure -= sum(each.unsure for each in compared)
    others = len(found.elements) - len(compared) - kinks - unsure
    said = []
    if kinks:
        said.append(
            f"{kinks:,} where the partial is a convention, and differences look to both sides of it"
        )
    if unsure > 0:
        said.append(
            f"{unsure:,} where a kink, a jump or a tie lies within the step, or the differences "
            "are not precise enough"
        )
    if others > 0:
        said.append(f"{others:,} where a value is no finite number")
    return f"of {found.total:,} elements are not compared: {'; '.join(said)}"


def _gathered(found: Checked, name: str, array: Array, which: str) -> Any:
    """One derivation's values of a whole tensor; None where it was not worked out of all."""
    values = [getattr(each, which) for each in found.elements if each.name == name]
    if len(values) != array.size or any(value is None for value in values):
        return None
    return plain(np.array(values, dtype=np.float64).reshape(array.shape))

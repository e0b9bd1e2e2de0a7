"""The three-way check: backprop, SymPy's derivative, and differences of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.binding.closed_gradients import closed, targets
from backstep.clock import OutOfTime, shorten, within
from backstep.errors import FormulaTooLarge
from backstep.gradient_check.result import (
    CheckedElement,
    CheckResult,
    CheckSummary,
    Comparison,
    Distances,
    Element,
    GradientCheck,
    ThreeWays,
    Worst,
)
from backstep.gradient_check.sampling import (
    AT_A_GLANCE,
    MOST_WORK,
    DifferenceSample,
    look_closer,
    put_differences,
)
from backstep.limits import LIMITS
from backstep.ops.row import Array
from backstep.symbolic.evaluation import evaluate as evaluate_closed
from backstep.symbolic.targets import Target

MOST_ELEMENTS = 400
"""Elements of a parameter that the part of `/analyze` lists, and that `/check` lists in all."""
_MOST_LISTED = 10_000
"""Elements past which only those that are compared, or listed, are examined one by one."""
_MOST_OPERATIONS = 20_000
"""Operations of closed formulas that are evaluated with 30 digits."""
_SHARE = 0.4
"""The share of a job's time that evaluating them may take; those that exceed it are not compared.
"""


def summarise(prepared: BoundModel) -> CheckSummary:
    """The three derivations of every parameter's gradient, at a glance."""
    found = _checked(prepared, None, 0, AT_A_GLANCE)
    by_symbols, by_differences = _symbolic_sum(found), _differences_sum(found)
    return CheckSummary(
        agree=_agree(found),
        elements=found.total,
        worst=Worst(by_differences.name or by_symbols.name, by_symbols.worst, by_differences.worst),
        symbolic=by_symbols,
        differences=by_differences,
        gradients={
            name: ThreeWays(
                array,
                _gathered(found, name, array, "symbolic"),
                _gathered(found, name, array, "differences"),
            )
            for name, array in found.arrays.items()
            if array.size <= MOST_ELEMENTS
        },
    )


def check(
    prepared: BoundModel, wrt: Sequence[str] | None = None, limit: int = MOST_ELEMENTS
) -> GradientCheck:
    """The three derivations of the partials with respect to `wrt` (None: every parameter), by
    element.

    Up to `limit` elements are listed, the worst first.
    """
    found = _checked(prepared, wrt, limit, MOST_WORK)
    ordered = sorted(found.elements, key=lambda element: -element.worst)
    return GradientCheck(
        agree=_agree(found),
        count=found.total,
        elements=tuple(_listed(element) for element in ordered[:limit]),
        omitted=max(found.total - limit, 0),
        symbolic=_symbolic_sum(found),
        differences=_differences_sum(found),
    )


def _listed(element: Element) -> CheckedElement:
    return CheckedElement(
        name=_element_name(element),
        backprop=element.backprop,
        symbolic=element.symbolic,
        differences=element.differences,
        expected_error=element.expected,
        apart=Distances(element.apart(element.symbolic), element.apart(element.differences)),
        within=element.within,
        note=element.note,
    )


def _element_name(element: Element) -> str:
    if not element.at:
        return element.name
    return f"{element.name}[{','.join(map(str, element.at))}]"


def _checked(
    prepared: BoundModel, wrt: Sequence[str] | None, listed: int, budget: int
) -> CheckResult:
    """All elements; if there are very many, only those that are compared, and the first to be
    listed.
    """
    numbers = prepared.numbers()
    wanted = targets(prepared, wrt)
    total = sum(len(target.places) for target in wanted)
    sampled = DifferenceSample(prepared, numbers, wanted, budget)
    few = total <= _MOST_LISTED
    found = CheckResult([], total)
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
    put_differences(sampled, found, bool(numbers.conventions), _SHARE * LIMITS.job_seconds)
    look_closer(sampled, found)
    _note(found)
    return found


def _put_symbolic(prepared: BoundModel, wanted: list[Target], found: CheckResult) -> None:
    try:
        with within(_SHARE * LIMITS.job_seconds):
            formulas = closed(prepared, [target.name for target in wanted], most=_MOST_OPERATIONS)
    except FormulaTooLarge as refusal:
        found.symbolic_skipped = refusal.faults[0].message
        return
    except OutOfTime:
        shorten()
        found.symbolic_skipped = "closed derivatives of this take longer than a check may"
        return
    with within(_SHARE * LIMITS.job_seconds):
        values = evaluate_closed(formulas, prepared.leaves, prepared.definition)
    for target, positions, elements in found.runs:
        exact = values[target.name]
        for position, element in zip(positions, elements, strict=True):
            at = element.at if target.whole else position
            element.beyond = bool(exact.beyond[at])
            element.symbolic = None if element.beyond else float(exact.values[at])


def _note(found: CheckResult) -> None:
    for element in found.elements:
        if not np.isfinite(element.backprop):
            element.note = "the partial is not finite"
        elif element.convention is not None:
            element.note = f"the partial is a convention here: {element.convention}"


def _agree(found: CheckResult) -> bool | None:
    said = [element.within for element in found.elements if element.within is not None]
    return all(said) if said else None


def _symbolic_sum(found: CheckResult) -> Comparison:
    compared = [each for each in found.elements if each.symbolic_within is not None]
    worst = max(compared, key=lambda each: each.apart(each.symbolic) or 0.0, default=None)
    return Comparison(
        compared=len(compared),
        worst=None if worst is None else worst.apart(worst.symbolic),
        name=None if worst is None else worst.name,
        within=all(each.symbolic_within for each in compared),
        expected=None,
        skipped=found.symbolic_skipped or _left_out(found, compared, symbolic=True),
    )


def _differences_sum(found: CheckResult) -> Comparison:
    compared = [each for each in found.elements if each.differences_within is not None]
    worst = max(compared, key=lambda each: each.apart(each.differences) or 0.0, default=None)
    expected = [(each.expected or 0.0) / max(1.0, abs(each.backprop)) for each in compared]
    return Comparison(
        compared=len(compared),
        worst=None if worst is None else worst.apart(worst.differences),
        name=None if worst is None else worst.name,
        within=all(each.differences_within for each in compared),
        expected=max(expected, default=None),
        skipped=found.differences_skipped or _left_out(found, compared),
    )


def _left_out(found: CheckResult, compared: list[Element], symbolic: bool = False) -> str | None:
    """Why some elements are inconclusive: conventions, and values that are not finite."""
    if len(compared) == found.total:
        return None
    kinks = sum(each.convention is not None for each in found.elements)
    kinks -= sum(each.convention is not None for each in compared)
    unsure = sum(each.unsure for each in found.elements)
    unsure -= sum(each.unsure for each in compared)
    beyond = sum(each.beyond for each in found.elements) if symbolic else 0
    others = len(found.elements) - len(compared) - kinks - unsure - beyond
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
    if beyond:
        said.append(
            f"{beyond:,} where the formula has too many digits, or takes too long, to be worked "
            "out exactly"
        )
    if others > 0:
        said.append(f"{others:,} where a value is no finite number")
    return f"of {found.total:,} elements are not compared: {'; '.join(said)}"


def _gathered(
    found: CheckResult, name: str, array: Array, which: Literal["symbolic", "differences"]
) -> Array | None:
    """One derivation's values of a whole tensor; None if it was not computed for every element."""
    values = [getattr(each, which) for each in found.elements if each.name == name]
    if len(values) != array.size or any(value is None for value in values):
        return None
    return np.array(values, dtype=np.float64).reshape(array.shape)

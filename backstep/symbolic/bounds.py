"""Which closed derivatives are within the limits: by shapes first, then by counted sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from backstep.clock import expect
from backstep.errors import Diagnostic, FormulaTooLarge
from backstep.graph.node import Node
from backstep.limits import LIMITS
from backstep.symbolic.network import Mask, breadth, depending
from backstep.symbolic.size import derivative_bound
from backstep.symbolic.targets import Place, Target

_OPERATION_SECONDS = 2e-5
"""About what SymPy takes to write out and print one operation."""
_MOST_LOOKS = 100_000
"""Nodes visited, once for each target; half a second."""
_FORMS = (
    'form: "matrix" writes it in whole tensors, form: "shared" gives every intermediate result '
    "once; both have room for this"
)
_ELEMENT = (
    'ask for a single element, or for form: "shared", which gives every intermediate result '
    "once; the numbers are right all the same"
)


def admit_breadth(
    nodes: Sequence[Node], loss: Node, targets: Sequence[Target]
) -> tuple[dict[int, Mask], dict[str, FormulaTooLarge]]:
    """Which elements depend on the targets that are within the limits, and why others are not."""
    masks = depending(nodes, _places(targets))
    if breadth(nodes, masks) <= LIMITS.derivation_work:
        return masks, {}
    refused, kept, room = {}, [], LIMITS.derivation_work
    looks = len(nodes) * len(targets) <= _MOST_LOOKS
    for target in sorted(targets, key=lambda each: len(each.places)):
        own = breadth(nodes, depending(nodes, _places([target]))) if looks else room + 1
        if own <= room:
            room -= own
            kept.append(target)
            continue
        bound = derivative_bound(loss, target.node) * len(target.places)
        refused[target.name] = _refusal("derivation_work", target, own, bound)
    return depending(nodes, _places(kept)), refused


def _places(targets: Iterable[Target]) -> dict[int, Collection[Place]]:
    whole: dict[int, Collection[Place]] = {}
    single: dict[int, Collection[Place]] = {}
    for target in targets:
        if target.whole:
            whole[target.node.id] = target.places
        else:
            single[target.node.id] = {*single.get(target.node.id, ()), *target.places}
    return single | whole


def admit_counted(
    loss: int, targets: Sequence[Target], sizes: Mapping[str, Sequence[int]], most: int | None
) -> dict[str, FormulaTooLarge]:
    """By name why derivatives of counted sizes are not written out: the smallest go first.

    The loss itself may be too large; then it is not written out and takes no room.
    """
    refused: dict[str, FormulaTooLarge] = {}
    allowed = LIMITS.answer_operations if most is None else most
    total = loss if loss <= LIMITS.formula_operations else 0
    for target in sorted(targets, key=lambda each: sum(sizes[each.name])):
        worst, together = max(sizes[target.name], default=0), sum(sizes[target.name])
        if worst > LIMITS.formula_operations:
            refused[target.name] = _refusal("formula_operations", target, worst, worst)
        elif total + together > allowed:
            refused[target.name] = _refusal(
                "answer_operations", target, total + together, total + together, allowed
            )
        else:
            total += together
    expect(total * _OPERATION_SECONDS)
    return refused


def _refusal(
    limit: str, target: Target, measured: int, operations: int, allowed: int | None = None
) -> FormulaTooLarge:
    allowed = getattr(LIMITS, limit) if allowed is None else allowed
    said = {
        "formula_operations": f"a closed derivative by {target.name} would have up to "
        f"{_spell(measured)} operations; {allowed:,} are allowed",
        "answer_operations": f"all closed formulas up to {target.name} would have up to "
        f"{_spell(measured)} operations; {allowed:,} are allowed",
        "derivation_work": f"a closed derivative by {target.name} takes the work of "
        f"{_spell(measured)} local derivatives; {allowed:,} are allowed",
    }
    return FormulaTooLarge(
        Diagnostic(
            "formula_too_large", said[limit], _ELEMENT if len(target.places) > 1 else _FORMS
        ),
        details={
            "limit": limit,
            "operations": min(operations, 10**300),
            "measured": min(measured, 10**300),
            "allowed": allowed,
        },
    )


def _spell(count: int) -> str:
    if count < 10**15:
        return f"{count:,}"
    return f"about 10^{len(str(count)) - 1}" if count < 10**4000 else "more than 10^4000"

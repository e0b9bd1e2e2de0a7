"""`/cost`: operations of a network with sharing and without, and the sentence that says so."""

from __future__ import annotations

from typing import Any

from backstep.autodiff.cost import Cost
from backstep.autodiff.cost import cost as counted
from backstep.binding.bind import prepare
from backstep.binding.json_arrays import whole
from backstep.formula.figures import short, spell_count

COUNTED = (
    "Counted on the network as it is run, not on the formulas, which are tidied: where what comes "
    "back from a sum or a mean is repeated for each of its terms, each repetition is a product. "
    "Sums, products, powers and functions of numbers, one each, of what the loss is computed from; "
    "a difference is a sum, a quotient a product, a choice a function, and signs, comparisons and "
    "moves of elements are free."
)


def cost(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/cost`."""
    prepared = prepare(request)
    definition = prepared.definition
    learned = {leaf.name: leaf.node for leaf in definition.leaves if leaf.role == "param"}
    found = counted(definition.loss, prepared.understood.back, learned.values())
    return {
        "forward": found.forward,
        "backward": found.backward,
        "together": found.together,
        "parameters": found.numbers,
        "alone": {
            **_told(found.each_alone, found.together),
            "gradients": {name: found.alone[node.id] for name, node in learned.items()},
        },
        "nothing_kept": _told(found.nothing_kept, found.together),
        "differences": {
            **_told(found.differences, found.together),
            "passes": found.passes,
        },
        "line": _line(found, len(learned)),
        "counted": COUNTED,
    }


def _told(operations: int, together: int) -> dict[str, Any]:
    return {
        "operations": whole(operations),
        "said": spell_count(operations),
        "ratio": _ratio(operations, together),
    }


def _ratio(operations: int, together: int) -> float | None:
    """How many times as much; None of nothing, and past what a float64 holds."""
    if not together or operations.bit_length() > 1000:
        return None
    return operations / together


def _times(operations: int, together: int) -> str:
    ratio = _ratio(operations, together)
    if ratio is None or ratio == 1:
        return "" if ratio is None else " (as many)"
    return f" ({short(ratio, 3)} times as many)"


def _line(found: Cost, names: int) -> str:
    forward = f"{spell_count(found.forward)} operation{'s' if found.forward != 1 else ''} forward"
    if not found.numbers:
        return f"{forward}; nothing is learned, so nothing is sent back."
    weights = f"{names} parameter{'s' if names != 1 else ''}"
    if found.numbers != names:
        weights += f" of {spell_count(found.numbers)} numbers"
    return (
        f"{forward} and {spell_count(found.backward)} back give the gradient of all {weights}: "
        f"{spell_count(found.together)} together. Each "
        f"{'parameter' if found.numbers == names else 'number'} on its own takes "
        f"{spell_count(found.each_alone)}{_times(found.each_alone, found.together)}, "
        f"finite differences {spell_count(found.differences)}"
        f"{_times(found.differences, found.together)}, in {spell_count(found.passes)} forward "
        "passes."
    )

"""Operations of a network with sharing and without, and the sentence on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backstep.autodiff.cost import Cost
from backstep.autodiff.cost import cost as counted
from backstep.binding.bind import BoundModel
from backstep.binding.json_arrays import to_json_array
from backstep.notation.figures import short, spell_count

COUNTED = (
    "Counted on the network as it is run, not on the formulas, which are tidied: where what comes "
    "back from a sum or a mean is repeated for each of its terms, each repetition is a product. "
    "Sums, products, powers and functions of numbers, one each, of what the loss is computed from; "
    "a difference is a sum, a quotient a product, a choice a function, and signs, comparisons and "
    "moves of elements are free."
)


@dataclass(frozen=True, slots=True)
class OperationCount:
    """How many operations one way of computing takes."""

    operations: int | str | None
    """An integer up to 2^53; its digits as text past that; null past 300 digits."""
    said: str
    """The count in words."""
    ratio: float | None
    """Times as many as `together`; null if that is 0, or the ratio no float64."""


@dataclass(frozen=True, slots=True)
class SeparateCount(OperationCount):
    """Each parameter's partial computed separately."""

    gradients: Mapping[str, int]
    """For each parameter, besides the forward pass."""


@dataclass(frozen=True, slots=True)
class DifferencesCount(OperationCount):
    """Central differences of every number."""

    passes: int
    """Forward passes: two for each number."""


@dataclass(frozen=True, slots=True)
class CostReport:
    """The cost of the loss and its gradients, with sharing and without."""

    forward: int
    """Operations of the loss."""
    backward: int
    """Operations of all gradients, every partial once."""
    together: int
    parameters: int
    """Numbers that are learned."""
    alone: SeparateCount
    """Each parameter's partial computed separately."""
    nothing_kept: OperationCount
    """The loss and each gradient as a formula in which nothing is shared."""
    differences: DifferencesCount
    """Central differences of every number."""
    line: str
    """All of it in a sentence or two."""
    counted: str
    """What is counted."""


def cost(prepared: BoundModel) -> CostReport:
    """The operations of the loss and of its gradients with respect to all parameters."""
    definition = prepared.definition
    learned = {leaf.name: leaf.node for leaf in definition.leaves if leaf.role == "param"}
    found = counted(definition.loss, prepared.model.back, learned.values())
    return CostReport(
        forward=found.forward,
        backward=found.backward,
        together=found.together,
        parameters=found.numbers,
        alone=SeparateCount(
            to_json_array(found.each_alone),
            spell_count(found.each_alone),
            _ratio(found.each_alone, found.together),
            {name: found.alone[node.id] for name, node in learned.items()},
        ),
        nothing_kept=OperationCount(
            to_json_array(found.nothing_kept),
            spell_count(found.nothing_kept),
            _ratio(found.nothing_kept, found.together),
        ),
        differences=DifferencesCount(
            to_json_array(found.differences),
            spell_count(found.differences),
            _ratio(found.differences, found.together),
            found.passes,
        ),
        line=_line(found, len(learned)),
        counted=COUNTED,
    )


def _ratio(operations: int, together: int) -> float | None:
    """How many times as much; None relative to 0, and past what a float64 holds."""
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

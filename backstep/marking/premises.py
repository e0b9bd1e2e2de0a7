"""Premises that an answer may rest on: a label's kind, a sign, a constant.

An answer that is wrong for some values is tried once more with all of them kept; if it is right
then, the premises that it does not need are dropped, and the others are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.evaluate.sampling import FixedInputs, Premise, What, premises
from backstep.marking.trial import Bound, SamplePoint, Submission, Trial, trial
from backstep.notation.figures import short
from backstep.ops.row import Array

_ORDER: tuple[What, ...] = (
    "constant",
    "class",
    "sign",
    "binary",
    "signed",
    "distribution",
    "symmetric",
)
"""The order in which they are dropped: the most informative first."""
_MOST_NAMES = 8
"""Names that are dropped one by one; if there are more, all of a kind together."""


class FixedNames:
    """The trials of one claim with premises kept."""

    def __init__(self, claim: Submission, bound: Bound) -> None:
        self.claim, self._bound = claim, bound
        self._ways = premises(claim.prepared.definition, claim.prepared.leaves)

    def trials(self, free: Trial) -> Iterator[tuple[FixedInputs, Trial]]:
        """With the kinds of labels and signs kept; then with numbers and classes kept too.

        `free` is the trial without premises: if the two differ at a point of it that keeps to them,
        they differ.
        """
        found: set[FixedInputs] = set()
        for way in self._ways:
            kinds = frozenset(each for each in way if each.what not in ("constant", "class"))
            for kept in (kinds, frozenset(way)):
                if kept and kept not in found:
                    found.add(kept)
                    tried = trial(self.claim, kept, self._bound)
                    if tried.equal:
                        tried.tried += self._keeping(kept, free.differing)
                    yield kept, tried

    def _keeping(self, kept: FixedInputs, among: Sequence[SamplePoint]) -> list[SamplePoint]:
        """The points that keep to some premises."""
        leaves = self.claim.prepared.leaves
        return [
            point
            for point in among
            if all(_keeps(each.what, leaves[each.name], point.leaves[each.name]) for each in kept)
        ]

    def needed(self, kept: FixedInputs, holds: Trial) -> tuple[FixedInputs, Trial]:
        """As few premises as make the answer right, and the trial that shows it.

        Those that there is no time to drop are kept.
        """
        groups = [frozenset(each for each in kept if each.what == what) for what in _ORDER]
        for group in groups:
            kept, holds = self._without(kept, group, holds)
        if len(kept) <= _MOST_NAMES:
            for premise in sorted(kept, key=lambda each: (_ORDER.index(each.what), each.name)):
                if len(kept) > 1:
                    kept, holds = self._without(kept, frozenset({premise}), holds)
        return kept, holds

    def _without(
        self, kept: FixedInputs, some: FixedInputs, holds: Trial
    ) -> tuple[FixedInputs, Trial]:
        fewer = kept - some
        if fewer == kept or not fewer or self._bound.reached:
            return kept, holds
        found = trial(self.claim, fewer, self._bound)
        return (fewer, found) if found.equal and not found.unlike else (kept, holds)


def _keeps(what: What, value: Array, other: Array) -> bool:
    """Whether another value is what the one in force is meant to be."""
    match what:
        case "sign":
            below = np.abs(value) < 1
            same = np.array_equal(np.sign(value), np.sign(other))
            return same and bool((np.abs(other[below]) < 1).all())
        case "binary" | "signed":
            return bool(np.isin(other, (0.0, 1.0) if what == "binary" else (-1.0, 1.0)).all())
        case "distribution":
            near = np.abs(np.sum(other, axis=-1) - 1) < 1e-12
            return bool(near.all() and (other >= 0).all())
        case "symmetric":
            return np.array_equal(other, other.T)
        case _:
            return np.array_equal(value, other)


def said(prepared: BoundModel, kept: Iterable[Premise]) -> str:
    """The sentence on what an equality rests on."""
    by_kind = {what: [each.name for each in kept if each.what == what] for what in _ORDER}
    leaves = prepared.leaves
    held, order = [], [leaf.name for leaf in prepared.definition.leaves]
    for names in by_kind.values():
        names.sort(key=order.index)
    sums = by_kind["distribution"]
    if sums:
        each = "each row of " if any(leaves[name].ndim > 1 for name in sums) else ""
        held.append(f"equal where {each}{_listed(sums)} adds up to 1, as the label does")
    same = by_kind["symmetric"]
    if same:
        held.append(
            f"equal where {_listed(same)} {'is' if len(same) == 1 else 'are'} symmetric, as here"
        )
    signs = [_side(name, leaves[name]) for name in by_kind["sign"]]
    if signs:
        held.append(f"equal where {_listed(signs)}, as here")
    for what, values in (("binary", "0 and 1"), ("signed", "1 and −1")):
        names = by_kind[what]  # type: ignore[index]
        if names:
            held.append(f"equal for {_listed(names)} of {values}, as a label is")
    classes = [_given(name, leaves[name]) for name in by_kind["class"]]
    if classes:
        held.append(f"for the class in force, {_listed(classes)}; for another it is not equal")
    numbers = [_given(name, leaves[name]) for name in by_kind["constant"]]
    if numbers:
        text = ", ".join(numbers)
        held.append(f"equal for {text} as the text has it; with another value it may not be")
    return "; ".join(held)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _side(name: str, value: Array) -> str:
    return f"{name} < 0" if bool((value < 0).all()) else f"{name} > 0"


def _given(name: str, value: Array) -> str:
    if value.ndim == 0:
        return f"{name} = {short(float(value))}"
    if value.ndim == 1 and value.size <= 8:
        return f"{name} = [{', '.join(short(float(each)) for each in value)}]"
    return name

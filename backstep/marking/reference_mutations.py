"""Mistakes in the partial as the page prints it: a part of that formula left out or wrong.

The printed formula is read back as an answer is, and evaluated with a part changed; if that is the
typed answer, the part is what the answer lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from backstep.binding.matrix_gradients import matrix
from backstep.errors import BackstepError
from backstep.formula.tree import Formula, Neg
from backstep.lang.compile.answer import read_answer
from backstep.marking.mistake import Kind, Mistake, Unfit, Value
from backstep.marking.mutable_formula import MutableFormula, Part, mutation
from backstep.marking.trial import SamplePoint, Submission, same
from backstep.ops.row import Array

_MOST_OPERATIONS = 60
"""Size of a printed formula that is searched; a longer one has too many parts."""
_MOST_TOGETHER = 16
"""The most parts of which pairs are removed."""
_LONGEST = 60
"""Characters of a formula within a sentence."""

_WORDS: Mapping[str, tuple[Kind, str]] = {
    "factor": ("factor", "the factor {part}{whose} is missing"),
    "divisor": ("factor", "the division by {part}{whose} is missing"),
    "term": ("term", "the term {part}{whose} is missing"),
    "sign": ("sign", "the sign of {part}{whose} is turned"),
    "power": ("factor", "the exponent of {part}{whose} is missing"),
    "transpose": ("transpose", "a transpose is missing or too many at {part}{whose}"),
    "elementwise": ("product", "the product {part} is not one element by element"),
    "divided": ("product", "{part}{whose} is a factor, not a divisor"),
    "multiplied": ("product", "{part}{whose} is a divisor, not a factor"),
}


def reference_formula(claim: Submission) -> MutableFormula | None:
    """The partial as it is printed, read back; None if it is too long to be searched."""
    try:
        printed = matrix(claim.prepared, [claim.target], any_labels=True).gradients[
            claim.target.name
        ]
        if not 0 < printed.operations <= _MOST_OPERATIONS:
            return None
        return MutableFormula(claim, read_answer(claim.prepared.definition, printed.text))
    except BackstepError:
        return None


class ReferenceMutations:
    """Parts of one right formula left out or wrong, until it is the answer."""

    def __init__(self, formula: MutableFormula | None, points: Sequence[SamplePoint]) -> None:
        self.written, self.points = formula, points
        if formula is not None:
            formula.leave_out_ones(points)

    def parts(self) -> Iterator[Mistake]:
        """One part; omissions come first."""
        if self.written is None:
            return
        parts = sorted(self.written.parts(), key=lambda part: not part.wrong.left_out)
        for part in parts:
            kind = _WORDS[part.wrong.kind][0]
            yield self._mistake(kind, partial(self._said, part), (part,), part)

    def pairs(self) -> Iterator[Mistake]:
        """One part and a sign or a number besides; then two parts."""
        if self.written is None:
            return
        for part in self.written.parts():
            if part.wrong.left_out:
                yield self._and_number(part)
        for one, other in self.written.pairs(_MOST_TOGETHER):
            kind = _WORDS[other.wrong.kind][0]
            yield self._mistake(kind, partial(self._both_lost, one, other), (one, other), other)

    def _varies(self, part: Part) -> bool:
        """Whether more than a number is left: any number is that times another."""
        assert self.written is not None
        try:
            one, other = (self.written.mutated(at, part) for at in self.points[:2])
        except Unfit:
            return False
        return not same(one, other)

    def _and_number(self, part: Part) -> Mistake:
        found: list[float] = []

        def value(tried: SamplePoint) -> Array | None:
            left = self.written.mutated(tried, part)  # type: ignore[union-attr]
            if left.shape != tried.answer.shape:
                return None
            if not found:
                at = np.unravel_index(int(np.argmax(np.abs(left))), left.shape)
                with np.errstate(all="ignore"):
                    number = float(tried.answer[at] / left[at])
                # If a number alone is left, any number is that times another.
                if not _is_plain(number) or (number > 0 and not self._varies(part)):
                    return None
                found.append(number)
            return found[0] * left

        def words() -> str:
            return f"two things are wrong: {self._lost(part)} is missing, and {_besides(found[0])}"

        kind = _WORDS[part.wrong.kind][0]
        assert self.written is not None
        stuck = partial(self.written.sticks, mutation(part))
        formulas = partial(self._both, part)
        return Mistake(kind, "", value, late=words, formulas=formulas, stuck=stuck)

    def _said(self, part: Part) -> str:
        words = _WORDS[part.wrong.kind][1]
        return words.format(part=self._shown(part), whose=self._whose(part))

    def _both_lost(self, one: Part, other: Part) -> str:
        return f"two things are missing: {self._lost(other)} and {self._lost(one)}"

    def _lost(self, part: Part) -> str:
        what = {"divisor": "the division by", "term": "the term", "power": "the exponent of"}
        return f"{what.get(part.wrong.kind, 'the factor')} {self._shown(part)}"

    def _formula(self, part: Part) -> Formula:
        """The part; a subtracted term with its sign."""
        assert self.written is not None
        shown = self.written.words.of(part.shown)
        return Neg(shown) if part.wrong.negative else shown

    def _shown(self, part: Part) -> str:
        assert self.written is not None
        return self.written.words.factor(self._formula(part))

    def _both(self, part: Part) -> tuple[str, str]:
        assert self.written is not None
        return self.written.words.both(self._formula(part))

    def _whose(self, part: Part) -> str:
        """The formula that contains the part, if that is short and not the part itself."""
        assert self.written is not None
        if part.shown is part.node or not part.wrong.left_out:
            return ""
        text = self.written.words.plain(self.written.words.of(part.node))
        return f" of {text}" if len(text) <= _LONGEST else ""

    def _mistake(
        self, kind: Kind, said: Callable[[], str], parts: tuple[Part, ...], shown: Part
    ) -> Mistake:
        assert self.written is not None
        stuck = partial(self.written.sticks, mutation(*parts))
        formulas = partial(self._both, shown)
        return Mistake(kind, "", self._without(*parts), late=said, formulas=formulas, stuck=stuck)

    def _without(self, *parts: Part) -> Value:
        written = self.written
        assert written is not None

        def value(tried: SamplePoint) -> Array | None:
            return written.mutated(tried, *parts)

        return value


def _is_plain(number: float) -> bool:
    """Whether it is a plausible factor of a second mistake: −1, a small integer, or one over it."""
    if not np.isfinite(number) or number == 0 or abs(number - 1) < 1e-9:
        return False
    if number < 0:
        return abs(number + 1) < 1e-9
    whole = number if number >= 1 else 1 / number
    return whole <= 1000 and abs(whole - round(whole)) < 1e-9 * whole


def _besides(number: float) -> str:
    if number < 0:
        return "the sign is turned"
    whole = round(number if number >= 1 else 1 / number)
    return f"a factor {f'1/{whole}' if number >= 1 else whole} is missing too"

"""Whether a typed formula is a partial of the loss, and what a wrong one lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.binding.json_arrays import brief
from backstep.binding.readings import answer_latex
from backstep.clock import OutOfTime, Watch
from backstep.errors import AnswerError, Diagnostic, Span
from backstep.evaluate.numeric import GraphValues
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.limits import LIMITS
from backstep.marking.digits import as_number
from backstep.marking.equation import Side, sides
from backstep.marking.mistake import Kind, Mistake
from backstep.marking.mistakes import Search
from backstep.marking.premises import FixedNames, said
from backstep.marking.readings import Earlier, readings
from backstep.marking.symbolic_equality import proved
from backstep.marking.trial import (
    TOLERANCE,
    Bound,
    SamplePoint,
    Submission,
    Trial,
    in_force,
    read_names,
    trial,
)
from backstep.notation.figures import short
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.symbolic.targets import target_for

_READ, _PROOF, _FREE, _RARE, _HELD, _HINT = (
    share * LIMITS.job_seconds for share in (0.3, 0.12, 0.27, 0.4, 0.42, 0.55)
)
"""Seconds of processor time until which each phase may run: the meaning of printed names, a proof,
points, points on pieces seldom met, points with premises, a hint. A verdict always comes, then from
the fewest points; the hint is what is left out.
"""
_VALUES = "right at the values in force, but not at others"
_NUMBERS = "write the names, not their numbers"
_CONVENTION = "at the values in force, on a kink, its value is not the convention's"
_UNREAD = "a part of the line is left out, which cannot be read"
_CLOSE = (
    "nearly equal, and not equal: a part of the partial that is small beside the rest is left out, "
    "or a number is a little off"
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A hint, in its parts."""

    kind: Kind
    """The kind of mistake, such as `factor`."""
    text: str | None
    """What is missing, too many or meant, such as `x`."""
    latex: str | None
    """The same as LaTeX, such as `x`."""
    of: str | None
    """The step ∂of/∂wrt that it belongs to, such as `z`."""
    wrt: str | None
    """Such as `w`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a typed formula is a partial of the loss."""

    equal: bool | None
    """Null if at no tried point both are finite numbers."""
    of: str
    """The variable of the partial, such as `w`; of a Jacobian both names, such as `∂p/∂z`."""
    shape: Shape
    """Empty for a scalar."""
    how: Literal["symbolic", "points"]
    """`symbolic`: proved for all values. `points`: by values at many points."""
    proof: Literal["fingerprint"] | None
    """How it was proved: in exact arithmetic modulo several primes."""
    points: int
    """Points at which both were evaluated, such as `12`; for a proof, points of prime fields."""
    tolerance: float
    """How far apart two equal values may be, relative to the larger, such as `1e-8`."""
    note: str | None
    """What `equal` rests on, such as a label that adds up to 1, or `h^(1)` read as h's first
    version; or why it is null.
    """
    read: str
    """The answer as it was read, in the language, such as `2*lambda*w` for `2λw`."""
    read_latex: str
    """The same as LaTeX, such as `2 \\, \\lambda \\, w`."""

    def __bool__(self) -> bool:
        """Whether it is known to be the partial."""
        return self.equal is True

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what a notebook shows

    def __str__(self) -> str:
        if self.equal is None:
            return _sentences("Not decided", self.note)
        shown = "proved for all values" if self.proof else f"equal at {self.points} points"
        return _sentences(f"Right: this is {_said(self.of)}, {shown}", self.note)


@dataclass(frozen=True, slots=True)
class WrongVerdict(Verdict):
    """What a wrong formula lacks, and a point where it differs."""

    at: Mapping[str, Array | None]
    """A point where the two differ, such as `{"w": 0.5, "u": 0.6682}`: declared names and those
    that the answer mentions. Null stands for a large tensor.
    """
    own: bool
    """Whether `at` is the values in force."""
    element: Sequence[int] | None
    """In a tensor, where the two are furthest apart, such as `[0]`."""
    answer: Array | None
    """The answer's value at that point."""
    partial: Array | None
    """The partial's value there."""
    hint: str | None
    """The mistake found at every tried point, such as `the factor x = ∂z/∂w is missing`; null if
    none explains the answer.
    """
    missing: Missing | None

    # A notebook looks for it in the class itself, before that class's own repr.
    _repr_pretty_ = Verdict._repr_pretty_

    def __str__(self) -> str:
        judged = f"Not {_said(self.of)}"
        if self.hint is not None:
            judged += f": {self.hint}"
        return _sentences(judged, self._figures(), self.note)

    def _figures(self) -> str | None:
        """What both are at the point, where both are single numbers."""
        both = (self.answer, self.partial)
        if any(each is None or each.ndim for each in both):
            return None
        answer, partial = (short(float(each)) for each in both if each is not None)
        numbers = (
            f"{name} = {short(float(each))}"
            for name, each in self.at.items()
            if each is not None and not each.ndim
        )
        place = ", ".join(numbers)
        at = f"; at {place}" if place else ""
        return f"It gives {answer}, and the partial is {partial}{at}"


def _said(of: str) -> str:
    """What is judged: a partial of the loss, or a Jacobian such as ∂p/∂z."""
    return of if of.startswith("∂") else f"the partial with respect to {of}"


def _sentences(*parts: str | None) -> str:
    """The parts that are there, each a sentence."""
    said = (f"{part[:1].upper()}{part[1:]}" for part in parts if part)
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in said)


def compare(
    prepared: BoundModel,
    of: str,
    answer: str,
    watch: Watch | None = None,
    given: Earlier | None = None,
    lines: Sequence[Side] | None = None,
) -> Verdict | WrongVerdict:
    """Whether `answer`, in the definition's names, is the loss's partial with respect to `of`.

    `watch` measures the time that is used already; `given` is what earlier lines of a backward pass
    gave; `lines` are the answer's formulas where they have been told apart already. Raises
    AnswerError for the formula, RequestError for `of`.
    """
    watch = watch or Watch()
    target = target_for(prepared.definition, of, "/of")
    replaced = {
        leaf.name: float(prepared.leaves[leaf.name])
        for leaf in prepared.definition.leaves
        if leaf.role == "const" and leaf.name in prepared.replaced
        if prepared.leaves[leaf.name].ndim == 0
    }
    bound = Bound(watch, _READ)
    verdict: Verdict | None = None
    refused: AnswerError | None = None
    for side in sides(prepared, target, answer) if lines is None else lines:
        try:
            claims = readings(
                prepared, target, side.text, replaced, bound, given, labels=side.labels
            )
        except AnswerError as error:
            refused = refused or AnswerError(*(_moved(each, side.column) for each in error.faults))
            continue
        verdict = _one_of(claims, watch)
        if verdict.equal is not True:
            break
    if verdict is None:
        assert refused is not None
        raise refused
    if refused is not None and verdict.equal:
        note = _UNREAD if verdict.note is None else f"{_UNREAD}; {verdict.note}"
        return replace(verdict, note=note)
    return verdict


def _moved(fault: Diagnostic, columns: int) -> Diagnostic:
    """A diagnostic of a side of a line, at its place in the line."""
    at = fault.span
    if at is None or not columns:
        return fault
    moved = Span(at.line, at.column + columns, at.end_line, at.end_column + columns)
    return replace(fault, span=moved, fixes=())


def _one_of(claims: Sequence[Submission], watch: Watch) -> Verdict | WrongVerdict:
    """The verdict on what an answer may mean: right if one meaning is."""
    for claim in claims:
        rounds = 0
        if claim.answer.node.shape == claim.shape:
            rounds = proved(claim, Bound(watch, _PROOF))
        if rounds:
            return _at_convention(claim, _verdict(claim, True, "symbolic", rounds))
    judged = _judge(claims[0], watch)
    if judged.verdict.equal is True:
        return _at_convention(judged.claim, judged.verdict)
    for claim in claims[1:]:
        other = _judge(claim, watch)
        if other.verdict.equal is True:
            return _at_convention(claim, other.verdict)
    return judged.verdict if judged.verdict.equal is None else _wrong(judged, watch)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A claim with its verdict, and the trials that it rests on."""

    claim: Submission
    verdict: Verdict
    trials: list[Trial]


def _judge(claim: Submission, watch: Watch) -> _Judged:
    """The verdict without a proof: by points, else by points with premises."""
    free = trial(claim, bound=Bound(watch, _FREE), last=Bound(watch, _RARE))
    equal = _equal(free)
    if equal is not False:
        note = None
        if equal is None:
            note = "at no point that was tried are the answer and the partial both finite numbers"
        verdict = _at_points(claim, free, equal)
        return _Judged(claim, replace(verdict, note=note or verdict.note), [free])
    held, trials = FixedNames(claim, Bound(watch, _HELD)), [free]
    for kept, found in held.trials(free):
        if found.equal and _equal(found):
            needed, shown = held.needed(kept, found)
            note = said(claim.prepared, needed)
            return _Judged(claim, replace(_at_points(claim, shown, True), note=note), trials)
        if found.decided:
            trials.append(found)
    return _Judged(claim, _at_points(claim, trials[-1], False), trials)


def _equal(found: Trial) -> bool | None:
    """The verdict of a trial; None if no point decided anything."""
    if found.differing or any(each.own for each in found.unlike):
        return False
    if found.tried:
        return True
    return False if found.unlike else None


def _at_points(claim: Submission, found: Trial, equal: bool | None) -> Verdict:
    return _verdict(claim, equal, "points", len(found.tried))


def _verdict(
    claim: Submission, equal: bool | None, how: Literal["symbolic", "points"], points: int
) -> Verdict:
    return Verdict(
        equal=equal,
        of=claim.target.name,
        shape=claim.shape,
        how=how,
        proof="fingerprint" if how == "symbolic" else None,
        points=points,
        tolerance=TOLERANCE,
        note=claim.answer.read_as,
        read=claim.answer.read,
        read_latex=answer_latex(claim.prepared, claim.answer),
    )


def _wrong(judged: _Judged, watch: Watch) -> WrongVerdict:
    """A point where the two differ, preferably the values in force; and what is missing."""
    claim, trials, verdict = judged.claim, judged.trials, judged.verdict
    found = trials[-1]
    differing = found.differing or found.unlike
    shown = next((each for each in [*found.unlike, *differing] if each.own), differing[0])
    agreeing = [each for each in found.tried if not each.apart]
    own = next((each for each in trials[0].tried if each.own), None)
    mistake: Mistake | None = None
    close = all(each.beyond for each in differing)
    with suppress(OutOfTime):
        # Mistakes are compared to the tolerance, and none can be identified within it.
        if not close:
            mistake = None if own is None else as_number(claim, own)
            mistake = mistake or Search(claim, Bound(watch, _HINT)).find(trials)
    hint, missing = None, None
    if mistake is not None:
        hint = mistake.hint
        missing = Missing(mistake.kind, *mistake.missing, mistake.of, mistake.wrt)
        if mistake.kind != "values" and any(each.own for each in agreeing):
            hint += "; at the values in force that makes no difference"
    elif close:
        hint = _CLOSE
    elif any(each.own for each in agreeing) or _holds_at_kink(claim):
        hint = f"{_VALUES}: {_NUMBERS}" if _has_numbers(claim) else _VALUES
        missing = Missing("values", None, None, None, None)
    return WrongVerdict(
        equal=verdict.equal,
        of=verdict.of,
        shape=verdict.shape,
        how=verdict.how,
        proof=verdict.proof,
        points=verdict.points,
        tolerance=verdict.tolerance,
        note=verdict.note,
        read=verdict.read,
        read_latex=verdict.read_latex,
        at=_at(claim, shown),
        own=shown.own,
        element=_element(shown),
        answer=brief(shown.answer),
        partial=brief(shown.partial),
        hint=hint,
        missing=missing,
    )


def _at_convention(claim: Submission, verdict: Verdict) -> Verdict:
    """The verdict, with a note if the values in force are at a kink and the answer differs from the
    convention there.
    """
    with suppress(AnswerError):
        own = in_force(claim)
        if own.numbers.conventions and own.apart:
            words = own.numbers.conventions[0].words
            note = f"{_CONVENTION}: {words}"
            return replace(
                verdict, note=note if verdict.note is None else f"{verdict.note}; {note}"
            )
    return verdict


def _holds_at_kink(claim: Submission) -> bool:
    """Whether the values in force are on a kink, where none is compared, and the answer has the
    convention's value there.
    """
    with suppress(AnswerError):
        own = in_force(claim)
        return bool(own.numbers.conventions) and not own.apart
    return False


def _has_numbers(claim: Submission) -> bool:
    """Whether the answer has literals, which may stand for names."""
    read = ancestors([claim.answer.node])
    return any(
        len(each.nodes) < len(each.inputs) or (not each.inputs and not TABLE[each.op].leaf)
        for each in read
    )


def _at(claim: Submission, shown: SamplePoint) -> Mapping[str, Array | None]:
    """The declared names' values, and those of the names that the answer mentions."""
    leaves = {name: brief(np.asarray(value)) for name, value in shown.leaves.items()}
    read = {
        name: brief(_value(shown.numbers, claim, name))
        for name in read_names(claim)
        if name not in leaves
    }
    known = {**leaves, **read}
    return {name: known[name] for name in claim.answer.meant if name in known}


def _value(numbers: GraphValues, claim: Submission, name: str) -> Array:
    return numbers.value(claim.answer.meant[name])


def _element(shown: SamplePoint) -> list[int] | None:
    """Where two tensors of one shape are furthest apart."""
    if shown.answer.shape != shown.partial.shape or shown.answer.ndim == 0:
        return None
    with np.errstate(all="ignore"):
        apart = np.abs(shown.answer - shown.partial)
    apart = np.where(np.isfinite(apart), apart, np.inf)
    return [int(place) for place in np.unravel_index(int(np.argmax(apart)), apart.shape)]

"""`/compare`: whether a typed formula is a partial of the loss, and what a wrong one lacks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from backstep.binding.bind import prepare
from backstep.binding.json_arrays import brief
from backstep.clock import OutOfTime, Watch
from backstep.evaluate.numeric import Numbers
from backstep.graph.order import ancestors
from backstep.limits import LIMITS
from backstep.marking.digits import as_number
from backstep.marking.mistake import Slip
from backstep.marking.mistakes import Search
from backstep.marking.premises import Held, said
from backstep.marking.readings import readings
from backstep.marking.symbolic_equality import proved
from backstep.marking.trial import TOLERANCE, Bound, Claim, Trial, Tried, read_names, trial
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.symbolic.engine import target_for

_READ, _PROOF, _FREE, _RARE, _HELD, _HINT = (
    share * LIMITS.job_seconds for share in (0.3, 0.12, 0.27, 0.4, 0.42, 0.55)
)
"""Seconds of processor time until which each may go on: what printed names mean, a proof, points,
points on pieces seldom met, points with premises, a hint. A verdict always comes, then from the
fewest points; the hint is what is left out."""
_VALUES = "right at the values in force, but not at others"
_NUMBERS = "write the names, not their numbers"


def compare(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/compare`. Raises AnswerError for the formula, RequestError for `of`."""
    watch = Watch()
    prepared = prepare(request)
    target = target_for(prepared.definition, request["of"], "/of")
    replaced = {
        leaf.name: float(prepared.leaves[leaf.name])
        for leaf in prepared.definition.leaves
        if leaf.role == "const" and leaf.name in (request.get("values") or {})
        if prepared.leaves[leaf.name].ndim == 0
    }
    bound = Bound(watch, _READ)
    claims = list(readings(prepared, target, request["answer"], replaced, bound))
    for claim in claims:
        rounds = 0
        if claim.answer.node.shape == claim.shape:
            rounds = proved(claim, Bound(watch, _PROOF))
        if rounds:
            return _verdict(claim, True, "symbolic", rounds)
    judged = _judge(claims[0], watch)
    if judged.verdict["equal"] is not False:
        return judged.verdict
    return {**judged.verdict, **_difference(judged.claim, judged.trials, watch)}


@dataclass(frozen=True, slots=True)
class _Judged:
    """A claim with its verdict, and the trials that it rests on."""

    claim: Claim
    verdict: dict[str, Any]
    trials: list[Trial]


def _judge(claim: Claim, watch: Watch) -> _Judged:
    """The verdict where there is no proof: by points, else by points with premises."""
    free = trial(claim, bound=Bound(watch, _FREE), last=Bound(watch, _RARE))
    equal = _equal(free)
    if equal is not False:
        note = None
        if equal is None:
            note = "at no point that was tried are the answer and the partial both finite numbers"
        verdict = _at_points(claim, free, equal)
        return _Judged(claim, {**verdict, "note": note or verdict["note"]}, [free])
    held, trials = Held(claim, Bound(watch, _HELD)), [free]
    for kept, found in held.trials():
        if found.equal and _equal(found):
            needed, shown = held.needed(kept, found)
            note = said(claim.prepared, needed)
            return _Judged(claim, {**_at_points(claim, shown, True), "note": note}, trials)
        if found.decided:
            trials.append(found)
    return _Judged(claim, _at_points(claim, trials[-1], False), trials)


def _equal(found: Trial) -> bool | None:
    """The verdict of a trial; None where no point told anything."""
    if found.differing or any(each.own for each in found.unlike):
        return False
    if found.tried:
        return True
    return False if found.unlike else None


def _at_points(claim: Claim, found: Trial, equal: bool | None) -> dict[str, Any]:
    return _verdict(claim, equal, "points", len(found.tried))


def _verdict(claim: Claim, equal: bool | None, how: str, points: int) -> dict[str, Any]:
    return {
        "equal": equal,
        "of": claim.target.name,
        "shape": list(claim.shape),
        "how": how,
        "proof": "fingerprint" if how == "symbolic" else None,
        "points": points,
        "tolerance": TOLERANCE,
        "note": claim.answer.read_as,
    }


def _difference(claim: Claim, trials: list[Trial], watch: Watch) -> dict[str, Any]:
    """A point where the two differ, the values in force where they do; and what is missing."""
    found = trials[-1]
    differing = found.differing or found.unlike
    shown = next((each for each in [*found.unlike, *differing] if each.own), differing[0])
    agreeing = [each for each in found.tried if not each.apart]
    own = next((each for each in trials[0].tried if each.own), None)
    slip: Slip | None = None
    with suppress(OutOfTime):
        slip = None if own is None else as_number(claim, own)
        slip = Search(claim, Bound(watch, _HINT)).find(trials) if slip is None else slip
    hint, missing = None, None
    if slip is not None:
        hint = slip.hint
        missing = {
            "kind": slip.kind,
            "text": slip.text,
            "latex": slip.latex,
            "of": slip.of,
            "wrt": slip.wrt,
        }
        if slip.kind != "values" and any(each.own for each in agreeing):
            hint += "; at the values in force that makes no difference"
    elif any(each.own for each in agreeing):
        hint = f"{_VALUES}: {_NUMBERS}" if _has_numbers(claim) else _VALUES
        missing = {"kind": "values", "text": None, "latex": None, "of": None, "wrt": None}
    return {
        "at": _at(claim, shown),
        "own": shown.own,
        "element": _element(shown),
        "answer": brief(shown.answer),
        "partial": brief(shown.partial),
        "hint": hint,
        "missing": missing,
    }


def _has_numbers(claim: Claim) -> bool:
    """Whether the answer has written numbers, which may stand for names."""
    read = ancestors([claim.answer.node])
    return any(
        len(each.nodes) < len(each.inputs) or (not each.inputs and not TABLE[each.op].leaf)
        for each in read
    )


def _at(claim: Claim, shown: Tried) -> dict[str, Any]:
    """The declared names' values, and those of the names that the answer mentions."""
    leaves = {name: brief(np.asarray(value)) for name, value in shown.leaves.items()}
    read = {
        name: brief(_value(shown.numbers, claim, name))
        for name in read_names(claim)
        if name not in leaves
    }
    known = {**leaves, **read}
    return {name: known[name] for name in claim.answer.meant if name in known}


def _value(numbers: Numbers, claim: Claim, name: str) -> Array:
    return numbers.value(claim.answer.meant[name])


def _element(shown: Tried) -> list[int] | None:
    """Where two tensors of one shape are furthest apart."""
    if shown.answer.shape != shown.partial.shape or shown.answer.ndim == 0:
        return None
    with np.errstate(all="ignore"):
        apart = np.abs(shown.answer - shown.partial)
    apart = np.where(np.isfinite(apart), apart, np.inf)
    return [int(place) for place in np.unravel_index(int(np.argmax(apart)), apart.shape)]

"""What a wrong answer may have left out: each mistake is tried at every point before it is
reported.

A mistake is reported only if the answer has, at all tried points, the value that the mistake leads
to. Those of the chain rule are in `chain`; those of the whole partial are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import combinations

import numpy as np

from backstep.clock import OutOfTime
from backstep.evaluate.sampling import FixedInputs
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, spell
from backstep.lang.syntax.display import text_name
from backstep.marking.answer_mutations import AnswerMutations
from backstep.marking.branches import branches
from backstep.marking.chain import Chain
from backstep.marking.elementwise_jacobian import elementwise_jacobian
from backstep.marking.mistake import Mistake
from backstep.marking.mutable_formula import MutableFormula
from backstep.marking.reference_mutations import ReferenceMutations, reference_formula
from backstep.marking.trial import (
    Bound,
    SamplePoint,
    Submission,
    Trial,
    further_points,
    same,
)
from backstep.marking.wrong_point import underived, wrong_points
from backstep.marking.wrong_target import nothing, other_losses, other_partials, values
from backstep.notation.figures import short
from backstep.ops.row import Array

_ENOUGH = 3
"""Points at which a mistake must be found."""
_MOST_NODES = 600
"""Operations of a network whose edges are searched."""
_MOST_WORK = 60_000
"""Node evaluations that the search on the edges may cost; about half a second."""


class Search:
    """The search for one claim, at the points of one trial after another."""

    def __init__(self, claim: Submission, bound: Bound) -> None:
        self.claim, self._bound = claim, bound
        self._small = len(ancestors([claim.prepared.definition.loss])) <= _MOST_NODES
        self._chain: Chain | None = None
        self._inside: Chain | None = None
        self._drawn: dict[FixedInputs, Sequence[SamplePoint]] = {}

    def find(self, trials: Sequence[Trial]) -> Mistake | None:
        """The first mistake that explains the answer at every point of a trial, or None.

        What is found at free points goes before what only premises make true, and one mistake
        before two. Raises OutOfTime if the bound is reached before one is found.
        """
        for mistakes in (self._single, self._double):
            for each in trials:
                if not each.differing:
                    # If the two are alike, anything that changes nothing would explain it.
                    continue
                found = self._first(mistakes(each), each)
                if found is not None:
                    return found
        # Right at the values in force and nowhere else: no mistake in the chain rule does that.
        return None

    def _first(self, mistakes: Iterator[Mistake], trial: Trial) -> Mistake | None:
        points = _chosen(trial)
        if sum(map(_tells, points)) < _ENOUGH:
            return None
        if not any(np.any(tried.partial) for tried in points):
            points = [*points, *self._further(trial)]
            if not any(np.any(tried.partial) for tried in points):
                # Anything that becomes 0 would explain it.
                return nothing(self.claim)
        if not any(np.any(tried.answer) for tried in points):
            # An answer of 0 lacks everything, and shows nothing of the reasoning.
            return None
        for mistake in mistakes:
            if self._bound.reached:
                raise OutOfTime
            if all(_explains(mistake, at) for at in points) and self._holds(mistake, trial):
                return mistake
        return None

    def _holds(self, mistake: Mistake, trial: Trial) -> bool:
        """Whether a mistake that explains the answer at a trial's points does so beyond them."""
        further = self._further(trial)
        if not all(_explains(mistake, at) for at in further):
            return False
        return not _is_stuck(mistake, [*trial.tried, *further])

    def _further(self, trial: Trial) -> Sequence[SamplePoint]:
        """The points besides a trial's at which a hint must be true, drawn once."""
        if trial.kept not in self._drawn:
            self._drawn[trial.kept] = further_points(self.claim, trial.kept, self._bound)
        return self._drawn[trial.kept]

    def _single(self, trial: Trial) -> Iterator[Mistake]:
        claim, small, points = self.claim, self._small, _chosen(trial)
        typed, right = (
            AnswerMutations(claim, self.formula),
            ReferenceMutations(self.formula, points),
        )
        if claim.answer.node.shape != claim.shape:
            yield from _of_shape(claim)
            if small:
                yield from self._bounded(self.chain.plain())
                yield from self._bounded(self.chain.rest())
            yield from typed.parts()
            yield from typed.exchanged()
            yield from other_partials(claim)
            yield from _last_word(claim)
            return
        yield from _of_sign(claim)
        unwritten: list[Mistake] = []
        if small:
            yield from self._bounded(self.chain.plain())
            # Both sides of a kink are met without premises, if anywhere.
            more = () if trial.kept else self._further(trial)
            for branch in branches(self.chain, typed.written, [*points, *more]):
                if branch.text is None:
                    unwritten.append(branch)
                else:
                    yield branch
        yield from typed.parts()
        yield from _of_sizes(claim)
        if small:
            yield from self._bounded(wrong_points(self.chain))
            yield from self._bounded(self.chain.constants())
        yield from typed.exchanged()
        yield from right.parts()
        yield from unwritten
        yield from typed.names()
        if small:
            yield from self._bounded(underived(self.chain))
            yield from self._bounded(elementwise_jacobian(self.chain))
            yield from self._bounded(self.chain.rest())
        yield from _of_factors(claim)
        if small:
            yield from other_partials(claim)
            yield from self._bounded(other_losses(self.chain))
            yield from self._bounded(self.inside.within())
            yield from self._bounded(wrong_points(self.inside))
            yield from self._bounded(underived(self.inside))
        yield from typed.pairs()

    def _double(self, trial: Trial) -> Iterator[Mistake]:
        if self.claim.answer.node.shape == self.claim.shape:
            yield from values(self.claim)
            yield from ReferenceMutations(self.formula, _chosen(trial)).pairs()
            yield _of_number()

    @cached_property
    def formula(self) -> MutableFormula | None:
        """The partial as it is printed."""
        if not self._small:
            return None
        with self._bound.left():
            return reference_formula(self.claim)

    @property
    def chain(self) -> Chain:
        """The steps from statement to statement."""
        if self._chain is None:
            self._chain = Chain(self.claim)
        return self._chain

    @property
    def inside(self) -> Chain:
        """The steps from operation to operation."""
        if self._inside is None:
            self._inside = Chain(self.claim, folded=False)
        return self._inside

    def _bounded(self, mistakes: Iterator[Mistake]) -> Iterator[Mistake]:
        """Mistakes on the edges, the simplest first, as far as the search may go."""
        for mistake in mistakes:
            made = [each for each in (self._chain, self._inside) if each is not None]
            if sum(each.links.work for each in made) > _MOST_WORK:
                return
            yield mistake


def _chosen(trial: Trial) -> list[SamplePoint]:
    """All of a trial's points: first those that differ with a partial other than 0.

    A wrong guess fails at one of the first, so that only the right one costs the rest.
    """
    agreeing = [tried for tried in trial.tried if not tried.apart]
    differing = sorted(trial.differing, key=lambda tried: not np.any(tried.partial))
    return [*differing, *agreeing]


def _tells(tried: SamplePoint) -> bool:
    """Whether the point is informative: where both are 0, anything would explain the answer."""
    return bool(np.any(tried.partial) or np.any(tried.answer))


def _explains(mistake: Mistake, tried: SamplePoint) -> bool:
    try:
        with np.errstate(all="ignore"):
            value = mistake.value(tried)
    except ValueError:  # what is left does not fit
        return False
    return value is not None and tried.is_value(np.asarray(value, dtype=np.float64))


def _is_stuck(mistake: Mistake, points: Sequence[SamplePoint]) -> bool:
    try:
        return mistake.stuck is not None and mistake.stuck(points)
    except ValueError:  # as above
        return False


def _of_sign(claim: Submission) -> Iterator[Mistake]:
    yield Mistake(
        "sign", "the sign is turned: the answer is minus the partial", lambda t: -t.partial
    )
    shape = claim.shape
    if len(shape) == 2 and shape[0] == shape[1]:
        said = "the answer is transposed: its rows are the partial's columns"
        yield Mistake("transpose", said, lambda t: t.partial.T)


def _of_shape(claim: Submission) -> Iterator[Mistake]:
    shape, given = claim.shape, claim.answer.node.shape
    name = text_name(claim.target.name)
    if tuple(reversed(shape)) == given:
        said = (
            f"the answer is transposed: the partial has the shape of {name}, "
            f"{spell(shape)}, and the answer is {spell(given)}"
        )
        yield Mistake("transpose", said, lambda t: t.partial.T)
    yield from _summed(claim)
    if np.prod(shape) == np.prod(given):
        said = f"right but for its shape: the partial has the shape of {name}, {spell(shape)}"
        yield Mistake("shape", said, lambda t: t.partial.reshape(given))
    said = (
        f"right but for its shape: the partial has the shape of {name}, {spell(shape)}, "
        f"and the answer is {spell(given)}; write every element"
    )
    yield Mistake("shape", said, _narrowed)
    said = f"the answer adds up what stands apart: the partial has an element for each of {name}"
    yield Mistake("sum", said, lambda t: _reduced(t.partial, given, np.sum))


def _narrowed(tried: SamplePoint) -> Array | None:
    """The answer itself, if it broadcasts to the partial and equals it."""
    try:
        wide = np.broadcast_to(tried.answer, tried.partial.shape)
    except ValueError:
        return None
    return tried.answer if same(wide, tried.partial, tried.rounding) else None


def _reduced(value: Array, shape: Shape, how: Callable[..., Array]) -> Array | None:
    """The value summed to a shape, or None if that is impossible."""
    for axes in _axes(value.shape):
        if tuple(n for i, n in enumerate(value.shape) if i not in axes) == shape:
            return how(value, axis=axes)
    return None


def _axes(shape: Shape) -> Iterator[tuple[int, ...]]:
    for count in range(1, len(shape) + 1):
        yield from combinations(range(len(shape)), count)


def _summed(claim: Submission) -> Iterator[Mistake]:
    shape, given = claim.shape, claim.answer.node.shape
    name = text_name(claim.target.name)
    for axes in _axes(given):
        if tuple(n for i, n in enumerate(given) if i not in axes) != shape:
            continue
        times = int(np.prod([given[axis] for axis in axes]))
        over = f"sum(…, axis={axes[0]})" if len(axes) == 1 and len(given) > 1 else "sum(…)"
        for how, word in ((np.sum, ""), (np.mean, f"/{times}")):

            def value(tried: SamplePoint, axes=axes, how=how) -> Array | None:  # type: ignore[no-untyped-def]
                right = same(how(tried.answer, axis=axes), tried.partial, tried.rounding)
                return tried.answer if right else None

            said = (
                f"a sum is missing: {name} is used {times} times, and its partial is what all "
                f"uses send back added up: {over}{word}"
            )
            yield Mistake("sum", said, value)


def _of_sizes(claim: Submission) -> Iterator[Mistake]:
    """A number that a mean divides by, as a factor too many or too few."""
    for number in _sizes(claim):
        said = f"the answer is {number} times the partial: a factor 1/{number} is missing"
        yield Mistake("constant", said, lambda t, n=number: n * t.partial, f"1/{number}")  # type: ignore[misc]
        said = f"the answer is the partial divided by {number}: a factor {number} is missing"
        yield Mistake("constant", said, lambda t, n=number: t.partial / n, f"{number}")  # type: ignore[misc]


def _of_factors(claim: Submission) -> Iterator[Mistake]:
    """A whole factor too many or too few, whatever it belongs to."""
    definition = claim.prepared.definition
    for given in definition.names.values():
        node = given[-1].node
        if node.shape not in ((), claim.shape):
            continue
        text, latex = claim.prepared.symbols.said(node), claim.prepared.symbols.of(node)
        yield Mistake(
            "extra",
            f"a factor {text} too many: the answer is the partial times {text}",
            lambda t, n=node: t.partial * t.numbers.value(n),  # type: ignore[misc]
            text,
            latex,
        )
        yield Mistake(
            "factor",
            f"the factor {text} is missing",
            lambda t, n=node: _divided(t.partial, t.numbers.value(n)),  # type: ignore[misc]
            text,
            latex,
        )


def _of_number() -> Mistake:
    """A constant factor of any size."""
    ratio = _Ratio()
    return Mistake("constant", "", ratio.value, late=ratio.words)


def _divided(partial: Array, value: Array) -> Array | None:
    return None if (value == 0).any() else partial / value


class _Ratio:
    """The one number that the answer is times the partial, the same at all points."""

    def __init__(self) -> None:
        self.number: float | None = None

    def value(self, tried: SamplePoint) -> Array | None:
        if self.number is None:
            at = np.unravel_index(int(np.argmax(np.abs(tried.partial))), tried.partial.shape)
            if tried.partial[at] == 0:
                return None
            self.number = float(tried.answer[at] / tried.partial[at])
        return self.number * tried.partial if self.number != 0 else None

    def words(self) -> str:
        assert self.number is not None
        return f"the answer is {short(self.number)} times the partial"


def _sizes(claim: Submission) -> list[int]:
    """Numbers that means divide by: 2 and the sizes of the network's tensors and axes."""
    found = {2: None}
    for node in ancestors([claim.prepared.definition.loss]):
        for size in (*node.shape, int(np.prod(node.shape))):
            if size > 1:
                found[size] = None
    return list(found)[:20]


def _last_word(claim: Submission) -> Iterator[Mistake]:
    name = text_name(claim.target.name)
    said = (
        f"the partial has the shape of {name}, {spell(claim.shape)}; "
        f"the answer is {spell(claim.answer.node.shape)}"
    )
    yield Mistake("shape", said, lambda t: t.answer)

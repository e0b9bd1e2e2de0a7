"""What a wrong answer may have left out: each slip is tried at every point before it is told.

A slip is named only where the answer is, at all points that were tried, what the slip would have
given. Those of the chain rule are those of `chain`; here are those of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain as chained
from itertools import combinations

import numpy as np

from app.analysis.chain import Chain, Slip
from app.analysis.trial import Claim, Tried, same
from app.analysis.typed import miswritten
from app.graph.shape import Shape, spell
from app.graph.walk import ancestors
from app.lang.display import text_name
from app.ops.row import Array
from app.render.figures import short

_ENOUGH = 3
"""Points at which a slip must be seen."""
_POINTS = 6
_MOST_NODES = 600
"""Operations of a network whose links are looked through."""
_MOST_WORK = 60_000
"""Node evaluations that the search on the links may cost; about half a second."""


def find_slip(claim: Claim, differing: Sequence[Tried], agreeing: Sequence[Tried]) -> Slip | None:
    """The first slip that explains the answer at every point, or None."""
    seen = [*differing[:_POINTS], *agreeing[: _POINTS // 2]]
    if len(seen) < _ENOUGH:
        return None
    for slip in _all(claim):
        if all(_explains(slip, tried) for tried in seen):
            return slip
    # Right at the values in force and nowhere else: no slip of the chain rule does that.
    return None


def _explains(slip: Slip, tried: Tried) -> bool:
    try:
        with np.errstate(all="ignore"):
            value = slip.value(tried)
    except ValueError:  # what is left does not fit
        return False
    return value is not None and tried.is_value(np.asarray(value, dtype=np.float64))


def _all(claim: Claim) -> Iterator[Slip]:
    if claim.answer.node.shape != claim.shape:
        return chained(
            _of_shape(claim),
            _of_chain(claim),
            miswritten(claim),
            _other_partials(claim),
            _last_word(claim),
        )
    return chained(
        _of_sign(claim),
        _of_chain(claim),
        miswritten(claim),
        _of_factors(claim),
        _other_partials(claim),
    )


def _of_chain(claim: Claim) -> Iterator[Slip]:
    """Slips on the links, the plainest first, as far as the search may go."""
    if len(ancestors([claim.prepared.definition.loss])) > _MOST_NODES:
        return
    chain = Chain(claim)
    for slip in chain.slips():
        yield slip
        if chain.links.work > _MOST_WORK:
            return


def _of_sign(claim: Claim) -> Iterator[Slip]:
    yield Slip("sign", "the sign is turned: the answer is minus the partial", lambda t: -t.partial)
    shape = claim.shape
    if len(shape) == 2 and shape[0] == shape[1]:
        said = "the answer is transposed: its rows are the partial's columns"
        yield Slip("transpose", said, lambda t: t.partial.T)


def _of_shape(claim: Claim) -> Iterator[Slip]:
    shape, given = claim.shape, claim.answer.node.shape
    name = text_name(claim.target.name)
    if tuple(reversed(shape)) == given:
        said = (
            f"the answer is transposed: the partial has the shape of {name}, "
            f"{spell(shape)}, and the answer is {spell(given)}"
        )
        yield Slip("transpose", said, lambda t: t.partial.T)
    yield from _summed(claim)
    if np.prod(shape) == np.prod(given):
        said = f"right but for its shape: the partial has the shape of {name}, {spell(shape)}"
        yield Slip("shape", said, lambda t: t.partial.reshape(given))
    said = (
        f"right but for its shape: the partial has the shape of {name}, {spell(shape)}, "
        f"and the answer is {spell(given)}; write every element"
    )
    yield Slip("shape", said, lambda t: _narrowed(t, given))
    said = f"the answer adds up what stands apart: the partial has an element for each of {name}"
    yield Slip("sum", said, lambda t: _reduced(t.partial, given, np.sum))


def _narrowed(tried: Tried, given: Shape) -> Array | None:
    """The answer itself where it broadcasts to the partial and is it."""
    try:
        wide = np.broadcast_to(tried.answer, tried.partial.shape)
    except ValueError:
        return None
    return tried.answer if same(wide, tried.partial, tried.rounding) else None


def _reduced(value: Array, shape: Shape, how: Callable[..., Array]) -> Array | None:
    """The value added up to a shape, or None where that can't be."""
    for axes in _axes(value.shape):
        if tuple(n for i, n in enumerate(value.shape) if i not in axes) == shape:
            return how(value, axis=axes)
    return None


def _axes(shape: Shape) -> Iterator[tuple[int, ...]]:
    for count in range(1, len(shape) + 1):
        yield from combinations(range(len(shape)), count)


def _summed(claim: Claim) -> Iterator[Slip]:
    shape, given = claim.shape, claim.answer.node.shape
    name = text_name(claim.target.name)
    for axes in _axes(given):
        if tuple(n for i, n in enumerate(given) if i not in axes) != shape:
            continue
        times = int(np.prod([given[axis] for axis in axes]))
        over = f"sum(…, axis={axes[0]})" if len(axes) == 1 and len(given) > 1 else "sum(…)"
        for how, word in ((np.sum, ""), (np.mean, f"/{times}")):

            def value(tried: Tried, axes=axes, how=how) -> Array | None:  # type: ignore[no-untyped-def]
                right = same(how(tried.answer, axis=axes), tried.partial, tried.rounding)
                return tried.answer if right else None

            said = (
                f"a sum is missing: {name} is used {times} times, and its partial is what all "
                f"uses send back added up: {over}{word}"
            )
            yield Slip("sum", said, value)


def _of_factors(claim: Claim) -> Iterator[Slip]:
    """A whole factor too many or too few, whatever it belongs to."""
    for number in _sizes(claim):
        said = f"the answer is {number} times the partial: a factor 1/{number} is missing"
        yield Slip("constant", said, lambda t, n=number: n * t.partial, f"1/{number}")  # type: ignore[misc]
        said = f"the answer is the partial divided by {number}: a factor {number} is missing"
        yield Slip("constant", said, lambda t, n=number: t.partial / n, f"{number}")  # type: ignore[misc]
    definition = claim.prepared.definition
    for given in definition.names.values():
        node = given[-1].node
        if node.shape not in ((), claim.shape):
            continue
        text, latex = claim.prepared.symbols.said(node), claim.prepared.symbols.of(node)
        yield Slip(
            "extra",
            f"a factor {text} too many: the answer is the partial times {text}",
            lambda t, n=node: t.partial * t.numbers.value(n),  # type: ignore[misc]
            text,
            latex,
        )
        yield Slip(
            "factor",
            f"the factor {text} is missing",
            lambda t, n=node: _divided(t.partial, t.numbers.value(n)),  # type: ignore[misc]
            text,
            latex,
        )
    ratio = _Ratio()
    yield Slip("constant", "", ratio.value).worded(ratio.words)


def _divided(partial: Array, value: Array) -> Array | None:
    return None if (value == 0).any() else partial / value


class _Ratio:
    """One number that the answer is times the partial, the same at all points."""

    def __init__(self) -> None:
        self.number: float | None = None

    def value(self, tried: Tried) -> Array | None:
        if self.number is None:
            at = np.unravel_index(int(np.argmax(np.abs(tried.partial))), tried.partial.shape)
            if tried.partial[at] == 0:
                return None
            self.number = float(tried.answer[at] / tried.partial[at])
        return self.number * tried.partial if self.number != 0 else None

    def words(self) -> str:
        assert self.number is not None
        return f"the answer is {short(self.number)} times the partial"


def _sizes(claim: Claim) -> list[int]:
    """Numbers that means divide by: 2 and the sizes of the network's tensors and axes."""
    found = {2: None}
    for node in ancestors([claim.prepared.definition.loss]):
        for size in (*node.shape, int(np.prod(node.shape))):
            if size > 1:
                found[size] = None
    return list(found)[:20]


def _other_partials(claim: Claim) -> Iterator[Slip]:
    definition = claim.prepared.definition
    symbols = claim.prepared.symbols
    loss = symbols.said(definition.loss)
    for given in definition.names.values():
        node = given[-1].node
        if node is claim.target.node or node is definition.loss:
            continue
        said = f"this is the partial with respect to {symbols.said(node)}, not "
        said += text_name(claim.target.name)
        yield Slip("other", said, lambda t, n=node: t.numbers.partial(n))  # type: ignore[misc]
    said = f"this is {loss} itself, not its partial"
    yield Slip("other", said, lambda t: t.numbers.value(definition.loss))


def _last_word(claim: Claim) -> Iterator[Slip]:
    name = text_name(claim.target.name)
    said = (
        f"the partial has the shape of {name}, {spell(claim.shape)}; "
        f"the answer is {spell(claim.answer.node.shape)}"
    )
    yield Slip("shape", said, lambda t: t.answer)

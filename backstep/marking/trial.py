"""A typed formula and a partial, evaluated side by side at many points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.clock import Watch, shorten
from backstep.errors import AnswerError, DefinitionError, Diagnostic
from backstep.evaluate.numeric import GraphValues, compute, forward
from backstep.evaluate.rounding import EPSILON, OFF, TIMES, ULPS, Rounding
from backstep.evaluate.sampling import FixedInputs, Premise, points
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.answer import POINTER, Answer
from backstep.limits import LIMITS
from backstep.marking.beyond_tolerance import differ, partial_of
from backstep.marking.rare_pieces import loses, pieces_of, recombined, scouted
from backstep.ops import TABLE
from backstep.ops.row import PRODUCT, SUM, Array, Mask
from backstep.symbolic.targets import Target

TOLERANCE = 1e-8
"""How far apart two values of one formula may be, relative to the larger of them."""
_ROUNDINGS = 64
_DRAWN = 40
"""The most points that are tried to find informative ones."""
_DRAWN_FOR_PIECES = 160
"""The same if there are kinks, on whose sides a formula may be right by chance."""
_PATIENCE = 60
"""Points without a new piece after which the search for one ends."""
_FEWEST, _MOST = 4, 12
_MOST_PIECES = 64
"""Elements of one operation whose pieces are examined."""
_WORK = 50_000
"""Node evaluations that one trial may cost; about half a second."""
_NUMBERS_A_NODE = 5_000
"""Scalar operations that take as long as the overhead of evaluating a node."""
_LOOKED = 4
"""Points at which two that are equal to the tolerance are evaluated with many digits."""
_POWERS = (-4, -6, -8, -10, -13, -16, -20, 4, 8, 12, 16)
"""Powers of ten by which a point is moved nearer to 0, or further off."""
_MOST_SCALED = 70
_FURTHER = 30
"""Points at which a hint of a piecewise network is tried besides."""
_FEW = 6
"""Elements of piecewise operations of which both sides are looked for among some more."""
_SEVERAL = 3
"""How often a side is to be met."""
_LARGEST = 1e9
"""The largest number at one of these: what cancels has lost few digits."""
_PASSES = 4
"""Evaluations of a network that one point takes: forward, back, conventions and rounding."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The time bound on drawing points: seconds of a watch, past which the fewest must do."""

    watch: Watch
    seconds: float

    @property
    def reached(self) -> bool:
        """Whether the time is used up."""
        return self.watch.past(self.seconds)

    def left(self) -> AbstractContextManager[None]:
        """A block in which OutOfTime is raised once the time is used up."""
        return self.watch.until(self.seconds)


@dataclass(frozen=True, slots=True)
class SamplePoint:
    """One point: its leaves, all values, the answer's value and the partial's."""

    leaves: Mapping[str, Array]
    own: bool
    numbers: GraphValues
    answer: Array
    rounding: float
    """What rounding may have added to the answer's value."""
    lost: bool
    """Whether a part of the answer was too large or too small for a float."""
    partial: Array
    beyond: bool = False
    """Whether they were found to differ by less than the tolerance."""

    @property
    def apart(self) -> bool:
        """Whether the two differ here by more than rounding."""
        return self.beyond or not same(self.answer, self.partial, self.rounding)

    def is_value(self, value: Array) -> bool:
        """Whether the answer is this value here, instead of the partial."""
        return value.shape == self.answer.shape and same(self.answer, value, self.rounding)


@dataclass(slots=True)
class Trial:
    """All tried points; `unlike` are those where only one of the two is a number."""

    tried: list[SamplePoint] = field(default_factory=list)
    unlike: list[SamplePoint] = field(default_factory=list)
    kept: FixedInputs = frozenset()
    """The premises that its points keep to."""

    @property
    def differing(self) -> list[SamplePoint]:
        """The points where the two differ."""
        return [each for each in self.tried if each.apart]

    @property
    def decided(self) -> bool:
        """Whether any point was informative."""
        return bool(self.tried or self.unlike)

    @property
    def equal(self) -> bool:
        """Whether the two are the same wherever both are numbers."""
        return bool(self.tried) and not self.differing


@dataclass(frozen=True, slots=True)
class Submission:
    """A formula that is claimed to be the partial with respect to a target."""

    prepared: BoundModel
    answer: Answer
    target: Target

    @property
    def shape(self) -> Shape:
        """The partial's shape: the target's, or a scalar for one element."""
        return self.target.node.shape if self.target.whole else ()

    def partial(self, numbers: GraphValues) -> Array:
        """The right value, with 0 for what is 0 but for rounding."""
        whole = Rounding(numbers).settled(self.target.node)
        return whole if self.target.whole else np.asarray(whole[self.target.places[0]])


def same(one: Array, other: Array, rounding: float = 0.0) -> bool:
    """Whether two arrays of one shape are equal up to `TOLERANCE` and rounding."""
    return one.shape == other.shape and bool(alike(one, other, rounding).all())


def alike(one: Array, other: Array, rounding: float = 0.0) -> Mask:
    """Where two arrays of one shape are."""
    with np.errstate(all="ignore"):
        scale = np.maximum(np.abs(one), np.abs(other))
        # An element that is tiny beside its neighbours may be their rounding.
        allowed = TOLERANCE * np.maximum(scale, 1e-3 * np.max(scale, initial=0.0)) + rounding
        apart = np.abs(one - other)
    near = (apart <= allowed) & np.isfinite(scale)
    return np.asarray(near | (one == other) | (np.isnan(one) & np.isnan(other)))


def trial(
    claim: Submission,
    kept: FixedInputs = frozenset(),
    bound: Bound | None = None,
    last: Bound | None = None,
) -> Trial:
    """The claim at the values in force and at drawn points; kinks are avoided if possible.

    Of piecewise operations every piece that a drawn point reaches is tried, until the two are found
    to differ or the bound is reached; pieces that are seldom met are searched for until `last`
    (default: the bound). Raises AnswerError if the answer cannot be evaluated on class numbers.
    """
    found, at_kinks = Trial(kept=kept), Trial(kept=kept)
    wanted, pieces = _count(claim), Pieces(claim)
    claim.prepared.admit(_FEWEST)
    held = kept | _built_in(claim)
    drawn = points(claim.prepared.definition, claim.prepared.leaves, held, bool(pieces))
    # If both are 0 anything would do: a few such points are enough, but never alone.
    enough = {True: wanted * (2 if pieces else 1), False: wanted}
    for number, leaves in enumerate(islice(drawn, pieces.most or _DRAWN)):
        tried = at_point(claim, leaves, own=number == 0)
        there = at_kinks if tried.numbers.conventions else found
        late = bound is not None and bound.reached
        if late and (found.differing or number + 1 >= 2 * _FEWEST):
            shorten()
            break
        if tells_nothing(claim, tried):
            continue
        telling = bool(np.any(tried.partial) or np.any(tried.answer))
        if not (pieces.fresh(tried.numbers) or there is at_kinks) and enough[telling] <= 0:
            continue
        if not np.isfinite(tried.answer).all():
            there.unlike.append(tried)
        elif _tells(tried):
            there.tried.append(tried)
            enough[telling] -= there is found
        # A mistake is reported on both sides of a kink: without premises some more points look for
        # them.
        sides = not pieces or bool(kept) or number + 1 >= _DRAWN
        if len(found.tried) >= wanted and found.differing and sides:
            break
        if late and len(found.tried) >= _FEWEST:
            shorten()
            break
        seen = enough[True] <= 0 or (not pieces and len(found.tried) >= wanted)
        if seen and pieces.searched:
            break
        if number > wanted and len(at_kinks.tried) >= 2 * wanted:
            break
    last = last or bound
    if found.equal and not found.unlike:
        _look_closer(claim, held, found, last)
    if found.equal and not found.unlike:
        _scout(claim, held, found, last)
        if last is not None and last.reached:
            shorten()
    return found if found.decided else at_kinks


def _built_in(claim: Submission) -> FixedInputs:
    return frozenset(Premise("constant", name) for name in claim.answer.built_in)


def further_points(claim: Submission, kept: FixedInputs, bound: Bound) -> list[SamplePoint]:
    """Points at which a hint must be true as well: on pieces that a trial seldom reaches.

    There are none if neither the network nor the answer is piecewise: what is true of smooth
    functions at a dozen points is true. Away from kinks, and from what rounding spoils.
    """
    definition = claim.prepared.definition
    nodes, typed = ancestors([definition.loss]), ancestors([claim.answer.node])
    kinked = [node for node in [*nodes, *typed] if TABLE[node.op].crossed]
    if not kinked:
        return []
    found: list[SamplePoint] = []
    seen = Counter[tuple[int, int, float]]()
    drawn = recombined(definition, claim.prepared.leaves, kept | _built_in(claim))
    few = sum(int(np.prod(node.shape)) for node in kinked) <= _FEW
    first = _FURTHER if few else _FURTHER // 6
    most = min(_WORK // (4 * _cost(claim)), _DRAWN_FOR_PIECES)
    for number, leaves in enumerate(islice(drawn, most)):
        if bound.reached:
            break
        tried = at_point(claim, leaves, own=False)
        finite = np.isfinite(tried.answer).all() and not tells_nothing(claim, tried)
        if not finite or not _tells(tried) or tried.numbers.conventions:
            continue
        values = {node.id: tried.numbers.value(node) for node in nodes}
        largest = max(map(_size, [*values.values(), tried.answer, tried.partial]), default=0.0)
        if largest >= _LARGEST or loses(nodes, values):
            continue
        here = _on(nodes, values) | _on(typed, _read_values(claim, tried))
        if number < first or any(seen[each] < _SEVERAL for each in here):
            found.append(tried)
            seen.update(here)
        if number >= first and (not few or _both(seen, kinked)):
            break
    return found


def _both(seen: Mapping[tuple[int, int, float], int], kinked: Sequence[Node]) -> bool:
    """Whether every element of some operations was met on two pieces, several times each."""
    met: dict[tuple[int, int], int] = {}
    for (node, place, piece), count in seen.items():
        met[node, place] = met.get((node, place), 0) + (piece == piece and count >= _SEVERAL)
    return len({node for node, _ in met}) == len(kinked) and min(met.values(), default=2) > 1


def _on(nodes: Iterable[Node], values: Mapping[int, Array]) -> set[tuple[int, int, float]]:
    """The piece that each piecewise operation is on, by the object and the element."""
    return {
        (id(node), place, piece)
        for node in nodes
        if TABLE[node.op].crossed
        for place, piece in enumerate(pieces_of(node, values)[:_MOST_PIECES].tolist())
    }


def _read_values(claim: Submission, tried: SamplePoint) -> dict[int, Array]:
    """The values in the answer's graph at a point."""
    read = _read(claim)
    values = {claim.answer.names[name].id: tried.numbers.value(node) for name, node in read.items()}
    return compute([claim.answer.node], values, near=True)


def _look_closer(claim: Submission, kept: FixedInputs, found: Trial, bound: Bound | None) -> None:
    """Record differences of less than the tolerance, at points where they matter if any.

    A term that an answer omits may be small at every drawn point, and yet be all of the partial
    where the rest is smaller still: in 2a + 10⁻¹² at a = 10⁻¹⁵.
    """
    target, definition = claim.target, claim.prepared.definition

    def late() -> bool:
        return bound is not None and bound.reached

    if claim.answer.node.shape not in (claim.shape, ()):
        return
    adjoint = claim.prepared.model.back.adjoints.get(target.node.id)
    place = None if target.whole else target.places[0]
    partial = partial_of(definition, adjoint, target.node, place)
    looked = sorted(found.tried[:_LOOKED], key=lambda tried: tried.own)
    for tried in looked:
        if not differ(definition, claim.answer, partial, tried.partial, tried.leaves, kept, late):
            continue
        shown = [
            there
            for leaves in islice(_scaled(claim, tried.leaves, kept), _MOST_SCALED)
            if not late() and _differs(claim, there := at_point(claim, leaves, own=False))
        ]
        found.tried[:] = [each for each in found.tried if each is not tried]
        found.tried += shown or [replace(tried, beyond=True)]
        return


def _scaled(
    claim: Submission, leaves: Mapping[str, Array], kept: FixedInputs
) -> Iterator[Mapping[str, Array]]:
    """Points with the parameters and inputs, one or all, far smaller and far larger."""
    held = {each.name for each in kept}
    free = [
        leaf.name
        for leaf in claim.prepared.definition.leaves
        if leaf.role != "const" and not (leaf.structural or leaf.label or leaf.name in held)
    ]
    for names in ([], *([name] for name in free)):
        for power in _POWERS:
            by = 10.0**power
            yield {
                name: value * by if name in (names or free) else value
                for name, value in leaves.items()
            }


def _scout(claim: Submission, kept: FixedInputs, found: Trial, bound: Bound | None) -> None:
    """Add points, away from kinks, at which the two differ on a piece that is seldom met."""
    definition, target = claim.prepared.definition, claim.target.node
    nodes = [*ancestors([definition.loss]), *ancestors([claim.answer.node])]
    if not any(TABLE[node.op].crossed for node in nodes):
        return
    partial = claim.prepared.model.back.adjoints.get(target.id)
    late = (lambda: False) if bound is None else (lambda: bound.reached)
    place = None if claim.target.whole else claim.target.places[0]
    for leaves in scouted(
        definition, claim.prepared.leaves, kept, claim.answer, partial, place, late
    ):
        tried = at_point(claim, leaves, own=False)
        if _differs(claim, tried):
            found.tried.append(tried)


def _differs(claim: Submission, tried: SamplePoint) -> bool:
    """Whether a point away from kinks shows the two, both numbers, to differ."""
    told = np.isfinite(tried.answer).all() and not tells_nothing(claim, tried)
    return bool(told and tried.apart and _tells(tried) and not tried.numbers.conventions)


class Pieces:
    """Which smooth pieces of a network's operations points were on: both sides of a kink."""

    def __init__(self, claim: Submission) -> None:
        behind = ancestors([claim.prepared.definition.loss])
        self._nodes = [node for node in behind if TABLE[node.op].crossed]
        self.most = min(max(_WORK // _cost(claim), _MOST), _DRAWN_FOR_PIECES) if self._nodes else 0
        """Points drawn at most; 0 if no operation is piecewise."""
        self._seen: set[tuple[int, int, float]] = set()

        self._last, self._drawn = 0, 0

    def __bool__(self) -> bool:
        return bool(self._nodes)

    @property
    def searched(self) -> bool:
        """Whether two pieces of every operation were found, or no new one for long."""
        sides: dict[tuple[int, int], int] = {}
        for node, place, piece in self._seen:
            sides[node, place] = sides.get((node, place), 0) + (piece == piece)
        if all(count > 1 for count in sides.values()):
            return not self or self._drawn >= _DRAWN
        return self._drawn - self._last >= _PATIENCE

    def fresh(self, numbers: GraphValues) -> bool:
        """Whether a point is on a piece, of any element, that no earlier point was on."""
        before = len(self._seen)
        self._drawn += 1
        for node in self._nodes:
            piece = TABLE[node.op].branch
            assert piece is not None
            inputs = [
                numbers.value(operand) if isinstance(operand, Node) else np.float64(float(operand))
                for operand in node.inputs
            ]
            with np.errstate(all="ignore"):
                on = np.asarray(piece(*inputs, **node.params), dtype=np.float64).ravel()
            self._seen.update(
                (node.id, place, each) for place, each in enumerate(on[:_MOST_PIECES].tolist())
            )
        if len(self._seen) > before:
            self._last = self._drawn
        return len(self._seen) > before


def _count(claim: Submission) -> int:
    arithmetic = LIMITS.arithmetic // max(claim.prepared.model.work, 1)
    return min(max(min(_WORK // _cost(claim), arithmetic), _FEWEST), _MOST)


def _cost(claim: Submission) -> int:
    """The cost of a point, in node evaluations: of the network's nodes and of their elements."""
    nodes = len(ancestors([claim.prepared.definition.loss]))
    return max(_PASSES * (nodes + claim.prepared.model.work // _NUMBERS_A_NODE), 1)


def _tells(tried: SamplePoint) -> bool:
    """Whether the values stand out from the rounding; zeros on both sides do."""
    if not tried.partial.any():
        # An answer of rounding alone is 0 as well.
        return True
    largest = max(
        float(np.max(np.abs(tried.answer), initial=0.0)),
        float(np.max(np.abs(tried.partial), initial=0.0)),
    )
    return largest == 0 or largest > 1e3 * tried.rounding


def at_point(claim: Submission, leaves: Mapping[str, Array], own: bool = False) -> SamplePoint:
    """The claim at a point; `own`: the values in force. Raises AnswerError as `trial` does."""
    definition = claim.prepared.definition
    back = claim.prepared.model.back
    read = _read(claim)
    adjoint = back.adjoints.get(claim.target.node.id)
    targets: list[Node] = [*read.values(), definition.loss]
    known = forward(definition, leaves, targets if adjoint is None else [*targets, adjoint])
    numbers = GraphValues(definition, leaves, known, back)
    mine = {
        claim.answer.names[name].id: np.asarray(known[node.id], dtype=np.float64)
        for name, node in read.items()
    }
    partial = claim.partial(numbers)
    found = SamplePoint(leaves, own, numbers, *_typed(claim, mine, near=True), partial)
    if found.apart and any(TABLE[each.op].near for each in ancestors([claim.answer.node])):
        # Numbers equal but for rounding may be a tie of the answer, or not one of the network.
        exact = SamplePoint(leaves, own, numbers, *_typed(claim, mine, near=False), partial)
        found = found if exact.apart else exact
    if found.apart and np.isnan(found.answer).any():
        # As in backprop, where a partial of 0 stays 0 whatever it meets, so that a formula with a
        # factor of 0 beside an infinite one is the partial that it is printed of.
        kept = SamplePoint(leaves, own, numbers, *_typed(claim, mine, True, True), partial)
        found = found if kept.apart else kept
    start = definition.graph.forward_count or 0
    if found.apart and any(node.id >= start for node in read.values()):
        return replace(found, rounding=found.rounding + _arriving(claim, read, found))
    return found


def _typed(
    claim: Submission, given: Mapping[int, Array], near: bool, strong: bool = False
) -> tuple[Array, float, bool]:
    """The answer's value, its rounding, and whether it is lost; `given` are the names' values.

    `strong`: 0·∞ is 0.
    """
    known = dict(given)
    try:
        compute([claim.answer.node], known, near, strong)
    except DefinitionError as error:
        fault = error.faults[0]
        raise AnswerError(
            Diagnostic(fault.code, fault.message, fault.hint, fault.span, POINTER)
        ) from None
    value = np.asarray(known[claim.answer.node.id], dtype=np.float64)
    size = max((_size(known[each.id]) for each in _summed(claim.answer.node)), default=0.0)
    shape = claim.shape if is_zero(claim) else claim.answer.node.shape
    lost = not np.isfinite(value).all() and _loses(
        claim.answer.node, lambda each: np.asarray(known[each.id])
    )
    return np.broadcast_to(value, shape), _ROUNDINGS * EPSILON * size, lost


def _arriving(claim: Submission, read: Mapping[str, Node], tried: SamplePoint) -> float:
    """What the rounding of partials that the answer names may have added to its value.

    A partial whose terms cancel is only their rounding, and its size does not show theirs.
    """
    rounding = Rounding(tried.numbers)
    moved = 0.0
    for time in range(TIMES):
        mine = {
            claim.answer.names[name].id: rounding.again(node)[time] for name, node in read.items()
        }
        compute([claim.answer.node], mine, near=True)
        with np.errstate(all="ignore"):
            moved = max(moved, _size(mine[claim.answer.node.id] - tried.answer))
    return float(ULPS * EPSILON * moved / OFF)


def tells_nothing(claim: Submission, tried: SamplePoint) -> bool:
    """Whether the partial is no number at a point, or one from which a right answer may differ.

    It may if the partial is 0 because a 0 due to rounding met an infinite value; and if what is too
    large or too small for a float, in the network or in the answer, makes the answer NaN: eˣ/(eˣ +
    eʸ) at 1000.
    """
    if not np.isfinite(tried.partial).all():
        return True
    finite = bool(np.isfinite(tried.answer).all())
    if finite and not tried.apart:
        return False
    if claim.target.node.id in tried.numbers.untrusted:
        return True
    return not finite and (
        tried.lost or _loses(claim.prepared.definition.loss, tried.numbers.value)
    )


def _loses(target: Node, value: Callable[[Node], Array]) -> bool:
    """Whether anything computed from finite numbers other than 0 is infinite, or faded to 0."""
    for node in ancestors([target]):
        found = value(node)
        if np.isinf(found).any() or (TABLE[node.op].fades and (found == 0).any()):
            inputs = [value(each) for each in node.nodes]
            if node.nodes and all((np.isfinite(each) & (each != 0)).all() for each in inputs):
                return True
    return False


def is_zero(claim: Submission) -> bool:
    """Whether the answer is the number 0, which stands for zeros of any shape."""
    node = claim.answer.node
    return node.shape == () and not node.nodes and all(_is_null(each) for each in node.inputs)


def _is_null(operand: Operand) -> bool:
    return isinstance(operand, Literal) and operand.value == 0


def _summed(answer: Node) -> Iterator[Node]:
    """Nodes whose magnitude bounds the rounding: computed ones, and the names that sums read.

    A product or a quotient alone loses no digit: SELU's exact constants are quotients of numbers
    with sixty. A name that is added, as p in p − 1, was rounded before.
    """
    read = ancestors([answer])
    scaled, summed, others = set[int](), set[int](), set[int]()
    for node in read:
        row = TABLE[node.op]
        kind = row.notation.precedence if row.elementwise else None
        into = scaled if kind == PRODUCT else summed if kind == SUM else others
        into.update(each.id for each in node.nodes)
    for node in read:
        if node.id in summed or (node.nodes and (node.id not in scaled or node.id in others)):
            yield node


def _size(value: Array) -> float:
    finite = np.abs(np.asarray(value, dtype=np.float64))
    return float(np.max(finite, where=np.isfinite(finite), initial=0.0))


def _read(claim: Submission) -> dict[str, Node]:
    """The definition's nodes that the answer names."""
    names = {node.id: name for name, node in claim.answer.names.items()}
    return {
        names[node.id]: claim.answer.meant[names[node.id]]
        for node in ancestors([claim.answer.node])
        if node.id in names
    }


def read_names(claim: Submission) -> list[str]:
    """The names that the answer mentions, in the definition's order."""
    read = _read(claim)
    return [name for name in claim.answer.meant if name in read]


def in_force(claim: Submission) -> SamplePoint:
    """The claim at the values in force. Raises AnswerError as `trial` does."""
    return at_point(claim, claim.prepared.leaves, own=True)

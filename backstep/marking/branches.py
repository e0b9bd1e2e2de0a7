"""Answers that are right on one side of a kink or a condition alone: the other branch is forgotten.

Every condition of the network and of the typed formula is tried; what the partial is on the other
side is its formula with the branches put in that are taken there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from backstep.autodiff.reverse import broadcast_whole
from backstep.evaluate.numeric import compute
from backstep.graph.node import Node, Operand, literal
from backstep.graph.order import ancestors
from backstep.lang.syntax.display import text_name
from backstep.marking.chain import Chain
from backstep.marking.mistake import Mistake
from backstep.marking.mutable_formula import MutableFormula
from backstep.marking.rare_pieces import pieces_of
from backstep.marking.trial import SamplePoint, alike, same
from backstep.ops import TABLE
from backstep.ops.row import Array, Mask
from backstep.ops.sides import Side, sides

_FEWEST = 2
"""Informative points that are needed on each side."""
_MOST_KINKS = 40
_MANY = 2_000
_SIZES = (1e-6, 1e6)
"""How many values, and of which sizes, tell what is taken on one side of a condition."""
_SEED = 20_240_317
_LONGEST = 70
"""Characters of a formula or of a condition within the sentence."""


_Values = Callable[[SamplePoint], Mapping[int, object]]
_Said = Callable[[Operand], str]


@dataclass(frozen=True, slots=True)
class _Kink:
    """An operation with pieces, the values that it reads, and how these are written."""

    node: Node
    values: _Values
    said: _Said

    def pieces(self, tried: SamplePoint) -> Array:
        """The piece at a point of each element of the partial: the only one's, where it has one."""
        found = pieces_of(self.node, self.values(tried)).reshape(self.node.shape)
        return np.broadcast_to(found, tried.partial.shape)


def branches(
    chain: Chain, written: MutableFormula, points: Sequence[SamplePoint]
) -> Iterator[Mistake]:
    """For each condition on one of whose sides the answer is right, and on the other wrong."""
    claim = chain.claim
    if claim.answer.node.shape != claim.shape or not any(tried.apart for tried in points):
        return
    seen: set[str] = set()
    for kink in _kinks(chain, written):
        mistake = _mistake(chain, kink, points)
        if mistake is not None and mistake.said not in seen:
            seen.add(mistake.said)
            yield mistake


def _kinks(chain: Chain, written: MutableFormula) -> Iterator[_Kink]:
    """The operations with pieces, the network's before the answer's."""
    claim = chain.claim

    def fits(node: Node) -> bool:
        return TABLE[node.op].crossed and node.shape in ((), claim.shape) and bool(sides(node))

    def in_network(node: Node) -> _Values:
        # Of this node for good: a mistake may be looked at when the others have been gone through.
        return lambda tried: {part.id: tried.numbers.value(part) for part in node.nodes}

    def said_there(operand: Operand) -> str:
        return chain.words.plain(chain.words.of(operand))

    def said_here(operand: Operand) -> str:
        return written.words.plain(written.words.of(operand))

    for node in list(filter(fits, ancestors([claim.prepared.definition.loss])))[:_MOST_KINKS]:
        yield _Kink(node, in_network(node), said_there)
    for node in list(filter(fits, written.order))[:_MOST_KINKS]:
        yield _Kink(node, written.values, said_here)


def _mistake(chain: Chain, kink: _Kink, points: Sequence[SamplePoint]) -> Mistake | None:
    """The mistake to report if the answer is right on some pieces and wrong on all others met."""
    where = sides(kink.node)
    whole = kink.node.shape == ()
    right, wrong = Counter[float](), Counter[float]()
    for tried in points:
        on, fine = kink.pieces(tried), _fine(tried, whole)
        telling = ((tried.answer != 0) | (tried.partial != 0)) & ~np.isnan(on)
        right.update(on[telling & fine].tolist())
        wrong.update(on[telling & ~fine].tolist())
    mixed = right.keys() & wrong.keys()
    if mixed or not right or not wrong or not where.keys() >= right.keys() | wrong.keys():
        return None
    if min([*right.values(), *wrong.values()]) < _FEWEST:
        return None
    here, there = (
        _listed([where[each] for each in sorted(some)], kink.said) for some in (right, wrong)
    )
    if max(len(here), len(there)) > _LONGEST:
        return None
    beyond = [tried for tried in points if np.isin(kink.pieces(tried), [*wrong]).any()]
    found = _partial_on if whole else _constant_on
    node = found(chain, kink, [*wrong], beyond)
    formula = None if node is None else chain.words.tidy(node)
    text, latex = (None, None) if formula is None else chain.words.both(formula)
    if text is not None and len(text) > _LONGEST:
        node = text = latex = None

    def value(tried: SamplePoint) -> Array | None:
        on = kink.pieces(tried)
        if node is None:
            elsewhere = np.where(_fine(tried, whole), np.nan, tried.answer)
        else:
            partial = np.broadcast_to(tried.numbers.value(node), tried.partial.shape)
            told = alike(partial, tried.partial, tried.rounding)
            elsewhere = np.where(told, tried.answer, np.nan)
        unknown = np.where(np.isin(on, [*wrong]), elsewhere, tried.answer)
        return np.where(np.isin(on, [*right]), tried.partial, unknown)

    loss = chain.symbols.said(chain.definition.loss)
    partial = f"∂{loss}/∂{text_name(chain.claim.target.name)}"
    said = f"right where {here} alone: where {there}, {partial} is {text or 'another formula'}"
    return Mistake("branch", said, value, text, latex)


def _fine(tried: SamplePoint, whole: bool) -> Mask:
    """Where the answer is right at a point; if `whole`, everywhere or nowhere."""
    if whole:
        return np.broadcast_to(not tried.apart, tried.partial.shape)
    return alike(tried.answer, tried.partial, tried.rounding)


def _listed(wanted: Sequence[Side], said: _Said) -> str:
    return " or ".join(
        " ".join(part if isinstance(part, str) else said(part) for part in side) for side in wanted
    )


def _constant_on(
    chain: Chain, kink: _Kink, wrong: Sequence[float], points: Sequence[SamplePoint]
) -> Node | None:
    """The number that every element of the partial is on some pieces; None if it is none."""
    found = np.unique(
        np.concatenate([t.partial[np.isin(kink.pieces(t), wrong)].ravel() for t in points])
    )
    if len(found) != 1 or not _is_plain(found[0]):
        return None
    return chain.definition.graph.constant(literal(Fraction(float(found[0]))))


def _is_plain(number: float) -> bool:
    return bool(np.isfinite(number) and abs(number) <= 1 and (2 * number) % 1 == 0)


def _partial_on(
    chain: Chain, kink: _Kink, wrong: Sequence[float], points: Sequence[SamplePoint]
) -> Node | None:
    """The partial on some pieces; None if no formula is found that holds at each of the points."""
    claim = chain.claim
    prepared, target = claim.prepared, claim.target
    prepared.seal()
    adjoint = prepared.model.back.adjoints.get(target.node.id)
    resolved: Node = chain.definition.graph.constant(literal(0))
    if any(np.any(tried.partial) for tried in points):
        if adjoint is None or not target.whole:
            return None
        # A condition of the answer alone decides nothing in the partial.
        inside = kink.node.graph is adjoint.graph
        resolved = _resolved(adjoint, kink.node, wrong) if inside else adjoint
    whole = broadcast_whole(resolved, claim.shape)
    holds = all(same(t.numbers.value(whole), t.partial, t.rounding) for t in points)
    return resolved if holds else None


def _resolved(adjoint: Node, kink: Node, wrong: Sequence[float]) -> Node:
    """A partial with the branches put in that are taken on some pieces of an operation."""
    known = _on_pieces(kink, wrong)
    made: dict[int, Node] = {}
    for node in ancestors([adjoint]):
        if TABLE[node.op].leaf or not node.nodes:
            continue
        inputs = [
            made.get(each.id, each) if isinstance(each, Node) else each for each in node.inputs
        ]
        taken = _taken(node, inputs, known)
        if taken is not None:
            made[node.id] = taken
        elif any(one is not other for one, other in zip(inputs, node.inputs, strict=True)):
            made[node.id] = node.graph.apply(node.op, *inputs, **node.params)
    return made.get(adjoint.id, adjoint)


def _on_pieces(kink: Node, wrong: Sequence[float]) -> dict[int, Array]:
    """Values of what an operation compares, of many sizes, that put it on some of its pieces."""
    random = np.random.Generator(np.random.PCG64(_SEED))
    low, high = np.log(_SIZES)
    known: dict[int, Array] = {}
    for each in kink.nodes:
        size = np.exp(random.uniform(low, high, _MANY))
        known[each.id] = np.where(random.random(_MANY) < 0.5, size, -size)
    chosen = np.isin(pieces_of(kink, known), wrong)
    return {key: value[chosen] for key, value in known.items()}


def _taken(node: Node, inputs: Sequence[Operand], known: Mapping[int, Array]) -> Node | None:
    """What a piecewise function of some values is at all of them: a number, or one of its inputs.

    None if it is another, or a function of anything else.
    """
    if TABLE[node.op].branch is None or node.shape != ():
        return None
    between = ancestors([node], known)
    if any(TABLE[each.op].leaf or each.shape for each in between if each.id not in known):
        return None
    values = compute([node], dict(known))
    here = np.asarray(values[node.id])
    if here.size and _is_plain(float(here.flat[0])) and bool((here == here.flat[0]).all()):
        return node.graph.constant(literal(Fraction(float(here.flat[0]))))
    for operand, read in zip(inputs, node.inputs, strict=True):
        if isinstance(operand, Node) and isinstance(read, Node) and read.id in values:
            value = np.broadcast_to(values[read.id], here.shape)
            if here.size and np.array_equal(value, here):
                return operand
    return None

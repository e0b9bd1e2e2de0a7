"""Mistakes in the point of a local derivative: at u for z, or the function not differentiated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from backstep.evaluate.numeric import compute
from backstep.graph.node import Operand
from backstep.marking.chain import Chain
from backstep.marking.links import TestedEdge, evaluated
from backstep.marking.mistake import Mistake, Value
from backstep.marking.trial import SamplePoint
from backstep.ops.row import Array


def wrong_points(chain: Chain) -> Iterator[Mistake]:
    """Local derivatives taken at the wrong point: z where u is meant, or u where z is."""
    for edge in chain.links.edges:
        use, source = edge.link.use, edge.link.source
        if use.shape != source.shape or len(edge.vertex.links) != 1:
            continue
        one, other = chain.symbols.said(use), chain.symbols.said(source)
        for right, wrong, value in (
            (one, other, _with_input(chain, edge)),
            (other, one, _with_output(chain, edge)),
        ):
            yield chain.mistake(edge, "place", partial(_said, chain, edge, wrong, right), value)


def underived(chain: Chain) -> Iterator[Mistake]:
    """Functions in place of their derivatives: σ(z) for σ′(z)."""
    for edge in chain.links.edges:
        use, source = edge.link.use, edge.link.source
        factor = edge.local if edge.local is not None else chain.other(edge)
        name = chain.called(use)
        if factor is None or name is None or use.shape != source.shape:
            continue
        said, missing = partial(_itself, chain, edge, factor, name), partial(chain.words.of, factor)
        yield chain.mistake(edge, "place", said, _underived(chain, edge), missing)


def _said(chain: Chain, edge: TestedEdge, wrong: str, right: str) -> str:
    return f"the factor {chain.step(edge)} is taken at {wrong} where {right} is meant"


def _itself(chain: Chain, edge: TestedEdge, factor: Operand, name: str) -> str:
    own = chain.words.plain(chain.words.tidy(factor))
    return f"{name} itself stands where its derivative is meant: {chain.step(edge)} = {own}"


def _underived(chain: Chain, edge: TestedEdge) -> Value:
    def value(tried: SamplePoint) -> Array:
        known = chain.links.known(tried)
        return np.asarray(tried.numbers.partial(edge.link.use) * known[edge.link.use.id])

    return value


def _with_input(chain: Chain, edge: TestedEdge) -> Value:
    def value(tried: SamplePoint) -> Array:
        known = chain.links.known(tried)
        moved = {edge.link.use.id: known[edge.link.source.id]}
        return evaluated(edge, known, tried.numbers.partial(edge.link.use), None, moved)

    return value


def _with_output(chain: Chain, edge: TestedEdge) -> Value:
    def value(tried: SamplePoint) -> Array:
        known = chain.links.known(tried)
        inside = {member.id for member in edge.vertex.members}
        moved = {key: each for key, each in known.items() if key not in inside}
        moved[edge.link.source.id] = known[edge.link.use.id]
        moved = compute([edge.link.use], moved)
        return evaluated(edge, known, tried.numbers.partial(edge.link.use), None, moved)

    return value

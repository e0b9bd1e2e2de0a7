"""Mistakes at steps that mix elements, as softmax does: each element taken as independent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backstep.marking.chain import Chain
from backstep.marking.links import TestedEdge
from backstep.marking.mistake import Kind, Mistake, Value
from backstep.marking.trial import SamplePoint
from backstep.ops.row import Array

_MOST_ELEMENTS = 24
"""Elements of a step whose own derivatives are computed one by one."""


def elementwise_jacobian(chain: Chain) -> Iterator[Mistake]:
    """Only ∂aᵢ/∂hᵢ used, or used once more, or nothing else."""
    for edge in chain.links.edges:
        use, source = edge.link.use, edge.link.source
        size = int(np.prod(use.shape))
        if use.shape != source.shape or not use.shape or size > _MOST_ELEMENTS:
            continue
        if _element_by_element(edge):
            continue
        one, other = chain.words.brief(use), chain.words.brief(source)
        step = f"∂{one}ᵢ/∂{other}ᵢ"
        depends = f"every element of {one} depends on every element of {other}"
        slips: tuple[tuple[Kind, str, Value], ...] = (
            ("term", f"only {step} is used: {depends}", _alone(chain, edge)),
            ("extra", f"the factor {step} is one too many", _again(chain, edge)),
            (
                "factor",
                f"this is {step} alone: what comes back to {one} is missing, and {depends}",
                _only(chain, edge),
            ),
        )
        for kind, said, value in slips:
            of, wrt = chain.symbols.name(use), chain.symbols.name(source)
            yield Mistake(kind, said, chain.links.changed(edge, value), None, None, of, wrt)


def _element_by_element(edge: TestedEdge) -> bool:
    return edge.seed in edge.formula.inputs and len(edge.formula.inputs) == 2


def _alone(chain: Chain, edge: TestedEdge) -> Value:
    def value(tried: SamplePoint) -> Array:
        return chain.links.own(edge, tried) * tried.numbers.partial(edge.link.use)

    return value


def _again(chain: Chain, edge: TestedEdge) -> Value:
    def value(tried: SamplePoint) -> Array:
        return chain.links.own(edge, tried) * chain.links.right(edge, tried)

    return value


def _only(chain: Chain, edge: TestedEdge) -> Value:
    return lambda tried: chain.links.own(edge, tried)

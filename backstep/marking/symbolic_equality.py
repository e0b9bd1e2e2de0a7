"""Whether an answer is equal to the partial for all values, by fingerprints in prime fields."""

from __future__ import annotations

from itertools import islice

import numpy as np

from backstep.autodiff.reverse import element
from backstep.evaluate.sampling import points
from backstep.graph.node import Node, literal
from backstep.graph.order import ancestors
from backstep.marking.fingerprint import ROUNDS, Formulas, equal
from backstep.marking.trial import Bound, Claim, in_force, tells_nothing
from backstep.ops import TABLE
from backstep.ops.row import COMPARISON


def proved(claim: Claim, bound: Bound | None = None) -> int:
    """In how many evaluations they were equal, in all; 0 says nothing. Raises AnswerError."""
    rounds = _evaluations(claim, bound)
    return rounds if rounds and _same_domain(claim) else 0


def _evaluations(claim: Claim, bound: Bound | None) -> int:
    answer, definition = claim.answer, claim.prepared.definition
    drawn = points(definition, claim.prepared.leaves)
    kept = [leaf for leaf in definition.leaves if leaf.structural or leaf.label]
    return equal(
        Formulas(
            one=_partial(claim),
            other=answer.node,
            shape=claim.shape,
            stands={leaf: answer.meant[name] for name, leaf in answer.names.items()},
            exact=[
                {leaf.node: values[leaf.name] for leaf in kept} for values in islice(drawn, ROUNDS)
            ],
        ),
        lambda: bound is not None and bound.reached,
    )


def _partial(claim: Claim) -> Node:
    target, graph = claim.target, claim.prepared.definition.graph
    adjoint = claim.prepared.understood.back.adjoints.get(target.node.id)
    if adjoint is None:
        return graph.constant(literal(0))
    return adjoint if target.whole else element(adjoint, target.node.shape, target.places[0])


def _same_domain(claim: Claim) -> bool:
    """Whether the answer is a number at the values in force if the partial is.

    Where it compares, which elements are the largest, say, rounding may be why it is none.
    """
    read = ancestors([claim.answer.node])
    if any(TABLE[node.op].notation.precedence == COMPARISON for node in read):
        return True
    own = in_force(claim)
    return bool(np.isfinite(own.answer).all()) or tells_nothing(claim, own)

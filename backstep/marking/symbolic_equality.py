"""Whether an answer is equal to the partial for all values, by fingerprints in prime fields."""

from __future__ import annotations

from itertools import islice

import numpy as np

from backstep.evaluate.sampling import points
from backstep.graph.order import ancestors
from backstep.marking.beyond_tolerance import partial_of
from backstep.marking.fingerprint import ROUNDS, Formulas, equal
from backstep.marking.trial import Bound, Submission, in_force, tells_nothing
from backstep.ops import TABLE
from backstep.ops.row import COMPARISON


def proved(claim: Submission, bound: Bound | None = None) -> int:
    """In how many evaluations they were equal, in all; 0 is no proof. Raises AnswerError."""
    rounds = _evaluations(claim, bound)
    return rounds if rounds and _same_domain(claim) else 0


def _evaluations(claim: Submission, bound: Bound | None) -> int:
    answer, definition, target = claim.answer, claim.prepared.definition, claim.target
    adjoint = claim.prepared.model.back.adjoints.get(target.node.id)
    place = None if target.whole else target.places[0]
    drawn = points(definition, claim.prepared.leaves)
    kept = [leaf for leaf in definition.leaves if leaf.structural or leaf.label]
    return equal(
        Formulas(
            one=partial_of(definition, adjoint, target.node, place),
            other=answer.node,
            shape=claim.shape,
            stands={leaf: answer.meant[name] for name, leaf in answer.names.items()},
            exact=[
                {leaf.node: values[leaf.name] for leaf in kept} for values in islice(drawn, ROUNDS)
            ],
        ),
        lambda: bound is not None and bound.reached,
    )


def _same_domain(claim: Submission) -> bool:
    """Whether the answer is a number at the values in force if the partial is.

    If it compares, which elements are the largest, say, rounding may be why it is not.
    """
    read = ancestors([claim.answer.node])
    if any(TABLE[node.op].notation.precedence == COMPARISON for node in read):
        return True
    own = in_force(claim)
    return bool(np.isfinite(own.answer).all()) or tells_nothing(claim, own)

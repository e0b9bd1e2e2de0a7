"""Whether an answer can be proved equal to the partial: SymPy's derivative, and polynomials."""

from __future__ import annotations

import numpy as np

from app.analysis.formulas import closed
from app.analysis.trial import Claim
from app.engines.symbolic_equal import Arithmetic, closed_answer
from app.errors import FormulaTooLarge
from app.graph.walk import ancestors

_MOST_OPERATIONS = 2_000
_MOST_ELEMENTS = 9


def proved(claim: Claim) -> bool:
    """Whether it was proved; False says nothing. What is large is left to the points."""
    if np.prod(claim.shape, dtype=int) > _MOST_ELEMENTS:
        return False
    prepared = claim.prepared
    try:
        found = closed(prepared, [claim.target.name], most=_MOST_OPERATIONS)
    except FormulaTooLarge:
        return False
    by_leaf = {leaf.id: name for name, leaf in claim.answer.names.items()}
    names = {
        node.id: claim.answer.meant[by_leaf[node.id]]
        for node in ancestors([claim.answer.node])
        if node.id in by_leaf
    }
    labels = {
        leaf.name: prepared.leaves[leaf.name] for leaf in prepared.definition.leaves if leaf.label
    }
    typed = closed_answer(prepared.definition, labels, claim.answer.node, names)
    if typed is None:
        return False
    right = found.gradients[claim.target.name].reshape(claim.shape)
    arithmetic = Arithmetic()
    return all(arithmetic.equal(typed[at], right[at]) for at in np.ndindex(*claim.shape))

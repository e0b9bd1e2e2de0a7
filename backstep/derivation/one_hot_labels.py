"""Labels that add up to 1 at the current values, by which a partial is shorter."""

from __future__ import annotations

from backstep.autodiff.reverse import broadcast_whole
from backstep.derivation.element import partial_by_element
from backstep.derivation.lines import Line, Step
from backstep.derivation.path_context import PathContext
from backstep.derivation.phrases import listing
from backstep.evaluate.sampling import distributions


def one_hot_labels(way: PathContext, ended: Step, at: tuple[int, ...] | None) -> Line | None:
    """The answer where each label that adds up to 1 is held to; None where that changes nothing."""
    definition, adjoint = way.definition, way.adjoint(way.of)
    labels = distributions(definition, way.numbers.leaves)
    if not labels or adjoint is None or ended.said is None:
        return None
    nodes = [definition.names[name][-1].node for name in labels]
    found = way.pen.tidy(broadcast_whole(adjoint, way.of.shape), units=nodes, at=at)
    if found is None or found.shown is ended.shown:
        return None
    each = "each row of " if any(len(node.shape) > 1 for node in nodes) else ""
    verb = "sums" if each or len(nodes) == 1 else "sum"
    words = f"{each}{listing([way.said(node) for node in nodes])} {verb} to 1"
    left = way.pen.partial(way.of) if at is None else partial_by_element(way, at)
    return Line("given", words, left, (found,), top=None if at else way.loss, bottom=way.of)

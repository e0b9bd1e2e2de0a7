"""The loss's partials with respect to every forward node, as one pass over the whole graph."""

from __future__ import annotations

from app.calculus.reverse import Backward, backward
from app.calculus.rewrite import simplify
from app.graph.node import Node
from app.graph.walk import ancestors
from app.ops import TABLE


def differentiate(loss: Node) -> Backward:
    """Seal the loss's graph and add its gradient; nodes the loss does not read are not in it."""
    loss.graph.seal(simplify)
    return backward(loss, ancestors([loss]), TABLE)

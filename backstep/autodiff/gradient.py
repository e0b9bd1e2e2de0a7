"""The loss's partials with respect to every forward node, as one pass over the whole graph."""

from __future__ import annotations

from backstep.autodiff.reverse import Backward, backward
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.simplify.rewrite import simplify


def differentiate(loss: Node) -> Backward:
    """Seal the loss's graph and add its gradient; nodes the loss does not read are not in it."""
    loss.graph.seal(simplify)
    return backward(loss, ancestors([loss]), TABLE)

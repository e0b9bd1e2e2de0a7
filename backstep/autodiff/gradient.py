"""The loss's partials with respect to every forward node, as one pass over the whole graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backstep.autodiff.reverse import Backward, backward
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.simplify.recognise import meanings, without
from backstep.simplify.rewrite import simplify


def differentiate(loss: Node) -> Backward:
    """Seal the loss's graph and add its gradient; nodes the loss does not read are not in it."""
    loss.graph.seal(simplify)
    return backward(loss, ancestors([loss]), TABLE)


def by_meaning(loss: Node, wanted: Iterable[int]) -> Mapping[int, Node | None]:
    """By id the partials with respect to the wanted nodes, as far as an operation of the textbook
    that the text writes out in parts has a say in them: sent back by the rule of the whole.

    A wanted node that is such a part has its partial from a pass in which it is none.
    """
    order = ancestors([loss])
    found = meanings(order)
    inside = {key for each in found.values() for key in each.inside}
    wanted = set(wanted)
    partials: dict[int, Node | None] = {}
    for group in (wanted - inside, wanted & inside):
        kept = without(found, group)
        if kept and group:
            loss.graph.seal(simplify)
            back = backward(loss, order, TABLE, meanings=kept)
            partials |= {key: back.adjoints.get(key) for key in group}
    return partials

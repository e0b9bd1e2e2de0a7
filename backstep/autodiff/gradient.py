"""The loss's partials with respect to every forward node, as one pass over the whole graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from backstep.autodiff.reverse import Backward, adjoint_of, backward
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.simplify.convolutions import convolutions
from backstep.simplify.recognise import meanings, without
from backstep.simplify.rewrite import simplify
from backstep.simplify.sums_by_index import SummedUp
from backstep.simplify.value_numbering import Meaning


def differentiate(loss: Node) -> Backward:
    """Seal the loss's graph and add its gradient; nodes the loss does not read are not in it."""
    loss.graph.seal(simplify)
    return backward(loss, ancestors([loss]), TABLE)


def by_meaning(
    loss: Node, wanted: Iterable[int], sums: Mapping[int, SummedUp] | None = None
) -> Mapping[int, Node | None]:
    """By id the partials with respect to the wanted nodes, as far as an operation of the textbook
    that the text writes out in parts has a say in them, or one of `sums`: sent back by the rule of
    the whole.

    A wanted node that is such a part has its partial from a pass in which it is none.
    """
    order = ancestors([loss])
    found = {**meanings(order), **{key: _sent_whole(each) for key, each in (sums or {}).items()}}
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


def through_convolutions(loss: Node, apart: Collection[int]) -> Mapping[int, Node | None]:
    """By id the partials of the loss, past the parts of those convolutions of which none is
    `apart`; empty where there is no convolution.
    """
    order = ancestors([loss])
    found = convolutions(order, apart)
    if not found:
        return {}
    loss.graph.seal(simplify)
    inside = {key for each in found.values() for key in each.inside}
    adjoints = backward(loss, order, TABLE, meanings=found).adjoints
    return {key: each for key, each in adjoints.items() if key not in inside}


def _sent_whole(summed: SummedUp) -> Meaning:
    """A statement's partials by its sums as sums: reverse mode through what it is computed by so,
    with what is recognised in that.
    """
    outer = {each.id for each in summed.inputs}

    def pullback(g: Node, out: Node) -> list[Node]:
        end = summed.whole()
        body = ancestors([end], outer)
        own = {each.id for each in body}
        known = {
            key: each
            for key, each in meanings(ancestors([end])).items()
            if key in own
            and each.inside <= own
            and all(part.id in own or part.id in outer for part in each.inputs)
        }
        back = Backward({end.id: g}, {})
        if body:
            back = backward(end, body, TABLE, seed=g, meanings=known)
        return [adjoint_of(back, each) for each in summed.inputs]

    return Meaning(summed.inputs, summed.inside, pullback)

"""Operations of the textbook that a text writes out in parts, recognised by what they compute.

A sigmoid, a share of a sum, a softmax, a standardised tensor, the logarithm of a product, a
convolution: each is a function of a few nodes with a rule of its own, which is shorter than its
parts' rules put together.
Recognised is the value and never its spelling: equal parts are equal by value numbering.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.simplify.convolutions import OUTERMOST, convolution
from backstep.simplify.exponents import log_of_softmax, log_softmax, log_sum_exp, softmax, softplus
from backstep.simplify.shares import balance, logarithm, share
from backstep.simplify.standardised import standardised
from backstep.simplify.value_numbering import Meaning, Values, factors_of

_TELLING = frozenset({"exp", "sqrt", "std", "power", "patches"})


def meanings(nodes: Sequence[Node]) -> Mapping[int, Meaning]:
    """By id the forward nodes that are an operation of the textbook; `nodes` by ascending id.

    The rules are those of the whole function: contributions of an input by all ways through
    the parts together. They hold wherever the parts have values.
    """
    if not any(node.op in _TELLING for node in nodes):
        return {}
    values = Values(nodes)
    found: dict[int, Meaning] = {}
    for node in nodes:
        for recognise in _RECOGNISERS.get(node.op, ()):
            meaning = recognise(values, node)
            if meaning is not None:
                found[node.id] = meaning
                break
    return found


_OWN = frozenset({"exp", "sqrt", "norm", "std", "sigmoid", "tanh", "prod", "det"})


def names_itself(node: Node) -> bool:
    """Whether a value is, or has as a factor, a function whose slope is written by its own value:
    eᵘ, √u, a norm, a power, a sigmoid, in parts or not.
    """
    opened = factors_of(node)
    if opened is None:
        return False
    if any(part.op in _OWN or times.denominator != 1 for part, times in opened.parts):
        return True
    return node.id in meanings(ancestors([node]))


def without(found: Mapping[int, Meaning], wanted: Collection[int]) -> Mapping[int, Meaning]:
    """The meanings that pass over none of the wanted nodes, given by their ids."""
    return {key: each for key, each in found.items() if each.inside.isdisjoint(wanted)}


_RECOGNISERS: Mapping[str, tuple[Callable[[Values, Node], Meaning | None], ...]] = {
    "log": (log_of_softmax, log_sum_exp, logarithm),
    "add": (log_sum_exp, softplus),
    "subtract": (log_softmax, softplus),
    "divide": (share, balance, softmax, standardised),
    "power": (share,),
    **dict.fromkeys(OUTERMOST, (lambda _, node: convolution(node),)),
    "multiply": (share, balance, softmax, standardised),
}

"""Conventions at kinks left out of a formula where the values in force are on none of them.

A rule says what a partial is at a kink too: 0 where a norm is 0, half at a tie of two. A book has
the formula beside the kink alone. Which of the two is meant is seen on numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from backstep.graph.node import Node, Operand
from backstep.simplify.factors import Builder, is_op, number_of, split
from backstep.simplify.masks import SWITCHES

_HALF = Fraction(1, 2)


def beside_kinks(b: Builder, target: Node, holds: Callable[[Node, float], bool]) -> Operand:
    """The form without the conventions that no value in force is subject to. `holds` returns
    whether every element of a node equals the number.
    """
    known: dict[Node, Operand] = {}
    open_nodes = [target]
    while open_nodes:
        node = open_nodes[-1]
        # Operations with jumps are kept as they were typed.
        reads = () if node.op in SWITCHES else node.nodes
        missing = [each for each in reads if each not in known]
        if node in known or not missing:
            open_nodes.pop()
            if node not in known:
                known[node] = _beside(b, node, known, holds)
            continue
        open_nodes.extend(missing)
    return known[target]


def has_conventions(b: Builder, target: Node) -> bool:
    """Whether there is a convention in the form at all."""
    seen = {target}
    open_nodes = [target]
    while open_nodes:
        node = open_nodes.pop()
        if _condition(node) is not None or _sharing(b, node) is not None:
            return True
        found = [each for each in node.nodes if each not in seen]
        seen.update(found)
        open_nodes.extend(found)
    return False


def _beside(
    b: Builder, node: Node, known: dict[Node, Operand], holds: Callable[[Node, float], bool]
) -> Operand:
    condition = _condition(node)
    if condition is not None:
        asked, truth, value = condition
        if holds(asked, truth):
            return known.get(value, value) if isinstance(value, Node) else value
    shared = _sharing(b, node)
    if shared is not None and holds(shared, 1.0):
        (share, *_) = node.inputs
        return known.get(share, share) if isinstance(share, Node) else share
    inputs = tuple(
        known.get(each, each) if isinstance(each, Node) else each for each in node.inputs
    )
    if all(new is old for new, old in zip(inputs, node.inputs, strict=True)):
        return node
    return b.make(node.op, *inputs, **node.params)


def _condition(node: Node) -> tuple[Node, float, Operand] | None:
    """The condition of a convention, what it is beside the kink, and the value there."""
    first = node.inputs[0] if node.inputs else None
    if node.op == "guard" and isinstance(first, Node):
        return first, 1.0, node.inputs[1]
    if node.op == "where" and isinstance(first, Node) and is_op(first, "equal"):
        _, tied, value = node.inputs
        if number_of(tied) == _HALF and is_op(value, "step"):
            return first, 0.0, value
    return None


def _sharing(b: Builder, node: Node) -> Node | None:
    """How many share the partial of an extreme, where the node is the share of each."""
    if node.op != "divide":
        return None
    share, count = node.inputs
    if is_op(count, "reshape"):
        assert isinstance(count, Node)
        count = count.inputs[0]
    if not (isinstance(count, Node) and count.op == "sum" and is_op(count.inputs[0], "equal")):
        return None
    return count if count.inputs[0] in split(b, share)[1] else None

"""Reverse mode: the backward pass as more graph. Names no operation's rule; reads the table's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

from backstep.clock import heed
from backstep.graph.graph import literal_of
from backstep.graph.node import Literal, Node, literal
from backstep.graph.shape import Shape
from backstep.ops import NoGradient, Row
from backstep.simplify.value_numbering import Meaning


class Contribution(NamedTuple):
    """What one use sends back to one of its inputs.

    `partial` has the input's shape; None if the rule returns none, for `reason`.
    """

    use: Node
    position: int
    partial: Node | None
    reason: str | None


ContributionFields = tuple[Node, int, Node | None, str | None]
"""A contribution's fields. A pass over a large graph builds many, and few are ever looked at."""

Gathered = dict[int, list[ContributionFields]]
"""By node id what its uses send back."""


@dataclass(frozen=True, slots=True)
class Backward:
    """A finished pass: by node id the adjoint (None: zero), and the contributions to it."""

    adjoints: Mapping[int, Node | None]
    gathered: Gathered

    @property
    def contributions(self) -> dict[int, tuple[Contribution, ...]]:
        """What each node's uses send back to it, by its id; uses in order."""
        return {key: tuple(starmap(Contribution, parts)) for key, parts in self.gathered.items()}


def backward(
    output: Node,
    order: Collection[Node],
    table: Mapping[str, Row],
    seed: Node | None = None,
    named: Callable[[Node, Node], Node] | None = None,
    meanings: Mapping[int, Meaning] | None = None,
) -> Backward:
    """Send `seed` (default 1) back from `output` through the nodes of `order`.

    `named` maps a node and its adjoint to what stands for the adjoint from there on. `order` is
    ascending by id and contains `output`. Nodes outside it that its nodes read gather contributions
    and are not passed: the boundary of a block. What has one of the `meanings`, by id, sends
    back by the rule of the whole, past its parts. The graph must be sealed.
    """
    graph = output.graph
    gathered: Gathered = {}
    adjoints: dict[int, Node | None] = {}
    for node in reversed(list(order)):
        heed()
        adjoint: Node | None
        if node is output:
            adjoint = graph.constant(literal(1)) if seed is None else seed
        else:
            adjoint = total(gathered.get(node.id, []))
            if adjoint is not None and named is not None:
                adjoint = named(node, adjoint)
        adjoints[node.id] = adjoint
        meaning = None if meanings is None else meanings.get(node.id)
        if adjoint is not None and meaning is not None:
            _send_whole(node, adjoint, meaning, gathered)
        elif adjoint is not None and node.nodes:
            apply_vjp(node, adjoint, table[node.op], gathered)
    for key, parts in gathered.items():
        if key not in adjoints:
            adjoints[key] = total(parts)
    return Backward(adjoints, gathered)


def apply_vjp(node: Node, adjoint: Node, row: Row, gathered: Gathered) -> None:
    """Gather what a node, whose partial is `adjoint`, sends back to its inputs."""
    graph, inputs = node.graph, node.inputs
    g = _marked(adjoint)
    if node.nodes is inputs:
        answers = row.vjp(g, node, *inputs, **node.params)
    else:
        given = [graph.constant(each) if isinstance(each, Literal) else each for each in inputs]
        answers = row.vjp(g, node, *given, **node.params)
    for position, answer in enumerate(answers):
        operand = inputs[position]
        if answer is None or isinstance(operand, Literal):
            continue
        if isinstance(answer, NoGradient):
            part: ContributionFields = (node, position, None, answer.reason)
        else:
            fits = answer.shape == operand.shape
            part = (node, position, answer if fits else _unbroadcast(answer, operand), None)
        gathered.setdefault(operand.id, []).append(part)


def _marked(adjoint: Node) -> Node:
    """A literal is never a hidden zero; anything else is marked, so that its zeros win."""
    if adjoint.adjoint or literal_of(adjoint):
        return adjoint
    return adjoint.graph.apply("carry", adjoint)


def _send_whole(node: Node, adjoint: Node, meaning: Meaning, gathered: Gathered) -> None:
    """Gather what a node sends back to the inputs of its meaning."""
    partials = meaning.pullback(_marked(adjoint), node)
    for position, (operand, partial) in enumerate(zip(meaning.inputs, partials, strict=True)):
        fits = partial.shape == operand.shape
        part = (node, position, partial if fits else _unbroadcast(partial, operand), None)
        gathered.setdefault(operand.id, []).append(part)


def _unbroadcast(partial: Node, operand: Node) -> Node:
    """Broadcasting undone, once for all rules: summed over what was widened."""
    if len(partial.shape) < len(operand.shape) or partial.shape == ():
        return operand.graph.apply("broadcast_to", partial, shape=operand.shape)
    return operand.graph.apply("sum_to", partial, shape=operand.shape)


def adjoint_of(back: Backward, node: Node) -> Node:
    """The node's adjoint; zeros in its shape if the output is no function of it."""
    found = back.adjoints.get(node.id)
    return node.graph.apply("zeros", shape=node.shape) if found is None else found


def element(partial: Node, shape: Shape, at: tuple[int, ...]) -> Node:
    """One element of a partial, with respect to a node of the given shape."""
    return partial.graph.apply("index", broadcast_whole(partial, shape), key=at)


def broadcast_whole(partial: Node, shape: Shape) -> Node:
    """A partial in the full shape of its node, if it is the same for many elements."""
    if partial.shape == shape:
        return partial
    return partial.graph.apply("broadcast_to", partial, shape=shape)


def total(parts: list[ContributionFields]) -> Node | None:
    """The sum of a node's contributions, use by use: the order that `parts` are left in."""
    if len(parts) > 1:
        parts.sort(key=_use)  # contributions of one use stay in the order of its inputs
    whole = None
    for _, _, partial, _ in parts:
        if partial is not None:
            whole = partial if whole is None else whole + partial
    return whole


def _use(part: ContributionFields) -> int:
    return part[0].id

"""Reverse mode: the backward pass as more graph. Names no operation's rule; reads the table's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce

from app.graph.graph import written
from app.graph.node import Literal, Node, literal
from app.graph.shape import Shape
from app.ops import NoGradient, Row


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one use sends back to one of its inputs.

    `partial` has the input's shape; None where the rule says there is none, for `reason`.
    """

    use: Node
    position: int
    partial: Node | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Backward:
    """A finished pass: by node id the adjoint (None: zero) and its contributions, uses in order."""

    adjoints: Mapping[int, Node | None]
    contributions: Mapping[int, tuple[Contribution, ...]]


def backward(
    output: Node,
    order: Collection[Node],
    table: Mapping[str, Row],
    seed: Node | None = None,
    named: Callable[[Node, Node], Node] | None = None,
) -> Backward:
    """Send `seed` (1 where none is given) back from `output` through the nodes of `order`.

    `named`, given a node and its adjoint, says what stands for the adjoint from there on.

    `order` is ascending by id and holds `output`. Nodes outside it that its nodes read gather
    contributions and are not passed: the boundary of a block. The graph must be sealed.
    """
    graph = output.graph
    gathered: dict[int, list[Contribution]] = {}
    adjoints: dict[int, Node | None] = {}
    inside = {node.id for node in order}
    for node in reversed(list(order)):
        adjoint: Node | None
        if node is output:
            adjoint = graph.constant(literal(1)) if seed is None else seed
        else:
            adjoint = total(gathered.get(node.id, ()))
            if adjoint is not None and named is not None:
                adjoint = named(node, adjoint)
        adjoints[node.id] = adjoint
        if adjoint is not None:
            for operand, part in pull(node, adjoint, table[node.op]):
                gathered.setdefault(operand.id, []).append(part)
    for key, parts in gathered.items():
        parts.sort(key=lambda part: (part.use.id, part.position))
        if key not in inside:
            adjoints[key] = total(parts)
    return Backward(adjoints, {key: tuple(parts) for key, parts in gathered.items()})


def pull(node: Node, adjoint: Node, row: Row) -> list[tuple[Node, Contribution]]:
    graph = node.graph
    if not node.nodes:
        return []
    # A written number is never a hidden zero; anything else is marked, so that its zeros win.
    g = adjoint if adjoint.adjoint or written(adjoint) else graph.apply("carry", adjoint)
    inputs = [graph.constant(i) if isinstance(i, Literal) else i for i in node.inputs]
    parts = []
    for position, answer in enumerate(row.vjp(g, node, *inputs, **node.params)):
        operand = node.inputs[position]
        if isinstance(operand, Literal) or answer is None:
            continue
        if isinstance(answer, NoGradient):
            parts.append((operand, Contribution(node, position, None, answer.reason)))
        else:
            parts.append((operand, Contribution(node, position, _unbroadcast(answer, operand))))
    return parts


def _unbroadcast(partial: Node, operand: Node) -> Node:
    """Broadcasting undone, once for all rules: summed over what was widened."""
    if partial.shape == operand.shape:
        return partial
    if len(partial.shape) < len(operand.shape) or partial.shape == ():
        return operand.graph.apply("broadcast_to", partial, shape=operand.shape)
    return operand.graph.apply("sum_to", partial, shape=operand.shape)


def element(partial: Node, shape: Shape, at: tuple[int, ...]) -> Node:
    """One element of a partial; `shape` is the node's that it is the partial of."""
    return partial.graph.apply("index", whole(partial, shape), key=at)


def whole(partial: Node, shape: Shape) -> Node:
    """A partial in all elements of its node, where it is the same for many of them."""
    if partial.shape == shape:
        return partial
    return partial.graph.apply("broadcast_to", partial, shape=shape)


def total(parts: Collection[Contribution]) -> Node | None:
    ordered = sorted(parts, key=lambda part: (part.use.id, part.position))
    present = [part.partial for part in ordered if part.partial is not None]
    return reduce(lambda total, part: total + part, present) if present else None

"""Orders on a graph: topological order, ancestors, uses."""

from __future__ import annotations

from collections.abc import Container, Iterable

from backstep.graph.node import Node


def ancestors(targets: Iterable[Node], known: Container[int] = ()) -> list[Node]:
    """The targets and all they are computed from, inputs before their uses, by ids.

    Nodes with an id in `known` are left out, and so is what only they are computed from. Ids are
    dense and only grow, so ascending ids are a topological order.
    """
    seen: dict[int, Node] = {}
    open_nodes = list(targets)
    while open_nodes:
        node = open_nodes.pop()
        if node.id not in seen and node.id not in known:
            seen[node.id] = node
            open_nodes.extend(node.nodes)
    return [seen[key] for key in sorted(seen)]


def uses(nodes: Iterable[Node]) -> dict[int, list[tuple[Node, int]]]:
    """For each node's id the places it is used among `nodes`: (using node, input number)."""
    found: dict[int, list[tuple[Node, int]]] = {}
    for node in nodes:
        for position, operand in enumerate(node.inputs):
            if isinstance(operand, Node):
                found.setdefault(operand.id, []).append((node, position))
    return found

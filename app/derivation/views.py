"""What stands for one node on paper: a number, an operation, a statement. Prints nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from app.calculus.zoom import View, view
from app.graph.node import Node
from app.lang.definition import Definition
from app.ops import TABLE

Zoom = Literal["block", "tensor", "scalar"]


def view_at(definition: Definition, zoom: Zoom) -> View:
    """The view of a sealed definition; at `scalar` it is the scalar definition that is given."""
    nodes = definition.graph.nodes[: definition.graph.forward]
    return view(nodes) if zoom == "tensor" else view(nodes, _statements(definition))


def _statements(definition: Definition) -> list[list[Node]]:
    """The operations of each statement and pass; of a scalar definition, of what stays whole."""
    nodes = definition.graph.nodes
    return [
        [nodes[key] for key in block.nodes if not TABLE[nodes[key].op].leaf]
        for block in definition.blocks
        if block.kind == "statement"
    ]


def named_view(definition: Definition, named: Collection[int]) -> View:
    """A view whose vertices are the named nodes, with what has no name folded into its reader.

    What several named nodes read is a vertex of its own.
    """
    nodes = definition.graph.nodes[: definition.graph.forward]
    readers: dict[int, set[int]] = {}
    group: dict[int, int] = {}
    for node in reversed(nodes):
        reading = readers.get(node.id, set())
        group[node.id] = node.id
        if node.id not in named and len(reading) == 1:
            (group[node.id],) = reading
        for parent in node.nodes:
            readers.setdefault(parent.id, set()).add(group[node.id])
    members: dict[int, list[Node]] = {}
    for node in nodes:
        if not TABLE[node.op].leaf:
            members.setdefault(group[node.id], []).append(node)
    return view(nodes, members.values())

"""Partials inside a graph that still grows: a backward pass as nodes of the forward part.

The pass is written in a graph of its own, where it is simplified and equal parts are one. What a
partial needs of it is then added to the growing graph, by whoever builds that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backstep.autodiff.reverse import backward, broadcast_whole
from backstep.graph.graph import Graph
from backstep.graph.node import Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.parameters import Parameters
from backstep.ops import TABLE
from backstep.ops.derivatives import scaled, unit
from backstep.simplify.rewrite import simplify

Add = Callable[[Node, tuple[Operand, ...], bool], Node]
"""Adds the operation of a node on inputs of the growing graph, and whether it is a partial."""


class Inside:
    """The backward passes from a value to a node that it is computed from.

    `path` are the nodes on the way from that node to the value, ascending, both included.
    """

    def __init__(self, path: Sequence[Node]) -> None:
        start = path[0]
        self._graph = Graph(TABLE, len(start.graph.nodes))
        self._copies: dict[int, Node] = {}
        """By the ids of nodes of the growing graph, what stands for them."""
        self._meant: dict[int, Node] = {}
        """The other way round; also what was added for a node of the pass."""
        inside = {node.id for node in path[1:]}
        read = {node.id: node for each in path[1:] for node in each.nodes}
        for node in [start, *read.values()]:
            if node.id not in inside and node.id not in self._copies:
                self._keep(node, "leaf", name=f"n{node.id}", role="input", shape=node.shape)
        for node in path[1:]:
            inputs = [
                self._copies[each.id] if isinstance(each, Node) else each for each in node.inputs
            ]
            self._keep(node, node.op, *inputs, **node.params)
        self._of = self._copies[start.id]
        self._order = [self._copies[node.id] for node in path[1:]]
        self._top = self._copies[path[-1].id]
        self._graph.seal(_simpler)
        self.reasons: tuple[str, ...] = ()
        """Why something of the last pass did not arrive."""

    def _keep(self, node: Node, op: str, *inputs: Operand, **params: object) -> None:
        copy = self._graph.apply(op, *inputs, span=None, **params)
        self._copies[node.id] = copy
        self._meant[copy.id] = node

    def partial(self, at: tuple[int, ...] | None = None) -> Node | None:
        """The partial of the value, a scalar, or of its element `at`, in the shape of what it is
        with respect to; a node of the pass's own graph. None if nothing arrives.
        """
        seed = None if at is None else unit(self._graph, self._top.shape, at)
        back = backward(self._top, self._order or [self._top], TABLE, seed)
        said = (part[3] for parts in back.gathered.values() for part in parts)
        self.reasons = tuple(dict.fromkeys(reason for reason in said if reason is not None))
        found = back.adjoints.get(self._of.id)
        return None if found is None else broadcast_whole(found, self._of.shape)

    def added(self, partial: Node, add: Add) -> Node:
        """The partial as a node of the growing graph; what it needs is added by `add`, once.

        It is the last that is added, unless it was there. In place of the marks of partials on
        their way, what they mark is added as a partial.
        """
        order = ancestors([partial], self._meant)
        marked = {each.id for node in order if TABLE[node.op].marks_partial for each in node.nodes}
        for node in order:
            if TABLE[node.op].marks_partial:
                (self._meant[node.id],) = (self._meant[each.id] for each in node.nodes)
                continue
            inputs = tuple(
                self._meant[each.id] if isinstance(each, Node) else each for each in node.inputs
            )
            self._meant[node.id] = add(node, inputs, node.adjoint or node.id in marked)
        return self._meant[partial.id]


def _simpler(
    graph: Graph, op: str, inputs: tuple[Operand, ...], params: Parameters
) -> Operand | None:
    return scaled(graph, op, inputs) or simplify(graph, op, inputs, params)

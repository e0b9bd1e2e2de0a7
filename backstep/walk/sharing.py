"""The results that a walk computes once and reuses: forward values, and shared partials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.walk.walk import Walk


@dataclass(frozen=True, slots=True)
class Sharing:
    """By node id: the nodes whose partials read its value, and the parameters its partial serves.

    The parameters are bits, in the order of `parameters`.
    """

    read_by: Mapping[int, tuple[Node, ...]]
    parameters: Sequence[str]
    bits: Mapping[int, int]

    def serves(self, node: Node, most: int) -> tuple[list[str], int]:
        """The parameters whose gradients pass a node's partial, up to `most`, and how many."""
        bits = self.bits.get(node.id, 0)
        found: list[str] = []
        for place, name in enumerate(self.parameters):
            if len(found) == most:
                break
            if bits >> place & 1:
                found.append(name)
        return found, bits.bit_count()


def sharing(definition: Definition, walk: Walk) -> Sharing:
    """The results that the steps of a walk share, by node."""
    learned = [leaf for leaf in definition.leaves if leaf.role == "param"]
    constants = {leaf.node.id for leaf in definition.leaves if leaf.role == "const"}
    bits = {leaf.node.id: 1 << place for place, leaf in enumerate(learned)}
    read: dict[int, dict[int, Node]] = {}
    for vertex in walk.view.vertices:
        own = bits.get(vertex.node.id, 0)
        # A constant's partial is no step of the walk.
        walked = vertex.node.id not in constants
        for link in walk.view.uses.get(vertex.node.id, ()):
            sent = walk.contributions[link.id]
            if sent.reason is None:
                bits[link.use.id] = bits.get(link.use.id, 0) | own
            if walked and sent.rule is not None:
                for key in sent.rule.read:
                    read.setdefault(key, {})[vertex.node.id] = vertex.node
    return Sharing(
        {key: tuple(nodes.values()) for key, nodes in read.items()},
        tuple(leaf.name for leaf in learned),
        bits,
    )

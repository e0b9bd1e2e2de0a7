"""The edges between a target and the loss, and how a change on one of them changes the partial.

Numbers alone: the pullback along an edge is evaluated with one part of its formula changed, and the
result is propagated to the target. Which changes are tried is `chain`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backstep.autodiff.zoom import Edge, Vertex, named_seed, pullback, unit, view
from backstep.evaluate.interpret import literal_number
from backstep.evaluate.numeric import compute
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.marking.mistake import Value, worked_out
from backstep.marking.rare_pieces import varies
from backstep.marking.trial import SamplePoint, Submission
from backstep.ops import TABLE
from backstep.ops.row import Array

_MOST_LINKS = 120
"""Edges whose formulas are examined, those nearest to the target first."""
_MOST_ELEMENTS = 20_000
"""Elements of all forward values; larger networks get no hint of this kind."""


@dataclass(frozen=True, slots=True)
class Part:
    """A mistake in a part of an edge's formula: at `node`, `numpy` replaces the right form.

    `shown` is what is left out or mistreated, for the words.
    """

    kind: str
    node: Node
    numpy: Callable[..., Array]
    shown: Operand


@dataclass(frozen=True, slots=True)
class TestedEdge:
    """An edge, the vertex that reads along it, and its pullback as a formula of a seed."""

    link: Edge
    vertex: Vertex
    seed: Node
    formula: Node
    tree: tuple[Node, ...]
    local: Node | None
    """The local derivative, if source and use are scalars."""


class TestedEdges:
    """The edges of one claim, nearest to the target first, and values at points.

    `folded`: a statement is one vertex; else every operation is one.
    """

    def __init__(self, claim: Submission, folded: bool = True) -> None:
        self.claim = claim
        self.definition = claim.prepared.definition
        self.target = claim.target.node
        self._folded = folded
        small = self.definition.graph.elements <= _MOST_ELEMENTS
        self.edges = self._edges() if small else []
        self._forward: dict[int, tuple[SamplePoint, dict[int, Array]]] = {}
        self._right: dict[tuple[str, int], Array] = {}
        self.work = 0
        """Node evaluations so far."""

    def _edges(self) -> list[TestedEdge]:
        definition = self.definition
        nodes = definition.graph.nodes[: definition.graph.forward_count]
        groups = [
            [definition.graph.nodes[key] for key in block.nodes]
            for block in definition.blocks
            if block.kind == "statement" and self._folded
        ]
        seen = view(nodes, _without_leaves(groups))
        behind = {node.id for node in ancestors([definition.loss])}
        vertices = {vertex.node.id: vertex for vertex in seen.vertices}
        found: list[TestedEdge] = []
        reached, waiting = {self.target.id}, [self.target.id]
        while waiting and len(found) < _MOST_LINKS:
            source = waiting.pop(0)
            for link in seen.uses.get(source, ()):
                if link.use.id not in behind:
                    continue
                edge = self._edge(link, vertices[link.use.id])
                if edge is not None:
                    found.append(edge)
                if link.use.id not in reached:
                    reached.add(link.use.id)
                    waiting.append(link.use.id)
        return found

    def _edge(self, link: Edge, vertex: Vertex) -> TestedEdge | None:
        seed = named_seed(vertex)
        # The loss's own partial is 1, and is not printed.
        first = unit(vertex) if vertex.node is self.definition.loss else seed
        found = pullback(vertex, first)[link.id].partial
        if found is None:
            return None
        start = self.definition.graph.forward_count or 0
        tree = [node for node in ancestors([found]) if node.id >= start and node is not seed]
        local = None
        if vertex.node.shape == () and link.source.shape == ():
            local = pullback(vertex, unit(vertex))[link.id].partial
        return TestedEdge(link, vertex, seed, found, tuple(tree), local)

    def known(self, tried: SamplePoint) -> dict[int, Array]:
        """All forward values at a point."""
        key = id(tried)
        if key not in self._forward:
            known = dict(tried.numbers.values)
            nodes = self.definition.graph.nodes[: self.definition.graph.forward_count]
            # The point is kept with its values, so that no other one gets its id.
            self._forward[key] = tried, compute(nodes, known)
        return self._forward[key][1]

    def sent(
        self, edge: TestedEdge, tried: SamplePoint, g: Array, part: Part | None = None
    ) -> Array:
        """What goes along an edge when `g` arrives, with a part of the formula changed.

        Raises Unfit if what is left of the formula does not fit.
        """
        self.work += len(edge.tree) + 1
        return evaluated(edge, self.known(tried), g, part, {})

    def right(self, edge: TestedEdge, tried: SamplePoint) -> Array:
        """What goes along an edge at a point, evaluated once."""
        key = edge.link.id, id(tried)
        if key not in self._right:
            self._right[key] = self.sent(edge, tried, tried.numbers.partial(edge.link.use))
        else:
            self.work += len(edge.tree) + 1
        return self._right[key]

    def changed(self, edge: TestedEdge, value: Value) -> Value:
        """The partial if `value` were sent along the edge."""

        def found(tried: SamplePoint) -> Array | None:
            instead = value(tried)
            if instead is None:
                return None
            right = self.right(edge, tried)
            if edge.link.source is self.target and not self.several(edge):
                return self._picked(instead)  # in its own shape, whatever that is
            if edge.link.source is self.target:
                return self._picked(tried.numbers.partial(self.target) - right + instead)
            try:
                change = np.broadcast_to(instead - right, edge.link.source.shape)
            except ValueError:
                return None
            return self._picked(
                tried.numbers.partial(self.target) + self._back(edge.link.source, change, tried)
            )

        return found

    def _picked(self, whole: Array) -> Array | None:
        target = self.claim.target
        if target.whole or whole.shape != target.node.shape:
            return whole
        return np.asarray(whole[target.places[0]])

    def ahead(self) -> list[Node]:
        """The nodes between the target and the loss that have a name, nearest first."""
        found = {edge.link.use.id: edge.link.use for edge in self.edges}
        return [node for key, node in sorted(found.items()) if node is not self.definition.loss]

    def of(self, node: Node, tried: SamplePoint) -> Array | None:
        """The partial with a node in place of the loss: with all its elements added up."""
        return self._picked(self._back(node, np.ones(node.shape), tried))

    def own(self, edge: TestedEdge, tried: SamplePoint) -> Array:
        """What each element of the use sends back to the element at the same index."""
        size = int(np.prod(edge.link.use.shape))
        found = np.zeros(size)
        for place, seed in enumerate(np.eye(size)):
            found[place] = self.sent(edge, tried, seed.reshape(edge.link.use.shape)).flat[place]
        return found.reshape(edge.link.use.shape)

    def _back(self, source: Node, change: Array, tried: SamplePoint) -> Array:
        """How a change of the partial at a node changes the target's: backward, from there."""
        arriving: dict[int, Array] = {source.id: change}
        below = [edge for edge in self.edges if edge.link.use.id <= source.id]
        for edge in sorted(below, key=lambda edge: -edge.link.use.id):
            g = arriving.get(edge.link.use.id)
            if g is not None:
                value = self.sent(edge, tried, g)
                at = edge.link.source.id
                arriving[at] = arriving[at] + value if at in arriving else value
        return arriving.get(self.target.id, np.zeros(self.target.shape))

    def several(self, edge: TestedEdge) -> bool:
        """Whether the edge's source is used elsewhere too."""
        return len([each for each in self.edges if each.link.source is edge.link.source]) > 1


def _without_leaves(groups: Sequence[Sequence[Node]]) -> list[list[Node]]:
    return [[node for node in group if not TABLE[node.op].leaf] for group in groups]


def evaluated(
    edge: TestedEdge,
    known: Mapping[int, Array],
    g: Array,
    part: Part | None,
    moved: Mapping[int, Array],
) -> Array:
    """An edge's formula when `g` arrives, with a mistake in a part, and forward values moved by
    `moved`.

    Raises Unfit if what is left of the formula does not fit.
    """
    values = _evaluated(edge, known, g, part, moved)
    formula = edge.formula
    return np.asarray(
        values[formula.id] if formula.id in values else known[formula.id], dtype=np.float64
    )


def sticks(
    edge: TestedEdge,
    known: Sequence[Mapping[int, Array]],
    part: Part | None,
    moved: Sequence[Mapping[int, Array]],
) -> bool:
    """Whether a condition in an edge's formula that changes sides at some points no longer does.

    `known` and `moved` are the forward values, and those that are moved, at each of the points.
    """
    kinked = [node for node in edge.tree if TABLE[node.op].crossed]
    if not kinked:
        return False
    nowhere: Mapping[int, Array] = {}
    g = np.ones(edge.link.use.shape)
    before = [{**each, **_evaluated(edge, each, g, None, nowhere)} for each in known]
    after = [
        {**each, **away, **_evaluated(edge, each, g, part, away)}
        for each, away in zip(known, moved, strict=True)
    ]
    return any(varies(node, before) and not varies(node, after) for node in kinked)


def _evaluated(
    edge: TestedEdge,
    known: Mapping[int, Array],
    g: Array,
    part: Part | None,
    moved: Mapping[int, Array],
) -> dict[int, Array]:
    values: dict[int, Array] = {edge.seed.id: g}

    def of(operand: Operand) -> Array:
        if isinstance(operand, Literal):
            return literal_number(operand)
        if operand.id in values:
            return values[operand.id]
        return moved[operand.id] if operand.id in moved else known[operand.id]

    with np.errstate(all="ignore"):
        for node in edge.tree:
            wrong = part.numpy if part is not None and node is part.node else None
            values[node.id] = worked_out(node, list(map(of, node.inputs)), wrong)
    return values

"""Zooms: which forward nodes are drawn as one, and what one drawn node sends to another.

A view is the graph with some nodes folded into groups; each group has one output.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from backstep.autodiff.reverse import Contribution, backward
from backstep.graph.node import Node, literal
from backstep.ops import TABLE
from backstep.simplify.convolutions import convolutions
from backstep.simplify.value_numbering import Meaning


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of a view: `use` reads `source`.

    `position` is the input's number if every use is drawn alone; None if a group's uses of the same
    node are drawn as one.
    """

    source: Node
    use: Node
    position: int | None

    @property
    def id(self) -> str:
        """The id of the edge in drawing, walk and style sheet."""
        return f"n{self.source.id}-n{self.use.id}-{self.position or 0}"


@dataclass(frozen=True, slots=True)
class Vertex:
    """A drawn node: its output, and all nodes folded into it (the output last)."""

    node: Node
    members: tuple[Node, ...]
    links: tuple[Edge, ...]
    """Its incoming edges, in the order of the text."""
    framed: bool = False
    """Whether its group is a frame: then other vertices of the group may have members of its."""

    @property
    def id(self) -> str:
        """The id of the vertex in drawing, walk and style sheet."""
        return f"n{self.node.id}"


@dataclass(frozen=True, slots=True)
class View:
    """Vertices in the order of the forward walk: declared leaves, then operations."""

    vertices: tuple[Vertex, ...]
    uses: Mapping[int, tuple[Edge, ...]] = field(default_factory=dict)
    """By node id its outgoing edges, in the order of the text."""


_HIDDEN = -1
"""The home of a node that is inside a frame."""


def view(
    nodes: Sequence[Node],
    groups: Iterable[Sequence[Node]] = (),
    apart: Collection[int] = (),
    frames: Collection[int] = (),
) -> View:
    """The view of forward nodes (ascending) with the nodes of each group folded together.

    A node of a group is folded into the one vertex that reads it. One that several vertices read,
    that is read from outside its group, that nothing reads, or whose id is in `apart`, is a vertex
    of its own: so a statement of one value is one vertex, and a cell of two is as few as can be.

    Of a group whose number is in `frames` only what leaves it is a vertex; each has all that it is
    computed from inside, so that what two of them share is a member of both.
    """
    group_of = {node.id: number for number, group in enumerate(groups) for node in group}
    readers: dict[int, set[int]] = {}
    home: dict[int, int] = {}
    for node in reversed(nodes):
        reading = {home[reader] for reader in readers.get(node.id, ())}
        into = next(iter(reading)) if len(reading) == 1 else None
        group = group_of.get(node.id)
        folds = into is not None and group is not None and group == group_of.get(into)
        folds = folds and node.id not in apart
        if group in frames:
            inner = {group_of.get(reader) for reader in readers.get(node.id, ())}
            folds, into = inner == {group}, _HIDDEN
        home[node.id] = into if folds and into is not None else node.id
        for parent in node.nodes:
            readers.setdefault(parent.id, set()).add(node.id)
    members: dict[int, list[Node]] = {}
    for node in nodes:
        members.setdefault(home[node.id], []).append(node)
    hidden = {node.id for node in members.pop(_HIDDEN, [])}
    vertices = []
    for node in nodes:
        if home[node.id] != node.id:
            continue
        if group_of.get(node.id) in frames:
            vertices.append(_vertex(node, _behind(node, hidden), True, framed=True))
        else:
            vertices.append(_vertex(node, tuple(members[node.id]), node.id in group_of))
    vertices.sort(key=lambda vertex: (not TABLE[vertex.node.op].leaf, vertex.node.id))
    uses: dict[int, list[Edge]] = {}
    for vertex in sorted(vertices, key=lambda vertex: vertex.node.id):
        for link in vertex.links:
            uses.setdefault(link.source.id, []).append(link)
    return View(tuple(vertices), {key: tuple(links) for key, links in uses.items()})


def _behind(node: Node, hidden: Collection[int]) -> tuple[Node, ...]:
    """The node and the hidden nodes that it is computed from, ascending."""
    found, open_nodes = {node.id: node}, [node]
    while open_nodes:
        for parent in open_nodes.pop().nodes:
            if parent.id in hidden and parent.id not in found:
                found[parent.id] = parent
                open_nodes.append(parent)
    return tuple(found[key] for key in sorted(found))


def _vertex(node: Node, members: tuple[Node, ...], grouped: bool, framed: bool = False) -> Vertex:
    inside = {member.id for member in members}
    links: list[Edge] = []
    seen: set[int] = set()
    for member in members:
        for position, operand in enumerate(member.inputs):
            if not isinstance(operand, Node) or operand.id in inside:
                continue
            if grouped and operand.id in seen:
                continue
            seen.add(operand.id)
            links.append(Edge(operand, node, None if grouped else position))
    return Vertex(node, members, tuple(links), framed)


@dataclass(frozen=True, slots=True)
class Pullback:
    """What a vertex sends along one edge: a node of the source's shape, or the reason for none."""

    partial: Node | None
    reason: str | None


def pullback(vertex: Vertex, seed: Node) -> dict[str, Pullback]:
    """What arrives along each incoming edge if `seed` is the partial at the vertex.

    A convolution sends back as one, x ⋆ δ and δ ∗ K, past the windows that it is made of.
    """
    whole: Mapping[int, Meaning] = {}
    if len(vertex.members) > 1:
        whole = convolutions(vertex.members, {link.source.id for link in vertex.links})
    found = backward(vertex.node, vertex.members, TABLE, seed, meanings=whole).contributions
    answers: dict[str, Pullback] = {}
    inside = [part for parts in found.values() for part in parts]
    flat = next((part.reason for part in inside if part.reason is not None), None)
    placed: dict[tuple[int, int], list[Contribution]] = {}
    for source, parts in found.items():
        for part in parts:
            placed.setdefault((source, part.position), []).append(part)
    for link in vertex.links:
        if link.position is None:
            arriving: Sequence[Contribution] = found.get(link.source.id, ())
        else:
            arriving = placed.get((link.source.id, link.position), ())
        answers[link.id] = _joined(arriving, flat)
    return answers


def _joined(parts: Sequence[Contribution], flat: str | None) -> Pullback:
    """The sum of what goes along one edge; if that is nothing, the reason: `flat` is what stopped
    it.
    """
    present = [part.partial for part in parts if part.partial is not None]
    reasons = [part.reason for part in parts if part.reason is not None]
    total = None
    for partial in present:
        total = partial if total is None else total + partial
    if total is not None:
        return Pullback(total, None)
    return Pullback(None, reasons[0] if reasons else flat if not parts else None)


def unit(vertex: Vertex) -> Node:
    """The seed for which the pullbacks are the local derivatives: the number 1."""
    return vertex.node.graph.constant(literal(1))


def named_seed(vertex: Vertex) -> Node:
    """A seed that stands for the partial at the vertex, whatever its value: for formulas."""
    graph = vertex.node.graph
    return graph.apply("seed", name=vertex.id, shape=vertex.node.shape)

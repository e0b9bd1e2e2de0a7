"""Paths from a node to a later one along a view's edges: counted, then listed.

Counting takes one sum for each node, so that a count far past the limit of a list is known first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from backstep.autodiff.zoom import Edge, Vertex, View
from backstep.graph.node import Node

Path = tuple[Edge, ...]
"""Edges from the first node to the last; no edge if both are one node."""


def on_the_way(nodes: Sequence[Node], of: Node, to: Node) -> list[Node]:
    """The nodes on any path from `of` to `to`, both included, ascending.

    `nodes` are those of the graph up to `to` at least. Empty if `of` does not lead to `to`.
    """
    led = {of.id}
    for node in nodes[of.id + 1 : to.id + 1]:
        if any(parent.id in led for parent in node.nodes):
            led.add(node.id)
    if to.id not in led:
        return []
    leading = {to.id}
    for node in reversed(nodes[of.id : to.id + 1]):
        if node.id in leading:
            leading.update(parent.id for parent in node.nodes if parent.id in led)
    return [nodes[key] for key in sorted(leading)]


def narrowed(view: View, kept: Collection[int]) -> View:
    """The view reduced to the nodes in `kept`: what is off a path is left out."""
    vertices = [
        Vertex(
            vertex.node,
            tuple(member for member in vertex.members if member.id in kept),
            tuple(link for link in vertex.links if link.source.id in kept),
        )
        for vertex in view.vertices
        if vertex.node.id in kept
    ]
    uses = {
        key: tuple(link for link in links if link.use.id in kept)
        for key, links in view.uses.items()
        if key in kept
    }
    return View(tuple(vertices), uses)


def counts(view: View, to: Node) -> Mapping[int, int]:
    """By node id, how many paths lead from each drawn node to `to`; nodes without any are left out.

    Several edges between the same two nodes are several paths.
    """
    found = {to.id: 1}
    for key in sorted((vertex.node.id for vertex in view.vertices), reverse=True):
        if key >= to.id:
            continue
        total = sum(found.get(link.use.id, 0) for link in view.uses.get(key, ()))
        if total:
            found[key] = total
    return found


def longest(view: View, of: Node, to: Node) -> int:
    """How many edges the longest path from `of` to `to` has; 0 if there is none."""
    lengths = {to.id: 0}
    for key in sorted((vertex.node.id for vertex in view.vertices), reverse=True):
        ahead = [lengths[link.use.id] for link in view.uses.get(key, ()) if link.use.id in lengths]
        if ahead and of.id <= key < to.id:
            lengths[key] = 1 + max(ahead)
    return lengths.get(of.id, 0)


def between(view: View, of: Node, to: Node) -> tuple[Edge, ...]:
    """The edges that are on a path from `of` to `to`, those nearest to `to` first."""
    reach = counts(view, to)
    met = {of.id}
    found: list[Edge] = []
    for key in sorted(reach):
        if key in met:
            onward = [link for link in view.uses.get(key, ()) if link.use.id in reach]
            met.update(link.use.id for link in onward)
            found.extend(onward)
    return tuple(sorted(found, key=lambda link: (-link.use.id, link.source.id, link.position or 0)))


def paths(view: View, of: Node, to: Node) -> Iterator[Path]:
    """Every path from `of` to `to`, in the order of the text.

    Unbounded unless the caller bounds it: `counts` returns how many there are.
    """
    reach = counts(view, to)
    if of.id not in reach:
        return
    trail: list[Edge] = []
    open_links = [iter(_onward(view, of, reach))]
    if of.id == to.id:
        yield ()
        return
    while open_links:
        link = next(open_links[-1], None)
        if link is None:
            open_links.pop()
            if trail:
                trail.pop()
            continue
        trail.append(link)
        if link.use.id == to.id:
            yield tuple(trail)
            trail.pop()
        else:
            open_links.append(iter(_onward(view, link.use, reach)))


def _onward(view: View, node: Node, reach: Mapping[int, int]) -> list[Edge]:
    return [link for link in view.uses.get(node.id, ()) if link.use.id in reach]

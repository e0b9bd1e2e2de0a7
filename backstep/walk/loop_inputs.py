"""Values that several passes of a loop read: each drawn once, apart, and as a ghost at each use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backstep.autodiff.zoom import Edge, Vertex
from backstep.ops import TABLE
from backstep.walk.folding import Folded

_OFTEN = 3
"""A parameter with so many uses is drawn apart, whatever reads it."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The leaves that are drawn apart, and where each is read.

    `place_of` says by vertex the closed frame or open pass that it is in, or else its own id: uses
    at one place share a ghost.
    """

    leaves: tuple[Vertex, ...]
    place_of: Mapping[str, str]
    bars: Mapping[str, int] = field(default_factory=dict)
    """By vertex how many passes have a bar for what they add to its partial."""

    def place(self, link: Edge) -> str:
        """The place of a use."""
        return self.place_of.get(f"n{link.use.id}", f"n{link.use.id}")

    def ids(self) -> frozenset[str]:
        """The ids of the vertices that are drawn apart."""
        return frozenset(vertex.id for vertex in self.leaves)


def strip(folded: Folded) -> Strip:
    """The leaves that stand in the strip: those that two frames read, and often used parameters.

    Without frames there are none.
    """
    if not folded.loops:
        return Strip((), {})
    places = dict(_places(folded))
    passes = set(places.values())
    found = []
    for vertex in folded.view.vertices:
        if not TABLE[vertex.node.op].leaf:
            continue
        uses = folded.view.uses.get(vertex.node.id, ())
        read = {places.get(f"n{link.use.id}", f"n{link.use.id}") for link in uses}
        often = vertex.node.params.get("role") == "param" and len(read) >= _OFTEN
        if len(read & passes) > 1 or (read & passes and len(read) > 1) or often:
            found.append(vertex)
    return Strip(tuple(found), places)


def _places(folded: Folded) -> Iterator[tuple[str, str]]:
    """By vertex, the innermost closed frame or open pass around it."""
    inside = {key: fold.id for fold in folded.opened if fold.kind == "pass" for key in fold.nodes}
    inside |= {key: fold.id for fold in folded.framed for key in fold.nodes}
    for vertex in folded.view.vertices:
        if vertex.node.id in inside:
            yield vertex.id, inside[vertex.node.id]

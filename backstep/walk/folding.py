"""Views with folds: groups of operations that are drawn as one node, and can be opened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from backstep.autodiff.zoom import Vertex, View, view
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.walk.folds import Fold, all_of, folds, joined, operations
from backstep.walk.repeats import with_repeats

Level = Literal["statements", "passes", "loops", "ends", "repeats", "layers", "whole"]
"""How far a text is folded. `statements`, `passes` and `loops`: every one of them is a node. The
others are for a page, with a pass or a loop as a frame around what leaves it. `ends`: the passes of
a loop are frames, and of a long loop those between the first and the last are one; `repeats`: so
are groups of statements that the text repeats (`walk.repeats`); `layers`: a layer's own parameters
are inside it as well; `whole`: a loop, or a run of repeats, is one frame."""
Zoom = Literal["block", "tensor", "scalar"]

_NEXT: dict[Level, Level] = {"statements": "passes", "passes": "loops"}
FRAMED: tuple[Level, ...] = ("ends", "repeats", "layers", "whole")
"""The levels of a page, from the finest to the coarsest."""
CLOSE: tuple[Level, ...] = ("layers", "whole")
"""Those at which a layer's own parameters are inside it."""
_SIDE_BY_SIDE = 3
"""So many passes of a loop stand side by side; of more, those between the first and the last are
one frame."""
_FRAMES = ("pass", "passes", "loop")


@dataclass(frozen=True, slots=True)
class Folded:
    """A view with the folds that can be opened and closed.

    `closed` maps the id of a vertex to the fold that it, or a part of it, stands for; `opened` are
    the open folds, outer before inner.
    """

    view: View
    closed: dict[str, Fold]
    opened: tuple[Fold, ...]
    framed: tuple[Fold, ...] = ()
    """Closed passes, runs of passes and loops that are drawn as a frame around what leaves them."""
    loops: tuple[Fold, ...] = ()
    """The loops whose passes are drawn as frames."""
    by_hand: frozenset[str] = frozenset()
    """The ids that a request opens, including those that the text does not have."""

    def within(self, fold: Fold) -> tuple[Vertex, ...]:
        """The vertices of an open fold's operations and of its own parameters."""
        nodes = {*fold.nodes, *fold.own}
        return tuple(vertex for vertex in self.view.vertices if vertex.node.id in nodes)

    def around(self, fold: Fold) -> tuple[Vertex, ...]:
        """The leaves that nothing outside an open fold reads; its frame may contain them."""
        nodes = set(fold.nodes)
        return tuple(
            vertex
            for vertex in self.view.vertices
            if TABLE[vertex.node.op].leaf
            and all(link.use.id in nodes for link in self.view.uses.get(vertex.node.id, ()))
        )

    def opened_in(self, fold: Fold) -> tuple[str, ...]:
        """The ids whose opening a fold's closing takes back: its own and those inside it."""
        inside = {each.id for each in all_of(fold)}
        if fold.kind == "loop":
            inside |= {key for key in self.by_hand if _range_of(fold, key) is not None}
        return tuple(sorted(self.by_hand & inside))


def _cut(found: Iterable[Fold], level: Level, opened: Collection[str] = ()) -> Iterator[Fold]:
    """The folds that are closed at a level; of `opened`, those that part a run of passes count."""
    for fold in found:
        if fold.kind == "loop":
            if level in ("loops", "whole"):
                yield fold
            else:
                yield from _passes(fold, level, opened)
        elif fold.kind == "pass" and level == "statements":
            yield from _cut(fold.inside, level, opened)
        else:
            yield fold


def _passes(loop: Fold, level: Level, opened: Collection[str]) -> Iterator[Fold]:
    """What a loop that is not one node is drawn as: its passes, or frames of them."""
    if level in FRAMED and len(loop.inside) > _SIDE_BY_SIDE:
        yield from _runs(loop, opened)
    else:
        yield from _cut(loop.inside, level, opened)


def _runs(loop: Fold, opened: Collection[str]) -> Iterator[Fold]:
    """The first pass, the last and those that are opened, and between them a fold for each run."""
    last = len(loop.inside) - 1
    alone = {0, last}
    for key in opened:
        found = None if key == loop.id else _range_of(loop, key)
        if found is not None:
            alone.update(found)
    for single, places in groupby(range(last + 1), lambda place: place in alone):
        passes = [loop.inside[place] for place in places]
        if single or len(passes) == 1:
            yield from passes
        else:
            yield joined(passes, "passes")


def _range_of(loop: Fold, key: str) -> range | None:
    """The places of the passes that an id names: `b4` of one, `b4-9` of a run; `r4` and `r4-9` of
    repeated statements."""
    at = {each.id: place for place, each in enumerate(loop.inside)}
    first, _, last = key.partition("-")
    end = f"{first[:1]}{last}" if last else first
    if first not in at or end not in at:
        return None
    return range(at[first], at[end] + 1)


def at_zoom(
    definition: Definition,
    zoom: Zoom,
    level: Level = "statements",
    opened: Collection[str] = (),
) -> Folded:
    """The definition at a zoom: `tensor`, a node for each primitive; `block`, one for each fold.

    At `block` the closed folds are those of a level, except those that `opened` names. For `scalar`
    the definition must be the scalar one; its blocks are single nodes.
    """
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    if zoom == "tensor":
        return Folded(view(nodes), {}, ())
    if zoom == "scalar":
        groups = [
            [definition.graph.nodes[key] for key in operations(definition, block)]
            for block in definition.blocks
            if block.kind == "statement"
        ]
        return Folded(view(nodes, groups), {}, ())
    return _folded(definition, nodes, level, opened)


def _folded(
    definition: Definition, nodes: Sequence[Node], level: Level, opened: Collection[str]
) -> Folded:
    closed: list[Fold] = []
    open_: list[Fold] = []
    outer = folds(definition)
    if level in FRAMED[1:]:
        outer = with_repeats(definition, outer)
    ahead = list(_cut(outer, level, opened))[::-1]
    while ahead:
        fold = ahead.pop()
        if fold.kind == "passes":
            closed.append(fold)
        elif fold.id in opened and len(fold) > 1:
            open_.append(fold)
            ahead.extend(reversed(_parts(fold, level, opened)))
        else:
            closed.append(fold)
    by_id = {node.id: node for node in nodes}
    framed = tuple(fold for fold in closed if fold.kind in _FRAMES) if level in FRAMED else ()
    # What cannot be opened has nothing inside.
    inside = {fold.id for fold in closed if len(fold) > 1 and (fold in framed or level in CLOSE)}
    closed = [fold for fold in closed if len(fold)]
    groups = [
        [by_id[key] for key in sorted({*fold.nodes, *(fold.own if fold.id in inside else ())})]
        for fold in closed
    ]
    frames = {place for place, fold in enumerate(closed) if fold in framed}
    seen = view(nodes, groups, set(_named(definition, closed)), frames)
    fold_of = {key: fold for fold in closed for key in fold.nodes}
    drawn_of = {
        vertex.id: fold_of[vertex.node.id]
        for vertex in seen.vertices
        if vertex.node.id in fold_of and len(fold_of[vertex.node.id]) > 1
    }
    loops = tuple(_loops(outer, {fold.id for fold in (*framed, *open_)}, level, opened))
    return Folded(seen, drawn_of, tuple(open_), framed, loops, frozenset(opened))


def _loops(
    outer: Iterable[Fold], drawn: Collection[str], level: Level, opened: Collection[str]
) -> Iterator[Fold]:
    """The loops of which passes are drawn as frames."""
    if level in FRAMED:
        for fold in outer:
            for each in all_of(fold):
                if each.kind == "loop" and any(run.id in drawn for run in _runs(each, opened)):
                    yield each


def _parts(fold: Fold, level: Level, opened: Collection[str]) -> tuple[Fold, ...]:
    """The folds in an open fold; if it is only one with all its operations, that fold's parts."""
    while len(fold.inside) == 1 and len(fold.inside[0]) == len(fold):
        (fold,) = fold.inside
    if fold.kind == "loop" and level in FRAMED:
        return tuple(_passes(fold, level, opened))
    return fold.inside


def _named(definition: Definition, closed: Iterable[Fold]) -> Iterator[int]:
    """Ids of named nodes: `c` of `h, c = …` is shown even if only `h` is read."""
    inside = {key for fold in closed if fold.kind == "statement" for key in fold.nodes}
    for versions in definition.names.values():
        yield from (version.node.id for version in versions if version.node.id in inside)


def levels() -> Iterator[Level]:
    """The levels from the finest to the coarsest."""
    level: Level | None = "statements"
    while level is not None:
        yield level
        level = _NEXT.get(level)

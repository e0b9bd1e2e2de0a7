"""Folds: groups of operations that are drawn as one node, and can be opened and closed.

A fold is a statement, a call of a user's function, a layer, a pass of a loop, or a whole loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from backstep.autodiff.zoom import Vertex, View, view
from backstep.graph.node import Node
from backstep.lang.compile.definition import Block, Definition
from backstep.ops import TABLE

Level = Literal["statements", "passes", "loops"]
Zoom = Literal["block", "tensor", "scalar"]
FoldKind = Literal["statement", "function", "layer", "pass", "loop"]

_NEXT: dict[Level, Level] = {"statements": "passes", "passes": "loops"}


@dataclass(frozen=True, slots=True)
class Fold:
    """Operations that can be drawn as one node; `nodes` are their ids, without leaves.

    `own` are the leaves created inside, a layer's parameters.
    """

    id: str
    kind: FoldKind
    title: str
    nodes: tuple[int, ...]
    own: tuple[int, ...]
    inside: tuple[Fold, ...]

    def __len__(self) -> int:
        return len(self.nodes)


@dataclass(frozen=True, slots=True)
class Folded:
    """A view with the folds that can be opened and closed.

    `closed` maps the id of a vertex to the fold that it, or a part of it, stands for; `opened` are
    the open folds, outer before inner.
    """

    view: View
    closed: dict[str, Fold]
    opened: tuple[Fold, ...]

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


def folds(definition: Definition) -> tuple[Fold, ...]:
    """The outermost folds of a text, each with those inside it."""
    below: dict[int | None, list[Block]] = defaultdict(list)
    for block in definition.blocks:
        below[block.parent].append(block)
    return tuple(_folds(definition, below, None))


def _folds(
    definition: Definition, below: dict[int | None, list[Block]], parent: int | None
) -> Iterator[Fold]:
    def own(block: Block) -> Fold:
        kind = "pass" if block.kind == "loop" else block.kind
        nodes = _operations(definition, block)
        own = tuple(key for key in block.nodes if key not in set(nodes))
        inside = tuple(_folds(definition, below, block.id))
        return Fold(f"b{block.id}", kind, block.title, nodes, own, inside)

    for (kind, _), blocks in groupby(below[parent], lambda block: (block.kind, block.span)):
        found = [own(block) for block in blocks]
        if kind != "loop":
            yield from found
            continue
        first, last = found[0], found[-1]
        title = first.title if len(found) == 1 else f"{first.title} … {last.title.split()[-1]}"
        whole = tuple(node for each in found for node in each.nodes)
        leaves = tuple(node for each in found for node in each.own)
        yield Fold(f"{first.id}-{last.id[1:]}", "loop", title, whole, leaves, tuple(found))


def _operations(definition: Definition, block: Block) -> tuple[int, ...]:
    nodes = definition.graph.nodes
    return tuple(key for key in block.nodes if not TABLE[nodes[key].op].leaf)


def _cut(found: Iterable[Fold], level: Level) -> Iterator[Fold]:
    """The folds that are closed at a level, before any is opened or closed by hand."""
    for fold in found:
        whole = fold.kind == "loop" and level == "loops"
        pass_ = fold.kind == "pass" and level == "passes"
        if whole or pass_ or fold.kind not in ("loop", "pass"):
            yield fold
        else:
            yield from _cut(fold.inside, level)


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
            [definition.graph.nodes[key] for key in _operations(definition, block)]
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
    ahead = list(_cut(folds(definition), level))[::-1]
    while ahead:
        fold = ahead.pop()
        if fold.id in opened and len(fold) > 1:
            open_.append(fold)
            ahead.extend(reversed(_parts(fold)))
        else:
            closed.append(fold)
    by_id = {node.id: node for node in nodes}
    groups = [[by_id[key] for key in fold.nodes] for fold in closed if len(fold)]
    seen = view(nodes, groups, set(_named(definition, closed)))
    fold_of = {key: fold for fold in closed for key in fold.nodes}
    drawn_of = {
        vertex.id: fold_of[vertex.node.id]
        for vertex in seen.vertices
        if vertex.node.id in fold_of and len(fold_of[vertex.node.id]) > 1
    }
    return Folded(seen, drawn_of, tuple(open_))


def _parts(fold: Fold) -> tuple[Fold, ...]:
    """The folds in an open fold; if it is only one with all its operations, that fold's parts."""
    while len(fold.inside) == 1 and len(fold.inside[0]) == len(fold):
        (fold,) = fold.inside
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

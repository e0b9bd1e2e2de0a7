"""Which operations are drawn as one: the blocks of a text as folds that open and close.

A fold is a statement, a call of a user's function, a layer, a pass of a loop, or a whole loop.
Draws nothing and counts no steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from app.calculus.zoom import Vertex, View, view
from app.graph.node import Node
from app.lang.definition import Block, Definition
from app.ops import TABLE

Level = Literal["statements", "passes", "loops"]
Zoom = Literal["block", "tensor", "scalar"]

_NEXT: dict[Level, Level] = {"statements": "passes", "passes": "loops"}


@dataclass(frozen=True, slots=True)
class Fold:
    """Operations that can be drawn as one node; `nodes` are their ids, leaves left out."""

    id: str
    kind: Literal["statement", "function", "layer", "pass", "loop"]
    title: str
    nodes: tuple[int, ...]
    inside: tuple[Fold, ...]

    def __len__(self) -> int:
        return len(self.nodes)


@dataclass(frozen=True, slots=True)
class Folded:
    """A view with what of it can be opened and closed.

    `closed` gives, by vertex id, the fold that it (or a part of it) is drawn of; `opened` are the
    folds drawn open, outer before inner.
    """

    view: View
    closed: dict[str, Fold]
    opened: tuple[Fold, ...]

    def within(self, fold: Fold) -> tuple[Vertex, ...]:
        """The vertices drawn of an open fold's operations."""
        nodes = set(fold.nodes)
        return tuple(vertex for vertex in self.view.vertices if vertex.node.id in nodes)


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
        return Fold(
            f"b{block.id}", kind, block.title, nodes, tuple(_folds(definition, below, block.id))
        )

    for (kind, _), blocks in groupby(below[parent], lambda block: (block.kind, block.span)):
        found = [own(block) for block in blocks]
        if kind != "loop":
            yield from found
            continue
        first, last = found[0], found[-1]
        title = first.title if len(found) == 1 else f"{first.title} … {last.title.split()[-1]}"
        whole = tuple(node for each in found for node in each.nodes)
        yield Fold(f"{first.id}-{last.id[1:]}", "loop", title, whole, tuple(found))


def _operations(definition: Definition, block: Block) -> tuple[int, ...]:
    nodes = definition.graph.nodes
    return tuple(key for key in block.nodes if not TABLE[nodes[key].op].leaf)


def _cut(found: Iterable[Fold], level: Level) -> Iterator[Fold]:
    """The folds that are closed at a level, where none is opened or closed by hand."""
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
    """The definition at a zoom: `tensor`, a node a primitive; `block`, a node a fold.

    At `block` the folds closed are those of a level, but for the ones that `opened` names. At
    `scalar` it is the scalar definition that is given, whose blocks are what stays whole.
    """
    nodes = definition.graph.nodes[: definition.graph.forward]
    if zoom == "tensor":
        return Folded(view(nodes), {}, ())
    if zoom == "scalar":
        groups = [
            [definition.graph.nodes[key] for key in _operations(definition, block)]
            for block in definition.blocks
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
            ahead.extend(reversed(fold.inside))
        else:
            closed.append(fold)
    by_id = {node.id: node for node in nodes}
    seen = view(nodes, [[by_id[key] for key in fold.nodes] for fold in closed if len(fold)])
    fold_of = {key: fold for fold in closed for key in fold.nodes}
    drawn_of = {
        vertex.id: fold_of[vertex.node.id]
        for vertex in seen.vertices
        if vertex.node.id in fold_of and len(fold_of[vertex.node.id]) > 1
    }
    return Folded(seen, drawn_of, tuple(open_))


def levels() -> Iterator[Level]:
    """From the finest to the coarsest."""
    level: Level | None = "statements"
    while level is not None:
        yield level
        level = _NEXT.get(level)

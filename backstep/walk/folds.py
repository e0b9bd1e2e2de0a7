"""The folds of a text: a statement, a call of a user's function, a layer, a pass of a loop, a run
of passes, or a whole loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from backstep.lang.compile.definition import Block, Definition
from backstep.ops import TABLE

FoldKind = Literal["statement", "function", "layer", "pass", "passes", "loop"]


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
    repeated: bool = False
    """Whether it, or each of its passes, is a group of statements that the text repeats, and no
    pass of a loop."""

    def __len__(self) -> int:
        return len(self.nodes)


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
        nodes = operations(definition, block)
        own = tuple(key for key in block.nodes if key not in set(nodes))
        inside = tuple(_folds(definition, below, block.id))
        return Fold(f"b{block.id}", kind, block.title, nodes, own, inside)

    for (kind, _), blocks in groupby(below[parent], lambda block: (block.kind, block.span)):
        found = [own(block) for block in blocks]
        if kind != "loop":
            yield from found
        else:
            yield joined(found, "loop")


def operations(definition: Definition, block: Block) -> tuple[int, ...]:
    """The ids of a block's operations, without leaves."""
    nodes = definition.graph.nodes
    return tuple(key for key in block.nodes if not TABLE[nodes[key].op].leaf)


def all_of(fold: Fold) -> Iterator[Fold]:
    """A fold and all those inside it, outer before inner."""
    yield fold
    for inner in fold.inside:
        yield from all_of(inner)


def joined(passes: Sequence[Fold], kind: FoldKind) -> Fold:
    """Several passes as one fold."""
    first, last = passes[0], passes[-1]
    end = last.title if first.repeated else last.title.split()[-1]
    title = first.title if len(passes) == 1 else f"{first.title} … {end}"
    whole = tuple(node for each in passes for node in each.nodes)
    leaves = tuple(node for each in passes for node in each.own)
    return Fold(
        f"{first.id}-{last.id[1:]}",
        kind,
        title,
        whole,
        leaves,
        tuple(passes),
        repeated=first.repeated,
    )

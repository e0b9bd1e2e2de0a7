"""What each pass of a loop adds to the partial of what several passes read, folded or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log10

import numpy as np

from backstep.autodiff.zoom import Edge, Vertex, pullback
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.layout.plates import norm
from backstep.notation.symbols import Symbols
from backstep.walk.folding import Folded
from backstep.walk.folds import all_of
from backstep.walk.loop_inputs import Strip

_MOST_PASSES, _MOST_USES = 40, 400
"""Past either number there are no bars: they would be as thin as a line."""
_POWERS = 5
"""The powers of ten between the highest bar and the lowest."""
_LEAST = 0.06
"""The height of the lowest bar."""
ELSEWHERE = "outside the loop"


@dataclass(frozen=True, slots=True)
class PassShare:
    """What the uses in one pass add to a partial."""

    title: str
    """The pass, such as `t = 3`."""
    norm: float
    """The Euclidean norm of what they add."""
    height: float
    """The height of its bar: 1 for the largest of the passes, 0 for nothing, on a logarithmic
    scale.
    """


@dataclass(frozen=True, slots=True)
class PassUses:
    """The operations of a pass that read a leaf."""

    title: str
    uses: tuple[Node, ...]


def pass_uses(
    definition: Definition, folded: Folded, apart: Strip
) -> Mapping[str, tuple[PassUses, ...]]:
    """By vertex of the strip its uses in each pass of the outermost loops, in the order of the
    text; last those outside. Those that no more than one pass reads are left out."""
    inner = {fold.id for loop in folded.loops for each in loop.inside for fold in all_of(each)}
    outer = [loop for loop in folded.loops if loop.id not in inner]
    passes = [each for loop in outer for each in loop.inside]
    if not 1 < len(passes) <= _MOST_PASSES:
        return {}
    pass_of = {key: at for at, each in enumerate(passes) for key in each.nodes}
    wanted = {vertex.node.id: vertex.id for vertex in apart.leaves}
    found: dict[str, list[list[Node]]] = {
        key: [[] for _ in range(len(passes) + 1)] for key in wanted.values()
    }
    for node in definition.graph.nodes[: definition.graph.forward_count]:
        for source in {each.id for each in node.nodes} & wanted.keys():
            found[wanted[source]][pass_of.get(node.id, len(passes))].append(node)
    return {
        key: tuple(
            PassUses(passes[at].title if at < len(passes) else ELSEWHERE, tuple(uses))
            for at, uses in enumerate(parts)
            if uses
        )
        for key, parts in found.items()
        if sum(map(bool, parts[:-1])) > 1 and sum(map(len, parts)) <= _MOST_USES
    }


def pass_shares(
    leaf: Node, uses: tuple[PassUses, ...], numbers: GraphValues, symbols: Symbols
) -> tuple[PassShare, ...]:
    """What each pass adds to the leaf's partial."""
    sizes = [_size(leaf, each, numbers, symbols) for each in uses]
    largest = max((size for size in sizes if isfinite(size)), default=0.0)
    return tuple(
        PassShare(each.title, size, _height(size, largest))
        for each, size in zip(uses, sizes, strict=True)
    )


def _size(leaf: Node, uses: PassUses, numbers: GraphValues, symbols: Symbols) -> float:
    total = np.zeros(leaf.shape)
    for use in uses.uses:
        sent = _sent(leaf, use, numbers, symbols)
        if sent is not None:
            with np.errstate(all="ignore"):
                total = total + np.broadcast_to(numbers.value(sent), leaf.shape)
    return norm(total)


def _sent(leaf: Node, use: Node, numbers: GraphValues, symbols: Symbols) -> Node | None:
    """The contribution of one operation, as a node, which no value changes."""
    key = ("pass share", leaf.id, use.id)
    if key not in symbols.kept:
        adjoint = numbers.back.adjoints.get(use.id)
        link = Edge(leaf, use, None)
        vertex = Vertex(use, (use,), (link,))
        symbols.kept[key] = None if adjoint is None else pullback(vertex, adjoint)[link.id].partial
    found: Node | None = symbols.kept[key]
    return found


def _height(size: float, largest: float) -> float:
    if size == 0 or largest == 0:
        return 0.0
    below = log10(largest / size) if isfinite(size) else 0.0
    return round(max(1 - below / _POWERS, _LEAST), 3)

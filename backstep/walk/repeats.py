"""Statements that are written again and again, as the passes of a loop are: layers one by one.

A repeat is a run of like groups of statements, each of which reads what the one before it makes.
Alike are statements of the same operations on the same of their own results; sizes, numbers and
names may differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.ops import TABLE
from backstep.walk.folds import Fold, joined

_LONGEST_GROUP = 24
"""The most statements of one group."""
_FEWEST_ALONE, _FEWEST = 4, 2
"""So many groups are a run: of single statements, of which three show as much as a run of them,
and of more."""
_LEARNED = ("param", "const")


def with_repeats(definition: Definition, outer: Sequence[Fold]) -> tuple[Fold, ...]:
    """The outermost folds of a text, each run of like ones as a loop with its groups as passes."""
    found: list[Fold] = []
    empty = [fold for fold in outer if not len(fold)]
    full = [fold for fold in outer if len(fold)]
    text = _Text(definition, full)
    at = 0
    while at < len(full):
        size, count = text.run(at)
        if count:
            starts = range(at, at + size * count, size)
            passes = [text.group(full[start : start + size]) for start in starts]
            found.append(joined(passes, "loop"))
            at += size * count
        else:
            found.append(full[at])
            at += 1
    return (*found, *empty)


class _Text:
    """The statements of a text, told apart by their operations."""

    def __init__(self, definition: Definition, folds: Sequence[Fold]) -> None:
        self._nodes = definition.graph.nodes
        kinds: dict[Hashable, int] = {}
        # A loop has passes of its own.
        self._kinds = [
            None if fold.kind == "loop" else kinds.setdefault(self._kind(fold), len(kinds))
            for fold in folds
        ]
        place = {key: at for at, fold in enumerate(folds) for key in fold.nodes}
        self._reads = [
            {
                place[each.id]
                for key in fold.nodes
                for each in self._nodes[key].nodes
                if each.id in place
            }
            for fold in folds
        ]
        self._readers = _readers(self._nodes[: definition.graph.forward_count])
        self._folded = {fold.id: at for at, fold in enumerate(folds)}

    def _kind(self, fold: Fold) -> Hashable:
        place = {key: at for at, key in enumerate(fold.nodes)}
        return tuple(
            (
                self._nodes[key].op,
                tuple(
                    place.get(each.id, -1) if isinstance(each, Node) else -2
                    for each in self._nodes[key].inputs
                ),
            )
            for key in fold.nodes
        )

    def run(self, at: int) -> tuple[int, int]:
        """Of the run that starts at a statement: the statements of a group, and how many groups.

        The one that covers most of the text, of the smallest groups; (0, 0) if there is none.
        """
        best = (0, 0)
        for size in range(1, min(_LONGEST_GROUP, (len(self._kinds) - at) // 2) + 1):
            count = self._count(at, size)
            enough = count >= (_FEWEST_ALONE if size == 1 else _FEWEST)
            if enough and size * count > best[0] * best[1]:
                best = (size, count)
        return best

    def _count(self, at: int, size: int) -> int:
        group = self._kinds[at : at + size]
        if None in group:
            return 0
        count = 1
        start = at + size
        while self._kinds[start : start + size] == group and self._follows(start, size):
            count += 1
            start += size
        return count

    def _follows(self, start: int, size: int) -> bool:
        """Whether the group that starts there reads the one before it."""
        before = range(start - size, start)
        return any(each in before for at in range(start, start + size) for each in self._reads[at])

    def group(self, folds: Sequence[Fold]) -> Fold:
        """Statements as one pass, named by the last; what is learned for it alone is inside it."""
        nodes = tuple(sorted({key for fold in folds for key in fold.nodes}))
        inside = set(nodes)
        own = {key for fold in folds for key in fold.own}
        for key in nodes:
            for each in self._nodes[key].nodes:
                if self._is_learned(each) and self._readers[each.id] <= inside:
                    own.add(each.id)
        first = folds[0].id
        return Fold(
            f"r{first[1:]}",
            "pass",
            folds[-1].title,
            nodes,
            tuple(sorted(own)),
            tuple(folds),
            repeated=True,
        )

    def _is_learned(self, node: Node) -> bool:
        return TABLE[node.op].leaf and node.params.get("role") in _LEARNED


def _readers(nodes: Iterable[Node]) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for node in nodes:
        for each in node.nodes:
            found[each.id].add(node.id)
    return found

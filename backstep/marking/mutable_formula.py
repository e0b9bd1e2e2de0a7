"""A formula in a definition's names, evaluated with parts of it changed.

The typed answer is one, and so is the partial as the page prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from backstep.evaluate.interpret import literal_number
from backstep.formula.tree import Formula, Sym
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.lang.compile.answer import Answer
from backstep.marking.inline_formula import InlineFormulas
from backstep.marking.mistake import Unfit, worked_out
from backstep.marking.rare_pieces import varies
from backstep.marking.trial import SamplePoint, Submission, same
from backstep.ops import TABLE
from backstep.ops.common_mistakes import COMMON_MISTAKES, CommonMistake
from backstep.ops.row import Array

Change = Callable[[Node, list[Array], SamplePoint], Array | None]
"""A node's changed value from its inputs'; None if it is unchanged."""


def _unchanged(*_: object) -> None:
    """No change at any node."""


@dataclass(frozen=True, slots=True)
class Part:
    """An operation of the formula with one mistake in it; `shown` is what the mistake is about."""

    node: Node
    wrong: CommonMistake
    shown: Operand


class MutableFormula:
    """One formula: its operations, their names, and its value when some are changed."""

    def __init__(self, claim: Submission, answer: Answer) -> None:
        self.answer = answer
        self.order = ancestors([answer.node])
        symbols = claim.prepared.symbols.formulas
        self._by_leaf = {leaf.id: name for name, leaf in answer.names.items()}
        self._shown: dict[int, Formula] = {
            leaf.id: symbols.get(answer.meant[name].id, Sym(name, size=leaf.shape))
            for name, leaf in answer.names.items()
        }
        self._names = claim.prepared.definition.names
        self.words = InlineFormulas(self._shown, self._names)
        self._right: dict[int, tuple[SamplePoint, dict[int, Array]]] = {}

    def parts(self) -> list[Part]:
        """Every operation with each of its common mistakes, the outermost first."""
        return [
            Part(node, wrong, node if wrong.part is None else node.inputs[wrong.part])
            for node in reversed(self.order)
            for wrong in COMMON_MISTAKES.get(node.op, ())
            if wrong.fits(*(each.shape for each in node.inputs))
        ]

    def pairs(self, most: int) -> Iterator[tuple[Part, Part]]:
        """Two parts left out, of different operations, neither of them within the other."""
        left_out = [part for part in self.parts() if part.wrong.left_out][:most]
        inside = {
            number: {node.id for node in ancestors([part.shown])}
            for number, part in enumerate(left_out)
            if isinstance(part.shown, Node)
        }
        for (one, first), (other, second) in combinations(enumerate(left_out), 2):
            apart = second.node.id not in inside.get(one, ())
            apart = apart and first.node.id not in inside.get(other, ())
            if apart and first.node is not second.node:
                yield first, second

    def changed(self, tried: SamplePoint, change: Change) -> Array:
        """The value at a point, changed node by node. Raises Unfit if that has none."""
        values = self.values(tried, change)
        return np.asarray(values[self.answer.node.id], dtype=np.float64)

    def values(self, tried: SamplePoint, change: Change = _unchanged) -> dict[int, Array]:
        """By node id all values at a point. Raises Unfit as `changed` does.

        What no change reaches keeps the value that it has without one.
        """
        right = {} if change is _unchanged else self._own(tried)
        values: dict[int, Array] = {}
        for node in self.order:
            inputs = [
                literal_number(operand) if isinstance(operand, Literal) else values[operand.id]
                for operand in node.inputs
            ]
            found = change(node, inputs, tried)
            if found is None and all(values[each.id] is right.get(each.id) for each in node.nodes):
                found = right.get(node.id)
            if found is None and node.id in self._by_leaf:
                found = tried.numbers.value(self.answer.meant[self._by_leaf[node.id]])
            if found is None:
                found = worked_out(node, inputs)
            values[node.id] = found
        return values

    def _own(self, tried: SamplePoint) -> dict[int, Array]:
        """The values at a point without a change; empty if it has none."""
        # The point is kept with its values, so that no other one gets its id.
        known = self._right.get(id(tried))
        if known is None:
            try:
                known = tried, self.values(tried)
            except Unfit:
                known = tried, {}
            self._right[id(tried)] = known
        return known[1]

    def mutated(self, tried: SamplePoint, *parts: Part) -> Array:
        """The value at a point with mistakes in these operations."""
        return self.changed(tried, mutation(*parts))

    def sticks(self, change: Change, points: Sequence[SamplePoint]) -> bool:
        """Whether a condition of the formula that changes sides at some points no longer does."""
        kinked = [node for node in self.order if TABLE[node.op].crossed]
        if not kinked:
            return False
        before = [self.values(tried) for tried in points]
        after = [self.values(tried, change) for tried in points]
        return any(varies(node, before) and not varies(node, after) for node in kinked)

    def value(self, tried: SamplePoint, node: Node) -> Array | None:
        """The value of one of the formula's nodes at a point."""
        found = (self._own(tried) or self.values(tried)).get(node.id)
        inside = found is not None and node.id not in self._by_leaf
        return np.asarray(found, dtype=np.float64) if inside else None

    def functions_of(self, meant: Node) -> list[Node]:
        """The formula's parts that read one of the definition's nodes and nothing else."""
        reads: dict[int, set[int]] = {}
        for node in self.order:
            name = self._by_leaf.get(node.id)
            own = set() if name is None else {self.answer.meant[name].id}
            reads[node.id] = own.union(*(reads[each.id] for each in node.nodes))
        return [
            node
            for node in self.order
            if node.inputs and reads[node.id] == {meant.id} and node is not self.answer.node
        ]

    def leave_out_ones(self, points: Sequence[SamplePoint]) -> None:
        """Print no factor that is 1 at all of these points: the sum of a label's probabilities,
        say.
        """
        for node in self.order:
            for wrong in COMMON_MISTAKES.get(node.op, ()):
                if wrong.kind != "factor" or wrong.part is None or len(node.inputs) != 2:
                    continue
                factor, other = node.inputs[wrong.part], node.inputs[1 - wrong.part]
                if isinstance(factor, Node) and factor.inputs and self._is_one(factor, points):
                    self._shown[node.id] = self.words.of(other)
        self.words = InlineFormulas(self._shown, self._names)

    def _is_one(self, node: Node, points: Sequence[SamplePoint]) -> bool:
        values = (self.value(tried, node) for tried in points)
        return all(value is not None and same(value, np.ones(value.shape)) for value in values)


def mutation(*parts: Part) -> Change:
    """Mistakes in some operations, as one change of the formula."""
    wrong = {part.node.id: part.wrong.numpy for part in parts}

    def change(at: Node, inputs: list[Array], _: SamplePoint) -> Array | None:
        return worked_out(at, inputs, wrong[at.id]) if at.id in wrong else None

    return change

"""Mistakes in the typed formula: a part too many, a sign, one name in place of another.

The formula is evaluated with one part changed; if that is the partial, the part was wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import chain

import numpy as np

from backstep.evaluate.sampling import class_counts
from backstep.formula.tree import factors, multiply
from backstep.graph.node import Literal, Node
from backstep.lang.syntax.display import text_name
from backstep.marking.mistake import Kind, Mistake, Value, worked_out
from backstep.marking.mutable_formula import Change, MutableFormula, Part, mutation
from backstep.marking.trial import SamplePoint, Submission, read_names, same
from backstep.ops.row import Array

_MOST_PARTS = 150
_MOST_NAMES = 300
_MOST_TOGETHER = 24
"""The most parts of which pairs are removed."""

_WORDS: Mapping[str, tuple[Kind, str]] = {
    "factor": ("extra", "a factor too many: {part}"),
    "divisor": ("extra", "a division too many: by {part}"),
    "term": ("extra", "a term too many: {part}"),
    "sign": ("sign", "the sign of {part} is turned"),
    "power": ("extra", "an exponent too many: {part}"),
    "transpose": ("transpose", "a transpose is missing or too many at {part}"),
    "elementwise": ("product", "{part} is meant as a product element by element, with *"),
    "divided": ("product", "{part} is a factor, and a divisor is meant"),
    "multiplied": ("product", "{part} is a divisor, and a factor is meant"),
}

_EXCHANGED = frozenset({"divided", "multiplied"})
"""Changes by a number's square, which is a count of examples as well: they are tried after that."""


class AnswerMutations:
    """Changes of one answer that make it the partial; `right` is the partial as it is printed."""

    def __init__(self, claim: Submission, right: MutableFormula | None) -> None:
        self.claim = claim
        self.right = right
        self.written = MutableFormula(claim, claim.answer)

    def parts(self) -> Iterator[Mistake]:
        """The reverse of a common mistake in one operation: so a factor too many, or a sign."""
        return self._of_kinds(frozenset(_WORDS) - _EXCHANGED)

    def exchanged(self) -> Iterator[Mistake]:
        """A factor where a divisor is meant, or the other way round."""
        return self._of_kinds(_EXCHANGED)

    def _of_kinds(self, kinds: Collection[str]) -> Iterator[Mistake]:
        written = self.written
        for part in written.parts()[:_MOST_PARTS]:
            if part.wrong.kind not in kinds:
                continue
            yield Mistake(
                _WORDS[part.wrong.kind][0],
                "",
                self._without(part),
                late=partial(self._said, part),
                formulas=partial(self._both, part),
                stuck=partial(written.sticks, mutation(part)),
            )

    def pairs(self) -> Iterator[Mistake]:
        """Two parts too many at once, such as the slope of a unit that the network does not
        have.
        """
        written = self.written
        for one, other in written.pairs(_MOST_TOGETHER):
            if one.wrong.kind == other.wrong.kind == "factor":
                yield Mistake(
                    "extra",
                    "",
                    self._without(one, other),
                    late=partial(self._too_many, other, one),
                    formulas=partial(self._both, other, one),
                    stuck=partial(written.sticks, mutation(one, other)),
                )

    def _said(self, part: Part) -> str:
        words = self.written.words
        return _WORDS[part.wrong.kind][1].format(part=words.factor(words.of(part.shown)))

    def _too_many(self, *parts: Part) -> str:
        return f"a factor too many: {self._both(*parts)[0]}"

    def _both(self, *parts: Part) -> tuple[str, str]:
        """The parts, multiplied if there are several, in plain characters and as LaTeX."""
        words = self.written.words
        shown = [words.of(part.shown) for part in parts]
        return words.both(shown[0] if len(shown) == 1 else multiply(*chain(*map(factors, shown))))

    def names(self) -> Iterator[Mistake]:
        """One name read as another of its shape: everywhere, or at one occurrence."""
        leaves, meant = self.claim.answer.names, self.claim.answer.meant
        read = read_names(self.claim)
        pairs = [
            (name, node)
            for name in read
            for other, node in meant.items()
            if other != name and node is not meant[name] and node.shape == leaves[name].shape
        ]
        whole = [(name, node, None) for name, node in pairs]
        single = [
            (name, node, (use, position))
            for name, node in pairs
            for use in self.written.order
            for position, operand in enumerate(use.inputs)
            if operand is leaves[name]
        ]
        yield from self._class_numbers()
        for name, node, place in [*whole, *single][:_MOST_NAMES]:
            change = _named(leaves[name], node) if place is None else _placed(*place, node)
            yield self._in_place_of(text_name(name), node, change)
        yield from self._unnamed(read)
        yield from self._numbers()

    def _numbers(self) -> Iterator[Mistake]:
        """A number in the place of the name that has its value in force: 2 for x."""
        values = self.claim.prepared.numbers().values
        named = [
            node
            for node in self.claim.answer.meant.values()
            if not node.shape and node.id in values
        ]
        literals = [
            (use, place, operand)
            for use in self.written.order
            for place, operand in enumerate(use.inputs)
            if isinstance(operand, Literal) and not operand.symbol
        ]
        for use, place, literal in literals:
            for node in named:
                if float(values[node.id]) == float(literal):
                    change = _placed(use, place, node)
                    yield self._in_place_of(f"{float(literal):g}", node, change)

    def _in_place_of(self, shown: str, node: Node, change: Change) -> Mistake:
        """What is shown stands where a node of the definition is meant."""
        symbols = self.claim.prepared.symbols
        text, latex = symbols.said(node), symbols.of(node)
        said = f"{text} is meant where {shown} stands"
        stuck = partial(self.written.sticks, change)
        return Mistake("place", said, self._right(change), text, latex, stuck=stuck)

    def _unnamed(self, read: list[str]) -> Iterator[Mistake]:
        """A name read as a function of it that the right formula contains: softmax(s) for s."""
        formula = self.right
        if formula is None:
            return
        for name in read:
            leaf = self.claim.answer.names[name]
            meant = self.claim.answer.meant[name]
            for node in formula.functions_of(meant):
                if node.shape != leaf.shape:
                    continue

                def change(
                    at: Node,
                    _: list[Array],
                    tried: SamplePoint,
                    leaf: Node = leaf,
                    node: Node = node,
                ) -> Array | None:
                    return formula.value(tried, node) if at is leaf else None

                yield Mistake(
                    "place",
                    "",
                    self._right(change),
                    late=partial(_meant, formula, node, name),
                    formulas=partial(_shown, formula, node),
                    stuck=partial(self.written.sticks, change),
                )

    def _class_numbers(self) -> Iterator[Mistake]:
        """A class number used as a number, or a 1 at all classes, where the one-hot vector is
        meant; with the sign turned as well.
        """
        counts = class_counts(self.claim.prepared.definition)
        read = set(read_names(self.claim))
        for name, count in counts.items():
            text = f"one_hot({text_name(name)}, {count})"
            tries: list[tuple[str, Change]] = []
            if name in read:
                said = f"{text_name(name)} is a class number: {text} is meant"
                tries.append((said, _hot(name, count, self.claim.answer.names[name], None)))
            said = f"the 1 belongs to the class {text_name(name)} alone: {text} is meant"
            tries += [
                (said, _hot(name, count, use, position))
                for use in self.written.order
                for position, operand in enumerate(use.inputs)
                if isinstance(operand, Literal) and operand.value == 1 and not operand.symbol
            ]
            for said, change in tries:
                yield Mistake("place", said, self._right(change), text)
                both = f"the sign is turned, and {said}"
                yield Mistake("place", both, self._right(change, -1), text)

    def _right(self, change: Change, sign: int = 1) -> Value:
        """The answer's own value if the change makes it the partial, or minus it."""

        def value(tried: SamplePoint) -> Array | None:
            changed = self.written.changed(tried, change)
            if sign < 0 and changed is not None:
                changed = -changed
            right = same(changed, tried.partial, tried.rounding)
            return tried.answer if right else None

        return value

    def _without(self, *parts: Part) -> Value:
        def value(tried: SamplePoint) -> Array | None:
            found = self.written.mutated(tried, *parts)
            return tried.answer if same(found, tried.partial, tried.rounding) else None

        return value


def _named(leaf: Node, node: Node) -> Change:
    """A node of the definition for a name of the answer, wherever it is read."""

    def change(at: Node, _: list[Array], tried: SamplePoint) -> Array | None:
        return tried.numbers.value(node) if at is leaf else None

    return change


def _placed(use: Node, place: int, node: Node) -> Change:
    """A node of the definition for one operand of an operation."""

    def change(at: Node, inputs: list[Array], tried: SamplePoint) -> Array | None:
        if at is not use:
            return None
        inputs[place] = tried.numbers.value(node)
        return worked_out(at, inputs)

    return change


def _hot(name: str, count: int, use: Node, position: int | None) -> Change:
    """The one-hot vector of a class number for a leaf, or for an input of an operation."""

    def change(at: Node, inputs: list[Array], tried: SamplePoint) -> Array | None:
        if at is not use:
            return None
        number = tried.leaves[name].astype(np.int64)
        if not (number < count).all():
            return None
        if position is None:
            return np.eye(count)[number]
        inputs[position] = np.eye(count)[number]
        return worked_out(at, inputs)

    return change


def _shown(formula: MutableFormula, node: Node) -> tuple[str, str]:
    return formula.words.both(formula.words.of(node))


def _meant(formula: MutableFormula, node: Node, name: str) -> str:
    meant = formula.words.factor(formula.words.of(node))
    return f"{meant} is meant where {text_name(name)} stands"

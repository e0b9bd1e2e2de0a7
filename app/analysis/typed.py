"""Slips that stand in the typed formula: a part too many, a sign, one name in another's place.

The formula is evaluated with one part changed; where that is the partial, the part was wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from app.analysis.chain import Slip
from app.analysis.links import Value
from app.analysis.trial import Claim, Tried, read_names, same
from app.analysis.words import bracketed
from app.graph.node import Literal, Node, Operand
from app.graph.walk import ancestors
from app.lang.display import text_name
from app.ops import TABLE
from app.ops.miswriting import MISWRITINGS, Miswriting
from app.ops.row import ATOM, Array
from app.render.latex import LATEX, TEXT, Printed, Style, formula
from app.render.symbols import pretty

_MOST_PARTS = 150
_MOST_NAMES = 300

_WORDS = {
    "factor": ("extra", "a factor too many: {part}"),
    "divisor": ("extra", "a division too many: by {part}"),
    "term": ("extra", "a term too many: {part}"),
    "sign": ("sign", "the sign of {part} is turned"),
    "power": ("extra", "a power too many, of {part}"),
    "transpose": ("transpose", "a transpose is missing or too many at {part}"),
    "elementwise": ("product", "{part} is meant as a product element by element, with *"),
}

Change = Callable[[Node, list[Any], Tried], Any]
"""A node's value in the place of its right one, from its inputs'; None where it is the right."""


def miswritten(claim: Claim) -> Iterator[Slip]:
    """Every change of one part of the answer that makes it the partial."""
    typed = _Typed(claim)
    yield from typed.parts()
    yield from typed.names()


class _Typed:
    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.order = ancestors([claim.answer.node])
        symbols, meant = claim.prepared.symbols, claim.answer.meant
        self._text, self._latex = (
            {
                leaf.id: by_id.get(meant[name].id, Printed(name, ATOM))
                for name, leaf in claim.answer.names.items()
            }
            for by_id in (symbols.text, symbols.latex)
        )

    def parts(self) -> Iterator[Slip]:
        """One operation miswritten the other way round: so a factor too many, or a sign."""
        found = (
            (node, wrong)
            for node in reversed(self.order)
            for wrong in MISWRITINGS.get(node.op, ())
            if wrong.fits(*(each.shape for each in node.inputs))
        )
        for node, wrong in islice(found, _MOST_PARTS):
            kind, words = _WORDS[wrong.kind]
            shown: Operand = node if wrong.part is None else node.inputs[wrong.part]
            text, latex = pretty(self._print(shown, TEXT).text), self._print(shown, LATEX).text

            def change(
                at: Node, inputs: list[Any], _: Tried, node: Node = node, wrong: Miswriting = wrong
            ) -> Any:
                return wrong.numpy(*inputs) if at is node else None

            said = words.format(part=bracketed(text))
            yield Slip(kind, said, self._right(change), text, latex)

    def names(self) -> Iterator[Slip]:
        """One name read as another of its shape: everywhere, or in one place."""
        leaves, meant = self.claim.answer.names, self.claim.answer.meant
        pairs = [
            (name, node)
            for name in read_names(self.claim)
            for other, node in meant.items()
            if other != name and node is not meant[name] and node.shape == leaves[name].shape
        ]
        whole = [(name, node, None) for name, node in pairs]
        single = [
            (name, node, (use, position))
            for name, node in pairs
            for use in self.order
            for position, operand in enumerate(use.inputs)
            if operand is leaves[name]
        ]
        yield from self._class_numbers()
        for name, node, place in [*whole, *single][:_MOST_NAMES]:
            leaf = leaves[name]

            def change(
                at: Node,
                inputs: list[Any],
                tried: Tried,
                leaf: Node = leaf,
                node: Node = node,
                place: tuple[Node, int] | None = place,
            ) -> Any:
                if place is None:
                    return tried.numbers.value(node) if at is leaf else None
                if at is not place[0]:
                    return None
                inputs[place[1]] = tried.numbers.value(node)
                return TABLE[at.op].numpy(*inputs, **at.params)

            text, latex = (
                self.claim.prepared.symbols.said(node),
                self.claim.prepared.symbols.of(node),
            )
            said = f"{text} is meant where {text_name(name)} stands"
            yield Slip("place", said, self._right(change), text, latex)

    def _class_numbers(self) -> Iterator[Slip]:
        """A class number worked with as a number, where its one-hot vector is meant."""
        labels = {leaf.name for leaf in self.claim.prepared.definition.leaves if leaf.label}
        shape = self.claim.shape
        for name in read_names(self.claim):
            if name not in labels or not shape:
                continue
            leaf, count = self.claim.answer.names[name], shape[-1]

            def change(
                at: Node, inputs: list[Any], tried: Tried, leaf: Node = leaf, count: int = count
            ) -> Any:
                if at is not leaf:
                    return None
                number = tried.leaves[at.params["name"]].astype(np.int64)
                return np.eye(count)[number] if (number < count).all() else None

            text = f"one_hot({text_name(name)}, {count})"
            said = f"{text_name(name)} is a class number: {text} is meant"
            yield Slip("place", said, self._right(change), text)

    def _right(self, change: Change) -> Value:
        """The answer's own value where the change makes it the partial."""

        def value(tried: Tried) -> Array | None:
            right = same(self._evaluated(tried, change), tried.partial, tried.rounding)
            return tried.answer if right else None

        return value

    def _evaluated(self, tried: Tried, change: Change) -> Array:
        meant = self.claim.answer.meant
        by_leaf = {leaf.id: name for name, leaf in self.claim.answer.names.items()}
        values: dict[int, Any] = {}
        for node in self.order:
            inputs = [
                np.float64(float(operand)) if isinstance(operand, Literal) else values[operand.id]
                for operand in node.inputs
            ]
            found = change(node, inputs, tried)
            if found is None and node.id in by_leaf:
                found = tried.numbers.value(meant[by_leaf[node.id]])
            if found is None:
                found = TABLE[node.op].numpy(*inputs, **node.params)
            values[node.id] = found
        return np.asarray(values[self.claim.answer.node.id], dtype=np.float64)

    def _print(self, operand: Operand, style: Style) -> Printed:
        if isinstance(operand, Literal):
            return style.number(operand)
        names = self._text if style is TEXT else self._latex
        return names[operand.id] if operand.id in names else formula(operand, names, style)

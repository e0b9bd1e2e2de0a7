"""How a derivation's formulas are written: partials, slopes, the tidy form. Decides no step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from backstep.derivation.lines import Piece, plain
from backstep.derivation.locals import board, coloured_ratio, ratio, said
from backstep.errors import FormulaTooLarge
from backstep.evaluate.numeric import GraphValues
from backstep.formula.making import FromGraph
from backstep.formula.matrix import Forms
from backstep.formula.text import spelled
from backstep.formula.tree import Deriv, Formula, Sym
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.limits import LIMITS
from backstep.notation.latex import LATEX, TEXT, Printed, Style, formula, reads
from backstep.notation.symbols import PARTIAL, VALUE, Symbols, figure
from backstep.ops.row import ATOM, PRODUCT

LONGEST = 220
"""Characters of LaTeX past which a partial found on the way is not put in again."""
_SEED = re.compile(r"«(\d+)»")
_VECTOR = 6
"""Elements that are written out as figures in brackets."""


class FormulaWriter:
    """Writes the nodes of one definition, with the numbers in force."""

    def __init__(
        self,
        definition: Definition,
        symbols: Symbols,
        numbers: GraphValues,
        seeds: Mapping[int, Node],
        parts: Sequence[Node] = (),
    ) -> None:
        """`seeds` are the nodes that stand for a partial, by the id of what it is a partial of.

        `parts` have no name and are called by their numbers, v₁₂, until the answer is written out.
        """
        self.definition = definition
        self.symbols = symbols
        self.numbers = numbers
        self.seeds = seeds
        nodes = definition.graph.nodes
        self._symbols = symbols.formulas
        self._formulas = FromGraph(lambda node: self._symbols.get(node.id))
        called: dict[int, Formula] = {
            node.id: Sym(symbols.number(node), size=node.shape) for node in parts
        }
        derived: dict[int, Formula] = {key: self._derived(nodes[key]) for key in seeds}
        partials: dict[int, Formula] = {seed.id: derived[key] for key, seed in seeds.items()}
        known = {derivative: (f"«{key}»", ATOM) for key, derivative in derived.items()}
        self._tidy = Forms(definition)
        self._read = Forms(definition, partials, known=known)
        self._short = Forms(definition, called) if called else self._tidy
        shown = partials | called
        self._shown = Forms(definition, shown, known=known) if called else self._read
        self._parts = {
            style: {
                node.id: Printed(symbols.number(node) if style is TEXT else symbols.of(node), ATOM)
                for node in parts
            }
            for style in (LATEX, TEXT)
        }
        self._known: dict[int, str] = {}
        self._passed: dict[int, str] = {}
        self._spoken = {
            spelled(symbol): symbols.text[key].text for key, symbol in symbols.formulas.items()
        }
        longest = sorted(self._spoken, key=len, reverse=True)
        self._names_typed = re.compile(
            rf"(?<![\w.])(?:{'|'.join(map(re.escape, longest))})(?![\w(])"
        )

    def _said(self, text: str) -> str:
        """Language text with the names as they are shown, and partials by their signs."""
        text = self._names_typed.sub(lambda match: self._spoken[match[0]], text)
        nodes = self.definition.graph.nodes
        return board(
            _SEED.sub(
                lambda match: ratio(self.symbols, self.symbols.loss, nodes[int(match[1])], TEXT),
                text,
            )
        )

    def _derived(self, node: Node) -> Deriv:
        """∂L/∂z as a formula."""
        named = self._symbols
        if self.symbols.is_numbered(node):
            bottom: Formula = Sym(self.symbols.number(node), size=node.shape)
        else:
            bottom = self._formulas.of(node)
        return Deriv(named[self.symbols.loss.id], bottom)

    def partial(self, node: Node) -> Piece:
        """∂L/∂z."""
        return self.ratio(self.symbols.loss, node)

    def ratio(self, top: Node, bottom: Node) -> Piece:
        """∂u/∂z."""
        return Piece(
            ratio(self.symbols, top, bottom),
            coloured_ratio(self.symbols, top, bottom),
            ratio(self.symbols, top, bottom, TEXT),
        )

    def tidy(
        self, node: Node | None, units: Sequence[Node] = (), at: tuple[int, ...] | None = None
    ) -> Piece | None:
        """The tidy form, the one that is shown as an answer; None where it is too large.

        `units` are named nodes that are held to add up to 1; `at` is the element that is asked for.
        """
        if node is None:
            return plain("0", "0", "0")
        forms = Forms(self.definition, units=units) if units else self._tidy
        try:
            found = forms.formula(node, at=at)
        except FormulaTooLarge:
            return None
        return Piece(found.latex, found.display, self._said(found.text), found.text)

    def zero(self, node: Node) -> Piece:
        """The partial by a node that nothing comes back to."""
        found = self._tidy.zero(node.shape)
        return plain(found.latex, found.text, found.text)

    def in_parts(self, node: Node | None) -> Piece | None:
        """The tidy form with the names that parts were given."""
        whole = self.tidy(node)
        if self._short is self._tidy or node is None:
            return whole
        try:
            found = self._short.formula(node)
        except FormulaTooLarge:
            return None
        formula_ = None if whole is None else whole.formula
        return Piece(found.latex, found.display, self._said(found.text), formula_)

    def with_partials(self, node: Node) -> Piece | None:
        """The tidy form in terms of partials found before, which are read as their formulas."""
        try:
            found = self._shown.formula(node)
        except FormulaTooLarge:
            return None
        text = self._said(found.text)
        return Piece(found.latex, found.display, text, self._readable(node), self._answer(node))

    def found(self, node: Node, partial: Piece) -> None:
        """Keep a partial's formula, to read those that hold it."""
        if partial.formula is not None:
            self._known[node.id] = partial.formula

    def passed(self, node: Node, partial: Piece | None) -> None:
        """Keep what a partial is in terms of others, for answers that hold one without a name."""
        if partial is not None and partial.answer is not None:
            self._passed[node.id] = partial.answer

    def _answer(self, node: Node) -> str | None:
        """The formula as an answer is typed: named partials as delta_h, others written out."""
        try:
            text = self._read.formula(node).text
        except FormulaTooLarge:
            return None
        whole: str | None = text
        for key in dict.fromkeys(_SEED.findall(text)):
            said = self._called(int(key))
            whole = None if said is None or whole is None else whole.replace(f"«{key}»", said)
            if whole is None or len(whole) > LIMITS.latex_characters:
                return None
        return whole

    def _called(self, key: int) -> str | None:
        """A partial's name in an answer, or its formula in brackets where it has none."""
        version = self.symbols.names.get(key)
        if version is None or not version.name.isidentifier():
            formula_ = self._known.get(key) or self._passed.get(key)
            return None if formula_ is None else f"({formula_})"
        given = self.definition.names[version.name]
        last = given[-1] is version
        name = f"delta_{version.name}" + ("" if last else f"_{version.index}")
        while name in self.definition.names:
            name += "_"
        return name

    def knows(self, node: Node) -> bool:
        """Whether a partial's formula was found and kept."""
        return node.id in self._known

    def _readable(self, node: Node) -> str | None:
        """The formula in the language, the partials in it as the formulas found for them."""
        try:
            text = self._read.formula(node).text
        except FormulaTooLarge:
            return None
        if not {int(key) for key in _SEED.findall(text)} <= self._known.keys():
            return None
        whole = _SEED.sub(lambda match: f"({self._known[int(match[1])]})", text)
        return whole if len(whole) <= LIMITS.latex_characters else None

    def raw(self, node: Node, without: Iterable[Node] = ()) -> Piece:
        """The formula as the rule gives it, before it is tidied; some names written out."""
        hidden = {each.id for each in without}

        def written(known: Mapping[int, Printed], style: Style = LATEX) -> str:
            left = self._names(known, hidden, style)
            return (left[node.id] if node.id in left else formula(node, left, style)).text

        return Piece(
            written(self.symbols.latex),
            written(self.symbols.coloured),
            board(written(self.symbols.text, TEXT)),
        )

    def _names(
        self, names: Mapping[int, Printed], hidden: Iterable[int], style: Style
    ) -> dict[int, Printed]:
        """The symbols in force, those of unnamed parts among them, without the hidden ones."""
        known = {**names, **self._parts[style]}
        for key in hidden:
            known.pop(key, None)
        return known

    def own(self, node: Node) -> Piece:
        """What a node is computed by: the right side of its statement."""
        latex = self._names(self.symbols.latex, [node.id], LATEX)
        coloured = self._names(self.symbols.coloured, [node.id], LATEX)
        text = self._names(self.symbols.text, [node.id], TEXT)
        return Piece(
            formula(node, latex, LATEX).text,
            formula(node, coloured, LATEX).text,
            board(formula(node, text, TEXT).text),
        )

    def symbol(self, node: Node) -> Piece:
        """A node's own symbol."""
        return Piece(
            self.symbols.of(node),
            self.symbols.of(node, coloured=True),
            said(self.symbols, node),
        )

    def value(self, node: Node | None) -> float | None:
        """A node's number; None of a tensor."""
        if node is None:
            return 0.0
        array = self.numbers.value(node)
        return float(array) if array.shape == () else None

    def figured(self, node: Node, coloured: bool) -> str | None:
        """The rule's formula with figures in the place of names; None where a tensor is read."""
        if node.id in self.symbols.names:
            return None
        known: dict[int, Printed] = {}
        for key in reads(node, self.symbols.latex):
            array = self.numbers.value(self.symbols.names[key].node)
            if array.shape != ():
                return None
            known[key] = figure(float(array), VALUE if coloured else None)
        return formula(node, known, LATEX).text if known else None

    def partial_figure(self, node: Node, coloured: bool) -> str | None:
        """The partial of the loss in figures: a number, or a short vector."""
        array = self.numbers.partial(node)
        colour = PARTIAL if coloured else None
        if array.shape == ():
            return figure(float(array), colour).text
        if len(array.shape) != 1 or array.size > _VECTOR:
            return None
        inside = ",\\ ".join(figure(float(each)).text for each in array)
        text = rf"\left[{inside}\right]"
        return text if colour is None else rf"{colour}{{{text}}}"


def product_of_figures(values: list[float], coloured: bool) -> str:
    """Figures with dots between them, bracketed where they have a sign."""
    shown = [figure(value, VALUE if coloured else None) for value in values]
    return r" \cdot ".join(
        each.text if each.precedence >= PRODUCT else rf"\left({each.text}\right)" for each in shown
    )


def finite(values: list[float]) -> bool:
    """Whether all of them are numbers."""
    return bool(np.isfinite(values).all())

"""Formulas of a definition's nodes as they stand in a sentence: on one line, in a board's signs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backstep.errors import FormulaTooLarge
from backstep.formula.matrix import Forms
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.lang.syntax.display import text_name
from backstep.marking.trial import Submission
from backstep.notation.latex import LATEX, TEXT, Printed, formula
from backstep.notation.symbols import pretty
from backstep.ops import TABLE
from backstep.ops.row import ATOM

_INSIDE = re.compile(r"\(.*\)|\[.*\]")
_JOINED = re.compile(r"[-−+*/·@ ]")
_WORD = re.compile(r"[^\W\d]\w*")


class InlineFormulas:
    """Formulas of one claim's definition; `seeds` are the placeholders of partials, by id."""

    def __init__(self, claim: Submission, seeds: Mapping[int, Node]) -> None:
        self._symbols = claim.prepared.symbols
        self._definition = claim.prepared.definition
        loss = self._symbols.said(self._symbols.loss)
        self._forms: Forms | None = None
        self._text = dict(self._symbols.text)
        self._latex = dict(self._symbols.latex)
        self._seeds = frozenset(seeds)
        for key, use in seeds.items():
            self._text[key] = Printed(f"∂{loss}/∂{self.below(use)}", ATOM)
            self._latex[key] = Printed(self._symbols.partial(use), ATOM)

    def below(self, node: Node) -> str:
        """A node under a ∂: its name, or in brackets what it is called."""
        called = self._symbols.label(node) or self._symbols.brief(node)
        named = node.id in self._symbols.text
        return called if named or not _JOINED.search(_INSIDE.sub("", called)) else f"({called})"

    def said(self, operand: Operand) -> str:
        """The formula in plain characters: `2·λ·w`."""
        if isinstance(operand, Literal):
            return pretty(TEXT.number(operand).text)
        if self._counts(operand):
            return self.tidy(operand)[0]
        known = self._text.get(operand.id) or formula(operand, self._text, TEXT)
        return pretty(known.text)

    def latex(self, operand: Operand) -> str:
        """The formula as LaTeX."""
        if isinstance(operand, Literal):
            return LATEX.number(operand).text
        known = self._latex.get(operand.id) or formula(operand, self._latex, LATEX)
        return known.text

    def both(self, operand: Operand) -> tuple[str, str]:
        """Plain characters, and LaTeX."""
        return self.said(operand), self.latex(operand)

    def tidy(self, node: Node) -> tuple[str, str]:
        """A formula of forward values alone as the matrix form has it, in characters and LaTeX."""
        try:
            if self._forms is None:
                self._forms = Forms(self._definition)
            found = self._forms.formula(node)
        except FormulaTooLarge:
            return self.both(node)
        names = self._definition.names
        spoken = _WORD.sub(
            lambda word: text_name(word[0]) if word[0] in names else word[0], found.text
        )
        return pretty(spoken), found.latex

    def _counts(self, node: Node) -> bool:
        """Whether a number is added up as often as there are elements: 3, and not `sum(1)`."""
        behind = ancestors([node])
        if not self._seeds.isdisjoint(each.id for each in behind):
            return False
        numbers = {each.id for each in behind if not each.nodes and not TABLE[each.op].leaf}
        for each in behind:
            if each.nodes and all(part.id in numbers for part in each.nodes):
                if not TABLE[each.op].elementwise and each.shape == ():
                    return True
                numbers.add(each.id)
        return False

    def own(self, node: Node) -> str:
        """What a named node is computed by, its operands by name."""
        return pretty(formula(node, self._symbols.text, TEXT).text)


def bracketed(text: str) -> str:
    """A sum in brackets, so that it reads as one factor."""
    depth = 0
    for place, character in enumerate(text):
        depth += character in "(["
        depth -= character in ")]"
        if depth == 0 and place and text[place - 1 : place + 2] in (" + ", " − "):
            return f"({text})"
    return text

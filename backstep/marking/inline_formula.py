"""Formulas of a definition's nodes within a sentence: on one line, in a board's characters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from backstep.errors import FormulaTooLarge
from backstep.formula.board import Board, brief
from backstep.formula.latex import written
from backstep.formula.matrix import Forms
from backstep.formula.notation import Setter
from backstep.formula.operations import FromGraph
from backstep.formula.table import ATOM, COMPARISON
from backstep.formula.tree import Call, Deriv, Formula, Num, Op, Sym, mapped
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.marking.trial import Submission
from backstep.ops import TABLE

_TIE = Fraction(1, 2)
"""The share that each side of a maximum has of the partial where both are equal."""


class InlineFormulas:
    """Formulas of nodes in terms of the nodes `shown`, and how they are written.

    `names` are the definition's.
    """

    def __init__(self, shown: Mapping[int, Formula], names: Collection[str]) -> None:
        self._formulas = FromGraph(lambda node: shown.get(node.id))
        self._board = Board()
        self._setter = Setter(names=names)

    def of(self, operand: Operand) -> Formula:
        """The operand's formula; … if it is very long."""
        return brief(self._formulas.of(operand))

    def plain(self, formula: Formula) -> str:
        """In plain characters: `2·λ·w`."""
        return self._board.write(_quiet(formula))

    def factor(self, formula: Formula) -> str:
        """In plain characters, a sum in brackets."""
        return self._board.factor(_quiet(formula))

    def both(self, formula: Formula) -> tuple[str, str]:
        """In plain characters, and as LaTeX."""
        return self.plain(formula), written(self._setter.boxed(_quiet(formula)))


def _quiet(formula: Formula) -> Formula:
    """The formula without its conventions at ties: step(a − b) for ½ where a = b, else that."""

    def without(part: Formula) -> Formula:
        match part:
            case Call("where", (Op("equal"), Num(value), Call("step") as otherwise)):
                return otherwise if value == _TIE else part
        return part

    return mapped(formula, without)


class ClaimFormulas(InlineFormulas):
    """Formulas of one claim's definition; `seeds` are the placeholders of partials, by id."""

    def __init__(self, claim: Submission, seeds: Mapping[int, Node]) -> None:
        self._symbols = claim.prepared.symbols
        self._definition = claim.prepared.definition
        self._forms: Forms | None = None
        self._seeds = frozenset(seeds)
        shown: dict[int, Formula] = dict(self._symbols.formulas)
        super().__init__(shown, self._definition.names)
        loss = shown[self._symbols.loss.id]
        for key, use in seeds.items():
            shown[key] = Deriv(loss, self._symbol(use))
            self._board.know(shown[key], (f"∂{self.plain(loss)}/∂{self.below(use)}", ATOM))

    def _symbol(self, node: Node) -> Formula:
        """A node below ∂L: its name, its formula, or its number if that is no symbol."""
        if self._symbols.is_numbered(node):
            return Sym(self._symbols.number(node), size=node.shape)
        return self.of(node)

    def brief(self, node: Node, needed: int = COMPARISON) -> str:
        """A node in a few characters: its name, a short formula, or its number."""
        short = self._symbols.label(node) is not None
        return self._board.within(self.of(node), needed) if short else self._symbols.number(node)

    def below(self, node: Node) -> str:
        """A node under a ∂: its name, or in brackets its description."""
        return self.brief(node, COMPARISON if node.id in self._symbols.formulas else ATOM)

    def of(self, operand: Operand) -> Formula:
        """The operand's formula; in tidy form if it counts elements."""
        if isinstance(operand, Node) and self._counts(operand):
            return self.tidy(operand)
        return super().of(operand)

    def own(self, node: Node) -> str:
        """The formula of a named node, its operands by name."""
        return self.plain(brief(self._formulas.own(node)))

    def tidy(self, operand: Operand) -> Formula:
        """A formula of forward values alone, as in the matrix form."""
        if isinstance(operand, Literal):
            return super().of(operand)
        try:
            if self._forms is None:
                self._forms = Forms(self._definition)
            return self._forms.formula(operand).tree
        except FormulaTooLarge:
            return super().of(operand)

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

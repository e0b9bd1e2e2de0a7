"""Contributions between tensors as formulas, in the tidy form of the gradients."""

from __future__ import annotations

from backstep.formula.operations import FromGraph
from backstep.formula.tree import Formula, Sym
from backstep.graph.node import Node, Operand
from backstep.limits import LIMITS
from backstep.notation.symbols import Symbols
from backstep.simplify.products import before_fraction
from backstep.simplify.tidy import Tidy, counted_sizes, operations

MOST_TIDIED = 100
"""A contribution of more operations is printed as the rule builds it, which is quick."""


class Tidied:
    """The contributions of one definition; each name is a symbol, and so is each seed."""

    def __init__(self, names: Symbols) -> None:
        self._symbols = names.formulas
        self._seeds: dict[int, Sym] = {}
        graph = names.loss.graph
        named = [version.node for version in names.names.values()]
        self.tidy = Tidy(named, counted_sizes(graph.nodes[: graph.forward_count]))
        self.formulas = FromGraph(self._symbol)

    def operand(self, whole: Node, seed: Node, called: Sym) -> Operand | None:
        """The pullback in terms of `seed`; None if it is too long to be tidied."""
        self._seeds[seed.id] = called
        self.tidy.symbol(seed)
        operand = self.tidy.of(whole)
        return None if operations(operand) > LIMITS.latex_characters // 2 else operand

    def sending(self, whole: Node, seed: Node, called: Sym) -> tuple[Formula, Formula] | None:
        """The pullback in terms of `seed`, as a formula to print and one to type.

        None if it is too long to be tidied.
        """
        operand = self.operand(whole, seed, called)
        if operand is None:
            return None
        apart = before_fraction(self.tidy, operand, self.tidy.symbol(seed))
        return self.formulas.of(apart), self.formulas.of(operand)

    def _symbol(self, leaf: Node) -> Formula | None:
        node = self.tidy.origin.get(leaf.id)
        if node is None:
            return None
        return self._seeds.get(node.id) or self._symbols[node.id]


def tidied(symbols: Symbols) -> Tidied:
    """The tidy contributions of the definition with these symbols, cached with them."""
    key = ("tidied",)
    if key not in symbols.kept:
        symbols.kept[key] = Tidied(symbols)
    found: Tidied = symbols.kept[key]
    return found

"""What a use sends back where tensors meet, in the tidy form of gradients' formulas. No numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backstep.formula.latex import written
from backstep.formula.making import FromGraph
from backstep.formula.notation import Setter
from backstep.formula.text import Writer
from backstep.formula.tree import Deriv, Formula, Sym
from backstep.graph.node import Node, Operand
from backstep.limits import LIMITS
from backstep.notation.latex import parts
from backstep.notation.symbols import Symbols
from backstep.simplify.products import before_fraction
from backstep.simplify.tidy import Tidy, counted_sizes, operations

_MOST_PARTS = 100
"""A contribution of more operations is printed as the rule gives it, which is quick."""


@dataclass(frozen=True, slots=True)
class TidyContribution:
    """A contribution in formulas: of the upstream partial, in colour too, and of g in its place.

    `read` are the ids of the named nodes in it.
    """

    latex: str
    display: str
    local: str
    local_text: str
    read: tuple[int, ...]


class Tidied:
    """Contributions of one definition; its names are symbols, a seed is the partial it is for."""

    def __init__(self, names: Symbols, definition_symbols: Mapping[int, Sym]) -> None:
        self._names = names
        self._symbols = definition_symbols
        self._seeds: dict[int, tuple[Formula, Formula]] = {}
        graph = names.loss.graph
        named = [version.node for version in names.names.values()]
        self._tidy = Tidy(named, counted_sizes(graph.nodes[: graph.forward_count]))
        self._own = FromGraph(lambda node: self._symbols.get(node.id))
        self._formulas = FromGraph(lambda leaf: self._symbol(leaf, of_loss=True))
        self._of_g = FromGraph(lambda leaf: self._symbol(leaf, of_loss=False))
        self._setter = Setter(names=[symbol.name for symbol in definition_symbols.values()])
        self._text = Writer({symbol: _shown(names, key) for key, symbol in self._symbols.items()})

    def sending(self, whole: Node, seed: Node, use: Node) -> TidyContribution | None:
        """The formula of what `use` sends back, in terms of `seed`, its partial.

        None where it is too long to be made tidy.
        """
        if parts(whole, self._names.latex) > _MOST_PARTS:
            return None
        loss = self._symbols[self._names.loss.id]
        self._seeds[seed.id] = (
            Deriv(loss, self._below(use)),
            Sym(self._names.incoming, size=seed.shape),
        )
        symbol = self._tidy.symbol(seed)
        operand = self._tidy.of(whole)
        if operations(operand) > LIMITS.latex_characters // 2:
            return None
        apart = before_fraction(self._tidy, operand, symbol)
        shown = self._setter.boxed(self._formulas.of(apart))
        return TidyContribution(
            written(shown),
            written(shown, coloured=True),
            written(self._setter.boxed(self._of_g.of(apart))),
            self._text.write(self._of_g.of(operand)),
            self._read(operand),
        )

    def _below(self, node: Node) -> Formula:
        """What stands below ∂L/∂: the node's symbol, its number, or its formula."""
        if self._names.is_numbered(node):
            return Sym(self._names.number(node), size=node.shape)
        return self._own.of(node)

    def _read(self, operand: Operand) -> tuple[int, ...]:
        found: set[int] = set()
        open_nodes = [operand]
        seen = set[Operand]()
        while open_nodes:
            part = open_nodes.pop()
            if part in seen or not isinstance(part, Node):
                continue
            seen.add(part)
            open_nodes.extend(part.nodes)
            if part.id in self._tidy.origin:
                found.add(self._tidy.origin[part.id].id)
        return tuple(sorted(found & self._symbols.keys()))

    def _symbol(self, leaf: Node, of_loss: bool) -> Formula | None:
        node = self._tidy.origin.get(leaf.id)
        if node is None:
            return None
        if node.id in self._seeds:
            derivative, g = self._seeds[node.id]
            return derivative if of_loss else g
        return self._symbols[node.id]


def _shown(names: Symbols, key: int) -> tuple[str, int]:
    """A name in plain characters, and how tightly it binds."""
    name = names.text[key]
    return name.text, name.precedence


def tidied(symbols: Symbols) -> Tidied:
    """The tidy contributions of the definition that the symbols are of, kept with them."""
    key = ("tidied",)
    if key not in symbols.kept:
        symbols.kept[key] = Tidied(symbols, symbols.formulas)
    found: Tidied = symbols.kept[key]
    return found

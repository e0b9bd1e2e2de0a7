"""What a use sends back where tensors meet, in the tidy form of gradients' formulas. No numbers."""

from __future__ import annotations

from dataclasses import dataclass

from backstep.formula.latex import Printed, parts
from backstep.formula.matrix_writer import Style, Writer
from backstep.formula.symbols import Symbols
from backstep.graph.node import Node, Operand
from backstep.limits import LIMITS
from backstep.ops.row import ATOM, POWER
from backstep.simplify.products import before_fraction
from backstep.simplify.tidy import Tidy, counted_sizes, operations

_MOST_PARTS = 100
"""A contribution of more operations is printed as the rule gives it, which is quick."""


@dataclass(frozen=True, slots=True)
class Sending:
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

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._uses: dict[int, Node] = {}
        graph = symbols.loss.graph
        named = [version.node for version in symbols.names.values()]
        self._tidy = Tidy(named, counted_sizes(graph.nodes[: graph.forward]))
        self._in_latex = (
            Writer(Style(lambda leaf: self._upstream(leaf, coloured=False), latex=True)),
            Writer(Style(lambda leaf: self._upstream(leaf, coloured=True), latex=True)),
            Writer(Style(lambda leaf: self._g(leaf, latex=True), latex=True)),
        )
        self._in_text = Writer(Style(lambda leaf: self._g(leaf, latex=False), latex=False))

    def sending(self, whole: Node, seed: Node, use: Node) -> Sending | None:
        """The formula of what `use` sends back, in terms of `seed`, its partial.

        None where it is too long to be made tidy.
        """
        if parts(whole, self._symbols.latex) > _MOST_PARTS:
            return None
        self._uses[seed.id] = use
        symbol = self._tidy.symbol(seed)
        operand = self._tidy.of(whole)
        if operations(operand) > LIMITS.latex_characters // 2:
            return None
        apart = before_fraction(self._tidy, operand, symbol)
        latex, display, local = (writer.write(apart) for writer in self._in_latex)
        return Sending(latex, display, local, self._in_text.write(operand), self._read(operand))

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
        return tuple(sorted(found & self._symbols.names.keys()))

    def _upstream(self, leaf: Node, coloured: bool) -> Printed:
        node = self._tidy.origin[leaf.id]
        if node.id in self._uses:
            return Printed(self._symbols.partial(self._uses[node.id], coloured), POWER)
        return (self._symbols.coloured if coloured else self._symbols.latex)[node.id]

    def _g(self, leaf: Node, latex: bool) -> Printed:
        node = self._tidy.origin[leaf.id]
        if node.id in self._uses:
            return Printed("g", ATOM)
        return (self._symbols.latex if latex else self._symbols.text)[node.id]


def tidied(symbols: Symbols) -> Tidied:
    """The tidy contributions of the definition that the symbols are of, kept with them."""
    key = ("tidied",)
    if key not in symbols.kept:
        symbols.kept[key] = Tidied(symbols)
    found: Tidied = symbols.kept[key]
    return found

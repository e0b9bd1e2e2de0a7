"""The symbol of each node in formulas: its name, a letter with its number, or its formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backstep.formula.board import Shown, brief
from backstep.formula.latex import Writer
from backstep.formula.operations import FromGraph
from backstep.formula.symbols import symbols as formula_symbols
from backstep.formula.tree import Deriv, Formula, Sym, operations
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition, Version
from backstep.lang.syntax.display import shown

_LONGEST = 24
_LETTERS = "vqrskmnfgh"
_INCOMING = ("g", "g_in", "g_out", "G")


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols of one definition's nodes, and formulas in them."""

    loss: Node
    names: Mapping[int, Version]
    """By node id, as typed."""
    formulas: Mapping[int, Sym]
    """By node id; a name that is defined several times shows its version, h⁽²⁾."""
    all: frozenset[str]
    """All names of the text."""
    trees: FromGraph
    """Formulas of nodes in terms of the named ones."""
    part: str
    """The letter of nodes without a name, with their numbers lowered: v₁₂. No name of the text, and
    no element of one, is written so."""
    incoming: str
    """The symbol of the incoming partial in a local derivative; no name of the text."""
    written: dict[tuple[object, ...], str] = field(default_factory=dict)
    """A cache of printed formulas: many edges and labels share them."""
    kept: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """A cache of results that no value changes, for the next walk of the same definition."""

    _writer: Writer = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_writer", Writer(self.all))

    def version(self, node: Node) -> int | None:
        """The version of its name, if there are several."""
        named = self.formulas.get(node.id)
        return None if named is None else named.version

    def name(self, node: Node) -> str | None:
        """The name as typed, or None."""
        named = self.names.get(node.id)
        return None if named is None else named.name

    def in_latex(self, formula: Formula, coloured: bool = False) -> str:
        """A formula as LaTeX, in colour if asked."""
        return self.in_both(formula)[coloured]

    def in_both(self, formula: Formula) -> tuple[str, str]:
        """A formula as LaTeX, without colours and with them."""
        return self._writer.in_both(formula)

    def own(self, node: Node) -> Formula:
        """A node's formula, even if it has a name; elided if it is too long to be read."""
        return brief(self.trees.own(node))

    def formula(self, node: Node) -> Formula:
        """The node's symbol; without a name its formula, or a letter with its number."""
        named = self.formulas.get(node.id)
        if named is not None:
            return named
        if self.is_numbered(node):
            return Sym(self.number(node), "value", size=node.shape)
        return self.own(node)

    def derivative(self, top: Node, bottom: Node) -> Deriv:
        """∂u/∂z."""
        return Deriv(self.formula(top), self.formula(bottom))

    def of(self, node: Node, coloured: bool = False) -> str:
        """The node's symbol as LaTeX."""
        key = (node.id, coloured)
        if key not in self.written:
            plain, in_colour = self.in_both(self.formula(node))
            self.written[node.id, False], self.written[node.id, True] = plain, in_colour
        return self.written[key]

    def is_numbered(self, node: Node) -> bool:
        """Whether the node's symbol is a letter with its number: it has no name, and its formula is
        too long to be a symbol."""
        if node.id in self.formulas:
            return False
        key = (node.id, "formula")
        if key not in self.written:
            own = self.trees.own(node)
            short = operations([own]) <= _LONGEST
            self.written[key] = self.in_latex(own) if short else ""
        return not 0 < len(self.written[key]) <= _LONGEST

    def number(self, node: Node) -> str:
        """The letter with the node's number, in plain characters."""
        return f"{self.part}{node.id}"

    def said(self, node: Node) -> str:
        """The node's symbol in plain characters, or its formula, however long."""
        key = (node.id, "said")
        if key not in self.written:
            self.written[key] = Shown().write(self.formulas.get(node.id) or self.own(node))
        return self.written[key]

    def brief(self, node: Node) -> str:
        """The node's symbol in a few characters, for labels; at worst its number."""
        return self.label(node) or self.number(node)

    def label(self, node: Node) -> str | None:
        """The node's symbol in a few characters; None if it has none so short."""
        text = self.said(node)
        return text if node.id in self.formulas or len(text) <= 6 else None

    def partial(self, node: Node, coloured: bool = False) -> str:
        """∂L/∂z as LaTeX."""
        key = (node.id, coloured, "partial")
        if key not in self.written:
            both = self.in_both(self.derivative(self.loss, node))
            for each, text in enumerate(both):
                self.written[node.id, bool(each), "partial"] = text
        return self.written[key]


def symbols(definition: Definition) -> Symbols:
    """The symbols of all named nodes of a definition."""
    formulas = formula_symbols(definition)
    return Symbols(
        loss=definition.loss,
        names={
            version.node.id: version
            for versions in definition.names.values()
            for version in versions
        },
        formulas=formulas,
        all=frozenset(definition.names),
        trees=FromGraph(lambda node: formulas.get(node.id)),
        part=_free_letter(definition.names),
        incoming=next((each for each in _INCOMING if each not in definition.names), "g"),
    )


def _free_letter(names: Iterable[str]) -> str:
    """A letter that, with a number lowered, is no name of the text and no element of one."""
    taken = {
        parts.spelled
        for parts in map(shown, names)
        if not parts.raised and "".join(parts.lowered).isdigit() == bool(parts.lowered)
    }
    return next((letter for letter in _LETTERS if letter not in taken), "part")

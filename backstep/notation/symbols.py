"""What each named node is called in formulas, plain and coloured. Prints no operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backstep.formula.board import Shown, brief
from backstep.formula.latex import latex
from backstep.formula.making import FromGraph
from backstep.formula.symbols import symbols as formula_symbols
from backstep.formula.tree import Deriv, Formula, Sym, operations
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition, Version
from backstep.lang.syntax.display import RAISED, latex_name, text_name
from backstep.notation.figures import latex_figure
from backstep.notation.latex import Printed
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT

_LONGEST = 24
_LETTERS = "vqrskmnfgh"
_INCOMING = ("g", "g_in", "g_out", "G")
_NUMBERED = re.compile(r"(\w+)_\{\d+\}")
VALUE, PARTIAL = r"\fv", r"\bp"
"""Macros that the page gives the forward and the backward colour."""
_COLOURED = re.compile(r"\\(?:fv|bp)\{((?:[^{}]|\{[^{}]*\})*)\}")


@dataclass(frozen=True, slots=True)
class Symbols:
    """Names by node id; a name given several times shows its version, h⁽²⁾."""

    loss: Node
    names: Mapping[int, Version]
    repeated: frozenset[str]
    latex: Mapping[int, Printed]
    text: Mapping[int, Printed]
    source: Mapping[int, Printed]
    """As typed, to be read again as text."""
    coloured: Mapping[int, Printed]
    formulas: Mapping[int, Sym]
    all: frozenset[str] = frozenset()
    """All names of the text."""
    part: str = "v"
    """The letter of parts without a name, with their numbers lowered: v₁₂. No name of the text, and
    no element of one, is written so."""
    incoming: str = "g"
    """What stands for the incoming partial in a local derivative; no name of the text."""
    trees: FromGraph = field(default_factory=lambda: FromGraph(lambda node: None))
    """Formulas of nodes in the named ones."""
    written: dict[tuple[object, ...], str] = field(default_factory=dict)
    """Formulas of nodes without a name, kept: many edges and labels ask for the same ones."""
    kept: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """What a walk found that no value changes, for the next walk of the same definition."""

    def version(self, node: Node) -> int | None:
        """The number of this giving of its name, where there are several."""
        named = self.names.get(node.id)
        return named.index if named is not None and named.name in self.repeated else None

    def name(self, node: Node) -> str | None:
        """The name as typed, or None."""
        named = self.names.get(node.id)
        return None if named is None else named.name

    def in_latex(self, formula: Formula, coloured: bool = False) -> str:
        """A formula as LaTeX, in colour if asked."""
        return latex(formula, coloured, names=self.all)

    def own(self, node: Node) -> Formula:
        """What a node is computed by, though it have a name; elided where nobody would read it."""
        return brief(self.trees.own(node))

    def formula(self, node: Node) -> Formula:
        """The node's own symbol; where it has no name its formula, or a letter with its number."""
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
        """The node's own symbol as LaTeX."""
        key = (node.id, coloured)
        if key not in self.written:
            self.written[key] = self.in_latex(self.formula(node), coloured)
        return self.written[key]

    def is_numbered(self, node: Node) -> bool:
        """Whether a letter with its number stands for the node: it has no name, and its formula is
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
        """The node's own symbol in plain characters, or its formula however long."""
        key = (node.id, "said")
        if key not in self.written:
            self.written[key] = Shown().write(self.formulas.get(node.id) or self.own(node))
        return self.written[key]

    def brief(self, node: Node) -> str:
        """The node's own symbol in a few characters, for labels: its number at worst."""
        return self.label(node) or self.number(node)

    def label(self, node: Node) -> str | None:
        """The node's own symbol in a few characters; None where it has none so short."""
        text = self.said(node)
        return text if node.id in self.formulas or len(text) <= 6 else None

    def partial(self, node: Node, coloured: bool = False) -> str:
        """∂L/∂z as LaTeX."""
        return self.in_latex(self.derivative(self.loss, node), coloured)


def plain(coloured: str) -> str:
    """Numbers with colour macros around them, without the macros."""
    return _COLOURED.sub(r"\1", coloured)


def symbols(definition: Definition) -> Symbols:
    """The symbols of all named nodes of a definition."""
    names = {
        version.node.id: version for versions in definition.names.values() for version in versions
    }
    repeated = frozenset(name for name, given in definition.names.items() if len(given) > 1)

    def version(named: Version) -> int | None:
        return named.index if named.name in repeated else None

    latex = {
        key: _raised(latex_name(named.name, version(named)), "^") for key, named in names.items()
    }
    formulas = formula_symbols(definition)
    return Symbols(
        loss=definition.loss,
        names=names,
        repeated=repeated,
        latex=latex,
        text={
            key: _raised(text_name(named.name, version(named)), RAISED + "^")
            for key, named in names.items()
        },
        source={key: Printed(named.name, ATOM) for key, named in names.items()},
        coloured={
            key: Printed(rf"{VALUE}{{{name.text}}}", name.precedence) for key, name in latex.items()
        },
        formulas=formulas,
        all=frozenset(definition.names),
        trees=FromGraph(lambda node: formulas.get(node.id)),
        part=_free_letter(latex.values()),
        incoming=next((each for each in _INCOMING if each not in definition.names), "g"),
    )


def _free_letter(names: Iterable[Printed]) -> str:
    """A letter that with a number lowered is no name of the text, and no element of one."""
    texts = [name.text for name in names]
    taken = {match[1] for text in texts if (match := _NUMBERED.fullmatch(text))} | set(texts)
    free = (letter for letter in _LETTERS if letter not in taken)
    return next(free, "part")


def _raised(name: str, marks: str) -> Printed:
    """A name as a symbol; one with a raised part needs brackets before it is raised again."""
    return Printed(name, POWER if any(mark in name for mark in marks) else ATOM)


def figure(value: float, colour: str | None = None) -> Printed:
    """A number as a symbol of a formula; brackets go by its sign and its power of ten."""
    text = latex_figure(value)
    precedence = COMPARISON if value < 0 else PRODUCT if r"\cdot" in text else ATOM
    return Printed(text if colour is None else rf"{colour}{{{text}}}", precedence)


_PRETTY = (
    (" - ", " − "),
    ("-", "−"),
    ("*", "·"),
    (".T", "ᵀ"),
    (" @ ", " "),
    ("sigmoid", "σ"),
    (" / ", "/"),
)
_POWERS = re.compile(r"\^(\d+)(?![\d.])")
_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/6": "⅙"}
_HALVES = re.compile(rf"(?<![\d.])(?:{'|'.join(_FRACTIONS)})(?![\d.])")


def pretty(text: str) -> str:
    """Language text in the characters of a board, for small labels: u·(1 − u), 2·w, Wᵀ g."""
    for typed, written in _PRETTY:
        text = text.replace(typed, written)
    text = _POWERS.sub(lambda match: match[1].translate(_RAISE), text)
    return _HALVES.sub(lambda match: _FRACTIONS[match[0]], text)

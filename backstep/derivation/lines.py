"""Lines and rule objects: what a derivation is made of before it is printed. Derives nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from backstep.graph.node import Node

TITLES: Mapping[str, str] = {
    "loss": "the loss",
    "name": "a name for a part",
    "chain": "chain rule",
    "paths": "sum over paths",
    "sum": "sum rule",
    "product": "product rule",
    "quotient": "quotient rule",
    "power": "power rule",
    "function": "derivative of a function",
    "matrix": "matrix product",
    "broadcast": "broadcasting",
    "shape": "another shape",
    "cases": "by cases",
    "softmax": "softmax",
    "convention": "convention",
    "zero": "nothing comes back",
    "substitute": "put in",
    "tidy": "tidied",
    "element": "one element",
    "vector": "all elements at once",
    "given": "with the numbers in force",
}
"""What a teacher calls each rule, by its code."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A formula: plain LaTeX, the same in colour, plain characters, and in the language.

    `formula` is None where the language has no words for it; read by it, it is what it says.
    `answer` is the same where it is too long, as an answer may be typed: with partials that have a
    name of their own by it, delta_h.
    """

    latex: str
    display: str
    text: str
    formula: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """`left` = the first of `steps` = the next …; `numbers` are the same in figures, or None.

    `top` and `bottom` say what `left` is: the derivative of one node by another; of elements
    among themselves where it is none of these.
    """

    rule: str
    words: str
    left: Piece
    steps: tuple[Piece, ...]
    numbers: str | None = None
    display_numbers: str | None = None
    top: Node | None = None
    bottom: Node | None = None

    @property
    def latex(self) -> str:
        """The whole line as LaTeX."""
        return " = ".join([self.left.latex, *(step.latex for step in self.steps)])

    @property
    def display(self) -> str:
        """The same, broken before each sign of equality."""
        return " = ".join([self.left.display, *(step.display for step in self.steps)])

    @property
    def text(self) -> str:
        """The same as plain text."""
        return " = ".join([self.left.text, *(step.text for step in self.steps)])

    @property
    def formula(self) -> str | None:
        """The last step as the language reads it."""
        return self.steps[-1].formula if self.steps else None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was used: its own lines, then what it rests on, in the order they are read."""

    code: str
    lines: tuple[Line, ...] = ()
    parts: tuple[Rule, ...] = ()

    @property
    def title(self) -> str:
        """What the rule is called."""
        return TITLES[self.code]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Line]]:
        """Every line with how deep it stands, as it is read."""
        for line in self.lines:
            yield depth, line
        for part in self.parts:
            yield from part.walk(depth + 1)


def joined(pieces: list[Piece], latex: str, text: str) -> Piece:
    """Pieces with a sign between them."""
    formulas = [piece.formula for piece in pieces]
    whole = None if None in formulas else text.join(f"({formula})" for formula in formulas)
    return Piece(
        latex.join(piece.latex for piece in pieces),
        latex.join(piece.display for piece in pieces),
        text.join(piece.text for piece in pieces),
        whole,
    )


def said(piece: Piece, formula: str | None) -> Piece:
    """The piece with another wording in the language."""
    return replace(piece, formula=formula)


def plain(latex: str, text: str, formula: str | None = None) -> Piece:
    """A piece without colours."""
    return Piece(latex, latex, text, formula)

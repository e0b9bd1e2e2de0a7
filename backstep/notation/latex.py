"""Formulas of graph nodes as LaTeX and as text: one printer, by the table's notation.

A node with a name is a symbol; what has none is written out. Values may stand for the symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from backstep.formula.text import float_text
from backstep.graph.node import Literal, Node, Operand
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.ops.row import ATOM, COMPARISON, PRODUCT, SIGN, SUM, Notation

ELIDED = "…"
_MINUS = ("-", "−")
_MOST_PARTS = 300
"""A formula of more operations is not written out: nobody reads it."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A formula and how tightly it binds."""

    text: str
    precedence: int


@dataclass(frozen=True, slots=True)
class Style:
    """Which of a row's two notations is printed, and how brackets and numbers look in it."""

    notation: Callable[[Node], Notation]
    write: Callable[[Notation], Callable[..., str]]
    operands: Callable[[Notation], tuple[int, ...]]
    precedence: Callable[[Notation], int]
    brackets: Callable[[str], str]
    number: Callable[[Literal], Printed]


def _signed(text: str, value: Fraction, otherwise: int) -> Printed:
    return Printed(text, SIGN if value < 0 else otherwise)


_COMMON = (2, 3, 4, 6)
"""Denominators whose fractions read better than their decimals."""
_LONGEST_DENOMINATOR = 10**6
"""A fraction past this is nothing to read; it is written to the digits of a float64."""


def _text_number(literal: Literal) -> Printed:
    if literal.text is not None:
        return _signed(literal.text, literal.value, ATOM)
    value = literal.value
    if value.denominator == 1:
        return _signed(str(value.numerator), value, ATOM)
    decimal = float_text(value)
    if value.denominator in _COMMON:
        return Printed(f"{value.numerator}/{value.denominator}", PRODUCT)
    if "e" not in decimal and Fraction(decimal) == value:
        return _signed(decimal, value, ATOM)
    if value.denominator > _LONGEST_DENOMINATOR:
        return _signed(decimal, value, ATOM)
    return Printed(f"{value.numerator}/{value.denominator}", PRODUCT)


def _latex_number(literal: Literal) -> Printed:
    if literal.symbol == "pi":
        return Printed(r"\pi", ATOM)
    printed = _text_number(literal)
    if "/" in printed.text:
        top, bottom = printed.text.lstrip("-").split("/")
        sign = "-" if literal.value < 0 else ""
        return _signed(rf"{sign}\frac{{{top}}}{{{bottom}}}", literal.value, ATOM)
    if "e" in printed.text.lower():
        mantissa, power = printed.text.lower().split("e")
        return Printed(rf"{mantissa} \cdot 10^{{{int(power)}}}", PRODUCT)
    return printed


def _of_row(node: Node) -> Notation:
    return TABLE[node.op].notation


def _of_shapes(node: Node) -> Notation:
    notation = _of_row(node)
    if notation.tensors is None or not all(operand.shape for operand in node.inputs):
        return notation
    return notation.tensors


def _latex_precedence(notation: Notation) -> int:
    given = notation.latex_precedence
    return notation.precedence if given is None else given


LATEX = Style(
    notation=_of_shapes,
    write=lambda notation: notation.latex,
    operands=lambda notation: notation.latex_operands or notation.operands,
    precedence=_latex_precedence,
    brackets=lambda text: rf"\left({text}\right)",
    number=_latex_number,
)
TEXT = Style(
    notation=_of_row,
    write=lambda notation: notation.text,
    operands=lambda notation: notation.operands,
    precedence=lambda notation: notation.precedence,
    brackets=lambda text: f"({text})",
    number=_text_number,
)


def formula(node: Node, symbols: Mapping[int, Printed], style: Style = LATEX) -> Printed:
    """The node written out until nodes that are in `symbols`; the node itself is written out.

    Past the limit on a browser's LaTeX a part is written as an ellipsis, and so is all of a formula
    of very many operations.
    """
    printed: dict[int, Printed] = {}
    needed = written_out(node, symbols)
    if len(needed) > _MOST_PARTS:
        return Printed(ELIDED, ATOM)
    for part in needed:
        row, notation = TABLE[part.op], style.notation(part)
        inputs = [_operand(operand, printed, symbols, style) for operand in part.inputs]
        levels = (COMPARISON,) if row.transparent else style.operands(notation)
        spelled = [
            given.text
            if given.precedence >= levels[min(position, len(levels) - 1)]
            and not (given.text.startswith(_MINUS) and _meets_sign(notation, position))
            else style.brackets(given.text)
            for position, given in enumerate(inputs)
        ]
        params = {key: value for key, value in part.params.items() if key != "strong"}
        text = style.write(notation)(*spelled, **params)
        precedence = style.precedence(notation)
        if row.transparent and inputs:
            precedence = inputs[-1].precedence
        elif COMPARISON < levels[0] < precedence:
            # A sign binds no tighter than what it stands before.
            precedence = min(precedence, inputs[0].precedence)
        if len(text) > LIMITS.latex_characters:
            text, precedence = ELIDED, ATOM
        printed[part.id] = Printed(text, precedence)
    return printed[node.id]


def _meets_sign(notation: Notation, position: int) -> bool:
    """Whether a sign in front of the operand would stand beside another: a + −b, −−b."""
    return notation.precedence == (SUM if position else SIGN)


def written_out(node: Node, symbols: Mapping[int, Printed]) -> list[Node]:
    """The nodes that the formula writes out, inputs first, itself last."""
    seen: dict[int, Node] = {node.id: node}
    open_nodes = [node]
    while open_nodes:
        for parent in open_nodes.pop().nodes:
            if parent.id not in symbols and parent.id not in seen:
                seen[parent.id] = parent
                open_nodes.append(parent)
    return [seen[key] for key in sorted(seen)]


def _operand(
    operand: Operand,
    printed: Mapping[int, Printed],
    symbols: Mapping[int, Printed],
    style: Style,
) -> Printed:
    if isinstance(operand, Literal):
        return style.number(operand)
    return symbols[operand.id] if operand.id in symbols else printed[operand.id]


def parts(node: Node, symbols: Mapping[int, Printed]) -> int:
    """How many operations the written-out formula has."""
    return len(written_out(node, symbols))


def reads(node: Node, symbols: Mapping[int, Printed]) -> list[int]:
    """The ids of the symbols that the written-out formula shows, ascending."""
    shown = {
        parent.id
        for part in written_out(node, symbols)
        for parent in part.nodes
        if parent.id in symbols
    }
    return sorted(shown)

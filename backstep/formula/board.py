"""Formulas in a line of plain characters, as a board has them: u·(1 − u), Wᵀ g, ∂L/∂z."""

from __future__ import annotations

from collections.abc import Mapping

from backstep.formula.parts import plain_number
from backstep.formula.table import ATOM, COMPARISON, OPERATORS, POWER, PRODUCT, function
from backstep.formula.text import Printed, Writer
from backstep.formula.tree import Call, Deriv, Formula, Num, Op, Pow, Sym, operations
from backstep.lang.syntax.display import RAISED, text_name

_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/6": "⅙"}
_MOST_OPERATIONS = 300
ELIDED = Sym("…")
"""What stands for a formula that nobody would read to its end."""


def brief(formula: Formula) -> Formula:
    """The formula, or … where it is of very many operations."""
    return formula if operations([formula]) <= _MOST_OPERATIONS else ELIDED


def shown(symbol: Sym) -> Printed:
    """A symbol's name in plain characters, W₁ or h⁽²⁾, and how tightly it binds."""
    name = text_name(symbol.name, symbol.version)
    # A name with a raised part needs brackets before it is raised again.
    return name, POWER if any(mark in name for mark in RAISED + "^") else ATOM


class Shown(Writer):
    """Writes formulas in the language's signs, with names in plain characters: W₁*x."""

    def _part(self, part: Formula) -> Printed:
        return shown(part) if isinstance(part, Sym) else super()._part(part)


class Board(Shown):
    """Writes formulas in the signs of a board; what the language has no words for, too."""

    signs: Mapping[str, str] = {op: row.board for op, row in OPERATORS.items()} | {"negate": "−"}

    def factor(self, formula: Formula) -> str:
        """The formula as a factor: a sum stands in brackets."""
        is_sum = isinstance(formula, Op) and formula.op == "add"
        return self.within(formula, PRODUCT if is_sum else COMPARISON)

    def _part(self, part: Formula) -> Printed:
        match part:
            case Num():
                return _number(part)
            case Pow(base, Num(value, text)) if (text or str(value)).isdigit():
                return self._at(base, ATOM) + (text or str(value)).translate(_RAISE), POWER
            case Deriv(Formula() as top, bottom, None, None):
                return f"∂{self._below(top)}/∂{self._below(bottom)}", ATOM
            case Call("transpose" | "swap_last", (value,)):
                return f"{self._at(value, ATOM)}ᵀ", POWER
        return super()._part(part)

    def _below(self, formula: Formula) -> str:
        return self._at(formula, COMPARISON if isinstance(formula, Sym) else ATOM)

    def _call(self, part: Call) -> Printed:
        written, binds = super()._call(part)
        written, row = written.replace("-", "−"), function(part.name)
        if row.style == "call" and written.startswith(f"{part.name}("):
            written = row.char + written.removeprefix(part.name)
        return written, binds


def _number(number: Num) -> Printed:
    value = number.value
    written = number.text or plain_number(value) or f"{value.numerator}/{value.denominator}"
    if written in FRACTIONS:
        return FRACTIONS[written], POWER
    return written.replace("-", "−"), PRODUCT if "/" in written else ATOM

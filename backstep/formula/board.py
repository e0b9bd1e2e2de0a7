"""Formulas in a line of plain characters, as a board has them: u·(1 − u), Wᵀ g, ∂L/∂z."""

from __future__ import annotations

from collections.abc import Mapping

from backstep.formula.box_parts import plain_number
from backstep.formula.operations import COMPARISONS
from backstep.formula.table import (
    ATOM,
    COMPARISON,
    OPERATORS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    TERM,
    function,
)
from backstep.formula.text import Printed, Writer, place
from backstep.formula.tree import (
    ONE,
    At,
    Big,
    Call,
    Deriv,
    Formula,
    Mark,
    Neg,
    Num,
    Op,
    Pow,
    Sym,
    operations,
)
from backstep.lang.syntax.display import RAISED, text_name

_RAISE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/6": "⅙"}
_MOST_OPERATIONS = 300
ELIDED = Sym("…", "constant")
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

    # What the language takes for a comparison: an equals sign alone gives a value.
    signs: Mapping[str, str] = {op: row.board for op, row in OPERATORS.items()} | {
        "negate": "−",
        "equal": " == ",
    }

    def factor(self, formula: Formula) -> str:
        """The formula as a factor: a sum stands in brackets."""
        is_sum = isinstance(formula, Op) and formula.op == "add"
        return self.within(formula, PRODUCT if is_sum else COMPARISON)

    def _part(self, part: Formula) -> Printed:
        match part:
            case Num():
                return _number(part)
            case Neg(arg):
                return f"−{self._at(arg, TERM)}", OPERATORS["negate"].level
            case Pow(base, Num(value, text)) if (text or str(value)).isdigit():
                return self._at(base, ATOM) + (text or str(value)).translate(_RAISE), POWER
            case Op("multiply", args) if any(isinstance(each, Mark) for each in args):
                return self.signs["multiply"].join(
                    self._at(each, PRODUCT) for each in args
                ), PRODUCT
            case Deriv():
                return self._derivative(part)
            case Big(op, body, index):
                sign = "Σ" if op == "sum" else "∏"
                below = "" if index is None else f"_{self._of(index)}"
                return f"{sign}{below} {self._at(body, PRODUCT)}", TERM
            case At(value, key) if any(isinstance(each, Formula) for each in key):
                return f"{self._at(value, ATOM)}_{','.join(map(self._place, key))}", ATOM
            case At(value, key):
                return f"{self._at(value, ATOM)}[{','.join(map(place, key))}]", ATOM
            case Call("transpose" | "swap_last", (value,)):
                return f"{self._at(value, ATOM)}ᵀ", POWER
        return super()._part(part)

    def _place(self, each: object) -> str:
        return self._of(each) if isinstance(each, Formula) else str(each)

    def _derivative(self, part: Deriv) -> Printed:
        top = "" if part.top is None else self._below(part.top)
        written = f"∂{top}/∂{self._below(part.bottom)}"
        if part.along is not None:
            way = self._of(part.along) if isinstance(part.along, Formula) else part.along
            written = f"{written}|{way}"
        if part.at is not None:
            return f"{written} ({self._of(part.at)})", PRODUCT
        return written, POWER

    def _below(self, formula: Formula) -> str:
        symbol = isinstance(formula.value if isinstance(formula, At) else formula, Sym)
        return self._at(formula, COMPARISON if symbol else ATOM)

    def _call(self, part: Call) -> Printed:
        written, binds = super()._call(part)
        written, row = written.replace("-", "−"), function(part.name)
        if row.style == "call" and written.startswith(f"{part.name}("):
            written = row.char + written.removeprefix(part.name)
        return written, binds


class Paper(Board):
    """Writes formulas as a derivation does: p_y and e_y for what is picked and placed, log x."""

    def _part(self, part: Formula) -> Printed:
        match part:
            case Op(op, (left, right)) if op in COMPARISONS:
                one, other = self._at(left, SUM), self._at(right, SUM)
                if _is_index(left) or _is_index(right):
                    return f"1({one}{OPERATORS[op].char}{other})", ATOM
                return f"where({one}{self.signs[op]}{other}, 1, 0)", ATOM
            case Op("multiply", args):
                return self._product(args), PRODUCT
            case Call("log", (inside,)) if _is_picked(inside):
                return f"log {self._of(inside)}", SIGN
            case Call("pick", (value, label)):
                return f"{self._at(value, ATOM)}_{self._at(label, ATOM)}", ATOM
            case Call("place", (value, label)):
                hot = f"e_{self._at(label, ATOM)}"
                return (hot, ATOM) if value is ONE else (f"{self._at(value, POWER)}·{hot}", PRODUCT)
            case Call("guard", (_, value)):
                # What is not there where its condition fails is not said.
                return self._done[value]
        return super()._part(part)

    def _product(self, factors: tuple[Formula, ...]) -> str:
        """Factors; only the last may end in what a further one would be taken into: log x."""
        chained = any(isinstance(each, Mark) for each in factors)
        *front, last = factors
        written = [self._at(each, PRODUCT if chained else POWER) for each in front]
        written = [
            f"({text})" if self._is_open(each) and not text.endswith(")") else text
            for each, text in zip(front, written, strict=True)
        ]
        end = self._of(last) if self._is_open(last) else self._at(last, POWER)
        if chained:
            end = self._at(last, PRODUCT)
        return "·".join([*written, end])

    def _is_open(self, formula: Formula) -> bool:
        """Whether it ends in a function without brackets."""
        while isinstance(formula, Op | Mark):
            formula = formula.parts[-1]
        return isinstance(formula, Call) and formula.name == "log" and _is_picked(formula.parts[0])


def _is_picked(formula: Formula) -> bool:
    """Whether it is an element at an index or a class, p_y, which the language has no words for."""
    if isinstance(formula, At):
        return any(isinstance(each, Formula) for each in formula.key)
    return isinstance(formula, Call) and formula.name == "pick"


def _is_index(formula: Formula) -> bool:
    return isinstance(formula, Sym) and formula.role == "index"


def _number(number: Num) -> Printed:
    value = number.value
    written = number.text or plain_number(value) or f"{value.numerator}/{value.denominator}"
    if written in FRACTIONS:
        return FRACTIONS[written], POWER
    return written.replace("-", "−"), PRODUCT if "/" in written else ATOM

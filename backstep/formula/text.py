"""Formulas as text of the language, which reads back as the same formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from backstep.clock import heed
from backstep.formula.operations import COMPARISONS
from backstep.formula.shapes import shape_of
from backstep.formula.table import ATOM, OPERATORS, POWER, PRODUCT, SUM, brackets
from backstep.formula.tree import (
    ONE,
    At,
    Call,
    Cases,
    Figure,
    Formula,
    Frac,
    Mark,
    Mat,
    Neg,
    Num,
    Op,
    Pow,
    Sym,
    operations,
    walk,
)
from backstep.lang.spelling import exact_text
from backstep.lang.syntax.names import versioned
from backstep.limits import LIMITS
from backstep.ops import TABLE

_LONGEST_DENOMINATOR = 10**6
"""A fraction past this is nothing to read; it is written to the digits of a float64."""

Printed = tuple[str, int]
"""A text and how tightly it binds."""


class NotInLanguage(ValueError):
    """The language has no words for the formula: a derivative, a sum over an index."""


def text(formula: Formula) -> str:
    """The formula in the language. Raises NotInLanguage."""
    return Writer().write(formula)


def text_or_none(formula: Formula) -> str | None:
    """The same; None of what the language has no words for, and of what is left out or longer."""
    most = LIMITS.latex_characters
    # An operation takes two characters at least.
    if operations([formula]) > most // 2:
        return None
    try:
        found = text(formula)
    except NotInLanguage:
        return None
    return found if len(found) <= most and "…" not in found else None


class Writer:
    """Writes formulas as text; a part of several is written once.

    `known` are formulas that have a text of their own, and how tightly it binds.
    """

    signs: Mapping[str, str] = {op: row.text for op, row in OPERATORS.items()}
    """What stands between operands, by the operator."""

    def __init__(self, known: Mapping[Formula, Printed] | None = None) -> None:
        self._done: dict[Formula, Printed] = dict(known or {})

    def write(self, formula: Formula) -> str:
        """The whole formula. Raises NotInLanguage."""
        for part in walk(formula, self._done):
            heed()
            self._done[part] = self._part(part)
        return self._done[formula][0]

    def know(self, formula: Formula, written: Printed) -> None:
        """Write a formula so from here on."""
        self._done[formula] = written

    def within(self, formula: Formula, needed: int) -> str:
        """The formula in brackets where it binds looser than `needed`. Raises NotInLanguage."""
        self.write(formula)
        return self._at(formula, needed)

    def _of(self, formula: Formula) -> str:
        return self._done[formula][0]

    def _at(self, formula: Formula, needed: int) -> str:
        """The formula where it must bind at least so tightly."""
        written, binds = self._done[formula]
        return f"({written})" if brackets(binds, needed) else written

    def _part(self, part: Formula) -> Printed:
        match part:
            case Num():
                return number_text(part)
            case Figure(value):
                return repr(value), ATOM if value >= 0 else SUM
            case Sym():
                return spelled(part), ATOM
            case Op(op, args):
                return self._operator(op, args)
            case Neg(arg):
                row = OPERATORS["negate"]
                return self.signs["negate"] + self._at(arg, row.first), row.level
            case Frac(top, bottom):
                return self._between("divide", top, bottom)
            case Pow(base, exponent):
                return self._between("power", base, exponent)
            case Call():
                return self._call(part)
            case At(value, key):
                return f"{self._at(value, ATOM)}[{', '.join(map(place, key))}]", ATOM
            case Cases(rows):
                return self._cases(rows), ATOM
            case Mat(items):
                return f"[{', '.join(map(self._of, items))}]", ATOM
            case Mark(_, inner):
                return self._done[inner]
        raise NotInLanguage(type(part).__name__)

    def _between(self, op: str, left: Formula, right: Formula) -> Printed:
        row = OPERATORS[op]
        return self._at(left, row.first) + self.signs[op] + self._at(right, row.further), row.level

    def _operator(self, op: str, args: tuple[Formula, ...]) -> Printed:
        if op in COMPARISONS:
            # A condition stands in `where` alone; as a value it is 1 or 0.
            return f"where({self._condition(Op(op, args))}, 1, 0)", ATOM
        row = OPERATORS[op]
        written = self._at(args[0], self._first(op, args[0]))
        for each in args[1:]:
            if op == "add" and isinstance(each, Neg):
                written += self.signs["subtract"] + self._at(each.arg, row.further)
            else:
                written += self.signs[op] + self._at(each, row.further)
        return written, row.level

    def _first(self, op: str, first: Formula) -> int:
        """A quotient before a product stands in brackets for the eye, but for a number."""
        number = op == "multiply" and isinstance(first, Num)
        return PRODUCT if number else OPERATORS[op].first

    def _condition(self, formula: Formula) -> str:
        """A condition as it stands in `where`."""
        if isinstance(formula, Sym) and formula.role == "condition":
            return self._of(formula)
        if not (isinstance(formula, Op) and formula.op in COMPARISONS):
            return f"{self._at(formula, SUM)}{self.signs['not_equal']}0"
        left, right = formula.args
        return f"{self._at(left, SUM)}{self.signs[formula.op]}{self._at(right, SUM)}"

    def _cases(self, rows: tuple[tuple[Formula, Formula | None], ...]) -> str:
        *conditional, (last, otherwise) = rows
        if otherwise is not None:
            raise NotInLanguage("a choice without an otherwise")
        written = self._of(last)
        for value, condition in reversed(conditional):
            assert condition is not None
            written = f"where({self._condition(condition)}, {self._of(value)}, {written})"
        return written

    def _call(self, part: Call) -> Printed:
        special = _SPECIAL.get(part.name)
        if special is not None:
            return special(self, part)
        if part.name not in TABLE:
            raise NotInLanguage(part.name)
        notation = TABLE[part.name].notation
        levels = notation.operands
        inputs = [
            self._at(each, levels[min(number, len(levels) - 1)])
            for number, each in enumerate(part.args)
        ]
        try:
            return notation.text(*inputs, **dict(part.options)), notation.precedence
        except KeyError as error:  # an option that it needs
            raise NotInLanguage(part.name) from error

    def _where(self, part: Call) -> Printed:
        condition, *values = part.args
        given = [self._of(each) for each in values]
        if part.name == "guard":
            given.append("0")
        return f"where({', '.join([self._condition(condition), *given])})", ATOM

    def _stack(self, part: Call) -> Printed:
        given = [self._of(each) for each in part.args]
        given += [f"{key}={value}" for key, value in part.options]
        return f"stack({', '.join(given)})", ATOM

    def _one_hot(self, part: Call) -> Printed:
        value, label = part.args
        hot = f"one_hot({self._of(label)}, {part.option('classes')})"
        if value is ONE or (isinstance(value, Num) and value.value == 1):
            return hot, ATOM
        return f"{self._at(value, POWER)}{self.signs['multiply']}{hot}", PRODUCT

    def _swapped(self, part: Call) -> Printed:
        if len(shape_of(part.args[0])) == 2:
            return f"{self._at(part.args[0], ATOM)}.T", ATOM
        return f"move_axis({self._of(part.args[0])}, -1, -2)", ATOM

    def _diagonal(self, part: Call) -> Printed:
        return f"diag({self._of(part.args[0])})", ATOM

    def _counted(self, part: Call) -> Printed:
        return f"{part.name}({part.option('n')})", ATOM


_SPECIAL: Mapping[str, Callable[[Writer, Call], Printed]] = {
    "where": Writer._where,
    "guard": Writer._where,
    "stack": Writer._stack,
    "place": Writer._one_hot,
    "swap_last": Writer._swapped,
    "eye": Writer._counted,
    "arange": Writer._counted,
    "diag": Writer._diagonal,
}
"""Calls that are written in ways of their own."""


def number_text(number: Num) -> Printed:
    """A number as typed, else as a decimal or a quotient that reads as the same."""
    written = number.text
    if written is None:
        value = number.value
        if value.denominator > _LONGEST_DENOMINATOR:
            written = float_text(value)
            if "e" in written or Fraction(written) != value:
                return written, ATOM
        else:
            written = exact_text(value)
    return written, PRODUCT if "/" in written else ATOM


def float_text(value: Fraction) -> str:
    """As a float64 prints it; past its range as a power of ten, which reads back as the same."""
    try:
        number = float(value)
    except OverflowError:
        number = 0.0
    if number or not value:
        return repr(number)
    mantissa, power = f"{Decimal(value.numerator) / Decimal(value.denominator):.16e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{power}"


def spelled(symbol: Sym) -> str:
    """A symbol's name in the language; an earlier giving of it as h⁽²⁾."""
    if symbol.version is None or symbol.latest:
        return symbol.name
    return versioned(symbol.name, symbol.version)


def place(part: object) -> str:
    """One axis of an index: a number, or `start:stop:step`."""
    if isinstance(part, Formula):
        raise NotInLanguage("an index that is a symbol")
    if not isinstance(part, tuple):
        return str(part)
    start, stop, step = part
    # A stop below 0 stands for "to before the start", which is written by leaving it out.
    return f"{start}:{'' if stop < 0 else stop}" + (f":{step}" if step != 1 else "")

"""Closed formulas as trees, so that they are typeset as all others are.

The order of factors, and which of them share a bar, is the order that is kept beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import sympy

from backstep.clock import heed
from backstep.formula.operations import applied
from backstep.formula.tree import (
    INFINITY,
    ONE,
    PI,
    Call,
    Cases,
    Formula,
    Neg,
    Op,
    Pow,
    add,
    divide,
    multiply,
    number,
)
from backstep.symbolic.functions import Named, Share, is_condition
from backstep.symbolic.names import Symbol
from backstep.symbolic.order import Order, is_negative

_CONSTANTS = {
    sympy.pi: PI,
    sympy.E: Call("exp", (ONE,)),
    sympy.oo: INFINITY,
}
_FUNCTIONS = {
    sympy.Abs: "abs",
    sympy.Max: "maximum",
    sympy.Min: "minimum",
    sympy.Heaviside: "step",
    sympy.ceiling: "ceil",
}
"""SymPy functions whose operation has another name, with that name."""
_COMPARED = {
    sympy.StrictLessThan: "less",
    sympy.LessThan: "less_equal",
    sympy.StrictGreaterThan: "greater",
    sympy.GreaterThan: "greater_equal",
    sympy.Equality: "equal",
    sympy.Unequality: "not_equal",
    sympy.And: "and",
    sympy.Or: "or",
}


class ClosedFormulas:
    """Trees of SymPy's formulas; what several contain is built once.

    `symbols` are the formulas' symbols by their generated names.
    """

    def __init__(self, symbols: Mapping[str, Symbol], order: Order) -> None:
        self._symbols = symbols
        self._order = order
        self._done: dict[sympy.Basic, Formula] = {}

    def of(self, formula: sympy.Basic) -> Formula:
        """The tree. Raises RecursionError if it is nested deeper than Python's stack."""
        found = self._done.get(formula)
        if found is None:
            heed()
            found = self._done[formula] = self._made(formula)
        return found

    def _made(self, formula: sympy.Basic) -> Formula:
        if formula.is_Symbol:
            return self._symbols[formula.name].formula
        if formula in _CONSTANTS:
            return _CONSTANTS[formula]
        if formula.is_Rational:
            return number(Fraction(formula.p, formula.q))
        if formula.is_Float:
            text = str(formula)
            return number(Fraction(text), text)
        if formula.is_Add:
            return add(*map(self._term, self._order.terms(formula)))
        if formula.is_Mul:
            return self._term(formula)
        if formula.is_Pow:
            return self._power(formula.base, formula.exp)
        return self._function(formula)

    def _term(self, term: sympy.Expr) -> Formula:
        """A term with its sign in front of it."""
        coefficient = term.as_coeff_Mul()[0]
        if not (term.is_Mul or is_negative(term)):
            return self.of(term)
        found = self._product(abs(coefficient), self._order.written(term))
        return Neg(found) if is_negative(term) else found

    def _product(self, size: sympy.Expr, factors: Iterable[sympy.Expr]) -> Formula:
        """A nonnegative number times factors: a fraction if one of them is below the bar."""
        above, below = fraction(factors)
        over, under = (size.p, size.q) if size.is_Rational else (size, 1)
        if below or (under != 1 and len(above) < 2):
            return divide(self._row(over, above), self._row(under, below))
        if under == 1:
            return self._row(over, above)
        constants = [factor for factor in above if factor.is_number]
        rest = [self.of(factor) for factor in above if not factor.is_number]
        if not constants:
            return multiply(number(Fraction(over, under)), *rest)
        return multiply(divide(self._row(over, constants), number(under)), *rest)

    def _row(self, size: sympy.Expr, factors: list[sympy.Expr]) -> Formula:
        in_front = [] if size == 1 and factors else [self.of(sympy.S.One * size)]
        return multiply(*in_front, *map(self.of, factors))

    def _power(self, base: sympy.Expr, exponent: sympy.Expr) -> Formula:
        if exponent.is_Rational and exponent.is_negative:
            return divide(ONE, self._power(base, -exponent))
        if exponent == 1:
            return self.of(base)
        if exponent == sympy.S.Half:
            return applied("sqrt", self.of(base))
        return Pow(self.of(base), self.of(exponent))

    def _function(self, formula: sympy.Basic) -> Formula:
        if isinstance(formula, Named):
            return self._named(formula)
        if isinstance(formula, sympy.Piecewise):
            return _choice((self.of(value), self._condition(when)) for value, when in formula.args)
        if is_condition(formula):
            return self._compared(formula)
        if isinstance(formula, Share):
            chosen, *others = map(self.of, formula.args)
            tied = [Op("equal", (chosen, each)) for each in others]
            return divide(ONE, add(ONE, *tied))
        name = _FUNCTIONS.get(formula.func) or formula.func.__name__
        # A step's second argument is its value at 0.
        args = formula.args[:1] if name == "step" else formula.args
        return Call(name, tuple(map(self.of, args)))

    def _named(self, formula: Named) -> Formula:
        row, args = formula.row, formula.args
        if any(map(is_condition, args)):
            when, chosen, otherwise = args
            if when in (sympy.true, sympy.false):
                # SymPy decides what holds for all values: e > 0.
                return self.of(chosen if when == sympy.true else otherwise)
            return _choice([(self.of(chosen), self._compared(when)), (self.of(otherwise), None)])
        if not row.elementwise:
            return Call(row.name, tuple(map(self.of, args)))
        return applied(row.name, *map(self.of, args), **dict(formula.params))

    def _condition(self, when: sympy.logic.boolalg.Boolean) -> Formula | None:
        return None if when == True else self._compared(when)  # noqa: E712

    def _compared(self, when: sympy.logic.boolalg.Boolean) -> Formula:
        if when.is_Symbol:
            return self.of(when)
        if isinstance(when, sympy.ITE):
            # A comparison with a choice, which SymPy draws into it.
            asked, then, otherwise = when.args
            when = sympy.Or(sympy.And(asked, then), sympy.And(sympy.Not(asked), otherwise))
            return self._compared(when)
        if isinstance(when, sympy.Not):
            return Call("not", (self._compared(when.args[0]),))
        parts = self._compared if isinstance(when, sympy.And | sympy.Or) else self.of
        return Op(_COMPARED[when.func], tuple(map(parts, when.args)))


def _choice(rows: Iterable[tuple[Formula, Formula | None]]) -> Formula:
    return Cases(tuple(rows))


def fraction(factors: Iterable[sympy.Expr]) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    """The factors above a fraction's bar, and those below it."""
    above, below = [], []
    for factor in factors:
        power = factor.exp if isinstance(factor, sympy.Pow) else None
        if power is None or not (power.is_Rational and power.is_negative):
            above.append(factor)
        elif power == -1:
            below.append(factor.base)
        else:
            below.append(sympy.Pow(factor.base, -power, evaluate=False))
    return above, below

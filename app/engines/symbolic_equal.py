"""Whether two closed formulas are equal for all values, by arithmetic on polynomials. Bounded.

Both are written as quotients of polynomials in symbols, exponentials and whatever else stands in
them as a whole. Where the cross products agree they are equal; where not, nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from app.engines.closed_size import closed_sizes
from app.engines.interpret import interpret
from app.engines.symbolic import _apply, _Builder, _written, as_written
from app.engines.symbolic_functions import Named, is_condition
from app.engines.symbolic_print import operations
from app.errors import FormulaTooLarge
from app.graph.node import Node
from app.lang.definition import Definition
from app.ops.row import Array

Power = tuple[int, int]
Polynomial = Mapping[tuple[Power, ...], Fraction]
"""Coefficients by monomial; a monomial is its factors with their powers, sorted."""
Quotient = tuple[Polynomial, Polynomial]

_ONE: Polynomial = {(): Fraction(1)}
MOST_PRODUCTS = 60_000
"""Products of terms in one proof; under half a second."""
_MOST_OPERATIONS = 250
_HIGHEST = 16


class _TooMuch(Exception):
    """It would take too long to find out."""


def closed_answer(
    definition: Definition, labels: Mapping[str, Array], node: Node, names: Mapping[int, Node]
) -> Any:
    """An answer's closed formulas, in the symbols that `derive` uses; None where too large.

    `names` gives, by the id of an answer's leaf, the definition's node that it stands for.
    """
    size = sum(closed_sizes(read)[read.id] for read in names.values())
    if size > _MOST_OPERATIONS * 8:
        return None
    builder = _Builder(definition, labels)
    try:
        with as_written():
            known = {key: builder.formula(read) for key, read in names.items()}
            interpret([node], known, _written, _apply)
    except (FormulaTooLarge, RecursionError):
        return None
    return np.broadcast_to(np.asarray(known[node.id], dtype=object), node.shape)


def _smooth(formula: Any) -> Any:
    """Named functions written out, but for choices: SymPy would multiply out their branches."""
    return formula.replace(
        lambda part: isinstance(part, Named) and not part.row.kinks and not _chooses(part),
        lambda part: part.written_out(*part.args),
    )


def _chooses(part: Any) -> bool:
    return any(map(is_condition, part.args))


class Arithmetic:
    """Quotients of polynomials, within so many products of terms."""

    def __init__(self, most: int = MOST_PRODUCTS) -> None:
        self._left = most
        self._bases: dict[Any, int] = {}

    def equal(self, one: Any, other: Any) -> bool:
        """Whether two formulas are proved equal; False where that was not found out."""
        try:
            if operations(one) + operations(other) > _MOST_OPERATIONS:
                return False
            first, second = _smooth(one), _smooth(other)
            if operations(first) + operations(second) > 2 * _MOST_OPERATIONS:
                return False
            (top, bottom), (above, below) = self.quotient(first), self.quotient(second)
            return not _sum(self.product(top, below), self.product(above, bottom), -1)
        except (_TooMuch, RecursionError):
            return False

    def quotient(self, formula: Any) -> Quotient:
        if isinstance(formula, sympy.Rational):
            return _number(Fraction(int(formula.p), int(formula.q))), _ONE
        if isinstance(formula, sympy.Add):
            result: Quotient = ({}, _ONE)
            for part in formula.args:
                result = self._added(result, self.quotient(part))
            return result
        if isinstance(formula, sympy.Mul):
            result = (_ONE, _ONE)
            for part in formula.args:
                top, bottom = self.quotient(part)
                result = (self.product(result[0], top), self.product(result[1], bottom))
            return result
        if isinstance(formula, sympy.Pow) and isinstance(formula.exp, sympy.Integer):
            return self._raised(self.quotient(formula.base), int(formula.exp))
        if isinstance(formula, sympy.exp):
            return self._exponential(formula.args[0], 1)
        if isinstance(formula, sympy.tanh):
            top, bottom = self._exponential(formula.args[0], 2)
            return _sum(top, bottom, -1), _sum(top, bottom, 1)
        return self._whole(formula), _ONE

    def _whole(self, base: Any) -> Polynomial:
        """What stands as one factor, by a number of its own."""
        return {((self._bases.setdefault(base, len(self._bases)), 1),): Fraction(1)}

    def _exponential(self, argument: Any, times: int) -> Quotient:
        """e raised to a polynomial: a power of a factor for each of its terms."""
        top, bottom = self.quotient(argument)
        if bottom != _ONE:
            return self._whole(sympy.exp(times * argument)), _ONE
        result: Quotient = (_ONE, _ONE)
        for monomial, coefficient in top.items():
            count = coefficient * times
            key = ("e^", monomial, count.denominator)
            base = self._bases.setdefault(key, len(self._bases))
            result = (
                self.product(result[0], {((base, max(count.numerator, 0)),): Fraction(1)}),
                self.product(result[1], {((base, max(-count.numerator, 0)),): Fraction(1)}),
            )
        return result

    def _added(self, one: Quotient, other: Quotient) -> Quotient:
        if one[1] == other[1]:
            return _sum(one[0], other[0], 1), one[1]
        crossed = _sum(self.product(one[0], other[1]), self.product(other[0], one[1]), 1)
        return crossed, self.product(one[1], other[1])

    def _raised(self, base: Quotient, exponent: int) -> Quotient:
        if abs(exponent) > _HIGHEST:
            raise _TooMuch
        top, bottom = base if exponent >= 0 else (base[1], base[0])
        result: Quotient = (_ONE, _ONE)
        for _ in range(abs(exponent)):
            result = (self.product(result[0], top), self.product(result[1], bottom))
        return result

    def product(self, one: Polynomial, other: Polynomial) -> Polynomial:
        self._left -= len(one) * len(other)
        if self._left < 0:
            raise _TooMuch
        result: dict[tuple[Power, ...], Fraction] = {}
        for first, a in one.items():
            for second, b in other.items():
                powers: dict[Any, int] = dict(first)
                for base, power in second:
                    powers[base] = powers.get(base, 0) + power
                kept = [(base, power) for base, power in powers.items() if power]
                monomial = tuple(sorted(kept))
                total = result.get(monomial, Fraction(0)) + a * b
                if total:
                    result[monomial] = total
                else:
                    result.pop(monomial, None)
        return result


def _number(value: Fraction) -> Polynomial:
    return {(): value} if value else {}


def _sum(one: Polynomial, other: Polynomial, sign: int) -> Polynomial:
    result = dict(one)
    for monomial, coefficient in other.items():
        total = result.get(monomial, Fraction(0)) + sign * coefficient
        if total:
            result[monomial] = total
        else:
            result.pop(monomial, None)
    return result

"""Products and sums of partials, tidied: what cancels is cancelled, nothing else is multiplied out.

No formula is simplified at large: each rewrite is named, and applied only if it shortens.
"""

from __future__ import annotations

from math import prod

import sympy

from backstep.ops import TABLE
from backstep.ops.symbolic_roles import SIGMOID, WHERE
from backstep.symbolic.functions import Named, is_condition, named_function
from backstep.symbolic.order import Order, plus_first
from backstep.symbolic.printer import operations

_MOST_TERMS = 8
_MOST_OPERATIONS = 60
"""Terms up to which a formula is multiplied out to see whether it cancels."""


def both(formula: sympy.Expr) -> bool:
    """Whether it is a choice with conditions."""
    return isinstance(formula, Named) and formula.row.name == WHERE


class Tidy:
    """Products and sums of partials, whose factors and terms keep an order to be written in."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._counted: dict[sympy.Basic, int] = {}

    def cancelled(self, above: sympy.Expr, slope: sympy.Expr, forward: bool = False) -> sympy.Expr:
        """A partial times a local derivative: inside a choice, and term by term if that cancels.

        The partial is written first; in the `forward` direction, last.
        """
        if slope == 0 or above == 0:
            return sympy.Integer(0)
        if slope == 1:
            return above
        if both(above):
            branches = [self.cancelled(part, slope, forward) for part in above.args[1:]]
            return above.func(above.args[0], *branches)
        if both(slope):
            branches = [self.cancelled(above, part, forward) for part in slope.args[1:]]
            return slope.func(slope.args[0], *branches)
        plain = self._product(above, slope, forward)
        number, rest = plain.as_coeff_Mul()
        if number == -1 and rest.is_Add:
            negated = self._negated(rest)
            return negated if _from_number(rest) else self._shorter(plain, negated)
        sign, terms = above.as_coeff_Mul()
        if not terms.is_Add or not _divides(terms, slope):
            return self._signed(plain)
        parts = [self._product(sign * term, slope, forward) for term in self._order.terms(terms)]
        each = self._order.sum(sympy.Add(*parts), parts)
        return self._signed(self._shorter(plain, each, self._out(each)))

    def joined(self, parts: list[sympy.Expr]) -> sympy.Expr:
        """The sum of the contributions of several uses."""
        if len(parts) == 1:
            return parts[0]
        choices: dict[sympy.Basic, list[sympy.Expr]] = {}
        others = []
        for part in parts:
            if both(part):
                choices.setdefault(part.args[0], []).append(part)
            else:
                others.append(part)
        for condition, group in choices.items():
            branches = [self.joined([part.args[at] for part in group]) for at in (1, 2)]
            others.append(group[0].func(condition, *branches))
        total = self._order.sum(sympy.Add(*others), others)
        return self._shorter(total, self._out(total))

    def _out(self, total: sympy.Expr) -> sympy.Expr:
        """Multiplied out, if that is small."""
        few = total.is_Add and len(total.args) <= _MOST_TERMS
        if not few or operations(total, self._counted) > _MOST_OPERATIONS:
            return total
        if _terms_out(total) > _MOST_OPERATIONS:
            return total
        return _multiplied_out(total)

    def _shorter(self, first: sympy.Expr, *others: sympy.Expr) -> sympy.Expr:
        """The formula of fewest operations, the first of equals."""
        return min((first, *others), key=lambda each: operations(each, self._counted))

    def _product(self, above: sympy.Expr, slope: sympy.Expr, forward: bool) -> sympy.Expr:
        parts = (slope, above) if forward else (above, slope)
        return self._order.grouped(above * slope, parts, (slope,))

    def _signed(self, formula: sympy.Expr) -> sympy.Expr:
        """−(1 − p)x as (p − 1)x."""
        if not formula.is_Mul or formula.args[0] != -1:
            return formula
        first, *rest = self._order.factors(formula)
        if not _from_number(first):
            return formula
        factors = [self._negated(first), *rest]
        return self._order.product(sympy.Mul(*factors), factors)

    def _negated(self, total: sympy.Expr) -> sympy.Expr:
        terms = plus_first([-term for term in self._order.terms(total)])
        return self._order.sum(sympy.Add(*terms), terms)


def _from_number(formula: sympy.Expr) -> bool:
    """Whether it is a number minus something: 1 − p."""
    return bool(formula.is_Add and len(formula.args) == 2 and formula.args[0].is_Number)


def _divides(total: sympy.Expr, slope: sympy.Expr) -> bool:
    """Whether a factor of the slope is below a fraction's bar in one of the terms of a sum."""
    factors = {part.as_base_exp()[0] for part in sympy.Mul.make_args(slope)}
    below = {
        power.base
        for term in total.args
        for power in sympy.Mul.make_args(term)
        if power.is_Pow and power.exp.is_negative
    }
    return bool(factors & below)


def _terms_out(formula: sympy.Expr) -> int:
    """How many terms it has once multiplied out: (1 − a)(1 − b)(1 − c) has eight."""
    if formula.is_Add:
        return sum(map(_terms_out, formula.args))
    return prod(map(_terms_out, formula.args)) if formula.is_Mul else 1


def _multiplied_out(total: sympy.Expr) -> sympy.Expr:
    """σ(−z) as 1 − σ(z), and everything multiplied out."""
    if total.has(sympy.Pow) and any(part.exp.is_negative for part in total.atoms(sympy.Pow)):
        return total
    sigmoid = named_function(TABLE[SIGMOID])
    mirrored = {
        part: 1 - sigmoid(-part.args[0])
        for part in total.atoms(sigmoid)
        if (-part.args[0]).is_Symbol
    }
    if any(is_condition(part) for named in total.atoms(Named) for part in named.args):
        return total
    return sympy.expand_mul(total.xreplace(mirrored))

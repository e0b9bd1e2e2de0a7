"""Slopes that are 0 on a side, as a choice around what is undefined there.

A partial of exactly 0 stays 0 whatever it meets, in numbers. A formula that is read back has no
such rule: 0 times an undefined value is undefined.
"""

from __future__ import annotations

import sympy

from backstep.ops import TABLE
from backstep.ops.symbolic_roles import DIVIDE, POWER, WHERE
from backstep.simplify.masks import FINITE, SWITCHES
from backstep.symbolic.functions import Named, is_condition, named_function
from backstep.symbolic.scalars import Scalar
from backstep.symbolic.values import Values, behind, read_by

_ENDLESS = (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan)


class Masks:
    """Which products with a mask are safe, for the scalars that symbols stand for in `values`."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._fails: dict[int, bool] = {}
        self._looked: dict[sympy.Basic, bool] = {}

    def around(self, masked: sympy.Expr, other: sympy.Expr) -> sympy.Expr | None:
        """A choice of the first formula by its masks, to be multiplied inside its branches.

        None if the product is safe unchanged: there is no mask, or nothing that it must stop.
        """
        factors = list(sympy.Mul.make_args(masked))
        found = next((each for each in factors if self._pieces(each)), None)
        if found is None or not self._may_fail(other):
            return None
        factors.remove(found)
        rest = self._values.order.product(sympy.Mul(*factors), [masked])
        choice = sympy.Integer(0)
        for value, holds in reversed(self._pieces(found)):
            branch = value * rest
            if holds in (sympy.true, sympy.false):
                choice = branch if holds else choice
            elif branch != choice:
                choice = named_function(TABLE[WHERE])(holds, branch, choice)
        return choice

    def _pieces(self, factor: sympy.Expr) -> tuple[tuple[sympy.Expr, sympy.Basic], ...]:
        """The values of a factor that is 0 on a side, with their conditions; else empty."""
        scalar = self._values.meant(factor) if factor.is_Symbol else None
        if scalar is not None and (scalar.op in SWITCHES or scalar.op == WHERE):
            inputs = [self._values.view(each) for each in scalar.inputs]
            factor = self._values.formed(scalar, inputs)
        return _pieces(factor)

    def _may_fail(self, formula: sympy.Basic) -> bool:
        """Whether it may be infinite or undefined although the leaves are finite."""
        known = self._looked.get(formula)
        if known is None:
            known = self._looked[formula] = self._look(formula)
        return known

    def _look(self, formula: sympy.Basic) -> bool:
        if formula in _ENDLESS or isinstance(formula, sympy.log | sympy.exp):
            return True
        if formula.is_Symbol:
            scalar = self._values.meant(formula)
            return scalar is not None and self._scalar(scalar)
        if is_condition(formula):
            return False
        if formula.is_Pow and not formula.base.is_number:
            exponent = formula.exp
            if not (exponent.is_Integer and exponent.is_nonnegative):
                return True
        return any(map(self._may_fail, formula.args))

    def _scalar(self, scalar: Scalar) -> bool:
        for each in behind(scalar, self._fails):
            inputs = [part for part in read_by(each) if isinstance(part, Scalar)]
            own = not TABLE[each.op].leaf and each.op not in FINITE
            if each.op in (DIVIDE, POWER) and not isinstance(each.inputs[1], Scalar):
                exponent = self._values.view(each.inputs[1])
                whole = each.op == DIVIDE or (exponent.is_Integer and exponent.is_nonnegative)
                own = not whole or exponent == 0
            self._fails[each.number] = own or any(self._fails[part.number] for part in inputs)
        return self._fails[scalar.number]


def _pieces(factor: sympy.Expr) -> tuple[tuple[sympy.Expr, sympy.Basic], ...]:
    """The same for what is no symbol."""
    if isinstance(factor, sympy.Heaviside):
        at, tied = factor.args
        return ((sympy.Integer(1), at > 0), (tied, sympy.Eq(at, 0)), (sympy.Integer(0), sympy.true))
    if isinstance(factor, Named) and factor.row.elementwise:
        factor = factor.written_out(*factor.args)
    if not isinstance(factor, sympy.Piecewise):
        return ()
    pieces = tuple((value, holds) for value, holds in factor.args)
    numbers = all(value.is_number for value, _ in pieces)
    return pieces if numbers and any(value == 0 for value, _ in pieces) else ()

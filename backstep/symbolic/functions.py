"""Functions that keep their name while SymPy differentiates, so that σ(z)(1 − σ(z)) stays readable.

Their derivatives are found by SymPy from the table's forward form; none is written here. Kept by
name, a choice is never multiplied out over its branches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import sympy
from sympy.core.parameters import distribute

from backstep.graph.parameters import Parameters
from backstep.ops import TABLE, Row

Params = tuple[tuple[str, object], ...]


class Named(sympy.Function):  # type: ignore[misc]
    """The base class of functions that stand for a row of the table, with its parameters fixed."""

    row: Row
    params: Params
    is_commutative = True  # SymPy asks the inputs, and a condition has no answer

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """The derivative with respect to one argument, tidy."""
        if self.row.elementwise:
            return _slope(self.row.name, self.params, argindex)(self.args)
        # A reduction of many is one of two: this element, and the reduction of the others.
        chosen = self.args[argindex - 1]
        others = self.args[: argindex - 1] + self.args[argindex:]
        return slope_of_one(self.row.name, chosen, reduced(type(self), others))

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        """The chain rule; for a choice, the same choice between its branches' derivatives."""
        if not any(is_condition(part) for part in self.args):
            return super()._eval_derivative(symbol)
        parts = [part if is_condition(part) else part.diff(symbol) for part in self.args]
        flat = all(is_condition(part) or part == 0 for part in parts)
        return sympy.Integer(0) if flat else self.func(*parts)

    @classmethod
    def written_out(cls, *inputs: sympy.Basic) -> sympy.Expr:
        """The same in SymPy's own functions."""
        assert cls.row.sympy is not None
        if cls.row.elementwise:
            return cls.row.sympy(*inputs, **dict(cls.params))
        return cls.row.sympy(np.array(inputs, dtype=object))


class Share(sympy.Function):  # type: ignore[misc]
    """What the first input has of an extreme's partial where it is tied with some of the others.

    All that are equal have the same: one over their number.
    """

    is_real = True

    @classmethod
    def eval(cls, chosen: sympy.Expr, *others: sympy.Expr) -> sympy.Expr | None:
        """A number of numbers."""
        if chosen.is_number and all(each.is_number for each in others):
            return sympy.Rational(1, 1 + sum(each == chosen for each in others))
        return None

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        return sympy.Integer(0)


def is_condition(part: sympy.Basic) -> bool:
    """Whether it is true or false, and so has no derivative."""
    return isinstance(part, sympy.logic.boolalg.Boolean) and not part.is_Symbol


def named_function(row: Row, params: Parameters | None = None) -> type[Named]:
    """The SymPy function that stands for a row."""
    return _class_for(row.name, tuple(sorted((params or {}).items())))


@cache
def _class_for(name: str, params: Params) -> type[Named]:
    row = TABLE[name]
    inputs = row.arity[0] if row.elementwise else None
    return type(f"Named_{name}", (Named,), {"row": row, "params": params, "nargs": inputs})


def reduced(function: type[Named], elements: Sequence[sympy.Expr]) -> sympy.Expr:
    """A named reduction of elements; that of a single one is the element."""
    return function(*elements) if len(elements) > 1 else elements[0]


@cache
def _slope(
    name: str, params: Params, argindex: int
) -> Callable[[tuple[sympy.Basic, ...]], sympy.Expr]:
    """A derivative of a named row, in named functions if it is one of them."""
    row = TABLE[name]
    if row.zero_derivative:
        return lambda inputs: sympy.Integer(0)
    symbols = sympy.symbols(f"z:{row.arity[0]}", seq=True)
    form = _class_for(name, params).written_out(*symbols)
    if len(symbols) == 1:
        form = _times_known(name, form, symbols[0])
    derived = sympy.diff(form, symbols[argindex - 1])
    if len(symbols) == 1:
        other = _known(derived, symbols[0])
        if other is not None:
            return lambda inputs: named_function(other)(*inputs)
        in_value = _by_own_value(form, derived, symbols[0])
        if in_value is not None:
            value, formula = in_value
            return lambda inputs: formula.xreplace({value: _class_for(name, params)(*inputs)})
    return lambda inputs: derived.xreplace(dict(zip(symbols, inputs, strict=True)))


def slope_of_one(name: str, chosen: sympy.Expr, others: sympy.Expr) -> sympy.Expr:
    """The derivative of a named reduction by one element; `others` is the reduction of the rest."""
    first, second, slope = _slope_of_two(name)
    several = isinstance(others, Named) and not others.row.elementwise and others.row.name == name
    share = Share(chosen, *others.args) if several else sympy.S.Half
    return _standing(slope, {first: chosen, second: others}, share)


def _standing(
    formula: sympy.Expr, put: Mapping[sympy.Expr, sympy.Expr], share: sympy.Expr
) -> sympy.Expr:
    """The formula after substitution; steps stay, since SymPy would look for signs in all parts.

    `share` is their value where their input is 0.
    """
    if not formula.args or formula in put:
        return put.get(formula, formula)
    parts = [_standing(part, put, share) for part in formula.args]
    if isinstance(formula, sympy.Heaviside):
        parts[1] = share
    if isinstance(formula, sympy.Heaviside) and parts[0].free_symbols:
        return sympy.Heaviside(*parts, evaluate=False)
    return formula.func(*parts)


@cache
def _slope_of_two(name: str) -> tuple[sympy.Symbol, sympy.Symbol, sympy.Expr]:
    """Two symbols, and the derivative of a named reduction of the two with respect to the first."""
    first, second = sympy.symbols("z:2")
    return first, second, sympy.diff(_class_for(name, ()).written_out(first, second), first)


def _times_known(name: str, form: sympy.Expr, z: sympy.Symbol) -> sympy.Expr:
    """z·σ(z) for a form that is its input times another named row's; else the form itself."""
    with distribute(True):
        factor = sympy.expand(form / z)
    if form.is_Piecewise or factor.has(sympy.Piecewise) or not factor.has(z):
        return form
    other = _known(factor, z)
    return form if other is None or other.name == name else z * named_function(other)(z)


def _known(derived: sympy.Expr, z: sympy.Symbol) -> Row | None:
    """The named row whose form a derivative is."""
    for row in TABLE.values():
        if row.named and row.arity == (1, 1) and not row.samples[0].params:
            assert row.sympy is not None
            if _same(row.sympy(z), derived, z):
                return row
    return None


def _same(form: sympy.Expr, derived: sympy.Expr, z: sympy.Symbol) -> bool:
    """Whether two smooth formulas in one symbol are equal: proved, after a numerical test."""
    if form == derived:
        return True
    if not derived.has(z) or form.has(sympy.Piecewise) or derived.has(sympy.Piecewise, Named):
        return False
    at = {z: sympy.Rational(5, 7)}
    if abs((form - derived).xreplace(at).evalf(30)) > 1e-25:
        return False
    with distribute(True):
        return bool(sympy.simplify(form - derived) == 0)


def _by_own_value(
    form: sympy.Expr, derived: sympy.Expr, z: sympy.Symbol
) -> tuple[sympy.Symbol, sympy.Expr] | None:
    """The derivative in terms of the function's own value, as s(1 − s) of the sigmoid."""
    value, power = sympy.Symbol("value"), sympy.exp(-z)
    inner = form.xreplace({power: sympy.Symbol("power")})
    if inner.has(z) or not inner.has(sympy.Symbol("power")):
        return None
    (solved,) = sympy.solve(sympy.Eq(inner, value), sympy.Symbol("power"))
    expanded = sympy.expand(sympy.simplify(derived.xreplace({power: solved})))
    if expanded.has(z):
        return None
    return value, value * sympy.expand(expanded / value)

"""Functions that keep their name while SymPy derives, so that σ(z)(1 − σ(z)) reads as such.

Their derivatives are found by SymPy from the table's forward form; none is written here. Kept by
name, a choice is never multiplied out over its branches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import sympy

from app.ops import TABLE, Row

Params = tuple[tuple[str, Any], ...]


class Named(sympy.Function):  # type: ignore[misc]
    """The common class of functions that stand for a row of the table, its parameters fixed."""

    row: Row
    params: Params

    def fdiff(self, argindex: int = 1) -> Any:
        """The derivative by one argument, tidy."""
        return _slope(self.row.name, self.params, argindex)(self.args)

    @classmethod
    def written_out(cls, *inputs: Any) -> Any:
        """The same in SymPy's own functions."""
        assert cls.row.sympy is not None
        return cls.row.sympy(*inputs, **dict(cls.params))


def named_function(row: Row, params: Mapping[str, Any] | None = None) -> Any:
    """The SymPy function that stands for a row."""
    return _class_for(row.name, tuple(sorted((params or {}).items())))


@cache
def _class_for(name: str, params: Params) -> Any:
    row = TABLE[name]
    return type(f"Named_{name}", (Named,), {"row": row, "params": params, "nargs": row.arity[0]})


def plain(formula: Any) -> Any:
    """The formula with every named function written out in SymPy's own."""
    return formula.replace(
        lambda part: isinstance(part, Named), lambda part: part.written_out(*part.args)
    )


@cache
def _slope(name: str, params: Params, argindex: int) -> Callable[[tuple[Any, ...]], Any]:
    """A derivative of a named row, in named functions where it is one of them."""
    row = TABLE[name]
    if row.flat:
        return lambda inputs: sympy.Integer(0)
    symbols = sympy.symbols(f"z:{row.arity[0]}", seq=True)
    form = _class_for(name, params).written_out(*symbols)
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


def _known(derived: Any, z: Any) -> Row | None:
    """The named row whose form a derivative is."""
    for row in TABLE.values():
        if row.named and row.arity == (1, 1) and not row.samples[0].params:
            assert row.sympy is not None
            if row.sympy(z) == derived:
                return row
    return None


def _by_own_value(form: Any, derived: Any, z: Any) -> tuple[Any, Any] | None:
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

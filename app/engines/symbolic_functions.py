"""Functions that keep their name while SymPy derives, so that σ(z)(1 − σ(z)) reads as such.

Their derivatives are found by SymPy from the table's forward form; none is written here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy

from app.ops import TABLE, Row


class Named(sympy.Function):  # type: ignore[misc]
    """The common class of functions that stand for a row of the table."""

    row: Row

    def fdiff(self, argindex: int = 1) -> Any:
        """The derivative by the one argument, tidy."""
        return _slope(self.row.name)(self.args[0])


def named_function(row: Row) -> Any:
    """The SymPy function that stands for a row."""
    return _class_for(row.name)


@cache
def _class_for(name: str) -> Any:
    return type(f"Named_{name}", (Named,), {"row": TABLE[name], "nargs": 1})


def plain(formula: Any) -> Any:
    """The formula with every named function written out in SymPy's own."""
    return formula.replace(
        lambda part: isinstance(part, Named), lambda part: part.row.sympy(*part.args)
    )


@cache
def _slope(name: str) -> Callable[[Any], Any]:
    """The derivative of a named row, in named functions where it is one of them."""
    row = TABLE[name]
    assert row.sympy is not None
    z = sympy.Symbol("z")
    derived = sympy.diff(row.sympy(z), z)
    for other in TABLE.values():
        if other.named and other.sympy is not None and other.sympy(z) == derived:
            return lambda x: named_function(other)(x)
    in_value = _by_own_value(row.sympy(z), derived, z)
    if in_value is not None:
        value, formula = in_value
        return lambda x: formula.xreplace({value: named_function(row)(x)})
    return lambda x: derived.xreplace({z: x})


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

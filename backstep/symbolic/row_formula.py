"""What one row of the table computes, written out by its SymPy column."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from backstep.formula.tree import Formula, Sym
from backstep.graph.parameters import Parameters
from backstep.ops import Row
from backstep.symbolic.engine import as_written
from backstep.symbolic.formulas import ClosedFormulas
from backstep.symbolic.names import Symbol
from backstep.symbolic.order import Order

_LONGEST_DENOMINATOR = 10**6
_DIGITS = 7


def written_out(row: Row, names: Iterable[str], params: Parameters) -> Formula | None:
    """An elementwise row's formula, in terms of its inputs' names.

    None for a row that has no SymPy column, or is not elementwise.
    """
    if row.sympy is None or not row.elementwise:
        return None
    symbols = {
        f"s{place}": Symbol(name, name, Sym(name, "input")) for place, name in enumerate(names)
    }
    with as_written():
        formula = row.sympy(*map(sympy.Symbol, symbols), **params)
        long = [part for part in formula.atoms(sympy.Rational) if part.q > _LONGEST_DENOMINATOR]
        formula = formula.xreplace({part: part.evalf(_DIGITS) for part in long})
        return ClosedFormulas(symbols, Order()).of(formula)

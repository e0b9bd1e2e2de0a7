"""What one row of the table computes, written out by its SymPy column. Derives nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from backstep.ops import Row
from backstep.symbolic.engine import as_written
from backstep.symbolic.names import Symbol
from backstep.symbolic.printer import latex

_LONGEST_DENOMINATOR = 10**6
_DIGITS = 7


def written_out(row: Row, names: Sequence[str], params: Mapping[str, Any]) -> str | None:
    """An elementwise row's formula as LaTeX, its inputs by the LaTeX of their names.

    None of a row that has no SymPy column, or is no function of one element each.
    """
    if row.sympy is None or not row.elementwise:
        return None
    symbols = {f"s{place}": Symbol(name, name, name) for place, name in enumerate(names)}
    with as_written():
        formula = row.sympy(*map(sympy.Symbol, symbols), **params)
        long = [part for part in formula.atoms(sympy.Rational) if part.q > _LONGEST_DENOMINATOR]
        return latex(formula.xreplace({part: part.evalf(_DIGITS) for part in long}), symbols)

"""Closed formulas for users of SymPy: in its own functions, its symbols as the text has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from backstep.clock import heed
from backstep.graph.shape import Shape
from backstep.ops.row import Objects
from backstep.symbolic.functions import Named, Share
from backstep.symbolic.names import Symbol
from backstep.symbolic.numerals import too_deep


def plain(formulas: Objects, shape: Shape, symbols: Mapping[str, Symbol]) -> sympy.Basic:
    """The formulas of a tensor, an object array: an expression for a scalar, a matrix for two axes,
    else an array of SymPy's.

    Each symbol is `sympy.Symbol` of its `text`. Raises FormulaTooLarge if one is nested too deep.
    """
    known: dict[sympy.Basic, sympy.Basic] = {
        sympy.Symbol(name): sympy.Symbol(symbol.text) for name, symbol in symbols.items()
    }
    try:
        found = [_plain(each, known) for each in formulas.reshape(-1)]
    except RecursionError:
        raise too_deep() from None
    if not shape:
        return found[0]
    if len(shape) == 2:
        return sympy.ImmutableDenseMatrix(*shape, found)
    return sympy.ImmutableDenseNDimArray(found, shape)


def _plain(formula: sympy.Basic, known: dict[sympy.Basic, sympy.Basic]) -> sympy.Basic:
    """One formula; `known` are those that are done, by themselves."""
    found = known.get(formula)
    if found is None:
        heed()
        found = known[formula] = _made(formula, [_plain(each, known) for each in formula.args])
    return found


def _made(formula: sympy.Basic, parts: Sequence[sympy.Basic]) -> sympy.Basic:
    if isinstance(formula, Named):
        return type(formula).written_out(*parts)
    if isinstance(formula, Share):
        chosen, *others = parts
        tied = [sympy.KroneckerDelta(chosen, each) for each in others]
        return 1 / (1 + sympy.Add(*tied))
    return formula.func(*parts) if parts else formula

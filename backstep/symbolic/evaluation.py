"""Closed formulas evaluated at given values, to 30 digits, as far as numbers can be written.

What SymPy cannot evaluate is told apart from what is undefined; neither raises an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import sympy
from mpmath.libmp import NoConvergence

from backstep.clock import OutOfTime, heed
from backstep.lang.compile.definition import Definition
from backstep.ops.row import Array, Objects
from backstep.symbolic.engine import Closed
from backstep.symbolic.functions import Named
from backstep.symbolic.targets import Places

_DIGITS = 30
_SHOWN = 25
"""Digits that a result is computed to; float64 has 17."""
_MOST_BITS = 100_000
"""How far from 1 a function's argument may be, in powers of two. Beyond it the exponential, or a
sine's position in its period, is an integer of as many bits, and each further function's of
exponentially more.
"""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A gradient's formulas as numbers, NaN if undefined; `beyond` marks those of them that cannot
    be evaluated exactly: they have too many digits, are nested too deep, or did not come in the
    time of the bound in force.
    """

    values: Array
    beyond: Array


@dataclass(slots=True)
class _Values:
    """The numbers for symbols, and the parts of formulas that are evaluated."""

    at: dict[sympy.Symbol, sympy.Expr]
    masked: bool
    known: dict[sympy.Basic, sympy.Basic] = field(default_factory=dict)


def evaluate(
    closed: Closed,
    leaves: Mapping[str, Array],
    definition: Definition,
    masked: bool = False,
    loss: bool = False,
) -> dict[str, Evaluated]:
    """Each gradient's formulas at the values in force, with 30 digits, as float64 arrays; with
    `loss` the loss's too, by the empty name, unless it is too large.

    `masked`: edges are as in the numeric engine. A factor of 0 gives 0, whatever it meets, as in
    0·log 0; 1/0 is +∞ and log 0 is −∞, where SymPy has an infinity without a sign.
    """
    at: dict[sympy.Symbol, sympy.Expr] = {}
    for leaf in definition.leaves:
        symbols = closed.leaves.get(leaf.node.id)
        if symbols is not None:
            for place in Places(leaf.node.shape):
                if symbols[place] is None:
                    continue
                at[symbols[place]] = sympy.Float(float(leaves[leaf.name][place]), _DIGITS)
    values = _Values(at, masked)
    found = dict(closed.gradients)
    if loss and closed.loss is not None:
        found[""] = np.array(closed.loss, dtype=object)
    return {name: _evaluated(formulas, values) for name, formulas in found.items()}


def _evaluated(formulas: Objects, at: _Values) -> Evaluated:
    values = np.full(formulas.shape, np.nan)
    beyond = np.zeros(formulas.shape, dtype=bool)
    for place in np.ndindex(*formulas.shape):
        try:
            values[place] = _number(formulas[place], at)
        except (ArithmeticError, NoConvergence, RecursionError, OutOfTime):
            beyond[place] = True
    return Evaluated(values, beyond)


def _number(formula: sympy.Basic, at: _Values) -> float:
    try:
        value = _put(formula, at).evalf(_SHOWN)
        return float(value) if value.is_extended_real else float("nan")
    except (TypeError, ValueError):
        # A NaN is compared.
        return float("nan")


def _put(formula: sympy.Basic, values: _Values) -> sympy.Basic:
    """The formula with numbers for symbols, from the inside out.

    Every part is a number of so many digits before it is read, so that a choice is made at once,
    and SymPy never looks into what a number consists of. A complex one is NaN, as in float64.
    Raises OverflowError, before it is evaluated, if a number would have too many digits, and
    OutOfTime.
    """
    found = values.at.get(formula)
    if found is None:
        found = values.known.get(formula)
    if found is None:
        heed()
        parts = [_put(part, values) for part in formula.args]
        for part in parts if formula.is_Function else parts[1:] if formula.is_Pow else ():
            _admit(part)
        found = values.known[formula] = _figure(_applied(formula, parts, values))
    return found


def _applied(formula: sympy.Basic, parts: list[sympy.Basic], values: _Values) -> sympy.Basic:
    if isinstance(formula, Named):
        if not formula.row.elementwise and all(map(_is_real, parts)):
            # SymPy compares each of many numbers with each.
            return formula.row.numpy(np.array(parts, dtype=object))
        return _put(formula.written_out(*parts), values)
    if values.masked and formula.is_Mul and any(part.is_zero for part in parts):
        return sympy.S.Zero
    same = all(made is part for made, part in zip(parts, formula.args, strict=True))
    made = formula if same else formula.func(*parts)
    if values.masked and made is sympy.zoo:
        return -sympy.oo if isinstance(formula, sympy.log) else sympy.oo
    return made


def _figure(value: sympy.Basic) -> sympy.Basic:
    """An evaluated number; anything else, a condition, unchanged.

    Only interval bounds, as for the sine of infinity, are NaN.
    """
    if isinstance(value, sympy.AccumBounds):
        return sympy.nan
    if not isinstance(value, sympy.Expr) or value.is_Number or not value.is_number:
        return value
    figure = value.evalf(_DIGITS)
    return sympy.nan if figure.is_extended_real is False else figure


def _is_real(part: sympy.Basic) -> bool:
    return bool(part.is_Float or part.is_Rational)


def _admit(part: sympy.Basic) -> None:
    """Raises OverflowError if a function of this would have too many digits."""
    if not part.is_number or not part.is_comparable:
        return
    size = part if part.is_Float else part.evalf(2)
    if size.is_Float and size != 0:
        _, _, power, bits = size._mpf_
        if power + bits > _MOST_BITS:
            raise OverflowError("too many digits")

"""Closed formulas worked out at given values, to 30 digits, as far as numbers can be written.

What SymPy cannot work out is told apart from what has no value; nothing is raised for either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from mpmath.libmp import NoConvergence

from app.engines.symbolic import Closed
from app.engines.symbolic_functions import Named, plain
from app.engines.symbolic_names import Places
from app.lang.definition import Definition
from app.ops.row import Array

_DIGITS = 30
_SHOWN = 25
"""Digits that a result is asked for; float64 has 17."""
_MOST_BITS = 100_000
"""How far a function's argument may lie from 1, in powers of two. Beyond it the exponential, or a
sine's place in its period, is a whole number of as many bits, and each further function's of
exponentially more."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A gradient's formulas in numbers, NaN where there is none; `beyond` marks those of them
    that cannot be worked out exactly: they have too many digits, or are nested too deep."""

    values: Array
    beyond: Array


def evaluate(
    closed: Closed, leaves: Mapping[str, Array], definition: Definition
) -> dict[str, Evaluated]:
    """Each gradient's formulas at the values in force, with 30 digits, as float64 arrays."""
    at: dict[Any, Any] = {}
    for leaf in definition.leaves:
        symbols = closed.leaves.get(leaf.node.id)
        if symbols is not None:
            for place in Places(leaf.node.shape):
                if symbols[place] is None:
                    continue
                at[symbols[place]] = sympy.Float(float(leaves[leaf.name][place]), _DIGITS)
    return {name: _evaluated(formulas, at) for name, formulas in closed.gradients.items()}


def _evaluated(formulas: Any, at: Mapping[Any, Any]) -> Evaluated:
    values = np.full(formulas.shape, np.nan)
    beyond = np.zeros(formulas.shape, dtype=bool)
    for place in np.ndindex(*formulas.shape):
        try:
            values[place] = _number(formulas[place], at)
        except (ArithmeticError, NoConvergence, RecursionError):
            beyond[place] = True
    return Evaluated(values, beyond)


def _number(formula: Any, at: Mapping[Any, Any]) -> float:
    # Numbers first: a choice is then made at once, and never multiplied out.
    try:
        value = _put(plain(_put(formula, at, {})), {}, {}).evalf(_SHOWN)
        return float(value) if value.is_extended_real else float("nan")
    except (TypeError, ValueError):
        # A complex number is compared, where numbers are NaN; or there are only bounds, as of
        # the sine of infinity.
        return float("nan")


def _put(formula: Any, at: Mapping[Any, Any], known: dict[Any, Any]) -> Any:
    """The formula with numbers for symbols, from the inside out; `known` are the parts done.

    Raises OverflowError, before it is worked out, where a number would have too many digits.
    """
    found = at.get(formula)
    if found is None:
        found = known.get(formula)
    if found is None:
        parts = [_put(part, at, known) for part in formula.args]
        for part in parts if formula.is_Function else parts[1:] if formula.is_Pow else ():
            _admit(part)
        same = all(made is part for made, part in zip(parts, formula.args, strict=True))
        if isinstance(formula, Named) and not formula.row.elementwise and all(map(_is_real, parts)):
            # SymPy compares each of many numbers with each.
            found = formula.row.numpy(np.array(parts, dtype=object))
        else:
            found = formula if same else formula.func(*parts)
        known[formula] = found
    return found


def _is_real(part: Any) -> bool:
    return bool(part.is_Float or part.is_Rational)


def _admit(part: Any) -> None:
    """Raises OverflowError where a function of this would have too many digits."""
    if not part.is_number or not part.is_comparable:
        return
    size = part if part.is_Float else part.evalf(2)
    if size.is_Float and size != 0:
        _, _, power, bits = size._mpf_
        if power + bits > _MOST_BITS:
            raise OverflowError("too many digits")

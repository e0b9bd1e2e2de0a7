"""Products and sums of partials, tidied: what cancels is cancelled, nothing else is multiplied out.

No formula is simplified at large: each rewrite is named, and taken only where it is shorter.
"""

from __future__ import annotations

from typing import Any

import sympy

from app.engines.symbolic_functions import Named, is_condition, named_function
from app.engines.symbolic_print import operations
from app.ops import TABLE
from app.ops.closed import CHOICE, MIRRORED

_MOST_TERMS = 8
_MOST_OPERATIONS = 60
"""What is multiplied out to see whether it cancels."""


def both(formula: Any) -> bool:
    """Whether it is a choice with conditions."""
    return isinstance(formula, Named) and formula.row.name == CHOICE


def cancelled(above: Any, slope: Any) -> Any:
    """A partial times a local derivative: inside a choice, and term by term where that cancels."""
    if slope == 0 or above == 0:
        return sympy.Integer(0)
    if slope == 1:
        return above
    if both(above):
        branches = [cancelled(part, slope) for part in above.args[1:]]
        return above.func(above.args[0], *branches)
    plain = above * slope
    number, rest = plain.as_coeff_Mul()
    if number == -1 and rest.is_Add:
        return _shorter(plain, _negated(rest))
    sign, terms = above.as_coeff_Mul()
    if not terms.is_Add or not _divides(terms, slope):
        return _signed(plain)
    each = sympy.Add(*[sign * term * slope for term in terms.args])
    return _signed(_shorter(plain, each, _multiplied_out(each)))


def joined(parts: list[Any]) -> Any:
    """The sum of what arrives from several uses."""
    if len(parts) == 1:
        return parts[0]
    choices: dict[Any, list[Any]] = {}
    others = []
    for part in parts:
        if both(part):
            choices.setdefault(part.args[0], []).append(part)
        else:
            others.append(part)
    for condition, group in choices.items():
        branches = [joined([part.args[at] for part in group]) for at in (1, 2)]
        others.append(group[0].func(condition, *branches))
    total = sympy.Add(*others)
    return _shorter(total, _multiplied_out(total))


def _signed(formula: Any) -> Any:
    """−(1 − p)x as (p − 1)x."""
    if not formula.is_Mul or formula.args[0] != -1:
        return formula
    for at, part in enumerate(formula.args):
        if part.is_Add and len(part.args) == 2 and part.args[0].is_Number:
            rest = [*formula.args[1:at], *formula.args[at + 1 :]]
            return sympy.Mul(_negated(part), *rest)
    return formula


def _negated(total: Any) -> Any:
    return sympy.Add(*[-term for term in total.args])


def _divides(terms: Any, slope: Any) -> bool:
    """Whether a factor of the slope stands below a fraction's bar in one of the terms."""
    factors = {part.as_base_exp()[0] for part in sympy.Mul.make_args(slope)}
    below = {
        power.base
        for term in terms.args
        for power in sympy.Mul.make_args(term)
        if power.is_Pow and power.exp.is_negative
    }
    return bool(factors & below)


def _multiplied_out(total: Any) -> Any:
    """σ(−z) as 1 − σ(z), and everything multiplied out, where that is little."""
    if not total.is_Add or len(total.args) > _MOST_TERMS or operations(total) > _MOST_OPERATIONS:
        return total
    if total.has(sympy.Pow) and any(part.exp.is_negative for part in total.atoms(sympy.Pow)):
        return total
    sigmoid = named_function(TABLE[MIRRORED])
    mirrored = {
        part: 1 - sigmoid(-part.args[0])
        for part in total.atoms(sigmoid)
        if (-part.args[0]).is_Symbol
    }
    if any(is_condition(part) for named in total.atoms(Named) for part in named.args):
        return total
    return sympy.expand_mul(total.xreplace(mirrored))


def _shorter(first: Any, *others: Any) -> Any:
    """The formula of fewest operations, the first of equals."""
    return min((first, *others), key=operations)

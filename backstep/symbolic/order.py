"""The order in which factors and terms are written: as typed, and as the chain rule multiplies.

SymPy orders products and sums in its own way; this order is kept beside. Changes no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sympy

_LONG = 60
"""Terms past which SymPy takes long to order them itself."""


class Order:
    """How products and sums are written, by the product or sum itself; the first record wins."""

    def __init__(self) -> None:
        self._kept: dict[sympy.Expr, tuple[sympy.Expr, ...]] = {}
        self._groups: dict[sympy.Expr, tuple[sympy.Expr, ...]] = {}

    def product(self, result: sympy.Expr, parts: Iterable[sympy.Expr]) -> sympy.Expr:
        """The result, recorded with its factors in the order of the multiplied parts."""
        if result.is_Mul and result not in self._kept:
            given = [factor for part in parts for factor in self.factors(part)]
            ranked = _ranked(factors_of(result), given, _base)
            self._kept[result] = tuple(sorted(ranked, key=_varies))
        return result

    def grouped(
        self, result: sympy.Expr, parts: Sequence[sympy.Expr], quotients: Sequence[sympy.Expr] = ()
    ) -> sympy.Expr:
        """A product in which these quotients among the parts keep a bar of their own: (a/b) x."""
        self.product(result, parts)
        apart = {part for part in quotients if _is_quotient(part)}
        if result.is_Mul and result not in self._groups:
            kept = [
                factor
                for part in parts
                for factor in ((part,) if part in apart else self.written(part))
            ]
            flat = {factor for each in kept for factor in self.factors(each)}
            bars = any(each.is_Mul for each in kept) and not any(map(_is_below, kept))
            if bars and len(kept) > 1 and flat == set(factors_of(result)):
                self._groups[result] = tuple(sorted(kept, key=_varies))
        return result

    def written(self, formula: sympy.Expr) -> tuple[sympy.Expr, ...]:
        """A product's factors as they are written, quotients among them."""
        return self._groups.get(formula) or self.factors(formula)

    def sum(self, result: sympy.Expr, parts: Iterable[sympy.Expr]) -> sympy.Expr:
        """The result, recorded with its terms in the order of the added parts."""
        if result.is_Add and result not in self._kept:
            given = [term for part in parts for term in self.terms(part)]
            self._kept[result] = _ranked(result.args, given, _without_number)
        return result

    def like(self, result: sympy.Expr, parts: Sequence[sympy.Expr]) -> sympy.Expr:
        """The result of a function on parts, in their order if it is a product or a sum."""
        return self.grouped(result, parts, parts) if result.is_Mul else self.sum(result, parts)

    def factors(self, formula: sympy.Expr) -> tuple[sympy.Expr, ...]:
        """A product's factors in order, without the number in front; anything else alone."""
        if not formula.is_Mul:
            return () if formula.is_Number else (formula,)
        kept = self._kept.get(formula)
        if kept is None:
            # A factor before its complement: p (1 − p).
            kept = factors_of(formula, sorted(formula.as_ordered_factors(), key=_is_sum))
        return kept

    def terms(self, formula: sympy.Expr) -> tuple[sympy.Expr, ...]:
        """A sum's terms in order; anything else alone."""
        if not formula.is_Add:
            return (formula,)
        kept = self._kept.get(formula)
        return own_order(formula) if kept is None else kept


def own_order(total: sympy.Expr) -> tuple[sympy.Expr, ...]:
    """The terms of a sum without a recorded order: positive ones first."""
    if len(total.args) > _LONG:
        return plus_first(total.args)
    return plus_first(sorted(total.as_ordered_terms(), key=_is_product))


def plus_first(terms: Iterable[sympy.Expr]) -> tuple[sympy.Expr, ...]:
    """Terms in their order, negative ones after the others."""
    return tuple(sorted(terms, key=is_negative))


def is_negative(formula: sympy.Expr) -> bool:
    """Whether it is written with a minus in front."""
    number = formula.as_coeff_Mul()[0]
    return bool(number.is_extended_negative)


def factors_of(
    product: sympy.Expr, given: Iterable[sympy.Expr] | None = None
) -> tuple[sympy.Expr, ...]:
    """A product's factors (or the given ones) without its number."""
    parts = product.args if given is None else given
    return tuple(part for part in parts if not part.is_Number)


def _ranked(
    parts: Iterable[sympy.Expr],
    given: Iterable[sympy.Expr],
    key: Callable[[sympy.Expr], sympy.Expr],
) -> tuple[sympy.Expr, ...]:
    places: dict[sympy.Expr, int] = {}
    for part in given:
        places.setdefault(key(part), len(places))
    last = len(places)
    return tuple(sorted(parts, key=lambda part: places.get(key(part), last)))


def _is_sum(factor: sympy.Expr) -> bool:
    return bool(factor.is_Add)


def _is_product(term: sympy.Expr) -> bool:
    return bool(term.is_Mul)


def _is_below(factor: sympy.Expr) -> bool:
    """Whether it is below a fraction's bar."""
    return isinstance(factor, sympy.Pow) and bool(factor.exp.is_negative)


def _is_quotient(part: sympy.Expr) -> bool:
    """Whether it is one fraction, with no number in front."""
    return bool(part.is_Mul and any(map(_is_below, part.args)) and not part.args[0].is_Number)


def _varies(factor: sympy.Expr) -> bool:
    """Whether it is no irrational constant: those, √2 and π, come first."""
    return not factor.is_number


def _base(factor: sympy.Expr) -> sympy.Expr:
    return factor.base if isinstance(factor, sympy.Pow) else factor


def _without_number(term: sympy.Expr) -> sympy.Expr:
    return term.as_coeff_Mul()[1]

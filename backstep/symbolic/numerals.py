"""Literals in closed formulas, bounded before SymPy computes them exactly."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from backstep.errors import Diagnostic, FormulaTooLarge
from backstep.ops import Row

MOST_BITS = 8192
"""Bits of a numerator or denominator: about 2,466 digits, far past what anyone reads."""


def admit_power(row: Row, inputs: Sequence[sympy.Basic]) -> None:
    """Refuse a power of numbers whose exact value would be too long to write.

    Raises FormulaTooLarge before the power is computed.
    """
    if not row.raises or len(inputs) != 2:
        return
    base, exponent = inputs
    if not (isinstance(exponent, sympy.Rational) and isinstance(base, sympy.Expr)):
        return
    if base.free_symbols:
        # SymPy applies a power to a product's number first: (10·w)^n is 10^n·w^n.
        base = base.as_coeff_Mul()[0]
    size = _bits(base) if isinstance(base, sympy.Rational) else 64
    if base not in (0, 1, -1) and abs(exponent) * size > MOST_BITS:
        raise refusal()


def admit_number(value: sympy.Basic) -> sympy.Basic:
    """The value itself; raises FormulaTooLarge if it is a number too long to write."""
    if isinstance(value, sympy.Rational) and _bits(value) > MOST_BITS:
        raise refusal()
    return value


def _bits(value: sympy.Basic) -> int:
    return max(int(value.p).bit_length(), int(value.q).bit_length())


def refusal() -> FormulaTooLarge:
    """The error of a number that is too long to write."""
    return FormulaTooLarge(
        Diagnostic(
            "formula_too_large",
            "a number of the closed formula would have thousands of digits",
            "write the number in another way; the values are right all the same",
        ),
        details={"limit": "number_bits", "allowed": MOST_BITS},
    )


def unformed(op: str) -> FormulaTooLarge:
    """The error of an operation on numbers that SymPy cannot order, or not say what they are."""
    return FormulaTooLarge(
        Diagnostic(
            "formula_too_large",
            f"no closed formula is found for '{op}' of these numbers",
            "write the numbers in another way; the values are right all the same",
        ),
        details={"limit": "number_bits", "allowed": MOST_BITS},
    )


def undecided() -> FormulaTooLarge:
    """The error of a number whose sign, or difference from 0, SymPy cannot work out."""
    return FormulaTooLarge(
        Diagnostic(
            "formula_too_large",
            "a number of the closed formula cannot be told from 0 with the digits there are",
            "write the number in another way; the values are right all the same",
        ),
        details={"limit": "number_bits", "allowed": MOST_BITS},
    )


def too_deep() -> FormulaTooLarge:
    """The error of a formula that is nested deeper than Python's stack."""
    return FormulaTooLarge(
        Diagnostic("formula_too_large", "the closed formula is nested too deep to be written out"),
        details={"limit": "formula_depth"},
    )

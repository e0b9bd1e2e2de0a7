"""Faults in the trees of closed formulas: signs, bars, orders, choices."""

from __future__ import annotations

from tests.mutants.runner import Planted

_TREES = ("tests/symbolic/test_formulas.py",)
_ORDER = ("tests/symbolic/test_order.py",)
_PRINTED = ("tests/symbolic/test_printer.py",)
_HERE = "backstep/symbolic/formulas.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a negative term added",
        _HERE,
        "return Neg(found) if is_negative(term) else found",
        "return found",
        _TREES,
    ),
    Planted(
        "what is below a bar above it",
        _HERE,
        "return divide(self._row(over, above), self._row(under, below))",
        "return multiply(self._row(over, above), self._row(under, below))",
        _TREES,
    ),
    Planted(
        "a fraction's numerator lost",
        _HERE,
        "return multiply(number(Fraction(over, under)), *rest)",
        "return multiply(number(Fraction(1, under)), *rest)",
        _TREES,
    ),
    Planted(
        "a reciprocal as the power itself",
        _HERE,
        "return divide(ONE, self._power(base, -exponent))",
        "return self._power(base, -exponent)",
        _TREES,
    ),
    Planted(
        "branches of a choice exchanged",
        _HERE,
        "when, chosen, otherwise = args",
        "when, otherwise, chosen = args",
        _TREES,
    ),
    Planted(
        "a step's value at 0 taken for an argument",
        _HERE,
        'args = formula.args[:1] if name == "step" else formula.args',
        "args = formula.args",
        _TREES,
    ),
    Planted(
        "factors in SymPy's order",
        _HERE,
        "found = self._product(abs(coefficient), self._order.written(term))",
        "found = self._product(abs(coefficient), sorted(self._order.written(term), key=str))",
        _ORDER,
    ),
    Planted(
        "a maximum as a minimum",
        _HERE,
        'sympy.Max: "maximum",',
        'sympy.Max: "minimum",',
        _TREES,
    ),
    Planted(
        "a choice in a product without brackets",
        "backstep/formula/notation.py",
        "return self._cases(rows), COMPARISON",
        "return self._cases(rows), ATOM",
        _PRINTED,
    ),
)

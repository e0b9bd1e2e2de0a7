"""Closed formulas for the tests of them: made, read again, written, compared. Holds no checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy
from sympy.parsing.sympy_parser import parse_expr

from backstep.evaluate.initial import initial_values
from backstep.lang.compile.definition import Definition
from backstep.symbolic.engine import Closed, derive
from backstep.symbolic.evaluation import evaluate as evaluated
from backstep.symbolic.functions import Named
from backstep.symbolic.printer import Printer
from backstep.symbolic.targets import target_for

NEURON = """\
input x = 2
target y = 1
param w = 0.5
param b = -0.3
const lambda = 0.1
z = w*x + b
u = sigmoid(z)
l = (u - y)^2 / 2
r = w^2
L = l + lambda*r
minimize L
"""


def closed_of(definition: Definition, *names: str) -> Closed:
    values = initial_values(definition)
    labels = {leaf.name: values[leaf.name] for leaf in definition.leaves if leaf.label}
    return derive(definition, [target_for(definition, name) for name in names], labels)


def evaluate(closed: Closed, leaves: Mapping[str, Any], definition: Definition) -> dict[str, Any]:
    """The values of the gradients' formulas; NaN where there is none."""
    found = evaluated(closed, leaves, definition)
    return {name: each.values for name, each in found.items()}


def read_again(closed: Closed, formula: Any) -> sympy.Expr:
    names = {symbol.text: sympy.Symbol(symbol.meaning) for symbol in closed.symbols.values()}
    return parse_expr(Printer(closed.symbols, closed.order).text(formula), names)


def written(closed: Closed, formula: Any) -> str:
    """The formula's LaTeX, in the order that it is kept in."""
    return Printer(closed.symbols, closed.order).latex(formula)


def same(found: sympy.Expr, expected: sympy.Expr) -> bool:
    """Equal as formulas, or at many random points where SymPy cannot tell."""
    if sympy.simplify(found - expected) == 0:
        return True
    random = np.random.default_rng(0)
    symbols = sorted(found.free_symbols | expected.free_symbols, key=str)
    for _ in range(20):
        at = {symbol: sympy.Float(random.normal(), 30) for symbol in symbols}
        if abs((found - expected).xreplace(at).evalf(25)) > 1e-18:
            return False
    return True


def plain(formula: Any) -> Any:
    """The formula with every named function written out in SymPy's own."""
    return formula.replace(
        lambda part: isinstance(part, Named), lambda part: part.written_out(*part.args)
    )

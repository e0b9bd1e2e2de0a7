"""Closed formulas as trees: what they are worth, and that their LaTeX reads back."""

from __future__ import annotations

import pytest
import sympy

from backstep.binding.bind import bind
from backstep.formula import latex_reader
from backstep.formula.latex import latex
from backstep.formula.read_back import as_latex
from backstep.formula.text import text
from backstep.formula.tree import Cases, Formula, Sym, symbols, untyped, walk
from backstep.symbolic.engine import as_written
from backstep.symbolic.formulas import ClosedFormulas
from backstep.symbolic.names import Symbol
from backstep.symbolic.order import Order
from tests.symbolic.closed import closed_of

HEAD = "input x = 0.7\ntarget y = 0.4\nparam w = 0.6\nparam b = 0.3\nconst lambda = 0.1\n"
VALUES = {"x": 0.7, "y": 0.4, "w": 0.6, "b": 0.3, "lambda": 0.1}
LOSSES = [
    "(sigmoid(w*x + b) - y)^2/2 + lambda*w^2",
    "-log(sigmoid(w*x + b))",
    "relu(1 - y*(w*x + b)) + lambda*w^2/2",
    "w/x/b*y - (w*x - y)/(b^2 + x) + sqrt(2)*w/2 - w/(x/b)",
    "w - (x - (b - w*x)) - (y + w)*(x - b) - -b/-2",
    "tanh(w*x)^3*exp(-b*w) + 1/sqrt(w*x + 2)",
    "where(w > b, w*x, b^2)*w + max(w, b) - min(w, y)*abs(w - 2)",
    "softplus(w*b)*sin(w) - cos(w*x)/3*w^0.5 + 0.2*w",
    "log(exp(w) + exp(b*w)) + pi*w^2/7",
]


def trees(source: str) -> list[tuple[Formula, sympy.Expr]]:
    definition = bind(source).definition
    closed = closed_of(definition, "w", "b")
    made = ClosedFormulas(closed.symbols, closed.order)
    at = {sympy.Symbol(key): VALUES[each.meaning] for key, each in closed.symbols.items()}
    found = [closed.loss, *(each.flat[0] for each in closed.gradients.values())]
    with as_written():
        return [(made.of(each), _value(each, at)) for each in found]


def _value(formula: sympy.Expr, at: dict[sympy.Symbol, float]) -> sympy.Expr:
    plain = formula.replace(
        lambda part: hasattr(part, "row"),
        lambda part: part.written_out(*part.args),
    )
    return plain.subs(at).evalf(20)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_tree_is_worth_what_the_formula_is(loss: str) -> None:
    for formula, value in trees(HEAD + f"L = {loss}"):
        bound = bind(HEAD + f"found = 0*w + {text(formula)}\nL = found")
        found = float(bound.numbers().value(bound.definition.loss))
        assert found == pytest.approx(float(value), rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_its_latex_reads_back(loss: str) -> None:
    for formula, _ in trees(HEAD + f"L = {loss}"):
        names = {each.name: each for each in symbols(formula) if each.role != "constant"}
        if any(isinstance(part, Cases) for part in walk(formula)):
            continue
        read = latex_reader.read(latex(formula), names)
        assert untyped(as_latex(read)) is untyped(as_latex(formula)), latex(formula)


X, Y = sympy.symbols("x y")
OWN = [
    (sympy.Heaviside(X), "step(x)", r"\mathbf{1}\left[x > 0\right]"),
    (sympy.Max(X, 2 * Y), "maximum(x, 2*y)", r"\max\left(x, 2 \, y\right)"),
    (sympy.Min(X, 2 * Y), "minimum(x, 2*y)", r"\min\left(x, 2 \, y\right)"),
    (sympy.Abs(X), "abs(x)", r"\left|x\right|"),
    (sympy.Rational(2, 3) * X * Y, "2/3*x*y", r"\frac{2}{3} \, x \, y"),
    (-sympy.Rational(2, 3) * X, "-2*x / 3", r"-\frac{2 \, x}{3}"),
    (X**-2, "1 / x^2", r"\frac{1}{x^{2}}"),
    (sympy.sqrt(2) * X / 2, "(sqrt(2) / 2)*x", r"\frac{\sqrt{2}}{2} \, x"),
    (sympy.E * X, "exp(1)*x", r"e^{1} \, x"),
]


@pytest.mark.parametrize(("formula", "typed", "shown"), OWN)
def test_sympys_own_functions_and_numbers(formula: sympy.Expr, typed: str, shown: str) -> None:
    names = {name: Symbol(name, name, Sym(name)) for name in ("x", "y")}
    made = ClosedFormulas(names, Order()).of(formula)
    assert text(made) == typed
    assert latex(made) == shown


def test_conditions_that_hold_together_stand_in_one_line() -> None:
    names = {name: Symbol(name, name, Sym(name)) for name in ("x", "y")}
    both = sympy.Piecewise((1, sympy.And(X > 0, sympy.Or(Y < 0, Y > 1))), (0, True))
    shown = latex(ClosedFormulas(names, Order()).of(both))
    assert r"x > 0 \wedge \left(" in shown
    assert r" \vee " in shown
    assert latex(ClosedFormulas(names, Order()).of(sympy.oo)) == r"\infty"

"""Formulas on paper: plain characters, the chain rule's products, figures."""

from __future__ import annotations

import pytest

from backstep.formula import language
from backstep.formula.board import ELIDED, Board, Paper, brief
from backstep.formula.latex import latex
from backstep.formula.operations import applied
from backstep.formula.text import text
from backstep.formula.tree import (
    At,
    Big,
    Call,
    Deriv,
    Figure,
    Formula,
    Neg,
    Sym,
    add,
    along_paths,
    multiply,
    number,
    times,
)
from tests.formula.trees import NAMES

ON_PAPER = [
    ("x*(k - h)", "x·(k − h⁽²⁾)"),
    ("pick(u, k) - x", "u_k − x"),
    ("log(pick(u, k))*x", "(log u_k)·x"),
    ("log(x)^2", "log(x)²"),
    ("log(x*k)", "log(x·k)"),
    ("u - one_hot(k, 3)", "u − e_k"),
]


@pytest.mark.parametrize(("typed", "shown"), ON_PAPER)
def test_a_formula_is_written_as_on_paper(typed: str, shown: str) -> None:
    assert Paper().write(language.read(typed, NAMES)) == shown


def test_what_a_guard_guards_stands_alone_and_a_condition_is_1_or_0() -> None:
    x, k = NAMES["x"], NAMES["k"]
    assert Paper().write(applied("guard", applied("greater", x, k), x)) == "x"
    assert Paper().write(applied("equal", x, k)) == "where(x == k, 1, 0)"
    i, j = Sym("i", "index"), Sym("j", "index")
    assert Paper().write(applied("equal", i, j)) == "1(i=j)"
    assert Paper().write(applied("place", add(x, k), k, classes=3)) == "(x + k)·e_k"


LOSS = Sym("L", "value", loss=True)
PARTIAL = Deriv(LOSS, NAMES["x"])
SLOPE = Deriv(NAMES["h"], NAMES["x"])
CHAINS = [
    (times(PARTIAL, SLOPE),
     r"\frac{\partial L}{\partial x} \cdot \frac{\partial h^{(2)}}{\partial x}",
     "∂L/∂x·∂h⁽²⁾/∂x"),
    (times(multiply(NAMES["x"], NAMES["k"]), add(NAMES["x"], NAMES["k"])),
     r"x \, k \cdot \left(x + k\right)", "x·k·(x + k)"),
    (times(Neg(NAMES["x"]), NAMES["k"]), r"\left(-x\right) \cdot k", "(−x)·k"),
    (along_paths(NAMES["x"], Neg(NAMES["k"])), r"x + \left(-k\right)", "x + (−k)"),
    (along_paths(Neg(NAMES["x"]), times(SLOPE, NAMES["k"])),
     r"-x + \frac{\partial h^{(2)}}{\partial x} \cdot k", "−x + ∂h⁽²⁾/∂x·k"),
    (Deriv(LOSS, NAMES["x"], along="direct"),
     r"\left.\frac{\partial L}{\partial x}\right|_{\text{direct}}", "∂L/∂x|direct"),
    (Deriv(LOSS, NAMES["x"], along=NAMES["h"]),
     r"\left.\frac{\partial L}{\partial x}\right|_{h^{(2)}}", "∂L/∂x|h⁽²⁾"),
    (Deriv(None, NAMES["x"], at=add(NAMES["x"], NAMES["k"])),
     r"\frac{\partial}{\partial x} \left(x + k\right)", "∂/∂x (x + k)"),
    (Deriv(LOSS, add(NAMES["x"], NAMES["k"])),
     r"\frac{\partial L}{\partial (x + k)}", "∂L/∂(x + k)"),
    (Call("transpose", (Deriv(LOSS, NAMES["Q"]),)),
     r"\left(\frac{\partial L}{\partial Q}\right)^{\top}", "(∂L/∂Q)ᵀ"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "shown", "plain"), CHAINS)
def test_the_chain_rule_keeps_its_factors_and_terms(
    formula: Formula, shown: str, plain: str
) -> None:
    assert latex(formula) == shown
    assert Paper().write(formula) == plain


def test_products_along_paths_read_as_products() -> None:
    chained = along_paths(times(Neg(NAMES["x"]), NAMES["k"]), Neg(NAMES["k"]))
    assert text(chained) == "(-x)*k + (-k)"


def test_a_sum_over_an_index_ends_with_its_product() -> None:
    i = Sym("i", "index")
    x, k = (At(NAMES[name], (i,)) for name in ("x", "k"))
    total = Big("sum", multiply(x, k), i)
    assert latex(total) == r"\sum_{i} x_{i} \, k_{i}"
    assert Paper().write(add(total, NAMES["x"])) == "Σ_i x_i·k_i + x"
    assert Paper().write(multiply(NAMES["x"], total)) == "x·(Σ_i x_i·k_i)"
    assert Paper().write(Neg(total)) == "−Σ_i x_i·k_i"


FIGURES = [
    (times(Figure(-0.5, "partial"), Figure(2.0, "value")), r"\bp{-0.5} \cdot \fv{2}"),
    (times(Figure(2.0), Figure(-0.5)), r"2 \cdot \left(-0.5\right)"),
    (along_paths(times(Figure(1.0), Figure(2.0)), times(Figure(-1.0), Figure(2.0))),
     r"1 \cdot 2 + \left(-1 \cdot 2\right)"),
    (multiply(Figure(2.0), add(number(1), Neg(Figure(3.0)))), r"2 \cdot \left(1 - 3\right)"),
    (times(Figure(2e-9), Figure(3.0)), r"2 \cdot 10^{-9} \cdot 3"),
    (multiply(Figure(2e-9), Figure(3.0)), r"\left(2 \cdot 10^{-9}\right) \cdot 3"),
    (add(Figure(1.0), Neg(Figure(-2.0))), r"1 - \left(-2\right)"),
    (Figure(float("-inf")), r"-\infty"),
    (Figure(float("nan")), r"\mathrm{NaN}"),
    (Figure(0.123456), "0.1235"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "shown"), FIGURES)
def test_figures_stand_where_names_would(formula: Formula, shown: str) -> None:
    assert latex(formula, coloured=r"\fv" in shown) == shown


def test_a_formula_longer_than_anyone_reads_is_elided() -> None:
    x = NAMES["x"]
    long = add(*(number(each) for each in range(2, 400)), x)
    assert brief(long) is ELIDED
    assert latex(ELIDED) == r"\ldots"
    assert Board().write(ELIDED) == "…"
    doubled: Formula = x
    for _ in range(400):
        doubled = applied("exp", multiply(doubled, doubled))
    assert brief(doubled) is ELIDED
    assert brief(add(x, x)) is add(x, x)


ATTACHED = [
    (Sym("m_w", of=Sym("w")), "m_{w}"),
    (Sym("mhat_W_1", of=Sym("W_1")), r"\hat{m}_{W_{1}}"),
    (Sym("m_2_w", of=Sym("w")), "m_{2,w}"),
    (Sym("bar", of=Sym("W_1")), r"\bar{W_{1}}"),
    (Call("norm", (Sym("nabla", of=Sym("L")),)), r"\left\|\nabla L\right\|"),
    (Call("floor", (add(NAMES["x"], number(1)),)), r"\left\lfloor x + 1\right\rfloor"),
]


@pytest.mark.parametrize(("formula", "shown"), ATTACHED)
def test_a_symbol_is_set_with_the_one_that_it_is_of(formula: Formula, shown: str) -> None:
    assert latex(formula) == shown

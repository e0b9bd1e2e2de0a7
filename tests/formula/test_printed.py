"""Formulas one by one: how each is printed as text and as LaTeX, and what a reader makes of it."""

from __future__ import annotations

import pytest

from backstep.errors import AnswerError
from backstep.formula import language, latex_reader
from backstep.formula.boxes import Atom, row
from backstep.formula.latex import latex, written
from backstep.formula.mathml import mathml
from backstep.formula.notation import Setter
from backstep.formula.operations import applied
from backstep.formula.read_back import as_latex, as_text
from backstep.formula.text import text
from backstep.formula.tree import (
    Deriv,
    Mark,
    Neg,
    Sym,
    add,
    bare,
    changed,
    multiply,
    number,
    replaced,
    untyped,
)
from tests.formula.trees import NAMES

PRINTED = [
    ('x - (k - h)', 'x - (k - h)', r"x - \left(k - h^{(2)}\right)"),
    ('x + (k - h)', 'x + (k - h)', r"x + \left(k - h^{(2)}\right)"),
    ('-(x + k)', '-(x + k)', r"-\left(x + k\right)"),
    ('-(-x)', '-(-x)', r"-\left(-x\right)"),
    ('x - (-k)', 'x - (-k)', r"x - \left(-k\right)"),
    ('x*(k + h)', 'x*(k + h)', r"x \, \left(k + h^{(2)}\right)"),
    ('x*(k*h)', 'x*(k*h)', r"x \, \left(k \, h^{(2)}\right)"),
    ('-x*k', '-x*k', r"-x \, k"),
    ('(-x)^2', '(-x)^2', r"\left(-x\right)^{2}"),
    ('-x^2', '-x^2', r"-x^{2}"),
    ('x^(-1)', 'x^(-1)', r"x^{-1}"),
    ('x^k^2', 'x^k^2', r"x^{k^{2}}"),
    ('(x^k)^2', '(x^k)^2', r"\left(x^{k}\right)^{2}"),
    ('x / (k*h)', 'x / (k*h)', r"\frac{x}{k \, h^{(2)}}"),
    ('x / (k / h)', 'x / (k / h)', r"\frac{x}{\frac{k}{h^{(2)}}}"),
    ('(x + k) / h', '(x + k) / h', r"\frac{x + k}{h^{(2)}}"),
    ('(x / k)*h', '(x / k)*h', r"\frac{x}{k} \, h^{(2)}"),
    ('2*x*k', '2*x*k', r"2 \, x \, k"),
    ('x*0.5', 'x*0.5', r"x \cdot 0.5"),
    ('-(u*what)', '-u*what', r"-\left(u \odot \hat{w}\right)"),
    ('(u + a_1)[0]', '(u + a_1)[0]', r"\left(u + a_{1}\right)_{0}"),
    ('(1/3)^x', '(1/3)^x', r"\left(\frac{1}{3}\right)^{x}"),
    ('x^(1/3)', 'x^(1/3)', r"x^{\frac{1}{3}}"),
    ('1/3*x', '1/3*x', r"\frac{1}{3} \, x"),
    ('1e-5*x', '1e-5*x', r"\left(1 \cdot 10^{-5}\right) \, x"),
    ('2*u*what', '2*u*what', r"2 \, \left(u \odot \hat{w}\right)"),
    ('x*u', 'x*u', r"x \, u"),
    ('(M__o + W)*W', '(M__o + W)*W', r"\left(M^{o} + W\right) \odot W"),
    ('W @ u*what[0]', '(W @ u)*what[0]', r"\hat{w}_{0} \, W \, u"),
    ('W @ (Q @ u)', 'W @ (Q @ u)', r"W \, Q \, u"),
    ('(2*W) @ u', '(2*W) @ u', r"\left(2 \, W\right) \, u"),
    ('W @ u + what[:2]', 'W @ u + what[0:2]', r"W \, u + \hat{w}_{0:2}"),
    ('outer(u, what)', 'outer(u, what)', r"u \, \hat{w}^{\top}"),
    ('outer(u, (Q @ u)^2)', 'outer(u, (Q @ u)^2)',
     r"u \, \left(\left(Q \, u\right)^{2}\right)^{\top}"),
    ('outer(Q @ u, what)', 'outer(Q @ u, what)', r"Q \, u \, \hat{w}^{\top}"),
    ('dot(u + what, u)', 'dot(u + what, u)', r"\left(u + \hat{w}\right)^{\top} u"),
    ('(Q^2).T', '(Q^2).T', r"\left(Q^{2}\right)^{\top}"),
    ('Q.T^2', '(Q.T)^2', r"\left(Q^{\top}\right)^{2}"),
    ('u[0]', 'u[0]', r"u_{0}"),
    ('W[0, 1:3]', 'W[0, 1:3]', r"W_{0,1:3}"),
    ('a_1*u[2]', 'a_1*u[2]', r"a_{1} \, u_{2}"),
    ('exp(x)^2', 'exp(x)^2', r"\left(e^{x}\right)^{2}"),
    ('exp(-x)', 'exp(-x)', r"e^{-x}"),
    ('sqrt(x + 1)', 'sqrt(x + 1)', r"\sqrt{x + 1}"),
    ('abs(x)', 'abs(x)', r"\left|x\right|"),
    ('norm(W, axis=1)', 'norm(W, axis=1)', r"\left\|W\right\|_{\text{axis }1}"),
    ('square(x + k)', 'square(x + k)', r"\left(x + k\right)^{2}"),
    ('log(x*k)', 'log(x*k)', r"\log\left(x \, k\right)"),
    ('sigmoid(x)', 'sigmoid(x)', r"\sigma\left(x\right)"),
    ('log_softmax(W)', 'log_softmax(W)', r"\log \operatorname{softmax}\left(W\right)"),
    ('softmax(W, axis=0)', 'softmax(W, axis=0)',
     r"\operatorname{softmax}_{\text{axis }0}\left(W\right)"),
    ('sum(u)*x', 'sum(u)*x', r"\left(\sum u\right) \, x"),
    ('sum(W, axis=0)', 'sum(W, axis=0)', r"\sum_{\text{axis }0} W"),
    ('mean(W, axis=1)', 'mean(W, axis=1)', r"\operatorname{mean}_{\text{axis }1}\left(W\right)"),
    ('max(u) + max(x, k)', 'max(u) + maximum(x, k)', r"\max\left(u\right) + \max\left(x, k\right)"),
    ('prod(u)', 'prod(u)', r"\prod\left(u\right)"),
    ('-sum(u*what)', '-sum(u*what)', r"-\sum \left(u \odot \hat{w}\right)"),
    ('where(u < what, u, what)', 'where(u < what, u, what)',
     r"\operatorname{where}\left(u < \hat{w}, u, \hat{w}\right)"),
    ('where(x >= k, 1, 0)', 'where(x >= k, 1, 0)',
     r"\operatorname{where}\left(x \ge k, 1, 0\right)"),
    ('where(x <= k, 1, 2)', 'where(x <= k, 1, 2)',
     r"\operatorname{where}\left(x \le k, 1, 2\right)"),
    ('where(x != k, x, 2)', 'where(x != k, x, 2)',
     r"\operatorname{where}\left(x \ne k, x, 2\right)"),
    ('where(x == k, x, 2)', 'where(x == k, x, 2)',
     r"\operatorname{where}\left(x = k, x, 2\right)"),
    ('where(x > k, x, 2)', 'where(x > k, x, 2)',
     r"\operatorname{where}\left(x > k, x, 2\right)"),
    ('step(x)', 'step(x)', r"\mathbf{1}\left[x > 0\right]"),
    ('pick(u, k)', 'pick(u, k)', r"{u}_{k}"),
    ('u - one_hot(k, 3)', 'u - one_hot(k, 3)', r"u - e_{k}"),
    ('M__o / reshape(sum(W, axis=1), 2, 1)', 'M__o / reshape(sum(W, axis=1), 2, 1)',
     r"\frac{M^{o}}{\left(\sum_{\text{axis }1} W\right) \, \mathbf{1}^{\top}}"),
    ('reshape(W, 3, 2)', 'reshape(W, 3, 2)', r"\operatorname{reshape}_{3 \times 2}\left(W\right)"),
    ('move_axis(Q, 0, 1)', 'move_axis(Q, 0, 1)', r"\operatorname{move}_{0 \to 1}\left(Q\right)"),
    ('concat(u, what)', 'concat(u, what)', r"\operatorname{concat}\left(u, \hat{w}\right)"),
    ('stack(u, what, axis=1)', 'stack(u, what, axis=1)',
     r"\left[u, \hat{w}\right]_{\text{axis }1}"),
    ('[x, k]', '[x, k]', r"\left[x, k\right]"),
    ('[[1, 2], [3, 4.5]]', '[[1, 2], [3, 4.5]]',
     r"\left[\left[1, 2\right], \left[3, 4.5\right]\right]"),
    ('eye(3) @ u', 'eye(3) @ u', r"I_{3} \, u"),
    ('u*ones(3)', 'u*ones(3)', r"u \odot \mathbf{1}"),
    ('leaky_relu(x, 0.1)', 'leaky_relu(x, 0.1)', r"\operatorname{leaky\_relu}\left(x, 0.1\right)"),
    ('clip(u, -1, 1.5)', 'clip(u, -1, 1.5)', r"\operatorname{clip}\left(u, -1, 1.5\right)"),
    ('patches(Q[0:1], 2, stride=2)', 'patches(Q[0:1], 2, stride=2, padding=0)',
     r"\operatorname{patches}_{2, \text{stride }2}\left(Q_{0:1}\right)"),
    ('arange(3)', 'arange(3)', r"\operatorname{arange}\left(3\right)"),
    ('h + 7.0*lambda', 'h + 7.0*lambda', r"h^{(2)} + 7.0 \, \lambda"),
    ('pi*x', 'pi*x', r"\pi \, x"),
    ('linspace(0, 1, 5)', 'linspace(0, 1, 5)', r"\operatorname{linspace}\left(0, 1, 5\right)"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "said", "shown"), PRINTED)
def test_a_formula_is_printed_and_read_again(typed: str, said: str, shown: str) -> None:
    formula = language.read(typed, NAMES)
    assert text(formula) == said
    assert untyped(as_text(language.read(said, NAMES))) is untyped(as_text(formula))
    assert latex(formula) == shown
    read = latex_reader.read(shown, NAMES, formula.shape)
    assert untyped(as_latex(read)) is untyped(as_latex(formula))


TYPED = [
    ("Wu", "W @ u"),
    ("x(k+a_1)", "x*(k + a_1)"),
    ("u^T Q", "u @ Q"),
    (r"u^\top \hat w", "dot(u, what)"),
    ("u_k", "pick(u, k)"),
    (r"\mathbf{W} u", "W @ u"),
    (r"2\cdot 3 x", "2*3*x"),
    (r"x / k", "x / k"),
    (r"2 \left(u \odot \hat w\right)", "2*u*what"),
    (r"1.5 \times 10^{-3} x", "1.5e-3*x"),
    (r"|x|", "abs(x)"),
    (r"\lVert u \rVert", "norm(u)"),
    (r"\operatorname{relu}(x)", "relu(x)"),
    (
        r"\begin{cases} x & \text{for}\: x > k \\ k & \text{otherwise} \end{cases}",
        "where(x > k, x, k)",
    ),
    (r"\begin{bmatrix} x & k \\ 1 & 2 \end{bmatrix}", "[[x, k], [1, 2]]"),
    (r"\mathbf{1}\left[x \ge k\right]", "where(x >= k, 1, 0)"),
    (r"\fv{x} + \htmlData{node=1}{k}", "x + k"),
    (r"\ln x", "log(x)"),
    (r"\sigma x", "sigmoid(x)"),
    (r"-\log \left(x\right)", "-log(x)"),
    (r"x\,-\,k", "x - k"),
]


@pytest.mark.parametrize(("shown", "meant"), [each for each in TYPED if each[1]])
def test_latex_as_it_is_typed_is_read_by_names_and_shapes(shown: str, meant: str) -> None:
    read = latex_reader.read(shown, NAMES)
    wanted = (
        language.read(meant, NAMES)
        if meant != "2*3*x"
        else multiply(number(2, "2"), number(3, "3"), NAMES["x"])
    )
    assert text(read) == text(wanted)


WRONG = [
    (r"x + \foo", "unknown_command", 5),
    ("x + y", "unknown_name", 5),
    ("x + ", "incomplete", 4),
    (r"\left(x + k", "incomplete", 11),
    ("u + W_{0} W", "shape", 5),
    ("x)", "unexpected", 2),
    (r"\sigma'\left(x\right)", "derivative", 7),
    (r"e_{k}", "size_unknown", 1),
    (r"u_{1.5}", "whole_number", 4),
    ("W_{9}", "shape", 3),
]


@pytest.mark.parametrize(("shown", "code", "column"), WRONG)
def test_what_cannot_be_read_is_told_with_its_place(shown: str, code: str, column: int) -> None:
    with pytest.raises(AnswerError) as raised:
        latex_reader.read(shown, NAMES)
    (fault,) = raised.value.faults
    assert (fault.code, fault.span.column if fault.span else 0) == (code, column)


AMBIGUOUS = [
    ("Wx", {"W", "x", "Wx"}, ()),
    ("W_{1}", {"W", "W_1"}, (3,)),
    ("x^T", {"x", "T"}, (3,)),
]


@pytest.mark.parametrize(("shown", "names", "size"), AMBIGUOUS)
def test_two_readings_are_asked_about(shown: str, names: set[str], size: tuple[int, ...]) -> None:
    known = {name: Sym(name, "input", size=size) for name in names}
    with pytest.raises(AnswerError) as raised:
        latex_reader.read(shown, known)
    (fault,) = raised.value.faults
    assert fault.code == "two_readings"
    assert " or " in fault.message or "also" in fault.message


def test_a_name_that_a_letter_of_mathematics_is_taken_by_keeps_it() -> None:
    e, k = Sym("e", "input", size=(3,)), NAMES["k"]
    formula = language.read("exp(k) + sum(e - one_hot(k, 3))", {"e": e, "k": k})
    shown = written(Setter(names={"e"}).boxed(formula))
    assert shown == r"\exp\left(k\right) + \left(\sum \left(e - \mathbf{e}_{k}\right)\right)"
    read = latex_reader.read(shown, {"e": e, "k": k})
    assert read is formula


def test_a_class_that_is_placed_keeps_its_factor() -> None:
    placed = applied("place", NAMES["x"], NAMES["k"], classes=3)
    assert text(placed) == "x*one_hot(k, 3)"
    assert latex(placed) == r"x \, e_{k}"


def test_a_letter_does_not_run_into_the_command_before_it() -> None:
    assert written(row(Atom(r"\lambda", "λ"), Atom("x", "x"))) == r"\lambda x"


def test_coloured_and_plain_are_one_printer() -> None:
    delta = Sym("delta_h", "partial", of=NAMES["h"])
    formula = multiply(delta, NAMES["x"])
    assert latex(formula) == r"\delta_{h^{(2)}} \, x"
    assert latex(formula, coloured=True) == r"\bp{\delta_{h^{(2)}}} \, \fv{x}"
    assert latex(NAMES["x"], ids=True) == r"\htmlData{node=0}{x}"
    assert latex(multiply(NAMES["x"], NAMES["W"]), shapes=True) == r"x \, \underset{2 \times 3}{W}"


def test_a_derivative_is_one_atom() -> None:
    loss = Sym("L", "value", loss=True)
    partial = Deriv(loss, NAMES["x"])
    assert latex(partial) == r"\frac{\partial L}{\partial x}"
    assert latex(partial, coloured=True) == r"\bp{\frac{\partial L}{\partial x}}"
    assert latex(multiply(NAMES["k"], partial)) == r"k \cdot \frac{\partial L}{\partial x}"
    known = {**NAMES, "L": loss}
    assert latex_reader.read(r"k \cdot \frac{\partial L}{\partial x}", known) is multiply(
        NAMES["k"], partial
    )
    assert replaced(multiply(NAMES["k"], partial), {partial: number(2)}) is multiply(
        NAMES["k"], number(2)
    )


def test_equal_formulas_are_one_and_what_changed_is_found_by_identity() -> None:
    x, k, h = NAMES["x"], NAMES["k"], NAMES["h"]
    assert add(add(x, k), h) is add(x, k, h)
    assert multiply(Neg(x), k) is Neg(multiply(x, k))
    before, after = add(multiply(x, k), h), add(multiply(x, k), multiply(h, h))
    marked = changed(before, after)
    assert marked is add(multiply(x, k), Mark("changed", multiply(h, h)))
    assert bare(marked) is after
    assert latex(marked, ids=True).count("mark=changed") == 1
    assert latex(marked) == latex(after)


MATHML = [
    ("-x", "<math><mrow><mo>−</mo><mi>x</mi></mrow></math>"),
    ("x - k", "<math><mrow><mi>x</mi><mo>−</mo><mi>k</mi></mrow></math>"),
    ("a_1^2", "<math><msubsup><mi>a</mi><mn>1</mn><mn>2</mn></msubsup></math>"),
    ("x / 2", "<math><mfrac><mi>x</mi><mn>2</mn></mfrac></math>"),
    ("sqrt(x)", "<math><msqrt><mi>x</mi></msqrt></math>"),
    ("what[0]", '<math><msub><mover accent="true"><mi>w</mi><mo>^</mo></mover><mn>0</mn>'
     "</msub></math>"),
    (
        "relu(x)",
        '<math><mrow><mi>relu</mi><mrow><mo stretchy="true">(</mo><mi>x</mi>'
        '<mo stretchy="true">)</mo></mrow></mrow></math>',
    ),
    ("step(x)", '<math><mrow><mi class="bold" mathvariant="normal">1</mi><mrow>'
     '<mo stretchy="true">[</mo><mrow><mi>x</mi><mo>&gt;</mo><mn>0</mn></mrow>'
     '<mo stretchy="true">]</mo></mrow></mrow></math>'),
    ("sum(W, axis=0)", "<math><mrow><munder><mo>∑</mo><mrow><mtext>axis </mtext><mn>0</mn></mrow>"
     "</munder><mi>W</mi></mrow></math>"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "wanted"), MATHML)
def test_mathml_is_printed_from_the_tree(typed: str, wanted: str) -> None:
    assert mathml(language.read(typed, NAMES), coloured=False) == wanted


def test_mathml_has_the_roles_as_classes() -> None:
    shown = mathml(multiply(NAMES["x"], Sym("delta_1", "partial")))
    assert '<mrow class="value"><mi>x</mi></mrow>' in shown
    assert '<mrow class="partial"><msub><mi>δ</mi><mn>1</mn></msub></mrow>' in shown

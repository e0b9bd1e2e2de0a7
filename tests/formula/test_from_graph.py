"""Formulas of a graph's nodes: brackets where they are needed, in LaTeX and as text."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import forward
from backstep.formula.latex import latex
from backstep.formula.operations import FromGraph, from_literal
from backstep.formula.text import text
from backstep.formula.tree import PI, Formula, Sym
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.lang.compile.compiler import compile_text
from backstep.ops import TABLE
from backstep.ops.row import operation
from tests.ops.cases import build, cases, evaluate

exp, log, sqrt, square = (operation(name) for name in ("exp", "log", "sqrt", "square"))
absolute, sigmoid, relu = operation("abs"), operation("sigmoid"), operation("relu")
total, index, where, less = (operation(name) for name in ("sum", "index", "where", "less"))
dot, outer, transpose = operation("dot"), operation("outer"), operation("transpose")
maximum, stack = operation("maximum"), operation("stack")


Symbols = dict[int, Sym]


def leaves(shape: tuple[int, ...] = ()) -> tuple[list[Node], Symbols]:
    graph = Graph(TABLE)
    made = [graph.apply("leaf", name=name, role="param", shape=shape) for name in "abc"]
    return made, {node.id: Sym(name, size=shape) for node, name in zip(made, "abc", strict=True)}


def formula(node: Node, symbols: Symbols) -> Formula:
    return FromGraph(lambda each: symbols.get(each.id)).own(node)


def written(made: Callable[..., Node], shape: tuple[int, ...] = ()) -> tuple[str, str]:
    (a, b, c), symbols = leaves(shape)
    found = formula(made(a, b, c), symbols)
    return text(found), latex(found)


SCALARS: list[tuple[Callable[..., Node], str, str | None]] = [
    (lambda a, b, c: a + b - c, "a + b - c", "a + b - c"),
    (lambda a, b, c: a - (b + c), "a - (b + c)", r"a - \left(b + c\right)"),
    (lambda a, b, c: a + (b - c), "a + (b - c)", r"a + \left(b - c\right)"),
    (lambda a, b, c: a * (b + c), "a*(b + c)", r"a \, \left(b + c\right)"),
    (lambda a, b, c: (a + b) * c, "(a + b)*c", r"\left(a + b\right) \, c"),
    (lambda a, b, c: a * b * c, "a*b*c", r"a \, b \, c"),
    (lambda a, b, c: a * (b * c), "a*(b*c)", r"a \, \left(b \, c\right)"),
    (lambda a, b, c: a / (b * c), "a / (b*c)", r"\frac{a}{b \, c}"),
    (lambda a, b, c: (a + b) / c, "(a + b) / c", r"\frac{a + b}{c}"),
    (lambda a, b, c: a / (b / c), "a / (b / c)", r"\frac{a}{\frac{b}{c}}"),
    (lambda a, b, c: a / b * c, "(a / b)*c", r"\frac{a}{b} \, c"),
    (lambda a, b, c: a * 2, "a*2", r"a \cdot 2"),
    (lambda a, b, c: 2 * a, "2*a", r"2 \, a"),
    (lambda a, b, c: 2 * (a / b), "2*(a / b)", r"2 \cdot \frac{a}{b}"),
    (lambda a, b, c: -a * b, "-a*b", r"-a \, b"),
    (lambda a, b, c: -(a * b), "-a*b", r"-a \, b"),
    (lambda a, b, c: -(a + b), "-(a + b)", r"-\left(a + b\right)"),
    (lambda a, b, c: -(-a * b), "-(-a*b)", r"-\left(-a \, b\right)"),
    (lambda a, b, c: a - -b, "a - (-b)", r"a - \left(-b\right)"),
    (lambda a, b, c: a * -b, "a*(-b)", r"a \, \left(-b\right)"),
    (lambda a, b, c: (-a) ** 2, "(-a)^2", r"\left(-a\right)^{2}"),
    (lambda a, b, c: -(a**2), "-a^2", "-a^{2}"),
    (lambda a, b, c: (a + b) ** 2, "(a + b)^2", r"\left(a + b\right)^{2}"),
    (lambda a, b, c: (a**b) ** c, "(a^b)^c", r"\left(a^{b}\right)^{c}"),
    (lambda a, b, c: a ** (b**c), "a^b^c", "a^{b^{c}}"),
    (lambda a, b, c: a ** (b + c), "a^(b + c)", "a^{b + c}"),
    (lambda a, b, c: a**-2, "a^(-2)", "a^{-2}"),
    (lambda a, b, c: a ** Fraction(1, 2), "a^0.5", r"a^{\frac{1}{2}}"),
    (lambda a, b, c: square(a + b), "square(a + b)", r"\left(a + b\right)^{2}"),
    (lambda a, b, c: exp(a + b), "exp(a + b)", "e^{a + b}"),
    (lambda a, b, c: exp(a) ** 2, "exp(a)^2", r"\left(e^{a}\right)^{2}"),
    (lambda a, b, c: exp(exp(a)), "exp(exp(a))", "e^{e^{a}}"),
    (lambda a, b, c: total(a) * b, "sum(a)*b", r"\left(\sum a\right) \, b"),
    (lambda a, b, c: b - total(a), "b - sum(a)", r"b - \left(\sum a\right)"),
    (lambda a, b, c: total(a) + b, "sum(a) + b", r"\sum a + b"),
    (lambda a, b, c: -total(a + b), "-sum(a + b)", r"-\sum \left(a + b\right)"),
    (lambda a, b, c: -total(a) * b, "-sum(a)*b", r"-\left(\sum a\right) \, b"),
    (lambda a, b, c: log(a * b), "log(a*b)", r"\log\left(a \, b\right)"),
    (lambda a, b, c: sqrt(a / b), "sqrt(a / b)", r"\sqrt{\frac{a}{b}}"),
    (lambda a, b, c: absolute(a - b), "abs(a - b)", r"\left|a - b\right|"),
    (lambda a, b, c: sigmoid(-a) * 3, "sigmoid(-a)*3", r"\sigma\left(-a\right) \cdot 3"),
    (lambda a, b, c: maximum(a, 0), "maximum(a, 0)", r"\max\left(a, 0\right)"),
    (
        lambda a, b, c: where(less(a, b + 1), a, -b),
        "where(a < b + 1, a, -b)",
        None,
    ),
    (lambda a, b, c: stack(a, b + c, axis=0), "[a, b + c]", r"\left[a, b + c\right]"),
    (lambda a, b, c: a * Fraction(1, 3), "a*(1/3)", r"a \cdot \frac{1}{3}"),
    (lambda a, b, c: a + Fraction("0.1"), "a + 0.1", "a + 0.1"),
    (lambda a, b, c: a + Fraction(-5), "a - 5", "a - 5"),
]


@pytest.mark.parametrize(("made", "said", "set_"), SCALARS, ids=[said for _, said, _ in SCALARS])
def test_brackets_stand_where_they_are_needed(
    made: Callable[..., Node], said: str, set_: str | None
) -> None:
    found = written(made)
    assert found == (said, found[1] if set_ is None else set_)


VECTORS: list[tuple[Callable[..., Node], str, str]] = [
    (lambda a, b, c: a * b, "a*b", r"a \odot b"),
    (lambda a, b, c: a * b * c, "a*b*c", r"a \odot b \odot c"),
    (lambda a, b, c: 2 * (a * b), "2*(a*b)", r"2 \, \left(a \odot b\right)"),
    (lambda a, b, c: a * b + c, "a*b + c", r"a \odot b + c"),
    (lambda a, b, c: a - b * c, "a - b*c", r"a - b \odot c"),
    (lambda a, b, c: (a * b) ** 2, "(a*b)^2", r"\left(a \odot b\right)^{2}"),
    (lambda a, b, c: a * total(b), "a*sum(b)", r"\left(\sum b\right) \, a"),
    (lambda a, b, c: dot(a, b) * c, "dot(a, b)*c", r"\left(a^{\top} b\right) \, c"),
    (lambda a, b, c: 2 * dot(a, b), "2*dot(a, b)", r"2 \, \left(a^{\top} b\right)"),
    (lambda a, b, c: dot(a, b) ** 2, "dot(a, b)^2", r"\left(a^{\top} b\right)^{2}"),
    (lambda a, b, c: dot(a + b, c), "dot(a + b, c)", r"\left(a + b\right)^{\top} c"),
    (lambda a, b, c: outer(a, b) @ c, "outer(a, b) @ c", r"a \, b^{\top} \, c"),
    (lambda a, b, c: transpose(exp(a)), "exp(a).T", r"\left(e^{a}\right)^{\top}"),
    (lambda a, b, c: index(a + b, key=(1,)), "(a + b)[1]", r"\left(a + b\right)_{1}"),
    (lambda a, b, c: index(a, key=(1,)) ** 2, "a[1]^2", r"a_{1}^{2}"),
    (lambda a, b, c: index(a, key=((2, -1, -1),)), "a[2::-1]", r"a_{2::-1}"),
]
MATRICES: list[tuple[Callable[..., Node], str, str]] = [
    (lambda a, b, c: a @ b @ c, "a @ b @ c", r"a \, b \, c"),
    (lambda a, b, c: a @ (b @ c), "a @ (b @ c)", r"a \, b \, c"),
    (lambda a, b, c: a @ b.T, "a @ b.T", r"a \, b^{\top}"),
    (lambda a, b, c: (a @ b).T, "(a @ b).T", r"\left(a \, b\right)^{\top}"),
    (lambda a, b, c: a @ (b + c), "a @ (b + c)", r"a \, \left(b + c\right)"),
    (lambda a, b, c: a @ -b, "a @ (-b)", r"a \, \left(-b\right)"),
    (lambda a, b, c: a * b @ c, "(a*b) @ c", r"\left(a \odot b\right) \, c"),
    (lambda a, b, c: a @ (b * c), "a @ (b*c)", r"a \, \left(b \odot c\right)"),
    (lambda a, b, c: (a @ b) * c, "(a @ b)*c", r"\left(a \, b\right) \odot c"),
]


@pytest.mark.parametrize(("made", "said", "set_"), VECTORS, ids=[said for _, said, _ in VECTORS])
def test_vectors(made: Callable[..., Node], said: str, set_: str) -> None:
    assert written(made, (3,)) == (said, set_)


@pytest.mark.parametrize(("made", "said", "set_"), MATRICES, ids=[said for _, said, _ in MATRICES])
def test_matrices(made: Callable[..., Node], said: str, set_: str) -> None:
    assert written(made, (3, 3)) == (said, set_)


NUMBERS = [
    (Fraction(3), None, "3", "3"),
    (Fraction(-3), None, "-3", "-3"),
    (Fraction(1, 3), None, "1/3", r"\frac{1}{3}"),
    (Fraction(-1, 3), None, "-1/3", r"-\frac{1}{3}"),
    (Fraction(1, 8), None, "0.125", "0.125"),
    (Fraction(1, 7), None, "1/7", r"\frac{1}{7}"),
    (Fraction(1, 10), "0.1", "0.1", "0.1"),
    (Fraction(1, 1000), "1e-3", "1e-3", r"1 \cdot 10^{-3}"),
    (Fraction(10) ** 20, "1E20", "1E20", r"1 \cdot 10^{20}"),
]


@pytest.mark.parametrize(("value", "typed", "said", "set_"), NUMBERS)
def test_a_number_is_printed_as_typed_and_exactly(
    value: Fraction, typed: str | None, said: str, set_: str
) -> None:
    number = from_literal(Literal(value, typed))
    assert (text(number), latex(number)) == (said, set_)


def test_pi_is_a_letter() -> None:
    assert from_literal(Literal(Fraction(np.pi), "pi", "pi")) is PI
    assert latex(PI) == r"\pi"


def test_a_node_with_a_name_is_a_symbol_and_the_node_itself_is_written_out() -> None:
    (a, b, c), symbols = leaves()
    z = a * b
    u = sigmoid(z + c)
    named = {**symbols, z.id: Sym("z"), u.id: Sym("u")}
    assert text(formula(u, named)) == "sigmoid(z + c)"
    assert text(formula(u, symbols)) == "sigmoid(a*b + c)"


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.samples])
def test_latex_is_balanced_and_has_no_double_script(name: str) -> None:
    for case in cases(name):
        built = build(case)
        symbols = {leaf.id: Sym(f"q_{leaf.id}", size=leaf.shape) for leaf in built.leaves}
        back = built.back(built.node, built.seed("g", built.node.shape))
        gradients = [back.adjoints.get(leaf.id) for leaf in built.leaves]
        squared = built.node.graph.apply("power", built.node, 2)
        for node in (built.node, squared, *gradients):
            if node is not None:
                check_latex(latex(formula(node, symbols)))


def check_latex(shown: str) -> None:
    depth, scripts = 0, {0: ""}
    for place, character in enumerate(shown):
        if shown[place - 1 : place] == "\\":
            continue
        if character == "{":
            depth += 1
            scripts[depth] = ""
        elif character == "}":
            depth -= 1
            assert depth >= 0, shown
        elif character in "^_":
            assert character not in scripts[depth], f"a double {character} in {shown}"
            scripts[depth] += character
        elif scripts[depth] and shown[place - 1] not in "^_":
            scripts[depth] = ""
    assert depth == 0, shown
    assert shown.count(r"\left") - shown.count(r"\leftarrow") == shown.count(r"\right"), shown


# Programs of scalars that a text can say: what is printed is read again, and means the same.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "subtract", "multiply", "divide", "power", "negate", "square", "exp", "abs"]
        ),
        st.integers(0, 6)
        | st.sampled_from([Fraction(n) for n in ("2", "1/3", "-2", "0.5", "-1/8")]),
        st.integers(0, 6) | st.sampled_from([Fraction(n) for n in ("3", "1/6", "-1", "1.5")]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(STEPS)
def test_text_read_again_means_the_same(steps: list[tuple[str, object, object]]) -> None:
    (a, b, c), symbols = leaves()
    made = [a, b, c]
    for op, *reads_ in steps:
        inputs = [
            Literal(each) if isinstance(each, Fraction) else made[-1 - int(str(each)) % len(made)]
            for each in reads_[: TABLE[op].arity[0]]
        ]
        if not any(isinstance(each, Node) for each in inputs):
            inputs[0] = made[-1]
        made.append(a.graph.apply(op, *inputs))
    said = text(formula(made[-1], symbols))
    again = compile_text(f"param a = 0.7\nparam b = 1.3\nparam c = -0.4\nL = {said}")
    values = initial_values(again)
    found = forward(again, values, [again.loss])[again.loss.id]
    known = {node.id: values[name] for node, name in zip((a, b, c), "abc", strict=True)}
    # a + (b + c) is printed without brackets, and then rounded in another order.
    np.testing.assert_allclose(found, evaluate([made[-1]], known)[0], rtol=1e-9)


def test_a_gradient_reads_as_on_paper() -> None:
    graph = Graph(TABLE)
    w, x, b = (graph.apply("leaf", name=name, role="param", shape=()) for name in "wxb")
    u = sigmoid(w * x + b)
    back = differentiate((u - 1) ** 2 / 2)
    names = {node.id: Sym(name) for node, name in ((w, "w"), (x, "x"), (u, "u"))}
    slope = back.adjoints[w.id]
    assert slope is not None
    assert text(formula(slope, names)) == "(u - 1)*(u*(1 - u))*x"

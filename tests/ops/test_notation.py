"""Notation: what a row writes is read back as the same operation, whatever stands in it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from backstep.evaluate.numeric import compute
from backstep.formula.latex import latex
from backstep.formula.operations import FromGraph
from backstep.formula.text import text
from backstep.formula.tree import Sym
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.lang.compile.compiler import compile_text
from backstep.ops import TABLE
from tests.binding.reading import read_back

VALUES = {
    "A": np.array([[1.0, -2.0], [0.5, 3.0]]),
    "B": np.array([[2.0, 1.0], [-1.0, 4.0]]),
    "C": np.array([[0.0, 1.0], [1.5, -1.0]]),
    "x": np.array([0.3, -1.2]),
    "k": np.array(1),
    "s": np.array(0.7),
}
SOURCE = "".join(
    f"{'target' if name == 'k' else 'input'} {name} = {value.tolist()}\n"
    for name, value in VALUES.items()
)
SOURCE += "L = s^2\n"


def on(make: Any) -> tuple[Node, dict[int, Any], dict[str, Node]]:
    graph = Graph(TABLE)
    leaves = {
        name: graph.apply("leaf", name=name, role="input", shape=value.shape)
        for name, value in VALUES.items()
    }
    return make(graph.apply, **leaves), {leaves[n].id: v for n, v in VALUES.items()}, leaves


WRITTEN = {
    "a product of matrices on the right": lambda f, A, B, C, **_: f("matmul", A, f("matmul", B, C)),
    "and on the left": lambda f, A, B, C, **_: f("matmul", f("matmul", A, B), C),
    "a sum in a product": lambda f, A, B, C, **_: f("matmul", f("add", A, B), C),
    "a quotient in a product": lambda f, A, B, C, **_: f("matmul", A, f("divide", B, C + 2)),
    "softmax down columns": lambda f, A, **_: f("softmax", A, axis=0),
    "softmax along rows": lambda f, A, **_: f("softmax", A, axis=-1),
    "log_softmax down columns": lambda f, A, **_: f("log_softmax", A, axis=0),
    "a sum down columns": lambda f, A, **_: f("sum", A, axis=0),
    "a number at its class": lambda f, s, k, **_: f("place", s, k, classes=3),
    "a sum at its class": lambda f, s, k, **_: f("place", s + 1, k, classes=3),
    "a guard": lambda f, s, x, **_: f("guard", f("greater", x, 0), x * s),
    "a difference on the right": lambda f, s, x, **_: s - (x - s),
    "a quotient below": lambda f, s, x, **_: s / (x / s),
    "a power of a power": lambda f, s, **_: (s**2) ** 3,
    "a power of what is negated": lambda f, s, **_: (-s) ** 2,
    "a minus of a power": lambda f, s, **_: -(s**2),
    "an exponent with a sum": lambda f, s, **_: s ** (s + 1),
    "a share that is no decimal": lambda f, x, **_: f("leaky_relu", x, slope=Fraction(1, 3)),
    "a share that is one": lambda f, x, **_: f("leaky_relu", x, slope=Fraction(1, 10)),
    "bounds": lambda f, x, **_: f("clip", x, low=Fraction(-1, 3), high=Fraction(1, 4)),
    "the reverse": lambda f, x, **_: f("index", x, key=((1, -1, -1),)),
    "one column": lambda f, A, **_: f("index", A, key=((0, 2, 1), 1)),
    "what comes after a transpose": lambda f, A, x, **_: f("matmul", f("transpose", A), x),
    "a transposed product": lambda f, A, B, **_: f("transpose", f("matmul", A, B)),
    "an outer product in a product": lambda f, A, x, **_: f("matmul", A, f("outer", x, x)),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_is_read_as_the_same(name: str) -> None:
    node, known, leaves = on(WRITTEN[name])
    names = {leaf.id: Sym(name, size=leaf.shape) for name, leaf in leaves.items()}
    printed = text(FromGraph(lambda each: names.get(each.id)).of(node))
    right = compute([node], known)[node.id]
    read = read_back(SOURCE, [("found", printed)])["found"]
    np.testing.assert_allclose(read, right, rtol=1e-14, err_msg=printed)


@pytest.mark.parametrize(("name", "written"), [("x", "x_{0}"), ("W_1", "W_{1}[0]")])
def test_an_element_of_what_has_an_index_keeps_brackets(name: str, written: str) -> None:
    node, _, leaves = on(lambda f, x, **_: f("index", x, key=(0,)))
    symbol = Sym(name, size=(2,))
    shown = latex(FromGraph(lambda each: symbol if each is leaves["x"] else None).of(node))
    assert shown == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (Fraction(1, 3), "1/3"),
        (Fraction(1, 10), "0.1"),
        (Fraction(2), "2"),
        (Fraction(1, 4), "0.25"),
    ],
)
def test_a_share_is_written_with_all_its_digits(share: Fraction, written: str) -> None:
    assert TABLE["leaky_relu"].notation.text("x", slope=share) == f"leaky_relu(x, {written})"
    assert Fraction(written) == share


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_a_comparison_is_the_same_in_all_forms(sign: str) -> None:
    op = {row.notation.sign: name for name, row in TABLE.items() if row.elementwise}[sign]
    row = TABLE[op]
    assert row.sympy is not None
    for a, b in ((1.0, 2.0), (2.0, 1.0), (2.0, 2.0), (-np.inf, np.inf), (np.inf, np.inf)):
        right = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}
        assert row.numpy(np.float64(a), np.float64(b)) == right[sign]
        if np.isfinite([a, b]).all():
            assert bool(row.sympy(sympy.Integer(int(a)), sympy.Integer(int(b)))) == right[sign]
        if row.branch is not None:
            assert row.branch(a, b) == (a > b) - (a < b)


def test_the_definition_that_texts_are_read_in_is_read() -> None:
    assert set(compile_text(SOURCE).names) == {*VALUES, "L"}

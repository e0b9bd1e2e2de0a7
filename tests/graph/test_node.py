"""Nodes and literals: operators, immutability, numbers kept exactly."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from fractions import Fraction
from textwrap import dedent
from typing import Any

import pytest

from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, literal
from backstep.ops import TABLE


def leaves() -> tuple[Node, Node]:
    graph = Graph(TABLE)
    return (
        graph.apply("leaf", name="a", role="input", shape=(2, 2)),
        graph.apply("leaf", name="b", role="input", shape=(2, 2)),
    )


OPERATORS: list[tuple[str, Callable[[Any, Any], Node]]] = [
    ("add", lambda a, b: a + b),
    ("subtract", lambda a, b: a - b),
    ("multiply", lambda a, b: a * b),
    ("divide", lambda a, b: a / b),
    ("power", lambda a, b: a**b),
    ("matmul", lambda a, b: a @ b),
]


@pytest.mark.parametrize(("op", "operator"), OPERATORS, ids=[op for op, _ in OPERATORS])
def test_an_operator_adds_its_operation(op: str, operator: Callable[[Any, Any], Node]) -> None:
    a, b = leaves()
    node = operator(a, b)
    assert (node.op, node.inputs, node.id) == (op, (a, b), 2)
    assert a.graph.nodes[-1] is node


@pytest.mark.parametrize("op", ["add", "subtract", "multiply", "divide"])
def test_a_number_on_either_side_is_a_literal_in_its_place(op: str) -> None:
    a, _ = leaves()
    operator = dict(OPERATORS)[op]
    right, left = operator(a, 2), operator(Fraction(1, 3), a)
    assert right.inputs == (a, Literal(Fraction(2)))
    assert left.inputs == (Literal(Fraction(1, 3)), a)
    assert right.nodes == left.nodes == (a,)


def test_signs_and_transposes() -> None:
    a, _ = leaves()
    assert ((-a).op, a.T.op) == ("negate", "transpose")


def test_what_is_no_number_is_no_operand() -> None:
    a, _ = leaves()
    with pytest.raises(TypeError, match="a node or a number, not str"):
        a + "1"  # type: ignore[operator]


def test_a_node_holds_what_it_was_made_with_and_nothing_else() -> None:
    a, _ = leaves()
    with pytest.raises(AttributeError):
        a.value = 1.0  # type: ignore[attr-defined]
    assert repr(a) == "n0:leaf(2, 2)"


def test_no_field_of_a_node_may_be_set_again() -> None:
    """The type checker refuses it, since each is final."""
    (made,) = ast.parse(dedent(inspect.getsource(Node.__init__))).body
    assert isinstance(made, ast.FunctionDef)
    found = [part for part in made.body if isinstance(part, ast.AnnAssign)]
    fields = [ast.unparse(part.target).removeprefix("self.") for part in found]
    assert sorted(fields) == sorted(Node.__slots__)
    assert {ast.unparse(part.annotation) for part in found} == {"Final"}


def test_a_literal_keeps_the_very_bits_of_a_float() -> None:
    assert float(literal(0.1)) == 0.1
    assert literal(0.1).value != Fraction(1, 10)
    assert float(literal(Fraction(1, 3))) == 1 / 3


@pytest.mark.parametrize(("power", "expected"), [(400, float("inf")), (-400, 0.0)])
def test_a_literal_past_the_floats_is_infinite_or_0(power: int, expected: float) -> None:
    assert float(literal(Fraction(10) ** power)) == expected
    assert float(literal(-(Fraction(10) ** power))) == -expected

"""Rows without inputs: the numbers they stand for, as floats and exactly."""

from __future__ import annotations

from fractions import Fraction
from math import pi
from typing import Any

import numpy as np
import pytest
import sympy

from backstep.graph.graph import Graph
from backstep.ops import TABLE
from backstep.ops.values import PI
from tests.ops.cases import evaluate

THIRD = Fraction(1, 3)
CASES: list[tuple[str, dict[str, Any], Any]] = [
    ("zeros", {"shape": (2, 3)}, np.zeros((2, 3))),
    ("zeros", {"shape": ()}, 0.0),
    ("zeros", {"shape": (0, 3)}, np.zeros((0, 3))),
    ("ones", {"shape": (4,)}, np.ones(4)),
    ("eye", {"n": 3}, np.eye(3)),
    ("arange", {"n": 4}, [0.0, 1.0, 2.0, 3.0]),
    ("arange", {"n": 0}, np.zeros(0)),
    ("linspace", {"low": Fraction(-1), "high": Fraction(1), "n": 5}, [-1, -0.5, 0, 0.5, 1]),
    ("linspace", {"low": Fraction(0), "high": Fraction(1), "n": 4}, [0, 1 / 3, 2 / 3, 1]),
    ("linspace", {"low": Fraction(3), "high": Fraction(9), "n": 1}, [3]),
    ("linspace", {"low": Fraction(3), "high": Fraction(9), "n": 0}, np.zeros(0)),
    ("array", {"values": (Fraction(1), THIRD)}, [1, 1 / 3]),
    ("array", {"values": ((Fraction(1), THIRD), (Fraction(2), Fraction(0)))}, [[1, 1 / 3], [2, 0]]),
    ("array", {"values": ()}, np.zeros(0)),
    ("array", {"values": (Fraction(10) ** 400, -(Fraction(10) ** 400))}, [np.inf, -np.inf]),
]


@pytest.mark.parametrize(("name", "params", "expected"), CASES)
def test_numbers(name: str, params: dict[str, Any], expected: Any) -> None:
    node = Graph(TABLE).apply(name, **params)
    (value,) = evaluate([node], {})
    assert value.shape == node.shape
    np.testing.assert_array_equal(value, np.asarray(expected, dtype=np.float64))


@pytest.mark.parametrize(("name", "params", "expected"), CASES)
def test_expressions_are_exact(name: str, params: dict[str, Any], expected: Any) -> None:
    form = TABLE[name].sympy
    assert form is not None
    exact = form(**params)
    assert np.shape(exact) == np.shape(expected)
    assert all(isinstance(each, sympy.Rational) for each in np.ravel(exact))


def test_a_third_stays_a_third() -> None:
    form = TABLE["linspace"].sympy
    assert form is not None
    assert list(form(low=Fraction(0), high=Fraction(1), n=4))[1] == sympy.Rational(1, 3)


def test_the_written_pi_is_the_closest_float() -> None:
    assert float(PI) == pi


def test_a_leaf_has_no_value_of_its_own() -> None:
    leaf = Graph(TABLE).apply("leaf", name="x", role="input", shape=())
    with pytest.raises(LookupError, match="outside the graph"):
        evaluate([leaf], {})

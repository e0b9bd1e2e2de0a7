"""Initial values: constants as written, draws from a stream of their own, the same everywhere."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from backstep.evaluate.initial import draw, evaluate_constant, fans, initial_values, replaced
from backstep.graph.graph import Graph
from backstep.graph.shape import Shape
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Draw
from backstep.ops import TABLE

MANY = (200, 100)


def drawn(distribution: str, *arguments: float, shape: Shape = MANY, seed: int = 0) -> np.ndarray:
    return draw(Draw(distribution, arguments, shape), seed, "W")


def test_written_values_are_those_of_the_text() -> None:
    values = initial_values(
        compile_text(
            "input x[3] = [1, 2/3, -1e-3]\n"
            "param W[2, 3] = [[1, 2, 3], [4, 5, 6]]\n"
            "param b[2] = [0.5, 0.5]\n"
            "const k = 2^10 / 3\n"
            "L = sum(W @ x + b) * k"
        )
    )
    np.testing.assert_array_equal(values["x"], [1, 2 / 3, -1e-3])
    np.testing.assert_array_equal(values["W"], [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(values["b"], [0.5, 0.5])
    assert values["k"] == 1024 / 3
    assert all(value.dtype == np.float64 for value in values.values())


def test_constant_expressions_are_evaluated_as_ieee_says() -> None:
    graph = Graph(TABLE)
    zero = graph.apply("zeros", shape=())
    assert np.isneginf(evaluate_constant(graph.apply("log", zero)))
    assert np.isnan(evaluate_constant(zero / zero))


def test_a_draw_is_the_same_in_every_run_and_on_every_machine() -> None:
    """The stream is PCG64 keyed by the seed and the name's bytes; its numbers are fixed."""
    stream = np.random.Generator(np.random.PCG64([7, *b"W"]))
    np.testing.assert_array_equal(
        drawn("normal", 0, 1, shape=(3,), seed=7), stream.normal(0, 1, (3,))
    )
    np.testing.assert_allclose(
        drawn("uniform", 0, 1, shape=(3,), seed=0),
        [0.5732898316193434, 0.2606650832945986, 0.09954083258075042],
        rtol=1e-15,
    )


def test_each_name_and_each_seed_has_a_stream_of_its_own() -> None:
    text = "{extra}param W[4] ~ normal(0, 1)\nparam V[4] ~ normal(0, 1)\nL = sum(W * V)"
    plain = initial_values(compile_text(text.format(extra="")))
    more = initial_values(compile_text(text.format(extra="param A[9] ~ he\n")))
    other = initial_values(compile_text(text.format(extra="seed 1\n")))
    np.testing.assert_array_equal(plain["W"], more["W"])
    assert not (plain["W"] == plain["V"]).any()
    assert not (plain["W"] == other["W"]).any()


def test_normal_and_uniform_have_their_moments() -> None:
    values = drawn("normal", 3, 0.5)
    assert values.mean() == pytest.approx(3, abs=0.02)
    assert values.std() == pytest.approx(0.5, rel=0.02)
    values = drawn("uniform", -2, 4)
    assert values.min() >= -2
    assert values.max() < 4
    assert values.mean() == pytest.approx(1, abs=0.05)


def test_xavier_is_uniform_within_its_bound() -> None:
    values, bound = drawn("xavier"), sqrt(6 / (100 + 200))
    assert np.abs(values).max() <= bound
    assert values.var() == pytest.approx(bound**2 / 3, rel=0.03)


def test_he_is_normal_with_the_variance_of_its_fan_in() -> None:
    assert drawn("he").var() == pytest.approx(2 / 100, rel=0.03)


@pytest.mark.parametrize(("distribution", "value"), [("zeros", 0.0), ("ones", 1.0)])
def test_all_alike(distribution: str, value: float) -> None:
    assert (drawn(distribution) == value).all()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((5,), (5, 1)),
        ((3, 4), (4, 3)),
        ((8, 3, 5, 5), (75, 200)),
        ((0, 4), (4, 1)),
        ((4, 0), (1, 4)),
    ],
)
def test_fans(shape: Shape, expected: tuple[int, int]) -> None:
    assert fans(shape) == expected


def test_given_values_stand_in_place_of_the_written_ones() -> None:
    definition = compile_text("param w = 1\nparam b = 2\nL = w*b")
    values = replaced(definition, {"w": np.array(5.0)})
    assert [float(values[name]) for name in "wb"] == [5.0, 2.0]


def test_a_bound_of_a_distribution_is_exact_until_it_is_drawn() -> None:
    exactly = draw(Draw("uniform", (Fraction(1, 3), Fraction(1, 3)), (4,)), 0, "x")
    np.testing.assert_array_equal(exactly, np.full(4, 1 / 3))

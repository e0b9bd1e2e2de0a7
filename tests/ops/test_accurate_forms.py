"""Slopes far out, relative to themselves: a slope of 1e-17 is to have its digits, and not be 0."""

from __future__ import annotations

from functools import partial
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.numeric import compute
from backstep.evaluate.straight_line import StraightLineProgram
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.ops import TABLE
from tests.ops.test_accuracy import BETWEEN, ELEMENTWISE, inside, reference, ulps

FAR = (1e-8, 0.3, 3.0, 8.3, 12.0, 19.06, 25.0, 36.8, 40.0, 300.0, 700.0)
ONE_INPUT = [name for name in ELEMENTWISE if TABLE[name].arity == (1, 1)]
TWO_INPUTS = [name for name in ELEMENTWISE if TABLE[name].arity == (2, 2)]


def slope(name: str, points: list[tuple[float, ...]]) -> list[tuple[Any, ...]]:
    """Of each input: by points the slope found by both evaluators, and the right one."""
    row = TABLE[name]
    assert row.sympy is not None
    params = row.samples[0].params
    symbols = sympy.symbols(f"x:{row.arity[0]}", real=True)
    written = partial(row.sympy, **params)(*symbols)
    if not isinstance(written, sympy.Expr):
        return []
    graph = Graph(TABLE)
    leaves = [graph.apply("leaf", name=str(s), role="input", shape=()) for s in symbols]
    back = differentiate(graph.apply(name, *leaves, **params))
    found = []
    for leaf, symbol in zip(leaves, symbols, strict=True):
        adjoint = back.adjoints.get(leaf.id)
        if adjoint is None:
            continue
        exact = sympy.lambdify(symbols, sympy.diff(written, symbol), "sympy")
        run = StraightLineProgram([adjoint], leaves)
        for point in points:
            known = {each.id: np.array(at) for each, at in zip(leaves, point, strict=True)}
            straight = float(run.run(known)[0])
            value = float(compute([adjoint], known)[adjoint.id])
            found.append((point, value, straight, reference(exact, *point)))
    return found


@pytest.mark.parametrize("name", ONE_INPUT)
def test_slopes_keep_their_digits_in_both_tails(name: str) -> None:
    low, _ = TABLE[name].samples[0].domain[0] if TABLE[name].samples[0].domain else (-2, 2)
    far = [*FAR, *(-at for at in FAR if low < 0)]
    points: list[tuple[float, ...]] = [(at,) for at in far if name not in BETWEEN or abs(at) < 1]
    for point, found, straight, right in slope(name, points):
        assert found == straight or np.isnan(found)
        assert ulps(found, right) <= 8, f"{name}{point} has slope {found!r}, not {right}"


@pytest.mark.parametrize("name", sorted(BETWEEN))
def test_slopes_keep_their_digits_beside_the_end_of_their_domain(name: str) -> None:
    ends = [side * (1 - near) for near in (1e-6, 1e-10, 1e-14) for side in (1, -1)]
    for point, found, _, right in slope(name, [(at,) for at in ends]):
        assert ulps(found, right) <= 8, f"{name}{point} has slope {found!r}, not {right}"


@pytest.mark.parametrize("name", TWO_INPUTS)
def test_slopes_of_two_inputs_are_right_relative_to_themselves(name: str) -> None:
    row = TABLE[name]
    points = [tuple(point) for point in inside(row, 12)]
    for point, found, straight, right in slope(name, points):
        assert found == straight
        assert ulps(found, right) <= 8, f"{name}{point} has slope {found!r}, not {right}"


SCORES = [
    [40.0, 0.0],
    [-40.0, 0.0, 3.0],
    [800.0, 0.0],
    [0.0, 36.8, 36.8],
    [1.0, 2.0, 3.0],
    [50.0, 0.0, -50.0, 12.0],
]


def shares(scores: list[float]) -> list[Any]:
    weights = [mpmath.exp(mpmath.mpf(each) - max(scores)) for each in scores]
    return [weight / mpmath.fsum(weights) for weight in weights]


def gradient(loss: Node, leaf: Node, at: np.ndarray[Any, Any]) -> Any:
    adjoint = differentiate(loss).adjoints[leaf.id]
    assert adjoint is not None
    return np.asarray(compute([adjoint], {leaf.id: at})[adjoint.id])


def close(found: float, right: Any) -> bool:
    # e^(x − max) turns the last digit of x − max into as many of its own.
    return bool(abs(found - right) <= 1e-13 * abs(right) + 5e-324)


def graph_of(shape: tuple[int, ...]) -> tuple[Graph, Node]:
    graph = Graph(TABLE)
    return graph, graph.apply("leaf", name="s", role="param", shape=shape)


@pytest.mark.parametrize("scores", SCORES)
@pytest.mark.parametrize("label", [0, 1])
def test_a_class_nearly_sure_keeps_its_partial(scores: list[float], label: int) -> None:
    graph, leaf = graph_of((len(scores),))
    log_p = graph.apply("log_softmax", leaf, axis=-1)
    chosen = graph.apply("index", log_p, key=(label,))
    found = gradient(-chosen, leaf, np.array(scores))
    with mpmath.workdps(500):
        p = shares(scores)
        for place, each in enumerate(found):
            others = mpmath.fsum(q for k, q in enumerate(p) if k != place)
            assert close(each, -others if place == label else p[place])


@pytest.mark.parametrize("axis", [0, -1])
def test_soft_labels_in_batches_along_either_axis(axis: int) -> None:
    values = np.array([[40.0, 0.0, 1.0], [0.0, 37.5, -2.0], [3.0, 2.0, 80.0]])
    labels = np.array([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]])
    graph, leaf = graph_of(values.shape)
    log_p = graph.apply("log_softmax", leaf, axis=axis)
    y = graph.apply("leaf", name="y", role="target", shape=values.shape)
    adjoint = differentiate(graph.apply("sum", y * log_p)).adjoints[leaf.id]
    assert adjoint is not None
    found = compute([adjoint], {leaf.id: values, y.id: labels})[adjoint.id]
    lines = [(values, labels, found)] if axis else [(values.T, labels.T, found.T)]
    with mpmath.workdps(200):
        for scores, ys, slopes in zip(*lines[0], strict=True):
            p = shares([float(each) for each in scores])
            total = mpmath.fsum(map(mpmath.mpf, ys))
            for place, each in enumerate(slopes):
                rest = mpmath.fsum(q for k, q in enumerate(p) if k != place)
                others = total - mpmath.mpf(ys[place])
                right = mpmath.mpf(ys[place]) * rest - p[place] * others
                assert abs(each - right) <= 1e-12 * abs(right) + 1e-300


@pytest.mark.parametrize("scores", SCORES)
def test_the_jacobian_of_softmax_keeps_its_digits(scores: list[float]) -> None:
    for row in range(len(scores)):
        graph, leaf = graph_of((len(scores),))
        p = graph.apply("softmax", leaf, axis=-1)
        found = gradient(graph.apply("index", p, key=(row,)), leaf, np.array(scores))
        with mpmath.workdps(500):
            q = shares(scores)
            for place, each in enumerate(found):
                others = mpmath.fsum(s for k, s in enumerate(q) if k != place)
                right = q[row] * others if place == row else -q[row] * q[place]
                assert close(each, right)


@pytest.mark.parametrize("op", ["sigmoid", "tanh"])
@pytest.mark.parametrize("x", [-40.0, -25.0, 25.0, 36.8, 300.0])
def test_second_derivatives_keep_theirs(op: str, x: float) -> None:
    graph, leaf = graph_of(())
    first = differentiate(graph.apply(op, leaf)).adjoints[leaf.id]
    assert first is not None
    second = differentiate(first).adjoints[leaf.id]
    assert second is not None
    found = float(compute([second], {leaf.id: np.array(x)})[second.id])
    at = sympy.Symbol("x", real=True)
    form = TABLE[op].sympy
    assert form is not None
    right = reference(sympy.lambdify(at, sympy.diff(form(at), at, 2), "sympy"), x)
    assert ulps(found, right) <= 16


def test_what_is_typed_is_worked_out_as_it_is_typed() -> None:
    graph, leaf = graph_of(())
    typed = 1 - graph.apply("sigmoid", leaf)
    differentiate(typed * typed)
    known = {leaf.id: np.array(40.0)}
    assert compute([typed], known)[typed.id] == 0.0


@pytest.mark.parametrize("weights", [[np.inf, 0.0], [-np.inf, 1.0], [np.nan, 0.0]])
def test_an_infinite_partial_goes_the_plain_way(weights: list[float]) -> None:
    graph, leaf = graph_of((2,))
    w = graph.apply("leaf", name="w", role="input", shape=(2,))
    loss = graph.apply("sum", w * graph.apply("log_softmax", leaf, axis=-1))
    adjoint = differentiate(loss).adjoints[leaf.id]
    assert adjoint is not None
    g = np.array(weights)
    found = compute([adjoint], {leaf.id: np.zeros(2), w.id: g})[adjoint.id]
    with np.errstate(all="ignore"):
        assert np.array_equal(found, g - 0.5 * np.sum(g), equal_nan=True)


def test_infinite_scores_go_the_plain_way() -> None:
    graph, leaf = graph_of((2,))
    loss = -graph.apply("index", graph.apply("log_softmax", leaf, axis=-1), key=(0,))
    found = gradient(loss, leaf, np.array([0.0, -np.inf]))
    assert list(found) == [0.0, 0.0]


@pytest.mark.parametrize(
    "name", ["softmax", "log_softmax", "sigmoid", "tanh", "normal_cdf", "gelu"]
)
def test_where_there_is_no_element_there_is_no_slope(name: str) -> None:
    graph = Graph(TABLE)
    x = graph.apply("leaf", name="x", role="param", shape=(0,))
    back = differentiate(graph.apply("sum", graph.apply("square", graph.apply(name, x))))
    adjoint = back.adjoints[x.id]
    assert adjoint is not None
    known: dict[int, Any] = {x.id: np.zeros(0)}
    assert np.shape(compute([adjoint], known)[adjoint.id]) == (0,)
    (straight,) = StraightLineProgram([adjoint], [x]).run({x.id: np.zeros(0)})
    assert np.shape(straight) == (0,)

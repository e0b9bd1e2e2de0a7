"""Functions made of rows: softmax with a temperature, the cross entropy, small forms of others."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import FUNCTIONS, TABLE
from backstep.ops.row import Array
from tests.ops.cases import evaluate

RANDOM = np.random.default_rng(3)


def called(name: str, *given: Any, **keywords: Any) -> tuple[Node, Array]:
    """The function called on arrays (leaves) and on whole numbers; its node and its value."""
    graph, known = Graph(TABLE), {}
    arguments = []
    for value in given:
        if isinstance(value, np.ndarray):
            leaf = graph.apply("leaf", name="x", role="input", shape=value.shape)
            known[leaf.id] = value
            value = leaf
        arguments.append(value)
    node = FUNCTIONS[name].build(graph.apply, *arguments, **keywords)
    assert isinstance(node, Node)
    return node, evaluate([node], known)[0]


def log_probabilities(logits: Array) -> Array:
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)))


@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_a_temperature_divides_the_logits(shape: Shape) -> None:
    x = RANDOM.normal(size=shape)
    _, hot = called("softmax", x, temperature=4)
    np.testing.assert_allclose(hot, np.exp(log_probabilities(x / 4)), rtol=1e-14)


def test_a_temperature_of_1_is_no_operation() -> None:
    node, _ = called("softmax", np.zeros(3))
    assert [each.op for each in node.graph.nodes] == ["leaf", "softmax"]


def test_the_axis_of_softmax() -> None:
    x = RANDOM.normal(size=(2, 3))
    _, columns = called("softmax", x, axis=0)
    np.testing.assert_allclose(columns.sum(axis=0), np.ones(3), rtol=1e-15)


def test_cross_entropy_of_a_class() -> None:
    logits = RANDOM.normal(size=4)
    _, loss = called("cross_entropy", logits, np.array(2.0))
    assert loss == pytest.approx(-log_probabilities(logits)[2], rel=1e-14)


def test_cross_entropy_of_a_batch_is_the_mean_over_its_rows() -> None:
    logits = RANDOM.normal(size=(5, 3))
    classes = np.array([0.0, 2.0, 1.0, 1.0, 0.0])
    _, loss = called("cross_entropy", logits, classes)
    rows = -log_probabilities(logits)[np.arange(5), classes.astype(int)]
    assert loss == pytest.approx(rows.mean(), rel=1e-14)


@pytest.mark.parametrize("shape", [(3,), (4, 3)])
def test_cross_entropy_of_a_distribution(shape: Shape) -> None:
    logits, y = RANDOM.normal(size=shape), RANDOM.dirichlet(np.ones(3), size=shape[:-1])
    _, loss = called("cross_entropy", logits, y)
    expected = -(y * log_probabilities(logits)).sum(axis=-1).mean()
    assert loss == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(
    ("logits", "y", "says"),
    [
        ((), (), "a vector of logits, or rows of them, not a scalar"),
        ((2, 3, 4), (2, 3), "not 2×3×4"),
        ((3,), (2,), r"one class number a row \(a scalar\) or a distribution \(3\), not 2"),
        ((2, 3), (3,), r"one class number a row \(2\) or a distribution \(2×3\), not 3"),
    ],
)
def test_cross_entropy_says_what_it_needs(logits: Shape, y: Shape, says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        called("cross_entropy", np.zeros(logits), np.zeros(y))


def test_flatten_keeps_no_axis_but_one() -> None:
    x = RANDOM.normal(size=(2, 3, 2))
    node, value = called("flatten", x)
    assert node.shape == (12,)
    np.testing.assert_array_equal(value, x.ravel())
    assert called("flatten", np.array(5.0))[1].shape == (1,)


def test_transpose_needs_an_axis() -> None:
    with pytest.raises(ShapeError, match="a vector or a matrix, not a scalar"):
        called("transpose", np.array(1.0))


@pytest.mark.parametrize(("name", "expected"), [("max", 2.0), ("min", 1.0)])
def test_max_and_min_of_two(name: str, expected: float) -> None:
    node, value = called(name, np.array(1.0), np.array(2.0))
    assert value == expected
    assert node.op == f"{name}imum"


def test_lists_and_shapes() -> None:
    a, b = RANDOM.normal(size=2), RANDOM.normal(size=2)
    np.testing.assert_array_equal(called("concat", a, b)[1], np.concatenate([a, b]))
    np.testing.assert_array_equal(called("stack", a, b, axis=1)[1], np.stack([a, b], axis=1))
    np.testing.assert_array_equal(called("reshape", a, 2, 1)[1], a.reshape(2, 1))
    np.testing.assert_array_equal(called("sum", np.eye(3), axis=0)[1], np.ones(3))


@pytest.mark.parametrize("p", [Fraction(1), Fraction(3), Fraction(1, 2), "inf"])
def test_norms_of_nothing_but_0_have_no_slope(p: Any) -> None:
    graph = Graph(TABLE)
    leaf = graph.apply("leaf", name="x", role="input", shape=(2,))
    node = FUNCTIONS["norm"].build(graph.apply, leaf, p=p)
    adjoint = differentiate(node).adjoints[leaf.id]
    assert adjoint is not None
    value, partial = evaluate([node, adjoint], {leaf.id: np.zeros(2)})
    assert value == 0
    assert (partial == 0).all()


@pytest.mark.parametrize(
    ("shape", "axis", "kept", "left"),
    [
        ((2, 3, 4), (0, 2), False, (3,)),
        ((2, 3, 4), (2, 0), True, (1, 3, 1)),
        ((2, 3, 4), (-1, -2), False, (2,)),
        ((2, 3, 4), (0, 1, 2), True, (1, 1, 1)),
        ((2, 3, 4), None, True, (1, 1, 1)),
        ((3,), (0,), False, ()),
        ((2, 3), 1, True, (2, 1)),
    ],
)
@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var", "std"])
def test_reductions_over_several_axes(
    name: str, shape: Shape, axis: Any, kept: bool, left: Shape
) -> None:
    x = RANDOM.normal(size=shape)
    node, found = called(name, x, axis=axis, keepdims=kept)
    assert node.shape == left
    np.testing.assert_allclose(found, getattr(np, name)(x, axis=axis, keepdims=kept), rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "shapes", "options", "says"),
    [
        ("sum", ((2, 3),), {"axis": (0, 0)}, "named twice"),
        ("sum", ((2, 3),), {"axis": (0, 2)}, "axis"),
        ("var", ((1,),), {"ddof": 1}, "needs more elements"),
        ("norm", ((2,),), {"p": Fraction(-1)}, "above 0"),
        ("trace", ((2, 3),), {}, "square"),
        ("solve", ((2, 2), (3,)), {}, "2 rows"),
        ("det", ((2, 2, 2),), {}, "square"),
        ("kron", ((2,), (2, 2)), {}, "two vectors or two matrices"),
        ("cosine_similarity", ((2,), (3,)), {}, "one shape"),
        ("triplet", ((2,), (2,), (3,)), {}, "one shape"),
        ("cross_entropy", ((2, 3), (2, 3)), {"ignore": 1}, "distribution"),
        ("cross_entropy", ((2, 3), (2,)), {"label_smoothing": Fraction(2)}, "from 0 to 1"),
        ("group_norm", ((2, 3),), {"groups": 2}, "3 channels into 2"),
        ("multi_head_attention", ((2, 3),), {"heads": 2}, "width of 3 by 2"),
        ("conv_transpose2d", ((2, 3),), {}, "channels, height, width"),
    ],
)
def test_what_does_not_fit_is_said(
    name: str, shapes: tuple[Shape, ...], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(ShapeError, match=says):
        called(name, *(np.ones(shape) for shape in shapes), **options)


@pytest.mark.parametrize(
    ("shape", "asked", "made"), [((6,), (2, -1), (2, 3)), ((2, 3), (-1,), (6,))]
)
def test_one_size_is_found_from_the_others(shape: Shape, asked: Shape, made: Shape) -> None:
    node, _ = called("reshape", np.ones(shape), *asked)
    assert node.shape == made


@pytest.mark.parametrize("asked", [(4, -1), (-1, -1), (0, -1)])
def test_a_size_that_cannot_be_found_is_said(asked: Shape) -> None:
    with pytest.raises(ShapeError, match="one size is found from the others"):
        called("reshape", np.ones(6), *asked)

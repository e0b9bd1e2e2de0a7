"""Many points at once: each is what it is alone, and what is no list of points is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import backstep
from backstep.errors import LimitError, ValuesError
from backstep.examples import EXAMPLES
from tests.binding.test_compiled import CLASSES, NEURON

RANDOM = np.random.default_rng(5)


def hold(text: str, points: dict[str, Any]) -> None:
    f = backstep.Network(text).compile()
    losses, gradients = f.points(points)
    for number, loss in enumerate(losses):
        alone, partials = f({name: each[number] for name, each in points.items()})
        assert loss == pytest.approx(alone, rel=1e-12, nan_ok=True)
        for name, partial in partials.items():
            np.testing.assert_allclose(gradients[name][number], partial, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(
    "points",
    [
        {"w": [0.1, 0.7, -3]},
        {"w": np.linspace(-1, 1, 7), "x": np.arange(7), "y": [0, 1] * 3 + [0]},
        {"b": [0.5]},
        {"x": [1e300, np.inf, np.nan, 0.0, 1.0]},
    ],
)
def test_scalars(points: dict[str, Any]) -> None:
    hold(NEURON, points)


@pytest.mark.parametrize(
    "points",
    [
        {"X": RANDOM.normal(size=(5, 3, 2))},
        {"k": [[0, 1, 2]] * 4, "h.W": RANDOM.normal(size=(4, 4, 2))},
        {"s.b": RANDOM.normal(size=(1, 3))},
    ],
)
def test_arrays(points: dict[str, Any]) -> None:
    hold(CLASSES, points)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_every_example(example: Any) -> None:
    net = backstep.Network(example.source)
    leaves = [leaf for leaf in net._bound().definition.leaves if leaf.role == "param"]
    values = net._bound().leaves
    points = {
        leaf.name: values[leaf.name] * RANDOM.uniform(0.8, 1.2, (3, *leaf.node.shape))
        for leaf in leaves
    }
    if points:
        hold(example.source, points)


def test_more_points_than_are_worked_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backstep.binding.points._ELEMENTS", 150)
    hold(NEURON, {"w": RANDOM.normal(size=23)})
    monkeypatch.setattr("backstep.binding.points._ELEMENTS", 1)
    hold(CLASSES, {"X": RANDOM.normal(size=(3, 3, 2))})


def test_the_loss_and_gradients_have_the_points_before_their_own_axes() -> None:
    losses, gradients = backstep.Network(CLASSES).compile().points(X=np.ones((2, 3, 2)))
    assert losses.shape == (2,)
    assert gradients["h.W"].shape == (2, 4, 2)


def test_no_points_are_answered_by_none() -> None:
    losses, gradients = backstep.Network(NEURON).compile().points(w=[])
    assert (losses.shape, gradients["w"].shape) == ((0,), (0,))


@pytest.mark.parametrize(
    ("points", "code", "pointer"),
    [
        ({}, "no_points", "/points"),
        ({"w": 1.0}, "value_shape", "/points/w"),
        ({"w": [[1.0]]}, "value_shape", "/points/w"),
        ({"w": ["x"]}, "bad_value", "/points/w"),
        ({"v": [1.0]}, "unknown_value", "/points/v"),
        ({"w": [1, 2], "b": [1]}, "point_counts", "/points"),
    ],
)
def test_what_is_no_list_of_points_is_refused(
    points: dict[str, Any], code: str, pointer: str
) -> None:
    with pytest.raises(ValuesError) as caught:
        backstep.Network(NEURON).compile().points(points)
    assert (caught.value.faults[0].code, caught.value.faults[0].pointer) == (code, pointer)


@pytest.mark.parametrize("k", [[[0, 1, 3]], [[0, 1, 0.5]]])
def test_a_class_number_that_is_none_is_refused(k: Any) -> None:
    with pytest.raises(ValuesError, match="class number"):
        backstep.Network(CLASSES).compile().points(k=k)


def test_too_many_points_are_refused_before_they_are_worked_out() -> None:
    f = backstep.Network("param w[1000] ~ normal(0, 1)\nL = sum(w^2)").compile()
    with pytest.raises(LimitError):
        f.points(w=np.broadcast_to(1.0, (20_000, 1000)))

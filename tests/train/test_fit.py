"""The picture of what is learned: which node is the prediction, its values, where labels part."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.evaluate.initial import initial_values
from backstep.lang.compile.compiler import compile_text
from backstep.train.examples import Examples, rows_of
from backstep.train.fit import CURVE_POINTS, REGION_SIDE, Fit, fit
from backstep.train.prediction import prediction

CLOUDS = (
    "input X = [[0, 1], [2, -1], [1, 1], [-1, 0.5]]\ntarget y = {labels}\n"
    "param w = [1.5, -0.5]\nparam b = 0.25\nz = X @ w + b\n"
)


def made(source: str) -> tuple[Fit | None, str | None]:
    definition = compile_text(source)
    values = initial_values(definition)
    rows = rows_of(definition)
    fed = [leaf.name for leaf in definition.leaves if leaf.role in ("input", "target")]
    data = {name: values[name] for name in fed} if rows else {}
    return fit(definition, values, Examples(data, values, rows or 1, bool(rows), 1, True, 0))


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ("L = mse(z, y)", "z"),
        ("p = sigmoid(z)\nL = bce(p, y)", "p"),
        ("p = sigmoid(z)\nL = -mean(y*log(p) + (1 - y)*log(1 - p)) + 0.1*sum(w^2)", "p"),
        ("L = bce_with_logits(z, y)", "z"),
        ("l = (z - y)^2\nR = sum(abs(w))\nL = mean(l) + R", "z"),
        ("L = mean((tanh(z) - y)^2)", None),
    ],
)
def test_the_prediction_is_what_meets_the_target(lines: str, name: str | None) -> None:
    definition = compile_text(CLOUDS.format(labels=[0, 1, 1, 0]) + lines)
    found = prediction(definition, 4)
    assert found is not None
    if name is None:
        assert found.op == "tanh"
    else:
        assert found is definition.names[name][-1].node


@pytest.mark.parametrize(
    ("labels", "lines", "threshold"),
    [
        ([0, 1, 1, 0], "L = mse(z, y)", 0.5),
        ([-1, 1, 1, -1], "L = mse(z, y)", 0.0),
        ([2, 7, 7, 2], "L = mse(z, y)", 4.5),
        ([0, 1, 1, 0], "p = sigmoid(z)\nL = bce(p, y)", 0.5),
        ([0, 1, 1, 0], "L = bce_with_logits(z, y)", 0.0),
        ([-1, 1, 1, -1], "L = mean(relu(1 - y*z))", 0.0),
        ([0.5, 1, 2, 3], "L = mse(z, y)", None),
    ],
)
def test_labels_part_where_both_cost_as_much(
    labels: list[float], lines: str, threshold: float | None
) -> None:
    found, _ = made(CLOUDS.format(labels=labels) + lines)
    assert found is not None
    assert found.threshold == (None if threshold is None else pytest.approx(threshold, abs=1e-9))


def test_a_region_is_the_prediction_over_a_grid() -> None:
    found, _ = made(CLOUDS.format(labels=[0, 1, 1, 0]) + "p = sigmoid(z)\nL = bce(p, y)")
    assert found is not None
    assert found.kind == "region"
    across, up = (axis.ticks for axis in found.axes)
    assert (len(across), len(up)) == (REGION_SIDE, REGION_SIDE)
    assert across[0] < -1
    assert across[-1] > 2
    vector = np.array([2.0, 0.5, -1.0])
    expected = 1 / (1 + np.exp(-(2 * across[None, :] + 0.5 * up[:, None] - 1)))
    assert found.values(vector) == pytest.approx(expected, rel=1e-12)


def test_two_inputs_are_the_two_axes_of_a_region() -> None:
    found, _ = made(
        "input a = [0, 1, 2]\ninput b = [5, -5, 1]\ntarget y = [1, 2, 3]\nparam w = 1\n"
        "p = w*a*a + b\nL = mse(p, y)"
    )
    assert found is not None
    assert [axis.name for axis in found.axes] == ["a", "b"]
    across, up = (axis.ticks for axis in found.axes)
    expected = 2 * across[None, :] ** 2 + up[:, None]
    assert found.values(np.array([2.0])) == pytest.approx(expected, rel=1e-12)


def test_of_many_examples_some_are_shown_each_with_its_target() -> None:
    found, _ = made(
        "input x = linspace(0, 1, 1001)\ntarget y = linspace(0, 3, 1001)\nparam w = 1\n"
        "p = w*x\nL = mse(p, y)"
    )
    assert found is not None
    assert found.shown.targets is not None
    assert 300 < len(found.shown.points) <= 400
    assert found.shown.targets == pytest.approx(3 * found.shown.points[:, 0])


@pytest.mark.parametrize("batch", [True, False])
def test_a_curve_is_the_prediction_over_the_line(batch: bool) -> None:
    data = "input x = [0, 2]\ntarget y = [1, 3]\n" if batch else "input x = 2\ntarget y = 3\n"
    found, _ = made(data + "param w = 1\nparam b = 0\np = tanh(w*x + b)\nL = mean((p - y)^2)")
    assert found is not None
    assert (found.kind, found.threshold) == ("curve", None)
    (axis,) = found.axes
    assert len(axis.ticks) == CURVE_POINTS
    expected = np.tanh(0.5 * axis.ticks + 0.1)
    assert found.values(np.array([0.5, 0.1])) == pytest.approx(expected, rel=1e-12)
    assert found.shown.targets is not None
    assert found.shown.targets.tolist() == ([1.0, 3.0] if batch else [3.0])


def test_a_text_that_is_given_single_examples_is_for_one() -> None:
    source = "input x = [1, 2]\ntarget y = [0, 1]\nparam w = 1\np = w*x\nL = mse(p, y)"
    definition = compile_text(source)
    values = initial_values(definition)
    data = {"x": np.ones((5, 2)), "y": np.zeros((5, 2))}
    found, why = fit(definition, values, Examples(data, values, 5, False, 5, True, 0))
    assert found is not None
    assert why is None
    assert (found.kind, found.classes) == ("region", 2)
    alone, _ = made(source)
    assert alone is not None
    assert alone.kind == "curve"


def test_scores_of_classes_are_shown_by_the_largest() -> None:
    found, _ = made(
        "input X = [[0, 1], [2, -1], [1, 1]]\ntarget k = [0, 1, 2]\n"
        "param W = [[1, 0], [0, 1], [-1, -1]]\ns = X @ W.T\nL = cross_entropy(s, k)"
    )
    assert found is not None
    assert found.classes == 3
    across, up = (axis.ticks for axis in found.axes)
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    scores = grid @ np.array([[1.0, 0, -1], [0, 1, -1]])
    vector = np.array([1.0, 0, 0, 1, -1, -1])
    assert np.array_equal(found.values(vector), np.argmax(scores, axis=-1))


@pytest.mark.parametrize(("beside", "right"), [(0.001, 4), (-0.001, 3), (np.nan, 0)])
def test_examples_are_judged_where_they_are(beside: float, right: int) -> None:
    # Two lie much nearer to the line than the grid's places to each other.
    found, _ = made(
        "input X = [[0, 0], [0.002, 0], [-90, 5], [90, 5]]\ntarget y = [0, 1, 0, 1]\n"
        "param w = [1, 0]\nparam b = 0\nz = X @ w - b\nL = bce_with_logits(z, y)"
    )
    assert found is not None
    assert found.right(np.array([1.0, 0.0, beside])) == right


@pytest.mark.parametrize(("spread", "right"), [(1.0, 3), (0.0, 1)])
def test_examples_of_classes_are_judged_by_the_largest_score(spread: float, right: int) -> None:
    found, _ = made(
        "input X = [[0, 1], [1, 0], [-1, -1]]\ntarget k = [1, 0, 2]\n"
        "param W = [[1, 0], [0, 1], [-1, -1]]\ns = X @ W.T\nL = cross_entropy(s, k)"
    )
    assert found is not None
    assert found.right(spread * np.array([1.0, 0, 0, 1, -1, -1])) == right


@pytest.mark.parametrize("labels", ["[0.5, 1, 2, 3]", "[1, 1, 1, 1]"])
def test_examples_without_two_labels_are_not_judged(labels: str) -> None:
    found, _ = made(CLOUDS.format(labels=labels) + "L = mse(z, y)")
    assert found is not None
    assert found.right(np.array([1.0, 0.0, 0.0])) is None


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("param w = 1\nL = w^2", "no value of the definition is a prediction"),
        ("input x = [1, 2, 3]\ntarget y = 1\nparam w[3] ~ ones\nL = (dot(w, x) - y)^2", "3 inputs"),
        ("input x = 1\ntarget y = [1, 2]\nparam w = [1, 1]\np = w*x\nL = mse(p, y)", "2 numbers"),
        (
            "input X = [[1, 2], [2, -1], [4, 0.5]]\ntarget y = [1, 2, 3]\nparam g = [1, 1]\n"
            "param b = [0, 0]\nh = batch_norm(X, g, b)\np = sum(h, axis=1)\nL = mse(p, y)",
            "depends on the others",
        ),
    ],
)
def test_where_there_is_no_picture_it_is_said_why(source: str, why: str) -> None:
    found, said = made(source)
    assert found is None
    assert said is not None
    assert why in said

"""The lectures' systems with units and layers, each against the formula of the notes in NumPy."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.examples import EXAMPLES
from tests.asking import CALLS

SOURCES = {example.id: example.source for example in EXAMPLES}
PUBLISHED = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "data" / "published.json").read_text())
}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(z: Any) -> Any:
    weights = np.exp(z - z.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def numbers(source: str, **values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and partials, as arrays."""
    answer = CALLS["evaluate"]({"source": source, "values": values})
    return (
        {name: np.array(value) for name, value in answer["values"].items()},
        {name: np.array(value) for name, value in answer["partials"].items()},
    )


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# S3: sign and step units.


@pytest.mark.parametrize(("x1", "x2"), [(-1, -1), (-1, 1), (1, -1), (1, 1)])
@pytest.mark.parametrize(("b", "says"), [(0.5, max), (-0.5, min)], ids=["OR", "AND"])
def test_a_perceptron_is_exact_and_its_gradient_is_0(x1: int, x2: int, b: float, says: Any) -> None:
    v, d = numbers(SOURCES["perceptron"], x=[x1, x2], b=b)
    assert v["p"] == says(x1, x2)
    close(v["L"], (v["y"] - v["p"]) ** 2 / 2)
    for name in ("w", "b", "x", "z"):
        assert not d[name].any()


def test_the_perceptron_errs_and_is_told_why_nothing_moves() -> None:
    answer = CALLS["evaluate"]({"source": SOURCES["perceptron"]})
    assert answer["loss"]["value"] == 2
    (warning,) = answer["warnings"]
    assert "gradient descent cannot train through it" in warning["message"]


@pytest.mark.parametrize("c", [-0.5, 0.5])
def test_xor_by_steps(c: float) -> None:
    v, d = numbers(SOURCES["xor"], c=c)
    hidden = (v["X"] @ v["W"].T + v["b"] > 0).astype(float)
    close(v["h"], hidden)
    close(v["p"], (hidden @ v["w"] + c > 0).astype(float))
    if c == -0.5:
        close(v["p"], [a != b for a, b in v["X"]])
        assert v["L"] == 0
    else:
        assert v["L"] == 0.5
    for name in ("W", "b", "w", "c"):
        assert not d[name].any()


# S9: activations and their slopes.

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805


def units(z: float) -> dict[str, tuple[float, float]]:
    from math import erf, exp, pi, sqrt

    s, t, phi = sigmoid(z), np.tanh(z), (1 + erf(z / sqrt(2))) / 2
    up = z > 0
    return {
        "line": (z, 1),
        "jump": (np.sign(z), 0),
        "s": (s, s * (1 - s)),
        "t": (t, 1 - t**2),
        "r": (max(z, 0), float(up)),
        "h": (min(max(z, -1), 1), float(abs(z) < 1)),
        "leaky": (z if up else 0.1 * z, 1 if up else 0.1),
        "e": (z if up else exp(z) - 1, 1 if up else exp(z)),
        "scaled": (
            SCALE * (z if up else ALPHA * (exp(z) - 1)),
            SCALE * (1 if up else ALPHA * exp(z)),
        ),
        "g": (z * phi, phi + z * exp(-z * z / 2) / sqrt(2 * pi)),
        "swish": (z * s, s + z * s * (1 - s)),
        "plus": (np.log(1 + exp(z)), s),
    }


@pytest.mark.parametrize("z", [0.8, -0.8, 2.5, -3.0, 0.01])
def test_every_activation_and_the_sum_of_their_slopes(z: float) -> None:
    v, d = numbers(SOURCES["activations"], z=z)
    expected = units(z)
    assert expected.keys() == v.keys() - {"z", "L"}
    for name, (value, _) in expected.items():
        close(v[name], value)
    close(d["z"], sum(slope for _, slope in expected.values()))


def test_temperature_divides_the_gradient() -> None:
    v, d = numbers(SOURCES["temperature"])
    cold, hot = softmax(v["s"] / v["cold"]), softmax(v["s"] / v["hot"])
    truth = np.eye(3)[int(v["y"])]
    close(v["p"], cold)
    close(v["q"], hot)
    close(d["s"], (cold - truth) / v["cold"] + (hot - truth) / v["hot"])
    assert np.abs(cold - truth).max() > np.abs(hot - truth).max()


# S10: an average of losses, and penalties.


def test_the_batchs_gradient_is_the_mean_of_the_examples() -> None:
    v, d = numbers(SOURCES["batch-loss"])
    errors = v["X"] @ v["w"] + v["b"] - v["y"]
    each = errors[:, None] * v["X"]
    penalty = v["lambda_1"] * np.sign(v["w"]) + 2 * v["lambda_2"] * v["w"]
    close(d["w"], each.mean(axis=0) + penalty)
    close(d["b"], errors.mean())
    alone = SOURCES["batch-loss"].replace("mean(l)", "l[{}]")
    gradients = [numbers(alone.format(k))[1]["w"] - penalty for k in range(4)]
    close(d["w"], np.mean(gradients, axis=0) + penalty)


# S7: hidden layers.


@pytest.mark.parametrize("y", [0, 1])
def test_the_partials_of_a_deep_network(y: int) -> None:
    v, d = numbers(SOURCES["deep-network"], y=y)
    hidden = [v["x"]]
    for k in range(2):
        hidden.append(np.tanh(v[f"a[{k}].W"] @ hidden[-1] + v[f"a[{k}].b"]))
    f = softmax(v["s.W"] @ hidden[-1] + v["s.b"])
    truth = np.eye(2)[y]
    close(v["f"], f)
    close(v["L"], -np.log(f[y]))
    close(d["f"], -truth / f[y])
    close(d["s"], -(truth - f))
    back = f - truth
    close(d["s.W"], np.outer(back, hidden[-1]))
    back = v["s.W"].T @ back
    for k in (1, 0):
        back = back * (1 - hidden[k + 1] ** 2)
        close(d[f"a[{k}].b"], back)
        close(d[f"a[{k}].W"], np.outer(back, hidden[k]))
        back = v[f"a[{k}].W"].T @ back
    close(d["x"], back)


# S11: layers.


def test_a_convolution_and_its_pooling() -> None:
    v, d = numbers(SOURCES["convolution"])
    x, kernel = v["x"][0], v["K"][0, 0]
    c = np.array([kernel @ x[i : i + 3] for i in range(6)]) + v["b"]
    close(v["c"][0], c)
    h = c.reshape(3, 2).max(axis=1)
    close(v["h"][0], h)
    back = np.zeros(6)
    back[np.arange(3) * 2 + c.reshape(3, 2).argmax(axis=1)] = 2 * (h - v["y"][0]) / 3
    close(d["c"][0], back)
    close(d["K"][0, 0], [back @ x[i : i + 6] for i in range(3)])
    close(d["b"], [back.sum()])
    close(d["x"][0], np.convolve(back, kernel))


def test_a_convolution_of_an_image() -> None:
    v, d = numbers(SOURCES["convolution-2d"])
    x = v["x"][0]
    c = np.array(
        [
            [[(k[0] * x[i : i + 2, j : j + 2]).sum() for j in range(2)] for i in range(2)]
            for k in v["K"]
        ]
    )
    c = c + v["b"][:, None, None]
    close(v["c"], c)
    s = np.maximum(c, 0).mean(axis=(1, 2))
    close(v["s"], s)
    back = ((softmax(s) - np.eye(2)[1]) / 4)[:, None, None] * (c > 0)
    close(d["b"], back.sum(axis=(1, 2)))
    for f in range(2):
        for i, j in product(range(2), repeat=2):
            close(d["K"][f, 0, i, j], (back[f] * x[i : i + 2, j : j + 2]).sum())


def test_batch_normalisation_centres_what_comes_back() -> None:
    v, d = numbers(SOURCES["batch-norm"])
    deviation = np.sqrt(v["X"].var(axis=0) + 1e-5)
    centred = (v["X"] - v["X"].mean(axis=0)) / deviation
    close(v["h"], centred * v["gain"] + v["bias"])
    back = 2 * (v["h"] - v["Y"]) / 6
    close(d["gain"], (back * centred).sum(axis=0))
    close(d["bias"], back.sum(axis=0))
    g = back * v["gain"]
    close(d["X"], (g - g.mean(axis=0) - centred * (g * centred).mean(axis=0)) / deviation)
    close(d["X"].sum(axis=0), np.zeros(2))


def test_a_recurrent_networks_partials_are_sums_over_time() -> None:
    v, d = numbers(SOURCES["rnn"])
    states = [np.zeros(2)]
    for x in v["x"]:
        states.append(np.tanh(v["W_x"] @ x + v["W_h"] @ states[-1] + v["b"]))
    close(v["h"], states[-1])
    back = 2 * (states[-1] - v["y"]) / 2
    sums: dict[str, Any] = {"W_x": 0, "W_h": 0, "b": 0}
    for t in (2, 1, 0):
        a = back * (1 - states[t + 1] ** 2)
        for name, part in (
            ("W_x", np.outer(a, v["x"][t])),
            ("W_h", np.outer(a, states[t])),
            ("b", a),
        ):
            sums[name] = sums[name] + part
        back = v["W_h"].T @ a
    for name, total in sums.items():
        close(d[name], total)
    walk = CALLS["steps"]({"source": SOURCES["rnn"], "zoom": "block"})
    (step,) = [s for s in walk["steps"] if s["name"] == "W_x" and s["phase"] == "backward"]
    assert [each["pass"] for each in step["contributions"]] == ["t = 0", "t = 1", "t = 2"]


GATES = ("i", "f", "a", "o")


def test_the_lstm_has_gomezs_numbers() -> None:
    v, d = numbers(SOURCES["lstm"])
    case = PUBLISHED["gomez-lstm"]
    close(v["L"], case["loss"])
    for gate, theirs in zip(GATES, ("i", "f", "a", "o"), strict=True):
        for ours in ("W", "U", "b"):
            close(d[f"{ours}_{gate}"], case["partials"][f"{ours}{theirs}"])


def test_the_lstm_as_a_cell_is_the_one_typed_out() -> None:
    v, d = numbers(SOURCES["lstm"])
    cell_v, cell_d = numbers(SOURCES["lstm-cell"])
    close(cell_v["L"], v["L"])
    for place, gate in enumerate(GATES):
        close(cell_d["W_x"][place], d[f"W_{gate}"])
        close(cell_d["W_h"][place, 0], d[f"U_{gate}"])
        close(cell_d["b"][place], d[f"b_{gate}"])


def test_attention_has_karims_numbers() -> None:
    v, d = numbers(SOURCES["attention"])
    case = PUBLISHED["karim-attention"]
    close(v["L"], case["loss"])
    close(v["A"], softmax(v["Q"] @ v["K"].T))
    np.testing.assert_allclose(v["A"], case["published"]["softmax"], rtol=1e-3)
    for ours, theirs in (("W_k", "wk"), ("W_q", "wq"), ("W_v", "wv"), ("x", "x")):
        np.testing.assert_allclose(d[ours], case["partials"][theirs], rtol=1e-9, atol=1e-12)


def test_the_scores_of_the_softmax_figure() -> None:
    v, d = numbers(SOURCES["softmax-scores"])
    published = PUBLISHED["cs231n-softmax"]["published"]
    assert v["s"] == pytest.approx(published["scores"], abs=1e-12)
    # The figure rounds the first of them up from 0.0154.
    assert v["p"] == pytest.approx(published["probs"], abs=6e-4)
    assert v["L"] == pytest.approx(published["cross_entropy"], abs=5e-3)
    assert v["svm"] == pytest.approx(published["hinge"], abs=5e-3)
    close(d["s"], v["p"] - np.eye(3)[2])

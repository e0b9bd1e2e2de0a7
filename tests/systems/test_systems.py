"""The lectures' systems as they ship, each against the formula of the notes, written in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from sympy.parsing.sympy_parser import parse_expr

from backstep.errors import FormulaTooLarge, LimitError
from backstep.examples import EXAMPLES
from tests.asking import CALLS

SOURCES = {example.id: example.source for example in EXAMPLES}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def numbers(example: str, **values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and partials of an example, as arrays."""
    answer = CALLS["evaluate"]({"source": SOURCES[example], "values": values})
    return (
        {name: np.array(value) for name, value in answer["values"].items()},
        {name: np.array(value) for name, value in answer["partials"].items()},
    )


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("b", [0.1, -2.0])
def test_linear_regression(b: float) -> None:
    v, d = numbers("linear-regression", b=b)
    close(d["w"], (v["w"] @ v["x"] + v["b"] - v["y"]) * v["x"])
    close(d["b"], v["w"] @ v["x"] + v["b"] - v["y"])


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_logistic_regression(y: float) -> None:
    v, d = numbers("logistic-regression", y=y)
    p = sigmoid(v["w"] @ v["x"] + v["b"])
    close(d["w"], (p - y) * v["x"])
    close(d["b"], p - y)


def test_toy_neuron() -> None:
    v, d = numbers("toy-neuron", w=0.7)
    u = sigmoid(v["w"] * v["x"] + v["b"])
    slope = u * (1 - u)
    close(d["w"], (u - v["y"]) * slope * v["x"] + 2 * v["lambda"] * v["w"])
    close(d["b"], (u - v["y"]) * slope)


def test_nine_weights() -> None:
    v, d = numbers("nine-weights")
    error = v["y"] - v["t"]
    slope = {k: v[f"z_{k}"] * (1 - v[f"z_{k}"]) for k in (1, 2)}
    close(d["w__h_22"], error * v["w__o_21"] * slope[2] * v["x_2"])
    for unit, out in ((1, "w__o_11"), (2, "w__o_21")):
        for source in (0, 1, 2):
            close(d[f"w__h_{source}{unit}"], error * v[out] * slope[unit] * v[f"x_{source}"])
    close(d["w__o_21"], error * v["z_2"])
    close(d["w__o_01"], error)


def test_two_layers_in_matrix_form() -> None:
    v, d = numbers("two-layers")
    z = sigmoid(v["W_1"] @ v["x"])
    p = sigmoid(v["w_o"] @ z)
    close(d["w_o"], (p - 1) * z)
    close(d["W_1"], np.outer((p - 1) * v["w_o"] * z * (1 - z), v["x"]))


def test_softmax_layer() -> None:
    v, d = numbers("softmax-layer")
    a = np.exp(v["h"]) / np.exp(v["h"]).sum()
    close(d["h"], a - v["z"])
    close(d["W"], np.outer((a - v["z"]) * (v["q"] > 0), v["x"]))


def plain_sigmoid(z: Any) -> Any:
    return 1 / (1 + sympy.exp(-z))


def independent(example: str) -> tuple[Any, dict[str, Any]]:
    """The loss written by hand in SymPy, and its symbols."""
    if example == "toy-neuron":
        s = {n: sympy.Symbol(n) for n in ("x", "y", "w", "b", "lambda_")}
        u = plain_sigmoid(s["w"] * s["x"] + s["b"])
        return (u - s["y"]) ** 2 / 2 + s["lambda_"] * s["w"] ** 2, s
    if example == "circuit-sum-product":
        s = {n: sympy.Symbol(n) for n in ("x", "y", "z")}
        return (s["x"] + s["y"]) * s["z"], s
    if example == "circuit-sigmoid":
        s = {n: sympy.Symbol(n) for n in ("w0", "x0", "w1", "x1", "w2")}
        return plain_sigmoid(s["w0"] * s["x0"] + s["w1"] * s["x1"] + s["w2"]), s
    if example == "mazur":
        names = [*(f"w{k}" for k in range(1, 9)), "i1", "i2", "t1", "t2", "b1", "b2"]
        s = {n: sympy.Symbol(n) for n in names}
        h = [
            plain_sigmoid(s[a] * s["i1"] + s[b] * s["i2"] + s["b1"])
            for a, b in (("w1", "w2"), ("w3", "w4"))
        ]
        o = [
            plain_sigmoid(s[a] * h[0] + s[b] * h[1] + s["b2"])
            for a, b in (("w5", "w6"), ("w7", "w8"))
        ]
        return (s["t1"] - o[0]) ** 2 / 2 + (s["t2"] - o[1]) ** 2 / 2, s
    assert example == "nine-weights"
    weights = [f"w__h_{a}{b}" for a in range(3) for b in (1, 2)]
    outs = ["w__o_01", "w__o_11", "w__o_21"]
    s = {n: sympy.Symbol(n) for n in [*weights, *outs, "x_0", "x_1", "x_2", "z_0", "t"]}
    z = [plain_sigmoid(sum(s[f"w__h_{a}{k}"] * s[f"x_{a}"] for a in range(3))) for k in (1, 2)]
    y = s["w__o_01"] * s["z_0"] + s["w__o_11"] * z[0] + s["w__o_21"] * z[1]
    return (y - s["t"]) ** 2 / 2, s


@pytest.mark.parametrize(
    "example", ["toy-neuron", "circuit-sum-product", "circuit-sigmoid", "mazur", "nine-weights"]
)
def test_closed_gradients_are_sympys_of_a_loss_written_independently(example: str) -> None:
    loss, symbols = independent(example)
    answer = CALLS["derive"]({"source": SOURCES[example], "form": "scalar"})
    assert answer["symbols"].keys() == symbols.keys()
    generator = np.random.default_rng(3)
    point = {symbol: sympy.Float(generator.uniform(-1, 1), 30) for symbol in symbols.values()}
    assert answer["gradients"]
    for name, gradient in answer["gradients"].items():
        spelled = next(text for text, meaning in answer["symbols"].items() if meaning == name)
        found = parse_expr(gradient["text"], local_dict=symbols)
        expected = sympy.diff(loss, symbols[spelled])
        assert abs((found - expected).xreplace(point).evalf(25)) < 1e-18


def test_the_tidy_form_keeps_sigma_and_counts_its_operations() -> None:
    answer = CALLS["derive"]({"source": SOURCES["toy-neuron"], "form": "scalar"})
    assert answer["loss"]["operations"] == 9
    assert answer["gradients"]["w"]["operations"] == 17
    assert answer["symbols"]["lambda_"] == "lambda"
    latex = answer["gradients"]["b"]["latex"]
    assert r"\sigma" in latex
    assert "e^" not in latex


LONG = {"attention", "ten-relu-he", "residual-block"}
"""Their closed derivatives are longer than what can be typed as an answer."""

# A unit without a slope is part of what these show.
FLAT = ("perceptron", "xor", "activations", "boolean-units")
WARNED = {name: {"flat"} for name in FLAT}


QUICK = {
    *("toy-neuron", "linear-regression", "two-layers", "softmax-layer", "perceptron"),
    *("deep-network", "convolution", "word2vec"),
}
"""Examples of most kinds, whose whole way takes half a second; the others are slow tests."""
PAST_SCALARS = {"ten-relu-he"}
"""Examples of more scalars than a walk by scalars may have."""


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(each, id=each.id, marks=[] if each.id in QUICK else [pytest.mark.slow])
        for each in EXAMPLES
    ],
)
def test_every_example_goes_the_whole_way(example: Any) -> None:
    source = {"source": example.source}
    answer = CALLS["evaluate"](source)
    assert {warning["code"] for warning in answer["warnings"]} == WARNED.get(example.id, set())
    first = {**source, "wrt": list(answer["gradients"])[:1]}
    if example.id in LONG:
        with pytest.raises(FormulaTooLarge):
            CALLS["derive"]({**first, "form": "scalar"})
        assert CALLS["derive"]({**first, "form": "auto"})["form"] != "scalar"
    else:
        assert CALLS["derive"]({**first, "form": "scalar"})["gradients"]
    assert CALLS["analyze_part"]({**source, "part": "check"})["agree"] is True
    for zoom in ("block", "tensor"):
        walk = CALLS["steps"]({**source, "zoom": zoom})
        for step, direction in ((0, "LR"), (walk["forward"], "TB"), (walk["total"], "LR")):
            request = {**source, "zoom": zoom, "step": step, "direction": direction}
            assert CALLS["graph"]({**request, "format": "svg"}).startswith("<svg")
        assert len(CALLS["graph"]({**source, "zoom": zoom})["nodes"]) == walk["forward"]
    if example.id in PAST_SCALARS:
        with pytest.raises(LimitError):
            CALLS["steps"]({**source, "zoom": "scalar"})
    else:
        assert CALLS["steps"]({**source, "zoom": "scalar"})["forward"] > 0

"""What a derivative is where the textbook stops: each convention as a user meets it.

A definition is evaluated at the point; the loss, the partials and the warnings must be these.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS

Answer = dict[str, Any]


def evaluate(source: str, **values: Any) -> Answer:
    answer: Answer = CALLS["evaluate"]({"source": source, "values": values})
    return answer


def same(found: Any, expected: Any) -> bool:
    return bool(np.array_equal(np.array(found), np.array(expected, dtype=float), equal_nan=True))


ONE = "param x = {}\nL = {}"
VECTOR = "param v = {}\nL = {}"
PAIR = "param a = {}\nparam b = {}\nL = {}"
NOTHING = "param v = [1, 2, 3]\nL = {}(v[0:0])"

FLAT = {"flat": "gradient descent cannot train through it"}
INFINITE = {"not_finite": "L is ∞", "partial_not_finite": "is −∞"}
DIVIDED = {**INFINITE, "division_by_zero": "infinite"}
UNDEFINED = {"not_finite": "L is NaN", "partial_not_finite": "is NaN"}
TIE = {"tie": "each side gets half"}
SHARED = {"tie": "they share its partial evenly"}
ROOT_AT_ZERO = {"partial_not_finite": "is ∞", "sqrt_at_zero": "abs or norm may be what is meant"}
LOG_AT_ZERO = {
    "not_finite": "L is −∞",
    "partial_not_finite": "is ∞",
    "log_at_zero": "for log(softmax(s)) write log_softmax(s)",
}
SURE = {"log_of_zero_probability": "0·log 0 counts as 0"}
IMPOSSIBLE = {
    "not_finite": "∞",
    "partial_not_finite": "∞",
    "log_of_zero_probability": "the losses on logits have no such edge",
}

# Definition, loss, gradients in the text's order, and of each warning a code and what it says.
CASES: list[tuple[str, float, list[Any], dict[str, str]]] = [
    (ONE.format(0, "relu(x)"), 0, [0], {"relu_at_zero": "its partial there is 0"}),
    (ONE.format(0, "leaky_relu(x, 0.2)"), 0, [0.2], {"leaky_relu_at_zero": "the left slope"}),
    (ONE.format(0, "elu(x)"), 0, [1], {}),
    (ONE.format(0, "selu(x)"), 0, [1.0507009873554805], {"selu_at_zero": "the right slope"}),
    (ONE.format(1, "hardtanh(x)"), 1, [0], {"hardtanh_at_bound": "0, where clip gives 1"}),
    (ONE.format(-1, "hardtanh(x)"), -1, [0], {"hardtanh_at_bound": "0, where clip gives 1"}),
    (ONE.format(1, "clip(x, -1, 1)"), 1, [1], {"clip_at_bound": "the bounds of clip belong to it"}),
    (ONE.format(-1, "clip(x, -1, 1)"), -1, [1], {"clip_at_bound": "the partial there is 1"}),
    (ONE.format(0, "abs(x)"), 0, [0], {"abs_at_zero": "its partial there is 0"}),
    (ONE.format(0, "sign(x)"), 0, [0], {"sign_at_zero": "its partial there is 0, as everywhere"}),
    (ONE.format(2, "sign(x)"), 1, [0], FLAT),
    (ONE.format(0, "step(x)"), 0, [0], {"step_at_zero": "its partial there is 0, as everywhere"}),
    (ONE.format(2, "step(x)"), 1, [0], FLAT),
    (ONE.format(2.5, "round(x)"), 2, [0], FLAT),
    (ONE.format(0, "1/x"), inf, [-inf], DIVIDED),
    (ONE.format(0, "x^(-1)"), inf, [-inf], DIVIDED),
    (VECTOR.format("[0, 1]", "nll(v, [0, 1])"), 0, [[0, -1]], SURE),
    (VECTOR.format("[0, 1]", "nll(v, [1, 0])"), inf, [[-inf, 0]], IMPOSSIBLE),
    (
        VECTOR.format("[0, 1]", "nll(v, 0)"),
        inf,
        [[-inf, 0]],
        {"not_finite": "∞", "partial_not_finite": "∞", "log_at_zero": "a loss on logits"},
    ),
    (VECTOR.format("[0, 1]", "nll(v, 1)"), 0, [[0, -1]], {}),
    (VECTOR.format("[0, 1]", "bce(v, [0, 1])"), 0, [[0.5, -0.5]], SURE),
    (VECTOR.format("[0, 1]", "bce(v, [1, 0])"), inf, [[-inf, inf]], IMPOSSIBLE),
    (PAIR.format(2, 2, "maximum(a, b)"), 2, [0.5, 0.5], TIE),
    (PAIR.format(2, 2, "minimum(a, b)"), 2, [0.5, 0.5], TIE),
    (PAIR.format(2, 2, "max(a, b)"), 2, [0.5, 0.5], TIE),
    (ONE.format(0, "maximum(x, 0)"), 0, [0.5], TIE),
    (VECTOR.format("[3, 1, 3]", "max(v)"), 3, [[0.5, 0, 0.5]], SHARED),
    (VECTOR.format("[3, 1, 1]", "min(v)"), 1, [[0, 0.5, 0.5]], SHARED),
    (VECTOR.format("[[3, 1, 3]]", "sum(max(v, axis=1))"), 3, [[[0.5, 0, 0.5]]], SHARED),
    (VECTOR.format("[[1, 1, 0, 2]]", "sum(max_pool1d(v, 2))"), 3, [[[0.5, 0.5, 0, 1]]], SHARED),
    (
        VECTOR.format("[[[1, 1], [0, 1]]]", "sum(max_pool2d(v, 2))"),
        1,
        [[[[1 / 3, 1 / 3], [0, 1 / 3]]]],
        SHARED,
    ),
    (ONE.format(0, "sqrt(x)"), 0, [inf], ROOT_AT_ZERO),
    (ONE.format(0, "sqrt(x*x)"), 0, [nan], ROOT_AT_ZERO),
    (ONE.format(0, "x^0.5"), 0, [inf], {"partial_not_finite": "∞", "infinite_slope": "a root"}),
    (VECTOR.format("[0, 0]", "norm(v)"), 0, [[0, 0]], {"norm_at_zero": "its partial there is 0"}),
    (VECTOR.format("[0, 0]", "sqrt(sum(v^2))"), 0, [[nan, nan]], ROOT_AT_ZERO),
    (ONE.format(0, "x^0"), 1, [0], {"power_at_zero": "0 is taken"}),
    (ONE.format(2, "0^x"), 0, [0], {}),
    (ONE.format(0, "0^x"), 1, [0], {"power_at_zero": "0 is taken"}),
    (ONE.format(-1, "0^x"), inf, [-inf], DIVIDED),
    (PAIR.format(-2, 2, "a^b"), 4, [-4, nan], {"partial_not_finite": "respect to b is NaN"}),
    (PAIR.format(0, 0, "a^b"), 1, [0, 0], {"power_at_zero": "0 is taken for both"}),
    (ONE.format(0, "log(x)"), -inf, [inf], LOG_AT_ZERO),
    (ONE.format(-1, "log(x)"), nan, [nan], UNDEFINED),
    (ONE.format(0, "where(x > 0, sqrt(x), 0)"), 0, [0], {}),
    (ONE.format(-1, "where(x > 0, log(x), x)"), -1, [1], {}),
    (ONE.format(0, "relu(log(x))"), 0, [0], {"not_finite": "log(x) is −∞"}),
    (ONE.format(0, "maximum(sqrt(x), 1)"), 1, [0], {}),
    (ONE.format(0, "clip(log(x), 0, 1)"), 0, [0], {"not_finite": "log(x) is −∞"}),
    (VECTOR.format("[1000, 0]", "log_softmax(v)[1]"), -1000, [[-1, 1]], {}),
    (
        VECTOR.format("[1000, 0]", "log(softmax(v)[1])"),
        -inf,
        [[nan, nan]],
        {**LOG_AT_ZERO, "overflow": "log_softmax"},
    ),
    (VECTOR.format("[1000, -1000]", "cross_entropy(v, 1)"), 2000, [[1, -1]], {}),
    (ONE.format(1000, "sigmoid(x)"), 1, [0], {}),
    (ONE.format(-1000, "sigmoid(x)"), 0, [0], {}),
    (ONE.format(1000, "tanh(x)"), 1, [0], {}),
    (ONE.format(1000, "softplus(x)"), 1000, [1], {}),
    (
        ONE.format(1000, "exp(x)/exp(x)"),
        nan,
        [nan],
        {
            "not_finite": "exp(x) is ∞",
            "partial_not_finite": "respect to exp(x) is NaN",
            "overflow": "exp(x)",
        },
    ),
    (ONE.format(0, "x/x"), nan, [nan], UNDEFINED),
    (VECTOR.format("[0, 2, 3]", "prod(v)"), 0, [[6, 0, 0]], {}),
    (NOTHING.format("sum"), 0, [[0, 0, 0]], {}),
    (NOTHING.format("mean"), nan, [[0, 0, 0]], {"not_finite": "L is NaN"}),
]


@pytest.mark.parametrize(
    ("source", "loss", "gradients", "warnings"),
    [pytest.param(*case, id=case[0].replace("\n", "; ")) for case in CASES],
)
def test_a_convention(
    source: str, loss: float, gradients: list[Any], warnings: dict[str, str]
) -> None:
    answer = evaluate(source)
    assert same(answer["loss"]["value"], loss), answer["loss"]
    found = list(answer["gradients"].values())
    assert len(found) == len(gradients)
    for gradient, expected in zip(found, gradients, strict=True):
        assert same(gradient, expected), answer["gradients"]
    said: dict[str, str] = {}
    for warning in answer["warnings"]:
        said.setdefault(warning["code"], warning["message"])
        assert warning["line"], warning
        assert warning["column"], warning
    assert said.keys() == warnings.keys(), answer["warnings"]
    for code, words in warnings.items():
        assert words in said[code]


def test_of_nothing_there_is_no_largest() -> None:
    for name in ("max", "min", "logsumexp"):
        with pytest.raises(Exception, match=f"'{name}' of nothing is not defined"):
            evaluate(NOTHING.format(name))


@pytest.mark.parametrize(("scale"), [1e200, 1e-200])
def test_norm_scales(scale: float) -> None:
    answer = evaluate(VECTOR.format([3 * scale, 4 * scale], "norm(v)"))
    assert answer["loss"]["value"] == pytest.approx(5 * scale, rel=4e-16)
    assert answer["gradients"]["v"] == pytest.approx([0.6, 0.8], rel=4e-16)


def test_what_is_said_of_a_node_stands_at_its_place() -> None:
    answer = evaluate("param x = 0\nh = 2*x\nu = 1 + abs(h)\nL = u^2")
    (warning,) = answer["warnings"]
    assert (warning["line"], warning["column"], warning["code"]) == (3, 9, "abs_at_zero")
    assert warning["message"].startswith("abs(h): ")


BROADCAST = "param a = [1, 2, 3]\nparam b[3, 1] ~ ones\nL = {}"


@pytest.mark.parametrize(
    "loss",
    [
        "sum((a - b)^2)",
        "mse(a, b)",
        "bce(sigmoid(a), sigmoid(b))",
        "bce_with_logits(a, b)",
        "sum(where(1 > 0, a, b))",
        "sum(maximum(b, a))",
    ],
)
def test_a_row_against_a_column_is_allowed_and_named(loss: str) -> None:
    answer = evaluate(BROADCAST.format(loss))
    assert np.isfinite(answer["loss"]["value"])
    (warning,) = [w for w in answer["warnings"] if w["code"] == "broadcast"]
    assert "3×1" in warning["message"]
    assert "3×3" in warning["message"]
    assert " is 3," in warning["message"] or " is 3:" in warning["message"]
    assert warning["line"] == 3


@pytest.mark.parametrize("loss", ["sum(a*b.T)", "sum(a + b[0])", "sum(outer(a, a))", "sum(a*2)"])
def test_what_fits_as_it_is_meant_is_not_warned_of(loss: str) -> None:
    assert evaluate(BROADCAST.format(loss))["warnings"] == []

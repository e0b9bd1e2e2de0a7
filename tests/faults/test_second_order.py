"""Second derivatives: right at every kink they pass where there is one, or warned of."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from backstep.ops import TABLE
from tests.binding.reading import array
from tests.faults.cases import ask, cases


def hessian(source: str, **more: Any) -> dict[str, Any]:
    status, body = ask("POST /hessian", {"source": source, **more})
    assert status == 200, body
    return dict(body)


@pytest.mark.parametrize("case", cases("second-order"))
def test_each_case_is_right(case: dict[str, Any]) -> None:
    answer = hessian(**case["request"])
    for one, row in case["want"].get("hessian", {}).items():
        for other, wanted in row.items():
            np.testing.assert_allclose(array(answer["hessian"][one][other]), wanted, atol=1e-12)
    for name, text in case["want"].get("product_formulas", {}).items():
        assert answer["product_formulas"][name]["text"] == text


def kinks(answer: dict[str, Any]) -> list[str]:
    return [each["message"] for each in answer["warnings"] if each["code"] == "second_at_kink"]


@pytest.mark.parametrize(
    ("text", "at", "wanted"),
    [
        ("abs(x)*x", 0, None),
        ("abs(x)^3", 0, 0),
        ("abs(abs(x))^2 + x^2", 0, 4),
        ("norm([x, 2*x])^2", 0, 10),
        ("norm([x, 0])^4", 0, 0),
        ("(relu(x) - relu(-x))^2 * cos(x)", 0, 2),
        ("relu(x)^2", 0, None),
        ("relu(x)^3", 0, 0),
        ("minimum(x, -x)^2", 0, 2),
        ("maximum(x, 2*x)", 0, None),
        ("max([x, -x])^2", 0, 2),
        ("max([x, x])^2", 0.5, 2),
        ("leaky_relu(x, slope=0.5)", 0, None),
        ("leaky_relu(x, slope=0.5)^2", 0, None),
        ("elu(x)", 0, None),
        ("selu(x)^2", 0, None),
        ("hardtanh(x)", 1, None),
        ("clip(x, 0, 1)", 1, None),
        ("clip(x, 0, 1)^2", 0, None),
        ("sqrt(x)^4", 0, 2),
        ("sqrt(x)^2", 0, None),
        ("sqrt(x)", 0, None),
        ("exp(-norm([x])^2)", 0, -2),
        ("x^1.5", 0, None),
        ("x^2.5", 0, 0),
        ("sign(x)*x*x", 0, None),
        ("sign(x)^2*x^2", 0, 2),
        ("step(x)*x", 0, None),
        ("round(x)*x", 0.5, None),
        ("where(x > 0, x, -x)^2", 0, 2),
        ("where(x > 0, x, 2*x)^2", 0, None),
        ("where(x > 1, x*log(x), x^2)", 0, 2),
        ("where(x > 1, x*log(x), x^2)", -3, 2),
        ("where(x > 0, sqrt(x), x^2)", -3, 2),
        ("relu(log(x))^2", 0, 0),
        ("relu(0*x) + x^2", 0.3, 2),
        ("x*abs(0*x)", 1, 0),
        ("abs(x - 1)^2 + abs(x)", 1, 2),
    ],
)
def test_at_a_kink_the_second_derivative_is_right_or_warned_of(
    text: str, at: float, wanted: float | None
) -> None:
    """None: there is none, and the warning says on what the kink is."""
    source = f"param x = {at}\nL = {text}"
    answer = hessian(source)
    if wanted is None:
        assert kinks(answer), answer["hessian"]
        assert any("different sides" in each for each in kinks(answer))
        return
    np.testing.assert_allclose(array(answer["hessian"]["x"]["x"]), wanted, rtol=1e-11, atol=1e-12)
    times = hessian(source, vector={"x": 3})
    np.testing.assert_allclose(array(times["product"]["x"]), 3 * wanted, rtol=1e-11, atol=1e-12)


AWAY = [("abs(x)*x", 0.25), ("relu(x)^2", -1), ("x^1.5", 2), ("where(x > 0, x, 2*x)^2", 1)]


@pytest.mark.parametrize(("text", "at"), AWAY)
def test_away_from_kinks_nothing_is_said(text: str, at: float) -> None:
    assert hessian(f"param x = {at}\nL = {text}")["warnings"] == []


KINKED = {
    "divide": "x / (0.5 - x)",
    "power": "x ^ 1.5",
    "log": "log(x)",
    "sqrt": "sqrt(x)",
    "abs": "abs(x)",
    "sign": "sign(x)",
    "step": "step(x)",
    "relu": "relu(x)",
    "leaky_relu": "leaky_relu(x, slope=0.1)",
    "elu": "elu(x)",
    "selu": "selu(x)",
    "hardtanh": "hardtanh(x)",
    "clip": "clip(x, 0, 1)",
    "round": "round(x)",
    "maximum": "maximum(x, 0.5 - x)",
    "minimum": "minimum(x, x^2)",
    "max": "max([x, -x, 2*x - 1])",
    "min": "min([x, -x, 2*x - 1])",
    "norm": "norm([x, x^2])",
    "where": "where(x > 0.5, x, x^2)",
}
POINTS = (-1.0, 0.0, 0.5, 1.0)


def test_every_row_with_kinks_is_tried() -> None:
    rows = {name for name, row in TABLE.items() if row.kinks and row.example}
    missing = rows - KINKED.keys()
    assert not missing, f"give an expression of x that reaches the kink of {missing}"


@pytest.mark.parametrize("form", ["{0}", "({0})^2", "({0})*x", "exp(-({0})^2)", "({0})^3"])
@pytest.mark.parametrize("name", KINKED)
def test_every_row_with_kinks_is_right_by_differences_or_warned_of(name: str, form: str) -> None:
    """Where there is no warning, the gradient's differences on both sides are the answer."""
    source = f"param x = 0\nL = {form.format(KINKED[name])}"
    for at in POINTS:
        answer = hessian(source, values={"x": at})
        if any("different sides" in each for each in kinks(answer)):
            continue
        found = float(array(answer["hessian"]["x"]["x"]))
        here = slope(source, at)
        for side in (1e-6, -1e-6):
            differences = (slope(source, at + side) - here) / side
            if np.isnan(differences) and answer["warnings"]:
                continue
            assert abs(differences - found) < 1e-3 * max(1, abs(found)), (source, at, found)


def slope(source: str, at: float) -> float:
    status, body = ask("POST /evaluate", {"source": source, "values": {"x": at}})
    assert status == 200
    return float(array(body["partials"]["x"]))


def test_limits_that_would_take_too_long_are_said_to_be_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = "param x = 0\nL = abs(x)^2"
    assert "limits from beside" in kinks(hessian(source))[0]
    monkeypatch.setattr(import_module("backstep.second_order.hessian"), "SAMPLES", 10**9)
    (said,) = kinks(hessian(source))
    assert "abs(x)" in said
    assert "would take too long" in said


@pytest.mark.parametrize("beside", ["Infinity", "-Infinity", 1.7e308, "NaN"])
def test_beside_a_kink_there_may_be_what_is_infinite(beside: Any) -> None:
    answer = hessian("param x = [0, 1]\nL = sum(abs(x))", values={"x": [0, beside]})
    assert array(answer["hessian"]["x"]["x"]).shape == (2, 2)
    assert any("abs" in each for each in kinks(answer))


@pytest.mark.parametrize(
    "formula", ["abs(x)*abs(y)", "abs(x*y)", "relu(x*y)", "where(x*y > 0, x*y, 0)"]
)
@pytest.mark.parametrize(
    "declared", ["param x = 0\nparam y = 0", "param v = [0, 0]\nx = v[0]\ny = v[1]"]
)
def test_what_differs_between_quadrants_is_no_limit(formula: str, declared: str) -> None:
    status, answer = ask("POST /hessian", {"source": f"{declared}\nL = {formula}"})
    said = " ".join(each["message"] for each in answer["warnings"])
    assert status == 200
    assert "different sides" in said
    assert "these are limits" not in said

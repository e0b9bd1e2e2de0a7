"""Second derivatives: right at every kink they pass where there is one, or warned of."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import mpmath
import numpy as np
import pytest

from backstep.ops import TABLE
from backstep.second_order.one_sided_limits import tends_to
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


def said_to_have_none(answer: dict[str, Any]) -> bool:
    said = ("different sides", "cannot be told", "the loss is different")
    return any(each in message for message in kinks(answer) for each in said)


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
        ("x^3.5", 0, 0),
        ("x^2.1", 0, 0),
        ("2*x^2.1 + 5*x^2", 0, 10),
        ("abs(x)^3.5", 0, 0),
        ("abs(x)^2.001", 0, 0),
        ("abs(x)^1.5", 0, None),
        ("1e-9*abs(x)^2.0", 0, 2e-9),
        ("x^2*log(x)", 0, None),
        ("x^3*log(x)", 0, 0),
        ("x^3*log(x) + 4*x^2", 0, 8),
        ("x^4*log(abs(x))", 0, 0),
        ("sqrt(x)^3", 0, None),
        ("sqrt(x)^5", 0, 0),
        ("cos(sqrt(abs(x))^3)", 0, 0),
        ("(abs(x)*x)^2 + abs(x)^1.5*x^2", 0, 0),
        ("relu(x)^3*sqrt(relu(x))", 0, 0),
        ("relu(x)^1.5", 0, None),
        ("where(x > 0, x^2.3, 0)", 0, 0),
        ("where(x > 0, x^1.3, 0)", 0, None),
        ("where(x > 1, x^2*log(x), 3*x^2)", 0, 6),
        ("var([x, 2])^0.5", 2, None),
        ("var([x, 2])^1.5", 2, 0),
        ("var([x, 0.3])^1.25", 0.3, 0),
        ("norm([x - 0.3, 0])^2.5", 0.3, 0),
        ("sqrt(x*x)", 0, None),
        ("x^2/log(abs(x))", 0, None),
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
        assert said_to_have_none(answer), answer["hessian"]
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
    "asin": "asin(x)",
    "acos": "acos(x)",
    "log2": "log2(x)",
    "log10": "log10(x)",
    "log1p": "log1p(x)",
    "hardsigmoid": "hardsigmoid(3*x)",
    "atan2": "atan2(x, x - 0.5)",
    "logdet": "logdet([[x, 0], [0, 1]])",
    "solve": "sum(solve([[x, 0], [0, 1]], [1, 1]))",
    "argmax": "(2 + argmax([x, 0.5]))*x",
    "sort": "dot(sort([x, 0.5]), [1, 2])",
    "std": "std([x, 0.5])",
}
POINTS = (-1.0, 0.0, 0.5, 1.0)


def test_every_row_with_kinks_is_tried() -> None:
    rows = {name for name, row in TABLE.items() if row.kinks and row.example}
    # A stopped gradient is no derivative of its value, so differences say nothing of it.
    rows.remove("stop_gradient")
    missing = rows - KINKED.keys()
    assert not missing, f"give an expression of x that reaches the kink of {missing}"


FORMS = ["{0}", "({0})^2", "({0})*x"]
MORE = [
    "exp(-({0})^2)",
    "({0})^3",
    "abs({0})^1.5",
    "abs({0})^2.5",
    "({0})^3.5",
    "x^2*log(abs({0}))",
    "sqrt(abs({0}))*x^3",
]


@pytest.mark.parametrize(
    "form", [*FORMS, *(pytest.param(each, marks=pytest.mark.slow) for each in MORE)]
)
@pytest.mark.parametrize("name", KINKED)
def test_every_row_with_kinks_is_right_by_differences_or_warned_of(name: str, form: str) -> None:
    """Where there is no warning, the gradient's differences on both sides are the answer."""
    source = f"param x = 0\nL = {form.format(KINKED[name])}"
    for at in POINTS:
        answer = hessian(source, values={"x": at})
        if said_to_have_none(answer):
            continue
        found = float(array(answer["hessian"]["x"]["x"]))
        here = slope(source, at)
        for side in (1e-11, -1e-11):
            differences = (slope(source, at + side) - here) / side
            if np.isnan(differences) and answer["warnings"]:
                continue
            # A fourth root of the distance is left of what tends to a number by it.
            assert abs(differences - found) < 2e-2 * max(1, abs(found)), (source, at, found)
            if found == 0 or at == 0:
                assert abs(found - round(found)) < 1e-12 or abs(found) > 1e-2, (source, at, found)


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


OTHERS = [(0, 0.3), (0.3, 0), (0.3, 0.3), (-1, 1)]
OF_TWO = [
    "abs(x)^1.5*y",
    "abs(x)^2.5*y",
    "abs(x)^3*log(abs(x))*exp(y)",
    "norm([x, y])^2.5",
    "norm([x, y])^3",
    "norm([x, y])^2*log(norm([x, y]))",
    "max([x, y, 0])^2.5",
    "max([x, y])^2 + min([x, y])^2",
    "var([x, y])^0.5",
    "var([x, y])^1.25",
    "relu(x*y)^1.5",
    "relu(x - y)^3.5",
    "abs(x)*abs(y)^3",
    "maximum(x, y)^2.5 - y",
    "sqrt(x)^5*y",
    "x*y*(x^2 - y^2)/(x^2 + y^2)",
    "where(x > y, sqrt(x - y)^5, 0)",
    "abs(x)^2 + abs(y)",
]


@pytest.mark.parametrize(
    "at", [(0, 0), *(pytest.param(each, marks=pytest.mark.slow) for each in [(2, 2), *OTHERS])]
)
@pytest.mark.parametrize("formula", OF_TWO)
def test_of_two_at_a_kink_the_second_derivatives_are_right_or_warned_of(
    formula: str, at: tuple[float, float]
) -> None:
    source = f"param x = 0\nparam y = 0\nL = {formula}"
    answer = hessian(source, values={"x": at[0], "y": at[1]})
    if said_to_have_none(answer):
        return
    rows = answer["hessian"]
    found = np.array([[float(array(rows[i][j])) for j in "xy"] for i in "xy"])
    here = slopes(source, at)
    for way in ((1, 0.3), (-0.4, 1), (-1, -0.7), (0.6, -1)):
        step = 1e-6 * np.array(way)
        differences = slopes(source, at + step) - here
        if np.isnan(differences).any() and answer["warnings"]:
            continue
        np.testing.assert_allclose(differences / 1e-6, found @ np.array(way), atol=2e-2, rtol=1e-2)


def slopes(source: str, at: Any) -> Any:
    values = {"x": float(at[0]), "y": float(at[1])}
    status, body = ask("POST /evaluate", {"source": source, "values": values})
    assert status == 200
    return np.array([float(array(body["partials"][name])) for name in "xy"])


def test_an_element_that_has_a_second_derivative_keeps_it_beside_one_that_has_none() -> None:
    answer = hessian("param x = 0\nparam y = 0\nL = norm([x, 0])^2 + abs(y)")
    assert answer["hessian"]["x"]["x"] == 2
    assert said_to_have_none(answer)


def test_where_many_digits_are_out_of_reach_floats_are_right_or_warned_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = import_module("backstep.second_order.one_sided_limits")
    cases = (("abs(x)^2", 2), ("relu(x)^3", 0), ("abs(x)*x", None), ("x^3.5", None))
    for formula, wanted in cases:
        with monkeypatch.context() as patched:
            patched.setattr(limits, "MOST_WORK", 0)
            answer = hessian(f"param x = 0\nL = {formula}")
        if wanted is None:
            assert said_to_have_none(answer)
        else:
            assert float(array(answer["hessian"]["x"]["x"])) == wanted
            assert not said_to_have_none(answer)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (lambda d: 3 + d**0.5, 3.0),
        (lambda d: -2 + 7 * d, -2.0),
        (lambda d: d**0.01, 0.0),
        (lambda d: d**-0.5, np.inf),
        (lambda d: 1000 + mpmath.log(d), -np.inf),
        (lambda d: 1 / mpmath.log(d), None),
        (lambda d: 5 + d * mpmath.log(d), 5.0),
        (lambda d: mpmath.sin(1 / d), None),
        (lambda d: mpmath.nan, np.nan),
        (lambda d: mpmath.nan if d > 1e-35 else d, None),
    ],
)
def test_what_numbers_tend_to(formula: Callable[[Any], Any], wanted: float | None) -> None:
    with mpmath.workdps(200):
        found = tends_to([formula(mpmath.mpf(10) ** -power) for power in (20, 30, 40, 50)])
    assert found is None if wanted is None else found == pytest.approx(wanted, abs=0, nan_ok=True)

"""What overflows on its way: worked out all the same where it can be, told where it can not."""

from __future__ import annotations

import re
from typing import Any

import mpmath
import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.numeric import compute
from backstep.examples import EXAMPLES
from backstep.graph.graph import Graph
from backstep.ops import TABLE, overflow_safe
from tests.asking import CALLS
from tests.faults.cases import ask, cases


@pytest.mark.parametrize("case", cases("overflow"))
def test_the_value_is_right_or_the_partial_is_told(case: Any) -> None:
    status, answer = ask(case["call"], case["request"])
    assert status == 200
    want = dict(case["want"])
    told = want.pop("a warning names the partial; right", None) or want.pop(
        "a warning names the partial; right from the right", None
    )
    if told is not None:
        (name,) = told
        (warning,) = [w for w in answer["warnings"] if w["code"] == "untrusted_partial"]
        assert warning["message"].startswith(f"the partial with respect to {name} ")
        (edit,) = warning["fixes"][0]["edits"]
        line = case["request"]["source"].split("\n")[edit["line"] - 1]
        made = line[: edit["column"] - 1] + edit["text"] + line[edit["end_column"] - 1 :]
        changed = case["request"]["source"].replace(line, made)
        right = CALLS["evaluate"]({"source": changed})
        assert right["gradients"] == told
        assert right["warnings"] == []
        return
    assert answer["warnings"] == []
    assert answer["loss"]["value"] == pytest.approx(want.pop("loss"), rel=1e-15)
    for name, right in want.items():
        assert answer["gradients"][name] == pytest.approx(right, rel=1e-15)


HIDDEN = [
    ("param x = 1000\nL = log(exp(x) + 1)", "softplus(x)"),
    ("param x = 1000\ne = exp(2*x)\nL = 3*log(e + 1)", "softplus(2*x)"),
    ("param x = 1000\nparam w = 2\nL = 2*log(exp(w + x))", "(w + x)"),
    ("param Z = [[1000, 0], [1, 2]]\nL = sum(log(sum(exp(Z), axis=1)))", "logsumexp(Z, axis=1)"),
    ("param x = 0\nL = sqrt(x)*sqrt(x)", "x"),
    ("param x = 0\nu = sqrt(x)\nL = u^2/2", "x"),
    ("param x = 0\nL = exp(log(x))", "x"),
    ("param z = [1000, 0]\ne = exp(z)\nL = (e/sum(e))[1]", "softmax(z)"),
    ("param x = [1e200, 1]\nL = sqrt(sum(x^2))", "norm(x)"),
    ("param x = 0\nu = 0.5*sqrt(x)\nL = u^2", None),
    ("param x = 1000\nL = log(exp(x) - 1)", "(x + log(1 - exp(-x)))"),
    ("param x = 1000\nL = log(exp(x)*2)", "(x + log(2))"),
    ("param x = 1000\nL = sqrt(exp(x))", "exp(x / 2)"),
    ("param x = 1000\nparam y = -999\nL = exp(x)*exp(y)", "exp(x + y)"),
    ("param x = [1000, 1]\nL = log(exp(x[0]) + exp(x[1]))", "logsumexp([x[0], x[1]])"),
    ("param x = -1e200\nL = sqrt(x^2)", "abs(x)"),
    ("param x = 1e200\nL = sqrt(1 + x^2)", "norm([x, 1])"),
    ("param x = 1e200\nparam y = 1\nL = sqrt(x^2 + y^2)", "norm([x, y])"),
    ("param x = 1000\nL = exp(x - log(1 + exp(x)))", "softplus(x)"),
]


@pytest.mark.parametrize(("source", "text"), HIDDEN)
def test_a_zero_that_met_an_infinity_is_told(source: str, text: str | None) -> None:
    warnings = CALLS["evaluate"]({"source": source})["warnings"]
    (warning,) = [each for each in warnings if each["code"] == "untrusted_partial"]
    texts = [edit["text"] for fix in warning["fixes"] for edit in fix["edits"]]
    assert texts == ([] if text is None else [text])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("param x = -1000\nL = log(sigmoid(x))", "(-softplus(-x))"),
        ("param x = -1000\nL = log(1/(1 + exp(-x)))", "(-softplus(-x))"),
        ("param z = [1000, 0]\nL = log(softmax(z))[1]", "log_softmax(z)"),
        ("param x = 1000\nL = exp(x)/(1 + exp(x))", "sigmoid(x)"),
        ("param x = 1000\nL = (exp(x) - exp(-x))/(exp(x) + exp(-x))", "tanh(x)"),
        (
            "param x = 1000\na = exp(x)\nb = exp(-x)\nL = (a - b)/(a + b)",
            "tanh(x)",
        ),
        ("param x = [1e-200, 1e-200]\nL = log(prod(x))", "sum(log(x))"),
        ("param x = 1000\nL = log(1 - sigmoid(x))", "(-softplus(x))"),
        ("param x = 1000\nL = (exp(2*x) - 1)/(exp(2*x) + 1)", "tanh(x)"),
        ("param x = 1000\nL = exp(x)/exp(x)", "exp(x - x)"),
        ("param z = [1000, 0]\nL = log(softmax(z)[1])", "log_softmax(z)[1]"),
        ("param z = [1000, 0]\nL = log(exp(z[0])/sum(exp(z)))", "log_softmax(z)[0]"),
        ("param z = [1000, 0]\ne = exp(z)\nL = log(e[1]/sum(e))", "log_softmax(z)[1]"),
        # The partial of 0 is right, and the formula told all the same.
        ("param x = -1000\nL = 1/(1 + exp(-x))", "sigmoid(x)"),
    ],
)
def test_where_nothing_is_finite_the_formula_that_is_sound_is_told(source: str, text: str) -> None:
    found = CALLS["evaluate"]({"source": source})["warnings"]
    (warning,) = [each for each in found if each["code"] == "overflow"]
    assert warning["fixes"][0]["edits"][0]["text"] == text


@pytest.mark.parametrize(("source", "text"), HIDDEN)
def test_the_sound_formula_has_the_value_at_usual_numbers(source: str, text: str | None) -> None:
    usual = re.sub(r"-?(1000|1e200)\b", "1.5", re.sub(r"= 0$", "= 0.7", source, flags=re.M))
    warned = CALLS["evaluate"]({"source": source})["warnings"]
    edits = [edit for each in warned for fix in each["fixes"] for edit in fix["edits"]]
    for edit in edits:
        line = source.split("\n")[edit["line"] - 1]
        made = line[: edit["column"] - 1] + edit["text"] + line[edit["end_column"] - 1 :]
        changed = source.replace(line, made)
        changed = re.sub(r"-?(1000|1e200)\b", "1.5", re.sub(r"= 0$", "= 0.7", changed, flags=re.M))
        before, after = (CALLS["evaluate"]({"source": each}) for each in (usual, changed))
        assert after["loss"]["value"] == pytest.approx(before["loss"]["value"], rel=1e-12)
        for name, partial in before["gradients"].items():
            if name in after["gradients"]:
                assert np.allclose(after["gradients"][name], partial, rtol=1e-12)


@pytest.mark.parametrize("kind", ["dot(a, b)", "(A @ b)[0]", "(b @ A.T)[0]", "(A @ B)[0, 0]"])
def test_products_of_matrices_do_not_overflow_on_the_way(kind: str) -> None:
    source = (
        "param a = [1e308, 1e308, -1e308]\nparam b = [1, 1, 1]\n"
        "param A = [[1e308, 1e308, -1e308]]\nparam B = [[1], [1], [1]]\n"
    )
    answer = CALLS["evaluate"]({"source": f"{source}L = {kind}"})
    assert answer["loss"]["value"] == 1e308
    assert answer["warnings"] == []


def test_a_branch_that_is_finite_again_and_not_taken_alarms_nobody() -> None:
    source = "param x = [1000, -1000]\nL = sum(where(x > 0, 1/(1 + exp(-x)), exp(x)/(1 + exp(x))))"
    answer = CALLS["evaluate"]({"source": source})
    assert answer["loss"]["value"] == 1
    assert answer["warnings"] == []
    taken = CALLS["evaluate"]({"source": source.replace("x > 0", "x < 0")})
    assert "not_finite" in {each["code"] for each in taken["warnings"]}


TRUSTED = [
    "param x = 0\nL = where(x > 0, sqrt(x), 0)",
    "param x = 0\nL = where(x > 0, sqrt(x), 0)^2",
    "param x = 0\nL = relu(log(x))",
    "param x = 0\nL = clip(log(x), 0, 1)",
    "param x = 0\nL = maximum(sqrt(x), 1)",
    "param x = 0\nL = norm([x, x])^2",
    "param x = 0\nL = x*sqrt(x)",
    "param x = 0\nL = sqrt(x)^4 + sqrt(x)^3",
    "param x = 0\nu = 0.5*sqrt(x)\nL = u^4 + 3*u^2*u",
    "param x = 0\nL = 0*log(x)",
    "param p = [0, 1]\ntarget y = [0, 1]\nL = nll(p, y)",
    "param x = [1000, -1000]\nL = cross_entropy(x, 1)",
    "param x = 1000\nL = exp(x)",
    "param x = -1000\nL = exp(x) + sigmoid(x) + softplus(x)",
    "param x = [0, 2]\nL = sum(where(x > 1, x*log(x), x^2))",
    "param w = [0, 1]\ninput x = [1e200, 2]\nL = sum(w*(x*x))",
]


@pytest.mark.parametrize("source", TRUSTED)
def test_a_zero_that_a_rule_decides_is_trusted(source: str) -> None:
    codes = [each["code"] for each in CALLS["evaluate"]({"source": source})["warnings"]]
    assert "untrusted_partial" not in codes
    assert "overflow" not in codes


def test_no_example_holds_a_partial_that_is_not_trusted() -> None:
    for example in EXAMPLES:
        codes = {each["code"] for each in CALLS["evaluate"]({"source": example.source})["warnings"]}
        assert not codes & {"untrusted_partial", "overflow"}, example.id


HUGE = [
    [1e308, 1e308],
    [1e308, 1e308, -1e308],
    [1.7e308, 1.7e308, 1.6e308, -1.7e308],
    [1e-320, 1e308, 1e308],
    [3.0, 4.0],
]


@pytest.mark.parametrize("values", HUGE)
@pytest.mark.parametrize("name", ["sum", "mean"])
def test_sums_and_means_that_a_float_holds_are_right(name: str, values: list[float]) -> None:
    right = mpmath.fsum(map(mpmath.mpf, values)) / (len(values) if name == "mean" else 1)
    with np.errstate(all="ignore"):
        found = float(TABLE[name].numpy(np.array(values)))
        rows = TABLE[name].numpy(np.array([values, [1.0] * len(values)]), axis=1)
        columns = TABLE[name].numpy(np.array([values, values]).T, axis=0)
    right_float = float(right) if abs(right) < np.finfo(float).max else np.inf
    assert found == pytest.approx(right_float, rel=1e-15)
    assert rows[0] == found
    assert rows[1] == (1.0 if name == "mean" else len(values))
    assert list(columns) == [found, found]


def test_a_sum_of_infinities_is_one() -> None:
    with np.errstate(all="ignore"):
        assert TABLE["sum"].numpy(np.array([np.inf, 1e308, 1e308])) == np.inf
        assert np.isnan(TABLE["mean"].numpy(np.array([np.inf, -np.inf])))
        assert TABLE["sum"].numpy(np.array([1.7e308, 1.7e308])) == np.inf


@pytest.mark.parametrize("scale", [1e153, 2e153, 1e-150, 1.0])
def test_a_variance_is_right_where_the_squares_sum_overflows(scale: float) -> None:
    values = np.array([1.0, 5.0, 2.0, 3.0, 1.0, 5.0, 5.0, 5.0]) * scale
    with np.errstate(all="ignore"):
        found = float(TABLE["var"].numpy(values))
    exact = [mpmath.mpf(each) for each in values]
    mean = mpmath.fsum(exact) / len(exact)
    right = mpmath.fsum((each - mean) ** 2 for each in exact) / len(exact)
    assert found == pytest.approx(float(right), rel=1e-14)


def test_layers_take_the_mean_of_what_a_float_holds() -> None:
    source = "param x = [[1.5e308, 1e308, 1.2e308, 1.7e308]]\nL = mean(avg_pool1d(x, 2))"
    answer = CALLS["evaluate"]({"source": source})
    assert answer["warnings"] == []
    assert answer["loss"]["value"] == pytest.approx(1.35e308)


def products(values: list[float]) -> tuple[Any, list[Any]]:
    with mpmath.workdps(50):
        exact = [mpmath.mpf(each) for each in values]
        each_out = [mpmath.fprod(exact[:k] + exact[k + 1 :]) for k in range(len(exact))]
        return mpmath.fprod(exact), each_out


PRODUCTS = [
    [1e200, 1e200, 1e-200, 1e-200, 2.0],
    [1e-200, 1e-200, 1e200, 1e200],
    [1e-160, 1e-160, 1e300],
    [0.0, 1e200, 1e200, 1e-250],
    [0.0, 0.0, 1e200, 1e200],
    [-1e200, 1e200, -1e-300],
    [2.0, 3.0],
    [7.0],
    [1e300] * 20 + [1e-300] * 20,
    [1e10] * 60 + [1e-10] * 60,
]


@pytest.mark.parametrize("values", PRODUCTS)
def test_products_and_their_partials_do_not_overflow_on_the_way(values: list[float]) -> None:
    graph = Graph(TABLE)
    leaf = graph.apply("leaf", name="x", role="param", shape=(len(values),))
    output = graph.apply("prod", leaf)
    adjoint = differentiate(output).adjoints[leaf.id]
    assert adjoint is not None
    known = compute([output, adjoint], {leaf.id: np.array(values)})
    right, partials = products(values)
    few = max(len(values), 4)
    assert abs(known[output.id] - right) <= few * 3e-16 * abs(right) + 5e-324
    for found, other in zip(known[adjoint.id], partials, strict=True):
        if abs(other) < np.finfo(float).max:
            assert abs(found - other) <= few * 3e-16 * abs(other) + 5e-324
        else:
            assert np.isinf(found)


def test_infinities_in_a_product_stay() -> None:
    with np.errstate(all="ignore"):
        assert overflow_safe.product(np.array([1e200, 1e200, np.inf])) == np.inf
        assert np.isnan(overflow_safe.product(np.array([1e300, 1e300, np.inf, 0.0])))
        assert np.isnan(overflow_safe.product(np.array([1e300, 1e300, np.nan])))
        found = overflow_safe.product(np.array([[1e200, 1e200, 1e-300], [2.0, 3, 4]]), 1)
        assert list(np.asarray(found)) == [
            pytest.approx(1e100),
            24.0,
        ]

"""Texts that once ended in an error of the service, each with its right answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import httpx
import pytest

from backstep.formula.text import float_text
from backstep.ops import FUNCTIONS
from tests.faults.cases import ask, cases

CALLS = ("evaluate", "derive", "steps", "graph", "paths", "check", "compare", "derivation", "cost")
_EMPTY = "param x = 2\nconst e = [[1, 3], [2, 4]]\nL = {}"


def asked(call: str, source: str, of: str = "x", **more: Any) -> tuple[int, Any]:
    """A call on a text with one parameter x; what it needs besides is asked about x."""
    if call in ("steps", "graph"):
        more = {"zoom": "scalar", **more}
    if call in ("paths", "compare", "derivation"):
        more = {"of": of, **more}
    if call == "compare":
        more = {"answer": "1", **more}
    return ask(f"POST /{call}", {"source": source, **more})


def put_back(request: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """The value of a derivation's conclusion as one more statement of the definition."""
    source = f"{request['source']}\nput_back = {answer['conclusion']['text']}"
    _, found = ask("POST /evaluate", {"source": source, "names": ["put_back"]})
    return float(found["values"]["put_back"])


def partial_of_x(call: str, answer: Mapping[str, Any]) -> float:
    """The partial by x as a walk, a drawing or the sum over paths has it."""
    if call.endswith("paths"):
        return float(answer["sum"])
    if call.endswith("graph"):
        (node,) = (each for each in answer["nodes"] if each["name"] == "x")
        return float(node["partial"])
    (step,) = (each for each in answer["steps"] if each["name"] == "x" and "partial" in each)
    return float(step["partial"])


def of(kind: str) -> list[Any]:
    """The cases that a job is asked, or those that the page is."""
    found = [(each, each.values[0]["call"].startswith("GET")) for each in cases("server-error")]
    return [each for each, page in found if page == (kind == "page")]


@pytest.mark.parametrize("case", of("job"))
def test_the_answer_is_right(case: Any) -> None:
    request, want = case["request"], case["want"]
    status, answer = ask(case["call"], request)
    if want["status"] != 200:
        # A size is 1 or more, as in `param x[0]`; which is said before anything is worked out.
        assert (status, answer["faults"][0]["message"]) == (422, "a size is 1 or more")
        return
    assert status == 200
    if "conclusion, put back" in want:
        assert put_back(request, answer) == pytest.approx(want["conclusion, put back"], rel=1e-12)
    if "equal" in want:
        assert answer["equal"] is want["equal"]
    if "partial of x" in want:
        assert partial_of_x(case["call"], answer) == want["partial of x"]
    if "symbolic" in want:
        assert answer["symbolic"]["compared"] == 0
        assert answer["symbolic"]["skipped"]


@pytest.mark.anyio
@pytest.mark.parametrize("case", of("page"))
async def test_the_page_opens(case: Any, real: httpx.AsyncClient) -> None:
    response = await real.get("/", params=case["request"], follow_redirects=True)
    assert response.status_code == 200
    assert re.search("‖NaN‖", response.text)


@pytest.mark.parametrize(
    ("form", "loss", "slope"),
    [
        ("x*sum(e[0, 0:0])", 0, 0),
        ("x*norm(e[0, 0:0])", 0, 0),
        ("x*prod(e[0, 0:0])", 2, 1),
        ("x*mean(e[0, 0:0])", "NaN", "NaN"),
        ("x*var(e[0, 0:0])", "NaN", "NaN"),
        ("x*sum(mean(e[:, 0:0], axis=1))", "NaN", "NaN"),
        ("x*sum(var(e[0:0], axis=0))", "NaN", "NaN"),
        ("x*sum(softmax(e[:, 0:0]))", 0, 0),
        ("x*mean([x, x][0:0])", "NaN", "NaN"),
    ],
)
def test_what_nothing_comes_to_holds_in_every_call(form: str, loss: Any, slope: Any) -> None:
    for call in CALLS:
        status, answer = asked(call, _EMPTY.format(form))
        assert status == 200, call
        if call == "evaluate":
            assert (answer["loss"]["value"], answer["gradients"]["x"]) == (loss, slope)
            assert bool(answer["warnings"]) == (loss == "NaN")
        if call in ("steps", "graph", "paths"):
            told = json.dumps(answer)
            assert ('"NaN"' in told) == (loss == "NaN"), call
        if call == "check":
            (element,) = answer["elements"]
            assert [element["backprop"], element["symbolic"]] == [slope, slope]


@pytest.mark.parametrize(
    "form", ["zeros(0)", "ones(2, 0)", "arange(0)", "eye(0)", "linspace(0, 1, 0)", "zeros(n)"]
)
def test_a_size_of_nothing_is_refused_in_every_call(form: str) -> None:
    source = f"const n = 0\nparam x = 2\nL = x*sum({form})"
    for call in CALLS:
        status, answer = asked(call, source)
        assert (status, answer["faults"][0]["message"]) == (422, "a size is 1 or more"), call
        assert answer["faults"][0]["span"]["line"] == 3


@pytest.mark.parametrize("name", ["max", "min", "logsumexp"])
def test_what_nothing_cannot_come_to_is_refused_in_every_call(name: str) -> None:
    told = [asked(call, _EMPTY.format(f"x*{name}(e[0, 0:0])")) for call in CALLS]
    assert all(answer == told[0] for answer in told)
    assert told[0][0] == 422


@pytest.mark.parametrize(
    ("form", "slope"),
    [
        ("sum([2, 3, x])", 1),
        ("mean([2, 3, x])", 1 / 3),
        ("sum([2, x] @ [[3, 4], [x, 5]])", 9),
        ("sum(outer([2, x], [3, x]))", 9),
        ("sum(prod([[2, 3], [x, 4]], axis=0))", 2),
        ("sum([2, 3] * [x, 4])", 2),
        ("max([2, 3, x])", 0),
        ("sum(concat([2, 3], [4, x])[0:4:3])", 1),
    ],
)
def test_written_numbers_in_lists_meet_at_scalar_zoom(form: str, slope: float) -> None:
    for call in ("steps", "graph", "paths"):
        status, answer = asked(call, _EMPTY.format(form))
        assert status == 200
        if call != "paths" or answer["count"]:
            assert partial_of_x(call, answer) == pytest.approx(slope, rel=1e-12), call


@pytest.mark.parametrize("role", ["const", "input", "param"])
@pytest.mark.parametrize("form", ["sum(one_hot(k + 1, 3)*x)*k", "k*cross_entropy(x, k)"])
def test_a_class_number_may_be_worked_out_or_be_a_factor_too(role: str, form: str) -> None:
    source = f"{role} k = 1\nparam x = [1, 2, 3]\nL = {form}"
    assert {asked(call, source, of="x[0]")[0] for call in CALLS if call != "derivation"} == {200}
    _, checked = ask("POST /check", {"source": source})
    assert checked["agree"] is True
    assert checked["symbolic"]["skipped"] is None


def test_a_class_number_that_is_worked_out_and_is_none_is_refused() -> None:
    source = "const k = 2\nparam x = [1, 2, 3]\nL = sum(one_hot(k + 1, 3)*x)"
    for call in ("evaluate", "derive", "steps", "check"):
        status, error = asked(call, source)
        assert (status, error["faults"][0]["code"]) == (422, "class_number"), call


@pytest.mark.parametrize(
    ("answer", "equal"),
    [
        ("one_hot(k, 3)*k", True),
        ("one_hot(k + 1, 3)*k", False),
        ("k*one_hot(1, 3)", True),
        ("[0, k, 0]", True),
        ("one_hot(k, 3)", True),
        ("[0, 1, 1]", False),
    ],
)
def test_an_answer_may_read_a_constant_as_a_class_number(answer: str, equal: bool) -> None:
    source = "const k = 1\nparam x = [1, 2, 3]\nL = x[k]*k"
    _, found = ask("POST /compare", {"source": source, "of": "x", "answer": answer})
    assert found["equal"] is equal


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("sin(x)", "Infinity"),
        ("cos(x)", "-Infinity"),
        ("sin(1/x)", 0),
        ("gelu(x)", -1e308),
        ("exp(exp(exp(exp(exp(x)))))", 3),
        ("tanh(exp(exp(exp(exp(x)))))", 3),
        ("relu(exp(exp(exp(exp(exp(x))))))", 3),
        ("abs(sin(exp(exp(exp(exp(x))))))", 3),
        ("log(log(log(x)))", 1),
        ("x^x^x^x", 30),
        ("x*relu(exp(exp(exp(20))))", 9),
        ("x/x", 0),
        ("sqrt(x)", -1),
        ("normal_cdf(x)", "Infinity"),
    ],
)
def test_what_sympy_cannot_put_in_figures_is_skipped_with_a_reason(form: str, value: Any) -> None:
    status, answer = asked("check", _EMPTY.format(form), values={"x": value})
    assert status == 200
    if not answer["symbolic"]["compared"]:
        assert answer["symbolic"]["skipped"]
    assert answer["agree"] is not False


@pytest.mark.parametrize(
    ("call", "source", "more"),
    [
        ("steps", "param x = 1\nL = sum([x, x][1:1])", {}),
        ("graph", "param x = 1\nL = [2, 3][0]", {}),
        ("steps", "param x = 1\nh = sum([x, x][1:1])\nL = h*x", {}),
        ("steps", "param x = [[1]]\nL = sum(cos(patches(x, 1, padding=2)))", {}),
        ("paths", "param x = [1]\nL = sum(prod_except(x)*x)", {"of": "x[0]"}),
        ("derive", "param x = [1]\nL = sum(prod_except(x)*x)", {}),
        (
            "derivation",
            "param x = [1, 2]\nh = log_softmax([x])\nL = max(prod_except(max(-0.7, h)*0))",
            {"of": "h[0,1]"},
        ),
        ("compare", "param x = [0, 0, 1]\nL = max(x)", {"of": "L", "answer": "max(-x[1])"}),
        ("compare", "param x = [1, 2]\nL = var(silu(-1.4))/var(x)", {"answer": "x"}),
        ("compare", "const k = 1\nparam x = 1\nL = x", {"answer": "1", "values": {"k": "NaN"}}),
    ],
)
def test_what_the_fuzzer_met_is_answered(call: str, source: str, more: Mapping[str, Any]) -> None:
    assert asked(call, source, **more)[0] == 200


def test_a_constant_that_is_no_finite_number_is_no_index_of_an_answer() -> None:
    source = "const k = 1\nparam x = [1, 2]\nL = sum(x)*k"
    status, error = asked("compare", source, answer="x[k]", values={"k": "Infinity"})
    assert (status, error["kind"]) == (422, "answer")


def test_a_product_leaves_out_at_least_one_element() -> None:
    status, error = asked("evaluate", "param x = [1, 2]\nL = sum(prod_except(x, order=-1))")
    assert (status, error["faults"][0]["code"]) == (422, "shapes")


@pytest.mark.parametrize("form", ["scalar", "auto"])
def test_a_formula_that_is_nested_too_deep_is_refused_in_words(form: str) -> None:
    source = "param x = 2\nh = x\nfor t in range(400):\n    h = sin(h)\nL = h"
    status, answer = asked("derive", source, wrt=["h"], form=form)
    if form == "auto":
        assert (status, answer["form"]) == (200, "matrix")
    else:
        assert (status, answer["details"]["limit"]) == (422, "formula_depth")


@pytest.mark.parametrize("sign", ["<", ">", "<=", ">=", "==", "!="])
@pytest.mark.parametrize("number", ["sqrt(-2)", "log(-1)", "mean([1][0:0])"])
def test_what_is_no_number_compares_in_a_formula_as_numbers_do(sign: str, number: str) -> None:
    source = f"param x = 2\nc = {number}\nL = x*where(c {sign} x, 3, 5)"
    status, checked = asked("check", source)
    (element,) = checked["elements"]
    assert status == 200
    assert checked["agree"] is True
    assert element["symbolic"] == element["backprop"] == (3 if sign == "!=" else 5)


@pytest.mark.parametrize(
    "formula",
    ["(x + 1e308)*(-3.3)*1e10", "x*1.5e400/7", "x^(1e308*7/3)", "x*(1/3e-330)", "x*1e-400/3"],
)
def test_written_numbers_past_a_float_are_printed_and_read_back(formula: str) -> None:
    source = f"param x = 2\nL = mean({formula})/3"
    for call in CALLS:
        asked(call, source, of="x")
    text = float_text(Fraction(10) ** 330 / 7)
    assert abs(Fraction(text) * 7 / Fraction(10) ** 330 - 1) < 1e-15
    asked("evaluate", f"param x = 2\nL = x*{text}")


@pytest.mark.parametrize("empty", ["mean([1][0:0])", "log(-1)", "1/(w - w)", "var([1][0:0])"])
@pytest.mark.parametrize(
    "meeting",
    [
        "min",
        "maximum",
        "clip",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("max", "minimum")),
    ],
)
def test_a_slope_beside_what_is_no_number_is_found_or_refused(empty: str, meeting: str) -> None:
    arguments = f"w, {empty}, 2" if meeting == "clip" else f"{empty}, 2*w"
    source = f"param w = 0.5\nL = cos(prod({meeting}({arguments}))) + w"
    for call in ("derive", "check", "hessian", "steps", "compare"):
        asked(call, source, of="w")


def test_a_chain_of_sums_in_a_masked_network_is_looked_through() -> None:
    source = "param w = 2\nL = relu(log(w))*sum([w, log(w), w^2] + w + exp(w) + 1)"
    status, answer = asked("derive", source)
    assert status == 200
    assert "where" not in answer["loss"]["text"]


@pytest.mark.parametrize("at", ["max", "min", "clip", "elu"])
def test_the_cosine_of_infinity_is_no_number_wherever_it_goes(at: str) -> None:
    inner = {"clip": "clip(h, -1, 0.5)", "elu": "elu(h)"}.get(at, f"{at}(0.3, h)")
    source = f"param x = 0.4\nh = cos(x)*hardtanh(x)\nL = max(softplus({inner} + elu(h)), h)"
    status, answer = asked("check", source, values={"x": "-Infinity"})
    assert status == 200, answer


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", pytest.param("-Infinity", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "answer", ["sum(2*(w - x)^3)/norm((w - x)^2)*(1 + 1e-10)", "2*(w - x) + 0*y", "y", "3"]
)
def test_an_answer_beside_a_value_that_is_not_finite_has_a_verdict(value: str, answer: str) -> None:
    """The closer look has numbers of many digits, which have no infinity to read."""
    source = "param w = 0.5\ninput x = [0.25, 1]\ninput y = 2\nL = norm((w - x)^2)"
    asked = {"source": source, "of": "w", "answer": answer}
    for values in ({"y": value}, {"x": [value, 1]}):
        status, _ = ask("/compare", {**asked, "values": values})
        assert status == 200


@pytest.mark.parametrize("call", ["POST /check", "POST /derive", "POST /analyze"])
def test_a_number_that_sympy_cannot_tell_from_zero_is_named(call: str) -> None:
    source = "param w = 1\nL = norm(exp(-exp(9)) + log(-1)) + w^2"
    status, answer = ask(call, {"source": source})
    assert status in (200, 422), answer


@pytest.mark.parametrize(
    "loss",
    ["logsumexp(argmax([[v, 2], [w, v]], axis=1))/w", "var([argmax(u), w])", "sum(sort(u)*u)^2"],
)
def test_second_derivatives_of_what_tells_places_are_answered(loss: str) -> None:
    source = f"param w = 1\nparam v = 0.5\nparam u = [3, 3, -1]\nL = {loss}"
    status, answer = ask("POST /hessian", {"source": source, "vector": {"w": 1}})
    assert status == 200, answer


@pytest.mark.parametrize("number", ["exp(1000)*log(-1)^3", "silu(w - w)", "exp(-exp(9))*log(-2)"])
def test_numbers_that_sympy_cannot_order_are_refused_or_no_number(number: str) -> None:
    """Of every function: SymPy raises one exception or another of them."""
    answered = 0
    for name in FUNCTIONS:
        for argument in (f"({number})", f"([{number}, w])", f"([w, 2, {number}])"):
            source = f"param w = 1\nL = sum({name}{argument}) + w^2"
            statuses = {
                asked("derive", source, "w", form="scalar")[0],
                asked("check", source, "w")[0],
            }
            assert statuses <= {200, 422, 504}, source
            answered += 200 in statuses
    assert answered > len(FUNCTIONS)

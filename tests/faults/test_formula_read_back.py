"""Formulas read back: in the order they stand in, each is computed, and they are the gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import _read
from backstep.examples import EXAMPLES
from backstep.limits import LIMITS
from tests.binding.reading import backprop, read_back
from tests.faults import masked_networks
from tests.faults.cases import ask, cases
from tests.systems.random_twins import network

CASES = {param.id: param.values[0] for param in cases("formula-read-back")}
RECURRENT = {
    "lstm, both states read": """input x = [[1, 2], [3, -1]]
h = zeros(2)
c = zeros(2)
for t in range(2):
    h, c = lstm_cell(x[t], h, c)
L = sum(h*h) + mean(c)""",
    "rnn with a loss a step": """input x = [[1, 0], [0, 1], [1, 1]]
h = zeros(2)
E = 0
for t in range(3):
    h = rnn_cell(x[t], h)
    E = E + sum(h^2)
L = E""",
    "a name given three times": """param w = [0.1, 0.2]
param v = [1, 2]
a = sin(w)*v
a = tanh(a)*v + w
a = a*a*v
L = sum(a*w)""",
    "one adjoint for two names": """param w = [1, 2]
a = exp(w)
b = sin(w)
s = a + b
L = sum(s*s*s) + sum(a*b)""",
}
EXAMPLE_NAMES = {example.id for example in EXAMPLES}
SOURCES = {
    **{example.id: example.source for example in EXAMPLES},
    **{
        f"case {key}": case["request"]["source"]
        for key, case in CASES.items()
        if key.startswith("order")
    },
    **RECURRENT,
}


def forget() -> None:
    """Let the next request read its text anew."""
    _read.cache_clear()


def derived(source: str, form: str, **more: Any) -> dict[str, Any]:
    status, body = ask("POST /derive", {"source": source, "form": form, **more})
    assert status == 200, body
    return dict(body)


def readable(answer: dict[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The statements of an answer: what is given once, and its gradients, each by a new name."""
    given = [(each["name"], each["text"]) for each in answer.get("definitions", ())]
    gradients = answer["gradients"].values()
    return given, [(f"read{place}", each["text"]) for place, each in enumerate(gradients)]


def hold(source: str, form: str, values: dict[str, Any] | None = None, exact: bool = False) -> None:
    """What the form prints, added to the text, is what backprop gives."""
    answer = derived(source, form)
    given, wrt = readable(answer)
    found = read_back(source, [*given, *wrt], values)
    wanted = backprop(source, values)
    for (name, text), key in zip(wrt, answer["gradients"], strict=True):
        assert found[name].shape == wanted[key].shape, text
        close: Any = {"rtol": 1e-13, "atol": 1e-300} if exact else {"rtol": 1e-10, "atol": 1e-12}
        said = f"{form} {key} = {text} at {values}"
        np.testing.assert_allclose(found[name], wanted[key], **close, err_msg=said)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_given_once_stands_in_the_order_it_is_computed_in(name: str) -> None:
    source = SOURCES[name]
    first = derived(source, "shared")
    known: set[str] = set()
    for each in first["definitions"]:
        later = {one["name"] for one in first["definitions"]} - known
        assert not later & words(each["text"]), f"{each['name']} = {each['text']}"
        known.add(each["name"])
    hold(source, "shared")


ASKED_BEFORE = [
    pytest.param(name, marks=pytest.mark.slow)
    if name in EXAMPLE_NAMES and name not in ("toy-neuron", "attention")
    else name
    for name in SOURCES
]


@pytest.mark.parametrize("name", ASKED_BEFORE)
def test_what_is_given_once_is_the_same_whatever_was_asked_before(name: str) -> None:
    source = SOURCES[name]
    forget()
    first = derived(source, "shared")
    forget()
    for call in ("evaluate", "derive", "hessian", "graph"):
        ask(f"POST /{call}", {"source": source})
    assert derived(source, "shared") == first


def test_a_partial_that_no_answer_could_hold_is_refused_as_a_closed_one_is() -> None:
    factors = "*".join(f"(x + {number})" for number in range(640))
    request = {"source": f"param x = 0.3\nL = exp({factors})", "form": "shared"}
    status, refused = ask("POST /derive", request)
    assert status == 422
    assert refused["kind"] == "formula_too_large"
    details = refused["details"]
    assert details["limit"] == "source_bytes"
    assert details["measured"] > details["allowed"] == LIMITS.source_bytes
    assert "∂L/∂x" in refused["faults"][0]["message"]


def words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


@pytest.mark.parametrize("seeds", [range(6), pytest.param(range(6, 20), marks=pytest.mark.slow)])
def test_the_shared_forms_of_random_networks_are_their_gradients(seeds: range) -> None:
    for seed in seeds:
        shared_of_random(seed)


@pytest.mark.long
def test_the_shared_forms_of_many_random_networks_are_their_gradients() -> None:
    for seed in range(20, 400):
        shared_of_random(seed)


def shared_of_random(seed: int) -> None:
    source = "\n".join(network(seed).ours[1:])
    forget()
    hold(source, "shared")


def test_partials_that_do_not_read_each_other_stand_as_backprop_meets_them() -> None:
    answer = derived(CASES["order-attention"]["request"]["source"], "shared")
    given = [each["name"] for each in answer["definitions"]]
    assert given == ["delta_A", "delta_1", "delta_V", "delta_K", "delta_Q"]


@pytest.mark.parametrize("case", cases("formula-read-back"))
def test_each_case_reads_back(case: dict[str, Any]) -> None:
    source, form = case["request"]["source"], case["request"]["form"]
    hold(source, form)
    hold(source, "shared")


@pytest.mark.parametrize("form", ["matrix", "shared"])
@pytest.mark.parametrize(
    ("text", "by_x"),
    [
        ("where(x > 0, sqrt(x), 0)", "where(x > 0, 1 / (2*sqrt(x)), 0)"),
        ("where(x > 0, log(sqrt(x)), 0)", "where(x > 0, 1 / (2*x), 0)"),
        ("relu(log(x))", "where(log(x) > 0, 1 / x, 0)"),
        ("where(x > 0, 0, sqrt(-x))", "-where(x > 0, 0, 1 / (2*sqrt(-x)))"),
        ("where(x > 0, where(x > 1, log(x), x), 0)", None),
        ("clip(log(x), -1, 1)", None),
        ("maximum(sqrt(x), 1)", None),
        ("hardtanh(1/x)", None),
        ("where(x > 0, x*sqrt(x), 0)", None),
        ("norm([x, 2*x]) + x", None),
        ("relu(3*x)", "3*step(3*x)"),
    ],
)
def test_a_branch_is_differentiated_inside_its_condition(
    text: str, by_x: str | None, form: str
) -> None:
    source = f"param x = -3\nL = {text}"
    if by_x is not None:
        assert derived(source, form)["gradients"]["x"]["text"] == by_x
    for x in (-3, -1, 0, 0.1, 1, 2, 1000):
        held(source, form, {"x": x})


@pytest.mark.parametrize("form", ["matrix", "shared"])
def test_a_root_stays_inside_its_condition_by_another_name(form: str) -> None:
    source = "param y = 2\ninput x = -3\nL = where(x > 0, sqrt(x)*y, 0)"
    assert derived(source, form)["gradients"]["y"]["text"] == "where(x > 0, sqrt(x), 0)"
    for x in (-3, 0, 2):
        held(source, form, {"x": x})


def held(source: str, form: str, values: dict[str, Any], derived_there: bool = True) -> int:
    """How many partials the form's texts give; where backprop gives none, none is asked for.

    They are derived at the values they are tried at, or at those of the text.
    """
    status, body = ask("POST /evaluate", {"source": source, "values": values})
    if status != 200:
        return 0
    wrt = [name for name, partial in body["partials"].items() if partial is not None]
    asked = {"source": source, "values": values if derived_there else {}, "form": form, "wrt": wrt}
    status, answer = ask("POST /derive", asked)
    if status != 200:
        return 0
    given, read = readable(answer)
    wanted = backprop(source, values)
    found = read_back(source, [*given, *read], values)
    count = 0
    for (name, text), key in zip(read, answer["gradients"], strict=True):
        assert found[name].shape == wanted[key].shape, (source, text)
        if not np.isfinite(wanted[key]).all():
            continue
        count += 1
        said = f"{source}\n{form} {key} = {text} at {values}\n{given}"
        np.testing.assert_allclose(found[name], wanted[key], rtol=1e-9, atol=1e-9, err_msg=said)
    return count


@pytest.mark.parametrize("seeds", [range(10), pytest.param(range(10, 25), marks=pytest.mark.slow)])
def test_formulas_of_networks_with_kinks_read_back_at_them(seeds: range) -> None:
    count = sum(
        held(masked_networks.source(seed), form, masked_networks.point(seed + at))
        for seed in seeds
        for form in ("matrix", "shared")
        for at in range(2)
    )
    assert count > 6 * len(seeds)


@pytest.mark.parametrize("seed", range(10))
def test_formulas_made_elsewhere_hold_at_kinks(seed: int) -> None:
    """What is masked, and inside which branch, is not left to the values in force."""
    for form in ("matrix", "shared"):
        for at in range(3):
            held(masked_networks.source(seed), form, masked_networks.point(seed + at), False)


def test_a_guard_stays_before_what_still_divides() -> None:
    """A guarded quotient is a product without its guard only where its denominator cancels."""
    inner = "where(u > 0, sqrt(u), u)"
    source = f"param x = [1, 2]\nu = reshape(x, 2)\nw = norm({inner})*{inner}\nL = sum(w)"
    found = {each["name"]: each["text"] for each in derived(source, "shared")["definitions"]}
    assert "where(delta_1 != 0, delta_1 / (2*sqrt(u)), 0)" in found["delta_u"]


@pytest.mark.long
def test_formulas_of_many_networks_with_kinks_read_back_at_them() -> None:
    for seed in range(25, 1500):
        for form in ("matrix", "shared"):
            for at in range(3):
                held(masked_networks.source(seed), form, masked_networks.point(seed + at))


@pytest.mark.parametrize(
    "source",
    [
        "param x = 0.5\nL = cross_entropy([x, -x, 1], 2)",
        "param x = 0.5\nL = x^exp(1) + exp(1)^x + exp(2)*exp(1)/exp(x)",
        "param E = 0.5\nL = E*exp(1) + log(E + exp(1))",  # e is no name of the text
        "param x = 2\nL = softmax([1, 2])[0]*x",
        # 0.1*3 is a little more than 0.3, and no tie; SymPy's are exact numbers, and are one.
        "param a = 0.1\nparam b = 0.3\nL = maximum(a*3, b)^2",
        "param a = 0.1\nparam b = 0.3\nL = min([a*3, b])*a",
        # 0 times what overflows is 0 in a pass back, and no number as a formula says it.
        "param x = 800\nL = sigmoid(exp(x))",
        "param x = 3\nL = tanh(exp(exp(exp(x))))",
        "param x = 30\nL = 1/(1 + exp(exp(x)))",
        "param x = 800\nL = log(1 + exp(x))",
        "param x = [1000, -1000]\nL = cross_entropy(x, 1)",  # eˣ/(eˣ + eʸ) as SymPy has it
        "param x = 0.5\nL = selu(x)*x",  # its constants are quotients of sixty digits
        "param x = [0.5, 1]\nL = sum(dropout(x, 0.5))",
        "param w = [1, 2, 3]\ne = w[3:]\nL = sum(outer(w, e)) + w[0]",
    ],
)
def test_every_printed_gradient_is_right_as_an_answer(source: str) -> None:
    for form in ("scalar", "matrix"):
        for name, gradient in derived(source, form)["gradients"].items():
            text = gradient["text"]
            answer = text if isinstance(text, str) else f"[{', '.join(text)}]"
            status, found = ask("POST /compare", {"source": source, "of": name, "answer": answer})
            assert status == 200, found
            assert found["equal"] is True, (form, answer, found["hint"])


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("param x = 800\nL = tanh(x)", "1 + ((exp(x) - exp(-x))/(exp(x) + exp(-x)))^2"),
        ("param x = 800\nL = sigmoid(exp(x))", "sigmoid(exp(x))*exp(x)"),
        ("param x = 800\nL = log(1 + exp(x))", "0"),
        ("param x = 3\nL = tanh(exp(exp(exp(x))))", "(1 - L^2)*exp(exp(exp(x)))*exp(exp(x))"),
    ],
)
def test_what_overflows_hides_no_mistake(source: str, answer: str) -> None:
    _, found = ask("POST /compare", {"source": source, "of": "x", "answer": answer})
    assert found["equal"] is False
    assert not found["own"]

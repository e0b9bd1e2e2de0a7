"""Closed losses and gradients by SymPy: a second derivation beside the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings

from backstep.errors import FormulaTooLarge, RequestError
from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import evaluate_graph
from backstep.lang.compile.compiler import compile_text
from backstep.symbolic.engine import as_written
from backstep.symbolic.targets import target_for
from tests.evaluate.random_graphs import SHAPES, STEPS, Step, drawn
from tests.symbolic.closed import NEURON, closed_of, evaluate, read_again, same, written


def test_the_neurons_gradients_are_those_of_a_loss_written_apart() -> None:
    definition = compile_text(NEURON)
    closed = closed_of(definition, "w", "b", "x", "y", "lambda")
    w, b, x, y, weight = sympy.symbols("w b x y lambda")
    loss = (1 / (1 + sympy.exp(-(w * x + b))) - y) ** 2 / 2 + weight * w**2
    assert same(read_again(closed, closed.loss), loss)
    for name, symbol in {"w": w, "b": b, "x": x, "y": y, "lambda": weight}.items():
        gradient = read_again(closed, closed.gradients[name][()])
        assert same(gradient, sympy.diff(loss, symbol)), name


CASES: Mapping[str, tuple[str, Any]] = {
    "two layers": (
        "input x[2] = [1, -2]\nparam W[2, 2] ~ xavier\nparam b[2] ~ normal(0, 1)\n"
        "param v[2] ~ normal(0, 1)\nL = (dot(v, tanh(W @ x + b)) - 1)^2",
        lambda s: (
            sum(
                s(f"v[{i}]") * sympy.tanh(s(f"W[{i},0]") * s("x[0]") + s(f"W[{i},1]") * s("x[1]")
                                          + s(f"b[{i}]"))
                for i in range(2)
            ) - 1
        ) ** 2,
    ),
    "cross entropy": (
        "input x[2] = [1, 2]\nparam W[3, 2] ~ xavier\nL = cross_entropy(W @ x, 1)",
        lambda s: sympy.log(
            sum(
                sympy.exp(s(f"W[{i},0]") * s("x[0]") + s(f"W[{i},1]") * s("x[1]"))
                for i in range(3)
            )
        ) - (s("W[1,0]") * s("x[0]") + s("W[1,1]") * s("x[1]")),
    ),
    "kinks": (
        "param a = 0.7\nparam c = -0.4\n"
        "L = relu(a) * abs(c) + maximum(a*c, a) + where(a > c, a^3, c)",
        lambda s: (
            sympy.Piecewise((s("a"), s("a") > 0), (0, True))
            * sympy.Piecewise((s("c"), s("c") > 0), (-s("c"), True))
            + sympy.Piecewise((s("a") * s("c"), s("a") * s("c") > s("a")), (s("a"), True))
            + sympy.Piecewise((s("a") ** 3, s("a") > s("c")), (s("c"), True))
        ),
    ),
    "quotients and powers": (
        "param a = 0.7\nparam c = 1.4\nL = (a / c)^2 + sqrt(a*c) - log(a + c) / 3 + a^c",
        lambda s: (s("a") / s("c")) ** 2 + sympy.sqrt(s("a") * s("c"))
        - sympy.log(s("a") + s("c")) / 3 + s("a") ** s("c"),
    ),
    "pi": ("param a = 0.7\nL = sin(pi * a)", lambda s: sympy.sin(sympy.pi * s("a"))),
}  # fmt: skip


@pytest.mark.parametrize("said", CASES)
def test_gradients_read_again_are_sympys_of_a_loss_written_apart(said: str) -> None:
    source, independent = CASES[said]
    definition = compile_text(source)
    names = [leaf.name for leaf in definition.leaves]
    closed = closed_of(definition, *names)
    loss = independent(sympy.Symbol)
    values = initial_values(definition)
    at = {
        sympy.Symbol(f"{leaf.name}{list(place)}".replace(" ", "") if place else leaf.name): float(
            values[leaf.name][place]
        )
        for leaf in definition.leaves
        for place in np.ndindex(*leaf.node.shape)
    }
    for leaf in definition.leaves:
        for place in np.ndindex(*leaf.node.shape):
            name = f"{leaf.name}{list(place)}".replace(" ", "") if place else leaf.name
            found = read_again(closed, closed.gradients[leaf.name][place]).subs(at)
            expected = sympy.diff(loss, sympy.Symbol(name)).subs(at)
            assert float(found) == pytest.approx(float(expected), rel=1e-12, abs=1e-14), name


def test_a_gradient_by_a_named_node_is_by_its_value() -> None:
    closed = closed_of(compile_text(NEURON), "z", "u")
    w, b, x, y = sympy.symbols("w b x y")
    u = 1 / (1 + sympy.exp(-(w * x + b)))
    assert same(read_again(closed, closed.gradients["u"][()]), u - y)
    assert same(read_again(closed, closed.gradients["z"][()]), (u - y) * u * (1 - u))


def test_one_element_of_a_tensor() -> None:
    definition = compile_text("param W[2, 3] ~ xavier\nL = sum(W * W)")
    closed = closed_of(definition, "W[1,2]")
    (formula,) = closed.gradients["W[1,2]"]
    assert read_again(closed, formula) == 2 * sympy.Symbol("W[1,2]")


def test_class_numbers_are_built_in_and_no_symbols() -> None:
    definition = compile_text(
        "input s[3] = [1, 2, 3]\ntarget k = 2\nparam a = 1\nL = cross_entropy(a * s, k)"
    )
    closed = closed_of(definition, "a")
    assert "k" not in {symbol.meaning for symbol in closed.symbols.values()}
    assert evaluate(closed, initial_values(definition), definition)["a"] == pytest.approx(
        sum(np.exp([1, 2, 3]) * [1, 2, 3]) / sum(np.exp([1, 2, 3])) - 3
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("q", "no name 'q'"),
        ("W[3]", "1 index is given, but 'W' is 2×2"),
        ("W[0,-3]", r"no element \[0,-3\]"),
        ("x[0,1]", "2 indices are given, but 'x' is 2"),
        ("L[0]", "'L' is a scalar and has no elements"),
        ("W[0,9]", r"no element \[0,9\]"),
        ("W[a]", "is no element"),
        ("W[0,0", "no element"),
        ("k", "class number"),
    ],
)
def test_what_there_is_not_cannot_be_derived_by(asked: str, says: str) -> None:
    definition = compile_text(
        "param W[2, 2] ~ xavier\ninput x[2] = [1, 2]\ntarget k = 0\nL = cross_entropy(W @ x, k)"
    )
    with pytest.raises(RequestError, match=says):
        target_for(definition, asked)


def test_indices_below_0_count_from_the_end() -> None:
    definition = compile_text("param W[2, 3] ~ xavier\nL = sum(W)")
    assert target_for(definition, "W[-1, -3]").places == ((1, 0),)
    assert target_for(definition, " W [0,2] ").places == ((0, 2),)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("weight", "did you mean 'weights'?"),
        ("LOSS", "did you mean 'loss'?"),
        ("q", "its names: weights, b, loss"),
        ("b[1]", "write b"),
        ("weights[2]", "its elements go from weights[0,0] to weights[1,2]"),
    ],
)
def test_what_was_meant_is_said_at_the_place_that_asked(asked: str, hint: str) -> None:
    definition = compile_text("param weights[2, 3] ~ xavier\nparam b = 1\nloss = b*sum(weights)")
    with pytest.raises(RequestError) as refused:
        target_for(definition, asked, "/wrt/1")
    (fault,) = refused.value.faults
    assert (fault.hint, fault.pointer) == (hint, "/wrt/1")


def test_a_formula_too_large_is_refused_before_sympy_sees_it() -> None:
    lines = ["param x = 0.5", "h = x"] + ["h = tanh(h * h + h)"] * 40 + ["L = h"]
    definition = compile_text("\n".join(lines))
    with pytest.raises(FormulaTooLarge) as refusal:
        closed_of(definition, "x")
    assert refusal.value.details["operations"] > 20_000
    assert refusal.value.details["limit"] == "formula_operations"


def test_hostile_names_are_only_names() -> None:
    definition = compile_text("param E = 2\nparam I = 3\nparam lambda = 4\nparam beta = 5\n"
                            "L = E*I + lambda*beta")  # fmt: skip
    closed = closed_of(definition, "E", "lambda")
    assert {symbol.meaning for symbol in closed.symbols.values()} == {"E", "I", "lambda", "beta"}
    assert all(symbol.text not in dir(sympy) for symbol in closed.symbols.values())
    assert read_again(closed, closed.gradients["E"][()]) == sympy.Symbol("I")


def test_values_by_thirty_digits_agree_with_reverse_mode() -> None:
    definition = compile_text(NEURON)
    values = initial_values(definition)
    found = evaluate(closed_of(definition, "w", "b"), values, definition)
    numbers = evaluate_graph(definition, values)
    for name in ("w", "b"):
        exact = numbers.partial(definition.names[name][0].node)
        assert found[name] == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize(
    "formula",
    ["relu(sqrt(x))", "max([sqrt(x), 1])", "where(sqrt(x) > 0, x, 1)", "maximum(log(x), 1)"],
)
def test_where_a_complex_number_is_compared_there_is_no_value(formula: str) -> None:
    definition = compile_text(f"param x = -1\nL = {formula}")
    found = evaluate(closed_of(definition, "x"), initial_values(definition), definition)
    assert np.isnan(found["x"])


def test_two_layers_of_a_users_own_choice_are_derived() -> None:
    definition = compile_text(
        "input x[2] = [1, 2]\nparam W[2, 2] ~ xavier\nparam V[2, 2] ~ xavier\n"
        "f(x) = where(x > 0, x, x / 10)\nL = sum(f(V @ f(W @ x))^2)"
    )
    values = initial_values(definition)
    found = evaluate(closed_of(definition, "W"), values, definition)["W"]
    exact = evaluate_graph(definition, values).partial(definition.names["W"][0].node)
    np.testing.assert_allclose(found, exact, rtol=1e-13)


def test_pooling_over_a_convolution_is_derived() -> None:
    definition = compile_text(
        "input x[1, 4, 4] ~ normal(0, 1)\nparam K[1, 1, 2, 2] ~ normal(0, 1)\n"
        "L = sum(max_pool2d(relu(conv2d(x, K, padding=1)), 2))"
    )
    values = initial_values(definition)
    found = evaluate(closed_of(definition, "K"), values, definition)["K"]
    exact = evaluate_graph(definition, values).partial(definition.names["K"][0].node)
    np.testing.assert_allclose(found, exact, rtol=1e-13)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_random_networks_are_derived_alike_by_rules_and_by_sympy(steps: list[Step]) -> None:
    definition = drawn(steps)
    assume(definition is not None)
    assert definition is not None
    values = {name: value / 2 for name, value in initial_values(definition).items()}
    numbers = evaluate_graph(definition, values)
    found = evaluate(closed_of(definition, *SHAPES), values, definition)
    for leaf in definition.leaves:
        exact = numbers.partial(leaf.node)
        if np.isfinite(exact).all() and np.isfinite(found[leaf.name]).all():
            np.testing.assert_allclose(found[leaf.name], exact, rtol=1e-9, atol=1e-12)


def test_an_element_is_derived_on_its_own_cone_where_the_loss_is_too_large() -> None:
    definition = compile_text(
        "input x[60] ~ normal(0, 1)\nparam W[90, 60] ~ xavier\nparam b[90] ~ normal(0, 1)\n"
        "param v[90] ~ normal(0, 1)\nL = relu(W @ x + b) @ v"
    )
    closed = closed_of(definition, "W[3,7]", "v[2]")
    assert closed.loss is None
    values = initial_values(definition)
    numbers, found = evaluate_graph(definition, values), evaluate(closed, values, definition)
    for name, at in (("W", (3, 7)), ("v", (2,))):
        exact = numbers.partial(definition.names[name][0].node)[at]
        asked = f"{name}[{','.join(map(str, at))}]"
        assert found[asked][0] == pytest.approx(exact, rel=1e-12, abs=1e-14)
    with as_written():
        printed = written(closed, closed.gradients["W[3,7]"][0])
    assert r"\mathbf{1}" in printed
    assert "W_{4" not in printed


def test_who_asks_for_one_element_is_offered_another_form() -> None:
    definition = compile_text(
        "input x[60] ~ normal(0, 1)\nparam W[90, 60] ~ xavier\nparam V[5, 90] ~ xavier\n"
        "L = cross_entropy(V @ relu(W @ x), 3)"
    )
    with pytest.raises(FormulaTooLarge) as refused:
        closed_of(definition, "W[3,7]")
    (fault,) = refused.value.faults
    assert fault.hint is not None
    assert "single element" not in fault.hint
    assert 'form: "shared"' in fault.hint


@pytest.mark.parametrize(
    ("asked", "name"),
    [("λ", "lambda"), ("lambda", "lambda"), ("v₁₂", "v12"), ("W₁[1, -1]", "W1[1, -1]")],
)
def test_a_name_is_asked_for_as_the_text_may_spell_it(asked: str, name: str) -> None:
    source = "param λ = 2\nparam v₁₂ = 3\nparam W₁ = [[1, 2], [3, 4]]\nL = λ*v₁₂*sum(W₁)"
    assert target_for(compile_text(source), asked).name == name

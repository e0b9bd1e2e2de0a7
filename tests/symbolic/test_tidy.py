"""Closed formulas as a textbook has them: short, in a good order, and of the same value."""

from __future__ import annotations

from collections.abc import Mapping
from time import process_time

import pytest

from backstep.evaluate.initial import initial_values
from backstep.evaluate.numeric import evaluate_graph
from backstep.lang.compile.compiler import compile_text
from backstep.symbolic.engine import as_written
from backstep.symbolic.printer import operations
from tests.symbolic.closed import NEURON, closed_of, evaluate, written


def test_the_tidy_form_keeps_sigma_by_name() -> None:
    closed = closed_of(compile_text(NEURON), "b")
    with as_written():
        printed = written(closed, closed.gradients["b"][()])
    assert r"\sigma" in printed
    assert "e^{" not in printed


LOGISTIC = "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\np = sigmoid(w*x + b)\n"
ERROR = r"\left(\sigma\left(w \, x + b\right) - y\right) \, x"
TIDY: Mapping[str, tuple[str, str]] = {
    "cross entropy typed out": (LOGISTIC + "L = -(y*log(p) + (1 - y)*log(1 - p))", ERROR),
    "bce": (LOGISTIC + "L = bce(p, y)", ERROR),
    "bce of a logit": (LOGISTIC + "L = bce_with_logits(w*x + b, y)", ERROR),
    "softplus": (LOGISTIC + "L = softplus(w*x)", r"\sigma\left(w \, x\right) \, x"),
    "silu": (
        LOGISTIC + "L = silu(w)",
        r"\sigma\left(w\right)"
        r" + w \, \sigma\left(w\right) \, \left(1 - \sigma\left(w\right)\right)",
    ),
    "gelu": (
        LOGISTIC + "L = gelu(w)",
        r"\Phi\left(w\right) + \frac{\sqrt{2} \, w \, e^{-\frac{w^{2}}{2}}}{2 \, \sqrt{\pi}}",
    ),
}


@pytest.mark.parametrize("said", TIDY)
def test_a_gradient_is_as_a_textbook_has_it_and_of_the_same_value(said: str) -> None:
    source, expected = TIDY[said]
    definition = compile_text(source)
    closed = closed_of(definition, "w")
    with as_written():
        assert written(closed, closed.gradients["w"][()]) == expected
    values = initial_values(definition)
    exact = evaluate_graph(definition, values).partial(definition.names["w"][0].node)
    assert evaluate(closed, values, definition)["w"] == pytest.approx(exact, rel=1e-13)


def test_softmax_under_a_log_comes_down_to_p_minus_1() -> None:
    definition = compile_text(
        "input x[2] = [1, 2]\nparam W[3, 2] ~ xavier\nL = -log(softmax(W @ x)[1])"
    )
    closed = closed_of(definition, "W[1,0]", "W[0,0]")
    values = initial_values(definition)
    exact = evaluate_graph(definition, values).partial(definition.names["W"][0].node)
    found = evaluate(closed, values, definition)
    for name, at in (("W[1,0]", (1, 0)), ("W[0,0]", (0, 0))):
        assert operations(closed.gradients[name][0]) <= 21
        assert found[name][0] == pytest.approx(exact[at], rel=1e-13)


def test_an_element_of_three_layers_is_derived_in_a_moment() -> None:
    definition = compile_text(
        "input x[4] ~ normal(0, 1)\ntarget y[4] ~ normal(0, 1)\nh = x\n"
        "for k in layers(3):\n    h = tanh(dense(h, 4))\nL = mse(h, y)"
    )
    start = process_time()
    closed = closed_of(definition, "h[2].W[0,0]")
    with as_written():
        written(closed, closed.gradients["h[2].W[0,0]"][0])
    assert process_time() - start < 0.8


def test_where_many_ways_meet_the_shorter_direction_is_given() -> None:
    definition = compile_text(
        "param a = 2\nb = a*a + a\nc = b*b + tanh(b)\nd = c*c + tanh(c)\nL = d"
    )
    closed = closed_of(definition, "a")
    values = initial_values(definition)
    exact = evaluate_graph(definition, values).partial(definition.names["a"][0].node)
    assert evaluate(closed, values, definition)["a"] == pytest.approx(exact, rel=1e-12, abs=1e-14)


def test_the_regulariser_is_last() -> None:
    closed = closed_of(compile_text(NEURON), "w")
    with as_written():
        assert written(closed, closed.gradients["w"][()]).endswith(r"+ 2 \, \lambda \, w")
        assert written(closed, closed.loss).endswith(r"+ \lambda \, w^{2}")

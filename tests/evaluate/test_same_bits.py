"""Asked a second time, a text has the same bits: sums add in one order, wherever numbers lie."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.evaluate.compiled.program import Program
from tests.asking import CALLS
from tests.evaluate.compiled_cases import apart, both, by_name, gradient_program

ARRANGED = {
    "transposed": "exp(X.T)",
    "transposed twice": "exp(exp(X.T)).T",
    "turned product": "sin(X.T)*X.T",
    "broadcast": "exp(X.T) + b",
    "columns": "exp(X[:, 1:7])*2",
    "every other": "exp(X[:, 0:7:2])",
    "reshaped": "exp(reshape(X, 7, 5).T)",
    "joined": "concat(exp(X.T), X.T)",
    "stacked": "exp(stack(X[0], X[1], X[2]).T)",
    "windows": "patches(X, 2)[0]^2",
    "product": "exp(X.T) @ X",
}
SUMS = (
    "sum({0})",
    "sum(sum({0}, axis=0)^2)",
    "sum(mean({0}, axis=1)^2)",
    "var({0})",
    "sum(var({0}, axis=0))",
    "norm({0})",
    "sum(norm({0}, axis=0))",
    "prod({0})",
    "logsumexp({0})",
    "sum(logsumexp({0}, axis=0)^2)",
    "sum(softmax({0})^2)",
    "sum(softmax({0}, axis=0)^2)",
    "sum(log_softmax({0})^2)",
    "sum(log_softmax({0}, axis=0)^2)",
    "sum(({0}) @ ({0}).T)",
    "sum(relu(({0}).T @ ({0})))",
    "sum(({0})[0] @ ({0}).T)",
    "max(sum({0}, axis=1))",
)


@pytest.mark.parametrize("arranged", ARRANGED.values(), ids=ARRANGED)
def test_an_exact_program_adds_in_the_order_of_the_interpreter(arranged: str) -> None:
    numbers = np.random.default_rng(4).uniform(-1, 1, (5, 7)).tolist()
    lines = [f"param X = {numbers}", "param b = [0.3, 0.7, -0.1, 0.2, 0.9]", f"h = {arranged}"]
    lines += [f"a{number} = {form.format('h')}" for number, form in enumerate(SUMS)]
    lines.append(f"L = {' + '.join(f'sin(a{number})' for number in range(len(SUMS)))}")
    prepared = bind("\n".join(lines))
    definition, back = prepared.definition, prepared.model.back
    leaves = [leaf.node for leaf in definition.leaves]
    targets = [definition.names[f"a{number}"][-1].node for number in range(len(SUMS))]
    targets += [one for leaf in leaves if (one := back.adjoints.get(leaf.id)) is not None]
    made = Program(targets, leaves, exact=True)
    for found, wanted in zip(*both(made, by_name(definition, prepared.leaves)), strict=True):
        assert apart(found, wanted) == 0


def test_a_text_asked_about_again_has_the_same_bits() -> None:
    numbers = np.random.default_rng(5).uniform(-1, 1, (5, 7)).tolist()
    request = {"source": f"param W = {numbers}\nL = sum(exp(W.T)) + prod(W.T) + softplus(W[0, 0])"}
    answers = [CALLS["evaluate"](request) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]


def test_a_scalars_softplus_is_rounded_as_the_interpreters() -> None:
    made, _ = gradient_program(bind("param x = 1\nL = softplus(x)").definition, exact=True)
    for number in np.random.default_rng(6).normal(size=60).tolist():
        for found, wanted in zip(*both(made, [number]), strict=True):
            assert apart(found, wanted) == 0

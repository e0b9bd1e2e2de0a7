"""Formulas whose parts stand in each other again and again: they are tidied in few steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.binding.bind import bind
from backstep.binding.jacobian_formulas import jacobian_with_formulas
from backstep.evaluate.initial import initial_values
from backstep.graph.node import Node
from backstep.lang.compile.compiler import compile_text
from backstep.simplify import products
from backstep.simplify.linear import Linear
from backstep.simplify.matrices import LAST, RULES
from tests.simplify.test_tidy import tidied, value

PASSES = 8
DEAR = "h/(1 + h/(1 + h))"
STEPS = (
    "h^h",
    DEAR,
    "sqrt(h + sqrt(h + w))",
    "h*h + h/(w + h)",
    "(h + w)*(h - w)/(h + 2)",
    "exp(h)/(exp(h) + exp(w))*h",
)


@pytest.mark.parametrize(
    "step",
    [pytest.param(each, marks=pytest.mark.slow if each == DEAR else ()) for each in STEPS],
)
def test_few_products_are_tried_for_each_and_the_form_has_the_value(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    inside, made = 0, products._shortest

    def counted(*given: Any) -> Any:
        nonlocal inside
        if not inside:
            tried.append(0)
        inside += 1
        tried[-1] += 1
        try:
            return made(*given)
        finally:
            inside -= 1

    monkeypatch.setattr(products, "_shortest", counted)
    text = f"param w = 0.5\nh = w\nfor i in range({PASSES}):\n    h = {step}\nL = h"
    definition = compile_text(text)
    (leaf,) = definition.leaves
    node = differentiate(definition.loss).adjoints[leaf.node.id]
    assert node is not None
    tidy = tidied(definition, RULES, LAST)
    form = tidy.of(node)
    assert max(tried) <= 60
    known = {leaf.node.id: initial_values(definition)[leaf.name]}
    given = {key: value(origin, known) for key, origin in tidy.origin.items()}
    assert np.allclose(value(form, given), value(node, known), rtol=1e-9)


def test_a_part_of_a_linear_form_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a chain each link of which is read twice: a softmax of a softmax, and so on."""
    read: list[int] = []
    for name in ("_terms", "_row_of"):
        made = getattr(Linear, name)

        def counted(self: Linear, node: Node, made: Any = made) -> Any:
            read.append(node.id)
            return made(self, node)

        monkeypatch.setattr(Linear, name, counted)
    text = "param v[4] ~ normal(0, 1)\nh = v\nfor i in range(12):\n    h = softmax(h)\nL = h[0]"
    jacobian_with_formulas(bind(text, {}), "h", "v")
    assert read
    assert len(read) == len(set(read))

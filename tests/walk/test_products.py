"""Contributions between tensors as products: their factors, their elements, one worked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product as every
from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.examples import EXAMPLES
from backstep.walk import Contribution
from backstep.walk.elements import worked_out
from backstep.walk.products import Product
from backstep.walk.walk_for import walk_for
from tests.asking import CALLS
from tests.binding.reading import array

LAYER = """\
input x = [1, -2, 0.5]
target z = [0, 1, 0]
param W = [[0.3, -0.1, 0.2], [-0.2, -0.4, 0.1], [0.5, 0.1, -0.3]]
q = W @ x
h = relu(q)
a = softmax(h)
J = -sum(z * log(a))
"""
CASES = {
    "layer": LAYER,
    "bias of rows": "param X = [[1, 2], [3, 4], [5, -6]]\nparam b = [0.5, -1]\nc = X + b\n"
    "L = sum(c^3)",
    "scaled": "param c = 0.5\nparam X = [[1, 2], [3, 4]]\nY = -c*X/3\nL = sum(Y^2)",
    "between": "param A = [[1, 2], [0, 1]]\nparam B = [[2, 1, 0], [1, 1, -1]]\n"
    "param C = [[1], [2], [-1]]\nD = A @ B @ C\nL = sum(D^2)",
    "turned": "param A = [[1, 2, 3], [0, 1, -1]]\nB = A.T\nL = sum(B^3)",
    "vectors": "param v = [1, 2, -1]\nparam w = [0.5, 3, 2]\nd = dot(v, w)\nL = d^2",
    "from the left": "param v = [1, 2]\nparam A = [[1, 2, 3], [0, 1, -1]]\nu = v @ A\nL = sum(u^3)",
    "rows of a softmax": "param S = [[1, 2], [0.5, -1]]\nparam V = [[1, 2], [3, 4]]\n"
    "A = softmax(S)\nO = A @ V\nL = sum(O^2)",
    "far out": "param z = [40, -1]\na = sigmoid(z)\nL = sum(a)",
}


def contributions(source: str, zoom: Any = "tensor") -> Iterator[tuple[str, Contribution]]:
    found = walk_for(bind(source), zoom)
    for step in found.walk.steps:
        for each in step.contributions:
            yield found.prepared.symbols.said(step.vertex.node), each


def written(source: str, zoom: Any = "tensor") -> dict[str, Product]:
    return {name: each.product for name, each in contributions(source, zoom) if each.product}


def spelled(found: Product) -> tuple[Any, ...]:
    factors = [(each.role, each.axes, each.size) for each in found.factors]
    return found.sign, found.axes, factors


def test_a_matrix_gets_a_column_by_a_row() -> None:
    found = written(LAYER)["W"]
    assert spelled(found) == (
        "matmul",
        "ij",
        [("upstream", "i", (3, 1)), ("local", "j", (1, 3))],
    )
    assert [each.latex for each in found.factors] == [
        r"\bp{\frac{\partial J}{\partial q}}",
        r"\fv{x}^{\top}",
    ]
    assert found.element == r"\bp{\frac{\partial J}{\partial W_{#{ij}}}}"


def test_a_vector_gets_the_turned_matrix_by_a_column() -> None:
    found = written(LAYER)["x"]
    assert spelled(found) == (
        "matmul",
        "i",
        [("local", "ik", (3, 3)), ("upstream", "k", (3, 1))],
    )
    assert found.factors[0].element == r"\fv{W}_{#{ki}}", "of the matrix as it is typed"


def test_what_works_element_by_element_and_what_does_not() -> None:
    found = written(LAYER)
    assert found["q"].sign == "elementwise"
    assert found["q"].factors[1].element == r"\mathbf{1}\left[\fv{q}_{#{i}} > 0\right]"
    assert spelled(found["h"]) == (
        "matmul",
        "i",
        [("local", "ik", (3, 3)), ("upstream", "k", (3, 1))],
    ), "a softmax, by its Jacobian"
    rows = written(CASES["rows of a softmax"])["S"]
    assert (rows.sign, [each.axes for each in rows.factors]) == ("elements", ["kl", "ijkl"])


def test_the_sum_over_rows_is_a_product_with_ones() -> None:
    found = written(CASES["bias of rows"])["b"]
    assert spelled(found)[2] == [("local", "k", (1, 3)), ("upstream", "ki", (3, 2))]
    assert found.size == (1, 2)


@pytest.mark.parametrize("zoom", ["tensor", "block"])
@pytest.mark.parametrize("name", CASES)
def test_the_product_is_the_contribution(name: str, zoom: str) -> None:
    count = 0
    for said, each in contributions(CASES[name], zoom):
        if not each.link.source.shape and not each.link.use.shape:
            assert each.product is None
            continue
        assert each.product is not None, said
        formula = ",".join(factor.axes for factor in each.product.factors)
        arrays = [factor.array for factor in each.product.factors]
        made = np.einsum(f"{formula}->{each.product.axes}", *arrays)
        np.testing.assert_allclose(made, each.value, rtol=1e-9)
        count += 1
    assert count


def test_most_contributions_between_tensors_of_the_examples_are_written_out() -> None:
    ids = ("softmax-layer", "attention", "rnn", "batch-norm", "deep-network", "logistic-regression")
    sources = [each.source for each in EXAMPLES if each.id in ids]
    assert len(sources) == len(ids)
    known = [
        each.product is not None
        for source in sources
        for _, each in contributions(source)
        if (each.link.source.shape or each.link.use.shape)
        and max(len(each.link.source.shape), len(each.link.use.shape)) <= 2
        and each.reason is None
    ]
    assert sum(known) > 0.9 * len(known)


def test_a_local_derivative_keeps_the_digits_that_its_formula_loses() -> None:
    local = written(CASES["far out"])["z"].factors[-1]
    assert local.array[0] == pytest.approx(np.exp(-40.0), rel=1e-12), "1 − σ(40) would be 0"


def test_a_product_that_is_not_the_contribution_is_not_written_out() -> None:
    source = "param x = [0, 1]\ny = sqrt(x)\nL = 0*y[0] + y[1]"
    [(_, each)] = [pair for pair in contributions(source) if pair[0] == "x"]
    assert each.value.tolist() == [0.0, 0.5], "an exact 0 stops an infinite slope"
    assert each.product is None, "0 · ∞ would be none"


def test_every_term_of_an_element_is_in_its_equation() -> None:
    found = written(LAYER)
    value = dict(contributions(LAYER))
    assert worked_out(found["W"], value["W"].value, (1, 1)) == (
        r"\bp{\frac{\partial J}{\partial W_{1,1}}} = \bp{\frac{\partial J}{\partial q_{1}}}"
        r" \cdot \fv{x}_{1} = \left(\bp{-0.609}\right) \cdot \left(\fv{-2}\right) = \bp{1.218}"
    )
    assert worked_out(found["x"], value["x"].value, (0,)).count(r"\fv{W}_{") == 3
    assert worked_out(found["W"], value["W"].value, (0, 0), True).endswith("but for rounding}")


def test_of_a_long_sum_there_are_the_first_terms_and_the_last() -> None:
    source = "param W[2, 6] ~ normal(0, 1)\nparam x[6] ~ normal(0, 1)\ny = W @ x\nL = sum(y^3)"
    wide = source.replace("W[2, 6]", "W[6, 2]").replace("W @ x", "x @ W")
    found = dict(contributions(wide))["W"]
    assert found.product is not None
    text = worked_out(found.product, found.value, (5, 1))
    assert r"\cdots" not in text, "an outer product has no sum"
    across = dict(contributions(source.replace("W @ x", "(x @ W.T)")))["x"]
    assert across.product is not None
    assert r"\cdots" not in worked_out(across.product, across.value, (0,)), "two terms"
    tall = dict(contributions(source.replace("W[2, 6]", "W[7, 6]")))["x"]
    assert tall.product is not None
    assert worked_out(tall.product, tall.value, (0,)).count(r"\cdots") == 2


def test_a_step_is_sent_with_its_figures() -> None:
    steps = CALLS["steps"]({"source": LAYER, "zoom": "tensor"})["steps"]
    sent = {each["name"]: each["contributions"] for each in steps if each["phase"] == "backward"}
    product = sent["W"][0]["product"]
    assert product["cells"][4] == "1.218"
    assert product["factors"][0]["cells"] == ["0.3719", "−0.609", "0.2371"]
    assert array(product["factors"][1]["value"]).tolist() == [1, -2, 0.5]
    assert product["worked"].endswith(r"= \bp{0.1186}")


def test_what_is_too_large_to_be_read_is_sent_as_a_picture() -> None:
    source = "param W[30, 20] ~ normal(0, 1)\ninput x[20] ~ normal(0, 1)\ny = W @ x\nL = sum(y^2)"
    answer = CALLS["steps"]({"source": source, "zoom": "tensor"})
    [product] = [
        each["contributions"][0]["product"]
        for each in answer["steps"]
        if each["phase"] == "backward" and each["name"] == "W"
    ]
    assert product["cells"] is None
    assert product["heat"]["rows"] == 14
    assert [each["cells"] for each in product["factors"]] == [None, None]
    assert answer["incoming"] == "g"


def test_every_place_of_a_symbol_has_the_letters_of_its_axes() -> None:
    for source, zoom in every(CASES.values(), ("tensor", "block")):
        for _, each in contributions(source, zoom):
            for factor in each.product.factors if each.product else ():
                used = {
                    letter for part in re.findall(r"#\{(.*?)\}", factor.element) for letter in part
                }
                assert used <= set(factor.axes)
                assert "70001" not in factor.element

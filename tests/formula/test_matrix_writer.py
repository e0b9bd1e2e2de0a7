"""Matrix formulas as text and LaTeX: brackets, shapes and signs, by what they are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import array, backprop, read_back
from tests.formula.latex_values import value

LEAVES = """param M = [[1, 2], [-0.5, 3]]
param X = [[0.3, -1], [2, 0.7]]
param u = [0.5, -2]
param v = [1.5, 0.25]
param a = 0.7
param b = -1.2
param p = 3
"""
LOSSES = {
    "a difference after a minus": "sum((M @ X - (X + M))^2)",
    "a difference of a difference": "sum((M - (X - M@X))^3)",
    "a sum in a product": "dot((M + X) @ ((M - X) @ u), v)",
    "a product of products": "dot(u, (M @ X) @ ((X @ M) @ v))",
    "a product of a sum and a vector": "sum(((M + X) @ v)^2 * u)",
    "a column beside a row of ones": "sum(M * reshape(u, 2, 1) * X)",
    "a column of a sum": "sum(exp(M) * reshape(u + v, 2, 1))",
    "a column in a sum": "sum((M - reshape(u, 2, 1))^3)",
    "a column in a quotient": "sum(M / reshape(v, 2, 1))",
    "sums over rows": "sum(sum(M^2, axis=1) * sum(X, axis=1) * v)",
    "a power in an outer product": "sum(outer(u, v^2) * M)",
    "a power's transpose": "dot(M @ (u^2), v)",
    "a sum in an outer product": "sum((M @ (u + v))^2)",
    "a choice by inequality": "sum(where(u != v, u*v, u))",
    "a choice by order": "sum(where(u >= v, u^2, v^3)) + sum(where(u <= v, v, u*v))",
    "a choice by a scalar": "sum(where(u < a, M @ u, v^2))",
    "a choice at a tie": "sum(where(u <= u + 0*v, u*v, v^2)) + sum(where(u >= u + 0*v, u, v))",
    "a choice by the opposite of a sum": "sum(where(-(u + v) > 0, u*v, v^2))",
    "an even power": "a*p - (p - 1)^2*a",
    "an odd power": "a*p - (p - 1)^3*a*b",
    "a negative base": "(-a)^3*b + (-(a*b))^2",
    "quotients in quotients": "a/(b/p) + (a/b)/p + a/(b*p) + (a/b)^3",
    "a number before a fraction": "3*a/7*b + 2/(3*b)*a",
    "exponentials": "sum(exp(u*v - a)*v)/sum(exp(u))",
    "a dot product of sums": "dot(u + v, M @ v)^2",
    "a scalar before elements": "a*b*sum(u*v*u)",
    "a row broadcast": "sum((M*u - X)^3)",
    "a norm's shares": "sum(sigmoid(M @ u)*v)*a",
}


@pytest.mark.parametrize("name", LOSSES)
def test_text_and_latex_are_worth_what_backprop_gives(name: str) -> None:
    source = f"{LEAVES}L = {LOSSES[name]}"
    values: dict[str, Any] = {
        key: array(each) for key, each in CALLS["evaluate"]({"source": source})["values"].items()
    }
    wanted = backprop(source)
    answer = CALLS["derive"]({"source": source, "form": "matrix"})
    texts = [(f"read_{key}", each["text"]) for key, each in answer["gradients"].items()]
    found = read_back(source, texts)
    for key, each in answer["gradients"].items():
        said = f"{key}: {each['text']}   {each['latex']}"
        np.testing.assert_allclose(found[f"read_{key}"], wanted[key], rtol=1e-10, err_msg=said)
        spread = np.broadcast_to(value(each["latex"], values), wanted[key].shape)
        np.testing.assert_allclose(spread, wanted[key], rtol=1e-10, err_msg=said)


@pytest.mark.parametrize(
    ("loss", "by", "latex"),
    [
        ("sum(outer(u, v^2) * M)", "M", r"u \, \left(v^{2}\right)^{\top}"),
        ("sum(where(u != v, u, 0))", "u", r"\operatorname{where}\left(u \ne v, 1, 0\right)"),
    ],
)
def test_the_latex_is(loss: str, by: str, latex: str) -> None:
    answer = CALLS["derive"]({"source": f"{LEAVES}L = {loss}", "form": "matrix", "wrt": [by]})
    assert latex in answer["gradients"][by]["latex"]

"""Typed answers as people write them: products left out, names run together, LaTeX, partials."""

from __future__ import annotations

from typing import Any

import pytest

from backstep.ops import FUNCTIONS, TABLE
from tests.faults.cases import ask

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nconst lambda = 0.1\n"
    "z = w*x + b\nu = sigmoid(z)\nl = (u - y)^2/2\nr = w^2\nL = l + lambda*r"
)
CLASSES = (
    "input x = [0.5, -1.0]\ntarget y = 1\nparam W = [[0.2, -0.4], [0.9, 0.3], [-0.5, 0.8]]\n"
    "param b = [0.1, -0.2, 0.3]\na = b + W @ x\nf = softmax(a)\nL = -log(pick(f, y))"
)
ROWS = "param x = [0.4, -1.3]\ninput A = [[2.0, 0.5], [0.1, 1.5]]\nh = A @ x\nL = dot(x, h)"


def compared(source: str, of: str, answer: str) -> dict[str, Any]:
    status, found = ask("POST /compare", {"source": source, "of": of, "answer": answer})
    assert status == 200, found
    return dict(found)


@pytest.mark.parametrize(
    ("of", "answer", "read"),
    [
        ("w", "(u − y)u(1 − u)x + 2λw", "(u - y)*u*(1 - u)*x + 2*lambda*w"),
        ("w", "(u-y)u(1-u)x + 2(λw)", "(u - y)*u*(1 - u)*x + 2*(lambda*w)"),
        ("w", "(u-y)u(1-u)x + 2 λ w", "(u - y)*u*(1 - u)*x + 2*lambda*w"),
        ("w", "∂L/∂u u(1 − u)x + 2λw", "delta_u*u*(1 - u)*x + 2*lambda*w"),
        ("w", "dL/du · σ'(z) x + 2λw", None),
        ("w", "δ_z x + 2λw", "delta_z*x + 2*lambda*w"),
        ("w", r"(u-y)\,u\,(1-u)\,x + 2\lambda w", "(u - y)*u*(1 - u)*x + 2*lambda*w"),
        ("w", r"\frac{\partial L}{\partial u}\,u(1-u)\,x + 2\lambda w", None),
        ("z", "(u − y)σ'(z)", None),
        ("b", "(u-y)u(1-u)", "(u - y)*u*(1 - u)"),
        ("u", "u − y", "u - y"),
        ("z", "u²(1-u) − yu(1-u)", "u^2*(1 - u) - y*u*(1 - u)"),
    ],
)
def test_a_right_answer_of_the_neuron_is_right(of: str, answer: str, read: str | None) -> None:
    found = compared(NEURON, of, answer)
    assert found["equal"] is True
    assert found["read"] == (read or found["read"])
    assert found["read_latex"]


@pytest.mark.parametrize(
    ("source", "of", "answer"),
    [
        (CLASSES, "W", "(f − e_y) xᵀ"),
        (CLASSES, "W", r"(f - e_y)\,x^\top"),
        (CLASSES, "W", r"\delta_a x^T"),
        (CLASSES, "W", "δ_a xᵀ"),
        (CLASSES, "x", "Wᵀ (f − e_y)"),
        (CLASSES, "x", "W' (f − e_y)"),
        (CLASSES, "b", r"f - \mathbf{e}_y"),
        (CLASSES, "a", "f − e_y"),
        (ROWS, "x", "(A + Aᵀ)x"),
        (ROWS, "A", "x xᵀ"),
        (ROWS, "h", "x"),
    ],
)
def test_a_right_answer_of_vectors_is_right(source: str, of: str, answer: str) -> None:
    assert compared(source, of, answer)["equal"] is True


def test_a_wrong_answer_is_told_as_it_was_read() -> None:
    found = compared(NEURON, "w", "(u − y)u(1 − u) + 2λw")
    assert found["equal"] is False
    assert found["read"] == "(u - y)*u*(1 - u) + 2*lambda*w"
    assert found["hint"] == "the factor x = ∂z/∂w is missing"


def test_letters_that_split_in_two_ways_are_no_product() -> None:
    source = "param a = 2\nparam b = 3\nparam ab = 4\nparam c = 5\nL = a*b*c + ab"
    status, found = ask("POST /compare", {"source": source, "of": "a", "answer": "bca"})
    assert status == 200
    status, found = ask("POST /compare", {"source": source, "of": "a", "answer": "abc"})
    assert status == 422
    assert found["faults"][0]["code"] == "unknown_name"


def in_latex(name: str) -> None:
    """A function that is asked about in LaTeX ends in an answer or a worded refusal."""
    source = "param v = [0.3, -0.2, 1]\nparam a = 0.4\nL = sum(v^2)*a\n"
    for arguments in ("v", "a, v", "v, v, 1"):
        answer = rf"\operatorname{{{name}}}\left({arguments}\right)"
        status, _ = ask("POST /compare", {"source": source, "of": "v", "answer": answer})
        assert status in (200, 422)


@pytest.mark.parametrize("name", ["diag", "tril", "xlogy", "cross_entropy", "equal", "rnn_cell"])
def test_functions_in_latex_are_answered_or_refused_in_words(name: str) -> None:
    in_latex(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) | set(TABLE)))
def test_every_function_in_latex_is_answered_or_refused_in_words(name: str) -> None:
    in_latex(name)


def test_a_function_that_is_no_row_is_read_in_latex() -> None:
    source = "param v = [0.3, -0.2]\ninput x = [1, 2]\nL = dot(v^2, x)\n"
    answer = r"2 \, \mathrm{diag}(v) \, x"
    assert compared(source, "v", answer)["equal"] is True


@pytest.mark.parametrize(
    "answer", ["(W^T (o − t)) x^T", "(Wᵀ(o − t)) xᵀ", "W^T (o - t) x^T", "(W' (o - t)) x'"]
)
def test_brackets_behind_a_transpose_are_a_factor(answer: str) -> None:
    source = """\
input x = [0.5, -1]
target t = [0, 1]
param V = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
param W = [[0.2, -0.1, 0.4], [0.3, 0.5, -0.2]]
o = W @ V @ x
L = sum((o - t)^2)/2
"""
    assert compared(source, "V", answer)["equal"] is True

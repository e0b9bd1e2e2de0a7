"""Answers by elements, as on a board and in LaTeX: read in whole tensors, or refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from backstep.errors import AnswerError
from tests.asking import CALLS

UNIT = "input x = [0.5, -1]\ntarget y = 1\nparam w = [0.3, -0.2]\nparam b = 0.1\n"
UNIT += "z = dot(w, x) + b\nu = sigmoid(z)\nL = (u - y)^2/2\n"
LAYER = "input x = [0.5, -1]\ntarget y = [0, 1, 0]\n"
LAYER += "param W = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]\nparam b = [0, 0.1, -0.1]\n"
LAYER += "z = W @ x + b\np = softmax(z)\nL = -sum(y*log(p))\n"
ROWS = "input X = [[1, 2], [0.5, -1], [-1, 0.3]]\ntarget y = [1, 0, 1]\nparam w = [0.2, -0.3]\n"
ROWS += "const lambda = 0.1\nyhat = X @ w\nL = mean((yhat - y)^2) + lambda*sum(w^2)\n"
CLASS = "param z = [0.1, 0.5, -0.2]\ntarget y = 1\np = softmax(z)\nL = -log(pick(p, y))\n"
CLASSES = "param z = [[0.1, 0.5, -0.2], [0.3, 0.1, 0.9]]\ntarget y = [1, 0]\n"
CLASSES += "p = softmax(z)\nL = nll(p, y)\n"
FORM = "input x = [0.5, -1]\nparam W = [[0.1, 0.2], [0.3, -0.4]]\n"
FORM += "L = sum(W^2)/2 + 2*dot(x, W @ x)\n"
INNER = "input a = [1, 2, 3]\nparam b = [0.1, 0.2, 0.3]\nL = dot(a, b)^2\n"
TURNED = "input A = [[1, 2], [3, 4]]\nparam v = [0.5, -0.2]\nL = sum((A @ v)^2)\n"

RIGHT = [
    (UNIT, "w", "∂L/∂w_i = (u - y) u (1-u) x_i", "(u - y)*(u*(1 - u))*x"),
    (UNIT, "w", r"\frac{\partial L}{\partial w_i} = (u - y) \sigma'(z) x_i", "(u - y)*"),
    (UNIT, "w", "(u-y)*u*(1-u)*x[i]", "(u - y)*u*(1 - u)*x"),
    (LAYER, "z", "∂L/∂z_i = p_i - y_i", "p - y"),
    (LAYER, "z", "pᵢ − yᵢ", "p - y"),
    (LAYER, "W", r"\frac{\partial L}{\partial W_{ij}} = (p_i - y_i) x_j", "outer(p - y, x)"),
    (LAYER, "W", "∂L/∂Wᵢⱼ = (pᵢ − yᵢ)xⱼ", "outer(p - y, x)"),
    (LAYER, "W", "∂L/∂W_ji = (p_j - y_j) x_i", "outer(x, p - y).T"),
    (LAYER, "W", "∂L/∂W_ij = ∂L/∂z_i x_j", "outer(delta_z, x)"),
    (LAYER, "x", r"\sum_i (p_i - y_i) W_{ij}", "W.T @ (p - y)"),
    (LAYER, "x", "Σ_i W_ij (p_i - y_i)", "W.T @ (p - y)"),
    (LAYER, "p", r"-\frac{y_i}{p_i}", "-(y/p)"),
    (LAYER, "z", r"\sum_{j=1}^{n} y_j (p_i - \delta_{ij})", "(reshape(p, 3, 1) - eye(3)) @ y"),
    (LAYER, "z", "Σ_j y_j (p_i - 1(i=j))", "(reshape(p, 3, 1) - eye(3)) @ y"),
    (LAYER, "z", "Σ_j y_j (p_i - 1[i=j])", "(reshape(p, 3, 1) - eye(3)) @ y"),
    (LAYER, "z", r"\sum_{j} y_j (p_i - \mathbb{1}[i=j])", "(reshape(p, 3, 1) - eye(3)) @ y"),
    (LAYER, "z", "p_i Σ_j y_j - y_i", "p*sum(y) - y"),
    (ROWS, "w", r"\frac{2}{n}\sum_{i=1}^{n} (\hat{y}_i - y_i) X_i + 2\lambda w", "2/3*(X.T @"),
    (ROWS, "w", r"\frac{2}{3}\sum_i (\hat{y}_i - y_i) X_{ij} + 2\lambda w_j", "2/3*(X.T @"),
    (CLASS, "z", "p_i - 1(i=y)", "p - one_hot(y, 3)"),
    (CLASS, "z", r"\frac{\partial L}{\partial z_k} = p_k - \mathbb{1}\{k = y\}", "one_hot(y, 3)"),
    (CLASS, "z", r"p_i - \delta_{iy}", "p - one_hot(y, 3)"),
    (CLASSES, "z", r"\frac{1}{2}(p_{ik} - \mathbb{1}[k = y_i])", "1/2*(p - one_hot(y, 3))"),
    (FORM, "W", r"W_{ij} + 2 x_i x_j", "W + 2*outer(x, x)"),
    (INNER, "b", "2 (Σ_i a_i b_i) a", "2*dot(a, b)*a"),
    (INNER, "b", r"2 a_j \sum_i a_i b_i", "2*a*dot(a, b)"),
    (TURNED, "v", "2 Σ_i A_ij Σ_k A_ik v_k", "A.T @ (A @ v)"),
    (TURNED, "v", "2 Σ_i Σ_k A_ij A_ik v_k", ""),
]


def _compare(source: str, of: str, answer: str) -> dict[str, Any]:
    found: dict[str, Any] = CALLS["compare"]({"source": source, "of": of, "answer": answer})
    return found


@pytest.mark.parametrize(("source", "of", "answer", "read"), RIGHT)
def test_elements_are_read_in_whole_tensors(source: str, of: str, answer: str, read: str) -> None:
    found = _compare(source, of, answer)
    assert found["equal"] is True, found
    assert read in found["read"]


@pytest.mark.parametrize(
    ("source", "of", "answer"),
    [
        (LAYER, "W", "∂L/∂W_ij = (p_i + y_i) x_j"),
        (LAYER, "x", "Σ_i p_i W_ij"),
        (CLASS, "z", "p_i - 1(i≠y)"),
        (TURNED, "v", "2 Σ_i A_ji Σ_k A_ik v_k"),
        (FORM, "W", "W_ji + 2 x_i x_j"),
    ],
)
def test_what_is_wrong_by_elements_is_wrong(source: str, of: str, answer: str) -> None:
    assert _compare(source, of, answer)["equal"] is False


@pytest.mark.parametrize(
    ("source", "of", "answer", "said", "column"),
    [
        (LAYER, "W", "(p_i - y_i) x_i", "i goes over 2 elements of x, and elsewhere over 3", 13),
        (LAYER, "z", "∂L/∂z_i = p_i - y_j", "j stands free, and nothing sums over it", None),
        (LAYER, "z", "∂L/∂z_ij = p_i", "the left side has 2 indices, and z is 3", None),
        (LAYER, "z", "Σ_{j=1}^{2} y_j (p_i - δ_ij)", "j from 1 to 2, and there are 3", None),
        (LAYER, "z", "softmax(z_i) - y_i", "'softmax' of an element is not", 1),
        (LAYER, "z", "p_ij - y_i", "p has 2 indices here, and it is 3", 1),
        (LAYER, "z", "∂L/∂p_i = -y_i/p_i", "this line is ∂L/∂p", 1),
        (LAYER, "z", "p_i - 1(i=W)", "W is no class number", None),
        (LAYER, "z", "p_i - y", "", None),
    ],
)
def test_what_cannot_be_read_by_elements_is_refused_in_words(
    source: str, of: str, answer: str, said: str, column: int | None
) -> None:
    with pytest.raises(AnswerError) as refused:
        _compare(source, of, answer)
    (fault, *_) = refused.value.faults
    assert said in fault.message
    assert fault.span is not None
    assert column is None or fault.span.column == column


@pytest.mark.parametrize(
    "answer",
    ["a b", "2*(a b)*a", r"a \, b", r"2 (a \cdot b) a", r"\mathbf{a}\mathbf{b}", "2 a b a"],
)
def test_two_vectors_side_by_side_are_asked_about(answer: str) -> None:
    with pytest.raises(AnswerError) as refused:
        _compare(INNER, "b", answer)
    (fault, *_) = refused.value.faults
    assert "may" in fault.message
    assert "either" in fault.message
    assert fault.hint


@pytest.mark.parametrize(
    "answer",
    [
        r"\begin{aligned} \frac{\partial L}{\partial w} &= (u - y)\, u (1-u) x \end{aligned}",
        r"\begin{aligned} \nabla_w L &= (u-y) \cdot \sigma'(z) \cdot x \\ &= (u-y) u (1-u) x"
        r" \end{aligned}",
        "\\begin{align*}\n\\nabla_w L &= \\bigl(u - y\\bigr) u (1-u) \\mathbf{x} \\\\\n"
        "\\end{align*}",
        r"$$\nabla_w L = \left( u - y \right) \odot \sigma'(z) \boldsymbol{x}$$",
        r"\[ \frac{dL}{dw} = (u-y) \circ u(1-u) x \]",
        r"\frac{\partial L}{\partial u} \frac{\partial u}{\partial z}"
        r" \frac{\partial z}{\partial w}",
    ],
)
def test_lines_of_latex_are_read_as_a_whole(answer: str) -> None:
    assert _compare(UNIT, "w", answer)["equal"] is True

"""LaTeX of papers as definitions, and their values by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backstep.errors import PastedError
from backstep.importers.latex import from_latex
from backstep.lang.compile.compiler import compile_text
from backstep.network import Network

Given = dict[str, np.ndarray]


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


CASES: tuple[tuple[str, str, Callable[[Given], Any]], ...] = (
    (
        r"L = \frac{1}{2} (y - \hat{y})^2",
        "L = 1/2*(y - yhat)^2",
        lambda v: (v["y"] - v["yhat"]) ** 2 / 2,
    ),
    (
        r"""\begin{align}
        z^{(1)} &= W^{(1)} x + b^{(1)} \\
        h &= \sigma\left(z^{(1)}\right) \\
        \hat{y} &= W^{(2)} h + b^{(2)} \\
        L &= \tfrac12 \|\hat{y} - y\|^2
        \end{align}""",
        "yhat = W2 @ h + b2",
        lambda v: (
            np.sum((v["W2"] @ _sigmoid(v["W1"] @ v["x"] + v["b1"]) + v["b2"] - v["y"]) ** 2) / 2
        ),
    ),
    (
        r"\mathcal{L}(\theta) = -\frac{1}{N}\sum_{i=1}^{N} \left[ y_i \log \hat{y}_i"
        r" + (1 - y_i) \log (1 - \hat{y}_i) \right]",
        "L = -mean(y*log(yhat) + (1 - y)*log(1 - yhat))",
        lambda v: -np.mean(v["y"] * np.log(v["yhat"]) + (1 - v["y"]) * np.log(1 - v["yhat"])),
    ),
    (
        r"J(w, b) = \frac{1}{2n} \sum_{i=1}^n (w x_i + b - y_i)^2 + \lambda \|w\|_2^2",
        "J = mean((w*x + b - y)^2)/2 + lambda*w^2",
        lambda v: np.mean((v["w"] * v["x"] + v["b"] - v["y"]) ** 2) / 2 + v["lambda"] * v["w"] ** 2,
    ),
    (
        r"\hat{y}_i = \frac{e^{z_i}}{\sum_j e^{z_j}}, \quad L = -\sum_i y_i \log \hat y_i",
        "yhat = exp(z)/sum(exp(z))",
        lambda v: -np.sum(v["y"] * np.log(np.exp(v["z"]) / np.exp(v["z"]).sum())),
    ),
    (
        r"$$\mathbf{h} = \tanh(\mathbf{W}\mathbf{x} + \mathbf{b}),"
        r" \quad \mathbf{W} \in \mathbb{R}^{4 \times 3}$$",
        "h = tanh(W @ x + b)",
        lambda v: np.tanh(v["W"] @ v["x"] + v["b"]).sum(),
    ),
    (r"y_i = \sum_j W_{ij} x_j", "y = W @ x", lambda v: (v["W"] @ v["x"]).sum()),
    (r"E = \sum_{i} \sum_{j} W_{ij}^2", "E = sum(sum(W^2, axis=1))", lambda v: (v["W"] ** 2).sum()),
    (r"L = \sum_{i,j} A_{ij} B_{ij}", "L = sum(A*B)", lambda v: (v["A"] * v["B"]).sum()),
    (
        r"\text{Attention}(Q, K, V)"
        r" = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d}}\right) V",
        "Attention = softmax(Q @ K.T/sqrt(d)) @ V",
        lambda v: (_softmax(v["Q"] @ v["K"].T / np.sqrt(v["d"])) @ v["V"]).sum(),
    ),
    (
        r"L = \max(0, 1 - y (\mathbf{w}^\top \mathbf{x} + b))",
        "L = max(0, 1 - y*(w @ x + b))",
        lambda v: max(0, 1 - v["y"] * (v["w"] @ v["x"] + v["b"])),
    ),
    (
        r"f(x) = \begin{cases} x^2 & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
        "f = where(x > 0, x^2, -x)",
        lambda v: v["x"] ** 2,
    ),
    (
        r"p(x) = \frac{1}{\sqrt{2\pi\sigma^2}} \exp\left(-\frac{(x-\mu)^2}{2\sigma^2}\right)",
        "p = 1/sqrt(2*pi*sigma^2)*exp(-((x - mu)^2/(2*sigma^2)))",
        lambda v: (
            np.exp(-((v["x"] - v["mu"]) ** 2) / (2 * v["sigma"] ** 2))
            / np.sqrt(2 * np.pi * v["sigma"] ** 2)
        ),
    ),
    (
        r"u = \operatorname{ReLU}(W_1 x + b_1) \\ s = W_2 u + b_2 \\ L = \log \sum_k e^{s_k} - s_y",
        "L = log(sum(exp(s))) - pick(s, y)",
        lambda v: (lambda s: np.log(np.exp(s).sum()) - s[0])(
            v["W2"] @ np.maximum(0, v["W1"] @ v["x"] + v["b1"]) + v["b2"]
        ),
    ),
    (
        r"L = \lVert X w - y \rVert_2^2 + \lambda \lVert w \rVert_1",
        "L = sum((X @ w - y)^2) + lambda*sum(abs(w))",
        lambda v: np.sum((v["X"] @ v["w"] - v["y"]) ** 2) + v["lambda"] * np.abs(v["w"]).sum(),
    ),
    (r"A = x x^\top", "A = outer(x, x)", lambda v: np.outer(v["x"], v["x"]).sum()),
    (r"z = x^\top A x", "z = x @ A @ x", lambda v: v["x"] @ v["A"] @ v["x"]),
    (
        r"L = \frac{a}{b} c^{-2} - 2ab",
        "L = a/b*c^-2 - 2*a*b",
        lambda v: v["a"] / v["b"] / v["c"] ** 2 - 2 * v["a"] * v["b"],
    ),
    (
        r"L = |a - b| + \sqrt{a^2 + b^2}",
        "L = abs(a - b) + sqrt(a^2 + b^2)",
        lambda v: abs(v["a"] - v["b"]) + np.hypot(v["a"], v["b"]),
    ),
    (
        r"L = \log_2 (1 + e^{-z}) \cdot \ln z",
        "L = log(1 + exp(-z))/log(2)*log(z)",
        lambda v: np.log2(1 + np.exp(-v["z"])) * np.log(v["z"]),
    ),
    (
        r"h = W x \odot g \text{ where } W \in \mathbb{R}^{2 \times 3}",
        "h = W @ x*g",
        lambda v: (v["W"] @ v["x"] * v["g"]).sum(),
    ),
    (r"L = \langle u, v \rangle", "L = dot(u, v)", lambda v: v["u"] @ v["v"]),
)


@pytest.mark.parametrize(("latex", "line", "value"), CASES, ids=[case[1] for case in CASES])
def test_a_formula_is_read_with_its_products_and_sums(
    latex: str, line: str, value: Callable[[Given], Any]
) -> None:
    found = from_latex(latex)
    assert line in found.source.splitlines()
    result = Network(found.source).evaluate()
    given = {name: np.asarray(each) for name, each in result.values.items()}
    assert float(result.loss.value) == pytest.approx(float(value(given)), rel=1e-10)


def test_sizes_and_roles_are_what_the_text_says() -> None:
    found = from_latex(r"z = W x, \quad W \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^n")
    leaves = {each.name: each for each in compile_text(found.source).leaves}
    assert leaves["W"].node.shape[1:] == leaves["x"].node.shape
    assert {name: leaf.role for name, leaf in leaves.items()} == {"W": "param", "x": "input"}
    assert [each.code for each in found.warnings] == ["loss_assumed"]


def test_what_is_assumed_is_said_with_its_line() -> None:
    found = from_latex("z &= W x \\\\\n L &= z^\\top z")
    assert [each.span and each.span.line for each in found.warnings] == [1, 1]


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\frac{\partial L}{\partial w} = 2x", "a derivative"),
        (r"L = \int_0^1 x^2 dx", r"\int"),
        (r"L = \nabla f", r"\nabla"),
        (r"L = a [x^2", "not closed"),
        (r"L = W^{-1} x + x^\top W x", "inverse"),
        (r"L = \foo{x}", r"\foo"),
        (r"L = f(x)", "does not give"),
        ("", "no formula"),
        (r"\begin{align}\end{align}", "no formula"),
        (r"L = {" * 200, ""),
        ("L = " + "(" * 500 + "x" + ")" * 500, ""),
        ("L = x" * 4000, ""),
        (r"L = \prod_i x_i", "∏"),
    ],
)
def test_what_is_not_read_is_refused_in_words(latex: str, words: str) -> None:
    with pytest.raises(PastedError) as caught:
        from_latex(latex)
    assert words in caught.value.faults[0].message


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        # Elements beside a vector that is turned are vectors: the rows of a matrix.
        (
            r"L = \frac{1}{n}\sum_{i=1}^n (y_i - (w^\top x_i + b))^2",
            ["L = mean((y - (x @ w + b))^2)"],
        ),
        (
            r"L = \sum_{i=1}^m \log \sigma(\theta^T x^{(i)})",
            ["L = sum(log(sigmoid(x @ theta)))"],
        ),
        # Any letter counts, and one that counts nothing picks.
        (r"L = -\sum_{c=1}^{M} y_{c} \log(p_{c})", ["L = -sum(y*log(p))"]),
        (r"H = -\sum_{a} \pi_a \log \pi_a", ["H = -sum(pi_*log(pi_))"]),
        (
            r"p_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}, \quad L = -\log p_k",
            ["p = exp(z)/sum(exp(z))", "L = -log(pick(p, k))"],
        ),
        # What stands beside elements without an index of its own is a number.
        (r"L = \sum_j \exp(z_j/T)", ["L = sum(exp(z/T))"]),
        # f(x) is the name that f(x) = … gives.
        (r"f(x) = w^\top x + b \\ L = (f(x) - y)^2", ["f = w @ x + b", "L = (f - y)^2"]),
        (r"f(x) = w x \\ L = f(x)^2 + 1", ["f = w*x", "L = f^2 + 1"]),
        (r"f(x) = w x \\ L = f\left(x\right)^2", ["f = w*x", "L = f^2"]),
        (r"L = x\Phi(x)", ["L = x*normal_cdf(x)"]),
        # All but the class itself.
        (
            r"L = \sum_{j \neq y} \max(0, s_j - s_y + 1)",
            ["L = sum(where(one_hot(y, 3) == 1, 0, max(0, s - pick(s, y) + 1)))"],
        ),
        (r"\min_w L = (w x - y)^2", ["L = (w*x - y)^2"]),
    ],
)
def test_indices_and_arguments_are_what_they_are_on_paper(latex: str, lines: list[str]) -> None:
    found = from_latex(latex).source.splitlines()
    assert found[-len(lines) :] == lines
    assert "param T = " not in found


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"L = \mathbb{E}_x[\log D(x)]", "an expectation"),
        (r"L = \mathbb{E}\left[x^2\right]", "an expectation"),
        (r"\hat{w} = \arg\max_w \sum_i \log \sigma(w x_i)", "as large as possible"),
        (r"L = \max_j z_j - z_y", "a maximum over"),
        (r"L = \min_j z_j", "a minimum over"),
        (r"L = \log(1 - D(G(z)))", "G(z) is a function"),
        (r"L = (u'(t) + u(t))^2", "u_prime(t) is a function"),
        (r"L = (r + \gamma V(s, a))^2", "V(s,a) is a function"),
        (r"f(x) = x^2 \\ L = f(y)", "f is given at x"),
        (r"f(x) = x^2 \\ L = f(y)^2", "f is given at x"),
        (r"L = (D(x)^2 - 1)^2", "D(x) is a function"),
        (r"L = \sum_{i} |x_{i+1} - x_i|", "an index that is computed"),
        (r"L = \sum_{i=1}^n \| W x_i - y_i \|^2", "beside one that has an index"),
        (r"L = \sum_{j \neq k} z_j", "all but k"),
    ],
)
def test_what_would_be_another_formula_is_refused(latex: str, words: str) -> None:
    with pytest.raises(PastedError) as caught:
        from_latex(latex)
    assert words in caught.value.faults[0].message

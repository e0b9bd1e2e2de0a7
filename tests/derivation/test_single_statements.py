"""A network that is one statement has the lines that it would have in several."""

from __future__ import annotations

import pytest

from tests.asking import CALLS

COSINE = "param a = [0.4, -0.3]\ninput b = [1, 2]\nL = dot(a, b)/(norm(a)*norm(b))"
SVM = (
    "input X = [[1, 0.5], [1, -0.3], [1, 1.7]]\ntarget y = [1, -1, 1]\nparam w = [0.2, 0.6]\n"
    "param b = 0.1\nconst C = 2\nL = sum(w^2)/2 + C*sum(max(0, 1 - y*(X @ w + b)))"
)
BOOTH = "param x = 1\nparam y = 2\nf = (x + 2*y - 7)^2 + (2*x + y - 5)^2"
NORMAL = (
    "param mu = 2\ninput x = [1, 2, 4]\nparam sigma = 1.5\n"
    "L = -3*log(sigma) - sum((x - mu)^2)/(2*sigma^2)"
)
ELU = "param x = [0.4, -0.3]\nconst a = 2\nL = sum(where(x > 0, x, a*(exp(x) - 1)))"


@pytest.mark.parametrize(
    ("source", "of", "lines"),
    [
        (
            "param x = [0.4, -0.3]\nL = sum(x*sigmoid(x))",
            "x",
            ["∂L/∂σ(x) = ", "∂L/∂x|σ(x) = ∂L/∂σ(x)·σ(x)·(1 − σ(x))", "∂L/∂x|direct = σ(x)"],
        ),
        (
            COSINE,
            "a",
            [
                "∂L/∂norm(a) = ",
                "∂L/∂dot(a, b) = ",
                "∂L/∂a|dot(a, b) = ∂L/∂dot(a, b)·b",
                "∂L/∂a|norm(a) = ∂L/∂norm(a)·(a/norm(a))",
            ],
        ),
        (SVM, "w", ["∂L/∂(X w) = ", "∂L/∂w|X w = Xᵀ ∂L/∂(X w)", "∂L/∂w|direct = w"]),
        (SVM, "b", ["v₁₁ = 1 − y·(X w + b)", "∂L/∂v₁₁ = ", "∂L/∂b = −dot(∂L/∂v₁₁, y)"]),
        (BOOTH, "x", ["∂f/∂(x + 2·y − 7) = ", "∂(x + 2·y − 7)/∂x = ", "∂(2·x + y − 5)/∂x = "]),
        (NORMAL, "mu", ["∂L/∂(x − μ) = ", "∂L/∂μ = −sum(∂L/∂(x − μ)) = sum(x − μ)/σ²"]),
        (ELU, "x", ["∂L/∂exp(x) = ", "∂L/∂x|exp(x) = ", "∂L/∂x|direct = where(x > 0, 1, 0)"]),
        (
            "param x = [1, 2]\nf = norm(x)^3",
            "x",
            ["∂f/∂norm(x) = ", "∂f/∂x = ∂f/∂norm(x)·(x/norm(x))"],
        ),
    ],
)  # fmt: skip
def test_each_step_has_a_line(source: str, of: str, lines: list[str]) -> None:
    found = CALLS["derivation"]({"source": source, "of": of})
    texts = [line["text"] for line in found["lines"]]
    for start in lines:
        assert any(text.startswith(start) for text in texts), (start, texts)
    for line in found["lines"]:
        if (
            line["formula"] is not None
            and " = " in line["text"]
            and line["text"].startswith("∂L/∂")
        ):
            by = line["text"].partition(" = ")[0].removeprefix("∂L/∂")
            if by == of:
                answer = {"source": source, "of": of, "answer": line["formula"]}
                assert CALLS["compare"](answer)["equal"] is True, line["text"]
    end = {"source": source, "of": of, "answer": found["conclusion"]["text"]}
    assert CALLS["compare"](end)["equal"] is True


@pytest.mark.parametrize(
    ("source", "of", "line"),
    [
        ("param x = 1.5\nf = x^3 - 2*x - 5", "x", "∂f/∂x = ∂/∂x (x³ − 2·x − 5) = 3·x² − 2"),
        ("param u = 2\ninput y = 1\nl = (u - y)^2/2", "u", "∂l/∂u = ∂/∂u ((u − y)²/2) = u − y"),
    ],
)
def test_a_single_step_is_one_line(source: str, of: str, line: str) -> None:
    found = CALLS["derivation"]({"source": source, "of": of})
    assert [each["text"] for each in found["lines"]] == [line]

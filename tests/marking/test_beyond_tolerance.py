"""Answers that lack less than the tolerance are wrong; those rounded as typed are right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import CALLS


def compare(source: str, of: str, answer: str) -> dict[str, Any]:
    return dict(CALLS["compare"]({"source": source, "of": of, "answer": answer}))


EPS = "param w = [1, 2]\n{}eps = {}\nL = sqrt(dot(w, w) + eps)"


@pytest.mark.parametrize(
    ("source", "of", "answer"),
    [
        ("param a = 1\nL = a^2 + 1e-12*a", "a", "2*a"),
        ("param a = 1\nL = a^2*(1 + 1e-12)", "a", "2*a"),
        ("param a = 1\nL = a^2 + 1e-30*sin(a)", "a", "2*a"),
        ("param x = 1\nL = x + 1e9*x^2", "x", "2e9*x"),
        ("param p = 0.5\nL = -log(p + 1e-10)", "p", "-1/p"),
        ("param p = 0.5\nL = -log(p + 1e-300)", "p", "-1/p"),
        (EPS.format("", "1e-12"), "w", "w/norm(w)"),
        (EPS.format("const ", "1e-12"), "w", "w/norm(w)"),
        (EPS.format("const ", "1e-20"), "w", "w/sqrt(dot(w, w))"),
        ("param x = [1, 2, 4]\nL = sum((x - mean(x))/sqrt(var(x) + 1e-11)*[1, 2, 5])", "x",
         "([1, 2, 5] - 8/3 - (x - mean(x))*mean([1, 2, 5]*(x - mean(x)))/var(x))/sqrt(var(x))"),
        ("param z = 0.3\nL = log(exp(z) + 1 + 1e-13)", "z", "sigmoid(z)"),
        ("param x = 0.5\nL = x/3", "x", "1.000000000001/3"),
        ("param a = 1\nparam b = 2\nL = a*b + 1e-15*a^2*b", "b", "a"),
        ("param x = [1, 2]\nL = dot(x, [1/3, 0.5])", "x", "[0.333333333335, 0.5]"),
        ("param x = [1, 2]\nL = dot(x, [0.25, 0.5])", "x", "[0.25, 0.5 + 1e-13]"),
    ],
)  # fmt: skip
def test_what_lacks_a_small_term_is_wrong(source: str, of: str, answer: str) -> None:
    found = compare(source, of, answer)
    assert found["equal"] is False, found["note"]
    assert found["hint"], found["note"]


@pytest.mark.parametrize(
    ("source", "of", "answer"),
    [
        ("param x = 1\nL = x/3", "x", "0.3333333333333"),
        ("param x = 1\nL = 2*x/3", "x", "0.66666666666"),  # cut off
        ("param x = 1\nL = 0.333333333333*x", "x", "1/3"),
        ("param x = 1\nL = x^2*3.141592653589793", "x", "2*pi*x"),
        ("param x = 1\nL = x^2*2.718281828459045", "x", "2*exp(1)*x"),
        ("param w = 2\nconst lam = 0.01\nL = lam*w^2", "w", "0.02*w"),
        ("param w = 2\nconst c = 1/3\nL = c*w^2", "w", "2*w/3"),
        ("param x = 800\nL = log(1 + exp(x))", "x", "exp(x)/(1 + exp(x))"),
        ("param x = 40\nL = log(1 + exp(-x))", "x", "sigmoid(x) - 1"),
        ("param x = -3\nL = log(exp(x) + exp(-x))", "x", "tanh(x)"),
        ("param x = 0.4\nL = gelu(x)", "x", "gelu(x)/x + x*exp(-x^2/2)/sqrt(2*pi)"),
        ("param x = 0.4\nL = log(abs(x))*sqrt(x^2)", "x", "sign(x)*log(abs(x)) + sign(x)"),
        ("param z = [1, 2, 3]\ntarget y = [0.2, 0.5, 0.3]\nL = -sum(y*log(softmax(z)))", "z",
         "softmax(z) - y"),
        ("param x = [1, 2, 4]\nL = sum((x - mean(x))/sqrt(var(x) + 1e-5))", "x", "0*x"),
        ("param a = 0.1\nparam b = 0.3\nL = maximum(a*3, b)^2", "b", "where(3*a > b, 0, 2*b)"),
        ("param x = [1, 2]\nL = x[0]/3 + x[1]^2*0.6666666666667", "x",
         "[0.333333333333, 0]*[1, 1] + x*[0, 1.33333333333]"),
        ("param x = [1, 2]\nL = dot(x, [0.333333333333, 0.5])", "x", "[1/3, 1/2]"),
        ("param x = [[1, 2]]\nL = sum(x*[[0.142857142857, -2.5e-9]])", "x", "[[1/7, -1/4e8]]"),
    ],
)  # fmt: skip
def test_what_is_rounded_as_typed_is_right(source: str, of: str, answer: str) -> None:
    found = compare(source, of, answer)
    assert found["equal"] is True, (found["hint"], found["answer"], found["partial"])


def test_a_small_difference_is_shown_where_it_counts() -> None:
    found = compare("param a = 1\nL = a^2 + 1e-12*a", "a", "2*a")
    assert found["hint"].startswith("the term 1e−12 of")
    assert abs(found["answer"] - found["partial"]) > 1e-8 * abs(found["partial"])
    off = compare("param a = 1\nL = a^2*(1 + 1e-12)", "a", "2*a")
    assert off["hint"].startswith("nearly equal, and not equal")

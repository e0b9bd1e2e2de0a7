"""Networks as courses, papers and forums type them: their formula, ours, and both as answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import array
from tests.binding.test_as_in_the_book import operations, printed

TABLE = Path(__file__).parents[1] / "data" / "course_gradients.json"
COURSES = json.loads(TABLE.read_text(encoding="utf-8"))
_STEP = 1e-5


def _by_differences(definition: str, of: str, value: np.ndarray[Any, Any]) -> Any:
    """The loss's partial by central differences: of O(h²)."""
    flat = value.reshape(-1)
    moved = [
        (flat + sign * _STEP * (np.arange(flat.size) == place)).reshape(value.shape).tolist()
        for place in range(flat.size)
        for sign in (1, -1)
    ]
    found = CALLS["evaluate"]({"source": definition, "points": {of: moved}, "names": []})
    losses = array(found["loss"]["value"])
    return ((losses[::2] - losses[1::2]) / (2 * _STEP)).reshape(value.shape)


@pytest.mark.slow
@pytest.mark.parametrize("case", COURSES, ids=lambda case: str(case["id"]))
def test_a_course_s_gradient(case: dict[str, Any]) -> None:
    """The partial is the differences', both formulas are it, and ours is not much longer."""
    definition, of, book = case["definition"], case["of"], case["book"]
    numbers = CALLS["evaluate"]({"source": definition})
    partial, value = array(numbers["partials"][of]), array(numbers["values"][of])
    ours = printed(definition, of)
    if any(line.split()[1] == of for line in definition.splitlines() if len(line.split()) > 1):
        found = _by_differences(definition, of, value)
        np.testing.assert_allclose(found, partial, rtol=1e-4, atol=1e-6)
    assert operations(ours) <= 1.25 * operations(book), ours
    for answer in (book, ours):
        judged = CALLS["compare"]({"source": definition, "of": of, "answer": answer})
        assert judged["equal"] is True, answer


@pytest.mark.parametrize(
    ("text", "of", "book"),
    [
        ("param X = [[2, 1], [1, 3]]\nL = log(det(X))", "X", "inv(X).T"),
        (
            "param x = [0.4, -0.2]\ninput A = [[2, 0.5], [0.1, 1]]\nf = exp(-x' A x)\nL = f",
            "x",
            "-f*(A + A.T) @ x",
        ),
        (
            "param mu = [0.1, -0.5]\ninput x = [1, 2]\ninput S = [[2, 0.3], [0.1, 1]]\n"
            "d = x - mu\nL = dot(d, solve(S, d))/2",
            "mu",
            "-(solve(S, d) + solve(S.T, d))/2",
        ),
        ("param x = 1.2\ny = x^x\nL = 2*y", "x", "2*y*(log(x) + 1)"),
        (
            "param z = 0.4\ntarget y = 1\nL = max(z, 0) - z*y + log(1 + exp(-abs(z)))",
            "z",
            "sigmoid(z) - y",
        ),
        (
            "param z = [0.4, -2]\ntarget y = [1, 0]\nL = mean(relu(-z) + y*z + log1p(exp(-|z|)))",
            "z",
            "(y - sigmoid(-z))/2",
        ),
        (
            "param x = [0.7, 1]\nL = 100*(x[1] - x[0]^2)^2 + (1 - x[0])^2",
            "x",
            "[400*x[0]*(x[0]^2 - x[1]) + 2*(x[0] - 1), 200*(x[1] - x[0]^2)]",
        ),
        (
            "param W = [[1, 2], [3, 4]]\nL = W[0, 0]^2 + W[1, 0]*W[0, 1]",
            "W",
            "[[2*W[0, 0], W[1, 0]], [W[0, 1], 0]]",
        ),
        (
            "param z = [0.5, -0.3]\np = softmax(z)\nH = -sum(p*log(p))\nL = 2*H",
            "z",
            "-2*p*(log(p) + H)",
        ),
        (
            "param p = 0.4\nconst gamma = 2\nL = -(1 - p)^gamma*log(p)",
            "p",
            "gamma*(1 - p)^(gamma - 1)*log(p) - (1 - p)^gamma/p",
        ),
    ],
)
def test_rules_that_make_it_the_books(text: str, of: str, book: str) -> None:
    ours = printed(text, of)
    assert operations(ours) <= 1.25 * operations(book), ours
    for answer in (book, ours):
        assert CALLS["compare"]({"source": text, "of": of, "answer": answer})["equal"] is True

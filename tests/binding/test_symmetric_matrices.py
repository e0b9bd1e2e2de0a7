"""Given matrices that are symmetric are held to it: in printed gradients, and in answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import array, read_back

GIVEN = """\
input S = [[2, 0.3], [0.3, 1]]
input D = [[0.5, 0.2], [0.2, 0.7]]
input A = [[1, 0.5], [0.3, -0.7]]
input y = [0.4, -0.3]
input H = [[1, 0.5]]
"""
_STEP = 1e-5
CASES: list[tuple[str, str, str, list[str]]] = [
    ("param x = [0.2, 0.7]\nL = ½ xᵀ S x − yᵀ x", "x", "S @ x - y", ["S"]),
    ("param x = [0.2, 0.7]\nL = dot(x, A @ x)", "x", "(A + A.T) @ x", []),
    ("param m = [0.1, -0.5]\nd = y - m\nL = dot(d, solve(S, d))/2", "m", "-solve(S, d)", ["S"]),
    (
        "param X = [[2, 0.5], [0.1, 1]]\nL = ½‖S @ X @ S‖_F²",
        "X",
        "S @ S @ X @ S @ S",
        ["S"],
    ),
    (
        "param K = [[0.5], [0.2]]\nI = eye(2)\nG = I - K @ H\nL = trace(G @ S @ G.T)",
        "K",
        "-2*G @ S @ H.T",
        ["S"],
    ),
    (
        "param theta = 0.6\nM = theta*D + 0.1*eye(2)\nL = logdet(M)",
        "theta",
        "sum(inv(M)*D)",
        ["D"],
    ),
    ("param X = [[2, 0.5], [0.1, 1]]\nL = logdet(X.T @ X)", "X", "2*X @ inv(X.T @ X)", []),
    # A product of two is no symmetric matrix.
    ("param x = [0.2, 0.7]\nL = dot(x, S @ D @ x)", "x", "(S @ D + D @ S) @ x", ["D", "S"]),
    ("param x = [0.2, 0.7]\nN = S @ D\nL = dot(x, N @ x)", "x", "(N + N.T) @ x", []),
    ("param x = [0.2, 0.7]\nN = A @ S @ A\nL = dot(x, N @ x)", "x", "(N + N.T) @ x", []),
    ("param x = [0.2, 0.7]\nN = A @ S @ A.T\nL = dot(x, N @ x)", "x", "2*N @ x", ["S"]),
    ("param x = [0.2, 0.7]\nN = S*D + inv(S)\nL = dot(x, N @ x)", "x", "2*N @ x", ["S", "D"]),
]  # fmt: skip


def _by_differences(source: str, of: str, value: np.ndarray[Any, Any]) -> Any:
    flat = value.reshape(-1)
    moved = [
        (flat + sign * _STEP * (np.arange(flat.size) == place)).reshape(value.shape).tolist()
        for place in range(flat.size)
        for sign in (1, -1)
    ]
    losses = array(
        CALLS["evaluate"]({"source": source, "points": {of: moved}, "names": []})["loss"]["value"]
    )
    return ((losses[::2] - losses[1::2]) / (2 * _STEP)).reshape(value.shape)


@pytest.mark.parametrize(("lines", "of", "book", "held"), CASES)
def test_a_gradient_by_a_symmetric_matrix(lines: str, of: str, book: str, held: list[str]) -> None:
    """The printed formula is the differences' in force, says what it holds, and both are right."""
    source = GIVEN + lines
    answer = CALLS["derive"]({"source": source, "form": "matrix", "wrt": [of]})
    text = answer["gradients"][of]["text"]
    value = array(CALLS["evaluate"]({"source": source})["values"][of])
    expected = _by_differences(source, of, value)
    read = read_back(source, [("ours", text), ("book", book)])
    for found in read.values():
        np.testing.assert_allclose(array(found), expected, rtol=1e-5, atol=1e-7, err_msg=text)
    assert sorted(answer["symmetric"]) == sorted(held), text
    for given in (book, text):
        judged = CALLS["compare"]({"source": source, "of": of, "answer": given})
        assert judged["equal"] is True, given


def test_a_gradient_that_needs_it_says_so() -> None:
    source = GIVEN + "param x = [0.2, 0.7]\nL = dot(x, S @ x)/2"
    judged = CALLS["compare"]({"source": source, "of": "x", "answer": "S @ x"})
    assert judged["equal"] is True
    assert "equal where S is symmetric, as here" in str(judged)


@pytest.mark.parametrize("matrix", ["input S = [[2, 0.3], [0.4, 1]]", "param S = [[2, 1], [1, 3]]"])
def test_no_other_matrix_is_held_to_it(matrix: str) -> None:
    """One that is not symmetric in force, or is learned, and soon will not be."""
    source = f"{matrix}\nparam x = [0.2, 0.7]\nL = dot(x, S @ x)/2"
    judged = CALLS["compare"]({"source": source, "of": "x", "answer": "S @ x"})
    assert judged["equal"] is False
    answer = CALLS["derive"]({"source": source, "form": "matrix", "wrt": ["x"]})
    assert answer["symmetric"] == []
    assert ".T" in answer["gradients"]["x"]["text"]

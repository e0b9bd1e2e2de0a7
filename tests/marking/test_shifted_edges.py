"""An answer whose pieces end a little beside those of the partial is wrong."""

from __future__ import annotations

import pytest

from tests.faults.cases import ask

MARGIN = (
    "input x = [0.5, -1]\ntarget y = 1\nparam w = [0.3, 0.2]\nm = y*dot(w, x)\nL = max(0, 1 - m)"
)
CASES = [
    (MARGIN, "w", "where(m < {}, -y*x, 0)", "1", ["0.9", "0.99", "1.1"]),
    (MARGIN, "w[0]", "where(m < {}, -y*x[0], 0)", "1", ["0.99", "1.01"]),
    (
        "input X = [[1, 0.5], [-1, 2], [0.3, -0.7]]\nparam w = [0.3, -0.2]\nL = sum(relu(X @ w))",
        "w",
        "X.T @ where(X @ w > {}, 1, 0)",
        "0",
        ["0.02", "-0.02"],
    ),
    ("param a = 0.3\nL = relu(a)", "a", "where(a > {}, 1, 0)", "0", ["0.1", "0.01", "-0.01"]),
    ("param a = 0.3\nL = relu(a)", "a", "step(a - {})", "0", ["0.001"]),
    (
        "param a = [0.3, 2]\ninput y = [1, 0]\nL = sum(relu(a - y))",
        "a",
        "where(a > {}*y, 1, 0)",
        "1",
        ["1.02", "0.97"],
    ),
    ("param a = 0.5\nL = clip(a, -1, 1)^2", "a", "where(abs(a) < {}, 2*a, 0)", "1", ["1.03"]),
    (
        "param a = 0.5\nparam b = 0.2\nL = max(a, b)*a",
        "a",
        "where(a > b + {}, 2*a, b)",
        "0",
        ["0.02", "-0.02"],
    ),
    (
        "input x = [1, 2]\nparam W = [[0.3, -0.2], [0.1, 0.4]]\nh = relu(W @ x)\nL = sum(h)",
        "W",
        "outer(where(W @ x > {}, 1, 0), x)",
        "0",
        ["0.05", "-0.05"],
    ),
]


def equal(source: str, of: str, answer: str) -> bool | None:
    status, found = ask("POST /compare", {"source": source, "of": of, "answer": answer})
    assert status == 200, found
    result: bool | None = found["equal"]
    return result


@pytest.mark.parametrize(("source", "of", "form", "right", "wrong"), CASES)
def test_an_edge_beside_the_partials_is_found(
    source: str, of: str, form: str, right: str, wrong: list[str]
) -> None:
    assert equal(source, of, form.format(right)) is True
    for edge in wrong:
        assert equal(source, of, form.format(edge)) is False, edge

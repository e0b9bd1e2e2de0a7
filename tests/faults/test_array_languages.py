"""Texts of MATLAB and Julia: their products are of matrices, and nothing else is offered for them.

Every loss is MATLAB's own for the text, worked out by hand.
"""

from __future__ import annotations

import pytest

from backstep.errors import Edit
from backstep.lang.diagnostics.fixes.edits import applied
from tests.faults.cases import ask
from tests.faults.test_mend import check_invariants, read, texts

Q = "A = [2 1; 1 3]"
THEIRS = [
    ("W = [1 2; 3 4];\nx = [1; 2];\nL = sum(W*x);", 16),
    ("W = [1 2; 3 4]\nx = [1; 2]\nL = sum(W*x)", 16),
    (f"% a form\n{Q};  % symmetric\nx = [1; 2];\nL = 0.5*x'*A*x;", 9),
    ("x = [1; 2];\nw = [3 4];\nL = sum(sum(x*w));", 21),
    ("x = [1; 2]; w = [3 4];\nL = w*x;", 11),
    ("W = [1 2; 3 4];\nL = sum(W(1,:)) + W(2,2);", 7),
    ("x = [1; 2; 3];\ny = 2*x(1)*x(2) + x(end);\nL = y^2;", 49),
    ("W = [1 2; 3 4];\nh = W .* W;\nL = sum(sum(h*W));", 170),
    ("x = [1; 2];\nL = sum(sum(x*x'));", 9),
    ("W = [1 2; 3 4]\ns = W[1, 2]\nL = s*sum(W*[1; 2])", 32),
    ("W = [1 2\n3 4];\nx = [1; 2];\nL = sum(W*x);", 16),
    ("W = [1 2; 3 4]\nb = [1, 2]\nx = [1, 2]\nh = abs.(W * x .+ b)\nL = sum(h .^ 2)", 205),
    (f"{Q};\nx = [1; 2];\nh = A*x;\nL = h'*h ./ 5;", 13),
]
OTHERWISE = [
    "W = [1 2; 3 4];\nL = sum(sum(W^2));",
    "W = [1 2; 3 4];\nL = sum(sum(W/W));",
    "W = [1 2; 3 4];\nx = [1; 2];\nh = W*x;\nL = var(h);",
    "W = [1 2; 3 4];\nL = norm(W*W) + norm(W);",
    "W = [1 2; 3 4];\nx = [1; 2];\nL = sum(W*x)*ones(2);",
    "W = [1 2; 3 4];\nx = [1; 2];\ns = sum(W);\nL = s*x;",
]
"""What has another value there and no words here: the power of a matrix, n − 1, and so on."""


@pytest.mark.parametrize(("source", "loss"), THEIRS)
def test_the_whole_text_is_offered_in_our_signs(source: str, loss: float) -> None:
    check_invariants(source)
    faults = read(source)[1]
    offered = {text for fault in faults for text in texts(source, fault)}
    assert offered
    assert all(fault["fixes"] for fault in faults)
    assert all(read(text)[0] == pytest.approx(loss) for text in offered)


@pytest.mark.parametrize("source", OTHERWISE)
def test_of_what_is_another_value_there_nothing_is_offered(source: str) -> None:
    faults = read(source)[1]
    assert faults
    assert not any(fault["fixes"] for fault in faults)


@pytest.mark.parametrize(
    ("source", "losses"),
    [
        ("param W = [[1, 2], [3, 4]]\nparam x = [5, 6]\nL = max(W*x);", [39, 24]),
        ("param W = [[1, 2], [3, 4]]\nparam x = [5, 6]\nL = max(2*W*x);", [78, 48]),
        ("param w = 2\nparam x = 3\nL = w*x;", [6]),
        ("param x = [1; 2; 3]\nL = sum(x*x)", [14, 14]),
    ],
)
def test_a_semicolon_alone_leaves_both_products_the_matrix_one_first(
    source: str, losses: list[float]
) -> None:
    check_invariants(source)
    (fault,) = read(source)[1]
    assert [read(text)[0] for text in texts(source, fault)] == losses


def test_numbers_behind_a_colon_are_sizes_or_values_and_the_offer_says_which() -> None:
    source = "param W: [2, 3]\nL = sum(W)"
    (fault,) = read(source)[1]
    assert [fix["title"] for fix in fault["fixes"]] == [
        "Write param W[2, 3] ~ xavier: 2, 3 are sizes, the values are drawn",
        "Write param W = [2, 3]: 2, 3 are the values",
    ]


TWO = "param x = [1, 2, 3]\nparam w = [4, 5, 6]\n"


@pytest.mark.parametrize(
    ("body", "mended"),
    [
        ("L = w[1]*x[1] + w[2]*x[2]", "L = w[0]*x[0] + w[1]*x[1]"),
        ("s = 0\nfor i in range(1, 3):\n    s = s + w[i]*x[i]\nL = s", None),
    ],
)
def test_a_count_from_one_within_the_range_is_told(body: str, mended: str | None) -> None:
    status, answer = ask("POST /evaluate", {"source": TWO + body})
    assert status == 200
    (warning,) = answer["warnings"]
    assert warning["code"] == "counted_from_one"
    assert "x[0] and w[0]" in warning["message"]
    made = [applied(TWO + body, [Edit(**e) for e in fix["edits"]]) for fix in warning["fixes"]]
    assert made == ([TWO + mended] if mended else [])


@pytest.mark.parametrize(
    "body",
    [
        "L = w[1]*x[1] + w[2]*x[2] + w[0]",
        "L = w[1]*x[1]",
        "L = w[1]*x[1] + w[2]*x[2] + sum(w^2)",
        "L = sum(w[1:]*x[1:])",
        "L = w[1]*x[2] - w[2]*x[1]",
        "h = 0\nL = 0\nfor t in range(1, 3):\n    h = h/2 + x[t]\n    L = L + (h - w[t])^2",
        "L = x[1]^2 + x[2]^2 + w[0]*w[1] + w[2]",
        "s = 0\nfor t in range(1, 3):\n    s = s + w[t]*x[t - 1]\nL = s",
    ],
)
def test_other_counts_alarm_nobody(body: str) -> None:
    assert ask("POST /evaluate", {"source": TWO + body})[1]["warnings"] == []


def test_rows_on_lines_of_their_own_are_told_to_be_one_vector() -> None:
    source = "param x = [1 2\n3 -4]\nL = sum(x^2)"
    status, answer = ask("POST /evaluate", {"source": source})
    (warning,) = answer["warnings"]
    assert status == 200
    assert "one vector of 4" in warning["message"]
    (fix,) = warning["fixes"]
    made = applied(source, [Edit(**e) for e in fix["edits"]])
    assert made == "param x = [[1, 2],\n[3, -4]]\nL = sum(x^2)"
    wide = " ".join(["0.25"] * 15)
    assert not ask("POST /evaluate", {"source": f"param x = [{wide}\n {wide}]\nL = sum(x)"})[1][
        "warnings"
    ]

"""Printed formulas in which a factor of 0 meets an infinite one: read back, and judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.binding.reading import backprop, read_back
from tests.faults.cases import ask

MATRICES = "param W = [[0.3, 0.2, 0.1], [0.5, -0.1, 0.4]]\nparam x = [0, 1, 2]\nparam m = [1, -2]\n"
SOURCES = {
    "a matrix times a vector": MATRICES + "L = sum(where(outer(m, x) > 0, outer(m, log(x)), 0))",
    "an outer product": MATRICES + "L = dot(step(m), W @ log(x))",
    "a forward value without one": MATRICES + "L = dot(relu(m), W @ (log(x)*step(x)))",
    "both sides": "param a = [0, 2]\nparam b = [3, 0]\nL = sum(outer(relu(a), relu(b)*log(b + 1)))",
    "a batch of matrices": """param V = [[[0.3, 0.2], [0.5, -0.1]], [[1, 2], [3, 4]]]
param x = [[0, 1], [2, 1]]
L = sum(where((V @ x) > 0, V, 0) @ log(x)*step(V - 9))""",
    **{
        f"{text} at {a}, {x}": f"param a = {a}\nparam x = {x}\nL = {text}"
        for a, x in ((0, 0.5), (0, 0), (0, 1), (-2, 2))
        for text in ("(a^x)^2", "(a^x)^x", "log(1 + a^x)", "(a^x)*x", "relu(a^x)", "(a^x + 1)^2")
    },
}


@pytest.mark.parametrize("form", ["matrix", "shared"])
@pytest.mark.parametrize("name", SOURCES)
def test_a_formula_has_the_value_of_the_partial_where_its_factors_are_0_and_infinite(
    name: str, form: str
) -> None:
    source = SOURCES[name]
    status, answer = ask("POST /derive", {"source": source, "form": form})
    assert status == 200
    wanted = backprop(source)
    given = [(each["name"], each["text"]) for each in answer.get("definitions", ())]
    wrt = {key: f"read{place}" for place, key in enumerate(answer["gradients"])}
    texts = [(wrt[key], each["text"]) for key, each in answer["gradients"].items()]
    found = read_back(source, [*given, *texts])
    for key, value in wrt.items():
        # What is NaN of itself need not be so in the formula.
        number = ~np.isnan(wanted[key])
        np.testing.assert_allclose(
            found[value][number], wanted[key][number], rtol=1e-12, err_msg=str(texts)
        )


@pytest.mark.parametrize("name", SOURCES)
def test_a_formula_of_such_factors_is_judged_right_without_a_word(name: str) -> None:
    source = SOURCES[name]
    wanted = backprop(source)
    for key, each in ask("POST /derive", {"source": source, "form": "matrix"})[1][
        "gradients"
    ].items():
        judged = compared(source, key, each["text"])
        assert judged["equal"] is not False, (each["text"], judged)
        if not np.isnan(wanted[key]).any():
            assert (judged["equal"], judged["note"]) == (True, None), (each["text"], judged)


@pytest.mark.parametrize(
    ("source", "of", "answer", "equal"),
    [
        ("param a = 0\nparam x = 0\nL = (a^x)*x", "a", "x^2*a^(x - 1)", True),
        ("param a = 0\nparam x = 0\nL = (a^x)*x", "a", "x*a^(x - 1)", False),
        ("param x = 0\nL = x + x^3", "x", "3*x^2 + x*(1/x)*(1 + x*1e-3)", False),
        (SOURCES["an outer product"], "W", "outer(step(m), log(x))", True),
        (SOURCES["an outer product"], "W", "outer(m, log(x))", False),
    ],
)
def test_a_0_beside_an_infinite_factor_makes_nothing_right_that_is_wrong(
    source: str, of: str, answer: str, equal: bool
) -> None:
    assert compared(source, of, answer)["equal"] is equal


def test_what_has_no_value_of_itself_keeps_none() -> None:
    """Where the forward value is NaN, so is the partial, but where a partial of 0 meets it."""
    source = SOURCES["a forward value without one"]
    text = ask("POST /derive", {"source": source, "form": "matrix"})[1]["gradients"]["W"]["text"]
    found = read_back(source, [("g", text)])["g"]
    np.testing.assert_array_equal(found, backprop(source)["W"])


def compared(source: str, of: str, answer: str) -> Any:
    status, body = ask("POST /compare", {"source": source, "of": of, "answer": answer})
    assert status == 200, body
    return body

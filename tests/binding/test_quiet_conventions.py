"""What a rule says at a kink stands in a formula where the values in force are at it alone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.asking import CALLS
from tests.binding.reading import array, backprop, read_back

NORM = "param x = {0}\nL = norm(x)"
TIE = "param a = {0}\nparam b = 2\nL = max(a, b)"
EXTREME = "param x = {0}\nL = max(x)"
ROWS = "param X = {0}\nL = sum(norm(X, axis=1))"
PAIRS = "param X = {0}\nL = sum(max(X, axis=1))"
POWER = "param a = 2\nparam x = {0}\nL = sum(x^a)"
SPREAD = "param x = {0}\nL = std(x)"
COSINE = "param x = {0}\ninput y = [0.6, 0.8]\nL = dot(x, y)/(norm(x)*norm(y))"


@pytest.mark.parametrize(
    ("text", "beside", "at", "of", "book"),
    [
        (NORM, "[3, 4]", "[0, 0]", "x", "x / L"),
        (TIE, "1", "2", "a", "step(a - b)"),
        (EXTREME, "[1, 3]", "[3, 3]", "x", "where(x == max(x), 1, 0)"),
        (ROWS, "[[3, 4], [1, 2]]", "[[3, 4], [0, 0]]", "X", "X / reshape(norm(X, axis=1), 2, 1)"),
        (
            PAIRS,
            "[[3, 4], [1, 2]]",
            "[[3, 4], [2, 2]]",
            "X",
            "where(X == reshape(max(X, axis=1), 2, 1), 1, 0)",
        ),
        (POWER, "[1, 2]", "[0, 2]", "a", "dot(x^a, log(x))"),
        (SPREAD, "[1, 3]", "[3, 3]", "x", "(x - mean(x)) / (2*L)"),
        (
            COSINE,
            "[3, 4]",
            "[0, 0]",
            "x",
            "(y / norm(y) - L*x / norm(x)) / norm(x)",
        ),
    ],
)
@pytest.mark.parametrize("form", ["matrix", "shared"])
def test_a_convention_is_written_where_it_is_in_force(
    text: str, beside: str, at: str, of: str, book: str, form: str
) -> None:
    for value in (beside, at):
        source = text.format(value)
        answer = CALLS["derive"]({"source": source, "form": form, "wrt": [of]})
        formula = answer["gradients"][of]["text"]
        if form == "matrix":
            assert (formula == book) == (value == beside), formula
        given = [(each["name"], each["text"]) for each in answer.get("definitions", [])]
        read = read_back(source, [*given, ("read", formula)])["read"]
        wanted = backprop(source)[of]
        np.testing.assert_array_equal(np.isnan(read), np.isnan(wanted))
        np.testing.assert_allclose(read, wanted, rtol=1e-12, err_msg=formula)


def test_what_is_typed_as_a_choice_is_no_convention() -> None:
    source = "param x = 3\nL = where(x == 2, 0.5, step(x - 2))*x"
    (form,) = CALLS["derive"]({"source": source, "form": "matrix"})["gradients"].values()
    found = CALLS["compare"]({"source": source, "of": "x", "answer": form["text"]})
    assert found["equal"] is True


@pytest.mark.parametrize(
    ("label", "text", "held"),
    [
        ("[0.2, 0.3, 0.5]", "softmax(z) - y", ["y"]),
        ("[0, 1, 0]", "softmax(z) - y", ["y"]),
        ("[0.2, 0.3, 0.6]", "sum(y)*softmax(z) - y", []),
        ("[-0.5, 1, 0.5]", "sum(y)*softmax(z) - y", []),
        ("1", "softmax(z) - one_hot(y, 3)", []),
    ],
)
@pytest.mark.parametrize("typed", ["cross_entropy(z, y)", "-sum(y*log_softmax(z))"])
def test_labels_that_add_up_to_1_are_held_to_it_and_named(
    label: str, text: str, held: list[str], typed: str
) -> None:
    if label == "1" and typed != "cross_entropy(z, y)":
        return
    source = f"param z = [0.4, 0.7, -0.2]\ntarget y = {label}\nL = {typed}"
    answer = CALLS["derive"]({"source": source, "form": "matrix"})
    assert (answer["gradients"]["z"]["text"], answer["sums_to_one"]) == (text, held)
    found = CALLS["compare"]({"source": source, "of": "z", "answer": text})
    assert found["equal"] is True


@pytest.mark.parametrize(
    ("lines", "of", "book"),
    [
        ("param z = [1, 2, 0]\ntarget y = 1\nL = cross_entropy(z, y, label_smoothing=0.1)", "z",
         "softmax(z) - 0.9*one_hot(y, 3) - 1/30"),
        ("param z = [1, 2, 0]\ninput v = [1, 0, 2]\nq = softmax(z)\np = softmax(v)\n"
         "L = -sum(p*log(q))", "z", "q - p"),
        ("param z = [1, 2, 0]\ninput v = [1, 4, 2]\nq = softmax(z)\np = v/sum(v)\n"
         "L = -sum(p*log(q))", "z", "q - p"),
        ("param Z = [[1, 2], [0, 1]]\ninput V = [[1, 4], [3, 1]]\nQ = softmax(Z)\n"
         "P = V/sum(V, axis=1, keepdims=true)\nL = -sum(P*log(Q))", "Z", "Q - P"),
        ("param Z = [[1, 2], [0, 1]]\ninput V = [[1, 4], [3, 1]]\nQ = softmax(Z)\n"
         "P = V/sum(V, axis=0)\nL = -sum(P*log(Q))", "Z", None),
    ],
)  # fmt: skip
def test_what_is_divided_by_its_sum_adds_up_to_1(lines: str, of: str, book: str | None) -> None:
    answer = CALLS["derive"]({"source": lines, "form": "matrix"})
    text = answer["gradients"][of]["text"]
    assert book is None or text == book
    assert book is not None or "sum(P, axis=1)" in text
    assert answer["sums_to_one"] == []
    read = read_back(lines, [("read", text)])["read"]
    partial = CALLS["evaluate"]({"source": lines})["partials"][of]
    np.testing.assert_allclose(read, array(partial), rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "book"),
    [
        ("sum(where(x > 0, x, alpha*(exp(x) - 1)))", "where(x > 0, 1, alpha*exp(x))"),
        ("sum(where(x > 0, x, alpha*x))", "where(x > 0, 1, alpha)"),
        ("sum(relu(x)^2)", "2*relu(x)"),
        ("sum(maximum(0, 1 - x)^2)", "-2*maximum(0, 1 - x)"),
        ("sum(relu(x)*step(x + 1))", "step(x + 1)*step(x)"),
    ],
)
def test_branches_of_one_condition_are_one_choice(loss: str, book: str) -> None:
    source = f"param x = [0.4, -0.3]\nconst alpha = 1.5\nL = {loss}"
    (form,) = CALLS["derive"]({"source": source, "form": "matrix"})["gradients"].values()
    assert form["text"] == book
    read = read_back(source, [("read", book)])["read"]
    np.testing.assert_allclose(read, backprop(source)["x"], rtol=1e-12)


@pytest.mark.parametrize("count", ["m = 4", "m = len(x)", "k = 4\nm = k"])
def test_a_count_with_a_name_is_the_count(count: str) -> None:
    source = (
        f"param x = [0.5, -1, 2, 0.3]\ninput g = [0.3, -0.7, 1.1, 0.2]\n{count}\n"
        "mu = sum(x)/m\nv = sum((x - mu)^2)/m\nu = (x - mu)/sqrt(v + 0.1)\nL = dot(g, u)"
    )
    (form,) = CALLS["derive"]({"source": source, "form": "matrix"})["gradients"].values()
    assert form["operations"] <= 9, form["text"]
    read = read_back(source, [("read", form["text"])])["read"]
    np.testing.assert_allclose(read, backprop(source)["x"], rtol=1e-12)

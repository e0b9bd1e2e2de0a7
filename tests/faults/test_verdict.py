"""Verdicts on typed answers that once were wrong, and hints that were not true."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.faults.cases import ask, cases
from tests.marking.answered_losses import BCE, CLASSES, FOCAL, MARGIN, PPO, RIGHT, WRONG

NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\nz = w*x + b\n"
    "u = sigmoid(z)\nL = (u - y)^2/2"
)


def compare(source: str, of: str, answer: str) -> dict[str, Any]:
    """The answer of `POST /compare`, which was no error."""
    status, found = ask("POST /compare", {"source": source, "of": of, "answer": answer})
    assert status == 200, found
    return dict(found)


@pytest.mark.parametrize("case", cases("verdict"))
def test_the_verdict_is_right(case: dict[str, Any]) -> None:
    status, found = ask(case["call"], case["request"])
    want = case["want"]
    assert status == 200
    missing = (found.get("missing") or {}).get("kind")
    if "alternatively" in want and not found["equal"]:
        assert missing == "values", found
        return
    assert found["equal"] is want["equal"], found
    if "missing" in want:
        wanted = want["missing"]
        if wanted.startswith("not "):
            assert missing != "sign", found
        else:
            assert missing in wanted.split(" or ") or missing == wanted.split()[0], found


@pytest.mark.parametrize(
    ("source", "of", "right", "wrong"),
    [
        ("param x = [1, 2, 2]\nL = max(x)", "x", "[0, 0.5, 0.5]", "[0, 1, 0]"),
        ("param x = 1\nL = abs(x - 1)", "x", "0", "0.25"),
    ],
)
def test_numbers_on_a_kink_are_right_by_its_convention(
    source: str, of: str, right: str, wrong: str
) -> None:
    found = compare(source, of, right)
    assert found["equal"] is False
    assert found["missing"]["kind"] == "values"
    assert found["hint"].startswith("right at the values in force, but not at others")
    found = compare(source, of, wrong)
    assert found["equal"] is False
    assert (found["missing"] or {}).get("kind") != "values"


@pytest.mark.parametrize(
    "line", ["∂u/∂z = u*(1 - u)", r"\frac{\partial u}{\partial z} = u (1 - u)", "du/dz = u(1-u)"]
)
def test_a_line_of_another_derivative_is_told_so(line: str) -> None:
    request = {"source": NEURON, "of": "z", "answer": line}
    status, found = ask("POST /compare", request)
    assert status == 422
    said = found["faults"][0]
    assert said["code"] == "another_partial"
    assert said["message"] == "this line is ∂u/∂z, and what is asked for is ∂L/∂z"


@pytest.mark.parametrize(("source", "of", "answer"), RIGHT[::6])
def test_a_right_answer_in_an_unusual_spelling_is_right(source: str, of: str, answer: str) -> None:
    _right(source, of, answer)


@pytest.mark.long
@pytest.mark.parametrize(("source", "of", "answer"), RIGHT)
def test_every_right_answer_is_right(source: str, of: str, answer: str) -> None:
    _right(source, of, answer)


def _right(source: str, of: str, answer: str) -> None:
    found = compare(source, of, answer)
    assert found["equal"] is True, (found["hint"], found["at"])


@pytest.mark.parametrize(("source", "of", "answer"), WRONG[::6])
def test_a_students_mistake_is_wrong(source: str, of: str, answer: str) -> None:
    _wrong(source, of, answer)


@pytest.mark.long
@pytest.mark.parametrize(("source", "of", "answer"), WRONG)
def test_every_mistake_is_wrong(source: str, of: str, answer: str) -> None:
    _wrong(source, of, answer)


def _wrong(source: str, of: str, answer: str) -> None:
    found = compare(source, of, answer)
    assert found["equal"] is False, found["note"]
    assert "this is the value of" not in (found["hint"] or "")


def test_most_mistakes_are_explained() -> None:
    told = [compare(*each)["hint"] is not None for each in WRONG[::8]]
    assert sum(told) >= 0.8 * len(told)


@pytest.mark.parametrize(
    ("answer", "kind", "hint"),
    [
        ("-0.1471", "values", "right to 4 figures at these values; now as a formula?"),
        ("-1.47e-1", "values", "right to 3 figures"),
        ("-0.1472", "values", "right to 3 figures"),  # cut off wrongly by one
        ("-2*0.07357", "values", "right to 4 figures"),
        ("0.147", "sign", "the sign is turned"),
        ("-1.471", "constant", "the decimal point stands 1 place too far right"),
        ("0.0001471", "constant", "3 places too far left, and the sign is turned"),
        ("-0.1", None, None),  # one digit tells nothing
        ("-0.151", None, None),
        ("-0.2942", None, None),
    ],
)
def test_a_decimal_is_judged_to_its_digits(answer: str, kind: str | None, hint: str | None) -> None:
    found = compare(NEURON, "w", answer)
    assert found["equal"] is False
    assert (found["missing"] or {}).get("kind") == kind
    assert hint is None or hint in found["hint"]


def test_decimals_of_a_tensor_are_judged_one_by_one() -> None:
    source = "input x = [2, -1]\nparam w = [0.5, 0.3]\nL = sigmoid(dot(w, x))"
    assert compare(source, "w", "[0.4434, -0.2217]")["missing"]["kind"] == "values"
    assert compare(source, "w", "[-0.4434, 0.2217]")["missing"]["kind"] == "sign"
    assert compare(source, "w", "[0.4434, 0.2217]")["missing"] is None
    source = "param W = [[0.5, 0.3], [0.1, 0.7]]\nL = sum(exp(W))"
    rounded = "[[1.6487, 1.3499], [1.1052, 2.0138]]"
    assert compare(source, "W", rounded)["hint"].startswith("right to 5 figures")


def test_what_an_equality_rests_on_is_as_little_as_it_needs() -> None:
    found = compare(PPO, "logp", "where(r < 1 + eps, r*A, 0)/2")
    assert found["note"] == "equal where A > 0, as here"
    assert compare(CLASSES, "b", "f - one_hot(y, 3)")["note"] is None
    assert "1 and −1" in compare(MARGIN, "f", "sigmoid(f) - (y + 1)/2")["note"]
    assert "0 and 1" in compare(BCE, "z", "where(y == 1, p - 1, p)/3")["note"]
    assert compare(FOCAL, "q", "gamma*(1 - q)^(gamma - 1)*log(q) - (1 - q)^gamma/q")["note"] is None


def test_no_kind_is_made_of_a_value_that_is_none() -> None:
    # A target of 1 in a regression is no label, nor is a parameter's sign ever kept.
    assert compare(NEURON, "w", "(u - y^2)*u*(1 - u)*x")["equal"] is False
    assert compare("param w = 0.5\nL = abs(w)", "w", "1")["equal"] is False
    assert compare("param w = 0.5\nconst c = 1\nL = c*w^2", "w", "2*w")["equal"] is False
    # A constant is what the text has: its sign is kept without a word.
    found = compare("param w = 0.5\nconst c = 2\nL = abs(c*w)", "w", "c*sign(w)")
    assert found["equal"] is True
    assert found["note"] is None


def test_a_constant_that_was_replaced_is_read_with_its_new_value() -> None:
    source = "param a = 1.5\nconst d = 1\nL = where(abs(a) <= d, a^2/2, d*(abs(a) - d/2))"
    for values in ({}, {"d": 2}):
        request = {"source": source, "of": "a", "answer": "clip(a, -d, d)", "values": values}
        assert ask("POST /compare", request)[1]["equal"] is True


def _claimed(answer: str, hint: str) -> str | None:
    """What the answer becomes when a hint about the whole of it is followed."""
    if hint == "the sign is turned: the answer is minus the partial":
        return f"-({answer})"
    times = re.match(r"the answer is (\d+) times the partial", hint)
    return None if times is None else f"({answer})/{times[1]}"


@pytest.mark.slow
def test_an_answer_mended_as_its_hint_says_is_right() -> None:
    mended = 0
    for source, of, answer in WRONG[::2]:
        claimed = _claimed(answer, compare(source, of, answer)["hint"] or "")
        if claimed is not None:
            assert compare(source, of, claimed)["equal"] is True, (answer, claimed)
            mended += 1
    assert mended >= 4


@pytest.mark.long
@pytest.mark.parametrize("seed", [7, 8])
def test_verdicts_and_hints_are_the_same_at_other_points(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [compare(*each) for each in WRONG]
    monkeypatch.setattr("backstep.evaluate.sampling._SEED", seed)
    after = [compare(*each) for each in WRONG]
    assert [each["equal"] for each in after] == [False] * len(WRONG)
    changed = [
        (each, old["hint"], new["hint"])
        for each, old, new in zip(WRONG, before, after, strict=True)
        if (old["missing"] or {}).get("kind") != (new["missing"] or {}).get("kind")
    ]
    assert not changed
    assert all(compare(*each)["equal"] is True for each in RIGHT)


def test_a_name_that_is_the_partial_at_a_point_is_not_said_to_be_none() -> None:
    huber = (
        "param a = 0.3\nconst delta = 1\n"
        "L = where(abs(a) <= delta, a^2/2, delta*(abs(a) - delta/2))"
    )
    for source, name in ((huber, "a"), ("param x = 1\nL = x^2/2 + (x - 1)^3", "x")):
        found = compare(source, name, name)
        assert found["equal"] is False
        assert "this is" not in found["hint"]
    assert compare(NEURON, "w", "w")["hint"] == "this is the value of w, not the partial ∂L/∂w"


def test_names_are_asked_for_only_where_there_are_numbers() -> None:
    logistic = "param z = 0.4\ntarget y = 1\nL = log(1 + exp(-y*z))"
    assert compare(logistic, "z", "sigmoid(z) - y")["hint"].endswith("not at others")
    assert compare("param w = 2\nL = w^3", "w", "12")["hint"].endswith("not their numbers")


def test_what_is_no_number_at_the_values_in_force_is_wrong_and_no_slip_is_told() -> None:
    found = compare("param x = 0\nL = x^2", "x", "2*x^2/x")
    assert (found["equal"], found["own"], found["hint"]) == (False, True, None)

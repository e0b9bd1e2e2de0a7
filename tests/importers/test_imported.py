"""`POST /import` and the library's functions for pasted text."""

from __future__ import annotations

import pytest

import backstep
from backstep.errors import PastedError
from tests.asking import CALLS
from tests.faults.cases import ask


def test_the_call_answers_a_definition_and_places_of_what_was_assumed() -> None:
    found = CALLS["import"]({"from": "python", "text": "a = 1.5\nh = np.tanh(W @ x)"})
    assert "h = tanh(W @ x)" in found["source"]
    assert {each["line"] for each in found["warnings"]} == {2}


@pytest.mark.parametrize(
    ("notation", "text"),
    [("python", "L = np.fft.fft(x)"), ("array", "[1 ... 2]"), ("latex", r"L = \foo")],
)
def test_what_is_not_read_is_a_problem_with_its_place(notation: str, text: str) -> None:
    status, found = ask("POST /import", {"from": notation, "text": text})
    assert status == 422
    assert found["kind"] == "pasted"
    assert found["faults"][0]["span"]["line"] == 1


def test_the_library_answers_a_text_with_its_warnings() -> None:
    text = backstep.from_latex(r"L = \frac12 (w x - y)^2")
    assert backstep.Network(text).gradient("w").text
    assert text.warnings[0].code == "assumed"
    assert backstep.from_array("x = [1. 2.]") == "input x = [1, 2]\n\nL = sum(x)\n"
    assert not backstep.from_python("w = 2.0\nL = w**2").warnings


def test_a_refusal_prints_its_line() -> None:
    with pytest.raises(PastedError) as caught:
        backstep.from_python("x = np.ones(3)\nL = np.fft.fft(x).sum()")
    assert "line 2" in str(caught.value)
    assert "^^^" in str(caught.value)

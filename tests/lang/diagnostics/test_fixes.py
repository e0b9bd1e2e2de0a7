"""Edits made and found: places in characters, any line end, and what is a slip of the keys."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstep.errors import DefinitionError, Edit
from backstep.lang.compile.compiler import compile_text
from backstep.lang.diagnostics.fixes.edits import applied, difference
from backstep.lang.diagnostics.fixes.spelling import is_slip

TEXTS = st.text(alphabet="wx λ𝑥*\n(1", max_size=24)


@given(TEXTS, TEXTS)
def test_the_difference_of_two_texts_makes_one_of_the_other(old: str, new: str) -> None:
    edits = difference(old, new)
    assert applied(old, edits) == new
    places = [((e.line, e.column), (e.end_line, e.end_column)) for e in edits]
    assert places == sorted(places)


def test_lines_are_counted_with_any_end() -> None:
    for end in ("\n", "\r", "\r\n"):
        old, new = (end.join(["\ufeffa = 𝑥", line, "c"]) for line in ("b = wx", "b = w*x"))
        (edit,) = difference(old, new)
        assert (edit.line, edit.column, edit.text) == (2, 6, "*")
        assert applied(old, [edit]) == new


def test_edits_at_one_place_stand_in_their_order() -> None:
    edits = [Edit(1, 2, 1, 2, "("), Edit(1, 2, 1, 2, "b"), Edit(1, 3, 1, 4, "")]
    assert applied("axy", edits) == "a(bx"


@pytest.mark.parametrize(
    ("typed", "known", "slip"),
    [
        ("sigmod", "sigmoid", True),
        ("sigmiod", "sigmoid", True),
        ("sigmmoid", "sigmoid", True),
        ("tahn", "tanh", True),
        ("z2", "z1", False),
        ("layer2", "layer1", False),
        ("det", "dot", False),
        ("sigm", "sign", False),
        ("softmin", "softmax", False),
    ],
)
def test_one_stroke_is_a_slip_and_another_name_is_none(typed: str, known: str, slip: bool) -> None:
    assert is_slip(typed, known) is slip


@pytest.mark.parametrize(
    "statement",
    [
        "x = " + "1 " * 900,
        "L = " + "x plus " * 280,
        "L = x " + "(x) 2 " * 300,
        "x = " + "1, 2, " * 300 + "z",
        "f = " + "t -> " * 380,
        "param " + "x = 1 " * 300 + "!",
        "L = " + "{ x if x, " * 180,
        "L = " + "\\frac{x}" * 250,
        "\n".join(f">>> x{n} = np.exp({n})" for n in range(60)),
        "W = [1 2; 3 4];\n" + "y = W*W;\n" * 120,
    ],
)
def test_a_text_that_repeats_itself_is_answered_soon(statement: str) -> None:
    began = time.process_time()
    with pytest.raises(DefinitionError):
        compile_text(f"param x = 2\n{statement}")
    assert time.process_time() - began < 1.5


def test_many_changed_lines_are_an_edit_or_more_each() -> None:
    old = "\n".join(f">>> x{n} = {n}" for n in range(40))
    new = old.replace(">>> ", "")
    edits = difference(old, new)
    assert len(edits) == 40
    assert applied(old, edits) == new

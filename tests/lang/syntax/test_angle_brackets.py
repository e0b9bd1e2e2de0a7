"""Angle brackets that do not match, alone and among others: always a fault of the text."""

from __future__ import annotations

import itertools

import pytest

from backstep.errors import DefinitionError
from backstep.lang.compile.compiler import compile_text
from backstep.lang.syntax.lines import logical_lines


@pytest.mark.parametrize("text", ["⟩", "w⟩", "⟩ w ⟨", "〉", r"\rangle w", "(w ⟩)", "[w⟩]"])
def test_one_that_closes_nothing_is_said_to(text: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        compile_text(f"param w = 1\nL = {text}")
    assert raised.value.faults[0].message
    if "\\" not in text:
        assert raised.value.faults[0].code == "unopened_bracket"


def test_brackets_in_any_order_are_read_or_refused() -> None:
    signs = ("(", ")", "[", "]", "⟨", "⟩", "|", "w", ",")
    for length in (1, 2, 3, 4):
        for chosen in itertools.product(signs, repeat=length):
            (line,) = logical_lines(f"L = {''.join(chosen)}")
            assert line.tokens
            if chosen[0] == "⟩":
                assert line.faults


def test_matching_ones_are_an_inner_product() -> None:
    assert compile_text("param v = [1, 2]\nL = ⟨v, v⟩").loss.shape == ()

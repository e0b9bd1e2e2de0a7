"""Written numbers as text: as exact as they are."""

from __future__ import annotations

from fractions import Fraction

import pytest

from backstep.lang.spelling import exact_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 4), "0.25"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(2, 7**30), f"2/{7**30}"),
    ],
)
def test_a_number_reads_as_exactly_this_one(value: Fraction, text: str) -> None:
    assert exact_text(value) == text

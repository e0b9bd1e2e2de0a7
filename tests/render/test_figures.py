"""Figures: four significant digits, as characters, as LaTeX and as they are said."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.render.figures import latex_figure, row_of_figures, short, spoken

FIGURES = [
    (0.0, "0", "0", "0"),
    (-0.0, "0", "0", "0"),
    (1.0, "1", "1", "1"),
    (-0.07357, "−0.07357", "-0.07357", "-0.07357"),
    (12.5, "12.5", "12.5", "12.5"),
    (1 / 3, "0.3333", "0.3333", "0.3333"),
    (2 / 3, "0.6667", "0.6667", "0.6667"),
    (0.001, "0.001", "0.001", "0.001"),
    (0.00099999, "0.001", "0.001", "0.001"),
    (0.9999999, "1", "1", "1"),
    (9999.5, "10000", "10000", "10000"),
    (4.386e-4, "4.386·10⁻⁴", r"4.386 \cdot 10^{-4}", "4.386 times ten to the -4"),
    (-4e-4, "−4·10⁻⁴", r"-4 \cdot 10^{-4}", "-4 times ten to the -4"),
    (99999.6, "1·10⁵", r"1 \cdot 10^{5}", "1 times ten to the 5"),
    (123456.0, "1.235·10⁵", r"1.235 \cdot 10^{5}", "1.235 times ten to the 5"),
    (1e300, "1·10³⁰⁰", r"1 \cdot 10^{300}", "1 times ten to the 300"),
    (5e-324, "4.941·10⁻³²⁴", r"4.941 \cdot 10^{-324}", "4.941 times ten to the -324"),
    (inf, "∞", r"\infty", "infinity"),
    (-inf, "−∞", r"-\infty", "minus infinity"),
    (nan, "NaN", r"\mathrm{NaN}", "not a number"),
]


@pytest.mark.parametrize(("value", "seen", "set_", "said"), FIGURES)
def test_a_figure(value: float, seen: str, set_: str, said: str) -> None:
    assert (short(value), latex_figure(value), spoken(value)) == (seen, set_, said)


def test_fewer_and_more_digits() -> None:
    assert [short(2 / 3, digits) for digits in (1, 2, 6)] == ["0.7", "0.67", "0.666667"]
    assert short(1234.5, 2) == "1234"


def test_several_figures() -> None:
    assert row_of_figures([1, -0.5, nan]) == ["1", "−0.5", "NaN"]


@given(st.floats(-1e308, 1e308))
def test_a_figure_is_the_number_to_four_digits(value: float) -> None:
    plain = spoken(value).replace(" times ten to the ", "e")
    assert abs(float(plain) - value) <= 5.001e-4 * abs(value) + 5e-324
    assert short(value).replace("−", "-").split("·")[0] == spoken(value).split(" ")[0]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_figure_is_short(value: float) -> None:
    assert len(short(value)) <= len("−4.941·10⁻³²⁴")

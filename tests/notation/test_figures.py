"""Figures: four significant digits, as characters, as LaTeX and as they are said."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstep.notation.extents import extent, figure_room
from backstep.notation.figures import alike, latex_figure, short, spoken

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
    # A power of three digits takes a digit of the number: no figure is wider than −8.888·10⁻⁸⁸.
    (5e-324, "4.94·10⁻³²⁴", r"4.94 \cdot 10^{-324}", "4.94 times ten to the -324"),
    (9.9996e99, "1·10¹⁰⁰", r"1 \cdot 10^{100}", "1 times ten to the 100"),
    (9.996e99, "9.996·10⁹⁹", r"9.996 \cdot 10^{99}", "9.996 times ten to the 99"),
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


@given(st.floats(-1e308, 1e308))
def test_a_figure_is_the_number_to_four_digits(value: float) -> None:
    plain = spoken(value).replace(" times ten to the ", "e")
    share = 5.001e-4 if 1e-99 <= abs(value) < 1e99 else 5.001e-3
    assert abs(float(plain) - value) <= share * abs(value) + 5e-324
    assert short(value).replace("−", "-").split("·")[0] == spoken(value).split(" ")[0]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_figure_is_short(value: float) -> None:
    assert len(short(value)) <= len("−4.94·10⁻³²⁴")
    assert extent(short(value), 13, "figure") <= figure_room(13)


class TestFiguresOfOneTensor:
    """They share a power of ten, and each is short."""

    @pytest.mark.parametrize(
        ("values", "texts", "power"),
        [
            ([0.982, 2.95e-4, -0.0352, 1, 0], ["0.982", "0.0003", "−0.0352", "1", "0"], ""),
            ([12345.6, -88888], ["12346", "−88888"], ""),
            ([1.5e8, -2.3456e8, 0, 2e7], ["1.5", "−2.346", "0", "0.2"], "·10⁸"),
            ([1e-9, -2.5e-9], ["1", "−2.5"], "·10⁻⁹"),
            ([0.9, 6.03e-6, -4.1e-12], ["0.9", "6.03·10⁻⁶", "−4·10⁻¹²"], ""),
            ([1, 2.3456e6, 3], ["1", "2.35·10⁶", "3"], ""),
            ([1e-300, -2.5e-305], ["1·10⁻³⁰⁰", "−2·10⁻³⁰⁵"], ""),
            ([nan, inf, 2e6], ["NaN", "∞", "2"], "·10⁶"),
        ],
    )
    def test_some(self, values: list[float], texts: list[str], power: str) -> None:
        assert alike(values) == (texts, power)

    @given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
    def test_none_is_wide_and_none_reads_nought(self, values: list[float]) -> None:
        texts, _ = alike(values)
        for value, text in zip(values, texts, strict=True):
            assert extent(text, 12, "figure") <= 58
            assert (text == "0") == (value == 0)
            assert len(text) <= 7 or "·" in text

"""Figures as people read them: a float64 in four significant digits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import isfinite, isinf, isnan

from backstep.formula.figures import digits_of
from backstep.notation.extents import extent

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float, digits: int = 4) -> str:
    """`−0.07357`, `12.5`, `4.386·10⁻⁴`, `NaN`, `∞`: up to `digits` significant figures.

    All digits before the point are written: `12345` is not `12340`.
    """
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, exponent = digits_of(value, digits)
    mantissa = mantissa.replace("-", "−")
    return mantissa if exponent is None else f"{mantissa}·10{str(exponent).translate(_RAISED)}"


def alike(values: Sequence[float]) -> tuple[list[str], str]:
    """The figures of one tensor's elements, and the power of ten they share: `·10⁻⁸`, or empty.

    Each has at most four significant figures and seven characters. An element too small for the
    shared power has its own, with as many figures as a cell has room for, so that none reads 0.
    """
    powers = [Decimal(each).adjusted() for each in values if isfinite(each) and each]
    largest = max((abs(each) for each in values if isfinite(each)), default=0.0)
    shared = digits_of(largest, 4)[1] or 0
    if powers and shared - min(powers) > _CELL_PLACES:
        shared = 0
    texts = [_cell(each, shared) for each in values]
    return texts, f"·10{str(shared).translate(_RAISED)}" if shared else ""


_CELL_PLACES = 4
"""Places after the point of a cell, at most."""
_CELL_ROOM = 4.8
"""A cell's room for a figure, in multiples of the type size."""


def _cell(value: float, exponent: int) -> str:
    if not isfinite(value) or value == 0:
        return short(value)
    # By the decimal text: 10.0**400 is no float, and a division would round twice.
    scaled = Decimal(value).scaleb(-exponent)
    power = scaled.adjusted()
    if power < -_CELL_PLACES or power > _CELL_PLACES:
        tried = (short(value, digits) for digits in (4, 3, 2))
        fits = (text for text in tried if extent(text, 1.0, "figure") <= _CELL_ROOM)
        return next(fits, None) or short(value, 1)
    text = f"{scaled:.{min(max(3 - power, 0), _CELL_PLACES)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def latex_figure(value: float, digits: int = 4) -> str:
    """The same figure as LaTeX."""
    if isnan(value):
        return r"\mathrm{NaN}"
    if isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    mantissa, exponent = digits_of(value, digits)
    return mantissa if exponent is None else rf"{mantissa} \cdot 10^{{{exponent}}}"


def spoken(value: float, digits: int = 4) -> str:
    """The same figure in words for screen readers: `4.386 times ten to the -4`."""
    if isnan(value):
        return "not a number"
    if isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    mantissa, exponent = digits_of(value, digits)
    return mantissa if exponent is None else f"{mantissa} times ten to the {exponent}"


def whole(value: float) -> str:
    """All digits of a number, with a true minus: `−0.1`, `100000`, `1.5e−7`, `NaN`, `∞`.

    The shortest digits that read back as the same float, in the form of ECMA-262
    (Number::toString), so that server and browser write the same title.
    """
    if not isfinite(value) or value == 0:
        return short(value)
    digits, power = f"{abs(Decimal(repr(value))):e}".split("e")
    digits = digits.replace(".", "").rstrip("0")
    before = int(power) + 1
    if -6 < before <= 0:
        text = f"0.{'0' * -before}{digits}"
    elif len(digits) <= before <= 21:
        text = digits.ljust(before, "0")
    elif 0 < before <= 21:
        text = f"{digits[:before]}.{digits[before:]}"
    else:
        mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
        text = f"{mantissa}e{'−' if before < 1 else '+'}{abs(before - 1)}"
    return f"−{text}" if value < 0 else text


def spell_count(count: int) -> str:
    """An integer for reading: `1,024`; past 10¹⁵ by its power of ten, `about 10^301`."""
    if count < 10**15:
        return f"{count:,}"
    # Counted by bits: Python refuses to write out numbers of thousands of digits.
    power = int((count.bit_length() - 1) * 0.30102999566398120)
    power += count >= 10 ** (power + 1)
    return f"about 10^{power}"

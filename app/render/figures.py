"""Figures as people read them: a float64 in four significant digits. No formulas, no layout."""

from __future__ import annotations

from collections.abc import Iterable
from math import isinf, isnan

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _parts(value: float, digits: int) -> tuple[str, int | None]:
    """Mantissa as text with a plain hyphen, and the power of ten where one is needed."""
    if value == 0:
        return "0", None
    scientific = f"{value:.{digits - 1}e}"
    mantissa, power = scientific.split("e")
    exponent = int(power)
    if -4 < exponent < 5:
        places = max(digits - 1 - exponent, 0)
        text = f"{value:.{places}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text), None
    return mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa, exponent


def short(value: float, digits: int = 4) -> str:
    """`−0.07357`, `12.5`, `4.386·10⁻⁴`, `NaN`, `∞`: up to `digits` significant figures."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    mantissa, exponent = _parts(value, digits)
    mantissa = mantissa.replace("-", "−")
    return mantissa if exponent is None else f"{mantissa}·10{str(exponent).translate(_RAISED)}"


def latex_figure(value: float, digits: int = 4) -> str:
    """The same figure as LaTeX."""
    if isnan(value):
        return r"\mathrm{NaN}"
    if isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    mantissa, exponent = _parts(value, digits)
    return mantissa if exponent is None else rf"{mantissa} \cdot 10^{{{exponent}}}"


def spoken(value: float, digits: int = 4) -> str:
    """The same figure as every screen reader says it: `4.386 times ten to the -4`."""
    if isnan(value):
        return "not a number"
    if isinf(value):
        return "infinity" if value > 0 else "minus infinity"
    mantissa, exponent = _parts(value, digits)
    return mantissa if exponent is None else f"{mantissa} times ten to the {exponent}"


def row_of_figures(values: Iterable[float]) -> list[str]:
    """Several figures, each short."""
    return [short(float(value)) for value in values]


def spell_count(count: int) -> str:
    """A whole number as it is read: `1,024`; past 10¹⁵ by its power of ten, `about 10^301`."""
    if count < 10**15:
        return f"{count:,}"
    # Counted by bits: Python refuses to write out numbers of thousands of digits.
    power = int((count.bit_length() - 1) * 0.30102999566398120)
    power += count >= 10 ** (power + 1)
    return f"about 10^{power}"

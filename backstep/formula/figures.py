"""Values to a few significant digits: the digits, and the power of ten where one is needed."""

from __future__ import annotations


def digits_of(value: float, digits: int = 4) -> tuple[str, int | None]:
    """Mantissa as text with a plain hyphen, and the power of ten where one is needed.

    Of a power of three digits one digit less, so that no figure is wider than `−8.888·10⁻⁸⁸`.
    """
    if value == 0:
        return "0", None
    scientific = f"{value:.{digits - 1}e}"
    mantissa, power = scientific.split("e")
    exponent = int(power)
    if abs(exponent) >= 100:
        mantissa, power = f"{value:.{max(digits - 2, 0)}e}".split("e")
        exponent = int(power)
    if -4 < exponent < 5:
        places = max(digits - 1 - exponent, 0)
        text = f"{value:.{places}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text), None
    return mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa, exponent

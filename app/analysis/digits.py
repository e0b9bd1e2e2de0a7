"""An answer that is a number: right to the digits typed, its sign turned, its decimal point off.

A number is the partial at the values in force alone, and is judged there, each typed decimal as
what it may be rounded from: half a unit of its last digit to both sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.analysis.slip import Slip
from app.analysis.trial import Claim, Tried, read_names
from app.engines.interpret import interpret
from app.engines.numeric import apply_near
from app.graph.node import Literal
from app.graph.walk import ancestors
from app.ops.row import Array

_FEWEST = 2
"""Digits that tell something: with one, almost anything is right."""
_MOST_TENS = 6
_MOST_NUMBERS = 60


def as_number(claim: Claim, own: Tried) -> Slip | None:
    """What a typed number is at the values in force, where that tells something; else None."""
    if read_names(claim) or own.answer.shape != own.partial.shape or not np.any(own.partial):
        return None
    typed = [
        (node.id, place, digits)
        for node in ancestors([claim.answer.node])
        for place, operand in enumerate(node.inputs)
        if isinstance(operand, Literal) and (digits := _digits(operand)) is not None
    ]
    if not 0 < len(typed) <= _MOST_NUMBERS:
        return None
    figures = min(digits for _, _, (digits, _) in typed)
    if figures < _FEWEST:
        return None
    slack = np.zeros(own.answer.shape)
    for node, place, (_, half) in typed:
        slack = slack + np.abs(_moved(claim, node, place, half) - own.answer)
    return _judged(own, slack, figures)


def _judged(own: Tried, slack: Array, figures: int) -> Slip | None:
    def near(times: float, within: float = 1.0) -> bool:
        apart = np.abs(times * own.answer - own.partial)
        return bool((apart <= within * abs(times) * slack * (1 + 1e-9) + own.rounding).all())

    def slip(kind: str, said: str) -> Slip:
        return Slip(kind, said, lambda tried: tried.answer)

    if near(1):
        return slip("values", _right(figures))
    if figures > _FEWEST and near(1, 2.0):  # cut off, not rounded
        return slip("values", _right(figures - 1))
    if near(-1):
        return slip("sign", "the sign is turned: the number is minus the partial")
    for tens in range(1, _MOST_TENS + 1):
        for power in (tens, -tens):
            for sign, besides in ((1, ""), (-1, ", and the sign is turned")):
                if near(sign * 10.0**-power):
                    where = "too far right" if power > 0 else "too far left"
                    places = f"{tens} place{'s' if tens > 1 else ''}"
                    return slip("constant", f"the decimal point stands {places} {where}{besides}")
    return None


def _right(figures: int) -> str:
    return f"right to {figures} figures at these values; now as a formula?"


def _digits(operand: Literal) -> tuple[int, float] | None:
    """How many significant digits a decimal has, and half a unit of the last; None of others."""
    text = (operand.text or "").replace("_", "").replace("−", "-").lower().lstrip("-")
    mantissa, _, power = text.partition("e")
    whole, point, fraction = mantissa.partition(".")
    if not (whole + fraction).isdigit() or not (point or power):
        return None
    digits = len((whole + fraction).lstrip("0"))
    exponent = int(power or 0) - len(fraction)
    return (digits, 0.5 * 10.0**exponent) if digits else None


def _moved(claim: Claim, node: int, place: int, by: float) -> Array:
    """The answer with one of its numbers moved."""

    def apply(at: Any, inputs: list[Any]) -> Any:
        if at.id == node:
            inputs = [each + by if here == place else each for here, each in enumerate(inputs)]
        return apply_near(at, inputs)

    def written(literal: Literal) -> Any:
        return np.float64(float(literal))

    with np.errstate(all="ignore"):
        known = interpret([claim.answer.node], {}, written, apply)
    return np.asarray(known[claim.answer.node.id], dtype=np.float64)

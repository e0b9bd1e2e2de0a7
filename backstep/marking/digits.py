"""A number as an answer: right to the digits typed, its sign turned, its decimal point off.

A number is the partial at the values in force alone, and is judged there, with each typed decimal
as a rounded number: half a unit of its last digit to both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from backstep.evaluate.interpret import interpret, literal_number
from backstep.evaluate.numeric import apply_near
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.marking.mistake import Kind, Mistake
from backstep.marking.trial import SamplePoint, Submission, read_names
from backstep.ops import TABLE
from backstep.ops.row import Array

_FEWEST = 2
"""Digits that are evidence: with one, almost anything is right."""
_MOST_TENS = 6
_MOST_NUMBERS = 60
_MOST_PLACES = 13


def as_number(claim: Submission, own: SamplePoint) -> Mistake | None:
    """What a typed number is at the values in force, if that is evidence; else None."""
    if read_names(claim) or own.answer.shape != own.partial.shape or not np.any(own.partial):
        return None
    typed = [
        (number, digits) for number in _numbers(claim) if (digits := _digits(number)) is not None
    ]
    if not 0 < len(typed) <= _MOST_NUMBERS:
        return None
    figures = min(digits for _, (digits, _) in typed)
    if figures < _FEWEST:
        return None
    slack = np.zeros(own.answer.shape)
    for number, (_, half) in typed:
        slack = slack + np.abs(_moved(claim, number, half) - own.answer)
    return _judged(own, slack, figures)


def _judged(own: SamplePoint, slack: Array, figures: int) -> Mistake | None:
    def near(times: float, within: float = 1.0) -> bool:
        apart = np.abs(times * own.answer - own.partial)
        return bool((apart <= within * abs(times) * slack * (1 + 1e-9) + own.rounding).all())

    def mistake(kind: Kind, said: str) -> Mistake:
        return Mistake(kind, said, lambda tried: tried.answer)

    if near(1):
        return mistake("values", _right(figures))
    if figures > _FEWEST and near(1, 2.0):  # truncated, not rounded
        return mistake("values", _right(figures - 1))
    if near(-1):
        return mistake("sign", "the sign is turned: the number is minus the partial")
    for tens in range(1, _MOST_TENS + 1):
        for power in (tens, -tens):
            for sign, besides in ((1, ""), (-1, ", and the sign is turned")):
                if near(sign * 10.0**-power):
                    where = "too far right" if power > 0 else "too far left"
                    places = f"{tens} place{'s' if tens > 1 else ''}"
                    said = f"the decimal point stands {places} {where}{besides}"
                    return mistake("constant", said)
    return None


def _right(figures: int) -> str:
    return f"right to {figures} figures at these values; now as a formula?"


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in the answer: an operand of a node, or one of an array's values."""

    node: Node
    place: tuple[int, ...]
    """The number of the operand; for an array, the index in it."""
    value: Fraction
    text: str | None
    within: bool = False
    """Whether it is one of the values that an array holds."""


def _numbers(claim: Submission) -> Iterator[_Number]:
    for node in ancestors([claim.answer.node]):
        for place, operand in enumerate(node.inputs):
            if isinstance(operand, Literal) and operand.symbol is None:
                yield _Number(node, (place,), operand.value, operand.text)
        for at, value in _elements(node.params.get("values", ())):
            yield _Number(node, at, value, None, within=True)


def _elements(
    values: object, at: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """The numbers of an array, as nested tuples, each with its index."""
    if isinstance(values, tuple):
        for place, each in enumerate(values):
            yield from _elements(each, (*at, place))
    elif isinstance(values, Fraction):
        yield at, values


def _digits(number: _Number) -> tuple[int, float] | None:
    """How many significant digits a decimal has, and half a unit of the last; None for others."""
    text = number.text or _decimal(number.value)
    text = text.replace("_", "").replace("−", "-").lower().lstrip("-")
    mantissa, _, power = text.partition("e")
    whole, point, fraction = mantissa.partition(".")
    if not (whole + fraction).isdecimal() or not (point or power):
        return None
    digits = len((whole + fraction).lstrip("0"))
    exponent = int(power or 0) - len(fraction)
    return (digits, 0.5 * 10.0**exponent) if digits else None


def _decimal(value: Fraction) -> str:
    """A number without its text, such as a product of decimals, as a decimal; else empty."""
    value = abs(value)
    places = next((n for n in range(1, _MOST_PLACES) if value * 10**n % 1 == 0), None)
    if places is None or value.denominator == 1:
        return ""
    return f"{value.numerator // value.denominator}.{value % 1 * 10**places!s:0>{places}}"


def _moved(claim: Submission, number: _Number, by: float) -> Array:
    """The answer with one of its numbers moved."""

    def moved(values: Any, at: tuple[int, ...] = ()) -> Any:
        if isinstance(values, tuple | list):
            return tuple(moved(each, (*at, n)) for n, each in enumerate(values))
        return values + by if at == number.place else values

    def apply(at: Node, inputs: list[Array]) -> Array:
        if at is not number.node:
            return apply_near(at, inputs)
        if number.within:
            params = {**at.params, "values": moved(at.params["values"])}
            found: Array = TABLE[at.op].numpy(*inputs, **params)
            return found
        return apply_near(at, list(moved(inputs)))

    def written(literal: Literal) -> Array:
        return literal_number(literal)

    with np.errstate(all="ignore"):
        known = interpret([claim.answer.node], {}, written, apply)
    return np.asarray(known[claim.answer.node.id], dtype=np.float64)

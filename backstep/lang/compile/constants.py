"""Exact arithmetic on literals, within bounds, and the floats of constant nodes."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite

import numpy as np

from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.ops.values import PI

MOST_BITS = 2048
"""Numerators and denominators past this are left to floats: a float64 has 1,024 bits of range."""

PI_LITERAL = Literal(PI, "pi", "pi")


class DividedByZero(ArithmeticError):
    """A literal is divided by a literal zero."""


def signed(op: str, number: Literal) -> Literal:
    """`+x` or `-x` of a literal, with its text kept."""
    if op == "+":
        return number
    if number.text is None:
        return Literal(-number.value, None if number.value else "-0")
    text = number.text.removeprefix("-") if number.text[0] == "-" else "-" + number.text
    return Literal(-number.value, text)


def combined(op: str, left: Literal, right: Literal) -> Literal | None:
    """The exact result of an operator on two literals; None if it isn't exact or small.

    Raises DividedByZero.
    """
    found = _combined(op, left, right)
    if found is not None and found.value == 0 and (left.minus_zero or right.minus_zero):
        return Literal(found.value, "-0" if _has_sign(op, left, right) else None)
    return found


def _has_sign(op: str, left: Literal, right: Literal) -> bool:
    """Whether a result of 0 has a minus sign, as IEEE defines it for the two numbers' floats."""
    with np.errstate(all="ignore"):
        a, b = np.float64(float(left)), np.float64(float(right))
        values = {"+": a + b, "-": a - b, "/": a / b, "^": np.power(a, b)}
        return bool(np.signbit(values.get(op, a * b)))


def _combined(op: str, left: Literal, right: Literal) -> Literal | None:
    a, b = left.value, right.value
    match op:
        case "+":
            value = a + b
        case "-":
            value = a - b
        case "*" | "·" | "×":
            value = a * b
        case "/":
            if b == 0:
                raise DividedByZero
            value = a / b
        case "^":
            return _power(a, b)
        case _:
            return None
    return Literal(value) if _bits(value) <= MOST_BITS else None


def _power(base: Fraction, exponent: Fraction) -> Literal | None:
    if exponent.denominator != 1:
        return None
    if base == 0 and exponent < 0:
        raise DividedByZero
    times = abs(exponent.numerator)
    if base not in (0, 1, -1) and times * (_bits(base) - 1) > MOST_BITS:
        return None
    if base in (0, 1, -1):
        # The exponent may be huge: only whether it is zero, and its parity, matter.
        return Literal(base ** (2 + times % 2) if times else Fraction(1))
    value = base**exponent.numerator
    return Literal(value) if _bits(value) <= MOST_BITS else None


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def whole(number: Literal) -> int | None:
    """The integer that a literal is, or None."""
    if number.symbol is not None or number.value.denominator != 1:
        return None
    return number.value.numerator


def exact(number: Literal) -> Fraction | float:
    """The number for computation: a Fraction, or a float if it is irrational."""
    return float(number) if number.symbol is not None else number.value


def float_of(node: Node) -> float | None:
    """The value of a scalar of the graph of constants; None if it is no finite number."""
    known: dict[int, object] = {}
    with np.errstate(all="ignore"):
        for each in ancestors([node]):
            inputs = [
                np.float64(float(operand)) if isinstance(operand, Literal) else known[operand.id]
                for operand in each.inputs
            ]
            known[each.id] = TABLE[each.op].numpy(*inputs, **each.params)
    value = float(np.asarray(known[node.id], dtype=np.float64))
    return value if isfinite(value) else None

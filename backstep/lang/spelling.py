"""The text of operations whose notation is only for display: windows, places, masks.

What a label passes over (an axis moved, how windows are cut) must be written where it is read back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from backstep.graph.node import Literal, Node, Operand
from backstep.limits import LIMITS
from backstep.ops.row import ATOM, PRODUCT, SIGN

SourceText = tuple[str, int]
"""A piece of text and how tightly it binds."""

Inputs = Sequence[str]


def number_text(number: Literal) -> SourceText:
    """A literal: as typed, else as a decimal or a quotient that reads as the same."""
    if number.symbol is not None:
        return number.symbol, ATOM
    text = number.text or exact_text(number.value)
    if "/" in text:
        return text, PRODUCT
    return text, SIGN if text[0] == "-" else ATOM


def rows_text(values: Any) -> str:
    """A vector or matrix of literals, passed as nested tuples."""
    if not isinstance(values, tuple):
        return exact_text(values)
    return f"[{', '.join(map(rows_text, values))}]"


def exact_text(value: Fraction) -> str:
    """A number that is read as exactly this one."""
    sign = "-" if value < 0 else ""
    top, bottom = abs(value.numerator), value.denominator
    if bottom == 1:
        return sign + whole_text(top)
    places = _decimal_places(bottom)
    if places is not None:
        digits = str(top * 10**places // bottom).rjust(places + 1, "0")
        text = f"{digits[:-places]}.{digits[-places:]}"
        if len(text) <= LIMITS.literal_characters:
            return sign + text
    return f"{sign}{whole_text(top)}/{whole_text(bottom)}"


def _decimal_places(bottom: int) -> int | None:
    """How many decimals a fraction with this denominator has; None: infinitely or too many."""
    for places in range(1, LIMITS.literal_characters):
        if 10**places % bottom == 0:
            return places
    return None


def whole_text(value: int) -> str:
    """An integer; past the longest literal with a power of ten, or as a sum, evaluated exactly."""
    digits = str(value)
    if len(digits) <= LIMITS.literal_characters:
        return digits
    mantissa = digits.rstrip("0")
    zeros = len(digits) - len(mantissa)
    if len(f"{mantissa}e{zeros}") <= LIMITS.literal_characters:
        if value <= sys.float_info.max:
            return f"{mantissa}e{zeros}"
        if zeros > 150:
            return f"({whole_text(value // 10**150)}*1e150)"
    high, low = divmod(value, 10**30)
    return f"({whole_text(high)}*1e30 + {low})"


def _stack(node: Node, inputs: Inputs) -> str:
    if not node.params and not all(map(_is_written, node.inputs)):
        return f"[{', '.join(inputs)}]"
    # As a list of numbers it would be read as one array literal.
    given = [*inputs, *(f"{key}={value}" for key, value in node.params.items())]
    return f"stack({', '.join(given)})"


def _is_written(operand: Operand) -> bool:
    if isinstance(operand, Literal):
        return operand.symbol is None
    return operand.op == "array"


TEXTS: Mapping[str, Callable[[Node, Inputs], SourceText]] = {
    "array": lambda node, inputs: (rows_text(node.params["values"]), ATOM),
    "stack": lambda node, inputs: (_stack(node, inputs), ATOM),
    "eye": lambda node, inputs: (f"eye({node.params['n']})", ATOM),
    "arange": lambda node, inputs: (f"arange({node.params['n']})", ATOM),
    "swap_last": lambda node, inputs: (f"move_axis({inputs[0]}, -1, -2)", ATOM),
    "place": lambda node, inputs: (f"one_hot({inputs[1]}, {node.params['classes']})", ATOM),
    "mask": lambda node, inputs: (str(node.params["place"]), ATOM),
    "times_log": lambda node, inputs: (f"({inputs[0]})*log({inputs[1]})", PRODUCT),
}
"""For each operation, its text from its inputs', which are in brackets or between commas."""

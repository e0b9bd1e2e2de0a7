"""Common mistakes in an operation: a part left out, a sign turned, a transpose forgotten.

Each row of the table lists what people get wrong in it, as a NumPy form that replaces the right
one. Whether anyone made the mistake is for the caller to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backstep.graph.shape import Shape
from backstep.ops.row import Array, Floats

MistakeKind = Literal[
    "factor",
    "divisor",
    "term",
    "sign",
    "power",
    "elementwise",
    "transpose",
    "divided",
    "multiplied",
]
"""What went wrong: a factor, divisor or term left out, a sign turned, an exponent or transpose
forgotten, one product taken for the other, divided by a factor, multiplied by a divisor.
"""


@dataclass(frozen=True, slots=True)
class CommonMistake:
    """One way to get an operation wrong.

    `numpy` takes the inputs' values; `part` is the number of the input that is left out or
    mistreated, None if it is the whole operation. `fits` tests the inputs' shapes. `negative`: the
    part counts with a minus sign.
    """

    kind: MistakeKind
    numpy: Callable[..., Array]
    part: int | None = None
    fits: Callable[..., bool] = lambda *shapes: True
    negative: bool = False

    @property
    def left_out(self) -> bool:
        """Whether a part is forgotten and the rest is right."""
        return self.kind in ("factor", "divisor", "term", "power")


def _wide(kept: int) -> Callable[..., Array]:
    """One input alone, broadcast to the shape that all have together."""
    return lambda *inputs: np.broadcast_to(
        inputs[kept], np.broadcast_shapes(*(np.shape(each) for each in inputs))
    )


def _square(shape: Shape) -> bool:
    return len(shape) >= 2 and shape[-1] == shape[-2]


def _turned(x: Floats) -> Array:
    return np.swapaxes(x, -1, -2)


def _whole(*shapes: Shape) -> bool:
    return True


_PRODUCT = (
    CommonMistake("factor", _wide(1), 0),
    CommonMistake("factor", _wide(0), 1),
    CommonMistake("divided", lambda a, b: a / b, 1),
    CommonMistake("divided", lambda a, b: b / a, 0),
)
_SUM = (
    CommonMistake("term", _wide(0), 1),
    CommonMistake("term", _wide(1), 0),
    CommonMistake("sign", lambda a, b: a - b, 1),
)
_DIFFERENCE = (
    CommonMistake("term", _wide(0), 1, _whole, negative=True),
    CommonMistake("term", lambda a, b: -_wide(1)(a, b), 0),
    CommonMistake("sign", lambda a, b: a + b, 1),
    CommonMistake("sign", lambda a, b: b - a),
)
_QUOTIENT = (
    CommonMistake("divisor", _wide(0), 1),
    CommonMistake("factor", lambda a, b: 1 / _wide(1)(a, b), 0),
    CommonMistake("multiplied", lambda a, b: a * b, 1),
)
_MATRIX_PRODUCT = (
    CommonMistake("factor", lambda a, b: b, 0),
    CommonMistake("factor", lambda a, b: a, 1),
    CommonMistake("transpose", lambda a, b: _turned(a) @ b, 0, lambda a, b: _square(a)),
    CommonMistake("transpose", lambda a, b: a @ _turned(b), 1, lambda a, b: _square(b)),
    CommonMistake("elementwise", lambda a, b: a * b),
)
_OUTER = (
    CommonMistake("elementwise", lambda a, b: a * b, None, lambda a, b: a == b),
    CommonMistake("transpose", lambda a, b: np.outer(b, a), None, lambda a, b: a == b),
    CommonMistake("factor", lambda a, b: b, 0),
    CommonMistake("factor", lambda a, b: a, 1),
)

COMMON_MISTAKES: Mapping[str, tuple[CommonMistake, ...]] = {
    "multiply": _PRODUCT,
    "divide": _QUOTIENT,
    "add": _SUM,
    "subtract": _DIFFERENCE,
    "negate": (CommonMistake("sign", lambda a: a, 0),),
    "power": (CommonMistake("power", lambda a, b: a),),
    "matmul": _MATRIX_PRODUCT,
    "outer": _OUTER,
}

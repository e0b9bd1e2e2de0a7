"""Rows of arithmetic: sums, products, quotients, powers. Products with a partial are masked."""

from __future__ import annotations

import numpy as np

from backstep.graph.graph import literal_of
from backstep.graph.node import Node
from backstep.ops.row import (
    ATOM,
    COMPARISON,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Contribution,
    Floats,
    Kink,
    NoGradient,
    Notation,
    Row,
    binary,
    call,
    infix,
    operation,
    unary,
)

_log = operation("log")
_guard = operation("guard")
_equal = operation("equal")
_less = operation("less")
_maximum = operation("maximum")
_not_equal = operation("not_equal")
_abs = operation("abs")


def _multiply(a: Floats, b: Floats, strong: str | None = None) -> Floats:
    product = np.multiply(a, b)
    if strong is None:
        return product
    if strong == "both":
        return np.where(np.equal(a, 0) | np.equal(b, 0), 0.0, product)
    return np.where(np.equal(a if strong == "left" else b, 0), 0.0, product)


def _divide(a: Floats, b: Floats, strong: str | None = None) -> Floats:
    quotient = np.divide(a, b)
    return quotient if strong is None else np.where(np.equal(a, 0), 0.0, quotient)


def power(a: Floats | float, b: Floats | float) -> Floats:
    """a to the power b, NaN outside the domain: a fractional power of −∞ too.

    C's `pow` has ∞ or 0 there, and NumPy either, by the shape of its operands.
    """
    if np.ndim(b) == 0 and b == 2:
        return np.square(a)
    found = np.power(a, b)
    outside = np.equal(a, -np.inf)
    if np.any(outside):
        found = np.where(outside & np.not_equal(b, np.rint(b)), np.nan, found)[()]
    return found


def _power_vjp(g: Node, out: Node, a: Node, b: Node) -> tuple[Contribution | NoGradient, ...]:
    exponent = literal_of(b)
    if exponent is not None:
        if exponent.value == 0:
            return NoGradient("a power with exponent 0 is 1 everywhere"), None
        return g * (b * a ** (b - 1)), None
    # b·a^(b−1) is 0 at b = 0 whatever a; a^b·ln a is 0 at a = 0 unless b is negative.
    by_base = _guard(_not_equal(b, 0), b * a ** (b - 1))
    flat = _equal(_maximum(_abs(a), _less(b, 0)), 0)
    by_exponent = _guard(_equal(flat, 0), out * _log(a))
    return g * by_base, g * by_exponent


ROWS: tuple[Row, ...] = (
    binary(
        "add",
        doc="The sum of two values.",
        numpy=np.add,
        sympy=lambda a, b: a + b,
        vjp=lambda g, out, a, b: (g, g),
        slope=(0, 1),
        notation=infix("+", " + ", SUM),
        example="x + y",
    ),
    binary(
        "subtract",
        doc="The difference of two values.",
        numpy=np.subtract,
        sympy=lambda a, b: a - b,
        vjp=lambda g, out, a, b: (g, -g),
        slope=(0, 1),
        notation=infix("−", " - ", SUM, right=1),
        example="x - y",
        operations=2,
    ),
    binary(
        "multiply",
        doc="The product of two values, element by element.",
        numpy=_multiply,
        sympy=lambda a, b, strong=None: a * b,
        vjp=lambda g, out, a, b, strong=None: (g * b, g * a),
        fades=True,
        slope=(1, 3),
        notation=Notation(
            "·",
            lambda a, b, **_: f"{a}*{b}",
            PRODUCT,
            (PRODUCT, POWER),
        ),
        example="x * y",
        product=True,
    ),
    binary(
        "divide",
        doc="The quotient of two values.",
        numpy=_divide,
        sympy=lambda a, b, strong=None: a / b,
        vjp=lambda g, out, a, b, strong=None: (g / b, -g * (out / b)),
        fades=True,
        notation=Notation(
            "÷",
            lambda a, b, **_: f"{a} / {b}",
            PRODUCT,
            (PRODUCT, POWER),
        ),
        domain=((-2.0, 2.0), (0.5, 2.0)),
        example="x / y",
        product=True,
        operations=2,
        kinks=(
            Kink(
                "division_by_zero",
                "1/x at 0 has no finite derivative; the value is infinite and so is the partial",
                lambda a, b, **_: np.equal(b, 0) & np.not_equal(a, 0),
                second=lambda b: np.equal(b, 0),
            ),
        ),
        branch=lambda a, b, **_: np.sign(b),
    ),
    binary(
        "power",
        doc="The first value raised to the second.",
        numpy=power,
        sympy=lambda a, b: a**b,
        vjp=_power_vjp,
        fades=True,
        notation=Notation(
            "^",
            lambda a, b, **_: f"{a}^{b}",
            POWER,
            (ATOM, POWER),
        ),
        domain=((0.3, 2.0), (-2.0, 2.0)),
        example="x ^ 2",
        raises=True,
        operations=2,
        kinks=(
            Kink(
                "power_at_zero",
                "0⁰ is 1; its slopes are not defined, and 0 is taken for both",
                lambda a, b, **_: np.equal(a, 0) & np.equal(b, 0),
                second=lambda b: np.equal(b, 0),
            ),
            Kink(
                "infinite_slope",
                "the slope of a root at 0 is +∞",
                lambda a, b, **_: np.equal(a, 0) & np.greater(b, 0) & np.less(b, 1),
                infinite=True,
                second=lambda b: np.greater(b, 0) & np.less(b, 1),
            ),
            Kink(
                "division_by_zero",
                "0 raised to a negative power is infinite, and so is the partial",
                lambda a, b, **_: np.equal(a, 0) & np.less(b, 0),
                second=lambda b: np.less(b, 0),
            ),
        ),
        branch=lambda a, b, **_: np.where(
            (np.rint(b) == b) & np.greater_equal(b, 0), 0, np.sign(a)
        ),
    ),
    unary(
        "negate",
        doc="The value with its sign turned.",
        numpy=np.negative,
        sympy=lambda x: -x,
        vjp=lambda g, out, x: (-g,),
        slope=(0, 1),
        factors=True,
        work=0,
        notation=Notation("−", lambda x, **_: f"-{x}", SIGN, (SIGN,)),
        example="-x",
    ),
    unary(
        "identity",
        doc="The value itself, under another name.",
        numpy=lambda x: x,
        sympy=lambda x: x,
        vjp=lambda g, out, x: (g,),
        slope=(0, 1),
        transparent=True,
        work=0,
        notation=Notation("=", lambda x, **_: x, ATOM, (ATOM,)),
        example="x",
        operations=0,
    ),
    unary(
        "stop_gradient",
        doc="The value itself, as a constant: what comes back ends here.",
        numpy=lambda x: x,
        sympy=lambda x: x,
        vjp=lambda g, out, x: (NoGradient("stop_gradient cuts the path: nothing goes back"),),
        work=0,
        notation=call("stop_gradient", "//"),
        example="stop_gradient(x)",
        operations=1,
        named=True,
        stops=True,
        zero_derivative=True,
        kinks=(
            Kink(
                "stopped",
                "stop_gradient takes its value as a constant: nothing goes back through it",
                lambda x: np.ones(np.shape(x), dtype=bool),
                always=True,
            ),
        ),
    ),
    unary(
        "carry",
        doc="A partial on its way back: the value itself, marked as one.",
        numpy=lambda x: x,
        sympy=lambda x: x,
        vjp=lambda g, out, x: (g,),
        slope=(0, 1),
        transparent=True,
        work=0,
        notation=Notation("∂", lambda x, **_: x, ATOM, (ATOM,)),
        operations=0,
        marks_partial=True,
    ),
    unary(
        "square",
        doc="The value times itself.",
        numpy=np.square,
        sympy=lambda x: x**2,
        vjp=lambda g, out, x: (g * (2 * x),),
        fades=True,
        notation=Notation(
            "( )²",
            lambda x, **_: f"square({x})",
            POWER,
            (COMPARISON,),
        ),
        example="square(x)",
        raises=True,
        operations=1,
    ),
)

"""Rows of further elementary functions: tangent, inverse and hyperbolic ones, logarithms, erf."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import erf

import numpy as np

from backstep.graph.node import Literal, Node
from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import Floats, Kink, Row, binary, call, operation, unary
from backstep.ops.values import PI_LITERAL

_cosh = operation("cosh")
_exp = operation("exp")
_log = operation("log")
_log_slope = operation("log_slope")
_sigmoid = operation("sigmoid")
_sinh = operation("sinh")
_sqrt = operation("sqrt")

_erf = np.frompyfunc(erf, 1, 1)


def _log_of(x: Node, base: int) -> Node:
    """The natural logarithm of a base, as a node of x's graph."""
    return x.graph.apply("log", Literal(Fraction(base)))


def _at_bounds(name: str) -> Kink:
    return Kink(
        f"{name}_at_bound",
        f"the slope of {name} at −1 and 1 is infinite: the curve ends upright there",
        lambda x: np.equal(np.abs(x), 1),
        infinite=True,
    )


def _logarithm(name: str, base: int, numpy: Callable[..., Floats]) -> Row:
    return unary(
        name,
        doc=f"The logarithm to the base {base}.",
        numpy=numpy,
        sympy=lambda x: sympy.log(x) / sympy.log(base),
        vjp=lambda g, out, x: (g * (_log_slope(x) / _log_of(x, base)),),
        notation=call(name),
        domain=(0.2, 3.0),
        example=f"{name}(x)",
        operations=4,
        slope=(4, 14),
        kinks=(
            Kink(
                "log_at_zero",
                f"{name} at 0 is −∞ and its partial +∞",
                lambda x: np.equal(x, 0),
            ),
        ),
        branch=np.sign,
    )


ROWS: tuple[Row, ...] = (
    unary(
        "tan",
        doc="The tangent, of an angle in radians.",
        numpy=np.tan,
        sympy=lambda x: sympy.tan(x),
        vjp=lambda g, out, x: (g * (1 + out**2),),
        notation=call("tan"),
        domain=(-1.4, 1.4),
        example="tan(x)",
        operations=2,
    ),
    unary(
        "asin",
        doc="The angle from −π/2 to π/2 whose sine the value is.",
        numpy=np.arcsin,
        sympy=lambda x: sympy.asin(x),
        vjp=lambda g, out, x: (g / _sqrt(1 - x**2),),
        notation=call("asin"),
        domain=(-0.9, 0.9),
        example="asin(x)",
        kinks=(_at_bounds("asin"),),
        branch=lambda x: np.where(np.abs(x) < 1, 0, np.sign(x)),
    ),
    unary(
        "acos",
        doc="The angle from 0 to π whose cosine the value is.",
        numpy=np.arccos,
        sympy=lambda x: sympy.acos(x),
        vjp=lambda g, out, x: (-g / _sqrt(1 - x**2),),
        notation=call("acos"),
        domain=(-0.9, 0.9),
        example="acos(x)",
        kinks=(_at_bounds("acos"),),
        branch=lambda x: np.where(np.abs(x) < 1, 0, np.sign(x)),
    ),
    unary(
        "atan",
        doc="The angle from −π/2 to π/2 whose tangent the value is.",
        numpy=np.arctan,
        sympy=lambda x: sympy.atan(x),
        vjp=lambda g, out, x: (g / (1 + x**2),),
        notation=call("atan"),
        example="atan(x)",
    ),
    unary(
        "sinh",
        doc="The hyperbolic sine, (e^x − e^(−x))/2.",
        numpy=np.sinh,
        sympy=lambda x: sympy.sinh(x),
        vjp=lambda g, out, x: (g * _cosh(x),),
        notation=call("sinh"),
        example="sinh(x)",
    ),
    unary(
        "cosh",
        doc="The hyperbolic cosine, (e^x + e^(−x))/2.",
        numpy=np.cosh,
        sympy=lambda x: sympy.cosh(x),
        vjp=lambda g, out, x: (g * _sinh(x),),
        notation=call("cosh"),
        example="cosh(x)",
    ),
    unary(
        "log1p",
        doc="The logarithm of 1 + x, with all its digits where x is small.",
        numpy=np.log1p,
        sympy=lambda x: sympy.log(1 + x),
        vjp=lambda g, out, x: (g * _log_slope(1 + x),),
        notation=call("log1p"),
        domain=(0.05, 3.0),
        example="log1p(x)",
        operations=2,
        kinks=(
            Kink(
                "log_at_zero",
                "log1p at −1 is −∞ and its partial +∞",
                lambda x: np.equal(x, -1),
            ),
        ),
        branch=lambda x: np.sign(np.add(x, 1)),
    ),
    unary(
        "expm1",
        doc="The exponential less 1, e^x − 1, with all its digits where x is small.",
        numpy=np.expm1,
        sympy=lambda x: sympy.exp(x) - 1,
        vjp=lambda g, out, x: (g * _exp(x),),
        notation=call("expm1"),
        example="expm1(x)",
        operations=3,
    ),
    _logarithm("log2", 2, np.log2),
    _logarithm("log10", 10, np.log10),
    unary(
        "erf",
        doc="The error function: the share of a normal distribution within √2·x of its mean.",
        numpy=lambda x: np.asarray(_erf(np.asarray(x, dtype=np.float64)), dtype=np.float64)[()],
        sympy=lambda x: sympy.erf(x),
        vjp=lambda g, out, x: (g * (2 * _exp(-(x * x)) / _sqrt(x.graph.constant(PI_LITERAL))),),
        notation=call("erf"),
        example="erf(x)",
        slope=(4, 14),
    ),
    binary(
        "atan2",
        doc="The angle of the point (x, y), from −π to π; y comes first.",
        numpy=np.arctan2,
        sympy=lambda y, x: sympy.atan2(y, x),
        vjp=lambda g, out, y, x: (g * (x / (x**2 + y**2)), -g * (y / (x**2 + y**2))),
        notation=call("atan2"),
        domain=((0.3, 2.0), (-2.0, 2.0)),
        example="atan2(y, x)",
        slope=(4, 14),
        kinks=(
            Kink(
                "angle_of_origin",
                "the origin has no angle: atan2 is 0 there, and its partials are undefined",
                lambda y, x: np.equal(y, 0) & np.equal(x, 0),
            ),
            Kink(
                "angle_at_cut",
                "atan2 jumps by 2π across the negative axis; its partials there are those of the "
                "angle on either side",
                lambda y, x: np.equal(y, 0) & np.less(x, 0),
            ),
        ),
        branch=lambda y, x: np.where(np.less(x, 0), np.where(np.signbit(y), -1, 1), 0),
    ),
    binary(
        "logaddexp",
        doc="The logarithm of e^a + e^b, without overflow.",
        numpy=np.logaddexp,
        sympy=lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
        vjp=lambda g, out, a, b: (g * _sigmoid(a - b), g * _sigmoid(b - a)),
        notation=call("logaddexp"),
        example="logaddexp(a, b)",
        operations=4,
        slope=(4, 16),
    ),
)

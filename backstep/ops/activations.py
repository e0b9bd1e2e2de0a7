"""Rows of activations beyond the basic ones: leaky, exponential, gaussian and clipped units."""

from __future__ import annotations

from fractions import Fraction
from math import erfc, pi, sqrt
from typing import Any

import numpy as np

from backstep.graph.node import Node
from backstep.ops.functions import FLAT, flat
from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import Floats, Kink, NoGradient, Notation, Row, call, operation, unary
from backstep.ops.values import PI_LITERAL

_abs = operation("abs")
_clip = operation("clip")
_exp = operation("exp")
_greater_equal = operation("greater_equal")
_normal_cdf = operation("normal_cdf")
ACTIVATIONS = frozenset(
    {
        *("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu"),
        *("softplus", "softsign", "hardtanh", "hardsigmoid"),
    }
)
"""The rows that layers end with."""

_sigmoid = operation("sigmoid")
_sqrt = operation("sqrt")
_square = operation("square")
_step = operation("step")
_where = operation("where")

# Klambauer et al. (2017), to more digits than a float64 holds.
SELU_SCALE = Fraction("1.0507009873554804934193349852946")
SELU_ALPHA = Fraction("1.6732632423543772848170429916717")

_erfc = np.frompyfunc(erfc, 1, 1)
_ROOT_HALF = np.sqrt(np.longdouble(0.5))


def _cdf(x: Floats) -> Floats:
    """Φ(x) by erfc, which keeps the digits of the left tail.

    There erfc falls so steeply that the rounding of its argument costs a thousand units in the last
    place; the rounding error, known in long doubles, is corrected by erfc's slope.
    """
    at = np.multiply(x, -sqrt(0.5))
    with np.errstate(invalid="ignore"):
        lost = np.asarray(np.multiply(x, -_ROOT_HALF) - at, dtype=np.float64)
        back = np.where(np.isfinite(lost), lost, 0.0) * np.exp(-np.square(at)) * (2 / sqrt(pi))
    return (np.asarray(_erfc(at), dtype=np.float64) - back) / 2


def _exact(value: Fraction) -> sympy.Expr:
    return sympy.Rational(value.numerator, value.denominator)


def _selu(x: Floats) -> Floats:
    scale, alpha = float(SELU_SCALE), float(SELU_ALPHA)
    return scale * np.where(np.greater_equal(x, 0), x, alpha * np.expm1(np.minimum(x, 0)))


def _selu_sympy(x: sympy.Expr) -> sympy.Expr:
    scale, alpha = _exact(SELU_SCALE), _exact(SELU_ALPHA)
    return sympy.Piecewise((scale * x, x >= 0), (scale * alpha * (sympy.exp(x) - 1), True))


def _huber(r: Floats, delta: Fraction) -> Floats:
    size, bound = np.abs(r), float(delta)
    near = np.minimum(size, bound)
    return np.where(size <= bound, near * near / 2, bound * (size - bound / 2))


def _half_to_even(x: sympy.Expr) -> sympy.Expr:
    """⌊x + ½⌋, less 1 at ½ above an even number, where ⌈(2x − 1)/4⌉ and ⌊(2x − 1)/4⌋ meet."""
    quarter = (2 * x - 1) / 4
    up = sympy.floor(x + sympy.Rational(1, 2))
    return up + sympy.ceiling(quarter) - sympy.floor(quarter) - 1


def _density(x: Node) -> Node:
    """The standard normal density at x."""
    return _exp(-(x * x) / 2) / _sqrt(2 * x.graph.constant(PI_LITERAL))


def _kink(code: str, words: str, *at: float) -> Kink:
    return Kink(code, words, lambda x, **_: np.isin(x, at))


def _numbers(name: str, *keys: str) -> Notation:
    """Notation of a call whose static numbers follow the input in brackets."""

    def text(x: str, **params: Any) -> str:
        return f"{name}({', '.join([x, *(_decimal(params[key]) for key in keys)])})"

    return Notation(name, text)


def _decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    text = repr(float(value))
    return text if Fraction(text) == value else f"{value.numerator}/{value.denominator}"


ROWS: tuple[Row, ...] = (
    unary(
        "leaky_relu",
        doc="The value where it is positive, else a small share of it.",
        numpy=lambda x, slope: np.where(np.greater(x, 0), x, float(slope) * np.asarray(x)),
        sympy=lambda x, slope: sympy.Piecewise((x, x > 0), (_exact(slope) * x, True)),
        vjp=lambda g, out, x, slope: (g * (_step(x) + slope * (1 - _step(x))),),
        notation=_numbers("leaky_relu", "slope"),
        params={"slope": Fraction(1, 100)},
        example="leaky_relu(x, slope=0.1)",
        named=True,
        copies=3,
        kinks=(
            _kink("leaky_relu_at_zero", "leaky_relu has a kink at 0; the left slope is taken", 0),
        ),
        branch=lambda x, slope: np.sign(x),
    ),
    unary(
        "elu",
        doc="The value where it is positive, else e^x − 1; at 0 both sides have the slope 1.",
        numpy=lambda x: np.where(np.greater_equal(x, 0), x, np.expm1(np.minimum(x, 0))),
        sympy=lambda x: sympy.Piecewise((x, x >= 0), (sympy.exp(x) - 1, True)),
        vjp=lambda g, out, x: (g * _where(_greater_equal(x, 0), 1, _exp(x)),),
        notation=call("elu"),
        example="elu(x)",
        named=True,
        copies=3,
        operations=3,
        branch=np.sign,
    ),
    unary(
        "selu",
        doc="An elu scaled so that mean and variance settle from layer to layer.",
        numpy=_selu,
        sympy=_selu_sympy,
        vjp=lambda g, out, x: (
            g * _where(_greater_equal(x, 0), SELU_SCALE, SELU_SCALE * SELU_ALPHA * _exp(x)),
        ),
        notation=call("selu"),
        example="selu(x)",
        named=True,
        copies=3,
        operations=5,
        kinks=(_kink("selu_at_zero", "selu has a kink at 0; the right slope is taken", 0),),
        branch=np.sign,
    ),
    unary(
        "normal_cdf",
        doc="The share of a standard normal distribution below the value.",
        numpy=_cdf,
        sympy=lambda x: sympy.erfc(-x / sympy.sqrt(2)) / 2,
        vjp=lambda g, out, x: (g * _density(x),),
        notation=call("normal_cdf", "Φ"),
        example="normal_cdf(x)",
        operations=4,
        named=True,
    ),
    unary(
        "gelu",
        doc="The value times Φ(x), the share of a standard normal distribution below it.",
        numpy=lambda x: np.where(np.isneginf(x), -0.0, np.multiply(x, _cdf(x))),
        sympy=lambda x: x * sympy.erfc(-x / sympy.sqrt(2)) / 2,
        vjp=lambda g, out, x: (g * (_normal_cdf(x) + x * _density(x)),),
        notation=call("gelu"),
        example="gelu(x)",
        named=True,
        operations=6,
        copies=2,
        slope=(4, 18),
    ),
    unary(
        "silu",
        doc="The value times its sigmoid, also called swish.",
        numpy=lambda x: _silu(x),
        sympy=lambda x: x / (1 + sympy.exp(-x)),
        # σ(−x) for 1 − σ(x), which has no digits left where x is large.
        vjp=lambda g, out, x: (g * (_sigmoid(x) + out * _sigmoid(-x)),),
        notation=call("silu"),
        example="silu(x)",
        named=True,
        operations=5,
        copies=2,
    ),
    unary(
        "softplus",
        doc="A smooth relu, log(1 + e^x).",
        numpy=lambda x: np.logaddexp(0.0, x),
        sympy=lambda x: sympy.log(1 + sympy.exp(x)),
        vjp=lambda g, out, x: (g * _sigmoid(x),),
        notation=call("softplus"),
        example="softplus(x)",
        named=True,
        operations=3,
    ),
    unary(
        "softsign",
        doc="A smooth step from −1 to 1 with slow tails: x / (1 + |x|).",
        numpy=lambda x: np.where(np.isinf(x), np.sign(x), np.divide(x, 1 + np.abs(x))),
        sympy=lambda x: x / (1 + sympy.Piecewise((x, x > 0), (-x, True))),
        vjp=lambda g, out, x: (g / _square(1 + _abs(x)),),
        notation=call("softsign"),
        example="softsign(x)",
        copies=4,
        operations=4,
        slope=(6, 16),
        named=True,
    ),
    unary(
        "hardsigmoid",
        doc="A step from 0 to 1 of straight pieces: x/6 + ½, cut off below 0 and above 1.",
        numpy=lambda x: np.clip(np.add(x, 3.0), 0.0, 6.0) / 6.0,
        sympy=lambda x: sympy.Piecewise((0, x <= -3), (1, x >= 3), ((x + 3) / 6, True)),
        vjp=lambda g, out, x: (g * (_step(3 - _abs(x)) / 6),),
        notation=call("hardsigmoid"),
        domain=(-4.5, 4.5),
        example="hardsigmoid(x)",
        named=True,
        copies=3,
        operations=3,
        kinks=(
            _kink(
                "hardsigmoid_at_bound",
                "hardsigmoid has kinks at −3 and 3; its partial there is 0",
                -3,
                3,
            ),
        ),
        branch=lambda x: np.sign(np.add(x, 3)) + np.sign(np.subtract(x, 3)),
    ),
    unary(
        "hardtanh",
        doc="The value cut off below −1 and above 1.",
        numpy=lambda x: np.clip(x, -1.0, 1.0),
        sympy=lambda x: sympy.Piecewise((-1, x <= -1), (1, x >= 1), (x, True)),
        vjp=lambda g, out, x: (g * _step(1 - _abs(x)),),
        notation=call("hardtanh"),
        domain=(-1.9, 1.9),
        example="hardtanh(x)",
        named=True,
        copies=3,
        kinks=(
            _kink(
                "hardtanh_at_bound",
                "hardtanh has kinks at −1 and 1; its partial there is 0, where clip gives 1",
                -1,
                1,
            ),
        ),
        branch=lambda x: np.sign(np.add(x, 1)) + np.sign(np.subtract(x, 1)),
    ),
    unary(
        "clip",
        doc="The value cut off below `low` and above `high`.",
        numpy=lambda x, low, high: np.minimum(np.maximum(x, float(low)), float(high)),
        sympy=lambda x, low, high: sympy.Piecewise(
            (_exact(low), x < _exact(low)), (_exact(high), x > _exact(high)), (x, True)
        ),
        vjp=lambda g, out, x, low, high: (g * ((1 - _step(low - x)) * (1 - _step(x - high))),),
        notation=_numbers("clip", "low", "high"),
        params={"low": Fraction(-1), "high": Fraction(3, 2)},
        example="clip(x, 0, 1)",
        named=True,
        copies=3,
        kinks=(
            Kink(
                "clip_at_bound",
                "the bounds of clip belong to it; the partial there is 1",
                lambda x, low, high: np.isin(x, (float(low), float(high))),
            ),
        ),
        branch=lambda x, low, high: (
            np.sign(np.subtract(x, float(low))) + np.sign(np.subtract(x, float(high)))
        ),
    ),
    unary(
        "huber",
        doc="Half the square where |r| is at most delta, else delta·(|r| − delta/2).",
        numpy=_huber,
        sympy=lambda r, delta: sympy.Piecewise(
            (r**2 / 2, sympy.And(r >= -_exact(delta), r <= _exact(delta))),
            (_exact(delta) * (r - _exact(delta) / 2), r > 0),
            (_exact(delta) * (-r - _exact(delta) / 2), True),
        ),
        vjp=lambda g, out, r, delta: (g * _clip(r, low=-delta, high=delta),),
        notation=_numbers("huber", "delta"),
        params={"delta": Fraction(3, 4)},
        example="huber(x, 1)",
        named=True,
        copies=6,
        operations=8,
        branch=lambda r, delta: np.where(np.abs(r) <= float(delta), 0, np.sign(r)),
    ),
    unary(
        "round",
        doc="The nearest whole number; halves go to the even one.",
        numpy=np.rint,
        sympy=_half_to_even,
        vjp=lambda g, out, x: (NoGradient(f"round is flat: {FLAT}"),),
        notation=call("round"),
        example="round(x)",
        domain=(-1.4, 1.4),
        operations=12,
        copies=3,
        named=True,
        zero_derivative=True,
        kinks=(flat("round"),),
        branch=np.rint,
    ),
)


def _silu(x: Floats) -> Floats:
    small = np.exp(-np.abs(x))
    share = np.where(np.greater_equal(x, 0), 1.0, small) / (1.0 + small)
    # Far to the left e^x alone has lost its digits where x·e^x has not.
    half = np.exp(np.multiply(np.clip(x, -2000, 0), 0.5))
    tail = np.multiply(x, half) * half
    return np.where(np.isneginf(x), -0.0, np.where(np.less(x, -40), tail, np.multiply(x, share)))

"""Rows of elementwise functions of one value: exp, log, tanh, sigmoid and similar ones."""

from __future__ import annotations

import numpy as np

from backstep.ops.lazy_sympy import sympy
from backstep.ops.row import (
    POWER,
    PRODUCT,
    Floats,
    Kink,
    NoGradient,
    Notation,
    Row,
    call,
    operation,
    unary,
)

_cos = operation("cos")
_sin = operation("sin")
_sign = operation("sign")
_step = operation("step")
_log_slope = operation("log_slope")

FLAT = "its derivative is 0 wherever it has one, so gradient descent cannot train through it"


def sigmoid(x: Floats) -> Floats:
    """σ(x), accurate to the last digits in both tails."""
    # exp of a value that is never positive cannot overflow on either side.
    small = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1.0, small) / (1.0 + small)


def _log_slope_numpy(x: Floats) -> Floats:
    return np.where(np.less(x, 0), np.nan, np.divide(1.0, np.abs(x)))


def _step_numpy(x: Floats) -> Floats:
    return np.where(np.isnan(x), np.nan, np.greater(x, 0).astype(np.float64))


def _relu(x: Floats) -> Floats:
    # maximum keeps NaN; adding 0.0 turns −0 into 0.
    return np.maximum(x, 0.0) + 0.0


def flat(name: str) -> Kink:
    """The kink of an operation without a slope, where an incoming partial ends."""
    return Kink("flat", f"{name} is flat: {FLAT}", lambda x: np.not_equal(x, 0), always=True)


def _piecewise(
    positive: sympy.Expr, zero: sympy.Expr, negative: sympy.Expr, x: sympy.Expr
) -> sympy.Expr:
    return sympy.Piecewise((positive, x > 0), (negative, x < 0), (zero, True))


_ROOT = call("sqrt", "√")
_BARS = call("abs", "| |")
INDICATOR = call("step")
_EXP = call("exp")
_SLOPE_OF_LOG = Notation(
    "1/x",
    lambda x: f"1 / {x}",
    PRODUCT,
    (POWER,),
)

ROWS: tuple[Row, ...] = (
    unary(
        "exp",
        doc="The exponential function; it is its own derivative.",
        numpy=np.exp,
        sympy=lambda x: sympy.exp(x),
        vjp=lambda g, out, x: (g * out,),
        fades=True,
        notation=_EXP,
        example="exp(x)",
    ),
    unary(
        "log",
        doc="The natural logarithm.",
        numpy=np.log,
        sympy=lambda x: sympy.log(x),
        vjp=lambda g, out, x: (g * _log_slope(x),),
        notation=call("log"),
        domain=(0.2, 3.0),
        example="log(x)",
        kinks=(
            Kink(
                "log_at_zero",
                "log at 0 is −∞ and its partial +∞; for log(softmax(s)) write log_softmax(s), and "
                "a loss on logits for one on probabilities",
                lambda x: np.equal(x, 0),
            ),
        ),
        branch=np.sign,
    ),
    unary(
        "log_slope",
        doc="The slope of log: 1/x for x > 0, +∞ at 0, undefined where log is.",
        numpy=_log_slope_numpy,
        sympy=lambda x: 1 / x,
        vjp=lambda g, out, x: (-g * (out * out),),
        fades=True,
        notation=_SLOPE_OF_LOG,
        domain=(0.3, 3.0),
    ),
    unary(
        "sqrt",
        doc="The square root.",
        numpy=lambda x: np.sqrt(x) + 0.0,
        sympy=lambda x: sympy.sqrt(x),
        vjp=lambda g, out, x: (g / (2 * out),),
        notation=_ROOT,
        domain=(0.2, 3.0),
        raises=True,
        example="sqrt(x)",
        kinks=(
            Kink(
                "sqrt_at_zero",
                "the slope of sqrt at 0 is +∞; abs or norm may be what is meant",
                lambda x: np.equal(x, 0),
                infinite=True,
            ),
        ),
        branch=np.sign,
    ),
    unary(
        "abs",
        doc="The absolute value.",
        numpy=np.abs,
        sympy=lambda x: _piecewise(x, sympy.Integer(0), -x, x),
        vjp=lambda g, out, x: (g * _sign(x),),
        copies=4,
        notation=_BARS,
        example="abs(x)",
        named=True,
        kinks=(
            Kink("abs_at_zero", "abs has a kink at 0; its partial there is 0", lambda x: x == 0),
        ),
        branch=np.sign,
    ),
    unary(
        "sign",
        doc="−1, 0 or 1 by the sign of the value.",
        numpy=np.sign,
        sympy=lambda x: _piecewise(sympy.Integer(1), sympy.Integer(0), sympy.Integer(-1), x),
        vjp=lambda g, out, x: (NoGradient(f"sign is flat: {FLAT}"),),
        copies=2,
        notation=call("sign"),
        example="sign(x)",
        kinks=(
            Kink(
                "sign_at_zero",
                f"sign jumps at 0; its partial there is 0, as everywhere: {FLAT}",
                lambda x: x == 0,
            ),
            flat("sign"),
        ),
        branch=np.sign,
        named=True,
    ),
    unary(
        "step",
        doc="1 where the value is positive, else 0.",
        numpy=_step_numpy,
        sympy=lambda x: sympy.Piecewise((1, x > 0), (0, True)),
        vjp=lambda g, out, x: (NoGradient(f"step is flat: {FLAT}"),),
        notation=INDICATOR,
        example="step(x)",
        kinks=(
            Kink(
                "step_at_zero",
                f"step jumps at 0; its partial there is 0, as everywhere: {FLAT}",
                lambda x: x == 0,
            ),
            flat("step"),
        ),
        branch=np.sign,
        named=True,
    ),
    unary(
        "sin",
        doc="The sine, of an angle in radians.",
        numpy=np.sin,
        sympy=lambda x: sympy.sin(x),
        vjp=lambda g, out, x: (g * _cos(x),),
        notation=call("sin"),
        example="sin(x)",
    ),
    unary(
        "cos",
        doc="The cosine, of an angle in radians.",
        numpy=np.cos,
        sympy=lambda x: sympy.cos(x),
        vjp=lambda g, out, x: (g * -_sin(x),),
        notation=call("cos"),
        example="cos(x)",
        operations=2,
    ),
    unary(
        "tanh",
        doc="Hyperbolic tangent: a smooth step from −1 to 1.",
        numpy=np.tanh,
        sympy=lambda x: sympy.tanh(x),
        vjp=lambda g, out, x: (g * (1 - out**2),),
        slope=(1, 6),
        notation=call("tanh"),
        example="tanh(x)",
        operations=2,
    ),
    unary(
        "sigmoid",
        doc="The logistic function 1/(1 + e^(−x)): a smooth step from 0 to 1.",
        numpy=sigmoid,
        sympy=lambda x: 1 / (1 + sympy.exp(-x)),
        vjp=lambda g, out, x: (g * (out * (1 - out)),),
        fades=True,
        slope=(2, 16),
        notation=call("sigmoid", "σ"),
        example="sigmoid(x)",
        operations=6,
        named=True,
    ),
    unary(
        "relu",
        doc="The value where it is positive, else 0.",
        numpy=_relu,
        sympy=lambda x: sympy.Piecewise((x, x > 0), (0, True)),
        vjp=lambda g, out, x: (g * _step(x),),
        copies=2,
        notation=call("relu"),
        example="relu(x)",
        named=True,
        kinks=(
            Kink("relu_at_zero", "relu has a kink at 0; its partial there is 0", lambda x: x == 0),
        ),
        branch=np.sign,
    ),
)

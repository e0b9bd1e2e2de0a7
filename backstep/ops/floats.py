"""Each row on Python floats, as source text: what a compiled program writes for a scalar.

A template has its inputs as {0}, {1}, …; one that occurs twice is assigned to a name first. `math`
raises where IEEE has an infinity or a NaN; the program is then run by the rows' NumPy forms, and so
is any row without a template. Masks of products with a partial are left out: they change a result
only where that is a NaN (0·∞), and a program looks for one at its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from backstep.graph.node import Literal, Node
from backstep.ops.activations import SELU_ALPHA, SELU_SCALE
from backstep.ops.arithmetic import power

Template = str | Callable[[Node], str | None]
"""Source, or a function that writes it for a node; None: by the row's NumPy form."""

NAMES: Mapping[str, Any] = MappingProxyType(
    {
        "absolute": abs,
        "acos": math.acos,
        "asin": math.asin,
        "atan": math.atan,
        "atan2": math.atan2,
        "cos": math.cos,
        "cosh": math.cosh,
        "erf": math.erf,
        "exp": math.exp,
        "expm1": math.expm1,
        "inf": math.inf,
        "log": math.log,
        "log10": math.log10,
        "log1p": math.log1p,
        "log2": math.log2,
        "nan": math.nan,
        "power": math.pow,
        "power_of_minus_inf": lambda exponent: float(power(-math.inf, exponent)),
        "sin": math.sin,
        "sinh": math.sinh,
        "sqrt": math.sqrt,
        "tan": math.tan,
        "tanh": math.tanh,
    }
)
"""The functions that the templates call."""


def _number(value: Fraction | float) -> str:
    return f"({float(value)!r})"


def _power(node: Node) -> str:
    exponent = node.inputs[1]
    if not isinstance(exponent, Literal):
        some = "power({0}, {1}) if {0} != -inf else power_of_minus_inf({1})"
        return f"({{0}} * {{0}} if {{1}} == 2.0 else {some})"
    if exponent.value == 2:
        return "({0} * {0})"
    if float(exponent).is_integer():
        return "power({0}, {1})"
    return "(power({0}, {1}) if {0} != -inf else nan)"


def _leaky(node: Node) -> str:
    return f"({{0}} if {{0}} > 0.0 else {_number(node.params['slope'])} * {{0}})"


def _clip(node: Node) -> str | None:
    low, high = node.params["low"], node.params["high"]
    if low > high:
        return None
    below, above = _number(low), _number(high)
    return f"({below} if {{0}} < {below} else {above} if {{0}} > {above} else {{0}})"


def _huber(node: Node) -> str:
    bound, half = _number(node.params["delta"]), _number(float(node.params["delta"]) / 2)
    return (
        f"({{0}} * {{0}} / 2.0 if -{bound} <= {{0}} <= {bound} else "
        f"{bound} * (absolute({{0}}) - {half}))"
    )


def _selu() -> str:
    scale, alpha = _number(SELU_SCALE), _number(SELU_ALPHA)
    return f"({scale} * ({{0}} if {{0}} >= 0.0 else {alpha} * expm1({{0}})))"


def _condition(sign: str) -> str:
    return f"(1.0 if {{0}} {sign} {{1}} else 0.0)"


FLOATS: Mapping[str, Template] = MappingProxyType(
    {
        "abs": "absolute({0})",
        "acos": "acos({0})",
        "asin": "asin({0})",
        "atan": "atan({0})",
        "atan2": "atan2({0}, {1})",
        "add": "({0} + {1})",
        "broadcast_to": "{0}",
        "carry": "{0}",
        "clip": _clip,
        "constant": "{0}",
        "cos": "cos({0})",
        "cosh": "cosh({0})",
        "divide": "({0} / {1})",
        "elu": "({0} if {0} >= 0.0 else expm1({0}))",
        "equal": _condition("=="),
        "erf": "erf({0})",
        "exp": "exp({0})",
        "expand": "{0}",
        "expm1": "expm1({0})",
        "greater": _condition(">"),
        "greater_equal": _condition(">="),
        "guard": "({1} if {0} != 0.0 else 0.0)",
        "hardsigmoid": ("(0.0 if {0} < -3.0 else 1.0 if {0} > 3.0 else ({0} + 3.0) / 6.0)"),
        "hardtanh": "(-1.0 if {0} < -1.0 else 1.0 if {0} > 1.0 else {0})",
        "huber": _huber,
        "identity": "{0}",
        "leaky_relu": _leaky,
        "less": _condition("<"),
        "less_equal": _condition("<="),
        "log": "log({0})",
        "log10": "log10({0})",
        "log1p": "log1p({0})",
        "log2": "log2({0})",
        "log_slope": "(1.0 / {0} if {0} > 0.0 else inf if {0} == 0.0 else nan)",
        "maximum": "({0} if {0} > {1} or {0} != {0} else {1})",
        "minimum": "({0} if {0} < {1} or {0} != {0} else {1})",
        "multiply": "({0} * {1})",
        "negate": "(-{0})",
        "not_equal": _condition("!="),
        "power": _power,
        "relu": "(0.0 if {0} <= 0.0 else {0})",
        "reshape": "{0}",
        "selu": _selu(),
        "sigmoid": ("(1.0 / (1.0 + exp(-{0})) if {0} >= 0.0 else ({t} := exp({0})) / (1.0 + {t}))"),
        "sign": "(1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0 if {0} == 0.0 else nan)",
        "sin": "sin({0})",
        "sinh": "sinh({0})",
        "softsign": (
            "({0} / (1.0 + absolute({0})) if -inf < {0} < inf else "
            "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else nan)"
        ),
        "softplus": "({0} + log1p(exp(-{0})) if {0} >= 0.0 else log1p(exp({0})))",
        "sqrt": "(sqrt({0}) + 0.0)",
        "square": "({0} * {0})",
        "step": "(1.0 if {0} > 0.0 else 0.0 if {0} <= 0.0 else nan)",
        "subtract": "({0} - {1})",
        "sum": "{0}",
        "sum_to": "{0}",
        "tan": "tan({0})",
        "tanh": "tanh({0})",
        "times_log": "({0} * log({1}) if {0} or {1} else 0.0)",
        "transpose": "{0}",
        "where": "({1} if {0} != 0.0 else {2})",
    }
)

SIGMOID = (
    "exp(-{0} if {0} >= 0.0 else {0})",
    "(1.0 / (1.0 + {1}) if {0} >= 0.0 else {1} / (1.0 + {1}))",
    "(1.0 / (1.0 + {1}) if {0} <= 0.0 else {1} / (1.0 + {1}))",
)
"""exp(−|x|), and from it σ(x) and 1 − σ(x), where both are read: one exponential, equal bits."""

TAILS: Mapping[str, str] = MappingProxyType(
    {
        # The same as `functions.sigmoid` of −x.
        "one_less_sigmoid": (
            "(1.0 / (1.0 + exp({0})) if {0} <= 0.0 else ({t} := exp(-{0})) / (1.0 + {t}))"
        ),
        "one_less_square": "((1.0 - {0}) * (1.0 + {0}))",
        "one_less_tanh_squared": (
            "(4.0 * ({t} := exp(-2.0 * absolute({0}))) / ((1.0 + {t}) * (1.0 + {t})))"
        ),
    }
)
"""The forms of `tails` that have a template, by name."""


def source(node: Node) -> str | None:
    """The template of a node's row; None if the row is evaluated by its NumPy form."""
    template = FLOATS.get(node.op)
    return template(node) if callable(template) else template

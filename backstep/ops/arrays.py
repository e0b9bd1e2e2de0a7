"""Each elementwise row on arrays, as source text: what a compiled program writes for a tensor.

A template is one or more calls of NumPy functions, the last of which writes the result into {o};
{0}, {1}, … are the inputs, arrays that broadcast to it or floats; {w} is a further array like {o}
and {m} one of truth values; {zero}, {one} and {2.5} are numbers as arrays. If there is one call
alone, {o} may be an input itself. Rows without a template are called in their NumPy form. Masks of
products with a partial are left out, as in `floats`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from backstep.graph.node import Literal, Node
from backstep.graph.shape import size
from backstep.ops.activations import SELU_ALPHA, SELU_SCALE

Template = tuple[str, ...]


def _power(node: Node) -> Template | None:
    exponent = node.inputs[1]
    if not isinstance(exponent, Literal):
        return None
    if exponent.value == 2:
        return ("square({0}, {o})",)
    if float(exponent).is_integer():
        return ("power({0}, {1}, {o})",)
    return (
        "equal({0}, {-inf}, {m})",
        "power({0}, {1}, {o})",
        "copyto({o}, {nan}, where={m})",
    )


def _leaky(node: Node) -> Template | None:
    slope = float(node.params["slope"])
    if not 0 <= slope <= 1:
        return None
    return f"multiply({{0}}, {{{slope!r}}}, {{o}})", "maximum({0}, {o}, out={o})"


def _clip(node: Node) -> Template:
    low, high = float(node.params["low"]), float(node.params["high"])
    return f"maximum({{0}}, {{{low!r}}}, out={{o}})", f"minimum({{o}}, {{{high!r}}}, out={{o}})"


_FEW = 160
"""Elements up to which `heaviside` takes less time than `greater`, whose result is converted."""


def _step(node: Node) -> Template:
    # Whether a number is greater takes longer to call, and a twentieth of the time an element.
    if hides_nan(node):
        return ("greater({0}, {zero}, {o})",)
    return ("heaviside({0}, {zero}, {o})",)


def hides_nan(node: Node) -> bool:
    """Whether the template has a number where the row has a NaN.

    Only in a gradient, whose loss is NaN too: a program with such a node looks for that.
    """
    start = node.graph.forward_count
    return node.op == "step" and start is not None and node.id >= start and size(node.shape) > _FEW


ARRAYS: Mapping[str, Template | Callable[[Node], Template | None]] = MappingProxyType(
    {
        "abs": ("absolute({0}, {o})",),
        "acos": ("arccos({0}, {o})",),
        "asin": ("arcsin({0}, {o})",),
        "atan": ("arctan({0}, {o})",),
        "atan2": ("arctan2({0}, {1}, {o})",),
        "add": ("add({0}, {1}, {o})",),
        "clip": _clip,
        "cos": ("cos({0}, {o})",),
        "cosh": ("cosh({0}, {o})",),
        "divide": ("divide({0}, {1}, {o})",),
        # From 0 on the smaller number is 0; below, the slope of expm1 is under 1.
        "elu": (
            "minimum({0}, {zero}, out={o})",
            "expm1({o}, {o})",
            "maximum({0}, {o}, out={o})",
        ),
        "equal": ("equal({0}, {1}, {o})",),
        "exp": ("exp({0}, {o})",),
        "expm1": ("expm1({0}, {o})",),
        "greater": ("greater({0}, {1}, {o})",),
        "greater_equal": ("greater_equal({0}, {1}, {o})",),
        "guard": (
            "not_equal({0}, {zero}, {m})",
            "copyto({o}, {zero})",
            "copyto({o}, {1}, where={m})",
        ),
        "hardsigmoid": (
            "add({0}, {3.0}, {o})",
            "maximum({o}, {zero}, out={o})",
            "minimum({o}, {6.0}, out={o})",
            "divide({o}, {6.0}, {o})",
        ),
        "hardtanh": ("maximum({0}, {-1.0}, out={o})", "minimum({o}, {1.0}, out={o})"),
        "leaky_relu": _leaky,
        "less": ("less({0}, {1}, {o})",),
        "less_equal": ("less_equal({0}, {1}, {o})",),
        "log": ("log({0}, {o})",),
        "log10": ("log10({0}, {o})",),
        "log1p": ("log1p({0}, {o})",),
        "log2": ("log2({0}, {o})",),
        # The root of a negative number raises, and so does 1/0.
        "log_slope": ("sqrt({0}, {w})", "divide({one}, {0}, {o})"),
        "logaddexp": ("logaddexp({0}, {1}, {o})",),
        "maximum": ("maximum({0}, {1}, out={o})",),
        "minimum": ("minimum({0}, {1}, out={o})",),
        "multiply": ("multiply({0}, {1}, {o})",),
        "negate": ("negative({0}, {o})",),
        "not_equal": ("not_equal({0}, {1}, {o})",),
        "power": _power,
        "relu": ("maximum({0}, {zero}, out={o})",),
        "round": ("rint({0}, {o})",),
        # exp overflows below −709, which raises.
        "sigmoid": (
            "negative({0}, {w})",
            "exp({w}, {w})",
            "add({w}, {one}, {o})",
            "divide({one}, {o}, {o})",
        ),
        "sign": ("sign({0}, {o})",),
        "sin": ("sin({0}, {o})",),
        "sinh": ("sinh({0}, {o})",),
        "selu": (
            "minimum({0}, {zero}, out={o})",
            "expm1({o}, {o})",
            f"multiply({{o}}, {{{float(SELU_ALPHA)!r}}}, {{o}})",
            "maximum({0}, {zero}, out={w})",
            "add({w}, {o}, {o})",
            f"multiply({{o}}, {{{float(SELU_SCALE)!r}}}, {{o}})",
        ),
        "silu": (
            "negative({0}, {w})",
            "exp({w}, {w})",
            "add({w}, {one}, {w})",
            "divide({0}, {w}, {o})",
        ),
        "softplus": ("logaddexp({zero}, {0}, {o})",),
        "softsign": ("absolute({0}, {w})", "add({w}, {one}, {w})", "divide({0}, {w}, {o})"),
        "sqrt": ("sqrt({0}, {o})",),
        "square": ("square({0}, {o})",),
        "step": _step,
        "subtract": ("subtract({0}, {1}, {o})",),
        "tan": ("tan({0}, {o})",),
        "tanh": ("tanh({0}, {o})",),
        "where": (
            "not_equal({0}, {zero}, {m})",
            "copyto({o}, {2})",
            "copyto({o}, {1}, where={m})",
        ),
    }
)

TAILS: Mapping[str, Template] = MappingProxyType(
    {
        "one_less_sigmoid": ("exp({0}, {o})", "add({o}, {one}, {o})", "divide({one}, {o}, {o})"),
        "one_less_square": (
            "subtract({one}, {0}, {w})",
            "add({one}, {0}, {o})",
            "multiply({w}, {o}, {o})",
        ),
        # 1/cosh²(x); past 355 the square overflows, which raises.
        "one_less_tanh_squared": (
            "cosh({0}, {o})",
            "square({o}, {o})",
            "divide({one}, {o}, {o})",
        ),
    }
)
"""The forms of `tails` that have a template, by name."""


def template(node: Node) -> Template | None:
    """The calls for a node's row; None if the row is called in its NumPy form."""
    found = ARRAYS.get(node.op)
    return found(node) if callable(found) else found

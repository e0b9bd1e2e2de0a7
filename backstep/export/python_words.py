"""Rows in NumPy, and in JAX, whose functions for most of them are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from backstep.export.expression_writer import (
    Piece,
    Scribe,
    Word,
    as_value,
    elementwise,
    fixed,
    of_scalar,
    product,
)
from backstep.export.program import Operation
from backstep.export.words import (
    COMMON,
    OWN,
    SIGNS,
    called,
    choice,
    constants,
    division,
    expanded,
    matrix_product,
    outer,
    own,
    placed,
    summed_axes,
    windows,
)
from backstep.graph.node import Node
from backstep.graph.shape import Shape, broadcast
from backstep.ops.row import ATOM, POWER, PRODUCT, SUM, TERM


def _axis(axis: int | None, name: str = "axis") -> str:
    return "" if axis is None else f"{name}={axis}"


def _reduction(method: str) -> Word:
    return of_scalar(fixed(lambda node, x, axis=None: f"{x}.{method}({_axis(axis)})", ATOM, ATOM))


def _helped(name: str) -> Word:
    """A reduction by one of the file's own functions."""
    return called(
        name,
        lambda node, x, axis=None: f"{name}({x}{', ' if axis is not None else ''}{_axis(axis)})",
    )


def _along(name: str) -> Word:
    return called(name, lambda node, x, axis=-1: f"{name}({x}, axis={axis})")


def _rows(name: str) -> Word:
    return called(name, lambda node, g, p, axis: f"{name}({g}, {p}, {axis})")


def key_text(key: Sequence[Any]) -> str:
    """A static index in Python."""
    parts = []
    for part in key:
        if isinstance(part, int):
            parts.append(str(part))
        else:
            start, stop, step = part
            end = "" if stop < 0 else str(stop)
            parts.append(f"{start}:{end}" + (f":{step}" if step != 1 else ""))
    return ", ".join(parts)


def array_text(values: Any) -> str:
    """A literal array as nested lists."""
    if isinstance(values, tuple | list):
        return f"[{', '.join(map(array_text, values))}]"
    return repr(float(values))


def comparison(sign: str, lib: str) -> Word:
    """The comparison as 1 or 0."""
    return elementwise(f"({{0}} {sign} {{1}})*1.0", PRODUCT, (SUM, SUM), values=False)


def power(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """An elementwise power of a value of the library's type, since Python's floats raise."""
    base, exponent = scribe.fitted(done, node, thin)
    base = as_value(scribe, base)
    shape = broadcast(base.shape, exponent.shape)
    return Piece(f"{base.at(ATOM)}**{exponent.at(POWER)}", POWER, shape)


def _widened(piece: Piece, axis: int, shape: Shape) -> Piece:
    places = [":"] * len(piece.shape)
    places.insert(axis, "None")
    return Piece(f"{piece.at(ATOM)}[{', '.join(places)}]", ATOM, shape)


def _column(piece: Piece) -> str:
    return f"{piece.at(ATOM)}[:, None]"


def squared(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A square, as a product with itself."""
    (x,) = (as_value(scribe, each) for each in scribe.fitted(done, node, thin))
    return Piece(f"{x.at(ATOM)}**2", POWER, x.shape)


def _swapped(np: str) -> Callable[[Node, str], str]:
    return lambda node, x: f"{x}.T" if len(node.shape) == 2 else f"{np}.swapaxes({x}, -1, -2)"


def _reshaped(np: str) -> Callable[..., str]:
    def write(node: Node, x: str, shape: Shape) -> str:
        if not shape:
            return f"{np}.sum({x})"
        # A scalar may be a number of Python's.
        whole = bool(node.inputs[0].shape)
        return (
            f"{x}.reshape({shape_text(shape)})"
            if whole
            else f"{np}.reshape({x}, {shape_text(shape)})"
        )

    return write


def shape_text(shape: Shape) -> str:
    """A shape as a tuple of Python."""
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def words(np: str, array: str = "array") -> dict[str, Word]:
    """The words of NumPy, imported as `np`, where `array` makes one."""

    def call(name: str, helper: str | None = None) -> Word:
        return elementwise(f"{np}.{name}({{0}})")

    return {
        **COMMON,
        **constants(lambda values: f"{np}.{array}({array_text(values)})"),
        **{name: own(name) for name in OWN},
        "zeros": fixed(lambda node, shape: f"{np}.zeros({shape_text(shape)})"),
        "ones": fixed(lambda node, shape: f"{np}.ones({shape_text(shape)})"),
        "eye": fixed(lambda node, n: f"{np}.eye({n})"),
        "arange": fixed(lambda node, n: f"{np}.arange({n}.0)"),
        "add": elementwise("{0} + {1}", SUM, (SUM, TERM)),
        "subtract": elementwise("{0} - {1}", SUM, (SUM, TERM)),
        "multiply": product,
        "divide": division(lambda shape, under: "/", values=True),
        "power": power,
        "square": squared,
        "exp": call("exp"),
        "log": call("log"),
        # The root of −0 is 0, and so is relu's value: a quotient by it is +∞.
        "sqrt": elementwise(f"{np}.sqrt({{0}}) + 0.0", SUM),
        "abs": call("abs"),
        "sign": call("sign"),
        "step": elementwise(f"{np}.heaviside({{0}}, 0.0)"),
        "sin": call("sin"),
        "cos": call("cos"),
        **{name: call(name) for name in ("tan", "sinh", "cosh", "tanh", "log1p", "expm1")},
        **{name: call(name) for name in ("log2", "log10")},
        **{name: call(f"arc{name[1:]}") for name in ("asin", "acos", "atan")},
        "atan2": elementwise(f"{np}.arctan2({{0}}, {{1}})", values=True),
        "logaddexp": elementwise(f"{np}.logaddexp({{0}}, {{1}})", values=True),
        "erf": own("erf"),
        "huber": own("huber", "delta"),
        "relu": elementwise(f"{np}.maximum({{0}}, 0.0) + 0.0", SUM),
        "leaky_relu": elementwise(f"{np}.where({{0}} > 0, {{0}}, {{slope}}*({{0}}))"),
        "softplus": elementwise(f"{np}.logaddexp(0.0, {{0}})"),
        "hardtanh": elementwise(f"{np}.clip({{0}}, -1.0, 1.0)"),
        "hardsigmoid": elementwise(f"{np}.clip({{0}} + 3.0, 0.0, 6.0)/6.0", PRODUCT, (SUM,)),
        "clip": elementwise(f"{np}.minimum({np}.maximum({{0}}, {{low}}), {{high}})"),
        "round": call("rint"),
        **{name: comparison(sign, np) for name, sign in SIGNS.items()},
        "where": choice(f"{np}.where({{0}}, {{1}}, {{2}})", SIGNS),
        "guard": choice(f"{np}.where({{0}}, {{1}}, 0.0)", SIGNS),
        "maximum": elementwise(f"{np}.maximum({{0}}, {{1}})"),
        "minimum": elementwise(f"{np}.minimum({{0}}, {{1}})"),
        "sum": _reduction("sum"),
        "mean": _reduction("mean"),
        "max": _reduction("max"),
        "min": _reduction("min"),
        "prod": _reduction("prod"),
        "var": fixed(
            lambda node, x, axis=None: (
                f"{np}.var({x}{', ' if axis is not None else ''}{_axis(axis)})"
            )
        ),
        "std": _helped("std"),
        "cumsum": fixed(lambda node, x, axis: f"{np}.cumsum({x}, {axis})"),
        "sort": fixed(lambda node, x, axis: f"{np}.sort({x}, {axis})"),
        "argmax": fixed(
            lambda node, x, axis=None: f"{np}.argmax({x}{'' if axis is None else f', {axis}'})*1.0",
            PRODUCT,
        ),
        "take": called("take", lambda node, x, k: f"take({x}, {k})"),
        "put": called("put_rows", lambda node, x, k, rows: f"put_rows({x}, {k}, {rows})"),
        **{
            name: called(name, lambda node, *x, name=name: f"{name}({', '.join(x)})")
            for name in ("det", "logdet", "cofactors", "solve")
        },
        "norm": _helped("norm"),
        "logsumexp": _helped("logsumexp"),
        "prod_except": _prod_except,
        "expand": expanded(_widened, thin_scalars=True),
        "sum_to": _summed_to,
        "move_axis": fixed(
            lambda node, x, source, target: f"{np}.moveaxis({x}, {source}, {target})"
        ),
        "matmul": matrix_product(
            "masked_matmul",
            lambda node, left, right, sides: f"masked_matmul({left.text}, {right.text}, {sides})",
            # As tight as a product, and in brackets wherever it is a factor.
            lambda left, right: (f"{left.at(POWER)} @ {right.at(POWER)}", TERM),
        ),
        "dot": fixed(lambda node, a, b: f"{a} @ {b}", TERM, POWER),
        "outer": outer(
            _column,
            lambda piece: f"{piece.at(ATOM)}[None, :]",
            lambda left, right, shape: Piece(
                f"{_column(left)}*{right.at(POWER)}", PRODUCT, shape, flat=True
            ),
        ),
        "reshape": fixed(_reshaped(np), ATOM, ATOM),
        "transpose": fixed(lambda node, x: f"{x}.T", ATOM, ATOM),
        "swap_last": fixed(_swapped(np), ATOM, ATOM),
        "index": fixed(lambda node, x, key: f"{x}[{key_text(key)}]" if key else x, ATOM, ATOM),
        "scatter": called(
            "scatter",
            lambda node, x, key, shape: (
                f"scatter({x}, {np}.s_[{key_text(key)}], {shape_text(shape)})" if key else x
            ),
        ),
        "concat": fixed(
            lambda node, *x, axis=0: f"{np}.concatenate([{', '.join(x)}], axis={axis})"
        ),
        "stack": fixed(lambda node, *x, axis=0: f"{np}.stack([{', '.join(x)}], axis={axis})"),
        "place": placed,
        **windows(str),
        "softmax": _along("softmax"),
        "log_softmax": _along("log_softmax"),
        "times_log": elementwise("times_log({0}, {1})", helper="times_log"),
        "one_less_sigmoid": _rest_of_sigmoid,
        "one_less_tanh_squared": _rest_of_tanh,
        "less_its_share": _rows("less_its_share"),
        "less_its_mean": _rows("less_its_mean"),
    }


def _prod_except(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    (x,) = (scribe.piece(each) for each in done.reads)
    if done.params["order"] == 1:
        return Piece(f"{scribe.use('products_of_others')}({x.text})", ATOM, node.shape)
    name = scribe.use("products_without")
    return Piece(f"{name}({x.text}, {done.params['order']})", ATOM, node.shape)


def _summed_to(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A sum over the axes that broadcasting added or extended."""
    x = scribe.piece(done.reads[0])
    lead = list(range(len(x.shape) - len(node.shape)))
    kept = summed_axes(x.shape, node.shape)[len(lead) :]
    if not kept:
        along = "" if not node.shape else f"axis={_axes(lead)}"
        return Piece(f"{x.at(ATOM)}.sum({along})", ATOM, node.shape)
    axis = _axes(lead + kept)
    text = f"{x.at(ATOM)}.sum(axis={axis}, keepdims=True)"
    if lead:
        text += f".reshape({shape_text(node.shape)})"
    return Piece(text, ATOM, node.shape)


def _axes(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(tuple(axes))


def _rest_of_sigmoid(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """1 − σ(x), with all its digits."""
    (x,) = scribe.fitted(done, node, thin)
    sigma = node.inputs[1]
    if isinstance(sigma, Node) and sigma.shape and scribe.program.stands(sigma):
        name = scribe.use("rest")
        return Piece(f"{name}({scribe.names[sigma]}, {x.text})", ATOM, x.shape)
    return Piece(f"{scribe.use('sigmoid')}(-{x.at(POWER)})", ATOM, x.shape)


def _rest_of_tanh(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """1 − tanh²(x), with all its digits."""
    (x,) = scribe.fitted(done, node, thin)
    square = node.inputs[1]
    tanh = square.inputs[0] if isinstance(square, Node) else None
    if isinstance(tanh, Node) and tanh.shape and scribe.program.stands(tanh):
        name = scribe.use("rest_of_square")
        return Piece(f"{name}({scribe.names[tanh]}, {x.text})", ATOM, x.shape)
    return Piece(f"{scribe.use('slope_of_tanh')}({x.text})", ATOM, x.shape)

"""Rows in NumPy, and in JAX, whose functions for most of them are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backstep.autodiff.program import Operation, carried, operation
from backstep.export.scribe import (
    Piece,
    Scribe,
    Word,
    elementwise,
    fixed,
    needs_mask,
    of_scalar,
    product,
    same,
)
from backstep.graph.graph import literal_of
from backstep.graph.node import Literal, Node
from backstep.graph.shape import Shape, broadcast
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, TERM


def _axis(axis: int | None, name: str = "axis") -> str:
    return "" if axis is None else f"{name}={axis}"


def _reduction(method: str) -> Word:
    return of_scalar(fixed(lambda node, x, axis=None: f"{x}.{method}({_axis(axis)})", ATOM, ATOM))


def _helped(name: str) -> Word:
    """A reduction by one of the file's own functions."""
    return fixed(
        lambda node, x, axis=None: f"{name}({x}{', ' if axis is not None else ''}{_axis(axis)})",
        ATOM,
        COMPARISON,
        name,
    )


def _along(name: str) -> Word:
    return fixed(lambda node, x, axis=-1: f"{name}({x}, axis={axis})", ATOM, COMPARISON, name)


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
    if isinstance(values, tuple):
        return f"[{', '.join(map(array_text, values))}]"
    return repr(float(values))


def comparison(sign: str, lib: str) -> Word:
    """The comparison as 1 or 0."""
    return elementwise(f"({{0}} {sign} {{1}})*1.0", PRODUCT, (SUM, SUM), values=False)


def condition(scribe: Scribe, operand: Any, signs: Mapping[str, str], rank: int = 0) -> Piece:
    """A condition as a boolean: a comparison itself, of anything else whether it is not 0."""
    operand = carried(operand)
    if isinstance(operand, Node) and not scribe.program.stands(operand):
        done = operation(operand)
        if done.name in signs:
            left, right = scribe.fitted(done, operand, thin=True)
            if left.number and right.number:
                left = Piece(scribe.dialect.wrapped(left.text), ATOM, ())
            shape = broadcast(left.shape, right.shape)
            return Piece(f"{left.at(SUM)} {signs[done.name]} {right.at(SUM)}", COMPARISON, shape)
    piece = scribe.piece(operand, thin=True)
    return Piece(f"{piece.at(SUM)} != 0", COMPARISON, piece.shape)


SIGNS: Mapping[str, str] = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}


def choice(template: str, signs: Mapping[str, str], otherwise: str | None = None) -> Word:
    """A choice by a condition: {0} is the condition, the values follow."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        chooses = condition(scribe, done.reads[0], signs)
        values = [scribe.piece(each, thin=True) for each in done.reads[1:]]
        if broadcast(chooses.shape, *(each.shape for each in values)) != node.shape and not thin:
            place = next(
                (k for k, each in enumerate(done.reads[1:]) if each.shape == node.shape), None
            )
            if place is not None:
                values[place] = scribe.piece(done.reads[1 + place])
        rank = max(len(each.shape) for each in (chooses, *values))
        chooses, *values = (
            scribe.dialect.aligned(scribe, each, rank) for each in (chooses, *values)
        )
        values = [
            Piece(scribe.dialect.wrapped(each.text), ATOM, ()) if each.number else each
            for each in values
        ]
        shape = broadcast(chooses.shape, *(each.shape for each in values))
        texts = [each.text for each in values]
        return Piece(template.format(chooses.text, *texts), ATOM, shape)

    return word


def division(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """An elementwise quotient; by `over` if a partial of 0 may be divided by 0."""
    bottom = literal_of(done.reads[1])
    top, under = scribe.fitted(done, node, thin)
    shape = broadcast(top.shape, under.shape)
    if done.params.get("strong") is not None and (bottom is None or bottom.value == 0):
        name = scribe.use("over")
        top = Piece(scribe.dialect.wrapped(top.text), ATOM, ()) if top.number else top
        return Piece(f"{name}({top.text}, {under.text})", ATOM, shape)
    if under.number and (top.number or bottom is None or bottom.value == 0):
        under = Piece(scribe.dialect.wrapped(under.text), ATOM, ())
    return Piece(f"{top.at(PRODUCT)} / {under.at(POWER)}", PRODUCT, shape)


def power(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """An elementwise power of a value of the library's type, since Python's floats raise."""
    base, exponent = scribe.fitted(done, node, thin)
    if base.number:
        base = Piece(scribe.dialect.wrapped(base.text), ATOM, ())
    shape = broadcast(base.shape, exponent.shape)
    return Piece(f"{base.at(ATOM)}**{exponent.at(POWER)}", POWER, shape)


def matrix_product(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A matrix product; masked if a partial of 0 may meet a non-finite factor."""
    left, right = (scribe.piece(each) for each in done.reads)
    if needs_mask(scribe, done):
        name = scribe.use("masked_matmul")
        sides = {"left": (True, False), "right": (False, True), "both": (True, True)}
        masked = sides[done.params["strong"]]
        return Piece(f"{name}({left.text}, {right.text}, {masked})", ATOM, node.shape)
    # As tight as a product, and in brackets wherever it is a factor.
    return Piece(f"{left.at(POWER)} @ {right.at(POWER)}", TERM, node.shape)


def outer(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """The outer product of two vectors."""
    left, right = (scribe.piece(each) for each in done.reads)
    column = f"{left.at(ATOM)}[:, None]"
    if needs_mask(scribe, done):
        strong = done.params["strong"]
        name = scribe.use("times_both" if strong == "both" else "times")
        row = f"{right.at(ATOM)}[None, :]"
        first, second = (row, column) if strong == "right" else (column, row)
        return Piece(f"{name}({first}, {second})", ATOM, node.shape)
    return Piece(f"{column}*{right.at(POWER)}", PRODUCT, node.shape, flat=True)


def expanded(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A value repeated along an axis that a reduction removed; `thin`: with length 1 there."""
    piece = scribe.piece(done.reads[0], thin=True)
    axis = done.params.get("axis")
    if axis is None:
        return piece
    if piece.shape == ():
        return piece
    full = scribe.piece(done.reads[0])
    axis %= len(node.shape)
    places = [":"] * len(full.shape)
    places.insert(axis, "None")
    shape = (*full.shape[:axis], 1, *full.shape[axis:])
    return Piece(f"{full.at(ATOM)}[{', '.join(places)}]", ATOM, shape)


def squared(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A square, as a product with itself."""
    (x,) = scribe.fitted(done, node, thin)
    x = Piece(scribe.dialect.wrapped(x.text), ATOM, ()) if x.number else x
    return Piece(f"{x.at(ATOM)}**2", POWER, x.shape)


def negated(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A value with its sign turned."""
    (x,) = scribe.fitted(done, node, thin)
    return Piece(f"-{x.at(PRODUCT)}", SUM if x.level < SIGN else SIGN, x.shape)


def shape_text(shape: Shape) -> str:
    """A shape as a tuple of Python."""
    return f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"


def written_linspace(low: Any, high: Any, n: int) -> str:
    """The numbers, each of them rounded once from its exact value."""
    if n == 1:
        return array_text((low,))
    return array_text(tuple(low + (high - low) * k / (n - 1) for k in range(n)))


def words(np: str) -> dict[str, Word]:
    """The words of NumPy, imported as `np`."""

    def call(name: str, helper: str | None = None) -> Word:
        return elementwise(f"{np}.{name}({{0}})")

    def own(name: str, *options: str) -> Word:
        more = "".join(f", {{{option}}}" for option in options)
        return elementwise(f"{name}({{0}}{more})", helper=name)

    return {
        "constant": same,
        "identity": same,
        "carry": same,
        "array": fixed(lambda node, values: f"{np}.array({array_text(values)})"),
        "zeros": fixed(lambda node, shape: f"{np}.zeros({shape_text(shape)})"),
        "ones": fixed(lambda node, shape: f"{np}.ones({shape_text(shape)})"),
        "eye": fixed(lambda node, n: f"{np}.eye({n})"),
        "arange": fixed(lambda node, n: f"{np}.arange({n}.0)"),
        "linspace": fixed(
            lambda node, low, high, n: f"{np}.array({written_linspace(low, high, n)})"
        ),
        "add": elementwise("{0} + {1}", SUM, (SUM, TERM)),
        "subtract": elementwise("{0} - {1}", SUM, (SUM, TERM)),
        "multiply": product,
        "divide": division,
        "power": power,
        "negate": negated,
        "square": squared,
        "exp": call("exp"),
        "log": call("log"),
        "log_slope": own("log_slope"),
        # The root of −0 is 0, and so is relu's value: a quotient by it is +∞.
        "sqrt": elementwise(f"{np}.sqrt({{0}}) + 0.0", SUM),
        "abs": call("abs"),
        "sign": call("sign"),
        "step": elementwise(f"{np}.heaviside({{0}}, 0.0)"),
        "sin": call("sin"),
        "cos": call("cos"),
        "tanh": call("tanh"),
        "sigmoid": own("sigmoid"),
        "relu": elementwise(f"{np}.maximum({{0}}, 0.0) + 0.0", SUM),
        "leaky_relu": elementwise(f"{np}.where({{0}} > 0, {{0}}, {{slope}}*({{0}}))"),
        "elu": own("elu"),
        "selu": own("selu"),
        "normal_cdf": own("normal_cdf"),
        "gelu": own("gelu"),
        "silu": own("silu"),
        "softplus": elementwise(f"{np}.logaddexp(0.0, {{0}})"),
        "hardtanh": elementwise(f"{np}.clip({{0}}, -1.0, 1.0)"),
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
        "norm": _helped("norm"),
        "logsumexp": _helped("logsumexp"),
        "prod_except": _prod_except,
        "expand": expanded,
        "broadcast_to": same,
        "sum_to": _summed_to,
        "move_axis": fixed(
            lambda node, x, source, target: f"{np}.moveaxis({x}, {source}, {target})"
        ),
        "matmul": matrix_product,
        "dot": fixed(lambda node, a, b: f"{a} @ {b}", TERM, POWER),
        "outer": outer,
        "reshape": fixed(
            lambda node, x, shape: (
                f"{np}.reshape({x}, {shape_text(shape)})" if shape else f"{np}.sum({x})"
            )
        ),
        "transpose": fixed(lambda node, x: f"{x}.T", ATOM, ATOM),
        "swap_last": fixed(lambda node, x: f"{np}.swapaxes({x}, -1, -2)"),
        "index": fixed(lambda node, x, key: f"{x}[{key_text(key)}]" if key else x, ATOM, ATOM),
        "scatter": fixed(
            lambda node, x, key, shape: (
                f"scatter({x}, {np}.s_[{key_text(key)}], {shape_text(shape)})" if key else x
            ),
            ATOM,
            COMPARISON,
            "scatter",
        ),
        "concat": fixed(
            lambda node, *x, axis=0: f"{np}.concatenate([{', '.join(x)}], axis={axis})"
        ),
        "stack": fixed(lambda node, *x, axis=0: f"{np}.stack([{', '.join(x)}], axis={axis})"),
        "pick": fixed(lambda node, x, k: f"pick({x}, {k})", ATOM, COMPARISON, "pick"),
        "place": fixed(
            lambda node, x, k, classes: f"place({x}, {k}, {classes})", ATOM, COMPARISON, "place"
        ),
        "patches": fixed(
            lambda node, x, size, stride, padding: f"patches({x}, {size}, {stride}, {padding})",
            ATOM,
            COMPARISON,
            "patches",
        ),
        "unpatches": fixed(
            lambda node, x, shape, size, stride, padding: (
                f"unpatches({x}, {shape}, {size}, {stride}, {padding})"
            ),
            ATOM,
            COMPARISON,
            "unpatches",
        ),
        "softmax": _along("softmax"),
        "log_softmax": _along("log_softmax"),
        "times_log": elementwise("times_log({0}, {1})", helper="times_log"),
        "mask": fixed(lambda node, **options: f"{np}.array({mask_text(node)})"),
        "leaf": same,
        "seed": same,
        "one_less_sigmoid": _rest_of_sigmoid,
        "one_less_tanh_squared": _rest_of_tanh,
        "less_its_share": fixed(
            lambda node, g, p, axis: f"less_its_share({g}, {p}, {axis})",
            ATOM,
            COMPARISON,
            "less_its_share",
        ),
        "less_its_mean": fixed(
            lambda node, g, p, axis: f"less_its_mean({g}, {p}, {axis})",
            ATOM,
            COMPARISON,
            "less_its_mean",
        ),
        "bell": elementwise("bell({0})", helper="bell"),
    }


def mask_text(node: Node) -> str:
    """The zeros and ones of a random mask, as drawn for the values in force."""
    from backstep.ops import TABLE

    def listed(values: Any) -> str:
        if isinstance(values, list):
            return f"[{', '.join(map(listed, values))}]"
        return repr(float(values))

    return listed(TABLE[node.op].numpy(**node.params).tolist())


def _prod_except(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    (x,) = (scribe.piece(each) for each in done.reads)
    if done.params["order"] == 1:
        return Piece(f"{scribe.use('products_of_others')}({x.text})", ATOM, node.shape)
    name = scribe.use("products_without")
    return Piece(f"{name}({x.text}, {done.params['order']})", ATOM, node.shape)


def _summed_to(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A sum over the axes that broadcasting added or extended."""
    x = scribe.piece(done.reads[0])
    extra = len(x.shape) - len(node.shape)
    lead = list(range(extra))
    kept = [
        extra + place
        for place, length in enumerate(node.shape)
        if length == 1 and x.shape[extra + place] != 1
    ]
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


VIEWS = frozenset(
    {"transpose", "swap_last", "reshape", "index", "expand", "broadcast_to", "identity", "constant"}
)
"""Rows that are views: written at each use, and never assigned."""

_QUICK = frozenset({"add", "subtract", "multiply", "negate", "divide", "square"})


def repeated(node: Node, stands: Any) -> bool:
    """Whether a node is written again at each use: a view of a name, an operation on scalars."""
    reads = [each for each in node.inputs if isinstance(each, Node)]
    if node.op in VIEWS:
        return all(stands(each) or repeated(each, stands) for each in reads)
    return (
        node.op in _QUICK
        and node.shape == ()
        and "strong" not in node.params
        and all(stands(each) for each in reads)
    )


def is_literal(operand: Any) -> bool:
    """Whether an operand is a literal."""
    return isinstance(operand, Literal)

"""Rows in Julia, with Base alone: a dot applies a function elementwise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from backstep.autodiff.program import Operation
from backstep.export.python_words import SIGNS, choice, mask_text, written_linspace
from backstep.export.scribe import Piece, Scribe, Word, fixed, needs_mask, of_scalar, product, same
from backstep.graph.graph import literal_of
from backstep.graph.node import Node
from backstep.graph.shape import Shape, broadcast, size
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, TERM


def dims(shape: Shape) -> str:
    """A shape's axes as arguments."""
    return ", ".join(map(str, shape))


def aligned(scribe: Scribe, piece: Piece, rank: int) -> Piece:
    """A value of lower rank with axes of length 1 in front, so that it broadcasts as in NumPy."""
    own = len(piece.shape)
    if own in (0, rank):
        return piece
    shape = (*(1,) * (rank - own), *piece.shape)
    return Piece(f"reshape({piece.text}, {dims(shape)})", ATOM, shape)


def full(scribe: Scribe, piece: Piece, shape: Shape) -> Piece:
    """A value repeated to a shape."""
    if not shape:
        return piece
    if piece.shape == ():
        return Piece(f"fill(Float64({piece.text}), {dims(shape)})", ATOM, shape)
    piece = aligned(scribe, piece, len(shape))
    return Piece(f"zeros({dims(shape)}) .+ {piece.at(TERM)}", SUM, shape)


def figure(value: float, digits: int = 0) -> str:
    """A number as a Float64 of Julia."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    text = f"{value:.{digits}g}" if digits else repr(value)
    return text if "." in text or "e" in text else text + ".0"


def literal(values: Any, digits: int = 0) -> str:
    """Literal arrays: a vector, a matrix row by row, any other as its elements and its axes."""
    if not isinstance(values, tuple | list):
        return figure(float(values), digits)
    shape = _shape(values)
    if len(shape) == 1:
        return f"[{', '.join(figure(float(each), digits) for each in values)}]"
    if len(shape) == 2 and shape[1] == 1:
        # A matrix of one column would be read as a vector.
        column = ", ".join(figure(float(row[0]), digits) for row in values)
        return f"reshape([{column}], {dims(shape)})"
    if len(shape) == 2:
        rows = (" ".join(figure(float(each), digits) for each in row) for row in values)
        return f"[{'; '.join(rows)}]"
    numbers = ", ".join(figure(float(each), digits) for each in _flat(values))
    return f"reshaped([{numbers}], ({dims(shape)}))"


def _flat(values: Any) -> list[Any]:
    if not isinstance(values, tuple | list):
        return [values]
    return [each for part in values for each in _flat(part)]


def _shape(values: Any) -> tuple[int, ...]:
    return (len(values), *_shape(values[0])) if isinstance(values, tuple | list) else ()


def _constant(values: Any) -> Word:
    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        text = literal(values(node))
        if "reshaped(" in text:
            scribe.use("reshaped")
        return Piece(text, ATOM, node.shape)

    return word


def _call(name: str, *options: str, own: bool = False) -> Word:
    """An elementwise function."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        pieces = scribe.fitted(done, node, thin)
        if own:
            scribe.use(name)
        shape = broadcast(*(piece.shape for piece in pieces))
        given = [scribe.dialect.wrapped(p.text) if p.number else p.text for p in pieces]
        given += [scribe.number(done.params[option]).text for option in options]
        return Piece(f"{name}{'.' if shape else ''}({', '.join(given)})", ATOM, shape)

    return word


def _infix(sign: str, level: int, left: int, right: int) -> Word:
    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        one, other = scribe.fitted(done, node, thin)
        shape = broadcast(one.shape, other.shape)
        dot = "." if shape else ""
        return Piece(f"{one.at(left)} {dot}{sign} {other.at(right)}", level, shape)

    return word


def _compared(sign: str) -> Word:
    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        one, other = scribe.fitted(done, node, thin)
        shape = broadcast(one.shape, other.shape)
        star = ".*" if shape else "*"
        dot = "." if shape else ""
        return Piece(f"1.0 {star} ({one.at(SUM)} {dot}{sign} {other.at(SUM)})", PRODUCT, shape)

    return word


def _division(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    bottom = literal_of(done.reads[1])
    top, under = scribe.fitted(done, node, thin)
    shape = broadcast(top.shape, under.shape)
    dot = "." if shape else ""
    if done.params.get("strong") is not None and (bottom is None or bottom.value == 0):
        return Piece(f"{scribe.use('over')}{dot}({top.text}, {under.text})", ATOM, shape)
    sign = " ./ " if shape else " / "
    return Piece(f"{top.at(PRODUCT)}{sign}{under.at(POWER)}", PRODUCT, shape)


def _power(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    base, exponent = scribe.fitted(done, node, thin)
    shape = broadcast(base.shape, exponent.shape)
    dot = "." if shape else ""
    known = literal_of(done.reads[1])
    if known is not None and known.symbol is None and known.value.denominator == 1:
        if base.number:
            base = Piece(scribe.dialect.wrapped(base.text), ATOM, ())
        sign = " .^ " if shape else "^"
        return Piece(f"{base.at(ATOM)}{sign}{exponent.at(ATOM)}", POWER, shape)
    name = scribe.use("real_power")
    given = [scribe.dialect.wrapped(p.text) if p.number else p.text for p in (base, exponent)]
    return Piece(f"{name}{dot}({', '.join(given)})", ATOM, shape)


def _masked(word: Word) -> Word:
    """A product; if it needs a mask, the masking function is applied by a dot."""

    def dotted(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        piece = word(scribe, node, done, thin)
        if needs_mask(scribe, done) and piece.shape:
            name, bracket, rest = piece.text.partition("(")
            return Piece(f"{name}.{bracket}{rest}", ATOM, piece.shape)
        return piece

    return dotted


def _negated(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    (x,) = scribe.fitted(done, node, thin)
    return Piece(f"-{x.at(PRODUCT)}", SUM if x.level < SIGN else SIGN, x.shape)


def _choice(template: str) -> Word:
    signs = {name: f".{sign}" for name, sign in SIGNS.items()}
    word = choice(template, signs)

    def dotted(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        piece = word(scribe, node, done, thin)
        return Piece(piece.text.replace(" != 0,", " .!= 0,"), piece.level, piece.shape)

    return dotted


def _reduced(name: str) -> Word:
    def write(node: Node, x: str, axis: int | None = None) -> str:
        if axis is None:
            return f"{name}({x})"
        (read,) = [each for each in node.inputs if isinstance(each, Node)]
        place = axis % len(read.shape) + 1
        return f"dropdims({name}({x}; dims={place}); dims={place})"

    return of_scalar(fixed(write))


def _mean(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    (read,) = done.reads
    piece = scribe.piece(read)
    if read.shape == ():
        return piece
    axis = done.params.get("axis")
    if axis is None:
        return Piece(f"sum({piece.text}) / {size(read.shape)}", PRODUCT, ())
    place = axis % len(read.shape) + 1
    text = f"dropdims(sum({piece.text}; dims={place}); dims={place})"
    return Piece(f"{text} ./ {read.shape[place - 1]}", PRODUCT, node.shape)


def _helped(name: str) -> Word:
    """A reduction by one of the file's own functions, which keeps the axis."""

    def write(node: Node, x: str, axis: int | None = None) -> str:
        if axis is None:
            return f"{name}(vec({x}), 1)[1]"
        (read,) = [each for each in node.inputs if isinstance(each, Node)]
        place = axis % len(read.shape) + 1
        return f"dropdims({name}({x}, {place}); dims={place})"

    return of_scalar(fixed(write, ATOM, COMPARISON, name))


def _along(name: str) -> Word:
    return fixed(
        lambda node, *x, axis=-1: f"{name}({', '.join(x)}, {axis % len(node.shape) + 1})",
        ATOM,
        COMPARISON,
        name,
    )


def _matmul(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    left, right = (scribe.piece(each) for each in done.reads)
    ranks = len(left.shape), len(right.shape)
    masked = needs_mask(scribe, done)
    if masked or max(ranks) > 2:
        name = scribe.use("products")
        sides = {"left": "true, false", "right": "false, true", "both": "true, true"}
        flags = sides[done.params["strong"]] if masked else "false, false"
        return Piece(f"{name}({left.text}, {right.text}, {flags})", ATOM, node.shape)
    if ranks == (1, 1):
        return Piece(f"sum({left.at(PRODUCT)} .* {right.at(POWER)})", ATOM, ())
    if ranks[0] == 1:
        return Piece(f"transpose({right.text}) * {left.at(POWER)}", TERM, node.shape)
    return Piece(f"{left.at(POWER)} * {right.at(POWER)}", TERM, node.shape)


def _outer(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    left, right = (scribe.piece(each) for each in done.reads)
    row = f"reshape({right.text}, 1, {right.shape[0]})"
    if needs_mask(scribe, done):
        strong = done.params["strong"]
        name = scribe.use("times_both" if strong == "both" else "times")
        first, second = (row, left.text) if strong == "right" else (left.text, row)
        return Piece(f"{name}.({first}, {second})", ATOM, node.shape)
    return Piece(f"{left.at(POWER)} .* {row}", PRODUCT, node.shape)


def _expanded(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    axis = done.params.get("axis")
    if axis is None:
        return scribe.piece(done.reads[0], thin=True)
    piece = scribe.piece(done.reads[0])
    if piece.shape == ():
        return piece
    axis %= len(node.shape)
    shape = (*piece.shape[:axis], 1, *piece.shape[axis:])
    return Piece(f"reshape({piece.text}, {dims(shape)})", ATOM, shape)


def _summed_to(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    x = scribe.piece(done.reads[0])
    extra = len(x.shape) - len(node.shape)
    axes = [
        axis + 1
        for axis, length in enumerate(x.shape)
        if axis < extra or (node.shape[axis - extra] == 1 and length != 1)
    ]
    if not node.shape:
        return Piece(f"sum({x.text})", ATOM, ())
    listed = f"({', '.join(map(str, axes))},)"
    return Piece(f"reshape(sum({x.text}; dims={listed}), {dims(node.shape)})", ATOM, node.shape)


def _permuted(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    rank = len(node.shape)
    if rank < 2:
        return piece
    order = list(range(rank))
    if "source" in done.params:
        source = done.params["source"] % rank
        order.remove(source)
        order.insert(done.params["target"] % rank, source)
    elif node.shape[:-2] == done.reads[0].shape[:-2] and done.name != "transpose":
        order[-2:] = [rank - 1, rank - 2]
    else:
        order.reverse()
    listed = ", ".join(str(each + 1) for each in order)
    return Piece(f"permutedims({piece.text}, ({listed}))", ATOM, node.shape)


def _reshaped(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    if not node.shape:
        return Piece(f"sum({piece.text})", ATOM, ())
    if piece.shape == ():
        return Piece(f"fill(Float64({piece.text}), {dims(node.shape)})", ATOM, node.shape)
    if [n for n in piece.shape if n != 1] == [n for n in node.shape if n != 1]:
        return Piece(f"reshape({piece.text}, {dims(node.shape)})", ATOM, node.shape)
    name = scribe.use("reshaped")
    return Piece(f"{name}({piece.text}, ({dims(node.shape)},))", ATOM, node.shape)


def _places(key: Sequence[Any], rank: int) -> list[str]:
    """A static index in Julia: from 1, both ends included."""
    found = []
    for part in key:
        if isinstance(part, int):
            found.append(str(part + 1))
            continue
        places = range(*part)
        step = "" if part[2] == 1 else f"{part[2]}:"
        found.append(f"{places[0] + 1}:{step}{places[-1] + 1}" if places else "1:0")
    return [*found, *[":"] * (rank - len(key))]


def _indexed(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    if not done.params["key"]:
        return piece
    places = ", ".join(_places(done.params["key"], len(piece.shape)))
    return Piece(f"{piece.at(ATOM)}[{places}]", ATOM, node.shape)


def _scattered(node: Node, x: str, key: Sequence[Any], shape: Shape) -> str:
    if not key:
        return x
    return f"scatter({x}, ({dims(shape)},), {', '.join(_places(key, len(shape)))})"


def _stacked(node: Node, *x: str, axis: int = 0) -> str:
    place = axis % len(node.shape)
    if len(node.shape) == 1:
        return f"[{', '.join(x)}]"
    inner = (*node.shape[:place], 1, *node.shape[place + 1 :])
    return f"cat({', '.join(f'reshape({each}, {dims(inner)})' for each in x)}; dims={place + 1})"


def _row(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))},)"


WORDS: Mapping[str, Word] = {
    "leaf": same,
    "seed": same,
    "constant": same,
    "identity": same,
    "carry": same,
    "array": _constant(lambda node: node.params["values"]),
    "linspace": _constant(lambda node: json.loads(written_linspace(**node.params))),
    "mask": _constant(lambda node: json.loads(mask_text(node))),
    "zeros": fixed(lambda node, shape: f"zeros({dims(shape)})"),
    "ones": fixed(lambda node, shape: f"ones({dims(shape)})"),
    "eye": fixed(lambda node, n: f"[Float64(i == j) for i in 1:{n}, j in 1:{n}]"),
    "arange": fixed(lambda node, n: f"collect(0.0:{n - 1}.0)"),
    "add": _infix("+", SUM, SUM, TERM),
    "subtract": _infix("-", SUM, SUM, TERM),
    "multiply": _masked(product),
    "divide": _division,
    "power": _power,
    "negate": _negated,
    "square": _call("abs2"),
    "exp": _call("exp"),
    "log": _call("real_log", own=True),
    "log_slope": _call("log_slope", own=True),
    "sqrt": _call("real_sqrt", own=True),
    "abs": _call("abs"),
    "sign": _call("sign"),
    "step": _call("step_of", own=True),
    "sin": _call("real_sin", own=True),
    "cos": _call("real_cos", own=True),
    "tanh": _call("tanh"),
    "sigmoid": _call("sigmoid", own=True),
    "relu": _call("relu", own=True),
    "leaky_relu": _call("leaky_relu", "slope", own=True),
    "elu": _call("elu", own=True),
    "selu": _call("selu", own=True),
    "normal_cdf": _call("normal_cdf", own=True),
    "gelu": _call("gelu", own=True),
    "silu": _call("silu", own=True),
    "softplus": _call("softplus", own=True),
    "hardtanh": _call("hardtanh", own=True),
    "clip": _call("clip", "low", "high", own=True),
    "round": _call("round"),
    **{name: _compared(sign) for name, sign in SIGNS.items()},
    "where": _choice("ifelse.({0}, {1}, {2})"),
    "guard": _choice("ifelse.({0}, {1}, 0.0)"),
    "maximum": _call("max"),
    "minimum": _call("min"),
    "sum": _reduced("sum"),
    "mean": _mean,
    "max": _reduced("maximum"),
    "min": _reduced("minimum"),
    "prod": _reduced("prod"),
    "var": _helped("variance"),
    "norm": _helped("length_of"),
    "logsumexp": _helped("logsumexp"),
    "prod_except": fixed(
        lambda node, x, order: f"products_without({x}, {order})",
        ATOM,
        COMPARISON,
        "products_without",
    ),
    "expand": _expanded,
    "broadcast_to": same,
    "sum_to": _summed_to,
    "move_axis": _permuted,
    "matmul": _matmul,
    "dot": _matmul,
    "outer": _outer,
    "reshape": _reshaped,
    "transpose": _permuted,
    "swap_last": _permuted,
    "index": _indexed,
    "scatter": fixed(_scattered, ATOM, COMPARISON, "scatter"),
    "concat": fixed(
        lambda node, *x, axis=0: f"cat({', '.join(x)}; dims={axis % len(node.shape) + 1})"
    ),
    "stack": fixed(_stacked),
    "pick": fixed(lambda node, x, k: f"pick({x}, {k})", ATOM, COMPARISON, "pick"),
    "place": fixed(
        lambda node, x, k, classes: f"place({x}, {k}, {classes})", ATOM, COMPARISON, "place"
    ),
    "patches": fixed(
        lambda node, x, size, stride, padding: f"patches({x}, {_row(size)}, {stride}, {padding})",
        ATOM,
        COMPARISON,
        "patches",
    ),
    "unpatches": fixed(
        lambda node, x, shape, size, stride, padding: (
            f"unpatches({x}, {_row(shape)}, {_row(size)}, {stride}, {padding})"
        ),
        ATOM,
        COMPARISON,
        "unpatches",
    ),
    "softmax": _along("softmax"),
    "log_softmax": _along("log_softmax"),
    "times_log": _call("times_log", own=True),
    "one_less_sigmoid": _call("rest_of_sigmoid", own=True),
    "one_less_tanh_squared": _call("slope_of_tanh", own=True),
    "less_its_share": _along("less_its_share"),
    "less_its_mean": _along("less_its_mean"),
    "bell": _call("bell", own=True),
}
"""By the row's or the tail's name."""

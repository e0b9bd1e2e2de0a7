"""Rows in Julia, with Base alone: a dot applies a function elementwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from backstep.export.expression_writer import (
    Piece,
    Scribe,
    Word,
    as_value,
    fixed,
    of_scalar,
    product,
)
from backstep.export.program import Operation
from backstep.export.words import (
    BY_ROW,
    COMMON,
    OWN,
    SIGNS,
    Numbers,
    called,
    choice,
    constants,
    division,
    expanded,
    flat,
    lengths,
    matrix_product,
    moves_no_element,
    not_finite,
    on_matrices,
    outer,
    permutation,
    place_of_largest,
    placed,
    places,
    spread,
    summed_axes,
    windows,
)
from backstep.graph.graph import literal_of
from backstep.graph.node import Node
from backstep.graph.parameters import Key
from backstep.graph.shape import Shape, broadcast, size
from backstep.ops.row import ATOM, POWER, PRODUCT, SUM, TERM


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
    found = not_finite(value)
    if found is not None:
        return found
    text = f"{value:.{digits}g}" if digits else repr(value)
    return text if "." in text or "e" in text else text + ".0"


def literal(values: Numbers, digits: int = 0) -> str:
    """Literal arrays: a vector, a matrix row by row, any other as its elements and its axes."""
    if not isinstance(values, Sequence):
        return figure(float(values), digits)
    shape = lengths(values)
    if len(shape) == 1:
        return f"[{', '.join(figure(float(each), digits) for each in flat(values))}]"
    if len(shape) == 2 and shape[1] == 1:
        # A matrix of one column would be read as a vector.
        column = ", ".join(figure(float(each), digits) for each in flat(values))
        return f"reshape([{column}], {dims(shape)})"
    if len(shape) == 2:
        rows = (" ".join(figure(float(each), digits) for each in flat(row)) for row in values)
        return f"[{'; '.join(rows)}]"
    numbers = ", ".join(figure(float(each), digits) for each in flat(values))
    return f"reshaped([{numbers}], ({dims(shape)}))"


Option = Literal["delta", "high", "low", "slope"]


def _call(name: str, *options: Option, own: bool = False) -> Word:
    """An elementwise function."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        pieces = scribe.fitted(done, node, thin)
        if own:
            scribe.use(name)
        shape = broadcast(*(piece.shape for piece in pieces))
        given = [as_value(scribe, each).text for each in pieces]
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


def _power(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    base, exponent = scribe.fitted(done, node, thin)
    shape = broadcast(base.shape, exponent.shape)
    dot = "." if shape else ""
    known = literal_of(done.reads[1])
    if known is not None and known.symbol is None and known.value.denominator == 1:
        base = as_value(scribe, base)
        sign = " .^ " if shape else "^"
        return Piece(f"{base.at(ATOM)}{sign}{exponent.at(ATOM)}", POWER, shape)
    name = scribe.use("real_power")
    given = [as_value(scribe, each).text for each in (base, exponent)]
    return Piece(f"{name}{dot}({', '.join(given)})", ATOM, shape)


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

    return of_scalar(called(name, write))


def _by_products(node: Node, left: Piece, right: Piece, sides: tuple[bool, bool]) -> str:
    flags = ", ".join(str(each).lower() for each in sides)
    return f"products({left.text}, {right.text}, {flags})"


def _matrices(left: Piece, right: Piece) -> tuple[str, int]:
    if (len(left.shape), len(right.shape)) == (1, 1):
        return f"sum({left.at(PRODUCT)} .* {right.at(POWER)})", ATOM
    if len(left.shape) == 1:
        return f"transpose({right.text}) * {left.at(POWER)}", TERM
    return f"{left.at(POWER)} * {right.at(POWER)}", TERM


_matmul = matrix_product("products", _by_products, _matrices, most_axes=2)


def _turned(piece: Piece) -> str:
    return f"reshape({piece.text}, 1, {piece.shape[0]})"


def _widened(piece: Piece, axis: int, shape: Shape) -> Piece:
    return Piece(f"reshape({piece.text}, {dims(shape)})", ATOM, shape)


def _summed_to(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    x = scribe.piece(done.reads[0])
    if not node.shape:
        return Piece(f"sum({x.text})", ATOM, ())
    axes = _row([axis + 1 for axis in summed_axes(x.shape, node.shape)])
    return Piece(f"reshape(sum({x.text}; dims={axes}), {dims(node.shape)})", ATOM, node.shape)


def _permuted(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    rank = len(node.shape)
    if rank < 2:
        return piece
    listed = ", ".join(str(each + 1) for each in permutation(node, done))
    return Piece(f"permutedims({piece.text}, ({listed}))", ATOM, node.shape)


def _reshaped(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    if not node.shape:
        return Piece(f"sum({piece.text})", ATOM, ())
    if piece.shape == ():
        return Piece(f"fill(Float64({piece.text}), {dims(node.shape)})", ATOM, node.shape)
    if moves_no_element(piece.shape, node.shape):
        return Piece(f"reshape({piece.text}, {dims(node.shape)})", ATOM, node.shape)
    name = scribe.use("reshaped")
    return Piece(f"{name}({piece.text}, ({dims(node.shape)},))", ATOM, node.shape)


def _indexed(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    if not done.params["key"]:
        return piece
    at = ", ".join(places(done.params["key"], len(piece.shape), "1:0"))
    return Piece(f"{piece.at(ATOM)}[{at}]", ATOM, node.shape)


def _scattered(node: Node, x: str, key: Key, shape: Shape) -> str:
    if not key:
        return x
    return f"scatter({x}, ({dims(shape)},), {', '.join(places(key, len(shape), '1:0'))})"


def _stacked(node: Node, *x: str, axis: int = 0) -> str:
    place = axis % len(node.shape)
    if len(node.shape) == 1:
        return f"[{', '.join(x)}]"
    inner = (*node.shape[:place], 1, *node.shape[place + 1 :])
    return f"cat({', '.join(f'reshape({each}, {dims(inner)})' for each in x)}; dims={place + 1})"


def _row(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))},)"


def _sorted(node: Node, x: str, axis: int) -> str:
    rank = len(node.shape)
    return f"sort({x})" if rank == 1 else f"sort({x}; dims={axis % rank + 1})"


WORDS: Mapping[str, Word] = {
    **COMMON,
    **BY_ROW,
    **constants(literal),
    **{name: _call(name, own=True) for name in OWN},
    "zeros": fixed(lambda node, shape: f"zeros({dims(shape)})"),
    "ones": fixed(lambda node, shape: f"ones({dims(shape)})"),
    "eye": fixed(lambda node, n: f"[Float64(i == j) for i in 1:{n}, j in 1:{n}]"),
    "arange": fixed(lambda node, n: f"collect(0.0:{n - 1}.0)"),
    "add": _infix("+", SUM, SUM, TERM),
    "subtract": _infix("-", SUM, SUM, TERM),
    "multiply": product,
    "divide": division(lambda shape, under: "./" if shape else "/"),
    "power": _power,
    "square": _call("abs2"),
    "exp": _call("exp"),
    "log": _call("real_log", own=True),
    "sqrt": _call("real_sqrt", own=True),
    "abs": _call("abs"),
    "sign": _call("sign"),
    "step": _call("step_of", own=True),
    "sin": _call("real_sin", own=True),
    "cos": _call("real_cos", own=True),
    **{name: _call(name) for name in ("atan", "sinh", "cosh", "tanh", "expm1")},
    **{
        name: _call(f"real_{name}", own=True)
        for name in ("tan", "asin", "acos", "log1p", "log2", "log10")
    },
    "atan2": _call("atan"),
    "erf": _call("erf", own=True),
    "logaddexp": _call("logaddexp", own=True),
    "hardsigmoid": _call("hardsigmoid", own=True),
    "huber": _call("huber", "delta", own=True),
    "relu": _call("relu", own=True),
    "leaky_relu": _call("leaky_relu", "slope", own=True),
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
    "var": spread(_helped("variance")),
    "std": spread(_helped("deviation")),
    "cumsum": fixed(lambda node, x, axis: f"cumsum({x}; dims={axis % len(node.shape) + 1})"),
    "sort": fixed(_sorted),
    "argmax": place_of_largest(
        _helped("place_of_largest"),
        lambda x, count: f"place_of_largest(reshaped({x.text}, ({count},)), 1)[1]",
    ),
    "take": called("take", lambda node, x, k: f"take({x}, {k})"),
    "put": called("put_rows", lambda node, x, k, rows: f"put_rows({x}, {k}, {rows})"),
    **on_matrices("det", "logdet", "cofactors", "solve"),
    "norm": _helped("length_of"),
    "logsumexp": _helped("logsumexp"),
    "prod_except": called(
        "products_without", lambda node, x, order: f"products_without({x}, {order})"
    ),
    "expand": expanded(_widened),
    "sum_to": _summed_to,
    "move_axis": _permuted,
    "matmul": _matmul,
    "dot": _matmul,
    "outer": outer(
        lambda piece: piece.text,
        _turned,
        lambda left, right, shape: Piece(f"{left.at(POWER)} .* {_turned(right)}", PRODUCT, shape),
    ),
    "reshape": _reshaped,
    "transpose": _permuted,
    "swap_last": _permuted,
    "index": _indexed,
    "scatter": called("scatter", _scattered),
    "concat": fixed(
        lambda node, *x, axis=0: f"cat({', '.join(x)}; dims={axis % len(node.shape) + 1})"
    ),
    "stack": fixed(_stacked),
    "place": placed,
    **windows(_row),
    "times_log": _call("times_log", own=True),
    "one_less_sigmoid": _call("rest_of_sigmoid", own=True),
    "one_less_tanh_squared": _call("slope_of_tanh", own=True),
}
"""By the row's or the tail's name."""

"""Rows in Octave and MATLAB: vectors are columns, axes count from 1, dots are elementwise.

A tensor has the axes of its shape; a vector is a column, and a row if it is repeated along rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from backstep.export.expression_writer import (
    Piece,
    Scribe,
    Word,
    elementwise,
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
    own,
    permutation,
    place_of_largest,
    places,
    spread,
    summed_axes,
)
from backstep.graph.graph import literal_of
from backstep.graph.node import Node
from backstep.graph.parameters import Key
from backstep.graph.shape import Shape, broadcast
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SUM, TERM


def dims(shape: Shape) -> str:
    """A shape's axes as arguments; Octave needs at least two."""
    return ", ".join(map(str, (*shape, *(1,) * (2 - len(shape)))))


def aligned(scribe: Scribe, piece: Piece, rank: int) -> Piece:
    """A value of lower rank with axes of length 1 in front, so that it broadcasts as in NumPy."""
    own = len(piece.shape)
    if own == 0 or own == rank:
        return piece
    if own == 1 and rank == 2:
        return Piece(f"{piece.at(ATOM)}.'", ATOM, (1, *piece.shape))
    shape = (*(1,) * (rank - own), *piece.shape)
    return Piece(f"reshape({piece.text}, {dims(shape)})", ATOM, shape)


def full(scribe: Scribe, piece: Piece, shape: Shape) -> Piece:
    """A value repeated to a shape."""
    if not shape:
        return Piece(piece.text, piece.level, ())
    piece = aligned(scribe, piece, len(shape))
    return Piece(f"zeros({dims(shape)}) + {piece.at(TERM)}", SUM, shape)


def shaped(text: str, shape: Shape) -> str:
    """A text, whose value has the shape's elements in row-major order, in that shape."""
    return f"reshape({text}, {dims(shape)})" if shape else text


def _row(values: Sequence[int]) -> str:
    return f"[{', '.join(map(str, values))}]"


def literal(values: Numbers, digits: int = 0) -> str:
    """Literal arrays: a matrix row by row, any other as its elements and its axes."""

    def figure(value: Fraction | float) -> str:
        return _figure(float(value), digits)

    if not isinstance(values, Sequence):
        return figure(values)
    if not values or not isinstance(values[0], tuple | list):
        return f"[{'; '.join(figure(each) for each in flat(values))}]"
    if not isinstance(values[0][0] if values[0] else 0.0, tuple | list):
        rows = (", ".join(figure(each) for each in flat(row)) for row in values)
        return f"[{'; '.join(rows)}]"
    numbers = ", ".join(figure(each) for each in flat(values))
    return f"reshaped([{numbers}].', 1, {_row(lengths(values))})"


def _figure(value: float, digits: int = 0) -> str:
    return not_finite(value) or (f"{value:.{digits}g}" if digits else repr(value))


def _reduced(name: str, helper: str | None = None) -> Word:
    """A reduction over all elements, or along an axis, which is then removed."""

    def write(node: Node, x: str, axis: int | None = None) -> str:
        if axis is None:
            return f"{name}({x}(:))" if x.isidentifier() else f"{name}(reshape({x}, [], 1))"
        (read,) = [each for each in node.inputs if isinstance(each, Node)]
        place = axis % len(read.shape)
        text = f"{name}({x}, {place + 1})"
        return text if place == len(read.shape) - 1 and place < 2 else shaped(text, node.shape)

    return of_scalar(fixed(write, ATOM, COMPARISON, *([helper] if helper else [])))


def _power(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    base, exponent = scribe.fitted(done, node, thin)
    shape = broadcast(base.shape, exponent.shape)
    known = literal_of(done.reads[1])
    if known is not None and known.symbol is None and known.value.denominator == 1:
        return Piece(f"{base.at(ATOM)}.^{exponent.at(ATOM)}", POWER, shape)
    return Piece(f"{scribe.use('real_power')}({base.text}, {exponent.text})", ATOM, shape)


def _by_products(node: Node, left: Piece, right: Piece, sides: tuple[bool, bool]) -> str:
    flags = ", ".join(str(int(each)) for each in sides)
    ranks = f"{len(left.shape)}, {len(right.shape)}"
    return shaped(f"products({left.text}, {right.text}, {ranks}, {flags})", node.shape)


def _matrices(left: Piece, right: Piece) -> tuple[str, int]:
    if (len(left.shape), len(right.shape)) == (1, 1):
        return f"{left.at(ATOM)}.' * {right.at(POWER)}", TERM
    if len(left.shape) == 1:
        return f"{right.at(ATOM)}.' * {left.at(POWER)}", TERM
    return f"{left.at(POWER)} * {right.at(POWER)}", TERM


_matmul = matrix_product("products", _by_products, _matrices, most_axes=2)


def _turned(piece: Piece) -> str:
    return f"{piece.at(ATOM)}.'"


def _widened(piece: Piece, axis: int, shape: Shape) -> Piece:
    if len(shape) != 2:
        return Piece(f"reshape({piece.text}, {dims(shape)})", ATOM, shape)
    if axis == 0:
        return Piece(_turned(piece), ATOM, shape)
    return Piece(piece.text, piece.level, shape)


def _summed_to(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    x = scribe.piece(done.reads[0])
    text = x.text
    for axis in summed_axes(x.shape, node.shape):
        text = f"sum({text}, {axis + 1})"
    return Piece(shaped(text, node.shape), ATOM, node.shape)


def _permuted(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    rank = len(node.shape)
    if rank < 2:
        return piece
    if rank == 2 and done.name != "move_axis":
        return Piece(_turned(piece), ATOM, node.shape)
    order = ", ".join(str(each + 1) for each in permutation(node, done))
    return Piece(f"permute({piece.text}, [{order}])", ATOM, node.shape)


def _reshaped(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    if not node.shape:
        return Piece(f"sum(reshape({piece.text}, [], 1))", ATOM, ())
    if piece.shape == ():
        return Piece(piece.text, piece.level, node.shape)
    if moves_no_element(piece.shape, node.shape):
        return Piece(shaped(piece.text, node.shape), ATOM, node.shape)
    name = scribe.use("reshaped")
    return Piece(f"{name}({piece.text}, {len(piece.shape)}, {_row(node.shape)})", ATOM, node.shape)


def _indexed(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    key = done.params["key"]
    if not key:
        return piece
    name = piece.text
    at = places(key, len(piece.shape), "[]")
    if not name.isidentifier():
        # MATLAB cannot index an expression by brackets.
        text = f"{scribe.use('element')}({name}, {_arguments(at)})"
    else:
        text = f"{name}({', '.join(at)})"
    plain = not node.shape or (len(piece.shape) == 1)
    return Piece(text if plain else shaped(text, node.shape), ATOM, node.shape)


def _arguments(at: Sequence[str]) -> str:
    return ", ".join("':'" if each == ":" else each for each in at)


def _scattered(node: Node, x: str, key: Key, shape: Shape) -> str:
    if not key:
        return x
    return f"scatter({x}, [{dims(shape)}], {_arguments(places(key, len(shape), '[]'))})"


def _stacked(node: Node, *x: str, axis: int = 0) -> str:
    place = axis % len(node.shape)
    inner = (*node.shape[:place], 1, *node.shape[place + 1 :])
    if len(node.shape) > 1:
        x = tuple(f"reshape({each}, {dims(inner)})" for each in x)
    return f"cat({place + 1}, {', '.join(x)})"


def _compared(sign: str) -> Word:
    return elementwise(f"double({{0}} {sign} {{1}})", ATOM, (SUM, SUM))


OCTAVE_SIGNS: Mapping[str, str] = {**SIGNS, "not_equal": "~="}


def _choice(template: str) -> Word:
    word = choice(template, OCTAVE_SIGNS)

    def used(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        scribe.use("choose")
        piece = word(scribe, node, done, thin)
        # Octave has both signs, MATLAB only this one.
        return Piece(piece.text.replace(" != ", " ~= "), piece.level, piece.shape)

    return used


WORDS: Mapping[str, Word] = {
    **COMMON,
    **BY_ROW,
    **constants(literal),
    **{name: own(name) for name in OWN},
    "zeros": fixed(lambda node, shape: f"zeros({dims(shape)})"),
    "ones": fixed(lambda node, shape: f"ones({dims(shape)})"),
    "eye": fixed(lambda node, n: f"eye({n})"),
    "arange": fixed(lambda node, n: f"(0:{n - 1}).'"),
    "add": elementwise("{0} + {1}", SUM, (SUM, TERM)),
    "subtract": elementwise("{0} - {1}", SUM, (SUM, TERM)),
    "multiply": product,
    "divide": division(lambda shape, under: "./" if under else "/"),
    "power": _power,
    "square": elementwise("{0}.^2", POWER, (ATOM,)),
    "exp": elementwise("exp({0})"),
    "log": own("real_log"),
    "sqrt": own("real_sqrt"),
    "abs": elementwise("abs({0})"),
    "sign": elementwise("sign({0})"),
    "step": own("step"),
    "sin": elementwise("sin({0})"),
    "cos": elementwise("cos({0})"),
    **{
        name: elementwise(f"{name}({{0}})")
        for name in ("tan", "atan", "sinh", "cosh", "tanh", "expm1", "erf")
    },
    **{name: own(f"real_{name}") for name in ("asin", "acos", "log1p", "log2", "log10")},
    "atan2": elementwise("atan2({0}, {1})"),
    "logaddexp": elementwise("logaddexp({0}, {1})", helper="logaddexp"),
    "hardsigmoid": elementwise("clip({0} + 3, 0, 6)/6", PRODUCT, (SUM,), helper="clip"),
    "huber": own("huber", "delta"),
    "relu": own("relu"),
    "leaky_relu": own("leaky_relu", "slope"),
    "softplus": own("softplus"),
    "hardtanh": elementwise("clip({0}, -1, 1)", helper="clip"),
    "clip": own("clip", "low", "high"),
    "round": own("half_to_even"),
    **{name: _compared(sign) for name, sign in OCTAVE_SIGNS.items()},
    "where": _choice("choose({0}, {1}, {2})"),
    "guard": _choice("choose({0}, {1}, 0)"),
    "maximum": elementwise("larger({0}, {1})", helper="larger"),
    "minimum": elementwise("smaller({0}, {1})", helper="smaller"),
    "sum": _reduced("sum"),
    "mean": _reduced("mean"),
    "max": _reduced("largest", "largest"),
    "min": _reduced("smallest", "smallest"),
    "prod": _reduced("prod"),
    "var": spread(_reduced("variance", "variance")),
    "std": spread(_reduced("deviation", "deviation")),
    "cumsum": fixed(lambda node, x, axis: f"cumsum({x}, {axis % len(node.shape) + 1})"),
    "sort": fixed(lambda node, x, axis: f"sort({x}, {axis % len(node.shape) + 1})"),
    "argmax": place_of_largest(
        _reduced("place_of_largest", "place_of_largest"),
        lambda x, count: f"place_of_largest(reshaped({x.text}, {len(x.shape)}, [{count}]))",
    ),
    "take": called("take", lambda node, x, k: f"take({x}, {k}, [{dims(node.shape)}])"),
    "put": called("put_rows", lambda node, x, k, rows: f"put_rows({x}, {k}, [{dims(node.shape)}])"),
    "det": called("determinant", lambda node, x: f"determinant({x})"),
    **on_matrices("logdet", "cofactors", "solve"),
    "norm": _reduced("length_of", "length_of"),
    "logsumexp": _reduced("logsumexp", "logsumexp"),
    "prod_except": called(
        "products_without",
        lambda node, x, order: f"products_without({x}, {len(node.shape) - order + 1}, {order})",
    ),
    "expand": expanded(_widened),
    "sum_to": _summed_to,
    "move_axis": _permuted,
    "matmul": _matmul,
    "dot": _matmul,
    "outer": outer(
        lambda piece: piece.text,
        _turned,
        lambda left, right, shape: Piece(f"{left.at(POWER)} * {_turned(right)}", TERM, shape),
    ),
    "reshape": _reshaped,
    "transpose": _permuted,
    "swap_last": _permuted,
    "index": _indexed,
    "scatter": called("scatter", _scattered),
    "concat": fixed(lambda node, *x, axis=0: f"cat({axis % len(node.shape) + 1}, {', '.join(x)})"),
    "stack": fixed(_stacked),
    "place": called(
        "place",
        lambda node, x, k, classes: f"reshape(place({x}, {k}, {classes}), {dims(node.shape)})",
    ),
    "patches": called(
        "patches",
        lambda node, x, size, stride, padding: (
            f"reshape(patches({x}, {_row(node.inputs[0].shape)}, {_row(size)}, {stride}, "
            f"{padding}), {dims(node.shape)})"
        ),
    ),
    "unpatches": called(
        "unpatches",
        lambda node, x, shape, size, stride, padding: (
            f"reshape(unpatches({x}, {_row(shape)}, {_row(size)}, {stride}, {padding}), "
            f"{dims(node.shape)})"
        ),
    ),
    "times_log": elementwise("times_log({0}, {1})", helper="times_log"),
    "one_less_sigmoid": elementwise("sigmoid(-{0})", ATOM, (POWER,), helper="sigmoid"),
    "one_less_tanh_squared": own("slope_of_tanh"),
}

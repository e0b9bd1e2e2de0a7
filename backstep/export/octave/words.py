"""Rows in Octave and MATLAB: vectors are columns, axes count from 1, dots are elementwise.

A tensor has the axes of its shape; a vector is a column, and a row if it is repeated along rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backstep.autodiff.program import Operation
from backstep.export.python_words import SIGNS, choice, mask_text, written_linspace
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
from backstep.graph.node import Node
from backstep.graph.shape import Shape, broadcast
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, TERM


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


def literal(values: Any, digits: int = 0) -> str:
    """Literal arrays: a matrix row by row, any other as its elements and its axes."""

    def figure(value: Any) -> str:
        return _figure(float(value), digits)

    if not isinstance(values, tuple | list):
        return figure(values)
    if not values or not isinstance(values[0], tuple | list):
        return f"[{'; '.join(figure(each) for each in values)}]"
    if not isinstance(values[0][0] if values[0] else 0.0, tuple | list):
        rows = (", ".join(figure(each) for each in row) for row in values)
        return f"[{'; '.join(rows)}]"
    flat, shape = _flat(values), _shape(values)
    numbers = ", ".join(figure(each) for each in flat)
    return f"reshaped([{numbers}].', 1, [{', '.join(map(str, shape))}])"


def _flat(values: Any) -> list[Any]:
    if not isinstance(values, tuple | list):
        return [values]
    return [each for part in values for each in _flat(part)]


def _shape(values: Any) -> tuple[int, ...]:
    return (len(values), *_shape(values[0])) if isinstance(values, tuple | list) else ()


def _figure(value: float, digits: int = 0) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    return f"{value:.{digits}g}" if digits else repr(value)


def _written(scribe: Scribe, text: str) -> str:
    if "reshaped(" in text:
        scribe.use("reshaped")
    return text


def _constant(values: Callable[[Node], Any]) -> Word:
    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        return Piece(_written(scribe, literal(values(node))), ATOM, node.shape)

    return word


def _parsed(text: str) -> Any:
    return json.loads(text)


def _own(name: str, *options: str) -> Word:
    more = "".join(f", {{{option}}}" for option in options)
    return elementwise(f"{name}({{0}}{more})", helper=name)


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


def _along(name: str) -> Word:
    """A function of rows along an axis."""
    return fixed(
        lambda node, *x, axis=-1: f"{name}({', '.join(x)}, {_place(node.shape, axis)})",
        ATOM,
        COMPARISON,
        name,
    )


def _place(shape: Shape, axis: int) -> int:
    return axis % len(shape) + 1


def _division(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    bottom = literal_of(done.reads[1])
    top, under = scribe.fitted(done, node, thin)
    shape = broadcast(top.shape, under.shape)
    if done.params.get("strong") is not None and (bottom is None or bottom.value == 0):
        return Piece(f"{scribe.use('over')}({top.text}, {under.text})", ATOM, shape)
    sign = " ./ " if under.shape else " / "
    return Piece(f"{top.at(PRODUCT)}{sign}{under.at(POWER)}", PRODUCT, shape)


def _power(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    base, exponent = scribe.fitted(done, node, thin)
    shape = broadcast(base.shape, exponent.shape)
    known = literal_of(done.reads[1])
    if known is not None and known.symbol is None and known.value.denominator == 1:
        return Piece(f"{base.at(ATOM)}.^{exponent.at(ATOM)}", POWER, shape)
    return Piece(f"{scribe.use('real_power')}({base.text}, {exponent.text})", ATOM, shape)


def _negated(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    (x,) = scribe.fitted(done, node, thin)
    return Piece(f"-{x.at(PRODUCT)}", SUM if x.level < SIGN else SIGN, x.shape)


def _matmul(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    left, right = (scribe.piece(each) for each in done.reads)
    ranks = len(left.shape), len(right.shape)
    masked = needs_mask(scribe, done)
    if masked or max(ranks) > 2:
        name = scribe.use("products")
        sides = {"left": "1, 0", "right": "0, 1", "both": "1, 1"}
        flags = sides[done.params["strong"]] if masked else "0, 0"
        text = f"{name}({left.text}, {right.text}, {ranks[0]}, {ranks[1]}, {flags})"
        return Piece(text if not node.shape else shaped(text, node.shape), ATOM, node.shape)
    if ranks == (1, 1):
        return Piece(f"{left.at(ATOM)}.' * {right.at(POWER)}", TERM, ())
    if ranks[0] == 1:
        return Piece(f"{right.at(ATOM)}.' * {left.at(POWER)}", TERM, node.shape)
    return Piece(f"{left.at(POWER)} * {right.at(POWER)}", TERM, node.shape)


def _outer(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    left, right = (scribe.piece(each) for each in done.reads)
    row = f"{right.at(ATOM)}.'"
    if needs_mask(scribe, done):
        strong = done.params["strong"]
        name = scribe.use("times_both" if strong == "both" else "times")
        first, second = (row, left.text) if strong == "right" else (left.text, row)
        return Piece(f"{name}({first}, {second})", ATOM, node.shape)
    return Piece(f"{left.at(POWER)} * {row}", TERM, node.shape)


def _expanded(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    axis = done.params.get("axis")
    if axis is None:
        return scribe.piece(done.reads[0], thin=True)
    piece = scribe.piece(done.reads[0])
    if piece.shape == ():
        return piece
    axis %= len(node.shape)
    shape = (*piece.shape[:axis], 1, *piece.shape[axis:])
    if len(shape) == 2:
        row = Piece(f"{piece.at(ATOM)}.'", ATOM, shape)
        return row if axis == 0 else Piece(piece.text, piece.level, shape)
    return Piece(f"reshape({piece.text}, {dims(shape)})", ATOM, shape)


def _summed_to(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    x = scribe.piece(done.reads[0])
    extra = len(x.shape) - len(node.shape)
    axes = [
        axis
        for axis, length in enumerate(x.shape)
        if axis < extra or (node.shape[axis - extra] == 1 and length != 1)
    ]
    text = x.text
    for axis in axes:
        text = f"sum({text}, {axis + 1})"
    return Piece(shaped(text, node.shape), ATOM, node.shape)


def _permuted(node: Node, x: str, order: Sequence[int]) -> str:
    if len(order) < 2:
        return x
    return f"permute({x}, [{', '.join(str(each + 1) for each in order)}])"


def _transposed(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    rank = len(node.shape)
    if rank < 2:
        return piece
    if rank == 2:
        return Piece(f"{piece.at(ATOM)}.'", ATOM, node.shape)
    order = list(reversed(range(rank)))
    if done.name == "swap_last":
        order = [*range(rank - 2), rank - 1, rank - 2]
    return Piece(_permuted(node, piece.text, order), ATOM, node.shape)


def _axis_moved(node: Node, x: str, source: int, target: int) -> str:
    rank = len(node.shape)
    rest = list(range(rank))
    rest.remove(source % rank)
    rest.insert(target % rank, source % rank)
    return _permuted(node, x, rest)


def _reshaped(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    if not node.shape:
        return Piece(f"sum(reshape({piece.text}, [], 1))", ATOM, ())
    if piece.shape == ():
        return Piece(piece.text, piece.level, node.shape)
    wide = [n for n in piece.shape if n != 1]
    if wide == [n for n in node.shape if n != 1]:
        # Only axes of length 1 change, so no element moves.
        return Piece(shaped(piece.text, node.shape), ATOM, node.shape)
    name = scribe.use("reshaped")
    listed = ", ".join(map(str, node.shape))
    return Piece(f"{name}({piece.text}, {len(piece.shape)}, [{listed}])", ATOM, node.shape)


def _places(key: Sequence[Any], rank: int) -> list[str]:
    """A static index in Octave: from 1, both ends included; a colon for all remaining axes."""
    found = []
    for part in key:
        if isinstance(part, int):
            found.append(str(part + 1))
        else:
            places = range(*part)
            if not places:
                found.append("[]")
            else:
                step = "" if part[2] == 1 else f"{part[2]}:"
                found.append(f"{places[0] + 1}:{step}{places[-1] + 1}")
    return [*found, *[":"] * (rank - len(key))]


def _indexed(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    piece = scribe.piece(done.reads[0])
    key = done.params["key"]
    if not key:
        return piece
    name = piece.text
    places = ", ".join(_places(key, len(piece.shape)))
    if not name.isidentifier():
        # MATLAB cannot index an expression by brackets.
        given = ", ".join("':'" if each == ":" else each for each in _places(key, len(piece.shape)))
        text = f"{scribe.use('element')}({name}, {given})"
    else:
        text = f"{name}({places})"
    plain = not node.shape or (len(piece.shape) == 1)
    return Piece(text if plain else shaped(text, node.shape), ATOM, node.shape)


def _scattered(node: Node, x: str, key: Sequence[Any], shape: Shape) -> str:
    if not key:
        return x
    places = (("':'" if each == ":" else each) for each in _places(key, len(shape)))
    return f"scatter({x}, [{dims(shape)}], {', '.join(places)})"


def _stacked(node: Node, *x: str, axis: int = 0) -> str:
    place = axis % len(node.shape)
    inner = (*node.shape[:place], 1, *node.shape[place + 1 :])
    if len(node.shape) > 1:
        x = tuple(f"reshape({each}, {dims(inner)})" for each in x)
    return f"cat({place + 1}, {', '.join(x)})"


def _compared(sign: str) -> Word:
    return elementwise(f"double({{0}} {sign} {{1}})", ATOM, (SUM, SUM))


OCTAVE_SIGNS: Mapping[str, str] = {**SIGNS, "not_equal": "~="}

WORDS: Mapping[str, Word] = {
    "leaf": same,
    "seed": same,
    "constant": same,
    "identity": same,
    "carry": same,
    "array": _constant(lambda node: node.params["values"]),
    "linspace": _constant(lambda node: _parsed(written_linspace(**node.params))),
    "mask": _constant(lambda node: _parsed(mask_text(node))),
    "zeros": fixed(lambda node, shape: f"zeros({dims(shape)})"),
    "ones": fixed(lambda node, shape: f"ones({dims(shape)})"),
    "eye": fixed(lambda node, n: f"eye({n})"),
    "arange": fixed(lambda node, n: f"(0:{n - 1}).'"),
    "add": elementwise("{0} + {1}", SUM, (SUM, TERM)),
    "subtract": elementwise("{0} - {1}", SUM, (SUM, TERM)),
    "multiply": product,
    "divide": _division,
    "power": _power,
    "negate": _negated,
    "square": elementwise("{0}.^2", POWER, (ATOM,)),
    "exp": elementwise("exp({0})"),
    "log": _own("real_log"),
    "log_slope": _own("log_slope"),
    "sqrt": _own("real_sqrt"),
    "abs": elementwise("abs({0})"),
    "sign": elementwise("sign({0})"),
    "step": _own("step"),
    "sin": elementwise("sin({0})"),
    "cos": elementwise("cos({0})"),
    "tanh": elementwise("tanh({0})"),
    "sigmoid": _own("sigmoid"),
    "relu": _own("relu"),
    "leaky_relu": _own("leaky_relu", "slope"),
    "elu": _own("elu"),
    "selu": _own("selu"),
    "normal_cdf": _own("normal_cdf"),
    "gelu": _own("gelu"),
    "silu": _own("silu"),
    "softplus": _own("softplus"),
    "hardtanh": elementwise("clip({0}, -1, 1)", helper="clip"),
    "clip": _own("clip", "low", "high"),
    "round": _own("half_to_even"),
    **{name: _compared(sign) for name, sign in OCTAVE_SIGNS.items()},
    "where": choice("choose({0}, {1}, {2})", OCTAVE_SIGNS),
    "guard": choice("choose({0}, {1}, 0)", OCTAVE_SIGNS),
    "maximum": elementwise("larger({0}, {1})", helper="larger"),
    "minimum": elementwise("smaller({0}, {1})", helper="smaller"),
    "sum": _reduced("sum"),
    "mean": _reduced("mean"),
    "max": _reduced("largest", "largest"),
    "min": _reduced("smallest", "smallest"),
    "prod": _reduced("prod"),
    "var": _reduced("variance", "variance"),
    "norm": _reduced("length_of", "length_of"),
    "logsumexp": _reduced("logsumexp", "logsumexp"),
    "prod_except": fixed(
        lambda node, x, order: f"products_without({x}, {len(node.shape) - order + 1}, {order})",
        ATOM,
        COMPARISON,
        "products_without",
    ),
    "expand": _expanded,
    "broadcast_to": same,
    "sum_to": _summed_to,
    "move_axis": fixed(_axis_moved),
    "matmul": _matmul,
    "dot": _matmul,
    "outer": _outer,
    "reshape": _reshaped,
    "transpose": _transposed,
    "swap_last": _transposed,
    "index": _indexed,
    "scatter": fixed(_scattered, ATOM, COMPARISON, "scatter"),
    "concat": fixed(lambda node, *x, axis=0: f"cat({axis % len(node.shape) + 1}, {', '.join(x)})"),
    "stack": fixed(_stacked),
    "pick": fixed(lambda node, x, k: f"pick({x}, {k})", ATOM, COMPARISON, "pick"),
    "place": fixed(
        lambda node, x, k, classes: f"reshape(place({x}, {k}, {classes}), {dims(node.shape)})",
        ATOM,
        COMPARISON,
        "place",
    ),
    "patches": fixed(
        lambda node, x, size, stride, padding: (
            f"reshape(patches({x}, {_lengths(node, size)}, {_row(size)}, {stride}, {padding}), "
            f"{dims(node.shape)})"
        ),
        ATOM,
        COMPARISON,
        "patches",
    ),
    "unpatches": fixed(
        lambda node, x, shape, size, stride, padding: (
            f"reshape(unpatches({x}, {_row(shape)}, {_row(size)}, {stride}, {padding}), "
            f"{dims(node.shape)})"
        ),
        ATOM,
        COMPARISON,
        "unpatches",
    ),
    "softmax": _along("softmax"),
    "log_softmax": _along("log_softmax"),
    "times_log": elementwise("times_log({0}, {1})", helper="times_log"),
    "one_less_sigmoid": elementwise("sigmoid(-{0})", ATOM, (POWER,), helper="sigmoid"),
    "one_less_tanh_squared": _own("slope_of_tanh"),
    "less_its_share": _along("less_its_share"),
    "less_its_mean": _along("less_its_mean"),
    "bell": _own("bell"),
}


def _row(values: Sequence[int]) -> str:
    return f"[{', '.join(map(str, values))}]"


def _lengths(node: Node, size: Sequence[int]) -> str:
    """The shape that windows are cut from."""
    return _row(node.inputs[0].shape)


def _with_choice(word: Word) -> Word:
    def used(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        scribe.use("choose")
        piece = word(scribe, node, done, thin)
        # Octave has both signs, MATLAB only this one.
        return Piece(piece.text.replace(" != ", " ~= "), piece.level, piece.shape)

    return used


WORDS = {**WORDS, "where": _with_choice(WORDS["where"]), "guard": _with_choice(WORDS["guard"])}

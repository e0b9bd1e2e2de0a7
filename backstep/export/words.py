"""Words that several targets share: the operation is written here, arguments hold what differs.

A target's own table takes the entries of `COMMON`, makes others by the functions of this file, and
writes what only it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from backstep.export.expression_writer import (
    Piece,
    Scribe,
    Word,
    as_value,
    elementwise,
    fixed,
    masked_product,
    same,
)
from backstep.export.finite import MASKED_SIDES, divides_by_zero, needs_mask
from backstep.export.program import Operation, carried, operation
from backstep.graph.graph import literal_of
from backstep.graph.node import Node, Operand
from backstep.graph.parameters import Key
from backstep.graph.shape import Shape, broadcast, size
from backstep.ops import TABLE
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, TERM

Numbers: TypeAlias = "Fraction | float | Sequence[Numbers]"
"""A number, or the elements of an array as nested sequences."""

SIGNS: Mapping[str, str] = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
"""The signs of comparisons, by the row's name."""


def own(name: str, *options: str) -> Word:
    """An elementwise operation by one of the file's functions, options after its inputs."""
    more = "".join(f", {{{option}}}" for option in options)
    return elementwise(f"{name}({{0}}{more})", helper=name)


def called(name: str, write: Callable[..., str]) -> Word:
    """An operation on whole values by one of the file's functions, which `write` calls."""
    return fixed(write, ATOM, COMPARISON, name)


def negated(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """A value with its sign turned."""
    (x,) = scribe.fitted(done, node, thin)
    return Piece(f"-{x.at(PRODUCT)}", SUM if x.level < SIGN else SIGN, x.shape)


COMMON: Mapping[str, Word] = {
    **dict.fromkeys(
        ("leaf", "seed", "constant", "identity", "carry", "broadcast_to", "stop_gradient"), same
    ),
    "negate": negated,
    "pick": called("pick", lambda node, x, k: f"pick({x}, {k})"),
}
"""Entries that are the same in every table."""
OWN = (
    *("log_slope", "sigmoid", "elu", "selu", "normal_cdf", "gelu", "silu", "softsign"),
    *("bell", "gauss", "one_less_square"),
)
"""Rows that each target has a function of the same name for."""


def condition(scribe: Scribe, operand: Operand, signs: Mapping[str, str], rank: int = 0) -> Piece:
    """A condition as a boolean: a comparison itself, of anything else whether it is not 0."""
    operand = carried(operand)
    if isinstance(operand, Node) and not scribe.program.stands(operand):
        done = operation(operand)
        if done.name in signs:
            left, right = scribe.fitted(done, operand, thin=True)
            if left.number and right.number:
                left = as_value(scribe, left)
            shape = broadcast(left.shape, right.shape)
            return Piece(f"{left.at(SUM)} {signs[done.name]} {right.at(SUM)}", COMPARISON, shape)
    piece = scribe.piece(operand, thin=True)
    return Piece(f"{piece.at(SUM)} != 0", COMPARISON, piece.shape)


def choice(template: str, signs: Mapping[str, str]) -> Word:
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
        values = [as_value(scribe, each) for each in values]
        shape = broadcast(chooses.shape, *(each.shape for each in values))
        texts = [each.text for each in values]
        return Piece(template.format(chooses.text, *texts), ATOM, shape)

    return word


def division(sign: Callable[[Shape, Shape], str], values: bool = False) -> Word:
    """An elementwise quotient; by `over` if a partial of 0 may be divided by 0.

    `sign` is that of a quotient of such shape by a value of such shape. `values`: literals must be
    converted to the target's own type, since its numbers cannot be divided by 0.
    """

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        bottom = literal_of(done.reads[1])
        top, under = scribe.fitted(done, node, thin)
        shape = broadcast(top.shape, under.shape)
        if divides_by_zero(done):
            top = as_value(scribe, top) if values else top
            dot = scribe.dialect.dot if shape else ""
            return Piece(f"{scribe.use('over')}{dot}({top.text}, {under.text})", ATOM, shape)
        if values and under.number and (top.number or bottom is None or bottom.value == 0):
            under = as_value(scribe, under)
        text = f"{top.at(PRODUCT)} {sign(shape, under.shape)} {under.at(POWER)}"
        return Piece(text, PRODUCT, shape)

    return word


def matrix_product(
    helper: str,
    by_helper: Callable[[Node, Piece, Piece, tuple[bool, bool]], str],
    plain: Callable[[Piece, Piece], tuple[str, int]],
    most_axes: int | None = None,
) -> Word:
    """A matrix product: `plain` returns its text and precedence.

    `by_helper` returns the arguments of the file's function for it, which is called if a partial of
    0 may meet a non-finite factor, with the sides whose zeros then give zeros; and if an operand
    has more than `most_axes`.
    """

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        left, right = (scribe.piece(each) for each in done.reads)
        masked = needs_mask(scribe.finite, done)
        axes = max(len(left.shape), len(right.shape))
        if masked or (most_axes is not None and axes > most_axes):
            scribe.use(helper)
            sides = MASKED_SIDES[done.params["strong"]] if masked else (False, False)
            return Piece(by_helper(node, left, right, sides), ATOM, node.shape)
        return Piece(*plain(left, right), node.shape)

    return word


def outer(
    column: Callable[[Piece], str],
    row: Callable[[Piece], str],
    plain: Callable[[Piece, Piece, Shape], Piece],
) -> Word:
    """The outer product of two vectors: `plain`, or a masked product of a column and a row."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        left, right = (scribe.piece(each) for each in done.reads)
        if not needs_mask(scribe.finite, done):
            return plain(left, right, node.shape)
        text = masked_product(scribe.use, done, column(left), row(right), scribe.dialect.dot)
        return Piece(text, ATOM, node.shape)

    return word


def expanded(write: Callable[[Piece, int, Shape], Piece], thin_scalars: bool = False) -> Word:
    """A value repeated along an axis that a reduction removed: `write` gives it the axis, at a
    place and in a shape that is 1 long there. `thin_scalars`: a scalar that was repeated to the
    value's shape stays one."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        axis = done.params.get("axis")
        thin_piece = scribe.piece(done.reads[0], thin=True)
        if axis is None or (thin_scalars and thin_piece.shape == ()):
            return thin_piece
        piece = scribe.piece(done.reads[0])
        if piece.shape == ():
            return piece
        axis %= len(node.shape)
        return write(piece, axis, (*piece.shape[:axis], 1, *piece.shape[axis:]))

    return word


def along(name: str) -> Word:
    """A function of the file's own of rows along an axis, which is counted from 1."""
    return called(
        name, lambda node, *x, axis=-1: f"{name}({', '.join(x)}, {axis % len(node.shape) + 1})"
    )


BY_ROW: Mapping[str, Word] = {
    name: along(name) for name in ("softmax", "log_softmax", "less_its_share", "less_its_mean")
}
"""Entries of targets that count axes from 1: functions of the file's own of rows along an axis."""


def on_matrices(*names: str) -> dict[str, Word]:
    """Operations on whole matrices by functions of the file's own, of the same names."""

    def word(name: str) -> Word:
        return called(name, lambda node, *x: f"{name}({', '.join(x)})")

    return {name: word(name) for name in names}


def place_of_largest(along_axis: Word, of_row: Callable[[Piece, int], str]) -> Word:
    """The number of the largest element: along an axis, or of all elements row by row.

    `of_row` writes it for a value and the number of its elements, which are put in one row.
    """

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        (read,) = done.reads
        if done.params.get("axis") is not None or len(read.shape) < 2:
            return along_axis(scribe, node, done, thin)
        for helper in ("reshaped", "place_of_largest"):
            scribe.use(helper)
        return Piece(of_row(scribe.piece(read), size(read.shape)), ATOM, ())

    return word


def not_finite(value: float) -> str | None:
    """A number that is not finite, in the words of Julia, Octave and MATLAB; None for others."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Inf" if value > 0 else "-Inf"
    return None


def spread(word: Word) -> Word:
    """A variance or standard deviation, which is 0 of a scalar."""

    def either(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        if done.reads[0].shape != ():
            return word(scribe, node, done, thin)
        x = as_value(scribe, scribe.piece(done.reads[0]))
        return Piece(f"{x.at(SUM)} - {x.at(TERM)}", SUM, ())

    return either


placed = called("place", lambda node, x, k, classes: f"place({x}, {k}, {classes})")
"""Rows of zeros with a value at a class."""


def windows(row: Callable[[Sequence[int]], str]) -> dict[str, Word]:
    """Windows as rows, and rows put back as windows; `row` writes lengths of axes."""
    return {
        "patches": called(
            "patches",
            lambda node, x, size, stride, padding: (
                f"patches({x}, {row(size)}, {stride}, {padding})"
            ),
        ),
        "unpatches": called(
            "unpatches",
            lambda node, x, shape, size, stride, padding: (
                f"unpatches({x}, {row(shape)}, {row(size)}, {stride}, {padding})"
            ),
        ),
    }


def summed_axes(wide: Shape, shape: Shape) -> list[int]:
    """The axes that broadcasting from `shape` to `wide` added or extended."""
    extra = len(wide) - len(shape)
    return [
        axis
        for axis, length in enumerate(wide)
        if axis < extra or (shape[axis - extra] == 1 and length != 1)
    ]


def permutation(node: Node, done: Operation) -> list[int]:
    """For each axis of a node that permutes axes the axis that it was."""
    rank = len(node.shape)
    order = list(range(rank))
    if done.name == "move_axis":
        source = done.params["source"] % rank
        order.remove(source)
        order.insert(done.params["target"] % rank, source)
    elif done.name == "swap_last":
        order[-2:] = [rank - 1, rank - 2]
    else:
        order.reverse()
    return order


def places(key: Key, rank: int, nothing: str) -> list[str]:
    """A static index counted from 1, both ends included; a colon for all remaining axes, and
    `nothing` for a slice without elements."""
    found = []
    for part in key:
        if isinstance(part, int):
            found.append(str(part + 1))
            continue
        taken = range(*part)
        step = "" if part[2] == 1 else f"{part[2]}:"
        found.append(f"{taken[0] + 1}:{step}{taken[-1] + 1}" if taken else nothing)
    return [*found, *[":"] * (rank - len(key))]


def moves_no_element(before: Shape, after: Shape) -> bool:
    """Whether shapes differ in axes of length 1 only."""
    return [n for n in before if n != 1] == [n for n in after if n != 1]


def constants(write: Callable[[Numbers], str]) -> dict[str, Word]:
    """The rows without inputs whose elements are written: `write` has them as nested sequences."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        return Piece(using(scribe, write(_elements(node))), ATOM, node.shape)

    return dict.fromkeys(("array", "linspace", "mask"), word)


def using(scribe: Scribe, text: str) -> str:
    """The text of a literal array, with the function that it may call marked as used."""
    if "reshaped(" in text:
        scribe.use("reshaped")
    return text


def _elements(node: Node) -> Numbers:
    if node.op == "linspace":
        params = node.params
        return _linspace(params["low"], params["high"], params["n"])
    # A random mask is written as it is drawn for the values in force.
    written = node.op == "array"
    found: Numbers = (
        node.params["values"] if written else TABLE[node.op].numpy(**node.params).tolist()
    )
    return found


def _linspace(low: Fraction, high: Fraction, n: int) -> tuple[Fraction, ...]:
    """The numbers exactly, so that each of them is rounded once."""
    if n == 1:
        return (low,)
    return tuple(low + (high - low) * k / (n - 1) for k in range(n))


def flat(values: Numbers) -> list[Fraction | float]:
    """The numbers of nested sequences, in order."""
    if not isinstance(values, Sequence):
        return [values]
    return [each for part in values for each in flat(part)]


def lengths(values: Numbers) -> Shape:
    """The shape of nested sequences."""
    return (len(values), *lengths(values[0])) if isinstance(values, Sequence) else ()


VIEWS = frozenset(
    {"transpose", "swap_last", "reshape", "index", "expand", "broadcast_to", "identity", "constant"}
)
"""Rows that are views: written at each use, and never assigned."""

_QUICK = frozenset({"add", "subtract", "multiply", "negate", "divide", "square"})


def repeated(node: Node, stands: Callable[[Node], bool]) -> bool:
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

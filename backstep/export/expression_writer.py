"""Writes expressions of a program for array languages, by a table of words for each target.

A word writes one operation from the texts of its inputs. A value that is repeated along an axis is
written `thin` if the operation around it broadcasts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from backstep.export.defined_functions import Helper
from backstep.export.finite import Finite, needs_mask
from backstep.export.names import Names
from backstep.export.program import Line, Operation, Program, carried, operation
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError, broadcast, size
from backstep.ops import TABLE
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN


@dataclass(frozen=True, slots=True)
class Piece:
    """A text, its precedence, and the shape of its value, which may be thinner than the node's.

    `flat`: a product that another factor can follow; `number`: a literal."""

    text: str
    level: int
    shape: Shape
    flat: bool = False
    number: bool = False

    def at(self, needed: int) -> str:
        """The text, in brackets if it binds looser than needed."""
        return f"({self.text})" if self.level < needed else self.text


Word = Callable[["Scribe", Node, Operation, bool], Piece]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one target writes the rows.

    `aligned` writes a value of lower rank so that it broadcasts as in NumPy; `full` a value
    repeated to a shape; `wrapped` a number as a value of the target's own type; `plain` one with a
    decimal point. `dot` is what makes a function of numbers one of arrays.
    """

    words: Mapping[str, Word]
    helpers: Mapping[str, Helper]
    infinity: str
    nan: str
    aligned: Callable[[Scribe, Piece, int], Piece]
    full: Callable[[Scribe, Piece, Shape], Piece]
    wrapped: Callable[[str], str]
    plain: Callable[[str], str] = lambda text: text
    plain_times: str = "*"
    dot: str = ""
    quotient: Callable[[int, int], str] = lambda top, bottom: f"{top}/{bottom}"


@dataclass(slots=True)
class Scribe:
    """Writes the lines of one program. `used` gathers the helpers that they call."""

    program: Program
    dialect: Dialect
    names: Names
    finite: Finite
    used: list[str] = field(default_factory=list)

    def line(self, line: Line) -> str:
        """The right-hand side of the line, in the shape of the value or partial that it is."""
        shape = () if line.of is None else line.of.shape
        if line.node is None:
            return self.dialect.full(self, self.number(Fraction(0)), shape).text
        other = line.symbol is not line.node and self.program.stands(line.node)
        piece = self.piece(line.node) if other else self.own(line.node)
        shape = line.node.shape if line.of is None else line.of.shape
        if piece.shape != shape:
            piece = self.dialect.full(self, piece, shape)
        elif piece.number and not (line.read or line in self.program.gradients.values()):
            return self.dialect.plain(piece.text)
        elif piece.number:
            piece = replace(piece, text=self.dialect.wrapped(piece.text))
        return piece.text

    def piece(self, operand: Operand, thin: bool = False) -> Piece:
        """An operand as it is written at a use."""
        operand = carried(operand)
        if isinstance(operand, Literal):
            return self.literal(operand)
        if self.program.stands(operand):
            return Piece(self.names[operand], ATOM, operand.shape)
        return self.own(operand, thin)

    def own(self, node: Node, thin: bool = False) -> Piece:
        """A node by its formula, even if it has a name."""
        if node.op == "constant" and isinstance(node.inputs[0], Literal):
            return self.literal(node.inputs[0])
        fill = filled(node)
        if fill is not None:
            piece = Piece(self.figure(fill), ATOM, (), number=True)
            return piece if thin else self.dialect.full(self, piece, node.shape)
        done = operation(node)
        piece = self.dialect.words[done.name](self, node, done, thin)
        if not thin and piece.shape != node.shape:
            piece = self.dialect.full(self, piece, node.shape)
        return piece

    def use(self, name: str) -> str:
        """A helper's name, which the file will define."""
        for each in self.dialect.helpers[name].needs:
            if each in self.dialect.helpers:
                self.use(each)
        if name not in self.used:
            self.used.append(name)
        return name

    def literal(self, literal: Literal) -> Piece:
        """A literal."""
        if literal.symbol is not None:
            return Piece(self.figure(float(literal)), ATOM, (), number=True)
        if literal.minus_zero:
            return Piece("-0.0", SIGN, (), number=True)
        return self.number(literal.value)

    def number(self, value: Fraction) -> Piece:
        """A number: an integer or a decimal as such, a fraction of small integers as a quotient."""
        level = SIGN if value < 0 else ATOM
        top, bottom = value.numerator, value.denominator
        if bottom == 1 and abs(top) < 2**31:
            return Piece(str(top), level, (), number=True)
        shown = self.figure(_float(value))
        if Fraction(shown) == value if _is_decimal(shown) else False:
            return Piece(shown, level, (), number=True)
        if bottom < 1000 and abs(top) < 2**31:
            return Piece(self.dialect.quotient(top, bottom), PRODUCT, (), number=True)
        return Piece(shown, level, (), number=True)

    def figure(self, value: float) -> str:
        """A float that reads back exactly."""
        if value != value:
            return self.dialect.nan
        if value in (float("inf"), float("-inf")):
            return self.dialect.infinity if value > 0 else "-" + self.dialect.infinity
        return repr(value)

    def fitted(self, done: Operation, node: Node, thin: bool) -> list[Piece]:
        """The inputs of an elementwise operation, such that its value has the node's shape or, with
        `thin`, one that broadcasts to it."""
        pieces = [self.piece(each, thin=True) for each in done.reads]
        shapes = [piece.shape for piece in pieces]
        if not thin and _common(shapes) != node.shape:
            whole = [place for place, each in enumerate(done.reads) if each.shape == node.shape]
            for place in whole[:1] or range(len(pieces)):
                pieces[place] = self.piece(done.reads[place])
        rank = max((len(piece.shape) for piece in pieces), default=0)
        return [self.dialect.aligned(self, piece, rank) for piece in pieces]


def filled(node: Node) -> float | None:
    """The number that a value consists of whatever the leaves are, because it has no elements or is
    computed from values without; None if it depends on some."""
    if size(node.shape) == 0:
        return 0.0
    reads = [carried(each) for each in node.inputs]
    if not reads or not all(isinstance(each, Node) and size(each.shape) == 0 for each in reads):
        return None
    with np.errstate(all="ignore"):
        made = TABLE[node.op].numpy(*(np.zeros(each.shape) for each in reads), **node.params)
    return float(np.ravel(made)[0])


def _is_decimal(text: str) -> bool:
    return text[-1].isdigit() and text.lstrip("-")[0].isdigit()


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _common(shapes: Sequence[Shape]) -> Shape | None:
    try:
        return broadcast(*shapes)
    except ShapeError:
        return None


def elementwise(
    template: str,
    level: int = ATOM,
    needs: tuple[int, ...] = (COMPARISON,),
    helper: str | None = None,
    flat: bool = False,
    values: bool = False,
) -> Word:
    """An elementwise operation, with its inputs as {0}, {1}, … and options by name.

    `values`: a literal must be converted to the target's own type.
    """

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        pieces = scribe.fitted(done, node, thin)
        if helper is not None:
            scribe.use(helper)
        if pieces and (all(piece.number for piece in pieces) or values):
            pieces = [as_value(scribe, piece) for piece in pieces]
        texts = [piece.at(needs[min(place, len(needs) - 1)]) for place, piece in enumerate(pieces)]
        given = {key: _given(scribe, value) for key, value in done.params.items()}
        shape = broadcast(*(piece.shape for piece in pieces))
        return Piece(template.format(*texts, **given), level, shape, flat)

    return word


def as_value(scribe: Scribe, piece: Piece) -> Piece:
    """A literal as a value of the target's own type; anything else as it is."""
    if not piece.number:
        return piece
    return Piece(scribe.dialect.wrapped(piece.text), ATOM, ())


def _given(scribe: Scribe, value: object) -> object:
    """The text of an option."""
    return scribe.number(value).at(SIGN) if isinstance(value, Fraction) else value


def fixed(
    write: Callable[..., str], level: int = ATOM, needs: int = COMPARISON, *helpers: str
) -> Word:
    """An operation on whole values: `write(node, *texts, **options)`, each input in its shape."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        pieces = [as_value(scribe, scribe.piece(each)) for each in done.reads]
        for helper in helpers:
            scribe.use(helper)
        texts = [piece.at(needs) for piece in pieces]
        return Piece(write(node, *texts, **done.params), level, node.shape)

    return word


def of_scalar(word: Word) -> Word:
    """A reduction, which returns a scalar itself."""

    def either(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        if done.reads[0].shape == ():
            return scribe.piece(done.reads[0])
        return word(scribe, node, done, thin)

    return either


def same(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """An operation that returns its input."""
    return scribe.piece(done.reads[0], thin)


def masked_product(
    use: Callable[[str], str], done: Operation, left: str, right: str, dot: str = ""
) -> str:
    """A product by the file's function for it, in which zeros of a partial give zeros."""
    strong = done.params["strong"]
    name = use("times_both" if strong == "both" else "times")
    first, second = (right, left) if strong == "right" else (left, right)
    return f"{name}{dot}({first}, {second})"


def product(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    """An elementwise product; by `times` if a partial of 0 may meet a non-finite factor."""
    left, right = scribe.fitted(done, node, thin)
    shape = broadcast(left.shape, right.shape)
    if needs_mask(scribe.finite, done):
        one, other = (as_value(scribe, each).text for each in (left, right))
        dot = scribe.dialect.dot if shape else ""
        return Piece(masked_product(scribe.use, done, one, other, dot), ATOM, shape)
    if left.number and right.number:
        left = as_value(scribe, left)
    star = scribe.dialect.plain_times if left.shape and right.shape else "*"
    before = left.at(PRODUCT if left.flat or left.number else POWER)
    calm = all(each in scribe.finite for each in done.reads)
    chained = right.flat and calm and size(right.shape) == size(shape)
    return Piece(
        f"{before}{star}{right.at(PRODUCT if chained else POWER)}", PRODUCT, shape, flat=True
    )

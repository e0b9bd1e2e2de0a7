"""The initial value of a declared name, a constant expression or a draw, and its shape."""

from __future__ import annotations

from fractions import Fraction

from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, spell
from backstep.lang.compile.constants import exact, float_of
from backstep.lang.compile.definition import Draw
from backstep.lang.compile.expressions import Evaluator
from backstep.lang.compile.nodes import NO_SIZE
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.refusal import StatementError, refuse
from backstep.records import record


@record(frozen=True, slots=True)
class Start:
    """The initial value of a declared name: as other constants use it (None: drawn), and as the
    definition keeps it.
    """

    constant: Operand | None
    initial: Node | Draw
    shape: Shape


def start_of(part: syntax_tree.Declare, evaluator: Evaluator, rows: int | None = None) -> Start:
    """The initial value of a declared name; zeros of `rows` rows, if `rows` is passed.

    Raises StatementError, Unresolved or LimitError.
    """
    start = _start(part, evaluator)
    if rows is None or not start.shape:
        return start
    shape = (rows, *start.shape[1:])
    return Start(start.constant, Draw("zeros", (), shape), shape)


def _start(part: syntax_tree.Declare, evaluator: Evaluator) -> Start:
    shape = None
    if part.shape is not None:
        shape = tuple(_size(each, evaluator) for each in part.shape)
    if isinstance(part.value, syntax_tree.Drawn):
        drawn = _draw(part.value, shape or (), evaluator)
        return Start(None, drawn, drawn.shape)
    constant = evaluator.evaluate(part.value)
    if shape is not None and constant.shape != shape:
        raise _wrong_shape(part, constant.shape, shape)
    if isinstance(constant, Node):
        return Start(constant, constant, constant.shape)
    node = evaluator.maker.make("constant", constant, span=part.value.span)
    return Start(constant, node, ())


def has_shape(shape: Shape) -> str:
    """A shape, as the end of a sentence."""
    return f"has shape {spell(shape)}" if shape else "is a scalar"


def _size(part: syntax_tree.Expression, evaluator: Evaluator) -> int:
    size = evaluator.whole(part, "a size")
    if size < 1:
        raise refuse("size", NO_SIZE, None, part.span)
    return size


def _wrong_shape(part: syntax_tree.Declare, given: Shape, shape: Shape) -> StatementError:
    name = part.name.name
    message = f"'{name}' is declared with shape {spell(shape)}, and its value {has_shape(given)}"
    sizes = ", ".join(map(str, shape))
    hint = f"write {name} = … without a shape, or a value of that shape"
    if not given:
        hint = f"write zeros({sizes}) or ones({sizes}), or draw it by '~'"
    return refuse("declared_shape", message, hint, part.value.span)


def _draw(part: syntax_tree.Drawn, shape: Shape, evaluator: Evaluator) -> Draw:
    arguments = tuple(_number(each, evaluator) for each in part.arguments)
    word = part.distribution.name
    if word == "normal" and arguments[1] < 0:
        message = "a standard deviation is 0 or more"
        raise refuse("draw", message, None, part.arguments[1].span)
    if word == "uniform" and arguments[0] > arguments[1]:
        message = "the low end of a uniform draw lies above the high end"
        raise refuse("draw", message, "write uniform(low, high)", part.span)
    return Draw(word, arguments, shape)


def _number(part: syntax_tree.Expression, evaluator: Evaluator) -> Fraction | float:
    """A finite scalar constant: exact where it can be."""
    value = evaluator.evaluate(part)
    if value.shape:
        message = f"a draw's numbers are scalars, and this {has_shape(value.shape)}"
        raise refuse("draw", message, None, part.span)
    number = float(value) if isinstance(value, Literal) else float_of(value)
    if number is None or abs(number) == float("inf"):
        raise refuse("draw", "a draw's numbers are finite", None, part.span)
    return exact(value) if isinstance(value, Literal) else number

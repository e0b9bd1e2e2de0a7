"""Operations on formulas: what the application of a row of the table is as a formula.

The one place where an operation's name becomes a kind of formula; graphs and texts are read by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from backstep.formula.tree import (
    INFINITY,
    ONE,
    PI,
    At,
    Call,
    Formula,
    Frac,
    Mat,
    Neg,
    Num,
    Op,
    Pow,
    Sym,
    add,
    divide,
    matmul,
    multiply,
    number,
    subtract,
)
from backstep.graph.node import Literal, Node, Operand
from backstep.lang.spelling import exact_text
from backstep.ops import TABLE
from backstep.ops.values import INFINITY_LITERAL


def applied(op: str, *args: Formula, **options: object) -> Formula:
    """A row of the table on formulas, as a formula."""
    known = _KINDS.get(op)
    if known is not None:
        return known(*args, **options)
    if len(args) == 1 and (TABLE[op].transparent or op in _REPEATED):
        return args[-1]
    if op in COMPARISONS:
        return Op(op, args)
    return Call(op, args, tuple(options.items()))


_REPEATED = frozenset({"expand", "broadcast_to"})
"""A value repeated is written as the value."""

COMPARISONS = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})


def rows(values: Any) -> Formula:
    """Written numbers in nested tuples as a list, a vector or a matrix."""
    if isinstance(values, tuple):
        return Mat(tuple(map(rows, values)))
    # Past the longest literal the text is a sum, which only the language has for a number.
    decimal = exact_text(Fraction(values))
    return number(values, None if {"/", "("} & set(decimal) else decimal)


def from_literal(literal: Literal) -> Formula:
    """A written number as a formula."""
    if literal.symbol is not None:
        if literal.symbol == INFINITY_LITERAL.symbol:
            return INFINITY
        return PI if literal.symbol == PI.name else Sym(literal.symbol, "constant")
    return number(literal.value, literal.text)


def make(op: str, *inputs: object, **options: object) -> Formula:
    """A row on formulas, numbers and literals, as builders of functions call it."""
    return applied(op, *map(as_formula, inputs), **options)


def as_formula(value: Any) -> Formula:
    """A formula, a literal or a number as a formula."""
    if isinstance(value, Formula):
        return value
    return from_literal(value) if isinstance(value, Literal) else number(Fraction(value))


def as_literal(formula: Formula) -> Literal | None:
    """A formula that is a written number, as one; None of any other."""
    if formula is PI:
        return _pi()
    if isinstance(formula, Num):
        return Literal(formula.value, formula.text)
    if isinstance(formula, Neg) and isinstance(formula.arg, Num):
        inner = formula.arg
        text = "-0" if inner.value == 0 else None if inner.text is None else "-" + inner.text
        return Literal(-inner.value, text)
    return None


def _pi() -> Literal:
    from backstep.ops.values import PI_LITERAL

    return PI_LITERAL


def _stack(*args: Formula, axis: int | None = None) -> Formula:
    if axis:
        return Call("stack", args, (("axis", axis),))
    return Mat(args) if not all(map(is_written, args)) else Call("stack", args)


def is_written(formula: Formula) -> bool:
    """Whether a list of such formulas would be read as one array of numbers."""
    if isinstance(formula, Mat):
        return all(map(is_written, formula.items))
    literal = as_literal(formula)
    return literal is not None and literal.symbol is None and not literal.minus_zero


_KINDS: Mapping[str, Callable[..., Formula]] = {
    "add": add,
    "subtract": subtract,
    "multiply": lambda *args, strong=None: multiply(*args),
    "divide": lambda top, bottom, strong=None: divide(top, bottom),
    "matmul": lambda left, right, strong=None: matmul(left, right),
    "negate": Neg,
    "power": Pow,
    "index": lambda value, key: At(value, key),
    "array": lambda values: rows(values),
    "stack": _stack,
    "times_log": lambda y, p: multiply(y, Call("log", (p,))),
    "log_slope": lambda x: Frac(ONE, x),
    "mask": lambda probability, shape, seed, place: Sym(place, "const", None, shape),
}
"""Operations that are not called by a name, as the formulas they are."""


class FromGraph:
    """Formulas of a graph's nodes; `symbol` gives the formula of a node that stands for itself.

    What several formulas read is made once.
    """

    def __init__(self, symbol: Callable[[Node], Formula | None]) -> None:
        self._symbol = symbol
        self._done: dict[int, Formula] = {}

    def of(self, operand: Operand) -> Formula:
        """The operand's formula: a symbol where it has one, else what it is computed by."""
        if isinstance(operand, Literal):
            return from_literal(operand)
        self._fill([operand])
        return self._done[operand.id]

    def own(self, node: Node) -> Formula:
        """What a node is computed by, though it have a symbol."""
        self._fill(node.nodes)
        return self._made(node)

    def _fill(self, nodes: Any) -> None:
        open_nodes = list(nodes)
        while open_nodes:
            part = open_nodes[-1]
            if part.id not in self._done:
                symbol = self._symbol(part)
                if symbol is not None:
                    self._done[part.id] = symbol
                else:
                    missing = [each for each in part.nodes if each.id not in self._done]
                    if missing:
                        open_nodes.extend(missing)
                        continue
                    self._done[part.id] = self._made(part)
            open_nodes.pop()

    def _made(self, node: Node) -> Formula:
        if node.op == "constant":
            (value,) = node.inputs
            assert isinstance(value, Literal)
            return from_literal(value)
        args = [
            from_literal(each) if isinstance(each, Literal) else self._done[each.id]
            for each in node.inputs
        ]
        options = {key: value for key, value in node.params.items() if key != "strong"}
        return applied(node.op, *args, **options)

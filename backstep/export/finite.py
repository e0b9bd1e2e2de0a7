"""Which nodes are finite if all declared values are, so that their products need no mask.

A partial of exactly 0 contributes exactly 0, whatever it is multiplied by. That matters only for
factors that can be infinite or NaN, which most networks have none of: then an ordinary product is
written. Overflow is ignored: 10³⁰⁰ overflows in almost any product.
"""

from __future__ import annotations

from math import isfinite

from backstep.export.program import Line, Operation, Program, carried, operation
from backstep.graph.graph import literal_of
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import size

LEAVES_FINITE = frozenset(
    {"log", "log_slope", "sqrt", "exp", "times_log", "log1p", "log2", "log10", "asin", "acos"}
    | {"sinh", "cosh", "expm1", "logdet", "solve"}
)
"""Rows whose value may be infinite or NaN on finite inputs, without overflow."""

COMPARED = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})
"""Rows whose value is 0 or 1, whatever they compare."""

_OF_NOTHING = frozenset({"mean", "var", "std"})


class Finite:
    """The nodes of a program that are finite for finite leaves: `node in finite`.

    `careful`: no node counts as finite.
    """

    def __init__(self, program: Program, careful: bool = False) -> None:
        self._program = program
        self._careful = careful
        self._known: dict[int, bool] = dict.fromkeys(program.leaves, not careful)
        for line in program.lines:
            self._take_in(line)

    def __contains__(self, operand: Operand) -> bool:
        operand = carried(operand)
        if isinstance(operand, Literal):
            return isfinite(float(operand))
        return self._known[operand.id]

    @property
    def everywhere(self) -> bool:
        """Whether every node is finite."""
        return all(self._known.values())

    def _take_in(self, line: Line) -> None:
        if line.node is None:
            return
        for node in self._program.parts(line):
            if node.id not in self._known:
                self._known[node.id] = self._stays(node)
        if line.symbol is not None:
            self._known[line.symbol.id] = self._known[line.node.id]

    def _stays(self, node: Node) -> bool:
        done = operation(node)
        if done.name in COMPARED:
            return True
        if self._careful or not all(each in self for each in done.reads):
            return False
        return not may_leave(done)


def may_leave(done: Operation) -> bool:
    """Whether an operation's value may be non-finite although its inputs are finite."""
    if done.name in LEAVES_FINITE:
        return True
    if done.name in _OF_NOTHING:
        read = done.reads[0]
        return size(read.shape) == 0 or 0 in read.shape
    if done.name == "divide":
        return not _number(done.reads[1])
    if done.name == "power":
        exponent = carried(done.reads[1])
        if not isinstance(exponent, Literal) or exponent.symbol is not None:
            return True
        return exponent.value.denominator != 1 or exponent.value < 0
    return False


MASKED_SIDES = {"left": (True, False), "right": (False, True), "both": (True, True)}
"""Which factors of a strong product are partials, whose zeros give zeros."""


def needs_mask(finite: Finite, done: Operation) -> bool:
    """Whether a partial of 0 may meet a factor that is infinite or NaN."""
    strong = done.params.get("strong")
    if strong is None:
        return False
    left, right = done.reads
    partials, meets = {
        "left": ((left,), (right,)),
        "right": ((right,), (left,)),
        "both": ((left, right), (left, right)),
    }[strong]
    never_zero = all((number := literal_of(each)) and number.value for each in partials)
    return not never_zero and not all(each in finite for each in meets)


def divides_by_zero(done: Operation) -> bool:
    """Whether a partial of 0 may be divided by 0."""
    bottom = literal_of(done.reads[1])
    return done.params.get("strong") is not None and (bottom is None or bottom.value == 0)


def _number(operand: Operand) -> bool:
    """Whether it is a literal other than 0."""
    operand = carried(operand)
    if isinstance(operand, Node) and operand.op == "constant":
        operand = operand.inputs[0]
    return isinstance(operand, Literal) and operand.value != 0


LOOKED_AT = LEAVES_FINITE | _OF_NOTHING | {"divide", "power"}
"""Rows that are non-finite for some finite inputs."""

ALWAYS_SMOOTH = frozenset({"divide", "power"})
"""Rows whose kinks are all at points where the value may be non-finite."""

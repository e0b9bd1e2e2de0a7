"""Which nodes stay finite where all that is declared is: where no product needs a mask.

A partial of exactly 0 contributes exactly 0, whatever it meets. What it meets matters only where it
can be infinite or no number, and of most networks nothing can: then a product is written as one.
Overflow is not looked at: a number of 10³⁰⁰ leaves the floats by any product.
"""

from __future__ import annotations

from backstep.autodiff.program import Line, Operation, Program, carried, operation
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import size

LEAVES_FINITE = frozenset({"log", "log_slope", "sqrt", "exp", "times_log"})
"""Rows whose value may not be finite on finite inputs, and no product of large ones."""

COMPARED = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})
"""Rows whose value is 0 or 1, whatever they compare."""

_OF_NOTHING = frozenset({"mean", "var"})


class Finite:
    """Whether nodes of a program are finite for finite leaves; asked as `node in finite`.

    `careful`: nothing is taken for finite.
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
            return True
        return self._known[operand.id]

    @property
    def everywhere(self) -> bool:
        """Whether every node is."""
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
    """Whether an operation's value may not be finite though its inputs are."""
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


def _number(operand: Operand) -> bool:
    """Whether it is a written number other than 0."""
    operand = carried(operand)
    if isinstance(operand, Node) and operand.op == "constant":
        operand = operand.inputs[0]
    return isinstance(operand, Literal) and operand.value != 0


LOOKED_AT = LEAVES_FINITE | _OF_NOTHING | {"divide", "power"}
"""Rows that may leave the finite numbers, somewhere."""

ALWAYS_SMOOTH = frozenset({"divide", "power"})
"""Rows whose kinks are all where the value may leave the finite numbers."""

"""Statements of C that put rows at numbers, and that call functions of square matrices."""

from __future__ import annotations

from collections.abc import Callable

from backstep.export.c.statements import Statements
from backstep.export.program import Operation
from backstep.graph.node import Node
from backstep.ops.row import ATOM


def put(statements: Statements, node: Node, done: Operation) -> None:
    """Zeros with values added at the places that numbers name."""
    x, k = done.reads
    statements.declare(node.shape)
    every = statements.indices(node.shape)
    statements.loops(
        node.shape, every, lambda: statements.say(f"{statements.element(every)} = 0.0;")
    )
    at = statements.indices(x.shape)
    place = statements.elements.of(k, at[: len(k.shape)]).at(ATOM)
    whole = (f"(int){place}", *at[len(k.shape) :])
    value = statements.elements.of(x, at).at(0)
    statements.loops(
        x.shape, at, lambda: statements.say(f"{statements.element(whole)} += {value};")
    )


def of_matrix(function: str) -> Callable[[Statements, Node, Operation], None]:
    """A function of the file's own of a square matrix, with a number or a matrix as its result."""

    def form(statements: Statements, node: Node, done: Operation) -> None:
        statements.elements.use(function)
        given = ", ".join(statements.pointer(each) for each in done.reads)
        n = done.reads[0].shape[-1]
        if not node.shape:
            statements.declare((), f"{function}({given}, {n})")
            return
        statements.declare(node.shape)
        columns = f", {node.shape[1] if len(node.shape) > 1 else 1}"
        more = columns if len(done.reads) > 1 else ""
        statements.say(f"{function}({given}, {statements.own_pointer(node.shape)}, {n}{more});")

    return form

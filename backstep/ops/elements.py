"""Applying an operation to scalars that it must read together, and taking one of its results."""

from __future__ import annotations

from collections.abc import Sequence

from backstep.errors import Span
from backstep.graph.graph import Graph
from backstep.graph.node import Node, Operand
from backstep.graph.parameters import Parameters


def on_elements(
    graph: Graph,
    op: str,
    elements: Sequence[Operand],
    params: Parameters,
    at: int | None,
    span: Span | None,
) -> tuple[Node, ...]:
    """The nodes that gather scalars, apply the row, and choose result `at` (None: the only one).

    The last node is the result; together they count as one operation on scalars.
    """
    gathered = graph.apply("stack", *elements, span=span)
    made = graph.apply(op, gathered, span=span, **params)
    if at is None:
        return gathered, made
    return gathered, made, graph.apply("index", made, key=(at,), span=span)


def renamed(element: Node, span: Span | None) -> Node:
    """A copy of the element, so that it can have another name."""
    return element.graph.apply("identity", element, span=span)

"""The one evaluator: a graph read node by node. What a node means is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors


def interpret(
    targets: Iterable[Node],
    known: dict[int, Any],
    literal: Callable[[Literal], Any],
    apply: Callable[[Node, list[Any]], Any],
) -> dict[int, Any]:
    """`known` (by node id) extended by all that the targets are computed from.

    `literal` evaluates a literal, `apply` a node on its inputs' results.
    """
    for node in ancestors(targets, known):
        inputs = [
            literal(operand) if isinstance(operand, Literal) else known[operand.id]
            for operand in node.inputs
        ]
        known[node.id] = apply(node, inputs)
    return known

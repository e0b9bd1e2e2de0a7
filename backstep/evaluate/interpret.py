"""The one evaluator: a graph read node by node. What a node means is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.ops.row import Array

T = TypeVar("T")
"""What a node's value is."""


def interpret(
    targets: Iterable[Node],
    known: dict[int, T],
    literal: Callable[[Literal], T],
    apply: Callable[[Node, list[T]], T],
) -> dict[int, T]:
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


@lru_cache(maxsize=1024)
def literal_number(number: Literal) -> Array:
    """A literal as NumPy's number, which serves as an array without axes."""
    found: Array = np.asarray(float(number))[()]
    return found

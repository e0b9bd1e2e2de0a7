"""What kind of label an input is, read off the operations that use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from backstep.graph.node import Literal as Written
from backstep.graph.node import Node

_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "where")


def label_kinds(uses: Sequence[Node], label: Node) -> Sequence[Literal["binary", "signed"]]:
    """Which labels a 1 may be: those of 0 and 1 (1 − y, y == 1), or of −1 and 1 (a margin y·f).

    Both if the uses leave that open, neither if nothing suggests a label: u − y.
    """
    if any(_chooses(use, label) for use in uses):
        return ("binary",)
    return ("signed", "binary") if any(use.op in ("multiply", "dot") for use in uses) else ()


def chooses_alone(uses: Sequence[Node]) -> bool:
    """Whether a label only chooses, as a class number does: y == 1."""
    return bool(uses) and all(use.op in _COMPARISONS for use in uses)


def _chooses(use: Node, label: Node) -> bool:
    """Whether a use tests which of 0 and 1 it is."""
    first = use.inputs[0]
    complement = use.op == "subtract" and isinstance(first, Written) and first.value == 1
    return use.op in _COMPARISONS or (complement and use.inputs[1] is label)

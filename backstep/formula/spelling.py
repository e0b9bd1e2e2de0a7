"""How a gradient's operations are set in LaTeX where a row's notation leaves out what counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape
from backstep.lang.spelling import Inputs, Written, rows_text
from backstep.lang.syntax.names import versioned
from backstep.ops.row import ATOM

COMPARISONS: Mapping[str, tuple[str, str]] = {
    "less": ("<", "<"),
    "less_equal": ("<=", r"\le"),
    "greater": (">", ">"),
    "greater_equal": (">=", r"\ge"),
    "equal": ("==", "="),
    "not_equal": ("!=", r"\ne"),
}


def dimensions(shape: Shape) -> str:
    """A shape under a symbol: 3×4."""
    return r" \times ".join(map(str, shape))


def version_name(name: str, version: int | None) -> str:
    """A name as it is typed; of one given again, an earlier giving as h⁽²⁾."""
    return name if version is None else versioned(name, version)


def _unit(node: Node, inputs: Inputs) -> str:
    return rf"e_{{{inputs[1]}}}"


LATEXES: Mapping[str, Callable[[Node, Inputs], Written]] = {
    "ones": lambda node, inputs: (r"\mathbf{1}", ATOM),
    "zeros": lambda node, inputs: (r"\mathbf{0}", ATOM),
    "eye": lambda node, inputs: (rf"I_{{{node.params['n']}}}", ATOM),
    "place": lambda node, inputs: (_unit(node, inputs), ATOM),
    "reshape": lambda node, inputs: (
        rf"\operatorname{{reshape}}_{{{dimensions(node.params['shape'])}}}"
        rf"\left({inputs[0]}\right)",
        ATOM,
    ),
    "array": lambda node, inputs: (rows_text(node.params["values"]), ATOM),
}
"""By operation its LaTeX from its inputs'."""


def is_choice(operand: Operand) -> bool:
    """Whether the operand is a condition, which the language reads inside `where` alone."""
    return isinstance(operand, Node) and operand.op in COMPARISONS

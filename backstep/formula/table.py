"""How operators and functions are written: one row each, a column a target, one precedence.

What binds how tightly is here alone, and so is when brackets are set (`brackets`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM, TERM

__all__ = [
    "ATOM",
    "COMPARISON",
    "FUNCTIONS",
    "OPERATORS",
    "POWER",
    "PRODUCT",
    "SIGN",
    "SUM",
    "TERM",
    "Function",
    "Operator",
    "brackets",
    "function",
]


def brackets(binds: int, needed: int) -> bool:
    """Whether what binds as tightly as `binds` stands in brackets where `needed` is asked for."""
    return binds < needed


@dataclass(frozen=True, slots=True)
class Operator:
    """A sign between operands: how tightly it binds, what its first and further operands need.

    `text`, `sympy` and `latex` are written between the operands, spaces included; `char` is the
    sign on a board, and `words` what a screen reader says.
    """

    level: int
    first: int
    further: int
    text: str
    sympy: str
    latex: str
    char: str
    words: str

    @property
    def board(self) -> str:
        """What is written between operands on a board: a sum's signs have room, a factor's none."""
        return f" {self.char} " if self.level <= SUM else self.char


def _compared(text: str, latex: str, char: str, words: str) -> Operator:
    return Operator(COMPARISON, SUM, SUM, f" {text} ", f" {text} ", f" {latex} ", char, words)


OPERATORS: Mapping[str, Operator] = {
    "add": Operator(SUM, SUM, PRODUCT, " + ", " + ", " + ", "+", "plus"),
    "subtract": Operator(SUM, SUM, PRODUCT, " - ", " - ", " - ", "−", "minus"),
    "multiply": Operator(PRODUCT, POWER, POWER, "*", "*", r" \, ", "·", "times"),
    "elementwise": Operator(SUM, POWER, POWER, "*", "*", r" \odot ", "⊙", "times each"),
    "divide": Operator(PRODUCT, PRODUCT, POWER, " / ", "/", "", "/", "over"),
    "matmul": Operator(PRODUCT, POWER, POWER, " @ ", "*", r" \, ", " ", "times"),
    "power": Operator(POWER, ATOM, POWER, "^", "**", "", "^", "to the power"),
    "negate": Operator(SUM, PRODUCT, PRODUCT, "-", "-", "-", "−", "minus"),
    "less": _compared("<", "<", "<", "is less than"),
    "less_equal": _compared("<=", r"\le", "≤", "is at most"),
    "greater": _compared(">", ">", ">", "is greater than"),
    "greater_equal": _compared(">=", r"\ge", "≥", "is at least"),
    "equal": _compared("==", "=", "=", "equals"),
    "not_equal": _compared("!=", r"\ne", "≠", "is not"),
}
"""By the operation's name; `elementwise` is a product of tensors in LaTeX, `subtract` a sum's
negative term."""

Style = Literal["call", "reduction", "softmax"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that is written by its name before brackets.

    `latex` is its name there (a command, or letters that are set upright), `char` on a board,
    `words` what a screen reader says. A `reduction` has its axis below its name; of `softmax` the
    last axis is not said. `numbers` are the options that are written after the arguments.
    """

    latex: str
    char: str
    words: str
    style: Style = "call"
    numbers: tuple[str, ...] = ()


def _upright(name: str, style: Style = "call", *numbers: str) -> Function:
    letters = name.replace("_", r"\_")
    return Function(rf"\operatorname{{{letters}}}", name, name.replace("_", " "), style, numbers)


FUNCTIONS: Mapping[str, Function] = {
    "log": Function(r"\log", "log", "log"),
    "sin": Function(r"\sin", "sin", "sine"),
    "cos": Function(r"\cos", "cos", "cosine"),
    "tan": Function(r"\tan", "tan", "tangent"),
    "asin": Function(r"\arcsin", "arcsin", "arc sine"),
    "acos": Function(r"\arccos", "arccos", "arc cosine"),
    "atan": Function(r"\arctan", "arctan", "arc tangent"),
    "sinh": Function(r"\sinh", "sinh", "hyperbolic sine"),
    "cosh": Function(r"\cosh", "cosh", "hyperbolic cosine"),
    "log2": Function(r"\log_2", "log₂", "binary log"),
    "log10": Function(r"\log_{10}", "log₁₀", "decimal log"),
    "tanh": Function(r"\tanh", "tanh", "tanh"),
    "sigmoid": Function(r"\sigma", "σ", "sigmoid"),
    "normal_cdf": Function(r"\Phi", "Φ", "normal CDF"),
    "maximum": Function(r"\max", "max", "maximum"),
    "minimum": Function(r"\min", "min", "minimum"),
    "max": Function(r"\max", "max", "maximum", "reduction"),
    "min": Function(r"\min", "min", "minimum", "reduction"),
    "prod": Function(r"\prod", "Π", "product", "reduction"),
    "mean": _upright("mean", "reduction"),
    "var": _upright("var", "reduction"),
    "std": _upright("std", "reduction"),
    "det": Function(r"\det", "det", "determinant"),
    "logdet": Function(r"\log \det", "log det", "log determinant"),
    "argmax": _upright("argmax", "reduction"),
    "logsumexp": _upright("logsumexp", "reduction"),
    "softmax": _upright("softmax", "softmax"),
    "log_softmax": Function(
        r"\log \operatorname{softmax}", "log softmax", "log softmax", "softmax"
    ),
    "leaky_relu": _upright("leaky_relu", "call", "slope"),
    "clip": _upright("clip", "call", "low", "high"),
    "huber": _upright("huber", "call", "delta"),
    "linspace": _upright("linspace", "call", "low", "high", "n"),
    "arange": _upright("arange", "call", "n"),
}
"""Functions whose name is written in a way of its own; any other is set upright by its name."""


def function(name: str) -> Function:
    """How a function is written."""
    found = FUNCTIONS.get(name)
    return _upright(name) if found is None else found

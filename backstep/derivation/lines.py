"""Lines and rule objects: what a derivation consists of before it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from backstep.formula.board import Paper
from backstep.formula.tree import Formula
from backstep.graph.node import Node

TITLES: Mapping[str, str] = {
    "loss": "the loss",
    "name": "a name for a part",
    "chain": "chain rule",
    "paths": "sum over paths",
    "sum": "sum rule",
    "product": "product rule",
    "quotient": "quotient rule",
    "power": "power rule",
    "function": "derivative of a function",
    "matrix": "matrix product",
    "broadcast": "broadcasting",
    "shape": "another shape",
    "cases": "by cases",
    "softmax": "softmax",
    "convention": "convention",
    "zero": "nothing comes back",
    "substitute": "put in",
    "tidy": "tidied",
    "element": "one element",
    "vector": "all elements at once",
    "given": "with the numbers in force",
}
"""What a teacher calls each rule, by its code."""


@dataclass(frozen=True, slots=True)
class Step:
    """A side of a line: the formula that is shown, and the same in the definition's names.

    `said` is None where there are none for it. `answer` is the same where that is too long, as an
    answer may be typed: with partials that have a name of their own by it, delta_h.
    """

    shown: Formula
    said: Formula | None
    answer: Formula | None = None


def plain(formula: Formula) -> Step:
    """A formula in the definition's names as it is."""
    return Step(formula, formula)


@dataclass(frozen=True, slots=True)
class Line:
    """`left` = the first of `steps` = the next …; `numbers` are the sides in figures, if any.

    Without `left` the line is its words alone. `beside` are equations that say what stands in it.
    `top` and `bottom` say what `left` is: the derivative of one node by another; of elements
    among themselves where it is none of these.
    """

    rule: str
    words: str
    left: Formula | None
    steps: tuple[Step, ...]
    numbers: tuple[Formula, ...] = ()
    beside: tuple[tuple[Formula, Formula], ...] = ()
    top: Node | None = None
    bottom: Node | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was used: its own lines, then what it rests on, in the order they are read."""

    code: str
    lines: tuple[Line, ...] = ()
    parts: tuple[Rule, ...] = ()

    @property
    def title(self) -> str:
        """What a teacher calls it."""
        return TITLES[self.code]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Line]]:
        """Every line with how deep it stands, as it is read."""
        for line in self.lines:
            yield depth, line
        for part in self.parts:
            yield from part.walk(depth + 1)


def distinct(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps without those that repeat the one before; what one says is kept."""
    kept: list[Step] = []
    for step in steps:
        if kept and Paper().write(kept[-1].shown) == Paper().write(step.shown):
            kept[-1] = step if step.said is not None else kept[-1]
        else:
            kept.append(step)
    return tuple(kept)

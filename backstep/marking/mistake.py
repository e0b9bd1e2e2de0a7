"""A mistake: its wording, and the value that it would have led to; operations with mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from backstep.errors import DefinitionError
from backstep.evaluate.numeric import apply_near
from backstep.graph.node import Node
from backstep.marking.trial import SamplePoint
from backstep.ops.row import Array

Value = Callable[[SamplePoint], Array | None]
"""The value that a mistake would have led to at a point; None if it could not have been made."""


class Unfit(ValueError):
    """A formula with a mistake that proves nothing: what is left of it does not fit together."""


def worked_out(
    node: Node, inputs: Sequence[Array], miswritten: Callable[..., Array] | None = None
) -> Array:
    """A node's value on inputs, by its row or by another form; all may contain mistakes.

    Raises Unfit if the shapes do not fit, or elements or classes are out of range for these inputs.
    """
    try:
        if miswritten is not None:
            return miswritten(*inputs)
        return apply_near(node, list(inputs))
    except (ValueError, IndexError, DefinitionError):
        raise Unfit(f"{node} is not defined on what is left") from None


Kind = Literal[
    "factor",
    "term",
    "path",
    "sign",
    "constant",
    "extra",
    "transpose",
    "product",
    "shape",
    "sum",
    "place",
    "other",
    "values",
    "branch",
]
"""The kind of mistake."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that may have gone wrong: its kind, its wording, and the value it leads to.

    `text` and `latex` are what is missing; `of` and `wrt` the names of the step it belongs to.
    Hundreds are tried for one that is reported, so words and formulas that take time to write are
    written when they are read, by `late` and `formulas`.
    """

    kind: Kind
    said: str
    value: Value
    text: str | None = None
    latex: str | None = None
    of: str | None = None
    wrt: str | None = None
    late: Callable[[], str] | None = None
    formulas: Callable[[], tuple[str, str] | None] | None = None
    stuck: Callable[[Sequence[SamplePoint]], bool] | None = None
    """Whether it only stops a condition from ever changing sides at some points: then it explains
    nothing that the condition itself does not."""

    @property
    def hint(self) -> str:
        """The sentence."""
        return self.said if self.late is None else self.late()

    @property
    def missing(self) -> tuple[str | None, str | None]:
        """What is missing, in plain characters and as LaTeX; None twice if that is no formula."""
        found = None if self.formulas is None else self.formulas()
        return (self.text, self.latex) if found is None else found

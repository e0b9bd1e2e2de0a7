"""A mistake: its wording, and the value that it would have led to; operations with mistakes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    """

    kind: Kind
    said: str
    value: Value
    text: str | None = None
    latex: str | None = None
    of: str | None = None
    wrt: str | None = None
    late: Callable[[], str] | None = None
    stuck: Callable[[Sequence[SamplePoint]], bool] | None = None
    """Whether it only stops a condition from ever changing sides at some points: then it explains
    nothing that the condition itself does not."""

    def worded(self, late: Callable[[], str]) -> Mistake:
        """The same with words that are known only after its value was computed."""
        return replace(self, late=late)

    @property
    def hint(self) -> str:
        """The sentence."""
        return self.said if self.late is None else self.late()

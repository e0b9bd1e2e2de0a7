"""What a slip is: its words, and what it would have given. Finds none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.analysis.trial import Tried
from app.ops.row import Array

Value = Callable[[Tried], Array | None]
"""What a slip would have given at a point; None where it could not have been made."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that may have gone wrong: its kind, the words, and what it would have given.

    `text` and `latex` are what is missing; `of` and `wrt` the names of the step it belongs to.
    """

    kind: str
    said: str
    value: Value
    text: str | None = None
    latex: str | None = None
    of: str | None = None
    wrt: str | None = None
    late: Callable[[], str] | None = None

    def worded(self, late: Callable[[], str]) -> Slip:
        """The same with words that are known only once its value was worked out."""
        return replace(self, late=late)

    @property
    def hint(self) -> str:
        """The sentence."""
        return self.said if self.late is None else self.late()

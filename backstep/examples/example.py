"""What a built-in example is. Holds none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A definition to open; `about` says in a sentence or two what it shows."""

    id: str
    title: str
    about: str
    source: str

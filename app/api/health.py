"""GET /health: whether the service lives, can work, and what of it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .call import Call


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service lives and can work."""

    live: Literal[True]
    ready: bool
    """Whether a worker can take a job."""
    degraded: Sequence[str]
    """The parts that do not work now, such as `[]`."""
    version: str
    """Such as `0.1.0`."""


CALL = Call(
    "health",
    None,
    None,
    Health,
    method="GET",
    about="Whether the service lives, can work, and what of it does not.",
)

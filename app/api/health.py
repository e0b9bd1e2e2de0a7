"""GET /health: whether the service lives, can work, and what of it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .call import Call

State = Literal["starting", "ready", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service lives and can work."""

    live: Literal[True]
    ready: bool
    """Whether a worker can take a job."""
    state: State
    """In a word: `starting` until the first worker is ready, `down` where none is any more."""
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
    parameters=(
        {
            "name": "ready",
            "in": "query",
            "required": False,
            "description": "With `1` the status is 503 while no worker can take a job: for a"
            " balancer's probe.",
            "schema": {"type": "string", "enum": ["1"]},
        },
    ),
    about="Whether the service lives, can work, and what of it does not.",
)

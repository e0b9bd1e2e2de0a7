"""GET /health: whether the service lives, can work, and what of it does not."""

from __future__ import annotations

from .answers import HealthAnswer
from .call import Call

CALL = Call(
    "health",
    None,
    None,
    HealthAnswer,
    method="GET",
    about="Whether the service lives, can work, and what of it does not.",
)

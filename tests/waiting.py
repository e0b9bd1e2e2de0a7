"""Waiting for a state, for as long as a busy machine may take to come to it. Holds no checks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 150.0
"""Seconds after which a state that has not come is taken for one that never will."""
_PAUSE = 0.01


async def becomes(condition: Callable[[], object]) -> None:
    """Return once the condition holds, while the loop goes on; fails where it never does."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "what was waited for has not come"
        await asyncio.sleep(_PAUSE)


def happens(condition: Callable[[], object]) -> None:
    """Return once the condition holds; fails where it never does."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "what was waited for has not come"
        time.sleep(_PAUSE)

"""The end of the service as requests see it: whether it has begun, and the error that says so."""

from __future__ import annotations

import asyncio

from backstep.errors import Diagnostic, Unavailable

RETRY_SECONDS = 5


class Ending:
    """Whether the service has been told to end."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Note that the service ends: what can be ended in words is ended soon."""
        self.begun = True


def ending() -> Unavailable:
    """The error for whatever cannot be finished any more."""
    return Unavailable(
        Diagnostic("ending", "The service is being ended or started anew.", "Try again."),
        details={"retry_after": RETRY_SECONDS},
    )


def uncancelled() -> bool:
    """Take back the cancellation of this task, so that it can still say why; whether that is so."""
    task = asyncio.current_task()
    return task is not None and task.uncancel() == 0

"""A bound on a computation that asks nothing of the clock itself, by a signal. For tools alone:
where it strikes inside another library's C code, that may not survive it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from backstep.clock import OutOfTime

AGAIN = 0.05
"""Seconds after which it is raised once more: what it was raised in may have swallowed it."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in what is done here once it has computed for so many seconds.

    Heeded between steps of Python code, so one long call into C is not cut; who must not wait on
    it has a limit of his own above this one. Where the process has no such timer to give (off the
    main thread, or within another bound) nothing is cut. A bound does not hold what it began:
    caches keep only what was finished.
    """
    free = threading.current_thread() is threading.main_thread() and not any(
        signal.getitimer(signal.ITIMER_VIRTUAL)
    )
    if not free:
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _raise)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _raise(number: int, frame: FrameType | None) -> None:
    raise OutOfTime

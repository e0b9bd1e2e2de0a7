"""Processor time: how much another process has used, and a bound on a computation in this one.

What a computation may take is measured by it (a thread's own is `time.thread_time`): on a machine
that is busy with something else the clock on the wall goes on while the computation stands still.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

_SCHEDULED = 2
"""Linux's CPUCLOCK_SCHED: what the scheduler counted, to the nanosecond."""


def of_process(pid: int) -> float | None:
    """Seconds of processor time of a process, all its threads together.

    None where the system does not say it of a process that is no child: only Linux does, under a
    clock's number that is made of the pid (linux/posix-timers_types.h). Raises ProcessLookupError
    where there is no such process.
    """
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    except OSError:
        raise ProcessLookupError(f"there is no process {pid}") from None


def used() -> float:
    """Seconds of processor time that this thread has used."""
    return time.thread_time()


class Watch:
    """The processor time of one computation: how much of it this thread has used since."""

    def __init__(self) -> None:
        self._start = used()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return used() - self._start

    def past(self, seconds: float) -> bool:
        """Whether so many seconds are used."""
        return self.seconds >= seconds

    @contextmanager
    def until(self, seconds: float) -> Iterator[None]:
        """As `within`, for what is left until so many seconds are used; at once where nothing is.

        Raises OutOfTime.
        """
        with within(seconds - self.seconds):
            heed()
            yield


class OutOfTime(BaseException):
    """A computation has used the processor time that it had.

    No Exception, so that nothing on the way that expects its own errors takes it for one.
    """


_UNTIL: ContextVar[float] = ContextVar("until", default=inf)
"""The processor time of this thread past which what it does is given up."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let `heed` raise OutOfTime in what is done here, once that has computed for so many seconds.

    A bound within another does not go past it, and another thread has none.
    """
    kept = _UNTIL.set(min(used() + seconds, _UNTIL.get()))
    try:
        yield
    finally:
        _UNTIL.reset(kept)


_SHORTENED: ContextVar[bool] = ContextVar("shortened", default=False)


def shorten() -> None:
    """Say that what is computed here came out plainer, for it had no more time.

    The same, computed again, may come out whole: nobody should keep it as the answer.
    """
    _SHORTENED.set(True)


@contextmanager
def shortening() -> Iterator[Callable[[], bool]]:
    """A function that says whether anything done in the block was shortened, so far."""
    kept = _SHORTENED.set(False)
    try:
        yield _SHORTENED.get
    finally:
        _SHORTENED.reset(kept)


def heed() -> None:
    """Raise OutOfTime where the time of the bound in force is used.

    Long computations ask it between their steps; what a step costs is bounded before it begins.
    """
    until = _UNTIL.get()
    if until < inf and used() >= until:
        raise OutOfTime

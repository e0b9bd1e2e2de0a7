"""Processor time: how much another process has used, and a bound on a computation in this one.

Computations are measured by it (a thread's own is `time.thread_time`): on a machine that is busy
with something else the wall clock goes on while the computation stands still.
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

    None if the system does not report it for a process that is no child: only Linux does, through a
    clock number computed from the pid (linux/posix-timers_types.h). Raises ProcessLookupError if
    there is no such process.
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
    """The processor time of one computation: how much this thread has used since the start."""

    def __init__(self) -> None:
        self._start = used()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return used() - self._start

    def past(self, seconds: float) -> bool:
        """Whether the computation has used more than so many seconds."""
        return self.seconds >= seconds

    @contextmanager
    def until(self, seconds: float) -> Iterator[None]:
        """As `within`, for what is left of so many seconds; raises OutOfTime if nothing is."""
        with within(seconds - self.seconds):
            heed()
            yield


class TooDear(BaseException):
    """A computation begun as a cheap one has turned out not to be.

    No Exception, and no OutOfTime: whoever makes do with less time is not to see it.
    """


class OutOfTime(BaseException):
    """A computation has used up its processor time.

    No Exception, so that no handler on the way mistakes it for an error that it expects.
    """


_UNTIL: ContextVar[float] = ContextVar("until", default=inf)
"""The processor time of this thread past which its computation is given up."""


_CHEAP: ContextVar[float] = ContextVar("cheap", default=inf)
"""The processor time of this thread past which its computation is no cheap one."""


@contextmanager
def cheaply(seconds: float) -> Iterator[None]:
    """Let `heed` and `expect` raise TooDear in the block once it takes more than so many seconds.

    Nothing that the block computes can tell: it runs to its end, or from its start elsewhere.
    """
    kept = _CHEAP.set(used() + seconds)
    try:
        yield
    finally:
        _CHEAP.reset(kept)


def expect(seconds: float) -> None:
    """Say that what comes next is counted to take so many seconds, before it begins.

    Raises TooDear if that is more than a cheap computation has left.
    """
    cheap = _CHEAP.get()
    if cheap < inf and used() + seconds >= cheap:
        raise TooDear


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let `heed` raise OutOfTime in the block once it has computed for so many seconds.

    A nested bound never extends the outer one, and other threads have none.
    """
    kept = _UNTIL.set(min(used() + seconds, _UNTIL.get()))
    try:
        yield
    finally:
        _UNTIL.reset(kept)


_SHORTENED: ContextVar[bool] = ContextVar("shortened", default=False)


def shorten() -> None:
    """Record that a result was shortened because its time was up.

    Computed again it may come out complete, so it must not be cached as the answer.
    """
    _SHORTENED.set(True)


@contextmanager
def shortening() -> Iterator[Callable[[], bool]]:
    """A function that returns whether anything done in the block was shortened so far."""
    kept = _SHORTENED.set(False)
    try:
        yield _SHORTENED.get
    finally:
        _SHORTENED.reset(kept)


def heed() -> None:
    """Raise OutOfTime if the time of the bound in force is used up, TooDear if this is not cheap.

    Long computations call it between their steps; what a step costs is bounded before it begins.
    """
    until, cheap = _UNTIL.get(), _CHEAP.get()
    if until == cheap == inf:
        return
    now = used()
    if now >= cheap:
        raise TooDear
    if now >= until:
        raise OutOfTime

"""Processor time: how much another process has used, and a bound on a computation in this one.

What a computation may take is measured by it (a thread's own is `time.thread_time`): on a machine
that is busy with something else the clock on the wall goes on while the computation stands still.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

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
        left = seconds - self.seconds
        if left <= 0:
            raise OutOfTime
        with within(left):
            yield


class OutOfTime(BaseException):
    """A computation has used the processor time that it had.

    No Exception, so that nothing on the way that expects its own errors takes it for one.
    """


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

"""How much processor time another process has used. Stops nothing.

What a computation may take is measured by it (a thread's own is `time.thread_time`): on a machine
that is busy with something else the clock on the wall goes on while the computation stands still.
"""

from __future__ import annotations

import sys
import time

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

"""What a pool refuses with, in words, and which jobs it refuses unseen. Decides nothing else."""

from __future__ import annotations

import math
from collections import OrderedDict

from app.errors import Busy, Fault, LimitError, TimeUp, Unavailable
from app.limits import LIMITS

DEATHS = 2
"""A job that ended so many workers is not tried again..."""
REFUSED_SECONDS = 60.0
"""...and refused for so long."""
REFUSED_JOBS = 1024
"""So many such jobs are remembered, the latest."""
RETRY_SECONDS = 5


class Deadly:
    """The jobs that ended their workers, by key, for a while."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._until)

    def add(self, key: bytes, now: float) -> None:
        """Refuse the job under `key` from `now` on (seconds of any steady clock)."""
        self._until[key] = now + REFUSED_SECONDS
        self._until.move_to_end(key)
        while len(self._until) > REFUSED_JOBS:
            self._until.popitem(last=False)

    def holds(self, key: bytes, now: float) -> bool:
        """Whether the job under `key` is refused at `now`."""
        until = self._until.get(key)
        if until is None:
            return False
        if now >= until:
            del self._until[key]
            return False
        return True


def deadly() -> LimitError:
    """A job has ended its workers."""
    return LimitError(
        Fault(
            "work_ended_its_worker",
            f"This work ended its process {DEATHS} times, from want of memory most likely; it is"
            f" refused for {REFUSED_SECONDS:g} s.",
            "Make the network smaller, or ask for less at once.",
        ),
        details={"limit": "job_memory_bytes", "allowed": LIMITS.job_memory_bytes},
    )


def time_up(seconds: float) -> TimeUp:
    """A job was stopped after `seconds`."""
    return TimeUp(
        Fault(
            "time_up",
            f"This took longer than the {seconds:g} s that one piece of mathematics may take.",
            "Make the network smaller, or ask for less at once.",
        ),
        details={"limit": "job_seconds", "allowed": seconds},
    )


def busy(everyone: bool, ahead: float) -> Busy:
    """There is no place in line, of anyone's or of this client's; `ahead` is its length in s."""
    whose = "All clients together have" if everyone else "You have"
    return Busy(
        Fault("busy", f"{whose} more work in line than can be done soon.", "Try again."),
        details={"retry_after": max(1, math.ceil(ahead))},
    )


def unavailable() -> Unavailable:
    """No worker runs and none can be started, or the service is ending."""
    return Unavailable(
        Fault("mathematics_unavailable", "The part that does the mathematics is not running."),
        details={"retry_after": RETRY_SECONDS},
    )

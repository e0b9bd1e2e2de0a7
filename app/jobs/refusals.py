"""The errors that a pool refuses jobs with, and the quarantine of jobs that did harm."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from backstep.errors import BackstepError, Busy, Diagnostic, LimitError, TimeUp, Unavailable
from backstep.limits import LIMITS

DEATHS = 2
"""A job that ended so many workers is not tried again."""
REFUSED_SECONDS = 60.0
"""How long such a job is refused, and one that has used up its time."""
REFUSED_JOBS = 1024
"""How many refused jobs are remembered, the latest ones."""
RETRY_SECONDS = 5


Why = Callable[[], BackstepError]
"""Makes the error that a job is refused with: a new one each time, as it keeps its traceback."""


class Quarantine:
    """The jobs that ended their workers or used up their time, by key, for a while."""

    def __init__(self) -> None:
        self._until: OrderedDict[bytes, tuple[float, Why]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._until)

    def add(self, key: bytes, why: Why, now: float) -> None:
        """Refuse the job under `key` from `now` on (seconds of any steady clock)."""
        self._until[key] = (now + REFUSED_SECONDS, why)
        self._until.move_to_end(key)
        while len(self._until) > REFUSED_JOBS:
            self._until.popitem(last=False)

    def why(self, key: bytes, now: float) -> Why | None:
        """The error for the job under `key` at `now`; None if it is not refused."""
        until, why = self._until.get(key, (now, None))
        if why is not None and now >= until:
            del self._until[key]
            return None
        return why


def worker_killer() -> LimitError:
    """The error for a job whose workers have died."""
    return LimitError(
        Diagnostic(
            "work_ended_its_worker",
            f"This work ended its process {DEATHS} times, from want of memory most likely; it is"
            f" refused for {REFUSED_SECONDS:g} s.",
            "Make the network smaller, or ask for less at once.",
        ),
        details={"limit": "job_memory_bytes", "allowed": LIMITS.job_memory_bytes},
    )


def is_remembered(error: BackstepError) -> bool:
    """Whether a job that ended in this error is refused for a while: it has cost a worker, or all
    the time of one, by its own doing."""
    known = ("work_ended_its_worker", "job_memory_bytes")
    return is_time_up(error) or _kind(error) == known


def is_time_up(error: BackstepError) -> bool:
    """Whether a job took all its processor time: it was ended, or stopped by itself just before."""
    return _kind(error) in {("time_up", "job_seconds"), ("too_long", "job_seconds")}


def _kind(error: BackstepError) -> tuple[str, object]:
    return error.faults[0].code, error.details.get("limit", "")


def too_long(seconds: float) -> LimitError:
    """The error for a job that stopped by itself before its `seconds` of processor time were up."""
    return LimitError(
        Diagnostic(
            "too_long",
            f"This takes longer than the {seconds:g} s of processor time that one piece of"
            " mathematics may take.",
            "Make the network smaller, take fewer passes of a loop, or ask for less at once: a"
            " coarser zoom, fewer names, the form 'shared'.",
        ),
        details={"limit": "job_seconds", "allowed": seconds},
    )


def time_up(seconds: float) -> TimeUp:
    """The error for a job that was stopped after `seconds` of processor time."""
    return TimeUp(
        Diagnostic(
            "time_up",
            f"This took longer than the {seconds:g} s of processor time that one piece of"
            " mathematics may take.",
            "Make the network smaller, or ask for less at once.",
        ),
        details={"limit": "job_seconds", "allowed": seconds},
    )


def wall_time_up(wall: float, used: float) -> TimeUp:
    """The error for a job stopped after `wall` seconds, `used` of them of processor time."""
    return TimeUp(
        Diagnostic(
            "time_up",
            f"This was not done in {wall:g} s, of which a processor worked on it for {used:.2g} s:"
            " the machine is too busy.",
            "Try again later.",
        ),
        details={"limit": "job_wall_seconds", "allowed": wall},
    )


def busy(everyone: bool, ahead: float) -> Busy:
    """The error for a full queue (all of it, or this client's), `ahead` seconds long."""
    whose = "All clients together have" if everyone else "You have"
    return Busy(
        Diagnostic("busy", f"{whose} more work in line than can be done soon.", "Try again."),
        details={"retry_after": max(1, math.ceil(ahead))},
    )


def spent(wait: float) -> Busy:
    """The error for a client that has taken more of the workers than its share."""
    return Busy(
        Diagnostic(
            "spent",
            "You have taken as much of the processors as one client may for now.",
            f"Try again in {math.ceil(wait)} s.",
        ),
        details={"limit": "client_seconds", "retry_after": math.ceil(wait)},
    )


def unavailable() -> Unavailable:
    """The error if no worker runs and none can be started, or the service is ending."""
    return Unavailable(
        Diagnostic("mathematics_unavailable", "The part that does the mathematics is not running."),
        details={"retry_after": RETRY_SECONDS},
    )

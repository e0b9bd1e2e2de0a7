"""Jobs that killed their workers, refused for a while and for no longer."""

from __future__ import annotations

from app.jobs import refusals
from app.jobs.refusals import Deadly


def test_a_job_is_refused_until_its_time_is_over() -> None:
    deadly = Deadly()
    assert not deadly
    deadly.add(b"k", now=100.0)
    assert deadly.holds(b"k", 100.0 + refusals.REFUSED_SECONDS - 0.1)
    assert not deadly.holds(b"other", 100.0)
    assert not deadly.holds(b"k", 100.0 + refusals.REFUSED_SECONDS)
    assert not deadly


def test_only_the_latest_are_remembered() -> None:
    deadly = Deadly()
    for number in range(refusals.REFUSED_JOBS + 1):
        deadly.add(number.to_bytes(4, "big"), now=0.0)
    deadly.add((1).to_bytes(4, "big"), now=1.0)
    deadly.add(b"one more", now=1.0)
    held = [deadly.holds(number.to_bytes(4, "big"), 2.0) for number in range(4)]
    assert held == [False, True, False, True]


def test_the_wait_is_told_in_whole_seconds() -> None:
    waits = [refusals.busy(False, ahead).details["retry_after"] for ahead in (0.0, 0.2, 3.1)]
    assert waits == [1, 1, 4]

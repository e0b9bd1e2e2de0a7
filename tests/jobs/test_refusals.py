"""Jobs that killed their workers or were late, refused for a while and for no longer."""

from __future__ import annotations

from app.jobs import refusals
from app.jobs.refusals import Quarantine, worker_killer


def test_a_job_is_refused_until_its_time_is_over() -> None:
    refused = Quarantine()
    assert not refused
    refused.add(b"k", worker_killer, now=100.0)
    assert refused.why(b"k", 100.0 + refusals.REFUSED_SECONDS - 0.1) is worker_killer
    assert refused.why(b"other", 100.0) is None
    assert refused.why(b"k", 100.0 + refusals.REFUSED_SECONDS) is None
    assert not refused


def test_only_the_latest_are_remembered() -> None:
    refused = Quarantine()
    for number in range(refusals.REFUSED_JOBS + 1):
        refused.add(number.to_bytes(4, "big"), worker_killer, now=0.0)
    refused.add((1).to_bytes(4, "big"), worker_killer, now=1.0)
    refused.add(b"one more", worker_killer, now=1.0)
    held = [refused.why(number.to_bytes(4, "big"), 2.0) is worker_killer for number in range(4)]
    assert held == [False, True, False, True]


def test_the_wait_is_told_in_whole_seconds() -> None:
    waits = [refusals.busy(False, ahead).details["retry_after"] for ahead in (0.0, 0.2, 3.1)]
    assert waits == [1, 1, 4]

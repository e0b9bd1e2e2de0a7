"""The line before the workers: clients take turns, and both its bounds are kept."""

from __future__ import annotations

import pytest

from app.jobs.fair_queue import FairQueue, Full


def taken(line: FairQueue[str]) -> str | None:
    pair = line.take()
    return None if pair is None else pair[1]


def test_clients_take_turns_and_keep_their_own_order() -> None:
    line: FairQueue[str] = FairQueue(running=9, waiting=9, total=99)
    for item in ("a1", "a2", "a3", "b1", "b2", "c1"):
        line.add(item[0], item)
    assert [taken(line) for _ in range(7)] == ["a1", "b1", "c1", "a2", "b2", "a3", None]


def test_a_client_at_its_limit_is_passed_over_until_one_of_its_jobs_ends() -> None:
    line: FairQueue[str] = FairQueue(running=2, waiting=9, total=99)
    for item in ("a1", "a2", "a3", "b1"):
        line.add(item[0], item)
    assert [taken(line) for _ in range(4)] == ["a1", "b1", "a2", None]
    line.done("a")
    assert taken(line) == "a3"


def test_both_bounds_are_kept_and_told_apart() -> None:
    line: FairQueue[str] = FairQueue(running=1, waiting=2, total=4)
    line.add("a", "a1")
    line.add("a", "a2")
    line.add("a", "a3")
    with pytest.raises(Full) as own:
        line.add("a", "a4")
    line.add("b", "b1")
    with pytest.raises(Full) as everyone:
        line.add("c", "c1")
    assert (own.value.everyone, everyone.value.everyone) == (False, True)
    assert len(line) == 4


def test_what_is_put_back_is_next_and_never_refused() -> None:
    line: FairQueue[str] = FairQueue(running=1, waiting=1, total=1)
    line.add("a", "a1")
    assert taken(line) == "a1"
    line.add("a", "a2")
    line.put_back("a", "a1")
    assert (len(line), taken(line)) == (2, "a1")
    line.done("a")
    assert taken(line) == "a2"


def test_nothing_is_kept_of_a_client_that_has_no_job() -> None:
    line: FairQueue[str] = FairQueue(running=1, waiting=2, total=9)
    for name in ("a", "b"):
        line.add(name, name + "1")
    line.remove("b", "b1")
    assert taken(line) == "a1"
    line.done("a")
    assert (line._clients, any(line._turns), len(line), list(line)) == ({}, False, 0, [])

"""Answers that are kept: shared by who waits for the same work, the least used forgotten first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from app.jobs.cache import ENTRY_BYTES, Answers, digest
from app.jobs.protocol import JSON, Payload
from backstep.errors import Busy, Diagnostic
from tests.waiting import becomes

pytestmark = pytest.mark.anyio


def answer(text: str) -> Payload:
    return Payload(JSON, text.encode())


async def instantly(text: str) -> Payload:
    return answer(text)


async def test_the_same_work_is_done_once() -> None:
    answers = Answers(10**6)
    done = []

    async def work() -> Payload:
        done.append(1)
        await asyncio.sleep(0.01)
        return answer("x")

    together = await asyncio.gather(*(answers.get(b"k", work) for _ in range(5)))
    after = await answers.get(b"k", work)
    assert together == [answer("x")] * 5
    assert after == answer("x")
    assert len(done) == 1
    assert (answers.misses, answers.hits) == (1, 5), "who shares it has not computed it"


async def test_what_was_shortened_by_time_is_shared_but_not_kept() -> None:
    answers = Answers(10**6)
    coming = [replace(answer("plain"), lasting=False), answer("whole")]

    async def work() -> Payload:
        await asyncio.sleep(0.01)
        return coming.pop(0)

    together = await asyncio.gather(*(answers.get(b"k", work) for _ in range(3)))
    assert [each.body for each in together] == [b"plain"] * 3
    assert (await answers.get(b"k", work)).body == b"whole"
    assert (await answers.get(b"k", work)).body == b"whole"
    assert not coming


async def test_the_least_recently_used_goes_first() -> None:
    one = ENTRY_BYTES + 100
    answers = Answers(8 * one)
    for key in range(8):
        await answers.get(bytes([key]), lambda: instantly("x" * 100))
    answers.kept(b"\0")
    await answers.get(b"new", lambda: instantly("x" * 100))
    assert answers.kept(b"\0") is not None
    assert answers.kept(b"\1") is None
    assert answers.size == 8 * one


async def test_one_answer_does_not_push_out_all_others() -> None:
    answers = Answers(8000)
    await answers.get(b"small", lambda: instantly("x"))
    await answers.get(b"large", lambda: instantly("x" * 4000))
    assert answers.kept(b"small") is not None
    assert answers.kept(b"large") is None


async def test_errors_are_raised_to_all_and_not_kept() -> None:
    answers = Answers(10**6)

    async def fail() -> Payload:
        await asyncio.sleep(0.01)
        raise ValueError("no")

    raised = await asyncio.gather(
        *(answers.get(b"k", fail) for _ in range(3)), return_exceptions=True
    )
    assert [type(error) for error in raised] == [ValueError] * 3
    assert await answers.get(b"k", lambda: instantly("yes")) == answer("yes")


async def test_busy_is_said_to_the_first_alone() -> None:
    answers = Answers(10**6)

    async def busy() -> Payload:
        await asyncio.sleep(0.01)
        raise Busy(Diagnostic("busy", "busy"))

    first = asyncio.ensure_future(answers.get(b"k", busy))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(answers.get(b"k", lambda: instantly("mine")))
    with pytest.raises(Busy):
        await first
    assert await second == answer("mine")


async def test_who_waits_for_another_that_leaves_begins_anew() -> None:
    answers = Answers(10**6)
    begun = []
    go = asyncio.Event()

    def work(name: str) -> Callable[[], Awaitable[Payload]]:
        async def run() -> Payload:
            begun.append(name)
            await go.wait()
            return answer(name)

        return run

    first, second, third = (
        asyncio.ensure_future(answers.get(b"k", work(name))) for name in ("a", "b", "c")
    )
    await becomes(lambda: begun)
    assert begun == ["a"]
    first.cancel()
    go.set()
    assert await second == await third == answer("b")
    assert begun == ["a", "b"]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_who_leaves_another_does_not_stop_it() -> None:
    answers = Answers(10**6)
    begun, go = asyncio.Event(), asyncio.Event()

    async def work() -> Payload:
        begun.set()
        await go.wait()
        return answer("x")

    first, second = (asyncio.ensure_future(answers.get(b"k", work)) for _ in range(2))
    await begun.wait()
    second.cancel()
    go.set()
    assert await first == answer("x")
    with pytest.raises(asyncio.CancelledError):
        await second


async def test_cancelled_work_is_cancelled() -> None:
    answers = Answers(10**6)
    cancelled = []
    begun = asyncio.Event()

    async def work() -> Payload:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(1)
            raise
        return answer("late")

    waiting = asyncio.ensure_future(answers.get(b"k", work))
    await begun.wait()
    waiting.cancel()
    await becomes(lambda: cancelled)
    assert await answers.get(b"k", lambda: instantly("new")) == answer("new")


def test_keys_tell_calls_and_payloads_apart() -> None:
    keys = {digest("a", b"x"), digest("b", b"x"), digest("a", b"y")}
    assert len(keys) == 3
    assert digest("a", b"x") in keys

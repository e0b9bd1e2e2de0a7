"""`/sweep`: numbered events, going on after a break, rest and end, replicas, bounds."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any, cast

import httpx
import pytest
from pydantic import TypeAdapter
from starlette.requests import Request

from app.api import sweep as calls
from app.api.events import framed
from app.api.jobs import JOBS
from app.api.schema import model
from app.api.train import LINE
from app.jobs.protocol import Payload, to_json
from app.web import sweeps
from app.web.clients import Client
from app.web.job_client import JobClient
from app.web.shutdown import Ending
from app.web.sweeps import Sweeps
from backstep.errors import Busy, Diagnostic, LimitError
from backstep.limits import LIMITS
from backstep.train.sweep import block
from tests.waiting import becomes

pytestmark = pytest.mark.anyio

BODY = {
    "source": LINE,
    "train": {"steps": 3},
    "over": {"rate": [0.01, 0.05, 0.1], "values.w": [0, 0.5]},
}
ANN, BOB = Client("ann"), Client("bob")
Event = tuple[int | None, str, Any]


def parsed(text: str) -> list[Event]:
    """Events with their numbers; comments are passed over."""
    found = []
    for told in text.split("\n\n")[:-1]:
        lines = [line for line in told.split("\n") if not line.startswith(":")]
        if lines:
            fields = dict(line.split(": ", 1) for line in lines)
            number = int(fields["id"]) if "id" in fields else None
            found.append((number, fields["event"], json.loads(fields["data"])))
    return found


# The whole service


async def test_events_are_numbered_and_as_described(real: httpx.AsyncClient) -> None:
    response = await real.post("/api/v1/sweep", json=BODY)
    assert response.headers["content-type"] == "text/event-stream"
    events = parsed(response.text)
    assert [number for number, _, _ in events] == list(range(8))
    assert [name for _, name, _ in events] == ["start", *["run"] * 6, "summary"]
    assert [data["run"] for _, name, data in events if name == "run"] == list(range(6))
    described = dict(calls.EVENTS)
    for _, name, data in events:
        TypeAdapter(model(described[name])).validate_json(to_json(data), strict=True)
    address = f"/api/v1/sweep/{events[0][2]['id']}"
    for number in (0, 3, 7, 8):
        again = await real.get(address, params={"from": number})
        assert parsed(again.text) == events[number:]
    last = await real.get(address, headers={"Last-Event-ID": "5"})
    assert parsed(last.text) == events[6:]
    head = await real.head(address)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("00", 404),
        ("0123456789abcdef0123456789abcdef", 404),
        ("0123456789abcdef0123456789abcdef?from=-1", 400),
        ("x?from=%C2%B2", 400),
        ("%00?from=1", 404),
    ],
)
async def test_an_id_that_was_never_given(
    real: httpx.AsyncClient, address: str, status: int
) -> None:
    response = await real.get(f"/api/v1/sweep/{address}")
    assert response.status_code == status


@pytest.mark.parametrize(
    ("over", "status", "pointer"),
    [
        ({}, 400, "/over"),
        ({"rate": []}, 400, "/over/rate"),
        ({"rate": [0.1, "x"]}, 400, "/over/rate/1"),
        ({"rate": [0.1, None]}, 400, "/over/rate/1"),
        ({"seed": [1, 1.5]}, 400, "/over/seed/1"),
        ({"optimiser": ["sgd", "newton"]}, 400, "/over/optimiser/1"),
        ({"settings.m/u": [[]]}, 400, "/over/settings.m~1u/0"),
        ({"values.w": [{"a": 1}]}, 422, "/over/values.w/0"),
        ({"source": ["a"]}, 422, "/over/source"),
        ({"rate": [0.1] * 20, "seed": list(range(21))}, 422, None),
        ({"rate": [0.1] * 30_000}, 422, None),
    ],
)
async def test_a_choice_that_is_none_is_told_with_its_place(
    real: httpx.AsyncClient, over: Any, status: int, pointer: str | None
) -> None:
    response = await real.post("/api/v1/sweep", json={**BODY, "over": over})
    assert response.status_code == status, response.text
    assert response.json()["errors"][0].get("pointer") == pointer


# The sweeps alone, with jobs computed here


class Store:
    """What replicas share, without a Redis."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Payload] = {}

    async def get(self, key: bytes) -> Payload | None:
        return self.kept.get(key)

    async def put(self, key: bytes, answer: Payload, seconds: float) -> None:
        self.kept[key] = answer

    def keep(self, key: bytes, answer: Payload) -> None:
        self.kept[key] = answer


class Refusals:
    """What the job pool counts as refused, by why."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def count_refusal(self, why: str) -> None:
        self.counted[why] += 1


class Desk:
    """Computes pieces at once; `held` ones wait until they are let go."""

    wide = 2

    def __init__(self, store: Store | None = None) -> None:
        self.shared = store or Store()
        self.asked: Counter[str] = Counter()
        self.clients: set[str] = set()
        self.busy = 0
        self.waiting = 0
        self.broken = False
        self.free = asyncio.Event()
        self.free.set()
        self.pool = Refusals()

    async def piece(self, request: Any, call: str, payload: bytes) -> Payload:
        self.asked[call] += 1
        return cast("Payload", JOBS[call](payload))

    async def piece_for(self, client: Client, call: str, payload: bytes) -> Payload:
        self.asked[call] += 1
        self.clients.add(client.name)
        self.waiting += 1
        try:
            await self.free.wait()
        finally:
            self.waiting -= 1
        if self.busy:
            self.busy -= 1
            raise Busy(Diagnostic("busy", "not now"), details={"retry_after": 0})
        if self.broken:
            raise LimitError(Diagnostic("memory", "too much"), details={"limit": "memory"})
        if b'"first":0' in payload:
            await asyncio.sleep(0.02)  # so that the first block ends after the second
        return cast("Payload", JOBS[call](payload))


class Asker:
    """A request, whose client may go."""

    def __init__(self) -> None:
        self.gone = False

    async def is_disconnected(self) -> bool:
        return self.gone


@pytest.fixture
async def held(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Desk, Sweeps]]:
    monkeypatch.setattr(sweeps, "LOOK_SECONDS", 0.01)
    desk = Desk()
    found = Sweeps(cast("JobClient", desk), Ending())
    yield desk, found
    desk.free.set()
    await found.close()


def posted(body: Any = BODY) -> bytes:
    return json.dumps(body).encode()


async def listened(
    found: Sweeps, name: str = "", number: int = 0, client: Client = ANN, most: int = 99
) -> list[Event]:
    """The events that a client is sent: of the posted sweep, or of one by its id."""
    request = cast("Request", Asker())
    sweep = await (found.known(request, client, name) if name else
                   found.begun(request, client, posted()))  # fmt: skip
    assert sweep is not None
    told = []
    stream = found.sent(request, client, sweep, number)
    async for piece in stream:
        told += parsed(piece.decode())
        if len(told) == most:
            break
    await stream.aclose()
    return told


async def test_runs_are_sent_in_order_whichever_ends_first(held: tuple[Desk, Sweeps]) -> None:
    events = await listened(held[1])
    assert [number for number, _, _ in events] == list(range(8))
    assert [data["run"] for _, name, data in events if name == "run"] == list(range(6))


async def test_the_same_request_is_the_same_sweep(held: tuple[Desk, Sweeps]) -> None:
    desk, found = held
    both = await asyncio.gather(listened(found), listened(found, client=BOB))
    assert both[0] == both[1]
    assert desk.asked["sweep_end"] == 1


async def test_a_sweep_rests_while_nobody_listens(held: tuple[Desk, Sweeps]) -> None:
    desk, found = held
    desk.free.clear()
    (start,) = await listened(found, most=1)
    await becomes(lambda: desk.asked["sweep_on"] == 0 or desk.asked["sweep_on"] == 2)
    desk.free.set()
    begun = desk.asked["sweep_on"]
    for _ in range(20):
        await asyncio.sleep(0.01)
    assert desk.asked["sweep_on"] == begun
    left = await listened(found, start[2]["id"], 1, BOB)
    assert [number for number, _, _ in left] == list(range(1, 8))
    assert desk.clients >= {"bob"}


async def test_pieces_in_line_are_taken_out_when_nobody_listens(
    held: tuple[Desk, Sweeps],
) -> None:
    desk, found = held
    desk.free.clear()
    asker = cast("Request", Asker())
    sweep = await found.begun(asker, ANN, posted())
    stream = found.sent(asker, ANN, sweep, 0)
    await anext(stream)
    await becomes(lambda: desk.waiting == 2)
    await stream.aclose()
    await becomes(lambda: desk.waiting == 0)
    desk.free.set()
    assert len(await listened(found, sweep.name)) == 8


async def test_one_that_nobody_comes_back_to_is_forgotten(
    held: tuple[Desk, Sweeps], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "LIMITS", replace(LIMITS, sweep_resume_seconds=0.05))
    desk, found = held
    desk.free.clear()
    await listened(found, most=1)
    await becomes(lambda: found.size == 0)
    monkeypatch.setattr(sweeps, "LIMITS", LIMITS)
    desk.free.set()
    assert len(await listened(found)) == 8


async def test_a_client_that_goes_is_noticed(held: tuple[Desk, Sweeps]) -> None:
    desk, found = held
    desk.free.clear()
    asker = Asker()
    request = cast("Request", asker)
    sweep = await found.begun(request, ANN, posted())
    stream = found.sent(request, ANN, sweep, 0)
    assert parsed((await anext(stream)).decode())[0][1] == "start"
    asker.gone = True
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    assert sweep.listeners == 0


async def test_a_piece_that_is_not_taken_is_asked_for_again(held: tuple[Desk, Sweeps]) -> None:
    held[0].busy = 3
    assert (await listened(held[1]))[-1][1] == "summary"


async def test_an_error_midway_is_an_event_and_the_next_attempt_a_new_one(
    held: tuple[Desk, Sweeps],
) -> None:
    desk, found = held
    desk.broken = True
    events = await listened(found)
    assert [(number, name) for number, name, _ in events] == [(0, "start"), (None, "error")]
    assert events[-1][2]["code"] == "limit"
    desk.broken = False
    assert len(await listened(found)) == 8


async def test_the_services_end_is_an_event(held: tuple[Desk, Sweeps]) -> None:
    desk, found = held
    desk.free.clear()
    found._ending.begin()
    events = await listened(found)
    assert [name for _, name, _ in events] == ["start", "error"]
    assert events[-1][2]["status"] == 503


async def test_another_replica_goes_on_and_computes_what_is_left(
    held: tuple[Desk, Sweeps],
) -> None:
    desk, found = held
    events = await listened(found)
    kept = desk.shared.kept
    last = sweeps._key(found._sweeps[events[0][2]["id"]], 5)
    del kept[last]
    other = Desk(desk.shared)
    replica = Sweeps(cast("JobClient", other), Ending())
    assert await listened(replica, events[0][2]["id"], 2, BOB) == events[2:]
    assert other.asked["sweep_on"] == 1
    assert last in kept
    await replica.close()


async def test_there_is_room_for_so_many_bytes(
    held: tuple[Desk, Sweeps], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, found = held
    asker = cast("Request", Asker())
    await listened(found)
    monkeypatch.setattr(sweeps, "LIMITS", replace(LIMITS, sweeps_bytes=found.size + 100))
    # A finished one gives way; one that is listened to does not.
    first = await found.begun(asker, ANN, posted({**BODY, "train": {"steps": 2}}))
    desk.free.clear()
    stream = found.sent(asker, ANN, first, 0)
    await anext(stream)
    with pytest.raises(Busy):
        await found.begun(asker, BOB, posted({**BODY, "train": {"steps": 1}}))
    assert desk.pool.counted == {"sweeps": 1}
    await stream.aclose()
    await found.begun(asker, BOB, posted({**BODY, "train": {"steps": 1}}))


async def test_what_is_counted_is_no_less_than_what_is_kept(held: tuple[Desk, Sweeps]) -> None:
    _, found = held
    events = await listened(found)
    sweep = found._sweeps[events[0][2]["id"]]
    assert sum(map(len, sweep.events)) + len(sweep.request) <= sweep.size


def test_jobs_of_a_block_go_on_from_what_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "block", partial(block, seconds=0.005))
    request = posted({**BODY, "train": {"steps": 2_000, "every": 2_000}})
    left: Any = {"first": 0, "last": 1, "run": None}
    pieces = 0
    while left is not None:
        found = cast("Payload", JOBS["sweep_on"](framed(request, to_json(left))))
        size, _, rest = found.body.partition(b"\n")
        left = json.loads(rest[int(size) :])["left"]
        pieces += 1
    assert pieces > 1

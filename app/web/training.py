"""`/train`: asks for the pieces of a training one after another and sends them as events.

The events of a training are the same whenever they are computed. So what is kept of one, under a
digest of its request, is that request and the packed states after its latest pieces; a client who
was cut off goes on from the state before what it lacks, or from the start.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from math import inf

from starlette.requests import Request
from starlette.responses import Response

from backstep.errors import BackstepError, Diagnostic, TimeUp
from backstep.limits import LIMITS

from ..api.events import MEDIA, NUMBER, event, framed, unframed
from ..jobs.cache import digest
from ..jobs.pool_records import CallFailed
from ..jobs.protocol import Payload
from . import body, problems
from .clients import Clients
from .job_client import JobClient
from .problems import Refusal
from .shutdown import Ending, ending, uncancelled
from .streams import EventStream, Streams, first_event

STATES = 4
"""The latest states that are kept of a training: what was sent last may not have arrived."""
MOST_EVENTS = 3
"""Events of a training beside its steps, at most."""
MISSING = "There is no such training here, or it is forgotten by now."


class Training:
    """A training that can be gone on with: its request, and the states after its latest pieces."""

    def __init__(self, name: str, request: bytes) -> None:
        self.name = name
        self.request = request
        self.listeners = 0
        self.until = inf
        """When it is forgotten, by the loop's clock; never while someone listens."""
        self._states: deque[tuple[int, bytes]] = deque(maxlen=STATES)

    @property
    def size(self) -> int:
        """Bytes that are kept of it."""
        return len(self.request) + sum(len(state) for _, state in self._states)

    def reached(self, number: int, state: bytes) -> None:
        """Keep the state before an event."""
        if self._states and number < self._states[-1][0]:
            return  # another client is further on
        if self._states and number == self._states[-1][0]:
            self._states.pop()
        self._states.append((number, state))

    def before(self, number: int) -> tuple[int, bytes] | None:
        """The latest state that an event comes after, with the number of the first that does."""
        return next((each for each in reversed(self._states) if each[0] <= number), None)


class Trainings:
    """The trainings that can be gone on with, by id, the latest last."""

    def __init__(self, desk: JobClient) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, Training] = OrderedDict()

    @property
    def size(self) -> int:
        """Bytes that are kept of all of them."""
        return sum(each.size for each in self._kept.values())

    async def begun(self, payload: bytes) -> Training:
        """The training that a request asks for."""
        name = digest("train", payload).hex()
        key = digest("training", name.encode())
        seconds = LIMITS.stream_seconds + LIMITS.sweep_resume_seconds
        await self._desk.shared.put(key, Payload(MEDIA, payload), seconds)
        return self._keep(name, payload)

    async def known(self, name: str) -> Training | None:
        """The training of this id, here or begun by another replica."""
        self._forget()
        if name in self._kept:
            return self._kept[name]
        told = await self._desk.shared.get(digest("training", name.encode()))
        return None if told is None else self._keep(name, told.body)

    def listen(self, training: Training) -> None:
        """Someone listens to it."""
        training.listeners += 1
        training.until = inf

    def leave(self, training: Training) -> None:
        """Someone listens to it no more."""
        training.listeners -= 1
        if not training.listeners:
            self._rest(training)

    def reached(self, training: Training, number: int, state: bytes) -> None:
        """Keep the state before an event."""
        if training.name in self._kept:
            training.reached(number, state)
            self._forget()

    def _keep(self, name: str, payload: bytes) -> Training:
        found = self._kept.setdefault(name, Training(name, payload))
        self._kept.move_to_end(name)
        if not found.listeners:
            self._rest(found)
        self._forget()
        return found

    def _rest(self, training: Training) -> None:
        training.until = asyncio.get_running_loop().time() + LIMITS.sweep_resume_seconds

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        for name in [name for name, each in self._kept.items() if each.until <= now]:
            del self._kept[name]
        while len(self._kept) > LIMITS.streams or self.size > LIMITS.trainings_bytes:
            self._kept.popitem(last=False)


async def train(request: Request) -> Response:
    """A training, step by step: server-sent events, the first `start`, the last `summary`."""
    payload = await body.receive(request)
    trainings, desk, until_begun = _of(request)
    with until_begun:
        first = await desk.piece(request, "train", payload)
        found = await trainings.begun(payload)
        events = _pieces(request, trainings, found, first.body)
        location = f"{request.url.path}/{found.name}"
        return EventStream(events, until_begun.pop_all(), location)


async def resumed(request: Request) -> Response:
    """The events of a training that was begun, from one of them on."""
    number = first_event(request)
    most = LIMITS.train_events + MOST_EVENTS
    if number > most:
        raise Refusal("query", f"'{NUMBER}' is {number}, and no training has over {most} events.")
    trainings, desk, until_begun = _of(request)
    with until_begun:
        found = await trainings.known(request.path_params["id"])
        if found is None:
            raise Refusal("not_found", MISSING, "Send it anew with POST /train.")
        if request.method == "HEAD":
            return Response(media_type=MEDIA)
        at, state = found.before(number) or (0, b"")
        first = (
            await desk.piece(request, "train_on", framed(found.request, state))
            if state
            else await desk.piece(request, "train", found.request)
        )
        events = _pieces(request, trainings, found, first.body, at, number)
        return EventStream(events, until_begun.pop_all(), request.url.path)


def _of(request: Request) -> tuple[Trainings, JobClient, ExitStack]:
    state = request.app.state
    streams: Streams = state.streams
    clients: Clients = state.clients
    until_begun = ExitStack()
    until_begun.enter_context(streams.place(clients.of(request)))
    return state.trainings, state.desk, until_begun


async def _pieces(
    request: Request,
    trainings: Trainings,
    training: Training,
    piece: bytes,
    at: int = 0,
    wanted: int = 0,
) -> AsyncGenerator[bytes, None]:
    """The events from the one that is `wanted` on; `piece` begins with that of number `at`."""
    desk: JobClient = request.app.state.desk
    end: Ending = request.app.state.ending
    until = asyncio.get_running_loop().time() + LIMITS.stream_seconds
    trainings.listen(training)
    try:
        while True:
            told, state = unframed(piece)
            blocks = list(enumerate(told.split(b"\n\n")[:-1], at))
            at += len(blocks)
            if state:
                trainings.reached(training, at, state)
            yield b"".join(b"id: %d\n%s\n\n" % each for each in blocks if each[0] >= wanted)
            if not state or await request.is_disconnected():
                return
            if asyncio.get_running_loop().time() > until:
                raise _too_long()
            if end.begun:
                raise ending()
            asked = framed(training.request, state)
            piece = (await desk.piece(request, "train_on", asked)).body
    except BackstepError as error:
        yield event("error", problems.problem(error))
    except CallFailed as failed:
        yield event("error", problems.problem(problems.broken(failed, request)))
    except asyncio.CancelledError:
        # The service ends, and this piece was not done in time.
        if not end.begun or not uncancelled():
            raise
        yield event("error", problems.problem(ending()))
    finally:
        trainings.leave(training)


def _too_long() -> TimeUp:
    seconds = LIMITS.stream_seconds
    return TimeUp(
        Diagnostic(
            "time_up", f"A training is sent for {seconds:g} s at most.", "Take fewer steps."
        ),
        details={"limit": "stream_seconds", "allowed": seconds},
    )

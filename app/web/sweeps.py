"""`/sweep`: sweeps under way, their events kept so that a client who was cut off can go on.

A sweep's id is a digest of its request, and its events are the same wherever and whenever they
are computed. So the same request again joins the sweep that is under way; and with a Redis, in
which the request and the runs that have ended stand for a while, any replica goes on with a sweep
of another. A sweep that nobody listens to rests, and is forgotten after a time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, suppress

import orjson
from starlette.requests import Request
from starlette.responses import Response

from backstep.errors import BackstepError, Busy, Diagnostic, TimeUp, Unavailable
from backstep.limits import LIMITS

from ..api.events import MEDIA, NUMBER, event, framed, unframed
from ..jobs import protocol
from ..jobs.cache import digest
from ..jobs.pool_records import CallFailed
from ..jobs.protocol import Payload
from . import body, problems
from .clients import Client, Clients
from .job_client import JobClient
from .problems import Refusal
from .shutdown import Ending, ending, uncancelled
from .streams import EventStream, Streams, first_event

LOOK_SECONDS = 0.5
"""Between two looks at whether the client of a stream is still there."""
SIGN_SECONDS = 10.0
"""After so much silence a comment is sent: proxies cut what is silent for a minute."""
TRIES = 6
"""A piece that the pool does not take is tried again so often."""
MOST_BLOCK = 16
"""Runs that are given out together at most."""
MISSING = "There is no such sweep here, or it is forgotten by now."

Piece = Callable[[str, bytes], Awaitable[Payload]]


class Sweep:
    """One sweep: its events so far, and whoever listens."""

    def __init__(self, name: str, request: bytes, first: Payload, client: Client) -> None:
        start, packed = unframed(first.body)
        plan = orjson.loads(packed)
        self.name = name
        self.request = request
        self.client = client
        self.runs: int = plan["runs"]
        self.size: int = plan["bytes"] + len(request)
        self.events = [start]
        self.ended: list[object] = []
        self.stopped: BackstepError | None = None
        self.listeners = 0
        self.task: asyncio.Task[None] | None = None
        self.pieces: set[asyncio.Future[Payload]] = set()
        """Those that are asked for now; in line, they would be worked out for nobody."""
        self.known = False
        """Whether runs of it may stand in the Redis."""
        self._out_of_turn: dict[int, tuple[bytes, object]] = {}
        self._more = asyncio.Event()
        self._wanted = asyncio.Event()

    @property
    def total(self) -> int:
        """The number of its events, in the end."""
        return self.runs + 2

    @property
    def done(self) -> bool:
        """Whether all events are there."""
        return len(self.events) == self.total

    def ran(self, number: int, told: bytes, how: object) -> None:
        """Take in the event of a run, which is sent after those of the runs before it."""
        self._out_of_turn[number] = told, how
        while len(self.ended) in self._out_of_turn:
            told, how = self._out_of_turn.pop(len(self.ended))
            self.ended.append(how)
            self.add(told)

    def add(self, told: bytes) -> None:
        """Take in the next event."""
        self.events.append(told)
        self._tell()

    def stop(self, why: BackstepError) -> None:
        """End it midway."""
        self.stopped = why
        self._tell()

    def _tell(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    async def more(self) -> None:
        """Return when there is more to send, or after a little while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._more.wait()

    def joined(self, client: Client) -> None:
        """Someone listens, who pays from now on."""
        self.listeners += 1
        self.client = client
        self._wanted.set()

    def left(self) -> None:
        """Someone listens no more."""
        self.listeners -= 1
        if not self.listeners:
            self._wanted.clear()
            for piece in self.pieces:
                piece.cancel()

    async def is_wanted(self) -> None:
        """Return when someone listens. Raises TimeoutError if nobody has for long."""
        if not self._wanted.is_set():
            async with asyncio.timeout(LIMITS.sweep_resume_seconds):
                await self._wanted.wait()


class Sweeps:
    """The sweeps that are under way or rest, by id."""

    def __init__(self, desk: JobClient, end: Ending) -> None:
        self._desk = desk
        self._ending = end
        self._sweeps: OrderedDict[str, Sweep] = OrderedDict()
        self._forgetting: dict[str, asyncio.TimerHandle] = {}

    @property
    def size(self) -> int:
        """Bytes that all of them may come to hold."""
        return sum(each.size for each in self._sweeps.values())

    async def begun(self, request: Request, client: Client, payload: bytes) -> Sweep:
        """The sweep that a request asks for. Raises what the first piece raises, and Busy."""
        name = digest("sweep", payload).hex()
        if name not in self._sweeps:
            first = await self._desk.piece(request, "sweep", framed(name.encode(), payload))
            await self._desk.shared.put(
                digest("sweep", name.encode()), Payload(MEDIA, payload), _kept_seconds()
            )
            self._keep(Sweep(name, payload, first, client))
        return self._sweeps[name]

    async def known(self, request: Request, client: Client, name: str) -> Sweep | None:
        """The sweep of this id, here or begun by another replica."""
        if name in self._sweeps:
            return self._sweeps[name]
        told = await self._desk.shared.get(digest("sweep", name.encode()))
        if told is None:
            return None
        found = await self.begun(request, client, told.body)
        found.known = True
        return found

    async def sent(
        self, request: Request, client: Client, sweep: Sweep, number: int
    ) -> AsyncGenerator[bytes, None]:
        """The events of a sweep from one of them on, numbered."""
        silent = 0.0
        self._listen(sweep, client)
        try:
            while True:
                while number < len(sweep.events):
                    yield b"id: %d\n%s" % (number, sweep.events[number])
                    number += 1
                    silent = 0.0
                if sweep.done:
                    return
                if sweep.stopped is not None:
                    yield event("error", problems.problem(sweep.stopped))
                    return
                if self._ending.begun:
                    yield event("error", problems.problem(ending()))
                    return
                await sweep.more()
                if await request.is_disconnected():
                    return
                silent += LOOK_SECONDS
                if silent >= SIGN_SECONDS:
                    yield b": it goes on\n\n"
                    silent = 0.0
        except asyncio.CancelledError:
            if not self._ending.begun or not uncancelled():
                raise
            yield event("error", problems.problem(ending()))
        finally:
            self._leave(sweep)

    async def close(self) -> None:
        """End all of them."""
        for timer in self._forgetting.values():
            timer.cancel()
        tasks = [each.task for each in self._sweeps.values() if each.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # Which are kept

    def _keep(self, sweep: Sweep) -> None:
        """Keep a sweep, in the place of ones that nobody listens to. Raises Busy."""
        if sweep.name in self._sweeps:
            return  # begun twice at the same time
        resting = [each for each in self._sweeps.values() if not each.listeners]
        for each in resting:
            if self._fits(sweep):
                break
            self._forget(each)
        if not self._fits(sweep):
            self._desk.pool.count_refusal("sweeps")
            raise Busy(
                Diagnostic("busy", "There are as many sweeps as are kept at once.", "Try again."),
                details={"limit": "sweeps_bytes", "retry_after": 5},
            )
        self._sweeps[sweep.name] = sweep
        self._rest(sweep)

    def _fits(self, sweep: Sweep) -> bool:
        room = self.size + sweep.size <= LIMITS.sweeps_bytes
        return room and len(self._sweeps) < LIMITS.streams

    def _forget(self, sweep: Sweep) -> None:
        if self._sweeps.get(sweep.name) is sweep:
            del self._sweeps[sweep.name]
        timer = self._forgetting.pop(sweep.name, None)
        if timer is not None:
            timer.cancel()
        if sweep.task is not None:
            sweep.task.cancel()

    def _rest(self, sweep: Sweep) -> None:
        loop = asyncio.get_running_loop()
        self._forgetting[sweep.name] = loop.call_later(
            LIMITS.sweep_resume_seconds, self._forget, sweep
        )

    def _listen(self, sweep: Sweep, client: Client) -> None:
        timer = self._forgetting.pop(sweep.name, None)
        if timer is not None:
            timer.cancel()
        sweep.joined(client)
        if sweep.task is None:
            sweep.task = asyncio.ensure_future(self._work(sweep))

    def _leave(self, sweep: Sweep) -> None:
        sweep.left()
        if not sweep.listeners and self._sweeps.get(sweep.name) is sweep:
            self._rest(sweep)

    # The work

    async def _work(self, sweep: Sweep) -> None:
        try:
            async with asyncio.timeout(LIMITS.stream_seconds):
                await self._run_all(sweep)
        except TimeoutError:
            self._stopped(sweep, _too_long())
        except BackstepError as error:
            self._stopped(sweep, error)
        except CallFailed as failed:
            self._stopped(sweep, problems.broken_in(failed, sweep.name, "/api/v1/sweep"))

    def _stopped(self, sweep: Sweep, why: BackstepError) -> None:
        """The same request again is a new attempt."""
        sweep.stop(why)
        if self._sweeps.get(sweep.name) is sweep:
            del self._sweeps[sweep.name]
            timer = self._forgetting.pop(sweep.name, None)
            if timer is not None:
                timer.cancel()

    async def _run_all(self, sweep: Sweep) -> None:
        wide = self._desk.wide
        length = max(1, min(MOST_BLOCK, sweep.runs // (2 * wide)))
        blocks = iter([(at, min(at + length, sweep.runs)) for at in range(0, sweep.runs, length)])

        async def some() -> None:
            for first, last in blocks:
                await self._run_block(sweep, first, last)

        lanes = [asyncio.ensure_future(some()) for _ in range(min(wide, sweep.runs))]
        try:
            await asyncio.gather(*lanes)
        finally:
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
        last = await self._piece(
            sweep, "sweep_end", framed(sweep.request, protocol.to_json(sweep.ended))
        )
        sweep.add(unframed(last.body)[0])

    async def _run_block(self, sweep: Sweep, first: int, last: int) -> None:
        if sweep.known:
            first = await self._run_elsewhere(sweep, first, last)
        left: object = {"first": first, "last": last, "run": None} if first < last else None
        while left is not None:
            asked = framed(sweep.request, protocol.to_json(left))
            found = await self._piece(sweep, "sweep_on", asked)
            told, packed = unframed(found.body)
            rest = orjson.loads(packed)
            blocks = [each + b"\n\n" for each in told.split(b"\n\n")[:-1]]
            for one, how in zip(blocks, rest["ended"], strict=True):
                kept = Payload(MEDIA, framed(one, protocol.to_json(how)))
                self._desk.shared.keep(_key(sweep, first), kept)
                sweep.ran(first, one, how)
                first += 1
            left = rest["left"]

    async def _run_elsewhere(self, sweep: Sweep, first: int, last: int) -> int:
        """Take in the first runs that another replica has kept; the first that is still to run."""
        while first < last:
            kept = await self._desk.shared.get(_key(sweep, first))
            if kept is None:
                break
            told, how = unframed(kept.body)
            sweep.ran(first, told, orjson.loads(how))
            first += 1
        return first

    async def _piece(self, sweep: Sweep, call: str, payload: bytes) -> Payload:
        """The answer of a piece, for which someone listens. One that cannot be taken now is asked
        for again in a while."""
        tried = 0
        while True:
            await sweep.is_wanted()
            piece = asyncio.ensure_future(self._desk.piece_for(sweep.client, call, payload))
            sweep.pieces.add(piece)
            try:
                await asyncio.wait((piece,))
                if not piece.cancelled():
                    return piece.result()
            except (Busy, Unavailable) as error:
                tried += 1
                if tried == TRIES or self._ending.begun:
                    raise
                await asyncio.sleep(min(error.details.get("retry_after", 1), 2**tried))
            finally:
                sweep.pieces.discard(piece)
                piece.cancel()


def _key(sweep: Sweep, number: int) -> bytes:
    return digest("sweep_run", b"%s %d" % (sweep.name.encode(), number))


def _kept_seconds() -> float:
    return LIMITS.stream_seconds + LIMITS.sweep_resume_seconds


def _too_long() -> TimeUp:
    seconds = LIMITS.stream_seconds
    return TimeUp(
        Diagnostic("time_up", f"A sweep takes {seconds:g} s at most.", "Make fewer runs of it."),
        details={"limit": "stream_seconds", "allowed": seconds},
    )


async def sweep(request: Request) -> Response:
    """Many trainings of one definition: server-sent events, as each run is done."""
    payload = await body.receive(request)
    sweeps, client = _of(request)
    with _place(request, client) as until_begun:
        found = await sweeps.begun(request, client, payload)
        return EventStream(sweeps.sent(request, client, found, 0), until_begun.pop_all())


async def resumed(request: Request) -> Response:
    """The events of a sweep that was begun, from one of them on."""
    number = first_event(request)
    sweeps, client = _of(request)
    with _place(request, client) as until_begun:
        found = await sweeps.known(request, client, request.path_params["id"])
        if found is None:
            raise Refusal("not_found", MISSING, "Send it anew with POST /sweep.")
        if number > found.total:
            raise Refusal("query", f"'{NUMBER}' is {number}, and there are {found.total} events.")
        if request.method == "HEAD":
            return Response(media_type=MEDIA)
        return EventStream(sweeps.sent(request, client, found, number), until_begun.pop_all())


def _of(request: Request) -> tuple[Sweeps, Client]:
    sweeps: Sweeps = request.app.state.sweeps
    clients: Clients = request.app.state.clients
    return sweeps, clients.of(request)


def _place(request: Request, client: Client) -> ExitStack:
    streams: Streams = request.app.state.streams
    until_begun = ExitStack()
    until_begun.enter_context(streams.place(client))
    return until_begun

"""`/train`: asks for the pieces of a training one after another and sends them as events.

Between two pieces only the packed state of the training is kept, here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response

from backstep.errors import BackstepError, Diagnostic, TimeUp
from backstep.limits import LIMITS

from ..api.events import event, framed, unframed
from ..jobs.pool_records import CallFailed
from . import body, problems
from .clients import Clients
from .job_client import JobClient
from .shutdown import Ending, ending, uncancelled
from .streams import EventStream, Streams


async def train(request: Request) -> Response:
    """A training, step by step: server-sent events, the first `start`, the last `summary`."""
    payload = await body.receive(request)
    streams: Streams = request.app.state.streams
    desk: JobClient = request.app.state.desk
    clients: Clients = request.app.state.clients
    with ExitStack() as until_begun:
        until_begun.enter_context(streams.place(clients.of(request)))
        first = await desk.piece(request, "train", payload)
        return EventStream(_pieces(request, payload, first.body), until_begun.pop_all())


async def _pieces(request: Request, payload: bytes, piece: bytes) -> AsyncGenerator[bytes, None]:
    desk: JobClient = request.app.state.desk
    end: Ending = request.app.state.ending
    until = asyncio.get_running_loop().time() + LIMITS.stream_seconds
    try:
        while True:
            events, state = unframed(piece)
            yield events
            if not state or await request.is_disconnected():
                return
            if asyncio.get_running_loop().time() > until:
                raise _too_long()
            if end.begun:
                raise ending()
            asked = framed(payload, state)
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


def _too_long() -> TimeUp:
    seconds = LIMITS.stream_seconds
    return TimeUp(
        Diagnostic(
            "time_up", f"A training is sent for {seconds:g} s at most.", "Take fewer steps."
        ),
        details={"limit": "stream_seconds", "allowed": seconds},
    )

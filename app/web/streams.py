"""Responses of server-sent events, and the bound on how many run at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backstep.errors import Busy, Diagnostic
from backstep.limits import LIMITS

from ..api.events import MEDIA, NUMBER
from .clients import Client
from .problems import Refusal

RETRY_SECONDS = 5
_HEADERS = {
    "Content-Type": MEDIA,
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # a buffering proxy would hold the events back
}


class Streams:
    """The open streams, by client."""

    def __init__(self, refused: Callable[[str], None] = lambda why: None) -> None:
        """`refused` is told of each that has no place."""
        self._open: Counter[str] = Counter()
        self._refused = refused

    @property
    def size(self) -> int:
        """The number of open streams."""
        return self._open.total()

    @contextmanager
    def place(self, client: Client) -> Iterator[None]:
        """A place for one more stream. Raises Busy."""
        name = client.name
        everyone = self._open.total() >= LIMITS.streams
        if everyone or self._open[name] >= LIMITS.client_streams * client.count:
            self._refused("streams")
            whose = "All clients together have" if everyone else "You have"
            raise Busy(
                Diagnostic(
                    "busy", f"{whose} as many trainings under way as are allowed.", "Try again."
                ),
                details={"retry_after": RETRY_SECONDS},
            )
        self._open[name] += 1
        try:
            yield
        finally:
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]


class EventStream(Response):
    """Sends each item of `pieces` as it comes; frees its `place` when it ends, in whatever way."""

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], place: ExitStack, location: str = ""
    ) -> None:
        # Where it can be gone on with, if its events do not say that.
        more = {"Content-Location": location} if location else {}
        super().__init__(headers={**_HEADERS, **more})
        del self.headers["content-length"]
        self._pieces = pieces
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        head = {"type": "http.response.start", "status": 200, "headers": list(self.raw_headers)}
        with self._place:
            await send(head)
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def first_event(request: Request) -> int:
    """The number of the first event that a request wants. Raises Refusal."""
    given = request.query_params.get(NUMBER)
    last = request.headers.get("last-event-id", "")
    if given is None and last.isascii() and last.isdigit():
        return int(last[:9]) + 1
    text = "0" if given is None else given
    if not (text.isascii() and text.isdigit()):
        raise Refusal("query", f"'{NUMBER}' must be the number of an event, from 0.")
    return int(text[:9])

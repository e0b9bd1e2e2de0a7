"""Receives a request's body within limits on its type, its size, its time, and what others hold.

A body is held until its request is over: while it arrives, in line, and at work.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from backstep.errors import Busy, Diagnostic
from backstep.limits import LIMITS

from .clients import Client
from .problems import Refusal

RETRY_SECONDS = 5
SMALL = 65_536
"""Bytes of a body that arrives whole at once and is not counted, as most do."""
_HELD = "held_body"


class Bodies:
    """The bytes of the bodies that are held, by client."""

    def __init__(self, refused: Callable[[str], None] = lambda why: None) -> None:
        """`refused` is told of each that has no room."""
        self._held: Counter[str] = Counter()
        self._refused = refused
        self.size = 0

    def take(self, client: Client, size: int) -> None:
        """Hold so many more bytes. Raises Busy."""
        everyone = self.size + size > LIMITS.held_bytes
        if everyone or self._held[client.name] + size > LIMITS.client_held_bytes * client.count:
            self._refused("bodies")
            whose = "Requests of all clients together" if everyone else "Your requests"
            limit = "held_bytes" if everyone else "client_held_bytes"
            raise Busy(
                Diagnostic(
                    "busy", f"{whose} hold more bytes than are taken at once.", "Try again."
                ),
                details={"retry_after": RETRY_SECONDS, "limit": limit},
            )
        self._held[client.name] += size
        self.size += size

    def free(self, client: Client, size: int) -> None:
        """Hold so many fewer."""
        self.size -= size
        self._held[client.name] -= size
        if not self._held[client.name]:
            del self._held[client.name]


class _Held:
    """What one request holds."""

    def __init__(self, bodies: Bodies, client: Client) -> None:
        self._bodies = bodies
        self._client = client
        self._size = 0

    def more(self, size: int) -> None:
        self._bodies.take(self._client, size)
        self._size += size

    def release(self) -> None:
        self._bodies.free(self._client, self._size)
        self._size = 0


def release(scope: Scope) -> None:
    """Hold a request's body no longer."""
    held: _Held | None = scope.pop(_HELD, None)
    if held is not None:
        held.release()


def _holding(request: Request) -> _Held:
    state = request.app.state
    held = request.scope[_HELD] = _Held(state.bodies, state.clients.of(request))
    return held


async def receive(request: Request) -> bytes:
    """The whole body. Raises Refusal, and ClientDisconnect where the client has left."""
    _check_type(request)
    length = request.headers.get("content-length", "")
    # What is no number is refused before this; what it says is checked against what comes.
    if length.isascii() and length.isdigit() and int(length[:20]) > LIMITS.body_bytes:
        raise _too_large()
    try:
        async with asyncio.timeout(LIMITS.receive_seconds):
            return await _receive_all(request)
    except TimeoutError:
        seconds = LIMITS.receive_seconds
        raise Refusal(
            "slow", f"The body did not arrive within {seconds:g} s.", limit="receive_seconds"
        ) from None


async def _receive_all(request: Request) -> bytes:
    first, more = await _receive_piece(request)
    if not more:
        if len(first) > LIMITS.body_bytes:
            raise _too_large()
        if len(first) > SMALL:
            _holding(request).more(len(first))
        return first
    held = _holding(request)
    held.more(len(first))
    # One block that grows goes back to the system as a whole; many small ones may not.
    body = bytearray(first)
    while more:
        piece, more = await _receive_piece(request)
        if len(body) + len(piece) > LIMITS.body_bytes:
            raise _too_large()
        held.more(len(piece))
        body += piece
    return bytes(body)


async def _receive_piece(request: Request) -> tuple[bytes, bool]:
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


def _check_type(request: Request) -> None:
    coding = request.headers.get("content-encoding", "identity")
    if coding.strip().lower() != "identity":
        raise Refusal(
            "media_type", f"A body coded as {coding[:40]!r} is not read.", "Send it as it is."
        )
    sent = request.headers.get("content-type", "")
    media, _, parameters = sent.partition(";")
    if media.strip().lower() != "application/json":
        raise Refusal(
            "media_type",
            f"The body's type is {sent[:80]!r}." if sent else "The body's type is not said.",
            "Send it with the header Content-Type: application/json",
        )
    name, _, charset = parameters.partition("=")
    is_charset = name.strip().lower() == "charset"
    if is_charset and charset.strip(" \"'").lower() not in ("utf-8", "utf8"):
        raise Refusal("media_type", "JSON is read as UTF-8.", "Leave the charset out.")


def _too_large() -> Refusal:
    return Refusal(
        "body_too_large",
        f"The body has more than {LIMITS.body_bytes:,} bytes.",
        limit="body_bytes",
        allowed=LIMITS.body_bytes,
    )

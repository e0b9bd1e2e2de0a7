"""Receives a request's body within limits on its type, its size and its time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from backstep.limits import LIMITS

from .problems import Refusal


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
        return first
    pieces, size = [first], len(first)
    while more:
        piece, more = await _receive_piece(request)
        size += len(piece)
        if size > LIMITS.body_bytes:
            raise _too_large()
        pieces.append(piece)
    return b"".join(pieces)


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

"""Compresses responses for clients that take gzip. Never unpacks anything that came in."""

from __future__ import annotations

import asyncio
import gzip
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1000
"""Bytes under which a response fits in one packet uncompressed."""
INLINE = 50_000
"""Bytes over which compressing would hold up other requests; a thread does it."""
LEVEL = 5

_COMPRESSIBLE = re.compile(r"text/|application/(problem\+)?json|image/svg\+xml|application/javascr")
_REFUSED = re.compile(r"gzip\s*;\s*q=0(\.0*)?\s*(,|$)")


def takes_gzip(headers: Headers) -> bool:
    """Whether a request's headers accept gzip."""
    accepted = headers.get("accept-encoding", "")
    return "gzip" in accepted and not _REFUSED.search(accepted)


class Compress:
    """Compresses responses that come in one piece, as all of this service's do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http" or not takes_gzip(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                head, start = start, None
                message = await _pack(head, message)
                await send(head)
            await send(message)

        await self._app(scope, receive, compressed)


async def _pack(head: Message, message: Message) -> Message:
    """The body's message, compressed if that is worth while; then `head` is changed to match."""
    headers = MutableHeaders(raw=head.setdefault("headers", []))
    body = message.get("body", b"")
    if not _COMPRESSIBLE.match(headers.get("content-type", "")):
        return message
    headers.add_vary_header("Accept-Encoding")
    if message.get("more_body") or len(body) < SMALLEST or "content-encoding" in headers:
        return message
    if len(body) > INLINE:
        body = await asyncio.to_thread(gzip.compress, body, LEVEL)
    else:
        body = gzip.compress(body, LEVEL)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    return {**message, "body": body}

"""An id, a log line and counts for each request. Nothing is recorded of what was asked for.

The query is left out, since it holds what a reader typed, and so are bodies; the client's address
is written only where a setting says so.
"""

from __future__ import annotations

import os
import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import body
from .job_client import leave
from .prometheus import Counts

log = structlog.get_logger("backstep.access")

_METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
_TRACE = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""The header `traceparent`, as W3C's Trace Context has it, with the trace's id."""


def _trace(scope: Scope) -> str | None:
    """The id of the trace that a request belongs to, if it says one."""
    found = [value for name, value in scope["headers"] if name == b"traceparent"]
    read = _TRACE.fullmatch(found[0]) if len(found) == 1 else None
    return None if read is None else read[1].decode()


class RequestLog:
    """Gives each request an id, and logs its outcome when it is over."""

    def __init__(
        self, app: ASGIApp, counts: Counts, access_log: bool, addresses: bool = False
    ) -> None:
        self._app = app
        self._addresses = addresses
        self._counts = counts
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        request_id = os.urandom(8).hex()
        scope["request_id"] = request_id
        status, size = 499, 0  # unless something is sent: the client has gone

        async def recorded(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        finally:
            body.release(scope)
            leave(scope)
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._counts.add(route, method, status, seconds)
            if self._access_log:
                trace, client = _trace(scope), scope.get("client")
                more = {} if trace is None else {"trace": trace}
                if self._addresses and client is not None:
                    more["client"] = client[0]
                log.info(
                    "request",
                    id=request_id,
                    method=method,
                    path=scope["path"][:200],
                    status=status,
                    bytes=size,
                    ms=round(seconds * 1000, 2),
                    **more,
                )

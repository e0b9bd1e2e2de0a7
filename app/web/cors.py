"""Lets any site's scripts call the API, since nothing is stored and no cookie is read; no pages."""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/api/v1/"

_OPEN = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Location, Retry-After, X-Request-ID"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Max-Age": "86400",
}
_HEADERS = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~, \t-]{1,4096}")
"""Names of headers with commas between them, as HTTP has names; anything else is not repeated."""


class AnyOrigin:
    """Answers preflights of the API and marks its responses as readable from anywhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(_OPEN)
            await send(message)

        if _is_preflight(scope):
            headers = {**_PREFLIGHT, "Access-Control-Allow-Headers": _asked_for(scope)}
            await Response(status_code=204, headers=headers)(scope, receive, opened)
        else:
            await self._app(scope, receive, opened)


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )


def _asked_for(scope: Scope) -> str:
    """The headers that a client wants to send: all are allowed, since none has any effect here.
    A `*` would leave `Authorization` out."""
    for name, value in scope["headers"]:
        if name == b"access-control-request-headers" and _HEADERS.fullmatch(value):
            return str(value.decode("ascii"))
    return "Content-Type"

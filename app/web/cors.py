"""Lets any site's scripts call the API: nothing is stored and no cookie is read. Pages are not."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/api/v1/"

_OPEN = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After, X-Request-ID"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "86400",
}


class AnyOrigin:
    """Answers preflights of the API and marks its responses as readable from anywhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].extend(_OPEN)
            await send(message)

        if _is_preflight(scope):
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, opened)
        else:
            await self._app(scope, receive, opened)


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )

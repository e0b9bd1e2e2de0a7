"""Security headers of every response, and the refusal of overlong or forged request heads."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backstep.limits import LIMITS

from ..api.problem import Problem
from . import problems
from .problems import Refusal

EVERYWHERE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""Headers of every response, as bytes, which spares encoding them each time."""

DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy for whatever is no page: opened on its own, it can do nothing."""

PICTURE_POLICY = "default-src 'none'; sandbox"
"""The policy for an SVG, which needs nothing."""

Said = Callable[[Request, Problem], Response]

_HOST = re.compile(r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def nonce() -> str:
    """A fresh value that marks the scripts and styles of one page as its own."""
    return secrets.token_urlsafe(16)


def page_policy(value: str, framed: bool = False) -> str:
    """The policy of a page whose nonce is `value`; `framed` if any site may embed it."""
    own = f"'self' 'nonce-{value}'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {own}",
            f"style-src {own}",
            "img-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors *" if framed else "frame-ancestors 'none'",
        )
    )


class Guard:
    """Refuses addresses and headers that are too long or forged; adds what is `EVERYWHERE`.

    `said` makes the response of a problem: a page where a browser asks for one.
    """

    def __init__(self, app: ASGIApp, said: Said) -> None:
        self._app = app
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                headers.extend(EVERYWHERE)
                if not any(name == b"content-security-policy" for name, _ in headers):
                    headers.append((b"content-security-policy", DATA_POLICY.encode()))
            await send(message)

        refusal = _refused(scope)
        if refusal is None:
            await self._app(scope, receive, guarded)
        else:
            response = self._said(Request(scope), problems.problem(refusal))
            await response(scope, receive, guarded)


def is_data(address: bytes) -> bool:
    """Whether an address is for programs, and not for readers."""
    return address.startswith((b"/api/v1/", b"/static/"))


def address_too_long(measured: int) -> Refusal:
    """The refusal of an address of so many bytes."""
    return Refusal(
        "address_too_long",
        f"The address has {measured:,} bytes; {LIMITS.address_bytes:,} are allowed.",
        "A state this large cannot be a link: paste the definition's text into the page, or send"
        " it to the API as a body.",
        limit="address_bytes",
        measured=measured,
        allowed=LIMITS.address_bytes,
    )


def _refused(scope: Scope) -> Refusal | None:
    address = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if address > LIMITS.address_bytes:
        return address_too_long(address)
    doubled = _doubled(scope["query_string"])
    if doubled is not None:
        return Refusal(
            "query",
            f"The address gives {doubled} more than once, and which is meant cannot be told.",
            f"Give {doubled} once.",
        )
    size = 0
    hosts = []
    for name, value in scope["headers"]:
        size += len(name) + len(value) + 4
        if name == b"host":
            hosts.append(value)
    if size > LIMITS.header_bytes:
        return Refusal(
            "headers_too_large",
            f"The headers have {size:,} bytes; {LIMITS.header_bytes:,} are allowed.",
            limit="header_bytes",
            measured=size,
            allowed=LIMITS.header_bytes,
        )
    # Nothing here depends on the host, so any well-formed one is accepted; HTTP/1.1 must have one
    # (RFC 9112, 3.2).
    missing = not hosts and scope["http_version"] == "1.1"
    if missing or len(hosts) > 1 or (hosts and not _HOST.fullmatch(hosts[0].decode("latin-1"))):
        return Refusal("host", "The Host header must be given once, as name or name:port.")
    return None


def _doubled(query: bytes) -> str | None:
    """The first name that a query gives a second time, shortened to be told."""
    seen = set()
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in seen:
            return repr(name[:40])
        seen.add(name)
    return None

"""Runs the service in uvicorn: its settings, and which connections are cut.

Uvicorn has no deadlines for receiving or sending, and its faster parser no bound on headers; the
protocol here adds both.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import resource
import socket
from collections import Counter
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backstep.limits import LIMITS

from ..jobs import protocol
from . import logs, problems, security
from .clients import Client, Clients, is_within, networks
from .main import JOBS, create_app
from .problems import Refusal
from .settings import Settings
from .shutdown import Ending

FILES = 4096
"""Open files wanted: two connections' worth, since a worker and a cache need some too."""
FETCH_SECONDS = 20.0
FETCH_BYTES = 100_000
"""A client that receives less of its response, in so many seconds, is cut off."""
IDLE_SECONDS = 5
RETRY_SECONDS = 5


class Connections:
    """The open connections, by client; those of a trusted proxy are nobody's."""

    def __init__(self, settings: Settings) -> None:
        self._clients = Clients(settings.class_addresses)
        self._any_proxy = settings.proxies == "*"
        self._proxies = () if self._any_proxy else networks(settings.proxies)
        self._open: Counter[str] = Counter()

    def client(self, host: str) -> Client | None:
        """The client at the other end; None for a proxy."""
        if self._any_proxy or is_within(host, self._proxies):
            return None
        return self._clients.at(host)

    def opened(self, client: Client) -> bool:
        """Count a connection; whether the client may have it."""
        self._open[client.name] += 1
        return self._open[client.name] <= LIMITS.client_connections * client.count

    def closed(self, client: Client) -> None:
        """Count a connection no longer."""
        self._open[client.name] -= 1
        if not self._open[client.name]:
            del self._open[client.name]


class Protocol(HttpToolsProtocol):
    """Cuts connections that send too slowly or too much, or do not fetch what they asked for."""

    def __init__(self, *arguments: Any, connections_by_client: Connections, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._by_client = connections_by_client
        self._counted: Client | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._fetching: asyncio.TimerHandle | None = None
        self._answering: Any = None
        self._in_head = False
        self._head_size = 0

    def connection_made(self, transport: Any) -> None:
        """Count the connection; refuse one too many."""
        super().connection_made(transport)
        self._counted = self._by_client.client(self.client[0]) if self.client else None
        own = self._counted is None or self._by_client.opened(self._counted)
        if len(self.connections) > LIMITS.connections:
            self._refuse(
                Refusal("unavailable", "There are too many connections.", retry_after=RETRY_SECONDS)
            )
        elif not own:
            self._refuse(
                Refusal("busy", "You have too many connections.", retry_after=RETRY_SECONDS)
            )
        else:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the connection's deadlines."""
        self._met()
        self._fetched()
        self._leave()
        if self._counted is not None:
            self._by_client.closed(self._counted)
            self._counted = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse data, within the time that a request's head may take."""
        if self.transport.is_closing():
            return
        began_before = self._in_head
        super().data_received(data)
        if self._in_head and began_before:
            self._head_size += len(data)
            if self._head_size > LIMITS.header_bytes + LIMITS.address_bytes:
                self._refuse(self._too_long() or _head_too_large())

    def on_message_begin(self) -> None:
        """A request begins: start the time limit of its head."""
        super().on_message_begin()
        self._in_head = True
        self._head_size = 0
        if self._deadline is None:
            self._expect()

    def on_headers_complete(self) -> None:
        """The head is complete. Raises ValueError, which the parser makes a 400.

        HTTP/1.0 knows no coding, and a body that is coded otherwise than in chunks would be taken
        as it is: what follows is framed in two ways (RFC 9112, 6.1).
        """
        self._in_head = False
        codings = [value for name, value in self.headers if name == b"transfer-encoding"]
        if codings and self.parser.get_http_version() == "1.0":
            raise ValueError("a coding in HTTP/1.0")
        if codings and [each.strip().lower() for each in codings] != [b"chunked"]:
            raise ValueError("a coding other than chunked")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is complete: end the time limit."""
        self._met()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client is slow to receive: start the time limit of receiving."""
        super().pause_writing()
        self._check_fetching(left=None)

    def resume_writing(self) -> None:
        """The client fetches again."""
        self._fetched()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        # An address of 64 kB is none to the parser.
        """Answer malformed HTTP with a problem."""
        self._refuse(self._too_long() or Refusal("not_http", msg))

    def _address(self) -> bytes:
        """The part of the address that has been read."""
        address: bytes = getattr(self, "url", b"")
        return address

    def _too_long(self) -> Refusal | None:
        size = len(self._address())
        return security.address_too_long(size) if size > LIMITS.address_bytes else None

    def _unsupported_upgrade_warning(self) -> None:
        pass  # answered as a plain request, as HTTP has it; nothing to note

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _leave(self) -> None:
        """Tell the request being answered that its client has gone; drop the pipelined ones."""
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(LIMITS.receive_seconds, self._too_slow)

    def _met(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        cycle = self.cycle
        if self._in_head and (cycle is None or cycle.response_complete):
            self._refuse(_slow())
        elif not self._in_head and cycle is not None and not cycle.response_started:
            self._refuse(_slow())
            self._leave()
        else:
            self.transport.close()  # nothing was said, or there is no place to answer

    def _check_fetching(self, left: int | None) -> None:
        size = self.transport.get_write_buffer_size()
        if left is not None and left - size < FETCH_BYTES:
            self._leave()
            self.transport.abort()
        else:
            self._fetching = self.loop.call_later(FETCH_SECONDS, self._check_fetching, size)

    def _fetched(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None

    def _refuse(self, refusal: Refusal) -> None:
        if self.transport.is_closing():
            return
        problem = problems.problem(refusal)
        # Only such an address does a browser send; whether it is one cannot be read here.
        for_page = self._too_long() is not None and not security.is_data(self._address())
        body = problems.bare_page(problem) if for_page else protocol.to_json(problem)
        media = "text/html; charset=utf-8" if for_page else problems.MEDIA
        retry = f"retry-after: {RETRY_SECONDS}\r\n" if "retry_after" in problem else ""
        head = (
            f"HTTP/1.1 {problem['status']} {http.HTTPStatus(problem['status']).phrase}\r\n"
            f"content-type: {media}\r\n"
            f"content-length: {len(body)}\r\n"
            f"{retry}connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


def _slow() -> Refusal:
    return Refusal(
        "slow",
        f"The request did not arrive within {LIMITS.receive_seconds:g} s.",
        limit="receive_seconds",
    )


def _head_too_large() -> Refusal:
    return Refusal(
        "headers_too_large",
        f"The headers have more than {LIMITS.header_bytes:,} bytes.",
        limit="header_bytes",
        allowed=LIMITS.header_bytes,
    )


class Server(uvicorn.Server):
    """Uvicorn's server, which says that it ends before it waits for what is under way."""

    def __init__(self, settings: Settings, calls: str = JOBS) -> None:
        self._ending = Ending()
        super().__init__(configuration(settings, calls, self._ending))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the service, as uvicorn has it."""
        self._ending.begin()
        await super().shutdown(sockets)


def configuration(
    settings: Settings, calls: str = JOBS, ending: Ending | None = None
) -> uvicorn.Config:
    """Uvicorn's configuration for the service."""
    counting: Any = partial(Protocol, connections_by_client=Connections(settings))
    return uvicorn.Config(
        lambda: create_app(settings, calls, ending),
        factory=True,
        lifespan="on",
        http=counting,
        ws="none",
        # Uvicorn's own messages go to standard error; requests are logged by `request_log`, since a
        # query holds what a reader typed.
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=LIMITS.ending_seconds,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies,
    )


def serve(listener: socket.socket, settings: Settings) -> bool:
    """Serve on a bound socket until SIGINT or SIGTERM; whether the service came up."""
    logs.configure(settings.log_format)
    _raise_open_files()
    server = Server(settings)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    return server.started


def _raise_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))

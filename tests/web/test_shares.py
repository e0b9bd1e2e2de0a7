"""What one address may take of connections and memory, and how the service ends for its clients."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from app.web.body import Bodies
from app.web.clients import Client, Clients
from app.web.settings import Settings
from app.web.streams import Streams
from backstep.errors import Busy
from backstep.limits import LIMITS
from tests.waiting import happens
from tests.web.sockets import HEAD, connect, get, parsed, read_all, serving

DIRECT = Settings(access_log=False, workers=1, proxies="", class_addresses="127.0.0.9")


def posted(path: bytes, body: bytes) -> bytes:
    """A request that leaves its connection open."""
    head = HEAD.replace(b"/api/v1/evaluate", path)
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_connections_are_counted_by_address() -> None:
    with (
        contextlib.ExitStack() as stack,
        serving(DIRECT, client_connections=3) as (port, _),
    ):
        for _ in range(3):
            stack.enter_context(connect(port, "127.0.0.2"))
        with connect(port, "127.0.0.2") as one_more:
            status, headers, problem = parsed(read_all(one_more))
        assert (status, problem["code"], headers["connection"]) == (429, "busy", "close")
        assert int(headers["retry-after"]) == problem["retry_after"]
        for source in ("127.0.0.3", *["127.0.0.9"] * 5):  # another client, and a class
            other = stack.enter_context(connect(port, source))
            other.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert other.recv(65536).startswith(b"HTTP/1.1 200")
        stack.close()
        happens(lambda: get(port, b"/api/v1/health").startswith(b"HTTP/1.1 200"))


def test_what_slow_bodies_hold_is_bounded_by_address() -> None:
    with (
        contextlib.ExitStack() as stack,
        serving(DIRECT, client_held_bytes=250_000, held_bytes=500_000) as (port, _),
    ):
        head = HEAD + b"Content-Length: 150000\r\n\r\n"
        for number in range(2):
            slow = stack.enter_context(connect(port, "127.0.0.2"))
            slow.sendall(head + b" " * (120_000 if number == 0 else 110_000))
        with connect(port, "127.0.0.2") as one_more:
            one_more.sendall(head + b" " * 120_000)
            status, headers, problem = parsed(one_more.recv(65536))
        assert (status, problem["limit"]) == (429, "client_held_bytes")
        assert int(headers["retry-after"]) >= 1
        with connect(port, "127.0.0.3") as other:
            other.sendall(posted(b"/api/v1/evaluate", b'{"source": "x"}' + b" " * 120_000))
            assert other.recv(65536).startswith(b"HTTP/1.1 200")


def test_what_is_held_is_given_back() -> None:
    refused: list[str] = []
    bodies, one, two = Bodies(refused.append), Client("1"), Client("2", 500)
    bodies.take(one, LIMITS.client_held_bytes)
    with pytest.raises(Busy, match="Your requests"):
        bodies.take(one, 1)
    bodies.take(two, LIMITS.held_bytes - LIMITS.client_held_bytes)
    with pytest.raises(Busy, match="all clients"):
        bodies.take(Client("3"), 1)
    bodies.free(one, LIMITS.client_held_bytes)
    bodies.free(two, LIMITS.held_bytes - LIMITS.client_held_bytes)
    assert (bodies.size, bodies._held) == (0, {})
    assert refused == ["bodies", "bodies"]


@pytest.mark.parametrize(
    ("host", "name", "count"),
    [
        ("192.0.2.7", "192.0.2.7", 500),
        ("::ffff:192.0.2.7", "192.0.2.7", 500),
        ("192.0.3.7", "192.0.3.7", 1),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", 500),
        ("2001:db9:1:2:3:4:5:6", "2001:db9:1:2::/64", 1),
        ("testclient", "testclient", 1),
    ],
)
def test_an_address_may_stand_for_a_class(host: str, name: str, count: int) -> None:
    clients = Clients("192.0.2.0/24, 2001:db8::/32", 500)
    assert clients.at(host) == Client(name, count)


def test_a_class_has_the_streams_of_all_its_clients() -> None:
    refused: list[str] = []
    streams, opened = Streams(refused.append), contextlib.ExitStack()
    with opened:
        for _ in range(LIMITS.client_streams + 1):
            opened.enter_context(streams.place(Client("school", 2)))
        with pytest.raises(Busy, match="You have"):
            for _ in range(LIMITS.client_streams):
                opened.enter_context(streams.place(Client("school", 2)))
    assert refused == ["streams"]


def test_the_end_is_told_to_streams_at_once_and_to_requests_when_their_time_is_up() -> None:
    told: dict[str, Any] = {}
    two = replace(DIRECT, workers=2)
    with (
        serving(two, ending_seconds=1) as (port, server),
        connect(port, "127.0.0.2") as stream,
        connect(port, "127.0.0.3") as request,
    ):
        stream.sendall(posted(b"/api/v1/train", b'{"source": "endless"}'))
        request.sendall(posted(b"/api/v1/evaluate", b'{"source": "spin"}'))
        # A piece of the training, and the request.
        happens(lambda: b"\nbackstep_workers_busy 2.0\n" in get(port, b"/metrics"))
        reading = threading.Thread(target=lambda: told.update(stream=read_all(stream)))
        reading.start()
        server.should_exit = True
        status, headers, problem = parsed(read_all(request))
        reading.join()
    assert (status, problem["code"]) == (503, "unavailable")
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["retry-after"]) == problem["retry_after"]
    assert b"event: start" in told["stream"]
    last = told["stream"].rpartition(b"event: ")[2]
    assert last.startswith(b"error\n")
    closing = json.loads(last.partition(b"data: ")[2].partition(b"\n")[0])
    assert (closing["status"], closing["errors"][0]["code"]) == (503, "ending")

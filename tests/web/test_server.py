"""The service in uvicorn, over real sockets: slow, large and broken requests, and its end."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.web import server
from app.web.settings import Settings
from backstep.limits import LIMITS
from tests.waiting import PATIENCE, happens
from tests.web.sockets import HEAD, ask, connect, get, parsed, read_all, serving

ROOT = Path(__file__).resolve().parents[2]
SLOW = 1.0
"""Seconds a request may take to arrive here..."""
UNSET = LIMITS.receive_seconds
"""...and where it is not said; what is cut before has been cut on time."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A service whose patience is short, on a port of its own."""
    patch = pytest.MonkeyPatch()
    patch.setattr("app.web.server.FETCH_SECONDS", 0.5)
    with serving(Settings(access_log=False, workers=1), receive_seconds=SLOW) as (port, _):
        yield port
    patch.undo()


def works(port: int) -> bool:
    body = b'{"source": "x"}'
    head = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    return ask(port, head + body)[0] == 200


def test_a_plain_request_is_answered(port: int) -> None:
    body = b'{"source": "x"}'
    request = HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    status, headers, answer = ask(port, request)
    assert (status, answer["source"]) == (200, "x")
    assert "server" not in headers


def test_a_connection_is_kept(port: int) -> None:
    with connect(port) as connection:
        for _ in range(3):
            connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(SLOW / 2)


@pytest.mark.parametrize(
    "begun", [b"GET / HT", HEAD, b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n"]
)
def test_slow_headers_are_cut_with_408(port: int, begun: bytes) -> None:
    start = time.monotonic()
    status, headers, problem = ask(port, begun)
    assert SLOW * 0.9 < time.monotonic() - start < UNSET
    assert (status, problem["code"], headers["connection"]) == (408, "slow", "close")


def test_headers_that_drip_are_cut_as_well(port: int) -> None:
    with connect(port) as connection:
        start = time.monotonic()
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\n")
        with pytest.raises(OSError):
            while time.monotonic() - start < UNSET:
                connection.sendall(b"X-A: b\r\n")
                time.sleep(0.05)
        assert time.monotonic() - start < UNSET


def test_slow_headers_after_a_request_are_cut_as_well(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\nGET /")
        response = read_all(connection)
        assert response.startswith(b"HTTP/1.1 200")
        assert b"HTTP/1.1 408" in response


def test_a_slow_body_is_cut_with_408(port: int) -> None:
    start = time.monotonic()
    status, _, problem = ask(port, HEAD + b"Content-Length: 100\r\n\r\n{")
    assert SLOW * 0.9 < time.monotonic() - start < UNSET
    assert (status, problem["code"]) == (408, "slow")


def test_a_connection_that_says_nothing_is_closed_without_a_word(port: int) -> None:
    with connect(port) as connection:
        start = time.monotonic()
        assert read_all(connection) == b""
        assert time.monotonic() - start < UNSET


def test_many_slow_connections_hold_up_nobody(port: int) -> None:
    connections = [connect(port) for _ in range(200)]
    for number, connection in enumerate(connections):
        connection.sendall(HEAD if number % 2 else HEAD + b"Content-Length: 50\r\n\r\n{")
    assert works(port)
    with contextlib.ExitStack() as stack:
        for connection in connections:
            stack.enter_context(connection)
        for connection in connections:
            assert read_all(connection).startswith(b"HTTP/1.1 408")


def test_connections_past_the_limit_are_told_so(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [connect(port) for _ in range(5)]
    assert works(port)  # those before it were let in by then
    monkeypatch.setattr("app.web.server.LIMITS", replace(LIMITS, connections=5))
    with connect(port) as connection:
        status, headers, problem = parsed(read_all(connection))
    assert (status, problem["code"]) == (503, "unavailable")
    assert int(headers["retry-after"]) == problem["retry_after"]
    for connection in kept:
        connection.close()
    monkeypatch.undo()
    assert works(port)


def test_a_client_that_does_not_fetch_is_cut(port: int) -> None:
    body = b'{"source": "large"}'
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.settimeout(PATIENCE)
    with connection:
        connection.sendall(request * 6)
        time.sleep(2)
        # What the kernels had taken in still comes, and no more.
        assert len(read_all(connection)) < 6 * 1_800_000
    assert works(port)


def test_headers_without_end_are_431(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\n")
        time.sleep(0.05)
        sent = 0
        try:
            while sent < 10_000_000:
                sent += connection.send(b"X-Long: " + b"a" * 4000 + b"\r\n")
                time.sleep(0.001)
        except OSError:
            pass
        # A response that comes while a client still sends may be lost to a reset.
        assert sent < 2_000_000
    assert works(port)


def test_large_headers_are_431(port: int) -> None:
    long = b"X-Long: " + b"a" * LIMITS.header_bytes + b"\r\n"
    request = b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + long + b"\r\n"
    status, _, problem = ask(port, request)
    assert (status, problem["limit"]) == (431, "header_bytes")


def test_a_long_address_is_414(port: int) -> None:
    address = b"/api/v1/graph.svg?d=" + b"a" * LIMITS.address_bytes
    request = b"GET " + address + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert ask(port, request)[0] == 414


@pytest.mark.parametrize("size", [LIMITS.address_bytes, 50_000, 70_000])
def test_a_long_address_of_a_page_is_told_in_words(port: int, size: int) -> None:
    request = b"GET /?d=" + b"a" * size + b" HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n"
    with connect(port) as connection:
        connection.sendall(request + b"Connection: close\r\n\r\n")
        told = read_all(connection).decode()
    assert told.startswith("HTTP/1.1 414")
    assert "text/html" in told.partition("\r\n\r\n")[0]
    assert "<h1>The address is too long</h1>" in told


def test_a_length_over_the_limit_is_413_at_once(port: int) -> None:
    request = HEAD + b"Connection: close\r\nContent-Length: 4000000000\r\n\r\n{"
    assert ask(port, request)[0] == 413  # and not 408, as of one that does not come


@pytest.mark.parametrize(
    "request_",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: identity, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD.replace(b"HTTP/1.1", b"HTTP/1.0")
        + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_400(port: int, request_: bytes) -> None:
    status, headers, problem = ask(port, request_)
    assert (status, problem["code"], headers["connection"]) == (400, "not_http", "close")
    assert works(port)


def test_a_length_that_lies_ends_with_its_connection(port: int) -> None:
    with connect(port) as connection:
        connection.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"source"')
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""
    assert works(port)


def test_an_upgrade_is_not_taken(port: int) -> None:
    request = (
        b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with connect(port) as connection:
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_work_whose_client_has_gone_is_taken_back(port: int) -> None:
    body = b'{"source": "spin"}'
    with connect(port) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        time.sleep(0.3)
    # There is one worker, which the job, left to its time, would keep for a minute.
    assert works(port)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.slow
def test_an_order_to_end_loses_no_request(tmp_path: Path, ending: signal.Signals) -> None:
    """The whole process group is told, as a terminal and service managers do."""
    script = (
        "import socket, sys; from app.web import server; from app.web.settings import Settings\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        "print(listener.getsockname()[1], flush=True)\n"
        "settings = Settings(access_log=False, workers=1)\n"
        "try: server.Server(settings, 'tests.web.calls:CALLS').run(sockets=[listener])\n"
        "except KeyboardInterrupt: pass\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        happens(lambda: b'"ready":true' in get(port, b"/api/v1/health"))
        body = b'{"source": "sleep 0.7"}'
        with connect(port) as connection:
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            happens(lambda: b"\nbackstep_workers_busy 1.0\n" in get(port, b"/metrics"))
            subprocess.run(["kill", f"-{ending.value}", "--", f"-{process.pid}"], check=True)
            status, _, answer = parsed(read_all(connection))
        assert (status, answer["source"]) == (200, "sleep 0.7")
        process.wait(PATIENCE)
        left = subprocess.run(["ps", "-o", "stat=", "-g", str(process.pid)], capture_output=True)
        assert all(line.startswith(b"Z") for line in left.stdout.split())


def test_files_are_enough_for_the_connections() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    server._raise_open_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft >= min(server.FILES, hard)
    assert hard == before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)

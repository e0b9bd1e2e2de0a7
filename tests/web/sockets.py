"""The service in uvicorn in a thread of this process, and plain sockets to ask it. No checks."""

from __future__ import annotations

import json
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from app.web import server
from app.web.settings import Settings
from backstep.limits import LIMITS
from tests.waiting import PATIENCE, happens

HEAD = b"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@contextmanager
def serving(settings: Settings, **limits: Any) -> Iterator[tuple[int, server.Server]]:
    """A service with the calls of tests.web.calls: its port, and what tells it to end.

    A job has a minute, and `limits` hold for connections and bodies.
    """
    patch = pytest.MonkeyPatch()
    for module in ("server", "body"):
        patch.setattr(f"app.web.{module}.LIMITS", replace(LIMITS, **limits))
    patch.setattr("app.web.job_client.SECONDS", defaultdict(lambda: 60.0))
    listener = socket.create_server(("127.0.0.1", 0))
    running = server.Server(settings, "tests.web.calls:CALLS")
    # Uvicorn takes the signals of the main thread alone.
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    port: int = listener.getsockname()[1]
    happens(lambda: running.started)
    try:
        yield port, running
    finally:
        running.should_exit = True
        thread.join()
        listener.close()
        patch.undo()


def connect(port: int, source: str = "") -> socket.socket:
    """A connection, from another of the own machine's addresses if one is given."""
    own = (source, 0) if source else None
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=own)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def parsed(response: bytes) -> tuple[int, dict[str, str], Any]:
    head, _, body = response.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(status.split()[1]), headers, json.loads(body) if body else None


def ask(port: int, request: bytes) -> tuple[int, dict[str, str], Any]:
    with connect(port) as connection:
        connection.sendall(request)
        return parsed(read_all(connection))


def get(port: int, path: bytes) -> bytes:
    with connect(port) as connection:
        connection.sendall(b"GET " + path + b" HTTP/1.0\r\nHost: x\r\n\r\n")
        return read_all(connection)

"""The service's side of one worker's socket: frames out, replies in, and the worker's clock."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import termios
from collections.abc import Callable
from typing import Generic, TypeVar

import orjson

from backstep import clock

from .protocol import Kind, Payload, ReplyReader

Job = TypeVar("Job")

_NOTHING = 0.001
"""Processor time in which a worker can have done nothing but be stopped."""
_PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)  # adding flags up takes longer than the call


class WorkerConnection(asyncio.Protocol, Generic[Job]):
    """One worker as its pool sees it: its job, and since when.

    `end` is the socket that the transport has. `replied` is called with each reply (kind, answer,
    whether the worker ends now); `lost` once, when the connection is gone, with whether the worker
    had read everything sent to it.
    """

    def __init__(
        self,
        pid: int,
        end: socket.socket,
        replied: Callable[[WorkerConnection[Job], Kind, Payload, bool], None],
        lost: Callable[[WorkerConnection[Job], bool], None],
    ) -> None:
        self.pid = pid
        self._end = end
        self.job: Job | None = None
        self._started = 0.0
        self._clock: float | None = None
        self.jobs = 0
        self.leaving = False
        self.ready: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        # A pool that closes while a worker starts asks no more how that went.
        self.ready.add_done_callback(_retrieve)
        self._replied = replied
        self._lost = lost
        self._replies = ReplyReader()
        self._transport: asyncio.WriteTransport | None = None

    def alive(self) -> bool:
        """Whether the worker, which is idle, still runs."""
        if self._transport is None:
            return False
        try:
            # An idle worker sends nothing, so that its socket is readable only when it has ended.
            return self._end.recv(1, _PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def used(self) -> tuple[float, float]:
        """Seconds since the last request: of the worker's processor time, and of wall time.

        If the system does not report a process's processor time, both are wall time.
        """
        wall = asyncio.get_running_loop().time() - self._started
        if self._clock is None:
            return wall, wall
        try:
            return (clock.of_process(self.pid) or 0.0) - self._clock, wall
        except ProcessLookupError:
            return 0.0, wall  # it has ended; that this is so is on its way

    def untouched(self) -> bool:
        """Whether the worker has read nothing of its request, as far as the system tells."""
        try:
            unread = fcntl.ioctl(self._end, termios.TIOCOUTQ, bytes(4))
        except OSError:
            return False
        used, _ = self.used()
        return unread != bytes(4) and used < _NOTHING

    def send(self, frame: bytes) -> None:
        """Send a request."""
        self._started = asyncio.get_running_loop().time()
        with contextlib.suppress(ProcessLookupError):
            self._clock = clock.of_process(self.pid)
        if self._transport is not None:
            self._transport.write(frame)

    def close(self) -> None:
        """Let the worker, which is idle, end by itself."""
        if self._transport is not None:
            self._transport.close()

    def kill(self) -> None:
        """End the worker now, whatever it does."""
        if self._transport is None:
            return  # it is gone, and its pid may be another's by now
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        # uvloop's transports are none of asyncio's classes.
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        for kind, answer, last in self._replies.feed(data):
            if kind is not Kind.READY:
                self._replied(self, kind, answer, last)
            elif not self.ready.done():
                self.ready.set_result(orjson.loads(answer.body))

    def connection_lost(self, error: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._transport = None
        if not self.ready.done():
            self.ready.set_exception(OSError("a worker ended before it was ready"))
        # A socket that is closed with something unread in it says so (ECONNRESET), and one that
        # is written to after that as well (EPIPE); one that was read empty just ends.
        self._lost(self, error is None)


def _retrieve(ready: asyncio.Future[list[str]]) -> None:
    if not ready.cancelled():
        ready.exception()

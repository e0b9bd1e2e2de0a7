"""The service's side of the fork server: starts it, asks it for workers, ends it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys

from backstep import clock

from .fork_server import PID_SIZE

EXIT_SECONDS = 2.0
FORK_SECONDS = 8.0
"""A fork takes some milliseconds; what has not answered by then hangs."""
LOAD_SECONDS = 60.0
"""The same for the first fork, which comes after the mathematics is loaded; but a process that has
worked for `WORKED_SECONDS` meanwhile loads, if slowly, on a machine that is busy."""
WORKED_SECONDS = 1.0
LOADED_SECONDS = 60.0
"""Processor time after which it is not waited for, however it works."""


class ForkServerClient:
    """Makes worker processes that run the calls at `target` ("module:name")."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._left: list[subprocess.Popen[bytes]] = []
        self._turn = asyncio.Lock()
        self._loaded = False

    async def fork(self, connection: socket.socket) -> int:
        """Start a worker that talks over `connection`; returns its pid.

        Raises OSError if no worker can be started, TimeoutError if the fork server hangs, which
        is then killed.
        """
        async with self._turn:
            control = self._running()
            try:
                socket.send_fds(control, [b"f"], [connection.fileno()])
                pid = await self._answered(control)
                if len(pid) != PID_SIZE:
                    raise OSError("the process that workers are forked from has ended")
            except TimeoutError:
                if self._process is not None:
                    self._process.kill()
                self._leave()
                raise TimeoutError("the process that workers are forked from hangs") from None
            except BaseException:
                self._leave()  # in mid-message: the next call starts a new one
                raise
            self._loaded = True
            return int.from_bytes(pid, "big")

    async def _answered(self, control: socket.socket) -> bytes:
        """What the fork server answers. Raises TimeoutError if it hangs."""
        loop, used = asyncio.get_running_loop(), 0.0
        answer = asyncio.ensure_future(loop.sock_recv(control, PID_SIZE))
        try:
            while True:
                wait = FORK_SECONDS if self._loaded else LOAD_SECONDS
                done, _ = await asyncio.wait((answer,), timeout=wait)
                if done:
                    return answer.result()
                now = self._worked()
                if self._loaded or now - used < WORKED_SECONDS or now > LOADED_SECONDS:
                    raise TimeoutError
                used = now
        finally:
            answer.cancel()

    def _worked(self) -> float:
        """Seconds of processor time that the fork server has taken; 0 where nobody can tell."""
        try:
            return 0.0 if self._process is None else clock.of_process(self._process.pid) or 0.0
        except ProcessLookupError:
            return 0.0

    async def close(self) -> None:
        """End the fork server. Workers end when their own connections are closed."""
        self._leave()
        left, self._left = self._left, []
        for process in left:
            await asyncio.to_thread(_reap, process)

    def _running(self) -> socket.socket:
        if self._control is not None and self._process is not None:
            if self._process.poll() is None:
                return self._control
            self._leave()
        self._left = [process for process in self._left if process.poll() is None]
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                # -P: a folder called `app` where the service is started is not this one.
                [
                    sys.executable,
                    "-P",
                    "-m",
                    f"{__package__}.fork_server",
                    str(theirs.fileno()),
                    self._target,
                ],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        ours.setblocking(False)
        self._control = ours
        return ours

    def _leave(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._left.append(self._process)
        self._control = self._process = None
        self._loaded = False


def _environment() -> dict[str, str]:
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    # A job's share is one core, and a process that forks should have one thread.
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return {**os.environ, **one_thread, "PYTHONPATH": path}


def _reap(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

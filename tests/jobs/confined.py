"""Calls that try what a worker may not do; each answers its error's name, or what it did."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

OWN = Path(__file__)


def _socket(kind: socket.AddressFamily) -> str:
    with socket.socket(kind) as made:
        return str(made)


def _forked() -> str:
    if os.fork() == 0:
        os._exit(0)
    return "forked"


def _called(number: int, *arguments: int) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "called"


def _threads() -> str:
    done: list[str] = []
    thread = threading.Thread(target=done.append, args=("a thread",))
    thread.start()
    thread.join()
    return done[0]


TRIED: dict[str, Callable[[], object]] = {
    "a socket of the network": lambda: _socket(socket.AF_INET),
    "a socket of this machine": lambda: _socket(socket.AF_UNIX),
    "a pair of sockets": socket.socketpair,
    "a page of the network": lambda: urllib.request.urlopen("http://192.0.2.1", timeout=1),
    "a new file": lambda: Path("/tmp/backstep-written").write_text("x"),
    "a file opened to write": lambda: OWN.open("a"),
    "a file's rights": lambda: OWN.chmod(0o777),
    "a file's end": lambda: OWN.rename(OWN.with_suffix(".old")),
    "a file deleted": lambda: OWN.with_suffix(".none").unlink(),
    "a folder": lambda: OWN.with_suffix(".folder").mkdir(),
    "a link": lambda: OWN.with_suffix(".link").symlink_to(OWN),
    "a file of the system": lambda: Path("/etc/passwd").read_text(),
    "what the system's users keep": lambda: list(Path("/root").iterdir()),
    "another process's memory": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "a fork": _forked,
    "a program": lambda: subprocess.run(["/bin/true"], check=True),
    "this process as another program": lambda: os.execv("/bin/true", ["true"]),
    "a signal to the service": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "a signal to a group": lambda: os.killpg(0, signal.SIGCONT),
    "a ring of calls": lambda: _called(425, 1, 0),
    "a process to be traced": lambda: _called(101 if os.uname().machine == "x86_64" else 117, 16),
    "the other numbers of calls": lambda: _called(0x40000000 | 41, 2, 1, 0),
}
"""What must fail."""
NEEDED: dict[str, Callable[[], object]] = {
    "a thread": _threads,
    "a file of its own": lambda: OWN.read_text()[:3],
    "a product": lambda: float((np.ones((200, 200)) @ np.ones((200, 200))).sum()),
    "randomness": lambda: len(os.urandom(8)),
    "a signal to itself": lambda: os.kill(os.getpid(), 0),
}
"""What must not."""


def tried(payload: bytes) -> Any:
    try:
        done = {**TRIED, **NEEDED}[payload.decode()]()
    except OSError as error:
        return type(error).__name__
    return f"done: {done}"


CALLS = {"tried": tried}

"""Calls that pool tests give to workers: each does one thing that mathematics might do to one."""

from __future__ import annotations

import itertools
import math
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.jobs.protocol import Payload
from backstep import clock
from backstep.errors import DefinitionError, Diagnostic, Span

WRITABLE = (tempfile.gettempdir(),)


def echo(payload: bytes) -> Any:
    return {"payload": payload.decode(), "pid": os.getpid()}


def sleep(payload: bytes) -> float:
    seconds = float(payload)
    time.sleep(seconds)
    return seconds


def wait(payload: bytes) -> str:
    """Wait until there is the file that the payload names."""
    while not Path(payload.decode()).exists():
        time.sleep(0.005)
    return "begun and ended"


def meet(payload: bytes) -> int:
    """Wait until two are here at once; each makes a file in the payload's folder."""
    folder = Path(payload.decode())
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.005)
    return os.getpid()


def work(payload: bytes) -> float:
    """Work for so many seconds of the processor's time."""
    seconds = float(payload)
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return seconds


def hasten(payload: bytes) -> str:
    """Answer plainly, for lack of time, where the payload says so."""
    if payload:
        clock.shorten()
    return "plain" if payload else "whole"


def long_loop(payload: bytes) -> float:
    """The same, with a look at the clock between the steps."""
    seconds = float(payload)
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        clock.heed()
    return seconds


def content(payload: bytes) -> str:
    """The same, content with what there is when time is up."""
    with suppress(clock.OutOfTime):
        long_loop(payload)
    return "as far as it came"


def counted(payload: bytes) -> float:
    """The same, counted before it begins."""
    clock.expect(float(payload))
    return work(payload)


def spin(payload: bytes) -> None:
    while True:
        pass


def spin_in_c(payload: bytes) -> None:
    """Work without end where Python looks at no signal."""
    sum(itertools.repeat(0))


def picture(payload: bytes) -> Payload:
    return Payload("image/svg+xml", b"<svg/>")


def numbers(payload: bytes) -> Any:
    return {"list": [1.0, math.nan, [math.inf, -math.inf]], "big": 2**80, "none": None}


def refuse(payload: bytes) -> None:
    raise DefinitionError(
        Diagnostic("unknown_name", "nothing is called v", "did you mean w?", Span(1, 5, 1, 6)),
        details={"operations": 10**30},
    )


def fail(payload: bytes) -> None:
    raise RuntimeError("a secret of the server")


def recurse(payload: bytes) -> int:
    return recurse(payload) + 1


def swallow(payload: bytes) -> int:
    """Take as many bytes as the payload says."""
    return len(bytearray(int(payload)))


def large(payload: bytes) -> str:
    return "x" * int(payload)


def die(payload: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(payload: bytes) -> str:
    """End the worker unless the file that the payload names exists; make it first."""
    path = Path(payload.decode())
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    return "alive"


def leave(payload: bytes) -> None:
    sys.exit(3)


CALLS = {
    call.__name__: call
    for call in (
        echo,
        sleep,
        wait,
        meet,
        work,
        long_loop,
        content,
        counted,
        spin,
        spin_in_c,
        picture,
        numbers,
        hasten,
        refuse,
        fail,
        recurse,
        swallow,
        large,
        die,
        die_once,
        leave,
    )
}


def warm() -> list[str]:
    return ["picture"] if os.environ.get("TEST_DEGRADED") else []

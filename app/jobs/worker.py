"""A worker: takes one job after another from its socket, within a memory limit, until told to end.

Runs in a process of its own that `fork_server` forked, and may be killed at any moment.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from backstep import clock
from backstep.errors import BackstepError, Diagnostic, LimitError
from backstep.limits import LIMITS

from . import confinement, protocol, refusals
from .protocol import Kind, Payload

Calls = Mapping[str, Callable[[bytes], object]]

TRACED = 40
"""Innermost calls of a traceback that are logged: a recursion's has a thousand."""
YOUNG_OBJECTS = 50_000
"""New objects after which the youngest generation is collected."""
SHARE = 0.9
"""The share of its time after which a job that can stop between two steps does, and says why. One
that cannot is killed at the end of its time, and costs its worker."""
GRACE = 2.0
"""The kernel ends a job after so many times its time, if the service has not killed it..."""
GRACE_SECONDS = 1.0
"""...and so long: the service, on a machine that is busy, may look late."""


@dataclass(frozen=True, slots=True)
class Target:
    """What workers run of a module: its calls, and two optional functions.

    `prime` runs once in the process that workers are forked from and may start no thread; `warm`
    runs in each worker before its first job and returns the names of the parts that do not work.
    After it a worker can write no files but in `writable`, which is for tests.
    """

    calls: Calls
    prime: Callable[[], None]
    warm: Callable[[], list[str]]
    writable: Sequence[str]


def find(target: str) -> Target:
    """The target at `target`, written "module:name of the calls"."""
    module_name, _, name = target.partition(":")
    module = importlib.import_module(module_name)
    return Target(
        getattr(module, name),
        getattr(module, "prime", lambda: None),
        getattr(module, "warm", list),
        getattr(module, "WRITABLE", ()),
    )


def serve(connection: socket.socket, target: Target) -> None:
    """Answer jobs from `connection` until it is closed."""
    degraded = target.warm()
    _keep()
    _limit_memory(LIMITS.job_memory_bytes)
    # Graphviz of the machine's own is a program that each layout starts.
    programs = os.environ.get("BACKSTEP_GRAPHVIZ") == "system"
    degraded = [*degraded, *confinement.confine(target.writable, programs)]
    stream = connection.makefile("rb")
    connection.sendall(
        protocol.pack_reply(Kind.READY, Payload(protocol.JSON, protocol.to_json(degraded)))
    )
    while head := stream.read(protocol.REQUEST_SIZE):
        seconds, wall, cheap, name_size, payload_size = protocol.unpack_request(head)
        call = stream.read(name_size).decode()
        payload = stream.read(payload_size)
        _end_after(seconds, wall)
        try:
            with clock.cheaply(cheap) if cheap else nullcontext():
                kind, answer, last = _run(target.calls, call, payload, seconds)
        except clock.TooDear:
            kind, answer, last = Kind.DEAR, Payload(protocol.JSON, b""), False
        del payload
        connection.sendall(protocol.pack_reply(kind, answer, last=last))
        _end_after(0, 0)
        if last:
            return


def _end_after(seconds: float, wall: float) -> None:
    # The service kills a job that is late. Should the service itself be gone, the kernel does, in
    # whatever code the job is: nothing here handles these signals. Zeros stop both clocks.
    for timer, allowed in ((signal.ITIMER_PROF, seconds), (signal.ITIMER_REAL, wall)):
        signal.setitimer(timer, allowed and GRACE * allowed + GRACE_SECONDS)


def _run(calls: Calls, call: str, payload: bytes, seconds: float) -> tuple[Kind, Payload, bool]:
    watch = clock.Watch()
    try:
        with clock.shortening() as shortened, clock.within(SHARE * seconds):
            result = calls[call](payload)
            answer = (
                result
                if isinstance(result, Payload)
                else Payload(protocol.JSON, protocol.to_json(result))
            )
            # What makes do with less time cannot tell its own bound from this one.
            lasting = not shortened() and not watch.past(SHARE * seconds)
            answer = replace(answer, lasting=lasting)
        if len(answer.body) > LIMITS.answer_bytes:
            raise _answer_too_large(len(answer.body))
        return Kind.ANSWER, answer, False
    except BackstepError as error:
        return Kind.REFUSAL, Payload(protocol.JSON, protocol.to_json(error.to_plain())), False
    except clock.OutOfTime:
        too_long = protocol.to_json(refusals.too_long(seconds).to_plain())
        return Kind.REFUSAL, Payload(protocol.JSON, too_long), False
    except MemoryError:
        pass
    except RecursionError:
        return Kind.REFUSAL, Payload(protocol.JSON, protocol.to_json(_too_deep().to_plain())), False
    except Exception:
        said = traceback.format_exc(limit=-TRACED).encode()
        return Kind.FAILURE, Payload("text/plain", said), False
    # Here, past the except clause, the frames that held the memory are gone. What the heap looks
    # like after that nobody knows, so this worker ends.
    return Kind.REFUSAL, Payload(protocol.JSON, protocol.to_json(_out_of_memory().to_plain())), True


def _out_of_memory() -> LimitError:
    allowed = LIMITS.job_memory_bytes
    return LimitError(
        Diagnostic(
            "memory",
            f"This needs more memory than the {allowed / 1e6:,.0f} MB that one job may use.",
            "Ask for less at once: large tensors take memory, and so do drawings and documents of "
            "many operations.",
        ),
        details={"limit": "job_memory_bytes", "allowed": allowed},
    )


def _too_deep() -> LimitError:
    return LimitError(
        Diagnostic(
            "nested_too_deep",
            "This is nested deeper than can be worked out here.",
            "Give parts of it names, ask for the form 'shared', or take fewer passes of a loop.",
        )
    )


def _answer_too_large(measured: int) -> LimitError:
    allowed = LIMITS.answer_bytes
    return LimitError(
        Diagnostic(
            "answer_too_large",
            f"The answer would be {measured / 1e6:,.0f} MB; at most {allowed / 1e6:,.0f} MB are"
            " sent.",
            "Ask for fewer values, by `names` or `parts`.",
        ),
        details={"limit": "answer_bytes", "measured": measured, "allowed": allowed},
    )


def _keep() -> None:
    # What is loaded by now stays; to scan it at each collection takes half of the time of a job
    # with many nodes.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def _limit_memory(allowed: int) -> None:
    # Only Linux both reports a process's memory and enforces a limit on it.
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + allowed
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

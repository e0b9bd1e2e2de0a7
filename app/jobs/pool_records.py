"""The records of a pool: its jobs, its workers, and a summary of its state."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from backstep.limits import LIMITS

from .cache import digest
from .fair_queue import Lane
from .protocol import Payload
from .worker_connection import WorkerConnection


class CallFailed(Exception):
    """A call raised an unforeseen exception; `args[0]` is its traceback, for the log alone."""


@dataclass(frozen=True, slots=True)
class Work:
    """One job: a call by name, the bytes of its request, the client, the seconds of processor
    time that it may take, and how many clients the client's address stands for.

    `admitted`: it belongs to a request that has been admitted as a whole. `piece`: to a stream.
    """

    call: str
    payload: bytes
    client: str = ""
    seconds: float = LIMITS.job_seconds
    count: int = 1
    admitted: bool = False
    piece: bool = False

    @property
    def key(self) -> bytes:
        """Equal for equal calls with equal bytes."""
        return digest(self.call, self.payload)


@dataclass(frozen=True, slots=True)
class PoolState:
    """The pool's state: workers wanted and ready, jobs running, how many of them in places for any
    job, and waiting; degraded parts; and whether the first worker is still being started."""

    workers: int
    ready: int
    busy: int
    wide: int
    waiting: int
    degraded: tuple[str, ...]
    starting: bool = False


class Observer:
    """Receives a pool's events, for counting; this one ignores them."""

    def began(self, lane: str, waited: float) -> None:
        """A job was given to a worker after so many seconds in this lane."""

    def ended(self, call: str, how: str, seconds: float | None) -> None:
        """A job's turn at a worker ended after so many seconds of processor time, if that is known.

        `answer`, `refusal`, `failure`, `time_up` (ended, or by itself), `hung`, `left` (by its
        client), `elsewhere` (at a cluster); with another turn to come, `dear` or `lost`.
        """

    def killed(self, why: str) -> None:
        """A worker was killed: `time_up`, `hung`, `left` or `dear`; or has ended: `lost`, or
        `memory` where its job used that up."""

    def refused(self, why: str) -> None:
        """A job was not taken, or not kept in line: `full` or, of one client, `client`; `budget`;
        `remembered`; `waited` too long; `left` by its client; `down`. So with a request for what
        is bounded elsewhere: `streams`, `sweeps`, `bodies`."""


class Dear(Exception):
    """A job that was tried here is one for a cluster."""


@dataclass(slots=True, eq=False)
class Job:
    """An accepted job and its progress."""

    work: Work
    answer: asyncio.Future[Payload]
    lane: Lane
    since: float
    """When it came, or was lost with its worker, by the loop's clock."""
    lined: float = 0.0
    """When it came to its present lane."""
    worker: Worker | None = None
    wide: bool = True
    """Whether it is at work in a place for any job, and not in one for cheap jobs."""
    trial: bool = False
    """Whether it is to hand itself back in any place if it is dear: a cluster takes it then."""
    left: bool = False
    """Whether nobody waits for its answer any more."""
    allowed: float = 0.0
    """Seconds of processor time after which it is ended."""
    charge: Callable[[float], None] | None = None
    """Called with the seconds of processor time that it took."""
    tries: int = 0
    deaths: int = 0
    timer: asyncio.TimerHandle | None = None


Worker = WorkerConnection[Job]


@dataclass(slots=True)
class WorkerSet:
    """All workers; the last to become idle is the next to work, since its caches are warm."""

    all: set[Worker] = field(default_factory=set)
    idle: list[Worker] = field(default_factory=list)

    @property
    def busy(self) -> int:
        """The number of workers that have a job."""
        return len(self.all) - len(self.idle)

    @property
    def wide(self) -> int:
        """The number of workers whose job may take its whole time."""
        return sum(worker.job is not None and worker.job.wide for worker in self.all)

    def drop(self, worker: Worker) -> bool:
        """Remove a worker. Returns whether it was known."""
        if worker not in self.all:
            return False
        self.all.remove(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        return True

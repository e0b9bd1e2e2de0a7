"""The records of a pool: its jobs, its workers, and a summary of its state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from backstep.limits import LIMITS

from .cache import digest
from .protocol import Payload
from .worker_connection import WorkerConnection


class CallFailed(Exception):
    """A call raised an unforeseen exception; `args[0]` is its traceback, for the log alone."""


@dataclass(frozen=True, slots=True)
class Work:
    """One job: a call by name, the bytes of its request, the client, the seconds of processor
    time that it may take, and how many clients the client's address stands for."""

    call: str
    payload: bytes
    client: str = ""
    seconds: float = LIMITS.job_seconds
    count: int = 1

    @property
    def key(self) -> bytes:
        """Equal for equal calls with equal bytes."""
        return digest(self.call, self.payload)


@dataclass(frozen=True, slots=True)
class PoolState:
    """The pool's state: workers wanted and ready, jobs running and waiting, degraded parts."""

    workers: int
    ready: int
    busy: int
    waiting: int
    degraded: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Job:
    """An accepted job and its progress."""

    work: Work
    answer: asyncio.Future[Payload]
    worker: Worker | None = None
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

    def drop(self, worker: Worker) -> bool:
        """Remove a worker. Returns whether it was known."""
        if worker not in self.all:
            return False
        self.all.remove(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        return True

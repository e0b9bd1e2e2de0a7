"""What a pool keeps account of: jobs, the workers that have them, how it stands. Acts not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from backstep.limits import LIMITS

from .cache import digest
from .protocol import Payload
from .worker_connection import WorkerConnection


class CallFailed(Exception):
    """A call raised what it should not have; `args[0]` is its traceback, for the log alone."""


@dataclass(frozen=True, slots=True)
class Work:
    """One job: a call by name, the bytes it is given, on whose behalf, and the seconds of
    processor time that it may take."""

    call: str
    payload: bytes
    client: str = ""
    seconds: float = LIMITS.job_seconds

    @property
    def key(self) -> bytes:
        """Equal for the same call on the same bytes."""
        return digest(self.call, self.payload)


@dataclass(frozen=True, slots=True)
class PoolState:
    """How the pool is: workers wanted and ready, jobs under way and in line, parts degraded."""

    workers: int
    ready: int
    busy: int
    waiting: int
    degraded: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Job:
    """A job that was taken on, and what has become of it."""

    work: Work
    answer: asyncio.Future[Payload]
    worker: Worker | None = None
    tries: int = 0
    deaths: int = 0
    timer: asyncio.TimerHandle | None = None


Worker = WorkerConnection[Job]


@dataclass(slots=True)
class WorkerSet:
    """The workers there are; the last to become idle is the next to work, its caches warm."""

    all: set[Worker] = field(default_factory=set)
    idle: list[Worker] = field(default_factory=list)

    @property
    def busy(self) -> int:
        """How many have a job."""
        return len(self.all) - len(self.idle)

    def drop(self, worker: Worker) -> bool:
        """Forget a worker; whether it was known."""
        if worker not in self.all:
            return False
        self.all.remove(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        return True

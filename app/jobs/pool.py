"""The pool of worker processes: gives out jobs, and kills a worker whose job exceeds its time.

A job's time is its worker's processor time, so that on a busy machine an answer comes late, but
comes. A job that blocks without computing is ended by wall time.

A worker has one job at a time and a socket of its own, so nothing is shared that a killed process
could leave locked or half written. A worker that ends is replaced; its job is tried once more. All
of this lives on one event loop; no threads.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial

import orjson
import structlog

from backstep.errors import from_plain
from backstep.limits import LIMITS, Limits

from . import protocol, refusals
from .accounts import CallFailed, Job, PoolState, Work, Worker, WorkerSet
from .fair_queue import FairQueue, Full
from .fork_server_client import ForkServerClient
from .protocol import Kind, Payload
from .worker_connection import WorkerConnection

SPARES = 1
"""Ready workers beyond those that work: one takes the place of a lost worker at once."""
START_SECONDS = 30.0
"""A worker that is not ready by then has failed to start."""
FAILED_STARTS = 3
"""After so many failed starts in a row, jobs are refused instead of kept waiting."""
LOOK_SECONDS = 0.02
"""Between two looks at a job that has nearly used up its time."""
TRIES = 6
"""After so many failed attempts a job is given up, whatever their cause."""

log = structlog.get_logger("backstep.jobs")


class Pool:
    """`workers` processes that run the calls at `target` ("module:name", see `worker.find`), and
    a spare one.

    A worker is replaced after `jobs_per_worker` jobs, since what libraries keep only grows.
    """

    def __init__(
        self, target: str, *, workers: int = 2, jobs_per_worker: int = 5000, limits: Limits = LIMITS
    ) -> None:
        self._size = workers
        self._jobs_per_worker = jobs_per_worker
        self._limits = limits
        self._forker = ForkServerClient(target)
        self._crew = WorkerSet()
        self._hiring: set[asyncio.Task[None]] = set()
        self._failed_starts = 0
        self._line: FairQueue[Job] = FairQueue(
            limits.client_running, limits.client_waiting, limits.all_waiting
        )
        self._refused = refusals.Quarantine()
        self._degraded: tuple[str, ...] = ()
        self._mean_seconds = 0.01
        self._open = False

    async def start(self) -> None:
        """Begin to start workers; jobs are accepted at once and wait for the first worker."""
        self._open = True
        self._start_missing()

    async def stop(self) -> None:
        """End every worker. Jobs that still wait or run are refused."""
        self._open = False
        for task in self._hiring:
            task.cancel()
        await asyncio.gather(*self._hiring, return_exceptions=True)
        self._refuse_waiting()
        for worker in tuple(self._crew.all):
            if worker.job is not None:
                self._settle(worker.job, refusals.unavailable())
            worker.kill()
        self._crew = WorkerSet()
        await self._forker.close()

    def state(self) -> PoolState:
        """The pool's present state."""
        ready = min(len(self._crew.all), self._size)
        return PoolState(self._size, ready, self._crew.busy, len(self._line), self._degraded)

    async def run(self, work: Work) -> Payload:
        """The answer of one job.

        Raises the `BackstepError` that the call raised, TimeUp, Busy, Unavailable, and CallFailed
        for any other exception of the call. If it is cancelled, the job's worker is killed.
        """
        if not self._open or (self._failed_starts >= FAILED_STARTS and not self._crew.all):
            raise refusals.unavailable()
        loop = asyncio.get_running_loop()
        if self._refused and (why := self._refused.why(work.key, loop.time())):
            raise why()
        job = Job(work, loop.create_future())
        try:
            self._line.add(work.client, job)
        except Full as full:
            raise refusals.busy(full.everyone, self._ahead()) from None
        self._dispatch()
        if job.worker is None:
            job.timer = loop.call_later(self._limits.waiting_seconds, self._waited_too_long, job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            self._take_back(job)
            raise

    # Workers

    def _start_missing(self) -> None:
        staying = sum(not worker.leaving for worker in self._crew.all)
        for _ in range(self._size + SPARES - staying - len(self._hiring)):
            task = asyncio.ensure_future(self._start_until_ready())
            self._hiring.add(task)
            task.add_done_callback(self._hiring.discard)

    async def _start_until_ready(self) -> None:
        while True:
            try:
                worker = await self._start_worker()
                break
            except (OSError, TimeoutError) as error:
                self._failed_starts += 1
                log.error("worker_not_started", error=str(error), failures=self._failed_starts)
                if self._failed_starts >= FAILED_STARTS and not self._crew.all:
                    self._refuse_waiting()
                await asyncio.sleep(min(0.1 * 2.0**self._failed_starts, 5.0))
        self._failed_starts = 0
        self._degraded = tuple(worker.ready.result())
        self._crew.all.add(worker)
        self._crew.idle.append(worker)
        for old in [old for old in self._crew.idle if old.leaving]:
            self._close_if_replaced(old)
        self._dispatch()

    async def _start_worker(self) -> Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = await self._forker.fork(theirs)
            except BaseException:
                ours.close()
                raise
        worker: Worker = WorkerConnection(pid, ours, self._replied, self._worker_lost)
        loop = asyncio.get_running_loop()
        ours.setblocking(False)
        try:
            await loop.create_unix_connection(lambda: worker, sock=ours)
            async with asyncio.timeout(START_SECONDS):
                await worker.ready
            if not worker.alive():
                raise OSError("a worker ended as soon as it was ready")
        except BaseException:
            worker.kill()
            raise
        return worker

    def _close_if_replaced(self, worker: Worker) -> None:
        if worker.leaving and len(self._crew.all) > self._size + SPARES:
            self._crew.drop(worker)
            worker.close()

    def _kill_worker(self, worker: Worker) -> None:
        """Kill a worker whose job is not wanted any more, and replace it."""
        worker.job = None
        self._crew.drop(worker)
        worker.kill()
        if self._open:
            self._start_missing()

    # Jobs

    def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        crew = self._crew
        while crew.idle and crew.busy < self._size:
            if not crew.idle[-1].alive():
                self._replace(crew.idle[-1])
                continue
            taken = self._line.take()
            if taken is None:
                return
            _, job = taken
            worker = crew.idle.pop()
            if job.timer is not None:
                job.timer.cancel()
            job.worker, worker.job = worker, job
            work = job.work
            wall = self._wall(work)
            job.timer = loop.call_later(min(work.seconds, wall), self._look, worker, job)
            worker.send(protocol.pack_request(work.call, work.payload, work.seconds, wall))

    def _replied(self, worker: Worker, kind: Kind, answer: Payload, last: bool) -> None:
        job = worker.job
        if job is None:
            return  # its job was cancelled; the worker is about to be killed
        worker.job = None
        worker.jobs += 1
        _, seconds = worker.used()
        self._mean_seconds += 0.05 * (seconds - self._mean_seconds)
        if last:
            self._crew.drop(worker)
            self._start_missing()
        else:
            self._crew.idle.append(worker)
            if worker.jobs >= self._jobs_per_worker and not worker.leaving:
                worker.leaving = True
                self._start_missing()
            self._close_if_replaced(worker)
        self._line.done(job.work.client)
        self._settle(job, answer if kind is Kind.ANSWER else _error(kind, answer))
        self._dispatch()

    def _worker_lost(self, worker: Worker, read_all: bool) -> None:
        job, worker.job = worker.job, None
        if not self._open:
            return
        if job is not None:
            self._job_lost(job, guilty=read_all)
        self._replace(worker)
        self._dispatch()

    def _replace(self, worker: Worker) -> None:
        """Replace a worker that has ended unasked."""
        if self._crew.drop(worker):
            log.warning("worker_lost", pid=worker.pid)
            self._start_missing()

    def _job_lost(self, job: Job, guilty: bool) -> None:
        """The worker of this job has died: while it ran, or (not `guilty`) before it had begun."""
        job.worker = None
        job.tries += 1
        job.deaths += guilty
        if job.timer is not None:
            job.timer.cancel()
        if job.deaths < refusals.DEATHS and job.tries < TRIES:
            self._line.put_back(job.work.client, job)
            return
        self._line.done(job.work.client)
        self._refuse_for_a_while(job.work, refusals.worker_killer)
        log.error("job_refused", call=job.work.call, bytes=len(job.work.payload))
        self._settle(job, refusals.worker_killer())

    def _wall(self, work: Work) -> float:
        return max(self._limits.job_wall_seconds, work.seconds)

    def _look(self, worker: Worker, job: Job) -> None:
        """End a job that has used up its time, or look again when it can have done so."""
        allowed, wall = job.work.seconds, self._wall(job.work)
        used, passed = worker.used()
        if used >= allowed:
            up = partial(refusals.time_up, allowed)
            # The same work would take as long again, and cost a worker again.
            self._refuse_for_a_while(job.work, up)
            self._stop_late(worker, job, up())
        elif passed >= wall:
            self._stop_late(worker, job, refusals.wall_time_up(wall, used))
        else:
            again = max(min(allowed - used, wall - passed), LOOK_SECONDS)
            job.timer = asyncio.get_running_loop().call_later(again, self._look, worker, job)

    def _stop_late(self, worker: Worker, job: Job, why: Exception) -> None:
        self._line.done(job.work.client)
        self._settle(job, why)
        self._kill_worker(worker)
        self._dispatch()

    def _refuse_for_a_while(self, work: Work, why: refusals.Why) -> None:
        self._refused.add(work.key, why, asyncio.get_running_loop().time())

    def _take_back(self, job: Job) -> None:
        if job.timer is not None:
            job.timer.cancel()
        if job.worker is None:
            if job in self._line:
                self._line.remove(job.work.client, job)
        elif job.worker.job is job:
            self._line.done(job.work.client)
            self._kill_worker(job.worker)
            self._dispatch()

    def _waited_too_long(self, job: Job) -> None:
        if not self._crew.all:
            # The first workers are not ready, or all are being replaced: its length says nothing.
            wait = self._limits.waiting_seconds
            job.timer = asyncio.get_running_loop().call_later(wait, self._waited_too_long, job)
            return
        self._line.remove(job.work.client, job)
        self._settle(job, refusals.busy(True, self._ahead()))

    def _ahead(self) -> float:
        """Seconds until the present queue will have been worked off."""
        return len(self._line) * self._mean_seconds / self._size

    def _refuse_waiting(self) -> None:
        for job in tuple(self._line):
            self._line.remove(job.work.client, job)
            self._settle(job, refusals.unavailable())

    def _settle(self, job: Job, outcome: Payload | Exception) -> None:
        if job.timer is not None:
            job.timer.cancel()
        if job.answer.done():
            return
        if isinstance(outcome, Payload):
            job.answer.set_result(outcome)
        else:
            job.answer.set_exception(outcome)


def _error(kind: Kind, answer: Payload) -> Exception:
    if kind is Kind.REFUSAL:
        return from_plain(orjson.loads(answer.body))
    return CallFailed(answer.body.decode(errors="replace"))

"""The pool of worker processes: gives out jobs, and kills a worker whose job exceeds its time.

A job's time is its worker's processor time, so that on a busy machine an answer comes late, but
comes. A job that blocks without computing is ended by wall time.

There are places for any job, as many as processors are to compute, and places for cheap jobs alone.
Nothing is known of a new job, so it may take either. In a cheap place it has a tenth of a second:
one that is counted to take longer, or does, waits in a lane of its own for one of the others. Thus
someone's cheap job never waits for everyone's dear ones.

A worker has one job at a time and a socket of its own, so nothing is shared that a killed process
could leave locked or half written. A worker that ends is replaced; its job is tried once more. All
of this lives on one event loop; no threads.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import orjson
import structlog

from backstep.errors import BackstepError, from_plain
from backstep.limits import LIMITS, Limits

from . import protocol, refusals
from .admissions import Admissions
from .budgets import Budgets
from .cluster import Cluster, Gone
from .fair_queue import FairQueue, Full, Lane
from .fork_server_client import LOAD_SECONDS, ForkServerClient
from .pool_records import CallFailed, Dear, Job, Observer, PoolState, Work, Worker, WorkerSet
from .protocol import Kind, Payload
from .worker_connection import WorkerConnection

CHEAP = 1
"""Workers for cheap jobs alone; one of them also takes the place of a lost worker at once."""

OVERTIME = 1.5
"""A job in a cheap place hands itself back at its time; past this much of it, it is killed."""
SPARES = 1
"""Ready workers beyond those that take any job, at least."""
START_SECONDS = 30.0
"""A worker that is not ready by then has failed to start."""
FAILED_STARTS = 3
"""After so many failed starts in a row, jobs are refused instead of kept waiting."""
HUNG_SECONDS = 5.0
"""A worker that has not begun to read its job by then is not going to."""
KILL_SECONDS = 1.0
"""What a client is charged for a worker that its job has cost, beside the job's own time."""
LOOK_SECONDS = 0.02
"""Between two looks at a job that has nearly used up its time."""
TRIES = 6
"""After so many failed attempts a job is given up, whatever their cause."""

Charge = Callable[[float], None]

log = structlog.get_logger("backstep.jobs")


class Pool:
    """`workers` processes that run the calls at `target` ("module:name", see `worker.find`), and
    `cheap` more for cheap calls, or a spare one. A `cluster` takes the heavy ones, where it can.

    A worker is replaced after `jobs_per_worker` jobs, since what libraries keep only grows.
    """

    def __init__(
        self,
        target: str,
        *,
        workers: int = 2,
        cheap: int = CHEAP,
        jobs_per_worker: int = 5000,
        limits: Limits = LIMITS,
        observer: Observer | None = None,
        cluster: Cluster | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self._cluster = cluster or Cluster()
        self._size = workers
        self._cheap = cheap
        self._whole = workers + max(cheap, SPARES)
        self._observer = observer or Observer()
        self._jobs_per_worker = jobs_per_worker
        self._limits = limits
        self._forker = ForkServerClient(target)
        self._crew = WorkerSet()
        self._hiring: set[asyncio.Task[None]] = set()
        self._failed_starts = 0
        self.budgets = budgets or Budgets(limits.client_seconds, limits.client_rate)
        self._line: FairQueue[Job] = FairQueue(
            limits.client_running, limits.client_waiting, limits.all_waiting, self._spent
        )
        self._lanes = [Lane.DEAR, Lane.PIECE, Lane.NEW]
        self._admissions = Admissions(
            limits.client_running + limits.client_waiting, limits.all_waiting
        )
        self._began = False
        self._opened_at = 0.0
        self._refused = refusals.Quarantine()
        self._degraded: tuple[str, ...] = ()
        self._mean_seconds = 0.01
        self._open = False

    async def start(self) -> None:
        """Begin to start workers; jobs are accepted at once and wait for the first worker."""
        self._open = True
        self._opened_at = asyncio.get_running_loop().time()
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
        waiting = len(self._line)
        starting = not self._began and self._failed_starts < FAILED_STARTS
        busy, wide = self._crew.busy, self._crew.wide
        return PoolState(self._size, ready, busy, wide, waiting, self._degraded, starting)

    async def run(self, work: Work, charge: Charge | None = None) -> Payload:
        """The answer of one job; `charge` is told the seconds that it took, in all.

        Raises the `BackstepError` that the call raised, TimeUp, Busy, Unavailable, and CallFailed
        for any other exception of the call. If it is cancelled, the job is taken out of the line;
        at work, it has a little more time, so that it need not cost its worker.
        """
        if not self._open or (self._failed_starts >= FAILED_STARTS and not self._crew.all):
            raise self._counted("down", refusals.unavailable())
        loop = asyncio.get_running_loop()
        if self._refused and (why := self._refused.why(work.key, loop.time())):
            raise self._counted("remembered", why())
        if not work.admitted:
            self._check_budget(work.client)
        if self._cluster.takes(work):
            with suppress(Gone):
                return await self._run_elsewhere(work)
        lane = Lane.PIECE if work.piece else Lane.NEW
        if self._cluster.takes_dear(work):
            with suppress(Dear):
                return await self._run_here(work, lane, charge, trial=True)
            with suppress(Gone):
                return await self._run_elsewhere(work)
            lane = Lane.DEAR
        return await self._run_here(work, lane, charge)

    async def _run_here(
        self, work: Work, lane: Lane, charge: Charge | None, trial: bool = False
    ) -> Payload:
        loop = asyncio.get_running_loop()
        job = Job(
            work,
            loop.create_future(),
            lane,
            loop.time(),
            loop.time(),
            allowed=work.seconds,
            charge=charge,
            trial=trial,
        )
        try:
            self._line.add(work.client, job, lane, count=work.count, admitted=work.admitted)
        except Full as full:
            raise self._full(full) from None
        self._dispatch()
        if job.worker is None:
            self._let_wait(job)
        try:
            return await job.answer
        except asyncio.CancelledError:
            self._take_back(job)
            raise

    async def _run_elsewhere(self, work: Work) -> Payload:
        now = asyncio.get_running_loop().time

        def charge(seconds: float) -> None:
            self.budgets.charge(work.client, work.count, seconds, now())
            self._observer.ended(work.call, "elsewhere", seconds)

        try:
            return await self._cluster.run(work, charge)
        except BackstepError as error:
            self._remember(work, error)
            raise

    def admit(self, client: str, count: int) -> None:
        """Let a request in, whose jobs are `admitted`; `leave` lets it out. Raises Busy."""
        self._check_budget(client)
        if self._ahead(Lane.NEW) > self._limits.waiting_seconds:
            raise self._full(Full(everyone=True))
        try:
            self._admissions.enter(client, count)
        except Full as full:
            raise self._full(full) from None

    def leave(self, client: str) -> None:
        """Let a request out."""
        self._admissions.leave(client)

    def _spent(self, client: str) -> float:
        return self.budgets.spent(client, asyncio.get_running_loop().time())

    def _check_budget(self, client: str) -> None:
        wait = self.budgets.wait(client, asyncio.get_running_loop().time())
        if wait:
            raise self._counted("budget", refusals.spent(wait))

    def _full(self, full: Full) -> Exception:
        why = "full" if full.everyone else "client"
        return self._counted(why, refusals.busy(full.everyone, self._ahead()))

    def count_refusal(self, why: str) -> None:
        """Count a job that was refused before it was asked for here."""
        self._observer.refused(why)

    def _counted(self, why: str, error: Exception) -> Exception:
        self._observer.refused(why)
        return error

    # Workers

    def _start_missing(self) -> None:
        staying = sum(not worker.leaving for worker in self._crew.all)
        for _ in range(self._whole - staying - len(self._hiring)):
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
        self._began = True
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
        if worker.leaving and len(self._crew.all) > self._whole:
            self._crew.drop(worker)
            worker.close()

    def _kill_worker(self, worker: Worker, why: str) -> None:
        """Kill a worker whose job is not wanted any more, and replace it."""
        self._observer.killed(why)
        worker.job = None
        self._crew.drop(worker)
        worker.kill()
        if self._open:
            self._start_missing()

    # Jobs

    def _dispatch(self) -> None:
        crew = self._crew
        while crew.idle:
            if not crew.idle[-1].alive():
                self._replace(crew.idle[-1])
                continue
            wide = crew.wide < self._size
            job = self._next(wide)
            if job is None:
                return
            self._begin(crew.idle.pop(), job, wide)

    def _next(self, wide: bool) -> Job | None:
        """The job that takes the next place, which is one for any job if it is `wide`."""
        if not wide:
            # A place for cheap jobs: nothing is known of a new one but that it may be cheap.
            cheap = self._crew.busy - self._crew.wide < self._cheap
            taken = self._line.take(Lane.NEW) if cheap else None
            return None if taken is None else taken[1]
        for lane in tuple(self._lanes):
            taken = self._line.take(lane)
            if taken is not None:
                self._lanes.remove(lane)
                self._lanes.append(lane)
                return taken[1]
        return None

    def _begin(self, worker: Worker, job: Job, wide: bool) -> None:
        loop = asyncio.get_running_loop()
        if job.timer is not None:
            job.timer.cancel()
        self._observer.began(job.lane.name.lower(), loop.time() - job.lined)
        job.worker, worker.job, job.wide = worker, job, wide
        work = job.work
        bounded = job.trial or not wide
        wall, cheap = self._wall(work), self._limits.cheap_seconds if bounded else 0.0
        first = min(work.seconds, wall, HUNG_SECONDS, cheap or work.seconds)
        job.timer = loop.call_later(first, self._look, worker, job)
        worker.send(protocol.pack_request(work.call, work.payload, work.seconds, wall, cheap))

    def _replied(self, worker: Worker, kind: Kind, answer: Payload, last: bool) -> None:
        job = worker.job
        if job is None:
            return  # its job was cancelled; the worker is about to be killed
        worker.job = None
        worker.jobs += 1
        seconds, passed = worker.used()
        if kind is not Kind.DEAR:
            self._mean_seconds += 0.05 * (passed - self._mean_seconds)
        outcome = None if kind is Kind.DEAR else _outcome(kind, answer)
        is_up = isinstance(outcome, BackstepError) and refusals.is_time_up(outcome)
        self._charge(job, seconds, "time_up" if is_up else kind.name.lower())
        if last:
            self._observer.killed("memory")
            self._crew.drop(worker)
            self._start_missing()
        else:
            self._crew.idle.append(worker)
            if worker.jobs >= self._jobs_per_worker and not worker.leaving:
                worker.leaving = True
                self._start_missing()
            self._close_if_replaced(worker)
        if outcome is None and not job.left:
            self._is_dear(job)
        else:
            self._line.done(job.work.client)
            if isinstance(outcome, BackstepError):
                self._remember(job.work, outcome)
            self._settle(job, outcome or Dear())
        self._dispatch()

    def _is_dear(self, job: Job) -> None:
        """Put a job, begun in a place for cheap ones, in line for one of the others; or hand it
        back, for a cluster."""
        if job.trial:
            self._line.done(job.work.client)
            self._settle(job, Dear())
            return
        job.worker, job.lane = None, Lane.DEAR
        job.lined = asyncio.get_running_loop().time()
        self._line.put_back(job.work.client, job, Lane.DEAR)
        self._let_wait(job)

    def _let_wait(self, job: Job) -> None:
        """Put a bound on how long a job stands in line, in whichever lanes, since it came."""
        limits, loop = self._limits, asyncio.get_running_loop()
        wait = limits.admitted_waiting_seconds if job.work.admitted else limits.waiting_seconds
        if job.timer is not None:
            job.timer.cancel()
        left = max(wait - (loop.time() - job.since), LOOK_SECONDS)
        job.timer = loop.call_later(left, self._waited_too_long, job)

    def _charge(self, job: Job, seconds: float | None, how: str, fine: float = 0.0) -> None:
        work, now = job.work, asyncio.get_running_loop().time()
        owed = (seconds or 0.0) + fine
        self.budgets.charge(work.client, work.count, owed, now)
        if job.charge is not None:
            job.charge(owed)
        self._observer.ended(work.call, "left" if job.left else how, seconds)

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
            self._observer.killed("lost")
            log.warning("worker_lost", pid=worker.pid)
            self._start_missing()

    def _job_lost(self, job: Job, guilty: bool) -> None:
        """The worker of this job has died: while it ran, or (not `guilty`) before it had begun."""
        job.worker = None
        job.tries += 1
        job.deaths += guilty
        if job.timer is not None:
            job.timer.cancel()
        # How long it took has gone with its worker.
        self._charge(job, None, "lost", KILL_SECONDS if guilty else 0.0)
        if job.deaths < refusals.DEATHS and job.tries < TRIES and not job.left:
            # What was lost is not its fault.
            job.since = job.lined = asyncio.get_running_loop().time()
            self._line.put_back(job.work.client, job, job.lane)
            self._let_wait(job)
            return
        self._line.done(job.work.client)
        if job.left and job.deaths < refusals.DEATHS:
            return
        self._refuse_for_a_while(job.work, refusals.worker_killer)
        log.error("job_refused", call=job.work.call, bytes=len(job.work.payload))
        self._settle(job, refusals.worker_killer())

    def _wall(self, work: Work) -> float:
        return max(self._limits.job_wall_seconds, work.seconds)

    def _look(self, worker: Worker, job: Job) -> None:
        """End a job that has used up its time, or look again when it can have done so."""
        wall = self._wall(job.work)
        used, passed = worker.used()
        cheap = self._limits.cheap_seconds
        over = cheap * OVERTIME
        if not job.wide and used >= cheap and self._crew.wide < self._size:
            job.wide = True  # what it holds up is not needed for it any more
        if passed >= HUNG_SECONDS and worker.untouched():
            self._kill_worker(worker, "hung")
            self._job_lost(job, guilty=False)
            self._dispatch()
        elif used >= job.work.seconds:
            up = partial(refusals.time_up, job.work.seconds)
            # The same work would take as long again, and cost a worker again.
            self._refuse_for_a_while(job.work, up)
            self._stop_late(worker, job, up(), used, "time_up")
        elif passed >= wall:
            self._stop_late(worker, job, refusals.wall_time_up(wall, used), used, "hung")
        elif used >= job.allowed and self._crew.idle:
            self._stop_late(worker, job, refusals.unavailable(), used, "left")
        elif not job.wide and used >= over and self._line.length(Lane.NEW) and not job.left:
            # It was to be cheap, and others who may be cheap wait for its place.
            self._charge(job, used, "dear")
            self._kill_worker(worker, "dear")
            self._is_dear(job)
            self._dispatch()
        else:
            # Of what is no cause to end it now, the next look is soon.
            later = [job.work.seconds - used, wall - passed]
            later += [job.allowed - used] if job.left else []
            later += [HUNG_SECONDS - passed] if passed < HUNG_SECONDS else []
            later += [] if job.wide else [(cheap if used < cheap else over) - used]
            again = max(min(later), LOOK_SECONDS)
            job.timer = asyncio.get_running_loop().call_later(again, self._look, worker, job)

    def _stop_late(
        self, worker: Worker, job: Job, why: Exception, used: float, reason: str
    ) -> None:
        self._line.done(job.work.client)
        self._charge(job, used, reason, KILL_SECONDS)
        self._settle(job, why)
        self._kill_worker(worker, reason)
        self._dispatch()

    def _remember(self, work: Work, error: BackstepError) -> None:
        if refusals.is_remembered(error):
            self._refuse_for_a_while(work, partial(from_plain, error.to_plain()))

    def _refuse_for_a_while(self, work: Work, why: refusals.Why) -> None:
        self._refused.add(work.key, why, asyncio.get_running_loop().time())

    def _take_back(self, job: Job) -> None:
        if job.worker is None:
            if job.timer is not None:
                job.timer.cancel()
            if job in self._line:
                self._line.remove(job.work.client, job, job.lane)
                self._observer.refused("left")
        elif job.worker.job is job:
            # Its place, its time and its client's stay taken until it ends, or is ended.
            if job.timer is not None:
                job.timer.cancel()
            job.left = True
            used, _ = job.worker.used()
            job.allowed = min(job.work.seconds, used + self._limits.cancelled_seconds)
            self._look(job.worker, job)

    def _waited_too_long(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        loading = not self._began and loop.time() - self._opened_at < LOAD_SECONDS
        if not self._crew.all and loading:
            # The first workers are not ready: the length of the line says nothing.
            self._let_wait(job)
            return
        self._line.remove(job.work.client, job, job.lane)
        if self._crew.all:
            self._settle(job, self._counted("waited", refusals.busy(True, self._ahead())))
        else:
            self._settle(job, self._counted("down", refusals.unavailable()))

    def _ahead(self, lane: Lane | None = None) -> float:
        """Seconds until the present queue, or one lane of it, will have been worked off."""
        length = len(self._line) if lane is None else self._line.length(lane)
        return length * self._mean_seconds / self._size

    def _refuse_waiting(self) -> None:
        for job in tuple(self._line):
            self._line.remove(job.work.client, job, job.lane)
            self._settle(job, self._counted("down", refusals.unavailable()))

    def _settle(self, job: Job, outcome: Payload | Exception) -> None:
        if job.timer is not None:
            job.timer.cancel()
        if job.answer.done():
            return
        if isinstance(outcome, Payload):
            job.answer.set_result(outcome)
        else:
            job.answer.set_exception(outcome)


def _outcome(kind: Kind, answer: Payload) -> Payload | BackstepError | CallFailed:
    if kind is Kind.ANSWER:
        return answer
    if kind is Kind.REFUSAL:
        return from_plain(orjson.loads(answer.body))
    return CallFailed(answer.body.decode(errors="replace"))

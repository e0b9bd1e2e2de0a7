"""Heavy jobs on other machines, by Dask: each of its workers has a killable pool of its own.

Dask cannot end a task that runs, so what it carries are whole jobs for a pool elsewhere, with the
same limits. Whatever goes wrong on the way there or back is no failure of the job: it is computed
here then, and the cluster is left alone until it answers again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import structlog

from backstep import __version__
from backstep.errors import BackstepError, Busy, Unavailable, from_plain
from backstep.limits import LIMITS

from .pool_records import CallFailed, Work
from .protocol import Kind, Payload, to_json

if TYPE_CHECKING:
    from .pool import Pool

HEAVY = frozenset({"train_on", "sweep_on"})
"""The jobs that are long: pieces of trainings and sweeps."""
UNLIKE = frozenset({"check", "analyze/check"})
"""Calls some of whose jobs are long: they start here, and move on if they turn out to be dear."""
PART = "cluster"
"""How the health names it where it does not work."""
CONNECT_SECONDS = 3.0
LOOK_SECONDS = 0.5
"""Seconds between two looks at which workers there are, and between two attempts to connect."""
ANSWER_SECONDS = 5.0
"""Seconds after which a scheduler that has not answered is taken to be gone."""
POOL = "backstep_pool"
"""The attribute of a Dask worker that holds its pool."""

log = structlog.get_logger("backstep.cluster")

Answer = tuple[int, str, bytes, bool, float]
"""What comes back: the kind of reply, its media type and body, whether it is lasting, and the
seconds of processor time that it took."""


class Gone(Exception):
    """The cluster has not answered; the job is to be computed here."""


def place(address: str) -> str:
    """A scheduler's address in Dask's form. Raises ValueError."""
    told = urlsplit(address)
    try:
        port = told.port
    except ValueError:
        port = None
    if told.scheme not in ("tcp", "tls") or not told.hostname or not port:
        raise ValueError("must be a scheduler's address such as tcp://host:8786")
    if importlib.util.find_spec("distributed") is None:
        raise ValueError("needs the package distributed: pip install 'backstep-learn[dask]'")
    return address


def made_by() -> str:
    """The version and the limits: workers of others may answer otherwise."""
    return hashlib.blake2b(f"{__version__} {LIMITS}".encode(), digest_size=8).hexdigest()


# At a Dask worker


async def answer(maker: str, call: str, payload: bytes, seconds: float) -> Answer | None:
    """The answer of a job by the pool of the Dask worker that this runs on; None if it has another
    version or other limits, or cannot take the job."""
    from distributed import get_worker

    if maker != made_by():
        return None
    pool: Pool = getattr(get_worker(), POOL)
    # The job has been admitted where it came from, and is paid for there.
    work = Work(call, payload, "", seconds, 1_000, admitted=True)
    spent = _Spent()
    try:
        found = await pool.run(work, spent.add)
        return Kind.ANSWER, found.media, found.body, found.lasting, spent.seconds
    except (Busy, Unavailable):
        return None
    except BackstepError as error:
        return Kind.REFUSAL, "", to_json(error.to_plain()), True, spent.seconds
    except CallFailed as failed:
        return Kind.FAILURE, "", failed.args[0].encode(), True, spent.seconds


class _Spent:
    seconds = 0.0

    def add(self, seconds: float) -> None:
        self.seconds += seconds


@contextlib.asynccontextmanager
async def working(scheduler: str, pool: Pool, places: int) -> AsyncIterator[Any]:
    """A Dask worker with so many places, whose jobs `pool` runs."""
    from distributed import Worker

    # The pool limits the memory of each job; Dask's own limit would pause the worker.
    worker = Worker(scheduler, nthreads=places, memory_limit=0)
    # Before it is known: its first job may come at once.
    setattr(worker, POOL, pool)
    async with worker:
        yield worker


# Where the jobs come from


@dataclass(slots=True)
class _Connection:
    client: Any
    places: int = 0


class Cluster:
    """A Dask scheduler at `address`, and the workers that it has; without an address none."""

    def __init__(self, address: str = "") -> None:
        self._address = address
        self._connection: _Connection | None = None
        self._looking: asyncio.Task[None] | None = None
        self._maker = made_by()
        self.answers = 0

    @property
    def down(self) -> bool:
        """Whether there should be one, and none can take a job."""
        return bool(self._address) and not self.places

    @property
    def places(self) -> int:
        """How many jobs its workers compute at once."""
        return 0 if self._connection is None else self._connection.places

    async def start(self) -> None:
        """Begin to look for it."""
        if self._address:
            self._looking = asyncio.ensure_future(self._look())

    async def close(self) -> None:
        """Leave it."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def takes(self, work: Work) -> bool:
        """Whether a job is a long one, and the cluster can take it now."""
        return work.call in HEAVY and self.places > 0

    def takes_dear(self, work: Work) -> bool:
        """Whether the cluster can take a job now that may turn out to be dear."""
        return work.call in UNLIKE and self.places > 0

    async def run(self, work: Work, charge: Callable[[float], None]) -> Payload:
        """The answer of a job; `charge` is told the seconds that it took.

        Raises what the call raised, and Gone.
        """
        connection = self._connection
        if connection is None:
            raise Gone
        asked = connection.client.submit(
            answer, self._maker, work.call, work.payload, work.seconds, pure=False
        )
        try:
            async with asyncio.timeout(LIMITS.waiting_seconds + work.seconds):
                found: Answer | None = await asked
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                _let_go(asked)
                raise
            raise Gone from None  # Dask's own: the scheduler is gone
        except Exception as error:
            _let_go(asked)
            log.warning("cluster_lost_a_job", call=work.call, error=type(error).__name__)
            raise Gone from None
        if found is None:
            raise Gone
        kind, media, told, lasting, seconds = found
        charge(seconds)
        self.answers += 1
        if kind == Kind.REFUSAL:
            raise from_plain(orjson.loads(told))
        if kind == Kind.FAILURE:
            raise CallFailed(told.decode(errors="replace"))
        return Payload(media, told, lasting)

    async def _look(self) -> None:
        """Connect, and again each time that the scheduler has gone."""
        from distributed import Client

        told_down = False
        while True:
            client = None
            try:
                async with asyncio.timeout(2 * CONNECT_SECONDS):
                    client = await Client(
                        self._address,
                        asynchronous=True,
                        set_as_default=False,
                        timeout=CONNECT_SECONDS,
                    )
                self._connection = _Connection(client)
                told_down = False
                await self._watch(self._connection)
            except (OSError, TimeoutError, ValueError, RuntimeError) as error:
                if not told_down:
                    log.warning("cluster_down", error=type(error).__name__)
                told_down = True
            finally:
                self._connection = None
                if client is not None:
                    with contextlib.suppress(Exception):
                        await client.close(timeout=CONNECT_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch(self, connection: _Connection) -> None:
        """Count the places of its workers, until the scheduler has gone."""
        while connection.client.status == "running":
            async with asyncio.timeout(ANSWER_SECONDS):
                told = await connection.client.scheduler.identity()
            connection.places = sum(each["nthreads"] for each in told["workers"].values())
            await asyncio.sleep(LOOK_SECONDS)


def _let_go(asked: Any) -> None:
    """Have Dask forget a job."""
    with contextlib.suppress(Exception):
        asked.release()

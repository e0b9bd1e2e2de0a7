"""`backstep worker`: a Dask worker with a pool, until it is interrupted."""

from __future__ import annotations

import asyncio
import os
import signal

from ..jobs import cluster
from ..jobs.pool import Pool
from ..web import logs
from ..web.main import JOBS
from ..web.settings import Settings, from_environment
from .command import Refused

AGAIN_SECONDS = 1.0
"""Between two attempts to reach a scheduler that is gone."""


def work(scheduler: str, calls: str = JOBS) -> int:
    """Work for a scheduler until interrupted, however often it is started anew. Returns the exit
    code."""
    settings = from_environment(os.environ)
    try:
        cluster.place(scheduler)
    except ValueError as wrong:
        raise Refused(f"{scheduler[:80]} is refused: it {wrong}.") from None
    logs.configure(settings.log_format)
    asyncio.run(_work(scheduler, settings, calls))
    return 0


async def _work(scheduler: str, settings: Settings, calls: str) -> None:
    pool = Pool(
        calls,
        workers=settings.workers,
        cheap=settings.cheap_workers,
        jobs_per_worker=settings.jobs_per_worker,
    )
    ended = asyncio.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(told, ended.set)
    await pool.start()
    working = asyncio.ensure_future(_again(scheduler, pool, settings.workers))
    await ended.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await pool.stop()


async def _again(scheduler: str, pool: Pool, places: int) -> None:
    while True:
        try:
            async with cluster.working(scheduler, pool, places) as worker:
                cluster.log.info("worker_ready", scheduler=scheduler, places=places)
                await worker.finished()
        except (OSError, TimeoutError, ValueError, RuntimeError) as error:
            cluster.log.warning("scheduler_gone", error=type(error).__name__)
        await asyncio.sleep(AGAIN_SECONDS)

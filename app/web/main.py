"""Assembles the service: its routes, middleware, exception handlers, start and shutdown."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware

from backstep import __version__
from backstep.limits import LIMITS

from ..jobs.cluster import Cluster
from ..jobs.pool import Pool
from ..jobs.redis_cache import SharedAnswers
from ..jobs.redis_connection import Redis
from ..jobs.shared_budgets import SharedBudgets
from . import failures, pages, routes
from .body import Bodies
from .clients import Clients
from .compress import Compress
from .cors import AnyOrigin
from .job_client import JobClient
from .prometheus import Counts
from .request_log import RequestLog
from .security import Guard
from .settings import Settings, from_environment
from .shutdown import Ending
from .streams import Streams
from .sweeps import Sweeps
from .training import Trainings

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}

JOBS = f"{__package__.rpartition('.')[0]}.api.jobs:JOBS"
"""The jobs that workers run. Workers alone import it, with all of the mathematics."""


def create_app(
    settings: Settings | None = None, calls: str = JOBS, ending: Ending | None = None
) -> FastAPI:
    """The service. Without `settings` they come from the environment; `ending` is called when it
    ends.
    """
    settings = settings or from_environment(os.environ)
    counts = Counts()
    cluster, redis = Cluster(settings.dask), Redis(settings.redis)
    pool = Pool(
        calls,
        workers=settings.workers,
        cheap=settings.cheap_workers,
        jobs_per_worker=settings.jobs_per_worker,
        observer=counts,
        cluster=cluster,
        budgets=SharedBudgets(LIMITS.client_seconds, LIMITS.client_rate, redis),
    )
    clients = Clients(settings.class_addresses)
    desk = JobClient(pool, settings.cache_bytes, clients, SharedAnswers(redis), cluster)
    ending = ending or Ending()
    streams, bodies = Streams(counts.refused), Bodies(counts.refused)
    sweeps = Sweeps(desk, ending)
    counts.watch(desk, streams, bodies)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await pool.start()
        await cluster.start()
        yield
        await sweeps.close()
        await pool.stop()
        await cluster.close()
        await redis.close()

    app = FastAPI(
        title="Backstep",
        version=__version__,
        openapi_url=None,  # pages has it, and a guide in the place of one that loads from a CDN
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
        lifespan=lifespan,
        routes=[
            *routes.ROUTES,
            *pages.ROUTES,
            *([pages.METRICS] if settings.metrics else []),
        ],
        middleware=[
            Middleware(
                RequestLog,
                counts=counts,
                access_log=settings.access_log,
                addresses=settings.log_addresses,
            ),
            Middleware(AnyOrigin),
            Middleware(Guard, said=failures.last_words),
            Middleware(Compress),
            Middleware(failures.CatchAll, ending=ending),
        ],
        exception_handlers=dict(failures.HANDLERS),
    )
    app.state.desk = desk
    app.state.redis = redis
    app.state.counts = counts
    app.state.ending = ending
    app.state.clients = clients
    app.state.bodies = bodies
    app.state.streams = streams
    app.state.sweeps = sweeps
    app.state.trainings = Trainings(desk)
    app.state.pages = pages.Pages()
    return app

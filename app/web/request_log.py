"""An id, a log line and counts for each request. Nothing is recorded of what was asked for.

The query is left out, since it holds what a reader typed, and so are bodies and addresses.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import body
from .job_client import JobClient

log = structlog.get_logger("backstep.access")

METRICS_MEDIA = CONTENT_TYPE_LATEST
_METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counts:
    """The numbers that `/metrics` shows, in a registry of their own."""

    def __init__(self, desk: JobClient) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "backstep_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "backstep_request_seconds",
            "Time to answer a request.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.registry.register(_PoolCollector(desk))
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def text(self) -> bytes:
        """All counts in Prometheus' format."""
        return generate_latest(self.registry)

    def add(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (route, method, status)
        kept = self._kept.get(key)
        if kept is None:
            # To look a child up by its labels costs more than to count.
            kept = self._requests.labels(*key), self._seconds.labels(route)
            self._kept[key] = kept
        kept[0].inc()
        kept[1].observe(seconds)


class _PoolCollector(Collector):
    def __init__(self, desk: JobClient) -> None:
        self._desk = desk

    def collect(self) -> Iterator[GaugeMetricFamily]:
        state = self._desk.pool.state()
        answers = self._desk.answers
        for name, about, value in (
            ("workers", "Workers wanted.", state.workers),
            ("workers_ready", "Workers that can take a job or have one.", state.ready),
            ("workers_busy", "Workers that have a job.", state.busy),
            ("jobs_waiting", "Jobs in line.", state.waiting),
            ("cache_bytes", "Bytes of kept answers.", answers.size),
            ("cache_hits", "Requests answered from what was kept.", answers.hits),
        ):
            yield GaugeMetricFamily(f"backstep_{name}", about, value)


class RequestLog:
    """Gives each request an id, and logs its outcome when it is over."""

    def __init__(self, app: ASGIApp, counts: Counts, access_log: bool) -> None:
        self._app = app
        self._counts = counts
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        request_id = os.urandom(8).hex()
        scope["request_id"] = request_id
        status, size = 499, 0  # unless something is sent: the client has gone

        async def recorded(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, recorded)
        finally:
            body.release(scope)
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._counts.add(route, method, status, seconds)
            if self._access_log:
                log.info(
                    "request",
                    id=request_id,
                    method=method,
                    path=scope["path"][:200],
                    status=status,
                    bytes=size,
                    ms=round(seconds * 1000, 2),
                )

"""The counts that `/metrics` shows in Prometheus' format: of requests, jobs, workers, the cache."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..jobs.pool_records import Observer
from .body import Bodies
from .job_client import JobClient
from .streams import Streams

METRICS_MEDIA = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


_WAITS = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Counts(Observer):
    """The numbers that `/metrics` shows, in a registry of their own."""

    def __init__(self) -> None:
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
        self._jobs = Counter(
            "backstep_jobs",
            "Turns of jobs at a worker, by call and by how they ended: a job has another turn"
            " after `dear` and mostly after `lost`.",
            ("call", "outcome"),
            registry=self.registry,
        )
        self._job_seconds = Histogram(
            "backstep_job_seconds",
            "Processor time of the turns of jobs at a worker.",
            ("call",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._waits = Histogram(
            "backstep_queue_seconds",
            "Time that jobs stood in a lane before a worker took them.",
            ("lane",),
            buckets=_WAITS,
            registry=self.registry,
        )
        self._kills = Counter(
            "backstep_kills",
            "Workers that were killed, lost, or ended when their memory was used up.",
            ("why",),
            registry=self.registry,
        )
        self._refusals = Counter(
            "backstep_refusals",
            "Jobs, streams and bodies that were not taken, or not kept in line.",
            ("why",),
            registry=self.registry,
        )
        self._kept: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def watch(self, desk: JobClient, streams: Streams, bodies: Bodies) -> None:
        """Show the present state of these too."""
        self.registry.register(_StateCollector(desk, streams, bodies))

    def began(self, lane: str, waited: float) -> None:
        """See Observer."""
        self._waits.labels(lane).observe(waited)

    def ended(self, call: str, how: str, seconds: float | None) -> None:
        """See Observer."""
        self._jobs.labels(call, how).inc()
        if seconds is not None:
            self._job_seconds.labels(call).observe(seconds)

    def killed(self, why: str) -> None:
        """See Observer."""
        self._kills.labels(why).inc()

    def refused(self, why: str) -> None:
        """See Observer."""
        self._refusals.labels(why).inc()

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


class _StateCollector(Collector):
    def __init__(self, desk: JobClient, streams: Streams, bodies: Bodies) -> None:
        self._desk = desk
        self._streams = streams
        self._bodies = bodies

    def collect(self) -> Iterator[GaugeMetricFamily]:
        state = self._desk.pool.state()
        answers = self._desk.answers
        for name, about, value in (
            ("workers", "Workers wanted.", state.workers),
            ("workers_ready", "Workers that can take a job or have one.", state.ready),
            ("workers_busy", "Workers at work in a place for any job.", state.wide),
            (
                "workers_cheap_busy",
                "Workers at work in a place for cheap jobs, beside those.",
                state.busy - state.wide,
            ),
            ("jobs_waiting", "Jobs in line.", state.waiting),
            ("cache_bytes", "Bytes of kept answers.", answers.size),
            (
                "cache_hits",
                "Requests answered from what was kept, or was computed for another.",
                answers.hits,
            ),
            (
                "cache_misses",
                "Requests whose answer was not here: asked of other replicas, then computed.",
                answers.misses,
            ),
            ("shared_hits", "What was found with other replicas.", self._desk.shared.hits),
            ("cluster_places", "Jobs that a cluster computes at once.", self._desk.cluster.places),
            ("streams", "Trainings and sweeps that are being sent.", self._streams.size),
            ("held_bytes", "Bytes of bodies that are held.", self._bodies.size),
        ):
            yield GaugeMetricFamily(f"backstep_{name}", about, value)

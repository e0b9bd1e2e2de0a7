#!/usr/bin/env python3
"""What an answer costs, and how many a second come from more processes and more workers.

    .venv/bin/python benchmarks/load/growth.py [--seconds N] [--write]

Starts the service in several sizes, keeps connections busy with one kind of request at a time, each
new to the service, and reads from the kernel what the serving processes and the workers took. From
that follows what a day of many users takes. With `--write` the table and the calculation replace
benchmarks/load/GROWTH.md. Service and load generator share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from app.api import share_link  # noqa: E402
from backstep.examples import EXAMPLES  # noqa: E402
from tests import service  # noqa: E402

RESULTS = Path(__file__).with_name("GROWTH.md")
SIZES = ((1, 1), (1, 2), (2, 1))
"""Serving processes on one port, and workers of each."""
CONNECTIONS = 8
TICKS = os.sysconf("SC_CLK_TCK")
USERS = 1_000_000
VISIT: Mapping[str, int] = {"page": 2, "analysis": 2, "numbers": 60, "check": 5, "training": 1}
"""What a user of a day asks: texts opened, changed, values moved, answers checked, trainings."""
PEAK = 5.0
"""The busiest hour beside the mean of the day."""
SPARE = 0.6
"""The share of the processors that is to be busy then."""
CORE_HOUR = 0.04
"""Dollars for an hour of one rented core."""
NET = next(each.source for each in EXAMPLES if each.id == "nine-weights")
_numbers = itertools.count(1)


def _source() -> str:
    """The text of the nine weights, with a number that no other has."""
    return f"{NET}\n# {next(_numbers)}"


KINDS: Mapping[str, Callable[[], tuple[str, dict[str, object] | None]]] = {
    "page": lambda: (f"/?d={share_link.encode({'source': _source()})}", None),
    "analysis": lambda: (
        "/api/v1/analyze",
        {"source": _source(), "parts": ["numbers", "drawing", "walk", "formulas"], "boxes": 40},
    ),
    "numbers": lambda: (
        "/api/v1/evaluate",
        {"source": NET, "values": {"x_1": next(_numbers) / 997}},
    ),
    "check": lambda: (
        "/api/v1/compare",
        {"source": _source(), "of": "w__h_21", "answer": "(y - t)*x_1"},
    ),
    "training": lambda: ("/api/v1/train", {"source": _source(), "steps": 200}),
    "kept": lambda: ("/api/v1/evaluate", {"source": NET}),
}
"""Requests of a kind, each a new one but for those that are answered from what is kept."""


@dataclass(frozen=True)
class Cost:
    """What a kind of request came to at one size: answers a second, and milliseconds of processor
    time an answer."""

    rate: float
    median: float
    serving: float
    working: float


def _processes() -> Iterator[tuple[int, int, bool, float]]:
    """Of every process its pid, its parent's, whether it is one of the pool, and its seconds."""
    for each in Path("/proc").glob("[0-9]*"):
        try:
            fields = (each / "stat").read_text().rsplit(")", 1)[1].split()
            pooled = b"app.jobs" in (each / "cmdline").read_bytes()
        except OSError:
            continue
        yield int(each.name), int(fields[1]), pooled, sum(map(int, fields[11:15])) / TICKS


def _used() -> tuple[float, float]:
    """Seconds that serving processes and workers have taken so far, our descendants' together."""
    found = list(_processes())
    ours = {os.getpid()}
    while more := {pid for pid, parent, *_ in found if parent in ours} - ours:
        ours |= more
    ours.discard(os.getpid())
    sums = {False: 0.0, True: 0.0}
    for pid, _, pooled, seconds in found:
        if pid in ours:
            sums[pooled] += seconds
    return sums[False], sums[True]


async def _driven(address: str, kind: str, seconds: float) -> Cost:
    """Connections kept busy with one kind of request."""
    before, begun = _used(), time.perf_counter()
    times: list[float] = []

    async def one(client: httpx.AsyncClient) -> None:
        while (started := time.perf_counter()) < begun + seconds:
            path, body = KINDS[kind]()
            told = await client.request("GET" if body is None else "POST", path, json=body)
            assert told.status_code == 200, f"{kind}: {told.status_code} {told.text[:200]}"
            times.append(time.perf_counter() - started)

    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        await asyncio.gather(*(one(client) for _ in range(CONNECTIONS)))
    took, after = time.perf_counter() - begun, _used()
    each = [1e3 * (late - early) / len(times) for early, late in zip(before, after, strict=True)]
    return Cost(len(times) / took, 1e3 * statistics.median(times), *each)


def measured(processes: int, workers: int, seconds: float) -> dict[str, Cost]:
    """The costs of all kinds at one size."""
    variables = {
        **os.environ,
        "BACKSTEP_WORKERS": str(workers),
        "BACKSTEP_CLASS_ADDRESSES": "127.0.0.1",
        "BACKSTEP_ACCESS_LOG": "false",
    }
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port = "0"
        for number in range(processes):
            address = stack.enter_context(
                service.running(
                    Path(folder) / f"log{number}",
                    env=variables,
                    arguments=("--port", port, "--reuse-port"),
                )
            )
            port = address.rpartition(":")[2]
        for _ in range(20 * processes):
            while httpx.get(f"{address}/api/v1/health?ready=1", timeout=60).status_code != 200:
                time.sleep(0.2)
        for kind in KINDS:
            asyncio.run(_driven(address, kind, 1.0))
        return {kind: asyncio.run(_driven(address, kind, seconds)) for kind in KINDS}


def _a_day(costs: Mapping[str, Cost]) -> str:
    """What a day of many users takes, in words."""
    serving, working = (
        sum(count * getattr(costs[kind], what) for kind, count in VISIT.items()) / 1e3
        for what in ("serving", "working")
    )
    cores = [USERS * each / 86_400 * PEAK / SPARE for each in (serving, working)]
    dollars = USERS * (serving + working) / 3600 * CORE_HOUR * PEAK / SPARE / 2
    requests = sum(VISIT.values())
    visit = ", ".join(f"{count} × {kind}" for kind, count in VISIT.items())
    return (
        f"A visit of {requests} requests ({visit}), none of them answered from what is kept, takes"
        f" {serving:.2f} s of the serving processes and {working:.2f} s of the workers. A million"
        f" visits a day, in the busiest hour {PEAK:g} times the mean, are"
        f" {USERS * requests / 86_400 * PEAK:,.0f} requests a second then, and keep"
        f" {cores[0]:.0f} cores serving and {cores[1]:.0f} working where {SPARE:.0%} are to be"
        f" busy. With half as many machines running on the mean of a day, at ${CORE_HOUR} a core"
        f" and hour, that is ${dollars:,.0f} a day, ${dollars / USERS * 1000:.2f} for a thousand"
        " visits."
    )


def main() -> None:
    """Measure, print, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each kind")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    busy = os.getloadavg()[0]
    lines = [
        "| serving × workers of each | kind | answers a second | median | serving | working |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    first: dict[str, Cost] = {}
    for processes, workers in SIZES:
        costs = measured(processes, workers, given.seconds)
        first = first or costs
        for kind, cost in costs.items():
            lines.append(
                f"| {processes} × {workers} | {kind} | {cost.rate:.0f} | {cost.median:.1f} ms"
                f" | {cost.serving:.2f} ms | {cost.working:.2f} ms |"
            )
            print(lines[-1], flush=True)
    told = (
        "Nine weights; each request a new one but for *kept*; *serving* and *working* are processor"
        f" time an answer. {CONNECTIONS} connections, {os.cpu_count()} cores with the load"
        f" generator on them, {platform.machine()}, Python {platform.python_version()}, load"
        f" {busy:.1f} before it began. `.venv/bin/python benchmarks/load/growth.py --write`"
    )
    text = "\n\n".join(("\n".join(lines), told, _a_day(first)))
    print(text)
    if given.write:
        RESULTS.write_text(f"# What answers cost\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

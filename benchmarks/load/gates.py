#!/usr/bin/env python3
"""The service under load and faults: what is asked for, what is lost, how long it takes.

    .venv/bin/python benchmarks/load/gates.py [--seconds N] [--rate N] [--write]

Starts the service and asks it, one gate after another: killed workers (one every two seconds),
500 slow connections, clients that hang up, ten times more than it can do, and a class of 300 behind
one address whose members open a link, step, move a slider and check an answer. With `--write` the
table replaces benchmarks/load/RESULTS.md. The figures are of this machine and what else it does.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import random
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from app.api import share_link  # noqa: E402
from tests import service  # noqa: E402

RESULTS = Path(__file__).with_name("RESULTS.md")
NEURON = (
    "input x = 2\ntarget y = 1\nparam w = 0.5\nparam b = -0.3\n"
    "z = w*x + b\nu = sigmoid(z)\nL = (u - y)^2"
)
SLOW = 500
HUNG = 40
CLASS = 300
CLASS_SECONDS = 10.0
_numbers = itertools.count(1)


class Seen:
    """Times in seconds by status."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.times: list[float] = []

    async def ask(self, client: httpx.AsyncClient, method: str, path: str, body: object) -> None:
        """One request, whatever comes of it."""
        begun = time.monotonic()
        try:
            told = await client.request(method, path, json=body)
            self.statuses[str(told.status_code)] += 1
            if told.status_code == 200:
                self.times.append(time.monotonic() - begun)
        except httpx.HTTPError as error:
            self.statuses[type(error).__name__] += 1

    def row(self, name: str) -> str:
        """A row of the table."""
        statuses = ", ".join(f"{count} × {status}" for status, count in self.statuses.items())
        times = sorted(self.times) or [0.0]
        middle, late = statistics.median(times), times[int(0.95 * (len(times) - 1))]
        return f"| {name} | {statuses} | {1e3 * middle:.0f} · {1e3 * late:.0f} |"


def anything() -> tuple[str, str, object]:
    """A call that nobody has asked before."""
    call = random.choice(("evaluate", "evaluate", "derive", "steps", "graph", "compare"))
    more = {"compare": {"of": "w", "answer": "2*(u - y)*u*(1 - u)*x"}, "derive": {"form": "auto"}}
    body = {"source": NEURON, "values": {"b": next(_numbers) / 997}, **more.get(call, {})}
    return "POST", f"/api/v1/{call}", body


async def steadily(client: httpx.AsyncClient, seen: Seen, rate: float, seconds: float) -> None:
    """So many requests a second, however long each takes."""
    asked = []
    for _ in range(int(rate * seconds)):
        asked.append(asyncio.ensure_future(seen.ask(client, *anything())))
        await asyncio.sleep(1 / rate)
    await asyncio.gather(*asked)


def workers() -> list[int]:
    """The pids of the processes that compute: children of the fork server, which is our child's."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            told = each.read_bytes()
            parent = (each.parent / "stat").read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if b"app.jobs.fork_server" in told:
            found.append((int(each.parent.name), int(parent)))
    servers = {pid for pid, _ in found}
    return [pid for pid, parent in found if parent in servers]


async def with_killed_workers(client: httpx.AsyncClient, rate: float, seconds: float) -> Seen:
    """A worker is killed every two seconds."""
    seen = Seen()
    load = asyncio.ensure_future(steadily(client, seen, rate, seconds))
    while not load.done():
        await asyncio.wait((load,), timeout=2.0)
        if there := workers():
            os.kill(random.choice(there), signal.SIGKILL)
    return seen


async def with_slow_connections(client: httpx.AsyncClient, rate: float, seconds: float) -> Seen:
    """Many connections send a byte and no more."""
    seen = Seen()
    host, port = client.base_url.host, client.base_url.port
    opened = [await asyncio.open_connection(host, port) for _ in range(SLOW)]
    for _, writer in opened:
        writer.write(b"P")
    await steadily(client, seen, rate, seconds)
    begun = time.monotonic()
    ended = await asyncio.gather(*(reader.read() for reader, _ in opened), return_exceptions=True)
    assert len(ended) == SLOW
    assert time.monotonic() - begun < 20
    for _, writer in opened:
        writer.close()
    return seen


async def beside_hang_ups(client: httpx.AsyncClient, rate: float, seconds: float) -> Seen:
    """Others ask for something long and hang up, again and again."""
    seen = Seen()
    load = asyncio.ensure_future(steadily(client, seen, rate, seconds))
    host, port = client.base_url.host, client.base_url.port or 80
    while not load.done():
        body = json.dumps({"source": f"{NEURON}\n# {next(_numbers)}", "form": "scalar"}).encode()
        _, writer = await asyncio.open_connection(host, port, local_addr=("127.0.0.2", 0))
        writer.write(
            b"POST /api/v1/derive HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()
        writer.close()
        await asyncio.sleep(seconds / HUNG)
    return seen


async def overloaded(client: httpx.AsyncClient, rate: float, seconds: float) -> Seen:
    """Ten times the load."""
    seen = Seen()
    await steadily(client, seen, 10 * rate, seconds)
    return seen


async def a_class(client: httpx.AsyncClient, rate: float, seconds: float) -> Seen:
    """All open one link, step, move a slider and check an answer, within some seconds."""
    seen = Seen()
    link = f"/?d={share_link.encode({'source': NEURON})}"

    async def member() -> None:
        await asyncio.sleep(random.random() * CLASS_SECONDS)
        await seen.ask(client, "GET", link, None)
        page = {"source": NEURON, "parts": ["numbers", "drawing", "walk"]}
        await seen.ask(client, "POST", "/api/v1/analyze", page)
        for place in range(3):
            body = {"source": NEURON, "values": {"w": round(random.uniform(-2, 2), 2)}}
            await seen.ask(client, "POST", "/api/v1/evaluate", body)
            answer = random.choice(("2*(u - y)*u*(1 - u)*x", "(u - y)*x", "2*(u - y)*x"))
            if place == 0:
                asked = {"source": NEURON, "of": "w", "answer": answer}
                await seen.ask(client, "POST", "/api/v1/compare", asked)

    await asyncio.gather(*(member() for _ in range(CLASS)))
    return seen


GATES: dict[str, Callable[[httpx.AsyncClient, float, float], Awaitable[Seen]]] = {
    "a worker killed every 2 s": with_killed_workers,
    f"beside {SLOW} slow connections": with_slow_connections,
    "beside hang-ups": beside_hang_ups,
    "ten times the load": overloaded,
    f"a class of {CLASS}": a_class,
}


async def measured(address: str, rate: float, seconds: float) -> list[str]:
    """The rows of all gates."""
    rows = []
    limits = httpx.Limits(max_connections=150)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        while (await client.get("/api/v1/health?ready=1")).status_code != 200:
            await asyncio.sleep(0.2)
        quiet = Seen()
        await steadily(client, quiet, rate, seconds)
        rows.append(quiet.row("quiet"))
        for name, gate in GATES.items():
            rows.append((await gate(client, rate, seconds)).row(name))
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure, print, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each gate")
    parser.add_argument("--rate", type=float, default=30.0, help="requests a second")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    busy = os.getloadavg()[0]
    # The load is one address's: for it to be let in, the address stands for many.
    variables = {
        **os.environ,
        "BACKSTEP_CLASS_ADDRESSES": "127.0.0.1",
        "BACKSTEP_ACCESS_LOG": "false",
        "BACKSTEP_CONNECTIONS": "2000",
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        service.running(Path(folder) / "log", env=variables) as address,
    ):
        rows = asyncio.run(measured(address, given.rate, given.seconds))
    table = "\n".join(
        (
            "| gate | answered | milliseconds, median · p95 |",
            "| --- | --- | --- |",
            *rows,
            "",
            f"{given.rate:g} requests a second for {given.seconds:g} s each;"
            f" {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()},"
            f" load {busy:.1f} before it began.",
        )
    )
    print(table)
    if given.write:
        RESULTS.write_text(
            "# Load and faults\n\nAs `benchmarks/load/gates.py` measures them. What the machine"
            f" does beside is in the figures: its load stands below.\n\n{table}\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()

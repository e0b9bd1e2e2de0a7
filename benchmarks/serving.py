"""Part F: requests a second of the toy neuron's `/evaluate`, with the load generator beside it."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.nets import NETS
from benchmarks.timing import machine, rows
from tests import service

CONNECTIONS = 16
SECONDS = 6.0
WARM = 1.5
BUSY = "\n".join(
    [
        "param w = 0.5",
        *(f"h{n} = tanh(w*{'w' if n == 1 else f'h{n - 1}'})" for n in range(1, 60)),
        "L = h59^2",
    ]
)
"""A text whose closed formula keeps a worker for a while."""


def request(host: str, path: str, body: dict[str, object] | None) -> bytes:
    """A request as it goes over the wire, on a connection that is kept."""
    head = f"Host: {host}\r\nConnection: keep-alive\r\n"
    if body is None:
        return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
    data = json.dumps(body).encode()
    head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + data


async def asked(
    address: tuple[str, int], sent: bytes, until: float, found: list[tuple[float, int]]
) -> None:
    """Ask again and again on one connection; each answer's seconds and status into `found`."""
    reader, writer = await asyncio.open_connection(*address)
    while time.perf_counter() < until:
        start = time.perf_counter()
        writer.write(sent)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        found.append((time.perf_counter() - start, int(head[9:12])))
    writer.close()


async def load(
    address: tuple[str, int], sent: bytes, connections: int, seconds: float
) -> list[tuple[float, int]]:
    """All answers of so many connections in so many seconds."""
    found: list[tuple[float, int]] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(asked(address, sent, until, found) for _ in range(connections)))
    return found


def summary(found: list[tuple[float, int]], seconds: float) -> dict[str, float]:
    """Answers with 200 a second, and the median and p99 in milliseconds."""
    times = sorted(each for each, status in found if status == 200)
    if not times:
        return {"rate": 0.0, "median": float("nan"), "p99": float("nan"), "refused": len(found)}
    return {
        "rate": len(times) / seconds,
        "median": times[len(times) // 2] * 1e3,
        "p99": times[int(len(times) * 0.99)] * 1e3,
        "refused": len(found) - len(times),
    }


async def _measured(base: str) -> dict[str, dict[str, float]]:
    parts = urlsplit(base)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    host = parts.netloc
    neuron = request(host, "/api/v1/evaluate", {"source": NETS[0].text})
    moved = request(host, "/api/v1/evaluate", {"source": NETS[0].text, "values": {"w": 0.7}})
    health = request(host, "/api/v1/health", None)
    busy = request(host, "/api/v1/derive", {"source": BUSY, "form": "scalar"})
    await load(address, neuron, CONNECTIONS, WARM)
    found = {}
    for name, sent in (("/evaluate", neuron), ("/evaluate, a value moved", moved)):
        found[name] = summary(await load(address, sent, CONNECTIONS, SECONDS), SECONDS)
    found["/health"] = summary(await load(address, health, CONNECTIONS, SECONDS / 2), SECONDS / 2)
    hard = asyncio.create_task(load(address, busy, 4, SECONDS / 2))
    await asyncio.sleep(0.2)
    rest = SECONDS / 2 - 0.2
    found["/health, workers busy"] = summary(await load(address, health, 1, rest), rest)
    await hard
    return found


def measure() -> dict[str, dict[str, float]]:
    """What a service of its own answers; it runs in a process beside this one."""
    # As many clients as connections: one client's limits are not what is measured.
    env = {**os.environ, "BACKSTEP_CLASS_ADDRESSES": "127.0.0.1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        service.running(Path(folder) / "log", env=env) as base,
    ):
        return asyncio.run(_measured(base))


def table(found: dict[str, dict[str, float]]) -> str:
    """Part F as Markdown."""
    wanted = {"/evaluate": "2,500/s, p99 < 30 ms", "/health, workers busy": "p99 < 50 ms"}
    body = [
        [
            name,
            f"{each['rate']:,.0f}",
            f"{each['median']:.1f} ms",
            f"{each['p99']:.1f} ms",
            f"{each['refused']:.0f}",
            wanted.get(name, "–"),
        ]
        for name, each in found.items()
    ]
    head = ["call", "answers a second", "median", "p99", "refused", "wanted"]
    return (
        f"The toy neuron, {CONNECTIONS} connections kept open, service and load generator "
        f"(asyncio, of Python) on the same cores.\n\n{rows(head, body)}\n\n"
        f"{machine('backstep-learn', 'uvicorn', 'httptools', 'uvloop')} "
        "`python3 run.py bench --only F`"
    )

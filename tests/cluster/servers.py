"""Several machines in one: a scheduler, two workers, a Redis, two replicas, a balancer. No checks.

Each server is a process on the loopback with a port of its own, and can be killed and begun anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
BALANCER = """\
global
    maxconn 2000
defaults
    mode http
    timeout connect 2s
    timeout client 120s
    timeout server 120s
    option forwardfor
    option redispatch 1
    retries 3
    # A call is a pure function of its request, so it may be asked twice.
    retry-on all-retryable-errors
    timeout check 5s
    timeout queue 30s
frontend all
    bind 127.0.0.1:{balancer}
    default_backend replicas
backend replicas
    balance roundrobin
    option http-buffer-request
    option httpchk GET /api/v1/health?ready=1
    default-server check inter 500ms fall 3 rise 1
    server a 127.0.0.1:{a}
    server b 127.0.0.1:{b}
"""


@dataclass
class Server:
    """One server: its command, and the process that runs it now."""

    name: str
    command: list[str]
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin it, or begin it anew."""
        with self.log.open("ab") as told:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**os.environ, **self.variables},
                stdout=told,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it as a lost machine ends."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as it is told to."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def told(self) -> str:
        """The end of what it has said."""
        return f"{self.name}: {self.log.read_text(errors='replace')[-1500:]}"


class Machines:
    """All of them. `ports` are by name; the balancer is asked at `address`."""

    def __init__(self, folder: Path) -> None:
        names = ("redis", "scheduler", "a", "b", "balancer")
        self.ports = dict(zip(names, _free(len(names)), strict=True))
        ports = self.ports
        scheduler = f"tcp://127.0.0.1:{ports['scheduler']}"
        here = {
            "BACKSTEP_WORKERS": "1",
            "BACKSTEP_DASK": scheduler,
            "BACKSTEP_REDIS": f"redis://127.0.0.1:{ports['redis']}/0",
            # One address that is the whole load's.
            "BACKSTEP_CLASS_ADDRESSES": "127.0.0.1",
            "BACKSTEP_LOG_FORMAT": "console",
        }
        balancer = folder / "balancer.cfg"
        balancer.write_text(BALANCER.format(**ports))
        python = sys.executable
        dask = [python, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
        redis = found("redis-server", "valkey-server") or "redis-server"
        serve = [python, "-m", "app.cli", "serve", "--port"]
        work = [python, "-m", "app.cli", "worker", scheduler]
        commands: Mapping[str, list[str]] = {
            "redis": [redis, "--port", str(ports["redis"]), "--save", "", "--bind", "127.0.0.1"],
            "scheduler": [
                *dask,
                "--port",
                str(ports["scheduler"]),
                "--dashboard-address",
                "127.0.0.1:0",
            ],
            "worker one": work,
            "worker two": work,
            "a": [*serve, str(ports["a"])],
            "b": [*serve, str(ports["b"])],
            "balancer": [found("haproxy") or "haproxy", "-db", "-f", str(balancer)],
        }
        self.servers = {
            name: Server(name, command, folder / f"{name}.log", here)
            for name, command in commands.items()
        }
        # Made once: to read the machine's certificates takes longer than all else.
        self._client = httpx.Client(timeout=5)
        self.address = f"http://127.0.0.1:{ports['balancer']}"

    def close(self) -> None:
        """End all of them."""
        self._client.close()
        for server in reversed([*self.servers.values()]):
            server.stop()

    def degraded(self, replica: str) -> list[str] | None:
        """What a replica says does not work; None where it does not answer, or is not ready."""
        try:
            told = self._client.get(f"http://127.0.0.1:{self.ports[replica]}/api/v1/health")
        except httpx.HTTPError:
            return None
        found = told.json()
        return list(found["degraded"]) if found["ready"] else None

    def well(self) -> bool:
        """Whether every part of both replicas works, and the cluster has all its places."""
        for server in self.servers.values():
            assert server.process is not None
            assert server.process.poll() is None, f"{server.name} has ended"
        return all(self.degraded(each) == [] and self._places(each) == 2 for each in ("a", "b"))

    def _places(self, replica: str) -> int:
        told = self._client.get(f"http://127.0.0.1:{self.ports[replica]}/metrics").text
        lines = [each for each in told.splitlines() if each.startswith("backstep_cluster_places ")]
        return int(float(lines[0].split()[1]))


@contextlib.contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    """All of them, running; killed at the end."""
    all_of_them = Machines(folder)
    try:
        for server in all_of_them.servers.values():
            server.start()
        yield all_of_them
    finally:
        all_of_them.close()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """The seconds until the condition held; fails where it does not in time."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"{what}: not in {seconds:g} s"
        time.sleep(0.3)
    return time.monotonic() - begun


def found(*names: str) -> str | None:
    """The first of these programs that is installed; Debian has some where only root looks."""
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
    return next(filter(None, (shutil.which(name, path=places) for name in names)), None)


def _free(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        opened = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in opened]

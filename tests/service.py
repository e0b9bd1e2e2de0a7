"""Starts the real service in a process of its own and waits until it answers. Holds no checks."""

from __future__ import annotations

import contextlib
import selectors
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 15
COMMAND = (sys.executable, "-m", "app.cli", "serve", "--port", "0")


@contextlib.contextmanager
def running(log: Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a service on a free port; what it writes as errors goes to `log`.

    Raises AssertionError with the log's end where it does not come up in START_SECONDS.
    """
    with log.open("w") as stderr:
        process = subprocess.Popen(
            COMMAND, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    with process:
        try:
            deadline = time.monotonic() + START_SECONDS
            address = _announced(process, deadline)
            while not (address and _answers(address)):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"the service did not start:\n{log.read_text()[-4000:]}")
                time.sleep(0.05)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _announced(process: subprocess.Popen[str], deadline: float) -> str | None:
    """The address in the first line the service writes, or None where none came in time."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(deadline - time.monotonic()):
            return None
    words = process.stdout.readline().split()
    return next((word for word in words if word.startswith("http://")), None)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/v1/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False

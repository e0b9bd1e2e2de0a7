"""Starts the real service in a process of its own and waits until it answers. Holds no checks."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120
STOP_SECONDS = 60


@contextlib.contextmanager
def running(
    log: Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    module: str = "app.cli",
    arguments: Sequence[str] = ("--port", "0"),
) -> Iterator[str]:
    """The address of a service, on a free port if nothing else is said; all that it writes goes to
    `log`.

    Raises AssertionError with the log's end where it does not come up in START_SECONDS.
    """
    # A file and not a pipe: nobody reads on, and a full pipe would hold the service up.
    with log.open("w") as output:
        command = (sys.executable, "-m", module, "serve", *arguments)
        process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
        )
    with process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not (address := _answering(log)):
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


def _answering(log: Path) -> str | None:
    """The address the service has said, once it answers there."""
    said = re.search(r"Backstep is at (http://\S+)", log.read_text())
    if said is None:
        return None
    try:
        with urllib.request.urlopen(f"{said[1]}/api/v1/health", timeout=60) as answer:
            return said[1] if answer.status == 200 else None
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return None

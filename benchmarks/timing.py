"""How everything here is timed and written down: in turns, medians, ratios, the machine."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
TURN = 0.02
"""Seconds that one turn of one contestant takes at least."""


def in_turns(
    calls: Mapping[str, Callable[[], Any]], rounds: int, turn: float = TURN
) -> dict[str, float]:
    """Median seconds of processor time a call, of all threads of the process, in turns.

    All processor time, since some libraries compute in threads of their own; nothing else runs.
    """
    counts = {}
    for name, call in calls.items():
        call()
        start = time.process_time()
        call()
        counts[name] = max(1, min(20_000, int(turn / max(time.process_time() - start, 1e-7))))
    times: dict[str, list[float]] = {name: [] for name in calls}
    gc.collect()
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(counts[name]):
                call()
            times[name].append((time.process_time() - start) / counts[name])
    return {name: statistics.median(each) for name, each in times.items()}


def fixed_loop() -> float:
    """Seconds of a loop that never changes: what is kept from run to run is a ratio to it."""
    times = []
    for _ in range(9):
        start = time.process_time()
        total = 0.0
        for number in range(20_000):
            total += number * 0.5
        times.append(time.process_time() - start)
    return min(times)


def short(seconds: float | None) -> str:
    """A time in words; a dash if there is none."""
    if seconds is None:
        return "–"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def ratio(ours: float, theirs: float | None) -> str:
    """Our share of another's time."""
    return "–" if theirs is None else f"{ours / theirs:.2f}"


def rows(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *map(list, body)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(*packages: str) -> str:
    """Where this ran, and what with."""
    found = [f"{name} {version}" for name in packages if (version := installed(name))]
    return (
        f"Python {platform.python_version()}, {', '.join(found)}; {os.cpu_count()} cores, "
        f"{platform.machine()}, load {os.getloadavg()[0]:.1f}."
    )


def installed(package: str) -> str | None:
    """A package's version; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def place(text: str, name: str, title: str) -> None:
    """Put a part in its place of RESULTS.md, or at its end."""
    whole = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results\n"
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    part = f"{start}\n## {title}\n\n{text}\n{end}"
    if start in whole:
        before, _, rest = whole.partition(start)
        whole = before + part + rest.partition(end)[2]
    else:
        whole = f"{whole.rstrip()}\n\n{part}\n"
    RESULTS.write_text(whole, encoding="utf-8")

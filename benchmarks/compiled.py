#!/usr/bin/env python3
"""Forward and backward, all parameters: compiled programs beside NumPy by hand and the interpreter.

    .venv/bin/python benchmarks/compiled.py [--rounds N] [--only TEXT] [--write]

All parameters are given at every call, as an optimiser gives them; the answers agree to 1e-9 before
anything is timed. They run in turn, in one process on one thread; processor time is taken, the
least of the rounds, since machines are shared. By hand all values are arrays, those of scalars
without axes. With `--write` the table replaces its part of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy as np  # noqa: E402

from backstep.binding.bind import bind  # noqa: E402
from backstep.binding.compiled import Compiled  # noqa: E402
from backstep.evaluate.numeric import evaluate_graph  # noqa: E402
from benchmarks.nets import NETS, Net  # noqa: E402

TURN = 0.02
"""Seconds that one turn of one contestant takes."""


def contestants(net: Net) -> dict[str, Callable[[], Any]]:
    """The three, each as a call without arguments; their answers agree."""
    prepared = bind(net.text)
    definition = prepared.definition
    learned = [leaf.name for leaf in definition.leaves if leaf.role == "param"]
    arrays = dict(prepared.leaves)
    given = {name: arrays[name] if arrays[name].shape else float(arrays[name]) for name in learned}
    fresh, views = Compiled(prepared), Compiled(prepared, copy=False)
    by_hand = {name: np.asarray(each) for name, each in arrays.items()}
    back = prepared.model.back

    def interpreted() -> Any:
        numbers = evaluate_graph(definition, arrays, back)
        return numbers.value(definition.loss), {
            leaf.name: numbers.partial(leaf.node)
            for leaf in definition.leaves
            if leaf.role == "param"
        }

    found = {
        "compiled": lambda: fresh(given),
        "compiled, views": lambda: views(given),
        "by hand": lambda: net.by_hand(by_hand),
        "interpreted": interpreted,
    }
    loss, gradients = net.by_hand(by_hand)
    for name, call in found.items():
        other, partials = call()
        np.testing.assert_allclose(other, loss, rtol=1e-9, err_msg=name)
        for key, wanted in gradients.items():
            np.testing.assert_allclose(
                partials[key], wanted, rtol=1e-9, atol=1e-12, err_msg=f"{name}: {key}"
            )
    return found


def measure(net: Net, rounds: int) -> dict[str, float]:
    """Seconds a call of each, in turn."""
    calls = contestants(net)
    times: dict[str, list[float]] = {name: [] for name in calls}
    counts = {}
    for name, call in calls.items():
        start = time.thread_time()
        call()
        once = time.thread_time() - start
        counts[name] = max(1, min(20_000, int(TURN / max(once, 1e-7))))
    for _ in range(rounds):
        for name, call in calls.items():
            number = counts[name]
            start = time.thread_time()
            for _ in range(number):
                call()
            times[name].append((time.thread_time() - start) / number)
    return {name: min(each) for name, each in times.items()}


def short(seconds: float) -> str:
    """A time in words."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms"


def table(rows: dict[str, tuple[dict[str, float], float]], rounds: int) -> str:
    """The results as Markdown."""
    lines = [
        "Loss and all gradients, every parameter given anew at each call: processor time, the"
        f" least of {rounds} turns in one process on one thread. *Views* overwrites its arrays at"
        " the next call; by hand, scalars are arrays without axes.",
        "",
        "| net | compiled | views | NumPy by hand | interpreted | compiled / by hand"
        " | views / by hand | wanted | compiled / interpreted |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, (times, wanted) in rows.items():
        own, views, hand, read = (
            times[each] for each in ("compiled", "compiled, views", "by hand", "interpreted")
        )
        lines.append(
            f"| {name} | {short(own)} | {short(views)} | {short(hand)} | {short(read)}"
            f" | {own / hand:.2f} | {views / hand:.2f} | {wanted} | {own / read:.3f} |"
        )
    lines += [
        "",
        f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores, "
        f"{platform.machine()}, load {os.getloadavg()[0]:.1f}. "
        "`.venv/bin/python benchmarks/compiled.py --write`",
    ]
    return "\n".join(lines)


def place(text: str, name: str, title: str) -> None:
    """Put a table in its place of RESULTS.md, or at its end."""
    path = HERE / "RESULTS.md"
    whole = path.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    part = f"{start}\n## {title}\n\n{text}\n{end}"
    if start in whole:
        before, _, rest = whole.partition(start)
        whole = before + part + rest.partition(end)[2]
    else:
        whole = f"{whole.rstrip()}\n\n{part}\n"
    path.write_text(whole, encoding="utf-8")


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", help="nets whose name has this in it")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    chosen = [net for net in NETS if not asked.only or asked.only in net.name]
    rows = {net.name: (measure(net, asked.rounds), net.wanted) for net in chosen}
    text = table(rows, asked.rounds)
    print(text)
    if asked.write:
        place(text, "compiled", "Compiled programs")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Exported programs, loss and all gradients: the NumPy and the C file beside NumPy by hand.

    .venv/bin/python benchmarks/exported.py [--rounds N] [--only TEXT] [--write]

Inputs and parameters are given at every call; the answers agree to 1e-9 before anything is timed.
Processor time on one thread, the least of the rounds, since machines are shared. The C file is
compiled by `cc -O2`, as its users are told to, and called in a loop by a program around it. With
`--write` the table replaces its part of benchmarks/RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import numpy as np  # noqa: E402

from backstep.binding.bind import bind  # noqa: E402
from backstep.export.exporting import export  # noqa: E402
from benchmarks.nets import NETS, Net  # noqa: E402
from benchmarks.timing import TURN, place, short  # noqa: E402

AROUND = """\
#define main own_check
#include "net.c"
#undef main
#include <stdlib.h>
#include <time.h>
int main(int argc, char **argv) {
    static inputs in;
    static outputs out;
    const int rounds = argc > 1 ? atoi(argv[1]) : 1;
    double least = 1e9, sum = 0.0;
    long calls = 1;
    in = given;
    for (int round = 0; round <= rounds; round++) {
        const clock_t start = clock();
        for (long call = 0; call < calls; call++) {
            loss_and_gradients(&in, &out);
            sum += out.loss;
        }
        const double taken = (double)(clock() - start)/CLOCKS_PER_SEC/(double)calls;
        if (round && taken < least) least = taken;
        if (!round) calls = (long)(0.02/(taken > 1e-7 ? taken : 1e-7)) + 1;
    }
    printf("%.9g %.17g\\n", least, sum);
    return own_check(1, argv);
}
"""


def in_numpy(net: Net, rounds: int, folder: Path) -> tuple[float, float]:
    """Seconds a call of the exported NumPy file, and by hand, in turn."""
    prepared = bind(net.text)
    path = folder / "net.py"
    path.write_text(export(prepared, "numpy").text, encoding="utf-8")
    made = runpy.run_path(str(path))
    arrays = {name: np.asarray(each) for name, each in prepared.leaves.items()}
    names = made["loss_and_gradients"].__code__.co_varnames
    given = [made[name] for name in names[: made["loss_and_gradients"].__code__.co_argcount]]
    function: Callable[..., Any] = made["loss_and_gradients"]
    calls: tuple[Callable[[], Any], ...] = (
        lambda: function(*given),
        lambda: net.by_hand(arrays),
    )
    found, by_hand = (call() for call in calls)
    np.testing.assert_allclose(found[0], by_hand[0], rtol=1e-9)
    for key, wanted in by_hand[1].items():
        np.testing.assert_allclose(found[1][key], wanted, rtol=1e-9, atol=1e-12, err_msg=key)
    times: list[list[float]] = [[], []]
    counts = []
    for call in calls:
        start = time.thread_time()
        call()
        counts.append(max(1, min(20_000, int(TURN / max(time.thread_time() - start, 1e-7)))))
    for _ in range(rounds):
        for call, count, taken in zip(calls, counts, times, strict=True):
            start = time.thread_time()
            for _ in range(count):
                call()
            taken.append((time.thread_time() - start) / count)
    return min(times[0]), min(times[1])


def in_c(net: Net, rounds: int, folder: Path) -> float:
    """Seconds a call of the exported C file, which also agrees with its own numbers."""
    (folder / "net.c").write_text(export(bind(net.text), "c").text, encoding="utf-8")
    (folder / "around.c").write_text(AROUND, encoding="utf-8")
    program = folder / "around"
    subprocess.run(
        ["cc", "-std=c99", "-O2", str(folder / "around.c"), "-o", str(program), "-lm"], check=True
    )
    run = subprocess.run([program, str(rounds)], capture_output=True, text=True, check=True)
    return float(run.stdout.split()[0])


def measure(net: Net, rounds: int) -> dict[str, float]:
    """Seconds a call of each."""
    with tempfile.TemporaryDirectory() as folder:
        numpy, hand = in_numpy(net, rounds, Path(folder))
        return {"numpy": numpy, "c": in_c(net, rounds, Path(folder)), "by hand": hand}


def table(rows: dict[str, dict[str, float]], rounds: int) -> str:
    """The results as Markdown."""
    lines = [
        "The file's loss and all gradients at one call, beside what a person writes in NumPy who"
        f" knows the formulas: processor time, the least of {rounds} turns on one thread. C is"
        " compiled by `cc -O2`. Wanted is at most 1.2 of the NumPy file, and of the C file at most"
        " 1, but 4 for nets 4 and 5, where BLAS and a vectorised tanh do the work by hand.",
        "",
        "| net | NumPy file | C file | NumPy by hand | NumPy file / by hand | C file / by hand |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, times in rows.items():
        own, c, hand = (times[each] for each in ("numpy", "c", "by hand"))
        shown = f"{short(own)} | {short(c)} | {short(hand)} | {own / hand:.2f} | {c / hand:.2f}"
        lines.append(f"| {name} | {shown} |")
    compiler = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True)
    lines += [
        "",
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{compiler.stdout.partition(chr(10))[0]}, {os.cpu_count()} cores, {platform.machine()}, "
        f"load {os.getloadavg()[0]:.1f}. `.venv/bin/python benchmarks/exported.py --write`",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", help="nets whose name has this in it")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    chosen = [net for net in NETS if not asked.only or asked.only in net.name]
    text = table({net.name: measure(net, asked.rounds) for net in chosen}, asked.rounds)
    print(text)
    if asked.write:
        place(text, "exported", "Exported programs")


if __name__ == "__main__":
    main()

"""The long run by hand: `python -m tests.fuzz --programs 5000 --seed 1`.

Programs run in a process of their own, which is killed where one call hangs; each program has a
seed of its own, so that `--programs 1 --seed N` runs it again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection
from random import Random

from backstep.limits import LIMITS
from tests.fuzz.calls import Asked, drawn
from tests.fuzz.figures import Figures
from tests.fuzz.texts import text
from tests.fuzz.trial import Outcome, shrunken, tried

HANGS = 120.0
"""Seconds without a word after which the process is taken to hang."""
TOLD = 30.0
"""Seconds between two lines of figures."""


def _programs(seeds: range, wire: Connection) -> None:
    """Run programs one after another, telling of each call before and after."""
    allowed = 3 * LIMITS.job_memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    for seed in seeds:
        rng = Random(seed)
        source = text(rng)
        for asked in drawn(rng, source):
            wire.send((seed, asked, None))
            wire.send((seed, asked, tried(asked)))
        wire.send((seed, None, None))
    wire.close()


def run(first: int, programs: int) -> Figures:
    """Figures of programs with the seeds from `first` on."""
    figures = Figures()
    ready, last, said = first, first + programs, time.monotonic()
    context = multiprocessing.get_context("fork")
    while ready < last:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_programs, args=(range(ready, last), there))
        process.start()
        there.close()
        pending: Asked | None = None
        try:
            while here.poll(HANGS):
                seed, asked, outcome = here.recv()
                if asked is None:
                    figures.programs += 1
                    ready = seed + 1
                elif outcome is None:
                    pending = asked
                else:
                    figures.add(asked, outcome)
                    pending = None
                    if outcome.kind == "failure" and figures.failures[outcome.code] == 1:
                        met = f"{outcome.code}, seed {seed}: {asked.call} {dict(asked.request)}"
                        print(met, file=sys.stderr, flush=True)
                if time.monotonic() > said + TOLD:
                    said = time.monotonic()
                    line = f"{figures.programs:,} programs, {figures.calls:,} calls"
                    print(line, file=sys.stderr, flush=True)
        except EOFError:
            pass
        process.kill()
        process.join()
        if ready < last and pending is not None:
            # It hung, or took its process with it: the rest of the program is left out.
            figures.add(pending, Outcome("late", pending.call))
            figures.programs += 1
            ready += 1
    return figures


def main() -> int:
    """Run, print the figures and each failure with a shrunken text; 1 where there was one."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first program")
    parser.add_argument("--shrink", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    figures = run(given.seed, given.programs)
    for asked, outcome in figures.met.values():
        shorter = shrunken(asked, outcome) if given.shrink else asked
        print(f"\n{outcome.code}\n{shorter.call} {dict(shorter.request)}\n{outcome.trace}")
    print(figures.told())
    return 1 if figures.failures else 0


if __name__ == "__main__":
    sys.exit(main())

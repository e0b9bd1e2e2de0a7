"""`python3 run.py verify`: backprop held against other ways, on more than a thousand texts.

Writes docs/verified.md where all texts are run, and says what it does. Exits with 1 where anything
disagrees that is not listed as known.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.verified import report
from tests.verified.columns import Outcome, run
from tests.verified.texts import Text, texts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verified.md"
EACH = 50
"""Texts between two words of progress."""


def verify(chosen: Sequence[Text], processes: int = 2) -> list[tuple[Text, Mapping[str, Outcome]]]:
    """Every column of every text, in the order of the texts."""
    outcomes: list[Mapping[str, Outcome]] = []
    if processes < 2:
        return [(text, run(text)) for text in chosen]
    # A process of its own for each, and not a fork: PyTorch's threads do not live through one.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for outcome in pool.imap(run, chosen, chunksize=4):
            outcomes.append(outcome)
            if len(outcomes) % EACH == 0 or len(outcomes) == len(chosen):
                wrong = len(report.disagreements(list(zip(chosen, outcomes, strict=False))))
                said = f"{len(outcomes):,} of {len(chosen):,} texts, {wrong} disagreements"
                print(said, flush=True)
    return list(zip(chosen, outcomes, strict=True))


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments choose; the exit code."""
    parser = argparse.ArgumentParser(prog="run.py verify", description=__doc__)
    parser.add_argument("--texts", type=int, metavar="N", help="so many, of all groups alike")
    parser.add_argument("--only", metavar="WORDS", help="those whose group and name hold this")
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    asked = parser.parse_args(arguments)
    every = texts()
    chosen = [each for each in every if (asked.only or "") in f"{each.group}, {each.name}"]
    if asked.texts and asked.texts < len(chosen):
        chosen = [chosen[place * len(chosen) // asked.texts] for place in range(asked.texts)]
    if not chosen:
        print(f"No text's group and name hold {asked.only!r}.", file=sys.stderr)
        return 2
    found = verify(chosen, asked.processes)
    wrong = report.disagreements(found)
    print(*report.summary(found), *(f"DISAGREES: {each}" for each in wrong), sep="\n")
    if len(chosen) == len(every):
        PAGE.write_text(report.document(found))
        print(f"{PAGE.relative_to(PAGE.parents[1])} is written.")
    return 1 if wrong else 0


if __name__ == "__main__":
    # A process's share is one core.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    sys.exit(main(sys.argv[1:]))

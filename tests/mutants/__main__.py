"""`python -m tests.mutants [ROOM …]`: plant every fault of the rooms, print which test found it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.mutants.runner import Copy, printed
from tests.mutants.tables import TABLES


def main() -> int:
    """0 where every fault was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("rooms", nargs="*", help="by default all")
    parser.add_argument("--only", default="", help="faults whose file or words hold this")
    asked = parser.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        for room in asked.rooms or TABLES:
            for fault in TABLES[room]:
                if asked.only in f"{fault.file}: {fault.said}":
                    outcomes.append(copy.outcome(fault))
                    print(printed(outcomes[-1:]).splitlines()[1], flush=True)
    print(printed(outcomes).splitlines()[-1])
    return any(outcome.killed_by is None for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tests.mutants [ROOM …]`: plant every fault of the rooms, print which test found it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.mutants.page import written
from tests.mutants.runner import Copy, Outcome, printed
from tests.mutants.tables import TABLES


def main() -> int:
    """0 where every fault was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("rooms", nargs="*", help="by default all", metavar="ROOM")
    parser.add_argument("--only", default="", help="faults whose file or words hold this")
    parser.add_argument("--write", type=Path, help="the page that the rooms' results are put into")
    asked = parser.parse_args()
    if asked.write and asked.only:
        parser.error("a page is written of whole rooms")
    outcomes: dict[str, list[Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Copy(Path(folder))
        for room in asked.rooms or TABLES:
            outcomes[room] = []
            for fault in TABLES[room]:
                if asked.only in f"{fault.file}: {fault.said}":
                    outcomes[room].append(copy.outcome(fault))
                    print(printed(outcomes[room][-1:]).splitlines()[1], flush=True)
    every = [outcome for found in outcomes.values() for outcome in found]
    print(printed(every).splitlines()[-1])
    if asked.write:
        before = asked.write.read_text() if asked.write.exists() else ""
        asked.write.write_text(written(outcomes, list(TABLES), before))
    return any(outcome.killed_by is None for outcome in every)


if __name__ == "__main__":
    sys.exit(main())

"""Which failed tests of the last run are tried again: those in a browser, and few. Runs nothing.

Prints their names, one a line. Exits with 1 where a test of another kind failed, or so many that no
late browser explains it: then nothing is tried again.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / ".pytest_cache" / "v" / "cache" / "lastfailed"
BROWSER = "tests/browser/"
MOST = 20


def late(failed: list[str]) -> list[str]:
    """The tests to try again, of all that failed; none where that would hide a fault."""
    if len(failed) > MOST or not all(name.startswith(BROWSER) for name in failed):
        return []
    return failed


if __name__ == "__main__":
    again = late(list(json.loads(KEPT.read_text()))) if KEPT.exists() else []
    for name in again:
        print(name)
    sys.exit(0 if again else 1)

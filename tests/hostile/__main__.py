"""Writes what the hostile inputs give now to `expected.json`: `python -m tests.hostile`."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from tests.hostile.asking import ask, brief
from tests.hostile.corpus import cases
from tests.service import running

HERE = Path(__file__).with_name("expected.json")


def main() -> None:
    """Ask a fresh service each of them, and say which took long."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, running(Path(folder) / "log") as server:
        for case in cases():
            begun = time.monotonic()
            found[case.id] = brief(ask(server, case))
            if time.monotonic() - begun > 1.5:
                print(f"{time.monotonic() - begun:6.1f} s  {case.id}  {found[case.id]}", flush=True)
    lines = (f"{json.dumps(name)}: {json.dumps(told)}" for name, told in found.items())
    HERE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

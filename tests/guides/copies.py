"""A copy of the repository, changed as a guide of docs/ says, and what a script prints there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("app", "backstep", "templates", "docs")
LINKED = ("static", "tests")


def copy(folder: Path) -> Path:
    """Both packages, the templates and the docs, with links to what no guide changes."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ignored, symlinks=True)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def guide(name: str) -> str:
    """The text of a guide."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def samples(name: str) -> list[str]:
    """The Python that a guide tells to write, in its order."""
    return re.findall(r"```python\n(.*?)```", guide(name), re.S)


def put(path: Path, after: str, what: str) -> None:
    """Write `what` behind the one place of a file that says `after`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(after) == 1, (path.name, after)
    path.write_text(text.replace(after, after + what), encoding="utf-8")


def printed(folder: Path, script: str) -> dict[str, Any]:
    """The JSON that a script prints where the packages are the copy's."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found: dict[str, Any] = json.loads(ran.stdout)
    return found

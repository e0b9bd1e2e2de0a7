"""Faults planted in the source text, one at a time, and whether a room's own tests turn red.

A fault is a textual edit: a file, what stands there once, and what is put in its place. Each runs
in a copy of the project, so that nothing here is changed.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_COPIED = (
    "app", "backstep", "tests", "templates", "static", "docs", "tools",
    "pyproject.toml", "package.json", "tsconfig.json",
)  # fmt: skip
_LONGEST = 300
"""Seconds that the tests of one fault may take; past them they are stopped, and have not passed."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault: in `file` the text `before`, which stands there once, made `after`.

    `tests` are the files, or tests in them, that are to turn red.
    """

    said: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a fault: the test that turned red first, or None where all passed."""

    fault: Planted
    killed_by: str | None
    seconds: float


def edited(fault: Planted, root: Path = ROOT) -> str:
    """The file's text with the fault in it. Raises ValueError where the place is not there once."""
    text = (root / fault.file).read_text()
    count = text.count(fault.before)
    if count != 1:
        raise ValueError(f"{fault.said}: stands {count} times in {fault.file}: {fault.before!r}")
    return text.replace(fault.before, fault.after)


_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["numpy", "sympy", "pytest", "lark", "orjson"])


def _run(root: str, tests: list[str], said: str) -> None:
    """In a process of its own: run tests of the copy, with nothing of the project read before."""
    for name in [
        name for name in sys.modules if name.partition(".")[0] in ("app", "backstep", "tests")
    ]:
        del sys.modules[name]
    sys.path[:] = [root, *(each for each in sys.path if Path(each or ".").resolve() != ROOT)]
    os.chdir(root)
    sys.dont_write_bytecode = True
    with Path(said).open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
        import pytest

        options = ["-q", "-x", "-n", "0", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
        code = int(pytest.main([*options, *tests]))
        sys.stdout.flush()
    os._exit(code)


class Copy:
    """A copy of the project in which one fault at a time is planted, and taken out again."""

    def __init__(self, where: Path) -> None:
        self._root = where
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "node_modules")
                shutil.copytree(source, where / name, ignore=ignored)
            else:
                shutil.copy(source, where / name)

    def red(self, tests: Sequence[str]) -> str | None:
        """The first of the tests that fails in the copy as it stands, or None."""
        said = self._root / "said.txt"
        run = _FORKS.Process(target=_run, args=(str(self._root), list(tests), str(said)))
        run.start()
        run.join(_LONGEST)
        if run.exitcode is None:
            run.kill()
            run.join()
            return f"no end within {_LONGEST} s"
        if run.exitcode == 0:
            return None
        text = said.read_text()
        found = _FAILED.search(text)
        if run.exitcode in (1, 2) and found is not None:
            return found[1]
        # Anything but passed and failed is a fault of the table: no such test, none collected.
        raise ValueError(f"{' '.join(tests)} did not run:\n{text}")

    def outcome(self, fault: Planted) -> Outcome:
        """Plant the fault, run its tests, and put the file back."""
        started = time.monotonic()
        path = self._root / fault.file
        path.write_text(edited(fault))
        try:
            killed_by = self.red(fault.tests)
        finally:
            shutil.copy(ROOT / fault.file, path)
        return Outcome(fault, killed_by, time.monotonic() - started)


def printed(outcomes: Iterable[Outcome]) -> str:
    """A table of faults, each with the test that it fell by."""
    lines = [f"{'seconds':>7}  {'killed by':<60}  fault"]
    survived = count = 0
    for outcome in outcomes:
        count += 1
        survived += outcome.killed_by is None
        killed_by = (outcome.killed_by or "— SURVIVED —").removeprefix("tests/")
        fault = outcome.fault
        lines.append(f"{outcome.seconds:7.1f}  {killed_by:<60}  {fault.file}: {fault.said}")
    return "\n".join([*lines, f"{count} faults planted, {survived} survived"])

"""What `.ci/run` tries again: tests of the page, a few, named; and never a test of another kind."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = "tests/browser/test_typing.py::test_a[1280 x]"
OTHER = "tests/lang/compile/test_compiler.py::test_b"


@pytest.mark.parametrize(
    ("failed", "again"),
    [([PAGE], [PAGE]), ([PAGE, OTHER], []), ([OTHER], []), ([], []), ([PAGE] * 21, [])],
)
def test_only_a_few_tests_of_the_page_are_tried_again(failed: list[str], again: list[str]) -> None:
    assert runpy.run_path(str(ROOT / ".ci" / "again.py"))["late"](failed) == again


STAND_IN = """\
import json, pathlib, sys
if sys.argv[1] == "test":
    kept = pathlib.Path(".pytest_cache/v/cache/lastfailed")
    if "-n" in sys.argv:
        print("named", sys.argv[sys.argv.index("-n") + 2:])
        print("1 passed in 1.00s")
    else:
        kept.parent.mkdir(parents=True)
        kept.write_text(json.dumps({name: True for name in FAILED}))
        print(f"{len(FAILED)} failed, 7 passed in 9.00s" if FAILED else "7 passed in 9.00s")
        sys.exit(bool(FAILED))
"""


def run(folder: Path, failed: list[str]) -> tuple[int, list[str]]:
    """`.ci/run` with a stand-in for run.py whose tests fail so: exit code and lines."""
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "run.py").write_text(f"FAILED = {failed!r}\n{STAND_IN}")
    programs = folder / "bin"
    programs.mkdir()
    for name in ("chromium-headless-shell", "uv", "npm"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [folder / ".ci" / "run"], env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_what_was_tried_again_is_named(tmp_path: Path) -> None:
    code, lines = run(tmp_path, [PAGE])
    assert code == 0
    assert f"named {[PAGE]}" in lines
    assert lines.count(f"tried again: {PAGE}") == 2
    assert lines[-2].startswith("Checks and tests: passed.")
    assert lines[-1] == "1 passed in 1.00s"


@pytest.mark.parametrize("failed", [[OTHER], [PAGE, OTHER]])
def test_what_fails_elsewhere_has_failed(tmp_path: Path, failed: list[str]) -> None:
    code, lines = run(tmp_path, failed)
    assert code == 1
    assert not any("tried again" in line or line.startswith("named") for line in lines)
    assert lines[-2].startswith("Checks and tests: FAILED.")
    assert lines[-1] == f"{len(failed)} failed, 7 passed in 9.00s"


def test_nothing_is_tried_again_where_nothing_failed(tmp_path: Path) -> None:
    code, lines = run(tmp_path, [])
    assert code == 0
    assert lines[-1] == "7 passed in 9.00s"
    assert not any("tried again" in line for line in lines)

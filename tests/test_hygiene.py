"""What no file of the project may hold: where one machine keeps it, and what lies beside it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Folders that anyone's commands and examples may name.
COMMON = {Path(name) for name in ("/", "/tmp", "/var/tmp", "/home", "/root", "/srv", "/opt")}


def tracked() -> list[Path]:
    """The files under version control; the test is skipped where this is no checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout: no list of files")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def local_paths(root: Path) -> re.Pattern[bytes]:
    """What finds the folder of this checkout, or the one around it, in a file's bytes."""
    common = COMMON | {Path(tempfile.gettempdir()), Path.home()}
    folders = [str(root), *([f"{root.parent}/"] if root.parent not in common else [])]
    # Not within a longer path: docs/rooms/x is not /rooms/x.
    return re.compile(rb"(?<![\w./-])(" + "|".join(map(re.escape, folders)).encode() + rb")")


def test_no_file_says_where_it_is_kept() -> None:
    found = local_paths(ROOT)
    assert [str(path) for path in tracked() if found.search(path.read_bytes())] == []


def test_no_file_needs_what_lies_beside_the_checkout() -> None:
    beside = ("../" + "shared").encode()
    assert [str(path) for path in tracked() if beside in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"open('/rooms/main/x')", True),
        (b"see /rooms/other/x", True),
        (b"docs/rooms/x", False),
        (b"/roomservice", False),
    ],
)
def test_local_paths_are_found(text: bytes, found: bool) -> None:
    assert bool(local_paths(Path("/rooms/main")).search(text)) is found


def test_untyped_json_stays_where_json_comes_in() -> None:
    """A `dict[str, Any]` is JSON that is not read yet; what is computed is a dataclass."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("app", "backstep")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "backstep/app/" not in str(path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "dict[str, Any]" in line
    ]
    assert len(found) < 20, found


def test_what_has_no_type_is_rare() -> None:
    """Forms of rows take any array, and libraries without types give anything; little else does."""
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("app", "backstep")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "backstep/app/" not in str(path)
    ]
    lines = [line for text in texts for line in text.splitlines() if re.search(r"\bAny\b", line)]
    assert len(lines) < 270, len(lines)

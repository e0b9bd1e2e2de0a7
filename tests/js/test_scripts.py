"""The page's scripts that need no page: their own tests, and that the list of them is whole."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / "static" / "js"
UNITS = sorted(Path(__file__).parent.glob("*.test.js"))

PAGE = re.compile(
    r"\b(document|window|location|history|navigator|localStorage|customElements|matchMedia|CSS"
    r"|getComputedStyle|requestAnimationFrame|\w*Element|\w*Observer|DOMParser|addEventListener"
    r"|classList|querySelector\w*|dataset|textContent|setAttribute|append|closest|vendor)\b"
)
"""What a script that needs a page speaks of."""
_IMPORTED = re.compile(r"""^(?:import|export)\b[^;]*?\bfrom "\./([\w-]+)\.js";""", re.MULTILINE)
_ASIDE = re.compile(r"/\*.*?\*/|^\s*//.*?$|(?<=\s)// .*?$", re.DOTALL | re.MULTILINE)


def listed() -> set[str]:
    """The scripts that tsconfig.json names: they are typed, without a page."""
    files = json.loads((ROOT / "tsconfig.json").read_text())["files"]
    return {Path(name).stem for name in files}


def without_page() -> set[str]:
    """Scripts that speak of no page, nor import what does."""
    code = {path.stem: _ASIDE.sub("", path.read_text()) for path in SCRIPTS.glob("*.js")}
    imported = {name: set(_IMPORTED.findall(text)) for name, text in code.items()}
    found = {name for name, text in code.items() if not PAGE.search(text)}
    while left := {name for name in found if not imported[name] <= found}:
        found -= left
    return found


def test_every_script_that_needs_no_page_is_typed() -> None:
    assert sorted(without_page() - listed()) == []
    assert len(listed()) > 20


def test_every_script_that_is_typed_has_a_test() -> None:
    tested = {
        name for path in UNITS for name in re.findall(r"static/js/([\w-]+)\.js", path.read_text())
    }
    assert sorted(listed() - tested) == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_scripts_without_a_page(node: str, path: Path) -> None:
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]

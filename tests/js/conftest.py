"""Node, for the page's scripts that need no page."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.conftest import lacking

OLDEST = (20, 19)
"""As package.json says."""


@pytest.fixture(scope="session")
def node() -> str:
    """The path of a Node that is new enough; skips where there is none, and fails in CI."""
    path = shutil.which("node")
    if path is None:
        lacking("no Node: the page's scripts are tested in one of 20.19 or newer")
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, check=True)
    version = tuple(map(int, re.findall(r"\d+", asked.stdout)[:2]))
    if version < OLDEST:
        lacking(f"Node is {asked.stdout.strip()}: the page's scripts are tested in 20.19 or newer")
    return path

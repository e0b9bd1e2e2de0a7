"""Schemathesis draws requests from the published document and judges each answer by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import service

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
DRAWN = 10
"""Requests drawn at random for each call, beside one for each bound and type of a field."""


@pytest.mark.slow
def test_every_call_is_as_published(tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="needs the group clients")
    with service.running(tmp_path / "log") as address:
        command = (
            *(Path(sys.executable).with_name("schemathesis"), "--config-file", CONFIGURATION),
            *("run", f"{address}/api/v1/openapi.json", "--generation-deterministic"),
            *("--max-examples", str(DRAWN)),
        )
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]

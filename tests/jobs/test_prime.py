"""What the process that workers are forked from has loaded: all that is heavy, and no thread."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_what_is_heavy_is_loaded_before_a_worker_is_forked() -> None:
    script = (
        "import sys, threading; from app.api import jobs; jobs.prime()\n"
        "missing = {'sympy', 'mpmath', 'numpy', 'lark', 'wasmtime'} - set(sys.modules)\n"
        "assert not missing, missing\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)

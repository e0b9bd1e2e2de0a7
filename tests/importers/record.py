"""Runs the texts of snippets.py with the real libraries and records what is compared. By hand.

    python -m tests.importers.record np torch    # where PyTorch is
    python -m tests.importers.record jax         # where JAX is

Each text is run once, in float64, with its replacements; its random numbers are recorded too.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.importers.snippets import SNIPPETS

RECORDED = Path(__file__).resolve().parent.parent / "data" / "importers" / "python.json"


def _plain(value: Any) -> Any:
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return np.asarray(value, dtype=np.float64).tolist()


def record(libraries: list[str]) -> None:
    """Run the texts of these libraries and write what they found beside what is there."""
    known = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    if "torch" in libraries:
        import torch

        torch.set_default_dtype(torch.float64)
    if "jax" in libraries:
        import jax  # type: ignore[import-not-found]

        jax.config.update("jax_enable_x64", True)
    for each in SNIPPETS:
        if each.library not in libraries:
            continue
        text = each.text
        for old, new in each.quiet:
            assert old in text, (each.name, old)
            text = text.replace(old, new)
        np.random.seed(4)
        space: dict[str, Any] = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, each.name, "exec"), space)
        found = {
            part: {name: _plain(eval(code, space)) for name, code in asked.items()}
            for part, asked in (("values", each.values), ("gradients", each.gradients))
        }
        known[each.name] = {**found, "loss": _plain(eval(each.loss, space))}
    lines = [f"{json.dumps(name)}: {json.dumps(known[name])}" for name in sorted(known)]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    record(sys.argv[1:])

"""The fenced samples of the project's pages. Holds no checks."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def samples(name: str) -> list[tuple[str, str]]:
    """The fenced samples of a page, with what they are said to be."""
    return FENCE.findall((ROOT / name).read_text(encoding="utf-8"))

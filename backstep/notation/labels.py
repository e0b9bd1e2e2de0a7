"""How wide a formula in one line is, where a drawing sets it. Knows no formula."""

from __future__ import annotations

from backstep.formula.runs import Runs
from backstep.notation.extents import extent

SCRIPT = 0.75
"""How large raised and lowered parts are set, at most, as a share of what they stand by."""


def runs_width(runs: Runs, font_size: float) -> float:
    """How wide it is, in pixels. A raised part stands over a lowered one before it."""
    total = before = 0.0
    for run in runs:
        size = font_size * (SCRIPT if run.rise else 1.0)
        wide = extent(run.text, size, "italic" if run.italic else "upright")
        total += wide - min(before, wide) if run.rise > 0 else wide
        before = wide if run.rise < 0 else 0.0
    return total

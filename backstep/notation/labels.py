"""The width of a formula in one line, as a drawing shows it."""

from __future__ import annotations

from backstep.formula.text_runs import Runs
from backstep.notation.extents import extent

SCRIPT = 0.75
"""The size of raised and lowered parts, at most, as a share of their base's."""


def runs_width(runs: Runs, font_size: float) -> float:
    """The width of the runs in pixels. A raised part stands above a lowered one before it."""
    total = before = 0.0
    for run in runs:
        size = font_size * (SCRIPT if run.rise else 1.0)
        wide = extent(run.text, size, "italic" if run.italic else "upright")
        total += wide - min(before, wide) if run.rise > 0 else wide
        before = wide if run.rise < 0 else 0.0
    return total

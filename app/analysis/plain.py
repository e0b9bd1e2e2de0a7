"""Arrays as plain data: nested lists, and summaries of large ones. Computes no partial."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.limits import LIMITS
from app.ops.row import Array
from app.render.plates import norm


def plain(array: Array) -> Any:
    """A float, or nested lists in row-major order."""
    return array.tolist()


def brief(array: Array | None) -> Any:
    """As `plain`, but None of a tensor too large to list in a step."""
    return None if array is None or array.size > LIMITS.listed_elements else plain(array)


def summary(array: Array | None) -> dict[str, Any] | None:
    """Shape, smallest, largest and norm of a tensor too large to list; None of others."""
    if array is None or array.size <= LIMITS.listed_elements:
        return None
    with np.errstate(all="ignore"):
        return {
            "shape": list(array.shape),
            "min": float(np.min(array)),
            "max": float(np.max(array)),
            "norm": norm(array),
        }

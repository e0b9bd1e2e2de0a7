"""A tensor as a small picture: a grid of signed levels, and its cells as SVG paths.

Each cell is the mean of a block of elements, as a share of the largest mean. The same function for
the page is static/js/heat.js.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np

from backstep.notation.figures import short
from backstep.ops.row import Array

MOST_ROWS, MOST_COLUMNS = 14, 28
LEVELS = 5
_ZERO = ord("f")
_UNKNOWN = "z"


@dataclass(frozen=True, slots=True)
class Heat:
    """A tensor too large to read, as a small picture: each cell the mean of a block of it."""

    rows: int
    """1 to 14."""
    columns: int
    """1 to 28."""
    cells: str
    """Row by row, a letter for each cell, as a share of the largest mean: `a` (−1) to `e` (−0.2)
    below zero, `f` zero, `g` (0.2) to `k` (1) above; `z` if it is not finite. Such as `kfaf`."""
    same: str | None = None
    """The figure of all elements if they are equal, and a picture would show nothing."""


def heat(array: Array) -> Heat:
    """The picture of a tensor; one empty cell if it has no elements."""
    if array.size == 0:
        return Heat(1, 1, chr(_ZERO))
    grid = _matrix(array)
    rows, columns = min(grid.shape[0], MOST_ROWS), min(grid.shape[1], MOST_COLUMNS)
    with np.errstate(all="ignore"):
        across = np.add.reduceat(grid, _starts(grid.shape[1], columns), axis=1)
        sums = np.add.reduceat(across, _starts(grid.shape[0], rows), axis=0)
        counts = np.outer(_lengths(grid.shape[0], rows), _lengths(grid.shape[1], columns))
        means = sums / counts
        finite = np.where(np.isfinite(means), means, 0.0)
        largest = float(np.max(np.abs(finite)))
        levels = np.ceil(np.abs(finite) / (largest or 1.0) * LEVELS - 1e-9) * np.sign(finite)
    cells = "".join(
        chr(_ZERO + int(level)) if known else _UNKNOWN
        for level, known in zip(levels.flat, np.isfinite(means).flat, strict=True)
    )
    first = float(array.flat[0])
    return Heat(rows, columns, cells, short(first) if bool(np.all(array == first)) else None)


def _matrix(array: Array) -> Array:
    """The tensor as a matrix: all axes but the last are merged; a vector is a column."""
    if array.ndim > 1:
        return array.reshape(prod(array.shape[:-1]), array.shape[-1])
    return array.reshape(array.size, 1)


def _starts(length: int, parts: int) -> list[int]:
    return [length * part // parts for part in range(parts)]


def _lengths(length: int, parts: int) -> list[int]:
    starts = [*_starts(length, parts), length]
    return [end - start for start, end in pairwise(starts)]


def paths(picture: Heat) -> Mapping[str, str]:
    """SVG path data in units of cells, a path for each level: `up-3`, `down-3`, `unknown`."""
    found: dict[str, list[str]] = {}
    for row in range(picture.rows):
        line = picture.cells[row * picture.columns : (row + 1) * picture.columns]
        start = 0
        while start < picture.columns:
            end = start
            while end < picture.columns and line[end] == line[start]:
                end += 1
            name = level_name(line[start])
            if name is not None:
                run = f"M{start} {row}h{end - start}v1h-{end - start}z"
                found.setdefault(name, []).append(run)
            start = end
    return {name: "".join(runs) for name, runs in sorted(found.items())}


def level_name(cell: str) -> str | None:
    """The CSS class for a cell's letter; None for zero, which is left empty."""
    if cell == _UNKNOWN:
        return "unknown"
    level = ord(cell) - _ZERO
    if level == 0:
        return None
    return f"up-{level}" if level > 0 else f"down-{-level}"

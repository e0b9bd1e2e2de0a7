"""The operation table: every row by its name. Filled once, at import, from the families."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backstep.ops import (
    activations,
    arithmetic,
    classes,
    compare,
    convolution,
    elementary,
    entropy,
    extremes,
    functions,
    linalg,
    ordered,
    patches,
    reduce,
    shaping,
    softmax,
    square_matrices,
    values,
)
from backstep.ops.row import Row

_FAMILIES = (
    values,
    arithmetic,
    functions,
    elementary,
    activations,
    compare,
    reduce,
    extremes,
    ordered,
    linalg,
    square_matrices,
    shaping,
    classes,
    patches,
    convolution,
    softmax,
    entropy,
)


def _fill() -> Mapping[str, Row]:
    rows: dict[str, Row] = {}
    for family in _FAMILIES:
        for row in family.ROWS:
            if row.name in rows:
                raise ValueError(f"two rows are named {row.name!r}")
            rows[row.name] = row
    return MappingProxyType(rows)


TABLE: Mapping[str, Row] = _fill()
RUN: Mapping[str, Row] = MappingProxyType(
    {name: row for name, row in TABLE.items() if not row.in_formulas}
)
"""The rows that what is trained and exported is made of."""

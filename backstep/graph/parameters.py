"""The static parameters of operations: what a node holds beside its operands, by name."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypedDict

from backstep.graph.shape import Shape

Key = tuple[int | tuple[int, int, int], ...]
"""A static index: an integer, which drops its axis, or (start, stop, step); from 0, in range."""

LeafRole = Literal["input", "target", "param", "const"]
"""How a name is declared."""

Side = Literal["both", "left", "right"]
"""Which factor of a product is a partial, and masks."""

Entries = Fraction | tuple["Entries", ...]
"""Constant entries: a number, or rows of them."""


class Parameters(TypedDict, total=False):
    """Every static parameter that a row may have; its NumPy form's signature shows which it has.

    `axis` is None in a reduction of all elements, as where it is left out: such rows use `get`.
    """

    axis: int
    classes: int
    delta: Fraction
    high: Fraction
    key: Key
    lengths: Shape
    low: Fraction
    n: int
    name: str
    order: int
    padding: int
    place: str
    probability: Fraction
    role: LeafRole
    rows: int
    seed: int
    shape: Shape
    size: tuple[int, ...]
    slope: Fraction
    source: int
    stride: int
    strong: Side
    target: int
    values: tuple[Entries, ...]

"""Names in closed formulas: which generated symbol stands for what, and how it is spelled.

SymPy is given generated names alone; the user's stand in the printed text.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import sympy

from app.graph.node import Node
from app.lang.definition import Leaf
from app.lang.display import latex_name

Place = tuple[int, ...]

# SymPy sorts a product's factors by name: λ w x reads as a lecture writes it.
_ORDER = ("const", "param", "input", "target")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One scalar of a formula: its text spelling, its meaning in the definition, its LaTeX."""

    text: str
    meaning: str
    latex: str


@cache
def _taken() -> frozenset[str]:
    """What SymPy's reader knows by itself: a symbol spelled so would be misread."""
    return frozenset(dir(sympy)) | frozenset(keyword.kwlist) | {"print", "None", "True", "False"}


def elements(node: Node) -> list[Place]:
    """Every index of a tensor, in row-major order; one empty index of a scalar."""
    return list(product(*(range(length) for length in node.shape)))


def symbols_for(leaves: Iterable[Leaf]) -> tuple[dict[int, Any], Mapping[str, Symbol]]:
    """For each leaf's node id its array of SymPy symbols, and what each generated name means."""
    arrays: dict[int, Any] = {}
    meanings: dict[str, Symbol] = {}
    spelled: set[str] = set()
    for leaf in sorted(leaves, key=lambda leaf: _ORDER.index(leaf.role)):
        array = np.empty(leaf.node.shape, dtype=object)
        for at in elements(leaf.node):
            generated = f"s{len(meanings):06d}"
            array[at] = sympy.Symbol(generated)
            text = _spelling(leaf.name, at, spelled)
            spelled.add(text)
            suffix = f"[{','.join(map(str, at))}]" if at else ""
            meanings[generated] = Symbol(text, leaf.name + suffix, latex_name(leaf.name + suffix))
        arrays[leaf.node.id] = array
    return arrays, meanings


def _spelling(name: str, at: Place, spelled: set[str]) -> str:
    """`W1[0,2]` → `W1_0_2`; spellings that are taken or repeated get underscores."""
    letters = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
    text = "_".join([letters, *map(str, at)])
    if not text.isidentifier():
        text = "_" + text
    while text in _taken() or text in spelled:
        text += "_"
    return text

"""Names in closed formulas: which generated symbol stands for what, and how it is spelled.

SymPy only ever gets generated names; the user's are in the printed text.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy

from backstep.formula.tree import Sym
from backstep.graph.shape import size
from backstep.lang.compile.definition import Leaf
from backstep.lang.syntax.names import VERSION
from backstep.ops.row import Objects
from backstep.symbolic.targets import Place, Places

# SymPy sorts a product's factors by name: λ w x reads as a lecture writes it.
_ORDER = ("const", "param", "input", "target")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One scalar of a formula: its text spelling, its meaning in the definition, its symbol."""

    text: str
    meaning: str
    formula: Sym


@cache
def _taken() -> frozenset[str]:
    """Names that SymPy's parser predefines: a symbol spelled so would be misread."""
    return frozenset(dir(sympy)) | frozenset(keyword.kwlist) | {"print", "None", "True", "False"}


class Numbered:
    """The SymPy symbol of each leaf's element, created on the first access."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self.leaves = sorted(leaves, key=lambda leaf: _ORDER.index(leaf.role))
        self.used: dict[int, set[Place]] = {}
        self._starts: dict[int, tuple[int, Place]] = {}
        before = 0
        for leaf in self.leaves:
            self._starts[leaf.node.id] = before, leaf.node.shape
            before += size(leaf.node.shape)

    def __call__(self, node: int, at: Place) -> sympy.Symbol:
        """The symbol of the element of the leaf with this id."""
        self.used.setdefault(node, set()).add(at)
        start, shape = self._starts[node]
        place = int(np.ravel_multi_index(at, shape)) if at else 0
        return sympy.Symbol(f"s{start + place:07d}")


def symbols_for(
    leaves: Iterable[Leaf], only: Mapping[int, Collection[Place]] | None = None
) -> tuple[dict[int, Objects], Mapping[str, Symbol]]:
    """For each leaf's node id its array of SymPy symbols, and what each generated name means.

    `only` holds, by node id, the elements that are wanted; the others are None.
    """
    arrays: dict[int, Objects] = {}
    meanings: dict[str, Symbol] = {}
    spelled: set[str] = set()
    numbered = Numbered(leaves)
    for leaf in numbered.leaves:
        array = np.empty(leaf.node.shape, dtype=object)
        wanted = Places(leaf.node.shape) if only is None else sorted(only.get(leaf.node.id, ()))
        for at in wanted:
            array[at] = numbered(leaf.node.id, at)
            generated = array[at].name
            text = _spelling(leaf.name, at, spelled)
            spelled.add(text)
            suffix = f"[{','.join(map(str, at))}]" if at else ""
            meaning = leaf.name + suffix
            meanings[generated] = Symbol(text, meaning, Sym(meaning, leaf.role, leaf.node.id))
        arrays[leaf.node.id] = array
    return arrays, meanings


def _spelling(name: str, at: Place, spelled: set[str]) -> str:
    """`W1[0,2]` → `W1_0_2`, `W⁽¹⁾[0,2]` → `W_1_0_2`: an identifier of Python as Python keeps it.
    Spellings that are taken or repeated get underscores."""
    plain = unicodedata.normalize("NFKC", VERSION.sub(lambda found: f"_{found[1]}", name))
    letters = "".join(c if ("a" + c).isidentifier() else "_" for c in plain)
    text = "_".join([letters, *map(str, at)])
    if not text.isidentifier():
        text = "_" + text
    while text in _taken() or text in spelled:
        text += "_"
    return text

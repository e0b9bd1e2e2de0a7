"""Notation of printed derivations in an answer: v₁₂ and ∂L/∂(W x) for unnamed parts, and e_2.

Each is given a name that the answer can be read with, and the node that it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backstep.binding.bind import BoundModel
from backstep.formula.board import Paper
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.symbolic.targets import Target

_MOST_PARTS = 400
"""The most parts whose formulas are looked for in an answer."""
_HOT = re.compile(r"(?<![\w.])(?:e_(?=\d)|e(?=[₀-₉]))(?P<place>\d+|[₀-₉]+)(?!\w)")
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


@dataclass(frozen=True, slots=True)
class Reworded:
    """An answer without a derivation's own writing, what its further names mean, and the nodes
    without a name as they stand below a ∂.
    """

    text: str
    further: Mapping[str, Node]
    below: Mapping[str, Node]


def reworded(prepared: BoundModel, target: Target, text: str) -> Iterator[Reworded]:
    """The ways to read what a derivation alone writes; none if nothing of it is in the text."""
    further: dict[str, Node] = {}
    numbered = _numbered(prepared, text, further)
    below = _below(prepared, numbered)
    below |= {name: node for name, node in further.items() if f"∂{name}" in numbered}
    if _HOT.search(numbered) is None:
        if numbered != text or below:
            yield Reworded(numbered, further, below)
        return
    for count in _counts(prepared, target):
        yield Reworded(_with_ones(numbered, count), further, below)


def _with_ones(text: str, count: int) -> str:
    """The text with `one_hot(2, count)` for e_2 and e₂."""

    def written(match: re.Match[str]) -> str:
        return f"one_hot({match['place'].translate(_DIGITS)}, {count})"

    return _HOT.sub(written, text)


def _numbered(prepared: BoundModel, text: str, further: dict[str, Node]) -> str:
    """The text with v_12 for v₁₂, the twelfth node of the graph, which has no name."""
    definition, symbols = prepared.definition, prepared.symbols
    nodes = definition.graph.nodes[: definition.graph.forward_count]

    def named(match: re.Match[str]) -> str:
        number = int((match[1] or match[2]).translate(_DIGITS))
        if number >= len(nodes) or nodes[number].id in symbols.formulas:
            return match[0]
        name = f"{symbols.part}_{number}"
        while name in definition.names:
            name += "_"
        further[name] = nodes[number]
        return name

    return re.sub(rf"(?<!\w){symbols.part}(?:([₀-₉]+)|_\{{(\d+)\}})(?!\w)", named, text)


def _below(prepared: BoundModel, text: str) -> dict[str, Node]:
    """By what stands below a ∂ the node whose formula it is: (h w + c), dot(w, x)."""
    if "∂(" not in text and not re.search(r"∂\w+[(\[]", text):
        return {}
    definition, symbols = prepared.definition, prepared.symbols
    nodes = definition.graph.nodes[: definition.graph.forward_count][:_MOST_PARTS]
    # Of two parts that are written alike, the one that the loss is computed from.
    on_way = {node.id for node in ancestors([definition.loss])}
    found: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda each: each.id not in on_way):
        if node.id in symbols.formulas or TABLE[node.op].leaf or symbols.is_numbered(node):
            continue
        written = Paper().write(symbols.derivative(symbols.loss, node)).partition("/∂")[2]
        if f"∂{written}" in text:
            found.setdefault(written, node)
    return found


def _counts(prepared: BoundModel, target: Target) -> list[int]:
    """How many elements a vector with a 1 at one place may have: the target's, then any other's."""
    shapes = [target.node.shape]
    shapes += [each[-1].node.shape for each in prepared.definition.names.values()]
    return list(dict.fromkeys(shape[-1] for shape in shapes if shape))[:4]

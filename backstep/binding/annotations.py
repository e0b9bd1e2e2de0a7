"""Sentences on a node besides its numbers: conventions, and the origin of NaN."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backstep.binding.bind import BoundModel
from backstep.binding.doubtful import doubtful
from backstep.binding.overflow import overflows
from backstep.errors import Diagnostic
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Node

ZERO = "0 but for rounding"


@dataclass(frozen=True, slots=True)
class Annotations:
    """Sentences by node id: on its value, and on its partial or those it sends back."""

    forward: Mapping[int, tuple[str, ...]]
    backward: Mapping[int, tuple[str, ...]]

    def on_value(self, nodes: Iterable[Node]) -> str | None:
        """All sentences on the values of some nodes, drawn as one; None: there are none."""
        return _joined(self.forward, nodes)

    def on_partial(self, nodes: Iterable[Node]) -> str | None:
        """All sentences on what flows back through some nodes; None: there are none."""
        return _joined(self.backward, nodes)


def annotate(prepared: BoundModel, numbers: GraphValues) -> Annotations:
    """The sentences on each node at the values in force."""
    forward: dict[int, list[str]] = defaultdict(list)
    backward: dict[int, list[str]] = defaultdict(list)
    graph = prepared.definition.graph
    for fault in prepared.definition.warnings:
        for node in graph.nodes[: graph.forward_count]:
            if node.span is not None and node.span == fault.span:
                forward[node.id].append(sentence(fault))
                break
    for fault, block in doubtful(prepared.definition, numbers):
        at = graph.nodes[block.nodes[-1]] if block.output is None else block.output
        forward[at.id].append(sentence(fault))
    for birth in numbers.non_finite_origins:
        said = f"{birth.value} is born here, the first that is not finite"
        (backward if birth.backward else forward)[birth.node.id].append(said)
    for fault, node in overflows(prepared, numbers):
        backward[node.id].append(sentence(fault))
    for hit in numbers.conventions:
        backward[hit.node.id].append(hit.words)
    return Annotations(_frozen(forward), _frozen(backward))


def rounded(prepared: BoundModel, node: Node) -> str | None:
    """That a partial, or some of its elements, are 0 but for rounding; None if none is."""
    mask = prepared.rounding.of(node)
    if mask is None:
        return None
    if not prepared.rounding.settled(node).any():
        return f"the partial is {ZERO}: what is added up cancels"
    return f"{int(mask.sum())} of the partial's {mask.size} elements are {ZERO}"


def sentence(fault: Diagnostic) -> str:
    """A warning and its hint."""
    return fault.message if fault.hint is None else f"{fault.message}; {fault.hint}"


def _frozen(found: Mapping[int, list[str]]) -> dict[int, tuple[str, ...]]:
    return {key: tuple(words) for key, words in found.items()}


def _joined(found: Mapping[int, tuple[str, ...]], nodes: Iterable[Node]) -> str | None:
    said = dict.fromkeys(words for node in nodes for words in found.get(node.id, ()))
    return "; ".join(said) or None

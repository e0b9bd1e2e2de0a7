"""The walk: forward, then backward, one node a step, with the contribution of each use.

The loop of the lectures: for i = 1..N compute V_i from its parents; for i = N..1 add up, over
the uses of V_i, ∂L/∂V_j · ∂V_j/∂V_i.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from backstep.autodiff.zoom import Edge, Pullback, Vertex, View, named_seed, pullback, unit
from backstep.evaluate.numeric import GraphValues
from backstep.evaluate.rounding import Rounding
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Definition
from backstep.layout.plates import has_partial
from backstep.notation.symbols import Symbols
from backstep.ops import TABLE
from backstep.ops.row import Array
from backstep.walk.contributions import Rule, rule
from backstep.walk.edges import EdgeFormula
from backstep.walk.folding import Folded, Zoom
from backstep.walk.products import Product, product

Kind = Literal["input", "target", "param", "const", "constant", "operation", "result"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """The contribution of one use; arrays have the shapes of the use and of the node."""

    link: Edge
    upstream: Array
    upstream_settled: Array
    """The upstream partial, with 0 for elements that are 0 except for rounding."""
    local: float | None
    value: Array
    settled: Array
    """The value, with 0 for elements that are 0 except for rounding."""
    sum: Array
    reason: str | None
    rule: Rule | None
    product: Product | None
    """The value as a product in numbers, where a tensor takes part and it is one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One node computed (forward) or completed (backward); `partial` is None for class labels."""

    number: int
    phase: Literal["forward", "backward"]
    vertex: Vertex
    array: Array | None
    contributions: tuple[Contribution, ...] = ()
    settled: Array | None = None
    """A backward step's partial, with 0 for elements that are 0 except for rounding."""


@dataclass(frozen=True, slots=True)
class Walk:
    """All steps of a view, numbered from 1; `forward` is the last forward step's number."""

    zoom: Zoom
    folded: Folded
    steps: tuple[Step, ...]
    forward: int
    contributions: Mapping[str, Contribution]
    """By edge, including edges to constants, which have no step of their own."""

    @property
    def view(self) -> View:
        """The view whose nodes are walked."""
        return self.folded.view

    @property
    def total(self) -> int:
        """The number of the last step."""
        return len(self.steps)


def kind_of(vertex: Vertex, symbols: Symbols) -> Kind:
    """The kind of a drawn node."""
    role = vertex.node.params.get("role") if TABLE[vertex.node.op].leaf else None
    if role is not None:
        return role
    if vertex.node.id in symbols.names:
        return "result"
    return "operation" if vertex.links or vertex.node.nodes else "constant"


def is_label(definition: Definition, node: Node) -> bool:
    """Whether the node is a declared class number."""
    return any(leaf.label and leaf.node is node for leaf in definition.leaves)


def walk(
    definition: Definition,
    numbers: GraphValues,
    symbols: Symbols,
    zoom: Zoom,
    folded: Folded,
    told: int | None = None,
    rounding: Rounding | None = None,
) -> Walk:
    """The whole walk over a view, numbered as in the API's `/steps`.

    `rounding` is that of the numbers, if it is known. With `told`, only that step (or the last, if
    it is larger) has rules.
    """
    seen = folded.view
    steps = [
        Step(number, "forward", vertex, numbers.value(vertex.node))
        for number, vertex in enumerate(seen.vertices, start=1)
    ]
    forward = len(steps)
    back = {each.id for each in seen.vertices if has_partial(kind_of(each, symbols))}
    last = forward + len(back)
    rounding = Rounding(numbers) if rounding is None else rounding
    sender = _Sender(numbers, symbols, folded, rounding)
    contributions: dict[str, Contribution] = {}
    for vertex in reversed(seen.vertices):
        here = told is None or len(steps) + 1 == min(told, last)
        arriving = sender.contributions(vertex.node, here)
        contributions.update((each.link.id, each) for each in arriving)
        if vertex.id in back:
            label = is_label(definition, vertex.node)
            partial = None if label else numbers.partial(vertex.node)
            settled = None if label else rounding.settled(vertex.node)
            steps.append(Step(len(steps) + 1, "backward", vertex, partial, arriving, settled))
    return Walk(zoom, folded, tuple(steps), forward, contributions)


class _Sender:
    """The pullbacks along all edges, computed once for each vertex."""

    def __init__(
        self, numbers: GraphValues, symbols: Symbols, folded: Folded, rounding: Rounding
    ) -> None:
        seen = folded.view
        self.numbers = numbers
        self.rounding = rounding
        self.symbols = symbols
        self.view = seen
        self._vertices = {vertex.node.id: vertex for vertex in seen.vertices}
        self._frames = {
            key: fold.title for fold in folded.framed if len(fold) > 1 for key in fold.nodes
        }
        self._edges: dict[str, EdgeFormula] = {}

    @cached_property
    def _behind(self) -> set[int]:
        """Ids of the nodes that the loss is computed from."""
        return {node.id for node in ancestors([self.symbols.loss])}

    def contributions(self, node: Node, told: bool) -> tuple[Contribution, ...]:
        """The contributions of all uses of the node, in the order of the text, with running sums.

        `told`: with their rules.
        """
        links = self.view.uses.get(node.id, ())
        found: list[Contribution] = []
        total: Array = np.zeros(node.shape)
        for link in links:
            edge = self._edge(link)
            value = settled = np.zeros(node.shape)
            if edge.real.partial is not None:
                value = np.broadcast_to(self.numbers.value(edge.real.partial), node.shape)
                settled = np.broadcast_to(self.rounding.sent(edge.real.partial), node.shape)
            with np.errstate(all="ignore"):
                total = total + value if found else value
            found.append(
                Contribution(
                    link,
                    self.numbers.partial(link.use),
                    self.rounding.settled(link.use),
                    self._local(edge),
                    value,
                    settled,
                    total,
                    self._reason(edge),
                    self._rule(edge, len(links) > 1) if told else None,
                    product(edge, self.symbols, self.numbers, value, len(links) > 1)
                    if told
                    else None,
                )
            )
        return tuple(found)

    def _rule(self, edge: EdgeFormula, several: bool) -> Rule | None:
        frame = self._frames.get(edge.link.use.id)
        return rule(edge, self.symbols, self.numbers, several, frame)

    def _edge(self, link: Edge) -> EdgeFormula:
        if link.id not in self._edges:
            self._edges.update(self._sent(self._vertices[link.use.id]))
        return self._edges[link.id]

    def _sent(self, vertex: Vertex) -> Mapping[str, EdgeFormula]:
        """The pullback along each edge of a vertex, as nodes, which no value changes."""
        links = ((link.id, link.position) for link in vertex.links)
        key = ("sent", *(node.id for node in vertex.members), *links)
        if key not in self.symbols.kept:
            adjoint = self.numbers.back.adjoints.get(vertex.node.id)
            nothing = {each.id: Pullback(None, None) for each in vertex.links}
            real = pullback(vertex, adjoint) if adjoint is not None else nothing
            one = unit(vertex)
            # The loss's pullback is its local derivative, and need not be computed twice.
            scalar = {} if vertex.node.shape != () else real if adjoint is one else None
            units = pullback(vertex, one) if scalar is None else scalar
            named = pullback(vertex, named_seed(vertex))
            self.symbols.kept[key] = {
                each.id: EdgeFormula(
                    each, vertex, real[each.id], units.get(each.id), named[each.id]
                )
                for each in vertex.links
            }
        found: Mapping[str, EdgeFormula] = self.symbols.kept[key]
        return found

    def _local(self, edge: EdgeFormula) -> float | None:
        if edge.local is not None:
            return float(self.numbers.value(edge.local))
        flat = edge.unit is not None and edge.unit.reason is not None
        return 0.0 if flat and edge.link.source.shape == () else None

    def _reason(self, edge: EdgeFormula) -> str | None:
        if edge.formula.partial is None:
            return edge.formula.reason or "the use only chooses by it, so nothing flows back"
        if edge.real.partial is None:
            loss, use = self.symbols.said(self.symbols.loss), self.symbols.said(edge.link.use)
            if edge.link.use.id in self._behind:
                return f"nothing comes back to {use}: its partial is 0 here"
            return f"{loss} does not depend on {use}"
        return None

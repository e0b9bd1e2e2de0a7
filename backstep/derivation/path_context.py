"""A path from a node to the loss: its edges, its nodes, the chain rule along all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from backstep.autodiff.gradient import through_convolutions
from backstep.autodiff.paths import Path, between, counts, longest, paths
from backstep.autodiff.zoom import Edge, View
from backstep.derivation.formula_writer import FormulaWriter, product_of_figures
from backstep.derivation.lines import Line, Rule, Step, plain
from backstep.derivation.locals import Local, Locals, called
from backstep.derivation.phrases import listing, number_word
from backstep.derivation.softmax import Pattern, patterns
from backstep.evaluate.numeric import GraphValues
from backstep.formula.tree import Deriv, Formula, along_paths, times
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.notation.symbols import Symbols
from backstep.walk.contributions import DIRECT

_PATHS = 6
"""Paths that are written out beside each other."""
_FACTORS = 30
"""Factors of all of them together."""


class PathContext:
    """The edges from a node to the loss in a view, with all that their lines are written with."""

    def __init__(
        self, definition: Definition, symbols: Symbols, numbers: GraphValues, of: Node, view: View
    ) -> None:
        self.of, self.view, self.numbers, self.symbols = of, view, numbers, symbols
        self.definition, self.loss = definition, definition.loss
        self.locals = Locals(view)
        self.links = between(view, of, self.loss)
        self.nodes = {link.use.id: link.use for link in self.links} | {of.id: of}
        seeds = {link.use.id: self.locals.of(link).seed for link in self.links}
        parts = [
            node
            for node in self.nodes.values()
            if node is not self.loss and symbols.is_numbered(node)
        ]
        self.pen = FormulaWriter(definition, symbols, numbers, seeds, parts)
        self.scalar = all(self.locals.of(link).scalar for link in self.links)
        self.patterns = {
            found.logits.id: found for found in patterns(self.loss) if self._stands(found)
        }
        self._hit = {each.node.id: each.words for each in numbers.conventions}

    def _stands(self, found: Pattern) -> bool:
        """Whether the pattern's nodes are on the way with nothing else between them."""
        if found.logits.id not in self.nodes:
            return False
        onward = [link.use for link in self.links if link.source is found.logits]
        after = [link.use for link in self.links if link.source is found.inside]
        if onward == [found.inside]:
            return after == [found.loss]
        return onward == [found.loss]

    def said(self, node: Node) -> str:
        """A node's symbol in plain characters."""
        return called(self.symbols, node)

    def uses(self, node: Node) -> list[Edge]:
        """The edges of the way that leave a node, in the order of the text."""
        found = [link for link in self.links if link.source is node]
        return sorted(found, key=lambda link: (link.use.id, link.position or 0))

    def adjoint(self, node: Node) -> Node | None:
        """The partial of the loss by a node, in the graph; None where it is zero."""
        if node.id in self._whole:
            return self._whole[node.id]
        return self.numbers.back.adjoints.get(node.id)

    @cached_property
    def _whole(self) -> Mapping[int, Node | None]:
        """Partials that pass convolutions as one, as their lines do."""
        return through_convolutions(self.loss, self.nodes)

    def slope(self, local: Local) -> float:
        """A local derivative between numbers, in numbers."""
        return self.pen.value(local.slope) or 0.0

    @property
    def count(self) -> int:
        """How many paths there are."""
        return counts(self.view, self.loss)[self.of.id]

    def names(self) -> Iterator[Rule]:
        """What v₁₂ stands for, where a part of the way has no name and is long."""
        for key in sorted(self.nodes):
            node = self.nodes[key]
            if node is not self.loss and self.symbols.is_numbered(node):
                symbol, own = self.symbols.formula(node), self.pen.own(node)
                line = Line(
                    "name",
                    "a part without a name gets one",
                    symbol,
                    (Step(own, self.pen.whole(own)),),
                )
                yield Rule("name", (line,))

    @property
    def one_edge(self) -> bool:
        """Whether the loss reads the node and nothing lies between: no chain to speak of."""
        return len(self.links) == 1

    def overview(self) -> Line | None:
        """The chain rule over all paths; None where they are too many to be written out."""
        count = self.count
        if count > _PATHS or count * longest(self.view, self.of, self.loss) > _FACTORS:
            return None
        found = list(paths(self.view, self.of, self.loss))
        routes = [
            " → ".join(self.said(node) for node in (self.of, *(link.use for link in path)))
            for path in found
        ]
        words = f"along {routes[0]}"
        if count > 1:
            words = (
                f"{self.said(self.of)} reaches {self.said(self.loss)} by {number_word(count)} "
                f"paths, {listing(routes)}: multiply along each, add them up"
            )
        chained = along_paths(
            *(times(*(self.ratio(link) for link in reversed(path))) for path in found)
        )
        return Line(
            "paths" if count > 1 else "chain",
            words,
            self.pen.partial(self.of),
            (plain(chained),),
            numbers=self.in_figures(found) if self.scalar else (),
            top=self.loss,
            bottom=self.of,
        )

    def in_figures(self, found: Sequence[Path]) -> tuple[Formula, ...]:
        """The products along paths, and what they sum to."""
        terms = (
            product_of_figures(self.slope(self.locals.of(link)) for link in reversed(path))
            for path in found
        )
        return along_paths(*terms), *self.pen.partial_figure(self.of)

    def in_partials(self, links: Sequence[Edge]) -> Step:
        """Σ ∂L/∂s · ∂s/∂u over uses."""
        return plain(
            along_paths(
                *(
                    self.ratio(link)
                    if link.use is self.loss
                    else times(self.pen.partial(link.use), self.ratio(link))
                    for link in links
                )
            )
        )

    def ratio(self, link: Edge) -> Deriv:
        """∂u/∂z along an edge; said to be along it alone where that is not all of it."""
        return self.along(self.symbols.derivative(link.use, link.source), link)

    def along(self, derivative: Deriv, link: Edge, of_loss: bool = False) -> Deriv:
        """A derivative with the edge that it is along, where others lead the same way.

        What the loss reads itself is called direct, where it is reached by other ways too. With
        `of_loss` it is of the loss whatever the use is, so the use is named.
        """
        if link.use is self.loss and len(self.uses(link.source)) > 1:
            return replace(derivative, along=DIRECT)
        if of_loss:
            return replace(derivative, along=self.symbols.formula(link.use))
        return derivative

    def asked(self, local: Local) -> Step:
        """∂/∂u of what the use is computed by."""
        own, source = self.pen.own(local.link.use), self.symbols.formula(local.link.source)
        return plain(Deriv(None, source, at=own))

    def conventions(self, local: Local) -> Iterator[Rule]:
        """What was chosen where a kink or a tie is hit on the way back through a use."""
        hit = [self._hit[node.id] for node in local.vertex.members if node.id in self._hit]
        for words in dict.fromkeys(hit):
            yield Rule("convention", (Line("convention", words, None, ()),))

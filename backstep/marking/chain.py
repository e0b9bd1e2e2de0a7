"""Mistakes in the chain rule, edge by edge: factors, paths, signs, points, and their wording.

What a mistake would give is computed, not written down; the numbers are those of `links`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from backstep.autodiff.zoom import pullback
from backstep.formula.tree import Formula, number
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.marking.inline_formula import ClaimFormulas
from backstep.marking.links import Part, TestedEdge, TestedEdges, sticks
from backstep.marking.mistake import Kind, Mistake, Unfit, Value
from backstep.marking.trial import SamplePoint, Submission
from backstep.ops.common_mistakes import COMMON_MISTAKES
from backstep.ops.row import Array

_MOST_PARTS = 60
"""Parts of one edge's formula that are left out in turn."""
_LONGEST_NAME = 30
_LONGEST = 90
"""Characters of a formula within a sentence."""


class Chain:
    """What mistakes on the edges between a target and the loss would give."""

    def __init__(self, claim: Submission, folded: bool = True) -> None:
        self.claim = claim
        self.symbols = claim.prepared.symbols
        self.definition = claim.prepared.definition
        self.links = TestedEdges(claim, folded)
        self.words = ClaimFormulas(
            claim, {edge.seed.id: edge.link.use for edge in self.links.edges}
        )
        self._called: dict[int, str | None] = {}

    def plain(self) -> Iterator[Mistake]:
        """Whole factors and paths; for matrices, only if one factor can be named."""
        for edge in self.links.edges:
            if edge.local is not None or self.other(edge) is not None:
                yield from self._whole(edge)
        for edge in self.links.edges:
            if edge.local is not None:
                yield from self._parts(edge, self._factors)
            if self.links.several(edge):
                yield self._path(edge)

    def rest(self) -> Iterator[Mistake]:
        """Parts of every step's formula."""
        for edge in self.links.edges:
            yield from self._parts(edge, None)
            if edge.local is None and self.other(edge) is None:
                yield from self._whole(edge)

    def constants(self) -> Iterator[Mistake]:
        """Numbers along one of several paths."""
        for edge in self.links.edges:
            yield from self._numbers(edge)

    def within(self) -> Iterator[Mistake]:
        """Mistakes at steps inside a statement, if what they join has a description."""
        for edge in self.links.edges:
            if self.inside(edge):
                yield from self._whole(edge)
                yield from self._parts(edge, None)

    def inside(self, edge: TestedEdge) -> bool:
        """Whether a step is not from name to name, and yet has a description."""
        use, source = edge.link.use, edge.link.source
        named = self.symbols.name(use) and self.symbols.name(source)
        return not named and None not in (self.called(use), self.called(source))

    def called(self, node: Node) -> str | None:
        """The description of a node in a step; None if only a long formula would do."""
        if node.id not in self._called:
            self._called[node.id] = self._described(node)
        return self._called[node.id]

    def _described(self, node: Node) -> str | None:
        if self.symbols.label(node) is not None:
            return self.words.below(node)
        text = self._said(node)
        return f"({text})" if len(text) <= _LONGEST_NAME else None

    def step(self, edge: TestedEdge) -> str:
        """The step's derivative: ∂u/∂z."""
        use, source = edge.link.use, edge.link.source
        above = self.called(use) or self.words.below(use)
        return f"∂{above}/∂{self.called(source) or self.words.below(source)}"

    def _said(self, operand: Operand) -> str:
        return self.words.plain(self.words.of(operand))

    def _factor(self, operand: Operand) -> str:
        return self.words.factor(self.words.of(operand))

    def mistake(
        self,
        edge: TestedEdge,
        kind: Kind,
        said: Callable[[], str],
        value: Value,
        missing: Callable[[], Formula | None] | None = None,
        stuck: Callable[[Sequence[SamplePoint]], bool] | None = None,
    ) -> Mistake:
        """A mistake on an edge; `missing` makes the missing formula."""
        return Mistake(
            kind,
            "",
            self.links.changed(edge, value),
            of=self.symbols.name(edge.link.use),
            wrt=self.symbols.name(edge.link.source),
            late=said,
            formulas=None if missing is None else partial(self._both, missing),
            stuck=stuck,
        )

    def _both(self, missing: Callable[[], Formula | None]) -> tuple[str, str] | None:
        formula = missing()
        return None if formula is None else self.words.both(formula)

    def _whole(self, edge: TestedEdge) -> Iterator[Mistake]:
        """An edge's factor or its whole path left out, its sign turned, its factor squared."""
        factor = edge.local if edge.local is not None else self.other(edge)
        missing = None if factor is None else partial(self.words.of, factor)
        yield self.mistake(edge, "factor", partial(self._left_out, edge), _arriving(edge), missing)
        turned = partial(self._turned, edge)
        yield self.mistake(edge, "sign", turned, lambda t: -self.links.right(edge, t))
        if edge.link.source.shape == edge.link.use.shape:
            said = partial(self._once_more, edge, factor)
            yield self.mistake(edge, "extra", said, self._twice(edge), missing)

    def _turned(self, edge: TestedEdge) -> str:
        if edge.link.source is self.links.target and self.links.several(edge):
            return f"the sign of the path {self._through(edge)} is turned"
        return f"the sign of {self.step(edge)} is turned"

    def _once_more(self, edge: TestedEdge, factor: Operand | None) -> str:
        step = self.step(edge)
        what = step if factor is None else f"{self._factor(factor)} = {step}"
        return f"the factor {what} is one too many"

    def _left_out(self, edge: TestedEdge) -> str:
        """The local derivative left out."""
        if edge.local is not None:
            return f"the factor {self._factor(edge.local)} = {self.step(edge)} is missing"
        missing, how = self.other(edge), self._how(edge)
        what = self.step(edge) if missing is None else self._factor(missing)
        return f"the factor {what} is missing{'' if how == f' in {what}' else how}"

    def other(self, edge: TestedEdge) -> Operand | None:
        """What the incoming partial is multiplied by, if that is one factor."""
        inputs = edge.formula.inputs
        if edge.formula not in edge.tree or len(inputs) != 2 or edge.seed not in inputs:
            return None
        found = inputs[0] if inputs[1] is edge.seed else inputs[1]
        return None if _holds(found, edge.seed) else found

    def _how(self, edge: TestedEdge) -> str:
        """What a matrix step sends back, as a subordinate clause."""
        whole = self._said(edge.formula)
        if len(whole) > _LONGEST:
            return f" in {self.step(edge)}"
        use, source = self.words.brief(edge.link.use), self.words.brief(edge.link.source)
        return f": what {use} sends back to {source} is {whole}"

    def _twice(self, edge: TestedEdge) -> Value:
        def value(tried: SamplePoint) -> Array:
            return self.links.sent(edge, tried, self.links.right(edge, tried))

        return value

    def _path(self, edge: TestedEdge) -> Mistake:
        said, term = partial(self._without_path, edge), partial(self._term, edge)
        return self.mistake(edge, "path", said, lambda t: np.zeros(edge.link.source.shape), term)

    def _without_path(self, edge: TestedEdge) -> str:
        said = f"the path {self._through(edge)} is missing"
        term = self._term(edge) if edge.link.source is self.links.target else None
        return said if term is None else f"{said}: its term is {self.words.plain(term)}"

    def _through(self, edge: TestedEdge) -> str:
        """The path's description: `through r = w²`."""
        use = edge.link.use
        name = self.words.brief(use)
        if use is self.definition.loss:
            return f"from {self.words.brief(edge.link.source)} straight to {name}"
        own = self.words.own(use)
        return f"through {name} = {own}" if len(own) <= 40 else f"through {name}"

    def _term(self, edge: TestedEdge) -> Formula | None:
        """What the path sends back, in names."""
        adjoint = self.claim.prepared.model.back.adjoints.get(edge.vertex.node.id)
        found = None if adjoint is None else pullback(edge.vertex, adjoint)[edge.link.id].partial
        if found is None:
            return None
        term = self.words.tidy(found)
        return term if len(self.words.plain(term)) <= _LONGEST else None

    def _factors(self, part: Part) -> bool:
        return part.kind in ("factor", "power", "divisor")

    def _parts(self, edge: TestedEdge, wanted: Callable[[Part], bool] | None) -> Iterator[Mistake]:
        """A part of an edge's formula left out: a factor of a product, a term, a power."""
        for part in filter(wanted, _changes(edge)[:_MOST_PARTS]):
            yield self.mistake(
                edge,
                _KINDS[part.kind],
                partial(self._part_said, edge, part),
                self._part_value(edge, part),
                partial(self.words.of, part.shown),
                partial(self._sticks, edge, part),
            )

    def _part_said(self, edge: TestedEdge, part: Part) -> str:
        whose, tail = "", ""
        if edge.local is None:
            tail = self._how(edge)
        else:
            own, step = self._said(edge.local), self.step(edge)
            whose = f" of {step} = {own}" if own and len(own) <= _LONGEST else f" of {step}"
        return _WORDS[part.kind].format(part=self._factor(part.shown), whose=whose) + tail

    def _sticks(self, edge: TestedEdge, part: Part, points: Sequence[SamplePoint]) -> bool:
        known = [self.links.known(tried) for tried in points]
        return sticks(edge, known, part, [{}] * len(known))

    def _part_value(self, edge: TestedEdge, part: Part) -> Value:
        def value(tried: SamplePoint) -> Array | None:
            g = tried.numbers.partial(edge.link.use)
            try:
                return self.links.sent(edge, tried, g, part)
            except Unfit:
                return None

        return value

    def _numbers(self, edge: TestedEdge) -> Iterator[Mistake]:
        """A number too many or too few on one of several paths."""
        if not self.links.several(edge):
            return
        for times, what in ((0.5, "is missing"), (2.0, "too many")):
            said = partial(self._by_two, edge, what)
            scaled = partial(self._scaled, edge, times)
            yield self.mistake(edge, "constant", said, scaled, partial(number, 2))

    def _by_two(self, edge: TestedEdge, what: str) -> str:
        if edge.link.source is self.links.target:
            return f"a factor 2 {what} in the path {self._through(edge)}"
        return f"a factor 2 {what} in {self.step(edge)}"

    def _scaled(self, edge: TestedEdge, times: float, tried: SamplePoint) -> Array:
        return times * self.links.right(edge, tried)


_WORDS = {
    "factor": "the factor {part}{whose} is missing",
    "divisor": "the division by {part}{whose} is missing",
    "term": "the term {part}{whose} is missing",
    "sign": "the sign of {part}{whose} is turned",
    "power": "the exponent of {part}{whose} is missing",
    "transpose": "a transpose is missing or too many at {part}{whose}",
    "elementwise": "the product {part}{whose} is not one element by element",
    "divided": "{part}{whose} is a factor, not a divisor",
    "multiplied": "{part}{whose} is a divisor, not a factor",
}
_KINDS: Mapping[str, Kind] = {
    "factor": "factor",
    "divisor": "factor",
    "term": "term",
    "sign": "sign",
    "power": "factor",
    "transpose": "transpose",
    "elementwise": "product",
    "divided": "product",
    "multiplied": "product",
}


_KEEPS = ("factor", "divisor")
_APART = ("divided", "multiplied")


def _arriving(edge: TestedEdge) -> Value:
    return lambda tried: tried.numbers.partial(edge.link.use)


def _changes(edge: TestedEdge) -> list[Part]:
    """Every part of the formula changed in turn, factors first."""
    found = [
        Part(wrong.kind, node, wrong.numpy, _of(node, wrong.part))
        for node in edge.tree
        for wrong in COMMON_MISTAKES.get(node.op, ())
        if wrong.fits(*(operand.shape for operand in node.inputs))
        and not _arrives_in(edge, _of(node, wrong.part), wrong.kind)
    ]
    order = list(_WORDS)
    return sorted(found, key=lambda part: order.index(part.kind))


def _arrives_in(edge: TestedEdge, operand: Operand, kind: str) -> bool:
    """Whether a part contains the incoming partial: without it nothing of the chain is left."""
    if kind not in (*_KEEPS, *_APART):
        return False
    alone = operand is edge.seed and kind in _KEEPS
    return not alone and _holds(operand, edge.seed)


def _holds(operand: Operand, seed: Node) -> bool:
    return not isinstance(operand, Literal) and seed in ancestors([operand])


def _of(node: Node, part: int | None) -> Operand:
    return node if part is None else node.inputs[part]

"""Slips of the chain rule, link by link: factors, paths, signs and places, and how they are told.

What a slip would give is worked out, not written down; the numbers are `links`'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from app.analysis.links import Edge, Links, Part, Value, evaluated
from app.analysis.trial import Claim, Tried
from app.analysis.words import Words, bracketed
from app.calculus.zoom import sent
from app.engines.numeric import compute
from app.graph.node import Node, Operand
from app.ops.miswriting import MISWRITINGS
from app.ops.row import Array

_MOST_PARTS = 60
"""Parts of one link's formula that are left out in turn."""
_LONGEST = 90
"""Characters of a formula within a sentence."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One thing that may have gone wrong: its kind, the words, and what it would have given.

    `text` and `latex` are what is missing; `of` and `wrt` the names of the step it belongs to.
    """

    kind: str
    said: str
    value: Value
    text: str | None = None
    latex: str | None = None
    of: str | None = None
    wrt: str | None = None
    late: Callable[[], str] | None = None

    def worded(self, late: Callable[[], str]) -> Slip:
        """The same with words that are known only once its value was worked out."""
        return replace(self, late=late)

    @property
    def hint(self) -> str:
        """The sentence."""
        return self.said if self.late is None else self.late()


class Chain:
    """What slips on the links between a target and the loss would give."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.symbols = claim.prepared.symbols
        self.definition = claim.prepared.definition
        self.links = Links(claim)
        self.words = Words(claim, {edge.seed.id: edge.link.use for edge in self.links.edges})

    def slips(self) -> Iterator[Slip]:
        """Every slip on every link, the plainest first."""
        for edge in self.links.edges:
            if edge.local is None:
                # What is left of a matrix formula says more than that a Jacobian is missing.
                yield from self._parts(edge)
            yield from self._whole(edge)
        for edge in self.links.edges:
            if edge.local is not None:
                yield from self._parts(edge)
        for edge in self.links.edges:
            yield from self._places(edge)
            yield from self._numbers(edge)

    def _step(self, edge: Edge) -> str:
        return f"∂{self.symbols.brief(edge.link.use)}/∂{self.symbols.brief(edge.link.source)}"

    def _said(self, operand: Operand) -> str:
        return self.words.said(operand)

    def _factor(self, operand: Operand) -> str:
        return bracketed(self._said(operand))

    def _slip(
        self,
        edge: Edge,
        kind: str,
        said: str,
        value: Value,
        missing: tuple[str, str] | None = None,
    ) -> Slip:
        """A slip on a link; `missing` is what is, in plain characters and as LaTeX."""
        text, latex = (None, None) if missing is None else missing
        of, wrt = self.symbols.name(edge.link.use), self.symbols.name(edge.link.source)
        return Slip(kind, said, self.links.changed(edge, value), text, latex, of, wrt)

    def _whole(self, edge: Edge) -> Iterator[Slip]:
        """A link's factor or its whole path left out, its sign turned, its factor twice."""
        first = edge.link.source is self.links.target
        yield self._without(edge)
        if self.links.several(edge):
            yield self._path(edge)
        said = f"the sign of {self._step(edge)} is turned"
        if first and self.links.several(edge):
            said = f"the sign of the path {self._through(edge)} is turned"
        yield self._slip(edge, "sign", said, lambda t: -self._sent(edge, t))
        if edge.link.source.shape == edge.link.use.shape:
            factor = edge.local if edge.local is not None else self._other(edge)
            what = self._step(edge)
            if factor is not None:
                what = f"{self._factor(factor)} = {what}"
            both = None if factor is None else self.words.both(factor)
            said = f"the factor {what} stands twice"
            yield self._slip(edge, "extra", said, self._twice(edge), both)

    def _without(self, edge: Edge) -> Slip:
        """The local derivative left out."""
        if edge.local is not None:
            missing: Operand | None = edge.local
            said = f"the factor {self._factor(edge.local)} = {self._step(edge)} is missing"
        else:
            missing = self._other(edge)
            what = self._step(edge) if missing is None else self._factor(missing)
            said = f"the factor {what} is missing{self._how(edge)}"
        both = None if missing is None else self.words.both(missing)
        return self._slip(edge, "factor", said, lambda t: t.numbers.partial(edge.link.use), both)

    def _sent(self, edge: Edge, tried: Tried) -> Array:
        return self.links.sent(edge, tried, tried.numbers.partial(edge.link.use))

    def _other(self, edge: Edge) -> Operand | None:
        """What the incoming partial is multiplied with, where that is one factor."""
        inputs = edge.formula.inputs
        if edge.formula not in edge.tree or len(inputs) != 2 or edge.seed not in inputs:
            return None
        return inputs[0] if inputs[1] is edge.seed else inputs[1]

    def _how(self, edge: Edge) -> str:
        """What a matrix step sends back, in a subordinate clause."""
        whole = self._said(edge.formula)
        if len(whole) > _LONGEST:
            return f" in {self._step(edge)}"
        use, source = self.symbols.brief(edge.link.use), self.symbols.brief(edge.link.source)
        return f": what {use} sends back to {source} is {whole}"

    def _twice(self, edge: Edge) -> Value:
        def value(tried: Tried) -> Array:
            return self.links.sent(edge, tried, self._sent(edge, tried))

        return value

    def _path(self, edge: Edge) -> Slip:
        term = self._term(edge)
        said = f"the path {self._through(edge)} is missing"
        if term is not None and edge.link.source is self.links.target:
            said += f": its term is {term[0]}"
        return self._slip(edge, "path", said, lambda t: np.zeros(edge.link.source.shape), term)

    def _through(self, edge: Edge) -> str:
        """Which path it is: `through r = w²`."""
        use = edge.link.use
        name = self.symbols.brief(use)
        if use is self.definition.loss:
            return f"from {self.symbols.brief(edge.link.source)} straight to {name}"
        own = self.words.own(use)
        return f"through {name} = {own}" if len(own) <= 40 else f"through {name}"

    def _term(self, edge: Edge) -> tuple[str, str] | None:
        """What the path sends back, in names."""
        adjoint = self.claim.prepared.understood.back.adjoints.get(edge.vertex.node.id)
        found = None if adjoint is None else sent(edge.vertex, adjoint)[edge.link.id].partial
        if found is None:
            return None
        text, latex = self.words.tidy(found)
        return (text, latex) if len(text) <= _LONGEST else None

    def _parts(self, edge: Edge) -> Iterator[Slip]:
        """A part of a link's formula left out: a factor of a product, a term, a power."""
        local = edge.local
        own = "" if local is None else self._said(local)
        step = self._step(edge)
        whose = f" of {step} = {own}" if own and len(own) <= _LONGEST else f" of {step}"
        tail = ""
        if local is None:
            whose, tail = "", self._how(edge)
        for part in _changes(edge)[:_MOST_PARTS]:
            said = _WORDS[part.kind].format(part=self._factor(part.shown), whose=whose) + tail
            value, missing = self._part_value(edge, part), self.words.both(part.shown)
            yield self._slip(edge, _KINDS[part.kind], said, value, missing)

    def _part_value(self, edge: Edge, part: Part) -> Value:
        def value(tried: Tried) -> Array | None:
            g = tried.numbers.partial(edge.link.use)
            try:
                return self.links.sent(edge, tried, g, part)
            except ValueError:  # what is left does not fit
                return None

        return value

    def _places(self, edge: Edge) -> Iterator[Slip]:
        """A local derivative taken at the wrong place: z where u is meant, or u where z is."""
        use, source = edge.link.use, edge.link.source
        if use.shape != source.shape or len(edge.vertex.links) != 1:
            return
        step = self._step(edge)
        one, other = self.symbols.said(use), self.symbols.said(source)
        for right, wrong, instead in (
            (one, other, self._with_input),
            (other, one, self._with_output),
        ):
            said = f"the factor {step} is taken at {wrong} where {right} is meant"
            yield self._slip(edge, "place", said, instead(edge))

    def _with_input(self, edge: Edge) -> Value:
        def value(tried: Tried) -> Array:
            known = self.links.known(tried)
            moved = {edge.link.use.id: known[edge.link.source.id]}
            return evaluated(edge, known, tried.numbers.partial(edge.link.use), None, moved)

        return value

    def _with_output(self, edge: Edge) -> Value:
        def value(tried: Tried) -> Array:
            known = self.links.known(tried)
            inside = {member.id for member in edge.vertex.members}
            moved = {key: each for key, each in known.items() if key not in inside}
            moved[edge.link.source.id] = known[edge.link.use.id]
            moved = compute([edge.link.use], moved)
            return evaluated(edge, known, tried.numbers.partial(edge.link.use), None, moved)

        return value

    def _numbers(self, edge: Edge) -> Iterator[Slip]:
        """A number too many or too few on one of several paths."""
        if not self.links.several(edge):
            return
        step = self._step(edge)
        if edge.link.source is self.links.target:
            step = f"the path {self._through(edge)}"
        for times, said in (
            (0.5, f"a factor 2 is missing in {step}"),
            (2.0, f"a factor 2 too many in {step}"),
        ):
            scaled = partial(self._scaled, edge, times)
            yield self._slip(edge, "constant", said, scaled, ("2", "2"))

    def _scaled(self, edge: Edge, times: float, tried: Tried) -> Array:
        return times * self._sent(edge, tried)


_WORDS = {
    "factor": "the factor {part}{whose} is missing",
    "divisor": "the division by {part}{whose} is missing",
    "term": "the term {part}{whose} is missing",
    "sign": "the sign of {part}{whose} is turned",
    "power": "the power of {part}{whose} is missing",
    "transpose": "a transpose is missing or too many at {part}{whose}",
    "elementwise": "the product {part}{whose} is not one element by element",
}
_KINDS = {
    "factor": "factor",
    "divisor": "factor",
    "term": "term",
    "sign": "sign",
    "power": "factor",
    "transpose": "transpose",
    "elementwise": "product",
}


def _changes(edge: Edge) -> list[Part]:
    """Every part of the formula changed in turn, factors first."""
    found = [
        Part(wrong.kind, node, wrong.numpy, _of(node, wrong.part))
        for node in edge.tree
        for wrong in MISWRITINGS.get(node.op, ())
        if wrong.fits(*(operand.shape for operand in node.inputs))
    ]
    order = list(_WORDS)
    return sorted(found, key=lambda part: order.index(part.kind))


def _of(node: Node, part: int | None) -> Operand:
    return node if part is None else node.inputs[part]

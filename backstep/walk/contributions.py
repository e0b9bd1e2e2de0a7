"""A contribution as a formula: upstream × local, in symbols and in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

from backstep.autodiff.zoom import Edge, Vertex, named_seed
from backstep.evaluate.numeric import GraphValues
from backstep.formula.board import Shown, brief
from backstep.formula.operations import FromGraph
from backstep.formula.text import text
from backstep.formula.tree import (
    Deriv,
    Figure,
    Formula,
    Sym,
    mapped,
    operations,
    replaced,
    times,
)
from backstep.formula.tree import symbols as symbols_in
from backstep.graph.node import Node
from backstep.notation.symbols import Symbols
from backstep.ops import TABLE
from backstep.walk.edges import EdgeFormula
from backstep.walk.tidied import MOST_TIDIED, tidied


@dataclass(frozen=True, slots=True)
class Rule:
    """The formulas of a contribution; `numbers` are None if it is a product of tensors.

    `display` forms are the same LaTeX with the page's colour macros around values and partials.
    For tensors `local` is the contribution as a function of g, the incoming partial.
    """

    latex: str
    local: str
    local_text: str
    labels: tuple[Formula, ...]
    """What may be written on the edge: the local derivative, or else its symbol."""
    numbers: str | None
    display: str
    display_numbers: str | None
    reused: tuple[str, ...]
    read: tuple[int, ...]
    """Ids of the nodes whose forward values the local derivative reads."""
    long: bool
    """Whether the local derivative is too long, written out, to be read as one factor."""


def rule(
    edge: EdgeFormula,
    symbols: Symbols,
    numbers: GraphValues,
    several: bool,
    frame: str | None = None,
) -> Rule | None:
    """The contribution's formulas; None if there is none. `several`: it is one of several uses;
    `frame`: the title of the closed frame that the use is in."""
    whole = edge.formula.partial
    if whole is None:
        return None
    members = (node.id for node in edge.vertex.members)
    # A group of several uses, and one use alone, may have the same id at two zooms.
    key = ("rule", edge.link.id, edge.link.position, several, frame, *members)
    if key not in symbols.kept:
        symbols.kept[key] = _in_symbols(edge, whole, symbols, several, frame)
    written: Rule = symbols.kept[key]
    if edge.local is None or edge.real.partial is None:
        return written
    upstream = Figure(float(numbers.partial(edge.link.use)), "partial")
    product = times(upstream, _local_in_numbers(edge.local, symbols, numbers, written.long))
    total = Figure(float(numbers.value(edge.real.partial)), "partial")
    plain, coloured = _equation(product, total, symbols)
    return replace(written, numbers=plain, display_numbers=coloured)


def _equation(left: Formula, right: Formula, symbols: Symbols) -> list[str]:
    """An equation as LaTeX, without colours and with them."""
    sides = zip(symbols.in_both(left), symbols.in_both(right), strict=True)
    return [f"{one} = {other}" for one, other in sides]


DIRECT = "direct"
"""The part of a derivative that does not lead through what else is drawn."""
_LONGEST_LOCAL = 100
_LONGEST_FRAMED = 8
"""The operations past which what a frame does to a value is named, not written out."""


def _in_symbols(
    edge: EdgeFormula, whole: Node, symbols: Symbols, several: bool, frame: str | None
) -> Rule:
    """The parts of a rule that do not depend on values."""
    source, use = edge.link.source, edge.link.use
    upstream, long = symbols.derivative(symbols.loss, use), False
    # Of the loss it would read as the whole partial, and so would what a later pass adds.
    way = DIRECT if several and use is symbols.loss else None
    alone = replace(symbols.derivative(use, source), along=f"in {frame}" if frame else way)
    local: Formula
    typed: Formula | None
    if frame is not None and len(edge.vertex.members) > _LONGEST_FRAMED:
        # It leads through a whole pass: named, and written out where that is opened.
        local, typed = alone, None
        right, long = times(upstream, local), True
    elif edge.local is not None:
        local = typed = brief(symbols.trees.of(edge.local))
        # With so many operations it is long without having to be written out.
        long = not isinstance(local, Sym) and (
            operations([local]) > _LONGEST_LOCAL // 2
            or len(symbols.in_latex(local)) > _LONGEST_LOCAL
        )
        right = times(upstream, alone if long else local)
    else:
        g = Sym(symbols.incoming, size=use.shape)
        local, typed = _of_g(edge, whole, symbols, g)
        right = replaced(local, {g: upstream})
    left = Deriv(
        upstream.top, symbols.formula(source), along=symbols.formula(use) if several else None
    )
    plain, coloured = _equation(left, right, symbols)
    parts = [] if typed is None else symbols_in(typed)
    read = {each.node for each in parts if each.node is not None}
    named = f"∂{symbols.said(use)}/∂{symbols.said(source)}"
    named += f"|{alone.along}" if alone.along else ""
    return Rule(
        latex=plain,
        local=symbols.in_latex(local),
        local_text=named if typed is None else Shown().write(typed),
        labels=(local, *_quotient(edge.link, symbols)),
        numbers=None,
        display=coloured,
        display_numbers=None,
        reused=tuple(dict.fromkeys(symbols.names[key].name for key in sorted(read))),
        read=tuple(sorted(read)),
        long=long,
    )


def _of_g(edge: EdgeFormula, whole: Node, symbols: Symbols, g: Sym) -> tuple[Formula, Formula]:
    """The pullback in terms of g, the use's partial, as a formula to print and one to type."""
    seed = named_seed(edge.vertex)
    made = FromGraph(lambda node: g if node is seed else symbols.formulas.get(node.id)).of(whole)
    tidy = None
    if operations([made]) <= MOST_TIDIED:
        tidy = tidied(symbols).sending(whole, seed, g)
    return (brief(made), brief(made)) if tidy is None else tidy


def _quotient(link: Edge, symbols: Symbols) -> tuple[Formula, ...]:
    """∂z/∂w; empty if one of the two has no short name."""
    if symbols.label(link.use) is None or symbols.label(link.source) is None:
        return ()
    return (symbols.derivative(link.use, link.source),)


def _local_in_numbers(local: Node, symbols: Symbols, numbers: GraphValues, long: bool) -> Formula:
    value = float(numbers.value(local))
    if local.id in symbols.names:
        return Figure(value, "value")
    # A non-finite value need not be its formula's: 1/z is no slope of log for z < 0.
    known = None if long or not isfinite(value) else in_figures(local, symbols, numbers)
    return Figure(value) if known is None else known


def in_figures(node: Node, symbols: Symbols, numbers: GraphValues) -> Formula | None:
    """A formula of scalars with values, in their colour, in place of its symbols.

    A scalar computed from a tensor, an element or a sum of it, is one number. None if the node
    itself is such a scalar.
    """
    known: dict[int, Formula] = {}
    found: set[int] = set()
    for part in _written_out(node, symbols):
        named = [each for each in part.nodes if each.id in symbols.names]
        unnamed = [each for each in part.nodes if each.id not in symbols.names]
        scalars = all(each.shape == () for each in named)
        if scalars and all(each.id in found for each in unnamed):
            known |= {each.id: Figure(float(numbers.value(each)), "value") for each in named}
        elif part is not node and part.shape == ():
            known[part.id] = Figure(float(numbers.value(part)), "value")
        else:
            continue
        found.add(part.id)
    if node.id not in found:
        return None
    return brief(FromGraph(lambda each: known.get(each.id)).own(node))


def _written_out(node: Node, symbols: Symbols) -> Iterator[Node]:
    """The nodes that the formula writes out, inputs first, the node itself last."""
    seen = {node.id: node}
    open_nodes = [node]
    while open_nodes:
        for parent in open_nodes.pop().nodes:
            if parent.id not in symbols.names and parent.id not in seen:
                seen[parent.id] = parent
                open_nodes.append(parent)
    return (seen[key] for key in sorted(seen))


def forward_formula(vertex: Vertex, symbols: Symbols) -> tuple[str, str, str] | None:
    """The vertex's own operation as LaTeX, with the page's colour macros, and as text with names
    as they are typed; None for a declared leaf."""
    if TABLE[vertex.node.op].leaf:
        return None
    key = ("forward", vertex.node.id)
    if key not in symbols.kept:
        own = symbols.own(vertex.node)
        symbols.kept[key] = (
            *symbols.in_both(own),
            text(mapped(own, _latest)),
        )
    found: tuple[str, str, str] = symbols.kept[key]
    return found


def _latest(part: Formula) -> Formula:
    return Sym(part.name, size=part.size) if isinstance(part, Sym) else part


def forward_numbers(vertex: Vertex, symbols: Symbols, numbers: GraphValues) -> list[str] | None:
    """The operation with numbers in place of names as LaTeX, without colours and with them.

    None if its last operation is one on tensors.
    """
    if TABLE[vertex.node.op].leaf or vertex.node.shape != ():
        return None
    known = in_figures(vertex.node, symbols, numbers)
    if known is None:
        return None
    return list(symbols.in_both(known))

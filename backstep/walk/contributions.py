"""A contribution in formulas: upstream × local, in symbols and in numbers. Walks no graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite

from backstep.autodiff.zoom import Edge, Pullback, Vertex, named_seed
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Node
from backstep.lang.syntax.display import latex_name
from backstep.notation.latex import LATEX, TEXT, Printed, Style, formula, parts, reads, written_out
from backstep.notation.symbols import PARTIAL, VALUE, Symbols, figure, plain
from backstep.ops import TABLE
from backstep.ops.row import ATOM, PRODUCT
from backstep.walk.tidied import TidyContribution, tidied

Names = Mapping[int, Printed]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a contribution comes about; `numbers` are None where tensors meet.

    `display` forms are the same LaTeX with the page's colour macros around values and partials.
    For tensors `local` is the contribution as a function of g, the incoming partial.
    """

    latex: str
    local: str
    local_text: str
    symbol: str
    numbers: str | None
    display: str
    display_numbers: str | None
    reused: tuple[str, ...]
    read: tuple[int, ...]
    """Ids of the nodes whose forward values the local derivative reads."""
    long: bool
    """Whether the local derivative, written out, would hide that it is one factor."""


@dataclass(frozen=True, slots=True)
class EdgeFormula:
    """What a use sends along one edge: for the real partial, for 1, for a named one."""

    link: Edge
    vertex: Vertex
    real: Pullback
    unit: Pullback | None
    formula: Pullback

    @property
    def local(self) -> Node | None:
        """The local derivative's node where it is a number; None where it is a Jacobian."""
        return self.unit.partial if self.unit and self.link.source.shape == () else None


def rule(edge: EdgeFormula, symbols: Symbols, numbers: GraphValues, several: bool) -> Rule | None:
    """The contribution's formulas; None where nothing flows. `several`: one of several uses."""
    whole = edge.formula.partial
    if whole is None:
        return None
    members = (node.id for node in edge.vertex.members)
    key = ("rule", edge.link.id, several, *members)
    if key not in symbols.kept:
        symbols.kept[key] = _in_symbols(edge, whole, symbols, several)
    written: Rule = symbols.kept[key]
    coloured = _in_numbers(edge, symbols, numbers, written.long)
    if coloured is None:
        return written
    return replace(written, numbers=plain(coloured), display_numbers=coloured)


def _in_symbols(edge: EdgeFormula, whole: Node, symbols: Symbols, several: bool) -> Rule:
    """All of a rule that is the same whatever the values."""
    right = _right(edge, whole, symbols)
    left = [
        symbols.partial(edge.link.source, coloured)
        + (rf"\right|_{{{symbols.of(edge.link.use)}}}" if several else "")
        for coloured in (False, True)
    ]
    if several:
        left = [rf"\left.{each}" for each in left]
    return Rule(
        latex=f"{left[0]} = {right.latex}",
        local=right.local,
        local_text=right.local_text,
        symbol=_quotient(edge.link, symbols),
        numbers=None,
        display=f"{left[1]} = {right.display}",
        display_numbers=None,
        reused=tuple(dict.fromkeys(symbols.names[key].name for key in right.read)),
        read=right.read,
        long=_too_long(edge, symbols),
    )


def _right(edge: EdgeFormula, whole: Node, symbols: Symbols) -> TidyContribution:
    """The right side of a contribution's equation: upstream · local, or tensors as they meet."""
    seed = named_seed(edge.vertex)
    tidy = tidied(symbols).sending(whole, seed, edge.link.use) if edge.local is None else None
    if tidy is not None:
        return tidy
    shown = edge.local or whole
    read = [shown.id] if shown.id in symbols.latex else reads(shown, symbols.latex)
    in_text = {seed.id: Printed(symbols.incoming, ATOM)}
    in_latex = {seed.id: Printed(latex_name(symbols.incoming), ATOM)}
    return TidyContribution(
        latex=_product(edge, whole, symbols, coloured=False),
        display=_product(edge, whole, symbols, coloured=True),
        local=_written(shown, {**symbols.latex, **in_latex}).text,
        local_text=_written(shown, {**symbols.text, **in_text}, TEXT).text,
        read=tuple(read),
    )


def _quotient(link: Edge, symbols: Symbols) -> str:
    """∂z/∂w in one line of LaTeX; nothing where one of the two has no short name."""
    if symbols.label(link.use) is None or symbols.label(link.source) is None:
        return ""
    over, under = (
        symbols.of(each) if each.id in symbols.names else rf"\left({symbols.of(each)}\right)"
        for each in (link.use, link.source)
    )
    return rf"\partial {over}/\partial {under}"


def _product(edge: EdgeFormula, whole: Node, symbols: Symbols, coloured: bool) -> str:
    names = symbols.coloured if coloured else symbols.latex
    upstream = symbols.partial(edge.link.use, coloured)
    if edge.local is None:
        hole = {named_seed(edge.vertex).id: Printed(upstream, ATOM)}
        return _written(whole, {**names, **hole}).text
    if _too_long(edge, symbols):
        top, bottom = symbols.of(edge.link.use), symbols.of(edge.link.source)
        return rf"{upstream} \cdot \frac{{\partial {top}}}{{\partial {bottom}}}"
    return rf"{upstream} \cdot {_factor(_written(edge.local, names))}"


_LONGEST_LOCAL = 100


def _too_long(edge: EdgeFormula, symbols: Symbols) -> bool:
    """Whether the local derivative, written out, hides that it is one factor."""
    if edge.local is None:
        return False
    if edge.local.id in symbols.latex:
        return False
    # So many operations are never short, and need not be written out to know it.
    many = parts(edge.local, symbols.latex) > _LONGEST_LOCAL // 2
    return many or len(formula(edge.local, symbols.latex).text) > _LONGEST_LOCAL


def _in_numbers(
    edge: EdgeFormula, symbols: Symbols, numbers: GraphValues, long: bool
) -> str | None:
    if edge.local is None or edge.real.partial is None:
        return None
    upstream = figure(float(numbers.partial(edge.link.use)), PARTIAL).text
    local = _factor(_local_in_numbers(edge.local, symbols, numbers, long))
    total = figure(float(numbers.value(edge.real.partial)), PARTIAL).text
    return rf"{upstream} \cdot {local} = {total}"


def _local_in_numbers(local: Node, symbols: Symbols, numbers: GraphValues, long: bool) -> Printed:
    value = float(numbers.value(local))
    if local.id in symbols.names:
        return figure(value, VALUE)
    # What is not finite is not what its formula gives: 1/z is no slope of log where z < 0.
    known = None if long or not isfinite(value) else figures(local, symbols, numbers)
    return figure(value) if known is None else formula(local, known)


def figures(node: Node, symbols: Symbols, numbers: GraphValues) -> dict[int, Printed] | None:
    """The values, in their colour, that stand for what a formula of scalars is written with.

    A scalar that is read off a tensor, an element or a sum of it, is one number. None where the
    node itself is one.
    """
    known: dict[int, Printed] = {}
    in_numbers: set[int] = set()
    for part in written_out(node, symbols.latex):
        named = [each for each in part.nodes if each.id in symbols.names]
        unnamed = [each for each in part.nodes if each.id not in symbols.names]
        scalars = all(each.shape == () for each in named)
        if scalars and all(each.id in in_numbers for each in unnamed):
            known |= {each.id: figure(float(numbers.value(each)), VALUE) for each in named}
        elif part is not node and part.shape == ():
            known[part.id] = figure(float(numbers.value(part)), VALUE)
        else:
            continue
        in_numbers.add(part.id)
    return known if node.id in in_numbers else None


def _written(node: Node, names: Names, style: Style = LATEX) -> Printed:
    return names[node.id] if node.id in names else formula(node, names, style)


def _factor(printed: Printed) -> str:
    """The formula as a factor after a dot: in brackets where it is a sum or has a sign."""
    bare = printed.precedence >= PRODUCT and not printed.text.lstrip(r"\fvbp{").startswith("-")
    return printed.text if bare else rf"\left({printed.text}\right)"


def forward_formula(vertex: Vertex, symbols: Symbols) -> tuple[str, str] | None:
    """The vertex's own operation as LaTeX and as text; None of a declared leaf."""
    if TABLE[vertex.node.op].leaf:
        return None
    key = ("forward", vertex.node.id)
    if key not in symbols.kept:
        symbols.kept[key] = (
            formula(vertex.node, symbols.latex, LATEX).text,
            formula(vertex.node, symbols.source, TEXT).text,
        )
    found: tuple[str, str] = symbols.kept[key]
    return found


def forward_numbers(vertex: Vertex, symbols: Symbols, numbers: GraphValues) -> str | None:
    """The operation with numbers, in their colour, in the place of names.

    None where its last operation is one on tensors.
    """
    if TABLE[vertex.node.op].leaf or vertex.node.shape != ():
        return None
    known = figures(vertex.node, symbols, numbers)
    return None if known is None else formula(vertex.node, known, LATEX).text


def forward_display(vertex: Vertex, symbols: Symbols) -> str | None:
    """The vertex's own operation as LaTeX with the page's colour macros."""
    if TABLE[vertex.node.op].leaf:
        return None
    key = ("forward display", vertex.node.id)
    if key not in symbols.kept:
        symbols.kept[key] = formula(vertex.node, symbols.coloured, LATEX).text
    found: str = symbols.kept[key]
    return found

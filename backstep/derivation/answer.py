"""A partial derived line by line, numbered, and as LaTeX to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backstep.autodiff.paths import narrowed, on_the_way
from backstep.autodiff.zoom import View
from backstep.binding.bind import BoundModel
from backstep.binding.merged_nodes import on_paper_of
from backstep.binding.resolve import target
from backstep.derivation import softmax
from backstep.derivation.derive import on_paper
from backstep.derivation.lines import Line, Rule
from backstep.derivation.views import paper_view
from backstep.errors import Diagnostic, LimitError
from backstep.formula.board import Paper
from backstep.formula.latex import written
from backstep.formula.names import letters
from backstep.formula.text import text_or_none
from backstep.formula.tree import Formula
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.limits import LIMITS
from backstep.notation.symbols import Symbols


@dataclass(frozen=True, slots=True)
class DerivationLine:
    """An equation, perhaps of several steps, and the rule that it is by."""

    number: int
    """From 1."""
    rule: str
    """The rule's code, such as `chain`."""
    title: str
    """What a teacher calls it, such as `chain rule`."""
    depth: int
    """How deep in the tree it stands."""
    words: str
    """The reason."""
    latex: str
    display: str
    """With the macros `\\fv` and `\\bp` around values and partials."""
    numbers: str | None
    """The same in figures; null where tensors meet."""
    display_numbers: str | None
    text: str
    """In plain characters."""
    formula: str | None
    """The right side as the language reads it, such as `(u - y)*(u*(1 - u))`; null where it has no
    words for it."""


@dataclass(frozen=True, slots=True)
class DerivationRule:
    """A rule and what it rests on."""

    rule: str
    """Such as `chain`."""
    title: str
    """Such as `chain rule`."""
    lines: Sequence[int]
    """The numbers of its own lines, such as `[1]`."""
    parts: Sequence[DerivationRule]
    """What it rests on."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the derivation ends with."""

    latex: str
    display: str
    """With the macros `\\fv` and `\\bp` around values and partials."""
    text: str | None
    """As the language reads it; where that would be too long, as `/compare` reads it, with partials
    such as `delta_h`; null where it has no words for it."""
    numbers: str | None
    """In figures; null where tensors meet."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A partial of the loss derived line by line, as on paper."""

    of: str
    """What it is by, such as `w`."""
    loss: str
    """As the text names it, such as `L`."""
    shape: Shape
    """A scalar's is empty."""
    lines: Sequence[DerivationLine]
    tree: DerivationRule
    align: str
    """All lines as LaTeX to copy, such as `\\begin{align*}…`."""
    text: str
    """All lines in plain characters."""
    conclusion: Conclusion
    """The answer, as the matrix form of `/derive` has it."""

    def __str__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return self.align


def derivation(prepared: BoundModel, of: str) -> Derivation:
    """The loss derived by a name or an element, line by line.

    Raises RequestError for a name that is none, LimitError where it would be too long.
    """
    paper = on_paper_of(prepared)
    meant = target(paper, "of", of)
    node = meant.node
    paper.seal()
    tree, conclusion = on_paper(
        paper.definition,
        paper.symbols,
        paper.numbers(),
        node,
        view_for(paper, node),
        None if meant.whole else meant.places[0],
    )
    lines, symbols = list(tree.walk()), paper.symbols
    places = {id(line): place for place, (_, line) in enumerate(lines, start=1)}
    return Derivation(
        of=of,
        loss=paper.definition.loss_name,
        shape=node.shape if meant.whole else (),
        lines=tuple(
            _line(place, depth, line, symbols) for place, (depth, line) in enumerate(lines, start=1)
        ),
        tree=_tree(tree, places),
        align=_align([line for _, line in lines], symbols),
        text="\n".join(
            f"{place}. {in_words(line)}" + (f"    ({line.words})" if line.steps else "")
            for place, (_, line) in enumerate(lines, start=1)
        ),
        conclusion=Conclusion(
            latex=symbols.in_latex(conclusion.shown),
            display=symbols.in_latex(conclusion.shown, coloured=True),
            text=_said(conclusion.said) or _said(conclusion.answer),
            numbers=next(
                (
                    _in_figures(line, symbols)
                    for _, line in reversed(lines)
                    if line.steps and line.steps[-1] == conclusion
                ),
                None,
            ),
        ),
    )


def in_words(line: Line) -> str:
    """A line in plain characters."""
    if line.left is None:
        return line.words
    return ",  ".join(" = ".join(map(Paper().write, each)) for each in _equations(line))


def in_latex(line: Line, symbols: Symbols, coloured: bool = False) -> str:
    """A line as LaTeX."""
    return " = ".join(_sides(line, symbols, coloured))


def _sides(line: Line, symbols: Symbols, coloured: bool = False) -> list[str]:
    """A line's sides as LaTeX, what stands beside it with the last."""
    if line.left is None:
        return [written(letters(line.words))]
    first, *beside = (
        [symbols.in_latex(side, coloured) for side in each] for each in _equations(line)
    )
    first[-1] += "".join(rf" \qquad {{}} {' = '.join(each)}" for each in beside)
    return first


def _equations(line: Line) -> list[tuple[Formula, ...]]:
    """A line's sides, and the equations beside it."""
    assert line.left is not None
    return [(line.left, *(step.shown for step in line.steps)), *line.beside]


def _in_figures(line: Line, symbols: Symbols, coloured: bool = False) -> str | None:
    return " = ".join(symbols.in_latex(side, coloured) for side in line.numbers) or None


def _said(formula: Formula | None) -> str | None:
    return None if formula is None else text_or_none(formula)


def view_for(prepared: BoundModel, node: Node) -> View:
    """The view that the derivation by a node follows."""
    definition = prepared.definition
    way = on_the_way(definition.graph.nodes, node, definition.loss)
    kept = {each.id for each in way} | {node.id}
    narrow = narrowed(_whole_view(prepared, node), kept)
    proved = any(softmax.patterns(definition.loss))
    if not proved and sum(bool(vertex.links) for vertex in narrow.vertices) == 1:
        narrow = narrowed(_whole_view(prepared, node, finer=True), kept)
    edges = sum(len(vertex.links) for vertex in narrow.vertices)
    if edges > LIMITS.derivation_edges:
        _refuse("derivation_edges", "local derivatives on the way to the loss", edges)
    return narrow


def _whole_view(prepared: BoundModel, node: Node, finer: bool = False) -> View:
    definition = prepared.definition
    found = list(softmax.patterns(definition.loss))
    alone = {node.id, *softmax.cuts(found, prepared.symbols.names)}
    inside = {each.inside.id for each in found} - alone
    tensor = node.shape != ()
    return paper_view(definition, LIMITS.derivation_edges, alone, inside, tensor, finer)


def _refuse(limit: str, what: str, count: int) -> None:
    allowed: int = getattr(LIMITS, limit)
    raise LimitError(
        Diagnostic(
            limit,
            f"{what}: {count:,} counted, {allowed:,} allowed in one derivation",
            "derive by a whole name, or by one nearer to the loss",
            pointer="/of",
        ),
        details={"limit": limit, "measured": count, "allowed": allowed},
    )


def _line(place: int, depth: int, line: Line, symbols: Symbols) -> DerivationLine:
    return DerivationLine(
        number=place,
        rule=line.rule,
        title=Rule(line.rule).title,
        depth=depth,
        words=line.words,
        latex=in_latex(line, symbols),
        display=in_latex(line, symbols, coloured=True),
        numbers=_in_figures(line, symbols),
        display_numbers=_in_figures(line, symbols, coloured=True),
        text=in_words(line),
        formula=_said(line.steps[-1].said) if line.steps else None,
    )


def _tree(rule: Rule, places: dict[int, int]) -> DerivationRule:
    return DerivationRule(
        rule=rule.code,
        title=rule.title,
        lines=tuple(places[id(line)] for line in rule.lines),
        parts=tuple(_tree(part, places) for part in rule.parts),
    )


def _align(lines: list[Line], symbols: Symbols) -> str:
    """All lines under each other, aligned at their first equals sign."""
    rows = []
    for line in lines:
        left, *rest = _sides(line, symbols)
        rows.append(f"  {left} &= {rest[0]}" if rest else f"  & {left}")
        rows.extend(f"  &= {each}" for each in rest[1:])
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"

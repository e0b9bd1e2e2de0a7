"""`/derivation`: a partial derived line by line, numbered, and as LaTeX to copy."""

from __future__ import annotations

from typing import Any

from backstep.autodiff.paths import narrowed, on_the_way
from backstep.autodiff.zoom import View
from backstep.binding.bind import Prepared, Understood, prepare
from backstep.binding.resolve import target
from backstep.derivation import softmax
from backstep.derivation.derive import on_paper
from backstep.derivation.lines import Line, Rule
from backstep.derivation.merged import merged
from backstep.derivation.views import paper_view
from backstep.errors import Fault, LimitError
from backstep.graph.node import Node
from backstep.limits import LIMITS


def derivation(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/derivation`."""
    prepared = on_paper_of(prepare(request))
    meant = target(prepared, "of", request["of"])
    node = meant.node
    prepared.seal()
    view = view_for(prepared, node)
    tree, conclusion = on_paper(
        prepared.definition,
        prepared.symbols,
        prepared.numbers(),
        node,
        view,
        None if meant.whole else meant.places[0],
    )
    lines = list(tree.walk())
    places = {id(line): place for place, (_, line) in enumerate(lines, start=1)}
    return {
        "of": request["of"],
        "loss": prepared.definition.loss_name,
        "shape": list(node.shape) if meant.whole else [],
        "lines": [_line(place, *each) for place, each in enumerate(lines, start=1)],
        "tree": _tree(tree, places),
        "align": _align([line for _, line in lines]),
        "text": "\n".join(
            f"{place}. {line.text}" + (f"    ({line.words})" if line.steps else "")
            for place, (_, line) in enumerate(lines, start=1)
        ),
        "conclusion": {
            "latex": conclusion.latex,
            "display": conclusion.display,
            "text": conclusion.formula or conclusion.answer,
            "numbers": next(
                (
                    line.numbers
                    for _, line in reversed(lines)
                    if line.steps and line.steps[-1] == conclusion
                ),
                None,
            ),
        },
    }


def on_paper_of(prepared: Prepared) -> Prepared:
    """The request with equal parts of its text as one."""
    understood = prepared.understood
    found = understood.once("merged", lambda: merged(understood.definition))
    if found is understood.definition:
        return prepared
    made = understood.once("merged, understood", lambda: Understood(found, understood.written))
    return Prepared(made, prepared.leaves)


def view_for(prepared: Prepared, node: Node) -> View:
    """The view that the derivation by a node follows."""
    definition = prepared.definition
    way = on_the_way(definition.graph.nodes, node, definition.loss)
    kept = {each.id for each in way} | {node.id}
    view = _whole_view(prepared, node)
    narrow = narrowed(view, kept)
    edges = sum(len(vertex.links) for vertex in narrow.vertices)
    if edges > LIMITS.derivation_edges:
        _refuse("derivation_edges", "local derivatives on the way to the loss", edges)
    return narrow


def _whole_view(prepared: Prepared, node: Node) -> View:
    definition = prepared.definition
    found = list(softmax.patterns(definition.loss))
    alone = {node.id, *softmax.cuts(found, prepared.symbols.names)}
    inside = {each.inside.id for each in found} - alone
    return paper_view(definition, LIMITS.derivation_edges, alone, inside)


def _refuse(limit: str, what: str, count: int) -> None:
    allowed: int = getattr(LIMITS, limit)
    raise LimitError(
        Fault(
            limit,
            f"{what}: {count:,} counted, {allowed:,} allowed in one derivation",
            "derive by a whole name, or by one nearer to the loss",
            pointer="/of",
        ),
        details={"limit": limit, "measured": count, "allowed": allowed},
    )


def _line(place: int, depth: int, line: Line) -> dict[str, Any]:
    return {
        "number": place,
        "rule": line.rule,
        "title": Rule(line.rule).title,
        "depth": depth,
        "words": line.words,
        "latex": line.latex,
        "display": line.display,
        "numbers": line.numbers,
        "display_numbers": line.display_numbers,
        "text": line.text,
        "formula": line.formula,
    }


def _tree(rule: Rule, places: dict[int, int]) -> dict[str, Any]:
    return {
        "rule": rule.code,
        "title": rule.title,
        "lines": [places[id(line)] for line in rule.lines],
        "parts": [_tree(part, places) for part in rule.parts],
    }


def _align(lines: list[Line]) -> str:
    """All lines under each other, aligned at their first equals sign."""
    rows = []
    for line in lines:
        if not line.steps:
            rows.append(f"  & {line.left.latex}")
            continue
        first, *rest = line.steps
        rows.append(f"  {line.left.latex} &= {first.latex}")
        rows.extend(f"  &= {step.latex}" for step in rest)
    body = " \\\\\n".join(rows)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"

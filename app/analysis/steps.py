"""`/steps`: the walk as plain data, one node a step, with what the drawing shows at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.analysis.plain import brief, summary
from app.analysis.prepare import Prepared, prepare
from app.analysis.remarks import Remarks, remarks
from app.analysis.scalar import scalar
from app.calculus.zoom import Vertex
from app.drawing.content import carried_size
from app.engines.numeric import Numbers
from app.errors import Fault, LimitError
from app.graph.node import Node
from app.limits import LIMITS
from app.ops.row import Array
from app.render.figures import short, spoken
from app.render.heat import heat
from app.render.plates import plate
from app.render.symbols import plain
from app.trace import (
    Contribution,
    Folded,
    Level,
    Sharing,
    Step,
    Walk,
    Zoom,
    at_zoom,
    forward_display,
    forward_formula,
    forward_numbers,
    kind_of,
    levels,
    sharing,
    walk,
)


@dataclass(frozen=True, slots=True)
class Walked:
    """A prepared request, its numbers and its walk; `folded` says why the zoom is a coarser one."""

    prepared: Prepared
    numbers: Numbers
    walk: Walk
    folded: str | None
    remarks: Remarks

    def remark(self, vertex: Vertex, *phases: str) -> str | None:
        """What should be known of a drawn node besides its numbers, forward and backward."""
        said = [
            self.remarks.on_value(vertex.members) if "forward" in phases else None,
            self.remarks.on_partial(vertex.members) if "backward" in phases else None,
        ]
        return "; ".join(filter(None, said)) or None


_FINEST: Level = "statements"
_COARSER: Mapping[Zoom, Zoom] = {"scalar": "tensor", "tensor": "block"}
_DRAWN_AS: Mapping[tuple[Zoom, Level], str] = {
    ("tensor", "statements"): "a node is a whole tensor",
    ("block", "statements"): "each statement is one node",
    ("block", "passes"): "each pass of a loop is one node",
    ("block", "loops"): "each loop is one node",
}


def walked(request: dict[str, Any], most: int = LIMITS.walk_nodes) -> Walked:
    """The walk a request asks for.

    With `fold` it is that of the finest picture that can be read, where the one asked for has too
    many nodes for that. Without, LimitError is raised past `most` nodes. More scalars than may be
    made are refused in any case, but for `zoom_out`.
    """
    given = prepare(request)
    asked: Zoom = request.get("zoom") or "tensor"
    opened = frozenset(request.get("open") or ())
    zoom, fold, refusal = asked, bool(request.get("fold")), None
    if asked == "scalar":
        try:
            given, zoom = scalar(given), "scalar"
        except LimitError as error:
            if not request.get("zoom_out"):
                raise
            refusal, zoom = error.faults[0].message, "tensor"
    first = _folding(given, zoom, _FINEST, opened)
    count = len(first.view.vertices)
    found, level = first, _FINEST
    if fold and count > LIMITS.drawn_nodes:
        given, zoom, level, found = _readable(request, zoom, opened)
        refusal = (
            refusal
            or f"{count:,} nodes at zoom '{asked}', and past {LIMITS.drawn_nodes} nobody reads a "
            "picture"
        )
    elif count > most:
        raise _too_many(count, most, zoom)
    numbers = given.numbers()
    walk_ = walk(given.definition, numbers, given.symbols, zoom, found)
    folded = None if refusal is None else f"{refusal}: {_DRAWN_AS[zoom, level]}"
    return Walked(given, numbers, walk_, folded, remarks(given, numbers))


def _readable(
    request: dict[str, Any], zoom: Zoom, opened: frozenset[str]
) -> tuple[Prepared, Zoom, Level, Folded]:
    """The finest zoom and level with few enough nodes to be read, coarser than the zoom given."""
    given = prepare(request)
    found = None
    while zoom in _COARSER:
        zoom = _COARSER[zoom]
        found = _folding(given, zoom, _FINEST, opened)
        if len(found.view.vertices) <= LIMITS.drawn_nodes:
            return given, zoom, _FINEST, found
    for level in levels():
        # What is opened by hand may be what makes it too many.
        for by_hand in [opened, frozenset[str]()] if opened else [opened]:
            found = _folding(given, zoom, level, by_hand)
            if len(found.view.vertices) <= LIMITS.drawn_nodes:
                return given, zoom, level, found
    assert found is not None
    raise _too_many(len(found.view.vertices), LIMITS.drawn_nodes, zoom)


def _folding(given: Prepared, zoom: Zoom, level: Level, opened: frozenset[str]) -> Folded:
    given.seal()
    return at_zoom(given.definition, zoom, level, opened)


def _too_many(count: int, most: int, zoom: Zoom) -> LimitError:
    limit = "drawn_nodes" if most == LIMITS.drawn_nodes else "walk_nodes"
    coarser = _COARSER.get(zoom)
    hint = f"zoom out to {coarser}s" if coarser else "make the network smaller"
    return LimitError(
        Fault(limit, f"{count:,} nodes at zoom '{zoom}', {most:,} allowed", hint, pointer="/zoom"),
        details={"limit": limit, "measured": count, "allowed": most},
    )


def steps(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/steps`."""
    found = walked(request)
    names = found.prepared.symbols
    shared = sharing(found.prepared.definition, found.walk)
    return {
        "zoom": found.walk.zoom,
        "total": found.walk.total,
        "forward": found.walk.forward,
        "loss": names.said(names.loss),
        "folded": found.folded,
        "steps": [
            {**_forward(found, step), "reused_by": _readers(found, shared, step)}
            if step.phase == "forward"
            else {**_backward(found, step), **_served(shared, step)}
            for step in found.walk.steps
        ],
    }


_SERVED = 20
"""Parameters that are listed for one partial; of more, there is the count."""


def _readers(found: Walked, shared: Sharing, step: Step) -> list[str]:
    """Whose partials read the step's value again."""
    symbols = found.prepared.symbols
    readers = shared.read_by.get(step.vertex.node.id, ())
    return [symbols.name(node) or symbols.said(node) for node in readers]


def _served(shared: Sharing, step: Step) -> dict[str, Any]:
    """The parameters whose gradients pass the step's partial."""
    names, count = shared.serves(step.vertex.node, _SERVED)
    return {"serves": names, "serves_count": count}


def _common(found: Walked, step: Step) -> dict[str, Any]:
    symbols = found.prepared.symbols
    node = step.vertex.node
    kind = kind_of(found.prepared.definition, step.vertex, symbols)
    drawn = plate(kind, node.shape, 0)
    shown = drawn.shown("value" if step.phase == "forward" else "partial", step.array)
    return {
        "step": step.number,
        "phase": step.phase,
        "node": step.vertex.id,
        "name": symbols.name(node),
        "version": symbols.version(node),
        "line": found.prepared.line(node),
        "kind": kind,
        "shape": list(node.shape),
        "symbol": {"latex": symbols.of(node), "text": symbols.said(node)},
        "summary": summary(step.array),
        "shown": shown,
        "heat": None if step.array is None or not drawn.pictures else asdict(heat(step.array)),
        "remark": found.remark(step.vertex, step.phase),
    }


def _said(array: Array | None) -> str:
    if array is None:
        return "none"
    if array.shape == ():
        return spoken(float(array))
    return f"a tensor of {' by '.join(map(str, array.shape))}"


def _forward(found: Walked, step: Step) -> dict[str, Any]:
    common = _common(found, step)
    symbols = found.prepared.symbols
    written = forward_formula(step.vertex, symbols)
    equation = (
        common["symbol"]["text"]
        if written is None
        else (
            f"{common['symbol']['text']} = {written[1]}"
            if common["name"] is not None
            else written[1]
        )
    )
    coloured = forward_numbers(step.vertex, symbols, found.numbers)
    formula = (
        None
        if written is None
        else {
            "latex": written[0],
            "text": written[1],
            "display": forward_display(step.vertex, symbols),
            "numbers": None if coloured is None else plain(coloured),
            "display_numbers": coloured,
        }
    )
    words = f"step {step.number} of {found.walk.total}: {equation} is {_said(step.array)}"
    return {**common, "formula": formula, "value": brief(step.array), "words": words}


def _backward(found: Walked, step: Step) -> dict[str, Any]:
    common = _common(found, step)
    symbols = found.prepared.symbols
    loss = symbols.said(symbols.loss)
    words = (
        f"step {step.number} of {found.walk.total}: partial of {loss} with respect to "
        f"{common['symbol']['text']} is {_said(step.array)}"
    )
    node = step.vertex.node
    return {
        **common,
        "symbol": {**common["symbol"], "partial": symbols.partial(node)},
        "contributions": [_contribution(found, each) for each in step.contributions],
        "partial": brief(step.array),
        "note": _note(found, step),
        "words": words,
    }


def _note(found: Walked, step: Step) -> str | None:
    """What the reader is told where no contribution says it."""
    symbols = found.prepared.symbols
    loss = symbols.said(symbols.loss)
    if step.vertex.node is symbols.loss:
        return f"the walk back starts here: ∂{loss}/∂{loss} = 1"
    if step.array is None:
        return "a class number has no partial"
    if not step.contributions:
        return f"nothing reads it, so {loss} does not depend on it and the partial is 0"
    return None


def _pass(walked_: Walked, use: Node) -> str | None:
    """Which pass of a loop a use stands in: `t = 1`; None outside of loops."""
    passes = [
        block.title
        for block in walked_.prepared.definition.blocks
        if block.kind == "loop" and use.id in block.nodes
    ]
    return ", ".join(passes) or None


def _contribution(walked_: Walked, found: Contribution) -> dict[str, Any]:
    rule = found.rule
    upstream = _figure(found.upstream)
    local = None if found.local is None else short(found.local)
    return {
        "use": f"n{found.link.use.id}",
        "edge": found.link.id,
        "pass": _pass(walked_, found.link.use),
        "upstream": brief(found.upstream),
        "local": found.local,
        "value": brief(found.value),
        "sum": brief(found.sum),
        "summary": summary(found.value),
        "reason": found.reason,
        "carried": f"{upstream} · {local}" if local is not None else _figure(found.value),
        "local_shown": local,
        "size": carried_size(found),
        "rule": None
        if rule is None
        else {
            "latex": rule.latex,
            "local": rule.local,
            "numbers": rule.numbers,
            "display": rule.display,
            "display_numbers": rule.display_numbers,
            "reused": list(rule.reused),
        },
    }


def _figure(array: Array) -> str:
    if array.shape == ():
        return short(float(array))
    with np.errstate(all="ignore"):
        return "×".join(map(str, array.shape))

"""`/graph`: the drawing at a step, as JSON, SVG or DOT."""

from __future__ import annotations

from typing import Any

from backstep.binding.bind import prepare
from backstep.binding.json_arrays import brief, negligible, summary
from backstep.drawing import Direction, Drawing, draw, picture
from backstep.drawing.content import DrawnEdge, DrawnNode
from backstep.drawing.frames import Frame
from backstep.drawing.svg import render
from backstep.errors import Fault, RequestError
from backstep.layout import positions
from backstep.walk import Fold
from backstep.walk.walk_for import Walked, walked


def drawn(request: dict[str, Any]) -> tuple[Walked, Drawing]:
    found = walked(request, prepare(request))
    step = request.get("step")
    if step is None:
        step = found.walk.total
    if not 0 <= step <= found.walk.total:
        raise RequestError(
            Fault(
                "unknown_step",
                f"there is no step {step}; the walk has {found.walk.total}",
                pointer="/step",
            )
        )
    direction: Direction = request.get("direction") or "LR"
    prepared = found.prepared
    return found, draw(prepared.definition, prepared.symbols, found.walk, direction, step)


def graph(request: dict[str, Any]) -> dict[str, Any] | str:
    """The answer of `/graph` in the format asked for."""
    form = request.get("format") or "json"
    found, drawing_ = drawn(request)
    if form == "dot":
        return _dot(found, drawing_)
    if form == "svg":
        content = picture(drawing_, found.prepared.symbols, _remarks(found, drawing_))
        return render(content, alone=request.get("theme") or "light")
    return _plain(found, drawing_)


def drawing(request: dict[str, Any]) -> dict[str, Any]:
    """The page's picture: SVG that takes the page's style, and the same as data."""
    found, drawing_ = drawn(request)
    return {
        "svg": render(picture(drawing_, found.prepared.symbols, _remarks(found, drawing_))),
        "graph": _plain(found, drawing_),
    }


def _dot(found: Walked, drawing_: Drawing) -> str:
    symbols = found.prepared.symbols
    names = {node.vertex.id: symbols.said(node.vertex.node) for node in drawing_.nodes}
    return positions.dot(
        tuple(
            positions.Box(node.vertex.id, node.plate.width, node.plate.height)
            for node in drawing_.nodes
        ),
        tuple(
            positions.Link(edge.link.id, f"n{edge.link.source.id}", f"n{edge.link.use.id}")
            for edge in drawing_.edges
        ),
        drawing_.direction,
        names,
    )


def _plain(found: Walked, drawing_: Drawing) -> dict[str, Any]:
    return {
        "zoom": found.walk.zoom,
        "folded": found.folded,
        "direction": drawing_.direction,
        "width": drawing_.width,
        "height": drawing_.height,
        "step": drawing_.step,
        "total": found.walk.total,
        "nodes": [_node(found, node) for node in drawing_.nodes],
        "edges": [_edge(edge) for edge in drawing_.edges],
        "frames": [_frame(frame) for frame in drawing_.frames],
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "fold": frame.fold,
        "kind": frame.kind,
        "title": frame.title,
        "x": frame.left,
        "y": frame.top,
        "width": frame.width,
        "height": frame.height,
    }


def _remark(found: Walked, node: DrawnNode) -> str | None:
    """What there is to say of a node as far as it is computed."""
    known = [("forward", node.value), ("backward", node.partial)]
    return found.remark(node.vertex, *(phase for phase, array in known if array is not None))


def _remarks(found: Walked, drawing_: Drawing) -> dict[str, str]:
    said = {node.vertex.id: _remark(found, node) for node in drawing_.nodes}
    return {key: words for key, words in said.items() if words is not None}


def _fold(fold: Fold | None) -> dict[str, Any] | None:
    if fold is None:
        return None
    return {"id": fold.id, "kind": fold.kind, "title": fold.title, "operations": len(fold)}


def _node(found: Walked, node: DrawnNode) -> dict[str, Any]:
    symbols = found.prepared.symbols
    return {
        "id": node.vertex.id,
        "name": node.name,
        "kind": node.kind,
        "line": node.line,
        "shape": list(node.vertex.node.shape),
        "sign": node.sign,
        "label": {
            "text": symbols.said(node.vertex.node),
            "latex": symbols.of(node.vertex.node),
        },
        "formula": None
        if node.formula is None
        else {"latex": node.formula[0], "text": node.formula[1]},
        "x": node.x,
        "y": node.y,
        "width": node.plate.width,
        "height": node.plate.height,
        "value": brief(node.value),
        "partial": brief(node.partial),
        "summary": summary(node.value),
        "partial_summary": summary(node.settled),
        "rounding": _rounding(node),
        "state": node.state,
        "fold": _fold(node.fold),
        "remark": _remark(found, node),
    }


def _rounding(node: DrawnNode) -> Any:
    if node.partial is None or node.settled is None or brief(node.partial) is None:
        return None
    return negligible((node.partial != 0) & (node.settled == 0))


def _edge(edge: DrawnEdge) -> dict[str, Any]:
    at = edge.label_at
    return {
        "id": edge.link.id,
        "source": f"n{edge.link.source.id}",
        "target": f"n{edge.link.use.id}",
        "path": edge.path,
        "label": None if at is None else {"x": at[0], "y": at[1]},
        "local": {"text": edge.local_text, "latex": edge.local_latex, "value": edge.local},
        "contribution": None if edge.contribution is None else brief(edge.contribution.value),
        "size": edge.size,
        "state": edge.state,
    }

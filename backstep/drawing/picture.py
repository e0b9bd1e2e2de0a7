"""A drawing as plain data for the SVG template: texts, numbers and class names only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from backstep.drawing.compounds import STRIP_TITLE, ClosedFrame, Ghost
from backstep.drawing.content import LABEL_SIZE, Drawing, DrawnEdge, DrawnNode, carried_text
from backstep.drawing.frames import TITLE_SIZE, TITLE_START, Frame
from backstep.drawing.heat import heat, paths
from backstep.formula.text_runs import Runs
from backstep.layout.edge_numbers import LINE, SIZE, WIDTH, Spot, figure
from backstep.layout.plates import FIGURE
from backstep.notation.extents import extent
from backstep.notation.figures import short, spoken, whole
from backstep.notation.labels import runs_width
from backstep.notation.symbols import Symbols
from backstep.ops.row import Array
from backstep.walk.pass_shares import PassShare


class Scripts(NamedTuple):
    """The shift of raised and lowered parts from the baseline, and their size, in CSS pixels."""

    down: float
    up: float
    size: float


_NAME, _EDGE = Scripts(4.5, -7.0, 12.0), Scripts(3.0, -4.5, 9.0)
_GHOST = Scripts(3.5, -5.0, 9.5)
_BASE = 0.78
"""The baseline's share of a line's height."""
_OPENER = 17.0
"""From a closed frame's corner to the middle of its button."""
_LONGEST_WORD = 7
_MARGIN = 6.0
"""The margin around the drawing, so that no stroke is cut."""


def picture(
    drawing: Drawing,
    symbols: Symbols,
    remarks: Mapping[str, str],
    shares: Mapping[str, Sequence[PassShare]] = MappingProxyType({}),
) -> dict[str, object]:
    """The context of templates/graph.svg, without its style; `shares` are those of bars."""
    walk = drawing.walk
    left, top, width, height = _extent(drawing)
    completed = frozenset(step.vertex.id for step in walk.steps if step.phase == "backward")
    return {
        "zoom": walk.zoom,
        "direction": drawing.direction,
        "step": drawing.step,
        "phase": "backward" if drawing.step > walk.forward else "forward",
        "loss": symbols.said(symbols.loss),
        "captioned": any(node.caption for node in drawing.nodes),
        "view": f"{left:g} {top:g} {_px(width)} {_px(height)}",
        "width": _px(width),
        "height": _px(height),
        "summary": _summary(drawing, symbols),
        "nodes": [
            _node(node, symbols, remarks.get(node.vertex.id), shares.get(node.vertex.id, ()))
            for node in drawing.nodes
        ],
        "edges": [_edge(edge, symbols, drawing.direction, completed) for edge in drawing.edges],
        "frames": _frames(drawing),
        "closed": [_closed(each, drawing.nodes) for each in drawing.closed],
        "ghosts": [_ghost(each, drawing) for each in drawing.ghosts],
        "strip": None
        if drawing.strip is None
        else {
            "title": STRIP_TITLE,
            "width": _px(drawing.strip.width),
            "height": _px(drawing.strip.height),
        },
    }


def _closed(frame: ClosedFrame, nodes: Sequence[DrawnNode]) -> dict[str, object]:
    """A closed frame with its title and the button that opens it."""
    many = f" ({frame.count})" if frame.count else ""
    return {
        "id": frame.fold.id,
        "title": frame.fold.title,
        "said": f"{frame.fold.title}{many}",
        "several": frame.count != "",
        "passes": _passes(frame),
        "at_hand": any(
            node.state == "current"
            and node.vertex.framed
            and node.fold is not None
            and node.fold.id == frame.fold.id
            for node in nodes
        ),
        "left": _px(frame.left),
        "top": _px(frame.top),
        "width": _px(frame.width),
        "height": _px(frame.height),
        "opens": len(frame.fold) > 1,
        "at": _px(frame.width - _OPENER),
        "beside": _px(_OPENER),
    }


def _passes(frame: ClosedFrame) -> str:
    """The passes in a frame of several, ids and titles as JSON; empty for any other."""
    if frame.fold.kind != "passes":
        return ""
    return json.dumps([[each.id, each.title] for each in frame.fold.inside], ensure_ascii=False)


def _ghost(ghost: Ghost, drawing: Drawing) -> dict[str, object]:
    own = next(node for node in drawing.nodes if node.vertex.id == ghost.of)
    return {
        "of": ghost.of,
        "name": own.name,
        "state": own.state,
        "label": _label(ghost.label, _GHOST),
        "left": _px(ghost.x - ghost.width / 2),
        "top": _px(ghost.y - ghost.height / 2),
        "width": _px(ghost.width),
        "height": _px(ghost.height),
        "middle": _px(ghost.width / 2),
    }


@dataclass(frozen=True, slots=True)
class _Rectangle:
    left: str
    top: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class _Region:
    """An open fold's rectangles and the edges that join them, drawn as one."""

    id: str
    title: str
    closes: str
    """The ids that are open no more once it is closed."""
    parts: list[_Rectangle]
    paths: list[str]
    title_at: dict[str, str] = field(default_factory=dict)
    """The position of its title."""


def _frames(drawing: Drawing) -> list[_Region]:
    """The regions of open folds."""
    edges = {edge.link.id: edge.path for edge in drawing.edges}
    found: list[_Region] = []
    folded = drawing.walk.folded
    for fold in (*folded.loops, *folded.opened):
        inside = {vertex.id for vertex in folded.within(fold)}
        links = [
            edge.link
            for edge in drawing.edges
            if f"n{edge.link.source.id}" in inside
            and f"n{edge.link.use.id}" in inside
            and edge.path
        ]
        parts = [_frame(frame) for frame in drawing.frames if frame.fold == fold.id]
        paths = [edges[link.id] for link in links]
        closes = " ".join(folded.opened_in(fold))
        found.append(_Region(fold.id, fold.title, closes, parts, paths))
    return [replace(each, title_at=_title_at(each, found[:at])) for at, each in enumerate(found)]


def _title_at(region: _Region, before: list[_Region]) -> dict[str, str]:
    """The position of a title: after those of the regions that share its corner."""
    if not region.parts:
        return {"x": "0", "y": "0"}
    first, start = region.parts[0], TITLE_START
    for other in before:
        corner = other.parts[0] if other.parts else None
        if corner and abs(float(corner.top) - float(first.top)) < 14:
            wide = extent(other.title, TITLE_SIZE, "figure")
            end = float(corner.left) + TITLE_START + wide + 14
            if float(corner.left) <= float(first.left) + start < end:
                start = end - float(first.left)
    return {"x": _px(float(first.left) + start), "y": _px(float(first.top) + 4)}


def _frame(frame: Frame) -> _Rectangle:
    return _Rectangle(_px(frame.left), _px(frame.top), _px(frame.width), _px(frame.height))


def _extent(drawing: Drawing) -> tuple[float, float, float, float]:
    """Left, top, width and height of the whole drawing, frames included."""
    left = min([0.0, *(frame.left for frame in drawing.frames)]) - _MARGIN
    top = min([0.0, *(frame.top for frame in drawing.frames)]) - _MARGIN
    right = max([drawing.width, *(frame.right for frame in drawing.frames)]) + _MARGIN
    bottom = max([drawing.height, *(frame.bottom for frame in drawing.frames)]) + _MARGIN
    return left, top, right - left, bottom - top


def _px(length: float) -> str:
    # −0 is written without its sign.
    return f"{length + 0.0:.1f}".removesuffix(".0")


def _summary(drawing: Drawing, symbols: Symbols) -> str:
    count = len(drawing.nodes)
    return (
        f"Computation graph of {symbols.said(symbols.loss)} with {count} nodes, "
        f"at step {drawing.step} of {drawing.walk.total}"
    )


def _label(runs: Runs, scripts: Scripts) -> list[dict[str, object]]:
    pieces, risen, back = [], 0.0, 0.0
    for run in runs:
        wanted = (0.0, scripts.up, scripts.down)[run.rise]
        pieces.append(
            {
                "text": run.text,
                "rise": run.rise,
                "italic": run.italic,
                "dx": _px(-back if run.rise > 0 else 0.0),
                "dy": _px(wanted - risen),
            }
        )
        # A raised part stands above a lowered one, not behind it.
        risen, back = wanted, extent(run.text, scripts.size, "upright") if run.rise < 0 else 0.0
    return pieces


def _bars(node: DrawnNode, shares: Sequence[PassShare]) -> list[dict[str, str]]:
    """The rooms of a plate's bars, and the bars of what is known."""
    known = [each.height for each in shares] if node.partial is not None else []
    found = []
    for at, (left, top, wide, room) in enumerate(node.plate.bars):
        high = room * known[at] if known else 0.0
        place = {"x": _px(left), "width": _px(wide), "foot": _px(top + room), "room": _px(room)}
        found.append({**place, "y": _px(top + room - high), "height": _px(high)})
    return found


def _bars_said(shares: Sequence[PassShare]) -> str:
    """The bars in words."""
    said = ", ".join(f"{each.title} {short(each.norm)}" for each in shares)
    return f"what each pass adds: {said}" if said else ""


def _node(
    node: DrawnNode, symbols: Symbols, remark: str | None, shares: Sequence[PassShare]
) -> dict[str, object]:
    plate = node.plate
    texts = {
        "value": iter(plate.shown("value", node.value)),
        "partial": iter(plate.shown("partial", node.settled)),
    }
    slots = [
        {
            "role": slot.role,
            "x": _px(slot.x),
            "y": _px(slot.y),
            "middle": slot.middle,
            "small": slot.size < FIGURE,
            "word": slot.word,
            "power": slot.at == "power",
            "text": next(texts[slot.role]),
        }
        for slot in plate.slots
    ]
    pictures = [
        {
            "role": frame.role,
            "x": _px(frame.x),
            "y": _px(frame.y),
            "width": frame.width,
            "height": frame.height,
            "heat": _heat(node.value if frame.role == "value" else node.settled),
        }
        for frame in plate.pictures
    ]
    symbol_y = next((slot.y for slot in plate.slots if slot.role == "partial"), 0.0)
    said = symbols.said(node.vertex.node)
    return {
        "id": node.vertex.id,
        "kind": node.kind,
        "form": plate.form,
        "state": node.state,
        "line": node.line,
        "name": node.name,
        "left": _px(node.x - plate.width / 2),
        "top": _px(node.y - plate.height / 2),
        "width": plate.width,
        "height": plate.height,
        "label": _label(node.label, _NAME),
        "sign": node.sign,
        "sign_lines": _sign_lines(node),
        "circle": _px(plate.circle / 2),
        "middle": _px(plate.width / 2),
        "corner": _px((plate.width + plate.circle) / 2 if plate.circle else plate.width),
        "start": _px((plate.width - plate.circle) / 2 + 4 if plate.circle else 0),
        "caption": node.caption,
        "symbol_y": _px(symbol_y),
        "word_x": _px(max((each.x + each.width for each in plate.pictures), default=0.0) + 14),
        "brackets": [_brackets(*each) for each in plate.brackets],
        "slots": slots,
        "bars": _bars(node, shares),
        "bars_said": _bars_said(shares) if node.partial is not None else "",
        "pictures": pictures,
        "title": _title(node, symbols) + (f"\n{remark}" if remark else ""),
        "remark": remark,
        "said": f"{said}, {node.kind}, {_known(node)}",
        "fold": None
        if node.fold is None or node.vertex.framed
        else {"id": node.fold.id, "title": node.fold.title},
        "frame": node.fold.id if node.fold is not None and node.vertex.framed else None,
    }


_BEGINNINGS = ("log", "hard", "soft", "leaky_")
"""Beginnings after which a word that is too long for its circle may be split."""


def _sign_lines(node: DrawnNode) -> list[dict[str, str]]:
    """A circle's sign in one line or two, each with its baseline."""
    middle = node.plate.circle / 2
    if len(node.sign) <= 3:
        return [{"text": node.sign, "y": _px(middle + 5)}]
    first, rest = node.sign, ""
    if len(node.sign) > _LONGEST_WORD:
        cut = next((each for each in _BEGINNINGS if node.sign.startswith(each)), "")
        first, rest = cut or node.sign[: len(node.sign) // 2], node.sign[len(cut) :].lstrip("_")
        rest = rest if cut else node.sign[len(first) :]
    if not rest:
        return [{"text": first, "y": _px(middle + 3.5)}]
    return [
        {"text": first.rstrip("_"), "y": _px(middle - 1.5)},
        {"text": rest, "y": _px(middle + 8.5)},
    ]


def _heat(array: Array | None) -> dict[str, object] | None:
    if array is None:
        return None
    made = heat(array)
    return {"rows": made.rows, "columns": made.columns, "paths": paths(made)}


def _brackets(left: float, top: float, width: float, height: float) -> str:
    """The brackets of a matrix, as path data."""
    foot, right, bottom = 3.5, left + width, top + height
    return (
        f"M{_px(left - 1)} {_px(top)}h-{foot}V{_px(bottom)}h{foot}"
        f"M{_px(right + 1)} {_px(top)}h{foot}V{_px(bottom)}h-{foot}"
    )


def _known(node: DrawnNode) -> str:
    if node.value is None:
        return "not computed yet"
    if node.vertex.node.shape != ():
        shape = " by ".join(map(str, node.vertex.node.shape))
        return f"a tensor of {shape}"
    said = f"value {spoken(float(node.value))}"
    return said if node.settled is None else f"{said}, partial {spoken(float(node.settled))}"


def _title(node: DrawnNode, symbols: Symbols) -> str:
    said = symbols.said(node.vertex.node)
    if node.formula is not None and node.name is not None:
        said = f"{said} = {node.formula[1]}"
    if node.value is None or node.vertex.node.shape != ():
        return said
    said += f"\nvalue {whole(float(node.value))}"
    return said if node.partial is None else f"{said}\npartial {whole(float(node.partial))}"


def _edge(
    edge: DrawnEdge, symbols: Symbols, direction: str, completed: frozenset[str]
) -> dict[str, object]:
    # A constant has no backward step, so no moved value would update this.
    told = edge.local if f"n{edge.link.source.id}" in completed else None
    local = "" if told is None else f" = {figure(told)}"
    name = f"∂{symbols.said(edge.link.use)}/∂{symbols.said(edge.link.source)}"
    spot, dot = edge.written.spot, edge.written.dot
    return {
        "id": edge.link.id,
        "source": f"n{edge.link.source.id}",
        "target": f"n{edge.link.use.id}",
        "path": edge.path,
        "back_path": edge.back,
        "label": _label(edge.label, _EDGE),
        "label_at": _label_at(edge, direction),
        "lines": edge.written.lines,
        "spot": None if spot is None else _spot(spot),
        "leader": None if spot is None or spot.leader is None else _line(spot.leader),
        "dot": None if dot is None else (_px(dot[0]), _px(dot[1])),
        "carried": _carried(edge),
        "dotted": dot is not None and edge.state == "current" and edge.contribution is not None,
        "title": f"{name}: {edge.local_text}{local}" if edge.local_text else name,
        "state": edge.state,
        "back": edge.contribution is not None,
        "size": edge.size,
    }


def _label_at(edge: DrawnEdge, direction: str) -> tuple[str, str] | None:
    """The position of an edge's label: about its middle, or to the right of its edge."""
    if edge.label_at is None or not edge.label:
        return None
    x, y = edge.label_at
    if direction == "TB":
        x -= runs_width(edge.label, LABEL_SIZE) / 2
    return _px(x), _px(y + 4)


def _spot(spot: Spot) -> str:
    """A label's position for the page: x, the baselines of two lines, anchor, line."""
    x = {"start": spot.left + 1, "middle": spot.left + WIDTH / 2, "end": spot.left + WIDTH - 1}
    return f"{_px(x[spot.anchor])} {_px(spot.top + _BASE * LINE)} {spot.anchor} {spot.line}"


def _line(ends: tuple[tuple[float, float], tuple[float, float]]) -> str:
    (x0, y0), (x1, y1) = ends
    return f"M{_px(x0)} {_px(y0)}L{_px(x1)} {_px(y1)}"


def _carried(edge: DrawnEdge) -> list[dict[str, str]]:
    """The lines of the numbers that the edge carries now, if they are written on it."""
    spot, contribution = edge.written.spot, edge.contribution
    if spot is None or contribution is None or edge.state != "current":
        return []
    text = carried_text(contribution)
    if text is None:
        return []
    line = " ".join(text)
    lines, first = list(text), 0.0
    if extent(line, SIZE, "figure") <= WIDTH:
        lines, first = [line], {"first": 0.0, "between": 0.5, "second": 1.0}[spot.line]
    x, base, anchor, _ = _spot(spot).split()
    return [
        {"text": line, "x": x, "y": _px(float(base) + (first + at) * LINE), "anchor": anchor}
        for at, line in enumerate(lines)
    ]

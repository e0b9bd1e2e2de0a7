"""The drawing's content: which plates and edges there are, what stands on them at a step.

Joins a walk with a layout; draws nothing (app/render/svg) and computes no number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log10
from typing import Literal

import numpy as np

from app.calculus.zoom import Link, Vertex
from app.drawing.frames import Frame, frames
from app.lang.definition import Definition
from app.ops import TABLE
from app.ops.row import ATOM, Array
from app.render import layout as graphviz
from app.render.inline import inline
from app.render.labels import Piece, pieces, pieces_width, width
from app.render.latex import TEXT, Printed, formula
from app.render.plates import Plate, norm, plate
from app.render.symbols import Symbols, pretty
from app.trace import Contribution, Fold, Folded, Step, Walk, forward_formula, kind_of

Direction = Literal["LR", "TB"]
State = Literal["waiting", "forward", "current", "backward", "done"]

NAME_SIZE, SIGN_SIZE = 17.0, 10.0
LABEL_SIZE = 12.6
"""Somewhat more than labels are set in: an italic with its scripts is wider than the estimate."""
_WIDEST_LABEL = 100.0
_LABEL_HEIGHT = 15.0


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A plate in its place (x, y: the centre), with what it says now."""

    vertex: Vertex
    kind: str
    name: str | None
    title: str
    label: tuple[Piece, ...]
    sign: str
    line: int | None
    plate: Plate
    x: float
    y: float
    formula: tuple[str, str] | None
    state: State
    value: Array | None
    partial: Array | None
    settled: Array | None
    """The partial, with 0 for what is 0 but for rounding."""
    fold: Fold | None
    """What opens where it is drawn as one node."""


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge's path with its local derivative, and what it carries back once it does.

    `size` is 0 (nothing) to 5 (1 and more), a step a power of ten of the contribution.
    """

    link: Link
    path: str
    back: str
    label_at: tuple[float, float] | None
    label: tuple[Piece, ...]
    local_text: str
    local_latex: str
    local: float | None
    state: State
    contribution: Contribution | None
    size: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture at one step; lengths in CSS pixels."""

    walk: Walk
    direction: Direction
    step: int
    width: float
    height: float
    nodes: tuple[DrawnNode, ...]
    edges: tuple[DrawnEdge, ...]
    frames: tuple[Frame, ...]


def carried_size(contribution: Contribution | None) -> int:
    """0 where nothing is carried, else 1 (under a thousandth) to 5 (1 and more)."""
    if contribution is None:
        return 0
    length = norm(contribution.settled)
    if length == 0:
        return 0
    if not np.isfinite(length):
        return 5
    return int(min(max(5 + np.floor(log10(length)), 1), 5))


def draw(
    definition: Definition, symbols: Symbols, walk: Walk, direction: Direction, step: int
) -> Drawing:
    """The picture of a walk at a step (0: nothing computed)."""
    lines = {version.node.id: version.line for version in symbols.names.values()}
    lines |= {
        key: block.span.line
        for block in definition.blocks
        if block.kind == "statement"
        for key in block.nodes
    }
    edges = _edge_contents(walk)
    labels = {link_id: edge_label(content) for link_id, content in edges.items()}
    plates = {vertex.id: _plate(definition, symbols, vertex) for vertex in walk.view.vertices}
    placed = graphviz.place(
        tuple(
            graphviz.Box(key, each.width, each.height, each.circle)
            for key, (each, _) in plates.items()
        ),
        tuple(
            graphviz.Link(
                link.id,
                f"n{link.source.id}",
                f"n{link.use.id}",
                pieces_width(labels[link.id], LABEL_SIZE) + 6 if labels[link.id] else 0,
                _LABEL_HEIGHT if labels[link.id] else 0,
            )
            for vertex in walk.view.vertices
            for link in vertex.links
        ),
        direction,
    )
    at_step = Moment(walk, step)
    return Drawing(
        walk,
        direction,
        step,
        placed.width,
        placed.height,
        tuple(
            _node(definition, symbols, vertex, plates[vertex.id], placed, at_step, lines)
            for vertex in walk.view.vertices
        ),
        tuple(
            _edge(link, edges[link.id], labels[link.id], placed, at_step)
            for vertex in walk.view.vertices
            for link in vertex.links
        ),
        tuple(_frames(walk.folded, placed)),
    )


def _frames(folded: Folded, placed: graphviz.Layout) -> Iterator[Frame]:
    """Frames of the open folds, outer before inner."""
    around: dict[str, int] = {}
    for fold in folded.opened:
        mine = {vertex.id for vertex in folded.within(fold)}
        inside = [place for key, place in placed.boxes.items() if key in mine]
        may = mine | {vertex.id for vertex in folded.around(fold)}
        others = [place for key, place in placed.boxes.items() if key not in may]
        depth = around.get(fold.id, 0)
        around.update((inner.id, depth + 1) for inner in fold.inside)
        yield from frames(fold.id, fold.kind, fold.title, inside, others, depth)


@dataclass(frozen=True, slots=True)
class EdgeContent:
    """An edge's local derivative in words a label can hold, and its contribution."""

    text: str
    latex: str
    local: float | None
    contribution: Contribution
    fallback: str


class Moment:
    """What is known after a number of steps."""

    def __init__(self, walk: Walk, step: int) -> None:
        done = walk.steps[:step]
        self.closed = walk.folded.closed
        self.current: Step | None = done[-1] if done else None
        self.forward = {s.vertex.id: s for s in done if s.phase == "forward"}
        self.backward = {s.vertex.id: s for s in done if s.phase == "backward"}

    def node(self, vertex: Vertex) -> State:
        """The state a node is drawn in."""
        if self.current is not None and self.current.vertex.id == vertex.id:
            return "current"
        if vertex.id in self.backward:
            return "backward"
        return "forward" if vertex.id in self.forward else "waiting"

    def edge(self, link: Link) -> State:
        """The state an edge is drawn in: it carries back when its source is completed."""
        source, use = f"n{link.source.id}", f"n{link.use.id}"
        current = self.current
        if current is not None and current.phase == "forward" and current.vertex.id == use:
            return "current"
        if current is not None and current.phase == "backward" and current.vertex.id == source:
            return "current"
        if source in self.backward:
            return "done"
        return "forward" if use in self.forward else "waiting"


def _edge_contents(walk: Walk) -> Mapping[str, EdgeContent]:
    found: dict[str, EdgeContent] = {}
    for key, contribution in walk.contributions.items():
        rule = contribution.rule
        flat = "0" if contribution.local == 0 else ""
        found[key] = EdgeContent(
            rule.local_text if rule else flat,
            rule.local if rule else flat,
            contribution.local,
            contribution,
            rule.symbol if rule else "",
        )
    return found


def edge_label(content: EdgeContent) -> tuple[Piece, ...]:
    """What is written on the edge: the local derivative where it is short, else its symbol."""
    for latex in (content.latex, content.fallback):
        runs = inline(latex)
        if runs is not None and pieces_width(runs, LABEL_SIZE) <= _WIDEST_LABEL:
            return runs
    return ()


def _plate(
    definition: Definition, symbols: Symbols, vertex: Vertex
) -> tuple[Plate, tuple[Piece, ...]]:
    kind = kind_of(definition, vertex, symbols)
    name = symbols.name(vertex.node)
    label = pieces(name, symbols.version(vertex.node)) if name is not None else ()
    sign = sign_of(definition, kind, vertex, symbols)
    room = width(sign, SIGN_SIZE)
    return plate(kind, vertex.node.shape, pieces_width(label, NAME_SIZE), room), label


def _node(
    definition: Definition,
    symbols: Symbols,
    vertex: Vertex,
    planned: tuple[Plate, tuple[Piece, ...]],
    placed: graphviz.Layout,
    moment: Moment,
    lines: Mapping[int, int],
) -> DrawnNode:
    kind = kind_of(definition, vertex, symbols)
    forward = moment.forward.get(vertex.id)
    backward = moment.backward.get(vertex.id)
    place = placed.boxes[vertex.id]
    row = TABLE[vertex.node.op]
    return DrawnNode(
        vertex=vertex,
        kind=kind,
        name=symbols.name(vertex.node),
        title=formula(vertex.node, symbols.text, TEXT).text if not row.leaf else "",
        label=planned[1],
        sign=sign_of(definition, kind, vertex, symbols),
        line=lines.get(vertex.node.id),
        plate=planned[0],
        x=place.x,
        y=place.y,
        formula=forward_formula(vertex, symbols),
        state=moment.node(vertex),
        value=None if forward is None else forward.array,
        partial=None if backward is None else backward.array,
        settled=None if backward is None else backward.settled,
        fold=moment.closed.get(vertex.id),
    )


_HOLE = "( )"
_LONGEST_SIGN, _LONGEST_FORMULA = 5, 12


def sign_of(definition: Definition, kind: str, vertex: Vertex, symbols: Symbols) -> str:
    """The small text of a plate: a leaf's role or the operation's sign, and a tensor's shape."""
    sign = kind if TABLE[vertex.node.op].leaf else _sign(definition, vertex, symbols)
    if vertex.node.shape == () or kind == "operation":
        return sign
    return f"{sign} {'×'.join(map(str, vertex.node.shape))}".strip()


def _sign(definition: Definition, vertex: Vertex, symbols: Symbols) -> str:
    """What a plate says of its operation: a folded formula where it is short, else the function
    that it is a call of, else the sign of its last operation.

    A number written in the operation is part of its sign: ( )², ( )/2.
    """
    node = vertex.node
    sign = TABLE[node.op].notation.sign
    if len(vertex.members) > 1 and node.id in symbols.names:
        text = pretty(formula(node, symbols.text, TEXT).text)
        if len(text) <= _LONGEST_FORMULA:
            return text
        # A bare minus would read as the dash of what is not computed.
        return _called(definition, vertex) or sign.strip("−")
    if len(node.nodes) == len(node.inputs) or not node.nodes:
        return sign
    holes = {parent.id: Printed(_HOLE, ATOM) for parent in node.nodes}
    text = pretty(formula(node, holes, TEXT).text)
    return text if len(text) <= _LONGEST_SIGN else sign


def _called(definition: Definition, vertex: Vertex) -> str | None:
    """The function or layer whose call makes a folded node."""
    for block in definition.blocks:
        if block.kind not in ("function", "layer") or vertex.node.id not in block.nodes:
            continue
        if block.output is None or block.output is vertex.node:
            return block.title
    return None


def _edge(
    link: Link,
    content: EdgeContent,
    label: tuple[Piece, ...],
    placed: graphviz.Layout,
    moment: Moment,
) -> DrawnEdge:
    route = placed.links[link.id]
    state = moment.edge(link)
    carries = f"n{link.source.id}" in moment.backward
    contribution = content.contribution if carries else None
    return DrawnEdge(
        link=link,
        path=route.path,
        back=route.back,
        label_at=route.label,
        label=label,
        local_text=content.text,
        local_latex=content.latex,
        local=content.local,
        state=state,
        contribution=contribution,
        size=carried_size(contribution),
    )

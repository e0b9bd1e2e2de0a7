"""The drawing's content: its plates and edges, and the texts on them at a step.

Joins a walk with a layout; `backstep/drawing/svg` writes the result as SVG.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10
from typing import Literal

import numpy as np

from backstep.autodiff.zoom import Edge, Vertex
from backstep.drawing.compounds import (
    NO_ROUTE,
    Arranged,
    ClosedFrame,
    Compounds,
    Ghost,
)
from backstep.drawing.compounds import Rectangle as Placed
from backstep.drawing.frames import Frame, frames_of, title_box
from backstep.formula.board import Board, Shown
from backstep.formula.notation import boxed
from backstep.formula.operations import FromGraph
from backstep.formula.text_runs import Run, Runs, runs
from backstep.formula.text_runs import label as label_of
from backstep.formula.tree import ZERO, Formula, Sym, operations
from backstep.lang.compile.definition import Definition
from backstep.layout import edge_numbers
from backstep.layout import positions as graphviz
from backstep.layout.edge_numbers import FIGURE, LINE, Carrying, PlacedLabel, Rectangle
from backstep.layout.plates import Plate, has_partial, norm, plate
from backstep.notation.extents import extent
from backstep.notation.figures import short
from backstep.notation.labels import runs_width
from backstep.notation.symbols import Symbols
from backstep.ops import TABLE
from backstep.ops.row import ATOM, Array
from backstep.walk import Contribution, Fold, Kind, Step, Walk, forward_formula, kind_of
from backstep.walk.breadth import breadth
from backstep.walk.loop_inputs import Strip

Direction = Literal["LR", "TB"]
NodeState = Literal["waiting", "forward", "current", "backward"]
EdgeState = Literal["waiting", "forward", "current", "done"]

NAME_SIZE, ROLE_SIZE, CAPTION_SIZE, LABEL_SIZE = 17.0, 12.0, 11.0, 12.0
"""Type sizes in pixels: of names, of the text to their right, of captions, of edge labels."""
_SIGN_SIZES = 14.0, 11.0
"""Type sizes of a sign in a circle, and of one that is a word."""
_WIDEST_LABEL = 100.0
_LABEL_HEIGHT = 15.0
_MOST_OPERATIONS = 60
"""Operations past which a formula is no label."""
_WIDEST_CAPTION = 60.0
_WIDEST_CAPTIONED = 1110.0
"""Past this width there are no captions, which would widen it further; the legend has them."""
OPENER = 8.5
"""Half the size of the button that opens a fold."""


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A placed plate (x, y: the centre), with its texts at the step."""

    vertex: Vertex
    kind: Kind
    name: str | None
    title: str
    label: Runs
    sign: str
    caption: str
    """∂L/∂z, or empty: then no box of the drawing has a caption."""
    line: int | None
    plate: Plate
    x: float
    y: float
    formula: tuple[str, str] | None
    state: NodeState
    value: Array | None
    partial: Array | None
    settled: Array | None
    """The partial, with 0 for elements that are 0 except for rounding."""
    fold: Fold | None
    """The fold that it stands for, if any."""


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge's path with its local derivative, and its contribution once there is one.

    `size` is 0 (none) to 5 (1 and more), by powers of ten of the contribution.
    """

    link: Edge
    path: str
    back: str
    label_at: tuple[float, float] | None
    label: Runs
    written: PlacedLabel
    """The position of the numbers that it carries."""
    local_text: str
    local_latex: str
    local: float | None
    state: EdgeState
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
    closed: tuple[ClosedFrame, ...] = ()
    """The closed frames: what leaves each stands in it."""
    ghosts: tuple[Ghost, ...] = ()
    strip: Placed | None = None
    """The rectangle around what several passes read."""


def carried_size(contribution: Contribution | None) -> int:
    """0 if nothing is carried, else 1 (under a thousandth) to 5 (1 and more)."""
    if contribution is None:
        return 0
    length = norm(contribution.settled)
    if length == 0:
        return 0
    if not np.isfinite(length):
        return 5
    return int(min(max(5 + np.floor(log10(length)), 1), 5))


def draw(
    definition: Definition,
    symbols: Symbols,
    walk: Walk,
    apart: Strip,
    direction: Direction,
    step: int,
    *,
    rows: bool = False,
) -> Drawing:
    """The picture of a walk at a step (0: nothing computed), with a strip of what is `apart`; with
    `rows` it runs on in rows where it is too wide for a page."""
    lines = {version.node.id: version.line for version in symbols.names.values()}
    lines |= {
        key: block.span.line
        for block in definition.blocks
        if block.kind == "statement"
        for key in block.nodes
    }
    edges = edge_contents(walk)
    plates = _plates(definition, symbols, walk, apart, direction)
    compounds = Compounds(
        walk.folded,
        apart,
        {key: each.plate for key, each in plates.items()},
        {
            vertex.id: _ghost_name(symbols, vertex, plates[vertex.id])
            for vertex in walk.view.vertices
        },
        direction,
        rows=rows,
    )
    links = [link for vertex in walk.view.vertices for link in vertex.links]
    labels = {
        link.id: edge_label(edges[link.id], symbols.all) if compounds.is_plain(link) else ()
        for link in links
    }
    carries = {
        link.id: edges[link.id].local is not None and compounds.is_plain(link) for link in links
    }
    rooms = {
        key: (runs_width(label, LABEL_SIZE) + 6, _LABEL_HEIGHT) if label else (0.0, 0.0)
        for key, label in labels.items()
    }
    arranged = compounds.arranged(rooms, carries)
    placed = arranged.layout
    at_step = Moment(walk, step)
    folds = tuple(frames_of(walk.folded, arranged))
    places = _written(walk, carries, labels, plates, arranged, folds, direction)
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
            _edge(
                link,
                edges[link.id],
                labels[link.id],
                placed,
                places.get(link.id, PlacedLabel()),
                at_step,
            )
            for vertex in walk.view.vertices
            for link in vertex.links
        ),
        folds,
        arranged.closed,
        arranged.ghosts,
        arranged.strip,
    )


def _written(
    walk: Walk,
    carries: Mapping[str, bool],
    labels: Mapping[str, Runs],
    faces: Mapping[str, _Face],
    arranged: Arranged,
    folds: Sequence[Frame],
    direction: Direction,
) -> Mapping[str, PlacedLabel]:
    """The positions of the numbers that edges carry, by edge."""
    placed = arranged.layout
    every = (link for vertex in walk.view.vertices for link in vertex.links)
    links = [link for link in every if placed.links[link.id] is not NO_ROUTE]
    carrying = tuple(
        Carrying(
            f"n{link.source.id}",
            placed.links[link.id].points,
            placed.links[link.id].room,
            label_box(labels[link.id], placed.links[link.id].label),
            number_box(labels[link.id], placed.links[link.id].label, direction),
            carries[link.id],
        )
        for link in links
    )
    framed = {vertex.id for vertex in walk.view.vertices if vertex.framed}
    blocks = [
        block
        for key, face in faces.items()
        if key not in framed
        for block in _blocks(face, placed.boxes[key])
    ]
    corners = walk.folded.closed.keys() - framed
    blocks += [_corner(faces[key].plate, placed.boxes[key]) for key in sorted(corners)]
    blocks += [title_box(frame) for frame in folds if frame.title]
    blocks += arranged.blocks()
    bounds = (-4.0, -4.0, placed.width + 4.0, placed.height + 4.0)
    found = edge_numbers.written(carrying, tuple(blocks), bounds)
    return {link.id: place for link, place in zip(links, found, strict=True)}


def label_box(label: Runs, at: tuple[float, float] | None) -> Rectangle | None:
    """The rectangle of an edge's own label."""
    if at is None or not label:
        return None
    wide = runs_width(label, LABEL_SIZE)
    high = _LABEL_HEIGHT
    return (at[0] - wide / 2, at[1] - high / 2, at[0] + wide / 2, at[1] + high / 2)


def number_box(
    label: Runs, at: tuple[float, float] | None, direction: Direction
) -> Rectangle | None:
    """The rectangle of an edge's label with a figure of any width on a line below it."""
    own = label_box(label, at)
    if own is None:
        return None
    left, _, right, bottom = own
    wide = max(right - left, FIGURE)
    left = left if direction == "TB" else (left + right - wide) / 2
    return (left, bottom - 2 * LINE, left + wide, bottom)


def _blocks(face: _Face, at: graphviz.Place) -> Iterator[Rectangle]:
    """The rectangles of a plate that no label may cover; a circle and its figures are separate."""
    left, top = at.x - at.width / 2, at.y - at.height / 2
    circle = face.plate.circle
    if not circle:
        yield (left, top, left + at.width, top + at.height)
        return
    yield (at.x - circle / 2, top, at.x + circle / 2, top + circle)
    yield (left + 2, top + circle + 3, left + at.width - 2, top + at.height)


def _corner(plate: Plate, at: graphviz.Place) -> Rectangle:
    """The rectangle of the button that opens a fold, on the plate's corner."""
    x = at.x + (plate.circle or plate.width) / 2
    y = at.y - at.height / 2
    return (x - OPENER, y - OPENER, x + OPENER, y + OPENER)


def _ghost_name(symbols: Symbols, vertex: Vertex, face: _Face) -> Runs:
    """A ghost's name; an operation without one shows its sign."""
    return face.label or (Run(face.sign or symbols.said(vertex.node)[:_LONGEST_SIGN], 0, False),)


@dataclass(frozen=True, slots=True)
class EdgeContent:
    """An edge's local derivative as a label, and its contribution."""

    text: str
    latex: str
    local: float | None
    contribution: Contribution
    labels: tuple[Formula, ...]


class Moment:
    """The state of the walk after a number of steps."""

    def __init__(self, walk: Walk, step: int) -> None:
        done = walk.steps[:step]
        self.closed = walk.folded.closed
        self.current: Step | None = done[-1] if done else None
        self.forward = {s.vertex.id: s for s in done if s.phase == "forward"}
        self.backward = {s.vertex.id: s for s in done if s.phase == "backward"}

    def node(self, vertex: Vertex) -> NodeState:
        """The state a node is drawn in."""
        if self.current is not None and self.current.vertex.id == vertex.id:
            return "current"
        if vertex.id in self.backward:
            return "backward"
        return "forward" if vertex.id in self.forward else "waiting"

    def edge(self, link: Edge) -> EdgeState:
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


def edge_contents(walk: Walk) -> Mapping[str, EdgeContent]:
    """The content of each edge, by its id."""
    found: dict[str, EdgeContent] = {}
    for key, contribution in walk.contributions.items():
        rule = contribution.rule
        flat = "0" if contribution.local == 0 else ""
        found[key] = EdgeContent(
            rule.local_text if rule else flat,
            rule.local if rule else flat,
            contribution.local,
            contribution,
            rule.labels if rule else (ZERO,) if flat else (),
        )
    return found


def edge_label(content: EdgeContent, names: frozenset[str]) -> Runs:
    """The edge's label: the local derivative if that is short, else its symbol.

    `names` are those of the definition.
    """
    for formula in content.labels:
        found = _in_a_line(formula, names)
        if found is not None and runs_width(found, LABEL_SIZE) <= _WIDEST_LABEL:
            return found
    return ()


@lru_cache(maxsize=4096)
def _in_a_line(formula: Formula, names: frozenset[str]) -> Runs | None:
    """A formula as runs in one line; None if it is very long or cannot be set so."""
    if operations([formula]) > _MOST_OPERATIONS:
        return None
    return runs(boxed(formula, names=names))


@dataclass(frozen=True, slots=True)
class _Face:
    """The parts of a plate that no value changes."""

    plate: Plate
    kind: Kind
    label: Runs
    sign: str
    caption: str


def _plates(
    definition: Definition, symbols: Symbols, walk: Walk, apart: Strip, direction: Direction
) -> Mapping[str, _Face]:
    """The faces by vertex, with captions if every box has room for one."""
    vertices = walk.view.vertices
    strip = apart.ids()
    plain = {
        vertex.id: _face(
            definition,
            symbols,
            vertex,
            summed=vertex.framed or vertex.id in strip,
            bars=apart.bars.get(vertex.id, 0),
        )
        for vertex in vertices
    }
    if direction == "TB" or walk.folded.loops:
        return plain  # boxes stand side by side: it would be the wider by every caption
    loss = symbols.said(symbols.loss)
    captions = {
        vertex.id: f"∂{loss}/∂{symbols.said(vertex.node)}"
        for vertex in vertices
        if plain[vertex.id].plate.form == "box"
        and vertex.node.shape == ()
        and has_partial(plain[vertex.id].kind)
    }
    widths = {key: _caption_width(caption) for key, caption in captions.items()}
    if max(widths.values(), default=0.0) > _WIDEST_CAPTION:
        return plain
    found = {
        vertex.id: _face(definition, symbols, vertex, captions[vertex.id])
        if vertex.id in captions
        else plain[vertex.id]
        for vertex in vertices
    }
    wide, _ = breadth(walk.folded, apart, {key: each.plate for key, each in found.items()}, 0.0)
    return found if wide <= _WIDEST_CAPTIONED else plain


def _caption_width(caption: str) -> float:
    return extent(caption, CAPTION_SIZE, "upright")


def _face(
    definition: Definition,
    symbols: Symbols,
    vertex: Vertex,
    caption: str = "",
    *,
    summed: bool = False,
    bars: int = 0,
) -> _Face:
    kind = kind_of(vertex, symbols)
    name = symbols.name(vertex.node)
    label = label_of(name, symbols.version(vertex.node)) if name is not None else ()
    # In a closed frame there is no room for what is inside it.
    sign = "" if vertex.framed else sign_of(definition, kind, vertex, symbols)
    room = (
        extent(sign, _SIGN_SIZES[len(sign) > 3], "upright")
        if kind == "operation"
        else extent(sign, ROLE_SIZE, "text")
    )
    made = plate(
        kind,
        vertex.node.shape,
        runs_width(label, NAME_SIZE),
        room,
        _caption_width(caption),
        summed=summed,
        bars=bars,
    )
    return _Face(made, kind, label, sign, caption)


def _node(
    definition: Definition,
    symbols: Symbols,
    vertex: Vertex,
    face: _Face,
    placed: graphviz.Layout,
    moment: Moment,
    lines: Mapping[int, int],
) -> DrawnNode:
    forward = moment.forward.get(vertex.id)
    backward = moment.backward.get(vertex.id)
    place = placed.boxes[vertex.id]
    row = TABLE[vertex.node.op]
    written = forward_formula(vertex, symbols)
    return DrawnNode(
        vertex=vertex,
        kind=face.kind,
        name=symbols.name(vertex.node),
        title=Shown().write(symbols.own(vertex.node)) if not row.leaf else "",
        label=face.label,
        sign=face.sign,
        caption=face.caption,
        line=lines.get(vertex.node.id),
        plate=face.plate,
        x=place.x,
        y=place.y,
        formula=None if written is None else (written[0], written[2]),
        state=moment.node(vertex),
        value=None if forward is None else forward.array,
        partial=None if backward is None else backward.array,
        settled=None if backward is None else backward.settled,
        fold=moment.closed.get(vertex.id),
    )


_HOLE = Sym("( )")
_LONGEST_SIGN, _LONGEST_FORMULA = 5, 12


def sign_of(definition: Definition, kind: str, vertex: Vertex, symbols: Symbols) -> str:
    """The small text of a plate: a leaf's role or the operation's sign, and a tensor's shape."""
    sign = kind if TABLE[vertex.node.op].leaf else _sign(definition, vertex, symbols)
    if vertex.node.shape == () or kind == "operation":
        return sign
    return f"{sign} {'×'.join(map(str, vertex.node.shape))}".strip()


def _sign(definition: Definition, vertex: Vertex, symbols: Symbols) -> str:
    """A plate's text for its operation: a folded formula if it is short, else the function that it
    is a call of, else the sign of its last operation.

    A number written in the operation is part of its sign: ( )², ( )/2.
    """
    node = vertex.node
    sign = TABLE[node.op].notation.sign
    if len(vertex.members) > 1 and node.id in symbols.names:
        text = Board().write(symbols.own(node))
        if len(text) <= _LONGEST_FORMULA:
            return text
        # A bare minus would read as the dash for a value that is not computed yet.
        return _called(definition, vertex) or sign.strip("−")
    if len(node.nodes) == len(node.inputs) or not node.nodes:
        return sign
    holes = FromGraph(lambda each: None if each is node else _HOLE)
    text = Board({_HOLE: (_HOLE.name, ATOM)}).write(holes.of(node))
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
    link: Edge,
    content: EdgeContent,
    label: Runs,
    placed: graphviz.Layout,
    place: PlacedLabel,
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
        written=place,
        local_text=content.text,
        local_latex=content.latex,
        local=content.local,
        state=state,
        contribution=contribution,
        size=carried_size(contribution),
    )


def carried_text(contribution: Contribution) -> tuple[str, str] | None:
    """The numbers that an edge carries, `−0.3318 ·` and `(−0.22)`: upstream and local derivative,
    if the latter is a number. A negative second factor stands in brackets."""
    if contribution.local is None:
        return None
    local = edge_numbers.figure(contribution.local)
    upstream = contribution.upstream_settled
    shown = edge_numbers.figure(float(upstream)) if upstream.shape == () else brief_figure(upstream)
    return f"{shown} ·", f"({local})" if local.startswith("−") else local


def brief_figure(array: Array) -> str:
    """The figure of a number, or the shape of a tensor."""
    if array.shape == ():
        return short(float(array))
    return "×".join(map(str, array.shape))

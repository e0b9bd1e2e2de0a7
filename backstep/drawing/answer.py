"""The drawing at a step as it is sent: as data or SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backstep.binding.json_arrays import Summary, brief, negligible, summary
from backstep.drawing import Direction, Drawing, draw, picture
from backstep.drawing.cascade import Theme
from backstep.drawing.compounds import ClosedFrame
from backstep.drawing.content import DrawnEdge, DrawnNode, EdgeState, NodeState
from backstep.drawing.frames import Frame
from backstep.drawing.portable import portable, text_of
from backstep.drawing.svg import render
from backstep.errors import Diagnostic, RequestError
from backstep.graph.shape import Shape
from backstep.ops.row import Array, Mask
from backstep.walk import Fold, Folded, FoldKind, Kind, Zoom
from backstep.walk.walk_for import BoundWalk


@dataclass(frozen=True, slots=True)
class Label:
    """A name or a formula, as text and as LaTeX."""

    text: str
    """Such as `z`."""
    latex: str
    """Such as `z`."""


@dataclass(frozen=True, slots=True)
class GraphFold:
    """The fold of a node that stands for several operations."""

    id: str
    """The id that `open` takes, such as `b2`."""
    kind: FoldKind
    title: str
    """Such as `h`."""
    operations: int
    """The number of operations that are drawn as one, such as `3`."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A node as it is drawn at the step."""

    id: str
    """Such as `n6`."""
    name: str | None
    """Null for an operation without a name."""
    kind: Kind
    line: int | None
    """The line of the text, from 1."""
    shape: Shape
    """A scalar's is empty."""
    sign: str
    """An operation's sign, such as `+`."""
    label: Label
    formula: Label | None
    x: float
    """Of the centre, in CSS pixels, such as `310.0`."""
    y: float
    """Of the centre, in CSS pixels, downwards, such as `80.0`."""
    width: float
    """In CSS pixels, such as `104.0`."""
    height: float
    """In CSS pixels, such as `62.0`."""
    value: Array | None
    """Null before its step, and for a large tensor."""
    partial: Array | None
    """Null before its step, and for a large tensor."""
    summary: Summary | None
    """A summary of a large value."""
    partial_summary: Summary | None
    """A summary of a large partial."""
    rounding: Mask | None
    """The elements of the partial that are 0 except for rounding; null if there are none."""
    state: NodeState
    fold: GraphFold | None
    """The fold of a node that stands for several operations."""
    remark: str | None
    """A remark on the numbers: a convention, or the origin of NaN. Such as `relu has a kink at 0;
    its partial there is 0`."""


@dataclass(frozen=True, slots=True)
class Point:
    """In CSS pixels, y downwards."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class LocalDerivative:
    """The local derivative that labels an edge."""

    text: str
    """Such as `u(1 − u)`."""
    latex: str
    """Such as `u \\, (1 - u)`."""
    value: float | None
    """Null if it is a Jacobian, and before its step. Such as `0.2217`."""


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An edge as it is drawn at the step."""

    id: str
    """Such as `n6-n7-0`."""
    source: str
    """Such as `n6`."""
    target: str
    """Such as `n7`."""
    path: str
    """As an SVG path's `d`, such as `M0,0 L10,0`; empty inside a closed pass, and where a ghost
    stands for the edge."""
    label: Point | None
    """The position of the local derivative."""
    local: LocalDerivative
    contribution: Array | None
    """The contribution; null before its step, and for a large tensor."""
    size: int
    """The contribution's size: 0 is none, 5 is 1 and more, each ten times the one before."""
    state: EdgeState


@dataclass(frozen=True, slots=True)
class GraphFrame:
    """A rectangle around nodes of an open fold, or around what leaves a closed one."""

    fold: str
    """The id of the fold, such as `b2`."""
    kind: FoldKind
    open: bool
    """Of a closed one only the nodes that leave it are drawn."""
    opened: Sequence[str]
    """Those ids of `open` that are inside it: without them it is closed."""
    title: str
    """Empty except in the first of a fold's frames. Such as `h`."""
    x: float
    """Of the left side, in CSS pixels, such as `310.0`."""
    y: float
    """Of the upper side, in CSS pixels, such as `80.0`."""
    width: float
    """In CSS pixels, such as `104.0`."""
    height: float
    """In CSS pixels, such as `62.0`."""


@dataclass(frozen=True, slots=True)
class GraphGhost:
    """The use of a node that is drawn elsewhere."""

    node: str
    """The id of the node, such as `n2`."""
    x: float
    """Of the centre, in CSS pixels, such as `310.0`."""
    y: float
    """Of the centre, in CSS pixels, downwards, such as `80.0`."""
    width: float
    """In CSS pixels, such as `34.0`."""
    height: float
    """In CSS pixels, such as `22.0`."""


@dataclass(frozen=True, slots=True)
class DrawnGraph:
    """The drawing of the graph at a step of the walk."""

    zoom: Zoom
    folded: str | None
    """The reason, if fewer nodes are drawn than were asked for."""
    boxes: int | None
    """`boxes` as it was asked for; null where nothing is folded for it."""
    direction: Direction
    width: float
    """In CSS pixels, such as `812.0`."""
    height: float
    """In CSS pixels, such as `240.0`."""
    step: int
    """Such as `12`."""
    total: int
    """The last step's number, such as `19`."""
    nodes: Sequence[GraphNode]
    edges: Sequence[GraphEdge]
    frames: Sequence[GraphFrame]
    """The frames of open folds; with `boxes` also those of closed passes and of their loops."""
    ghosts: Sequence[GraphGhost]
    """With `boxes`: what several passes read is drawn once, and at each of its uses a ghost."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawing for a page."""

    svg: str
    """The picture, such as `<svg …>…</svg>`."""
    graph: DrawnGraph


def drawn(found: BoundWalk, direction: Direction = "LR", step: int | None = None) -> Drawing:
    """The drawing of a walk at a step, by default the last. Raises RequestError past that."""
    at = step_of(found, step)
    prepared = found.prepared
    return draw(
        prepared.definition,
        prepared.symbols,
        found.walk,
        found.strip,
        direction,
        at,
        rows=found.for_page,
    )


def step_of(found: BoundWalk, step: int | None) -> int:
    """The step, by default the last. Raises RequestError past that."""
    total = found.walk.total
    if step is None:
        return total
    if not 0 <= step <= total:
        message = f"there is no step {step}; the walk has {total}"
        raise RequestError(Diagnostic("unknown_step", message, pointer="/step"))
    return step


def svg(found: BoundWalk, drawing: Drawing) -> str:
    """The page's picture: SVG that takes the page's sheets."""
    return render(_content(found, drawing))


def portable_svg(found: BoundWalk, drawing: Drawing, theme: Theme = "light") -> str:
    """The picture that stands alone: SVG with literal colours and typefaces."""
    return text_of(portable(plain_svg(found, drawing), theme))


def plain_svg(found: BoundWalk, drawing: Drawing) -> str:
    """The page's picture without what a reader can press."""
    return render(_content(found, drawing), interactive=False)


def _content(found: BoundWalk, drawing: Drawing) -> dict[str, object]:
    shares = {node.vertex.id: found.shares(node.vertex) for node in drawing.nodes}
    return picture(drawing, found.prepared.symbols, _remarks(found, drawing), shares)


def page_picture(found: BoundWalk, drawing: Drawing) -> Picture:
    """The page's picture, and the same as data."""
    return Picture(svg(found, drawing), graph(found, drawing))


def graph(found: BoundWalk, drawing: Drawing) -> DrawnGraph:
    """The drawing as data."""
    folded = found.walk.folded
    return DrawnGraph(
        zoom=found.walk.zoom,
        folded=found.folded,
        boxes=found.boxes,
        direction=drawing.direction,
        width=drawing.width,
        height=drawing.height,
        step=drawing.step,
        total=found.walk.total,
        nodes=tuple(_node(found, node) for node in drawing.nodes),
        edges=tuple(_edge(edge) for edge in drawing.edges),
        frames=(
            *(_frame(frame, folded) for frame in drawing.frames),
            *(_closed(frame) for frame in drawing.closed),
        ),
        ghosts=tuple(
            GraphGhost(each.of, each.x, each.y, each.width, each.height) for each in drawing.ghosts
        ),
    )


def _closed(frame: ClosedFrame) -> GraphFrame:
    return GraphFrame(
        fold=frame.fold.id,
        kind=frame.fold.kind,
        open=False,
        opened=(),
        title=frame.fold.title,
        x=frame.left,
        y=frame.top,
        width=frame.width,
        height=frame.height,
    )


def _frame(frame: Frame, folded: Folded) -> GraphFrame:
    fold = next(each for each in (*folded.opened, *folded.loops) if each.id == frame.fold)
    return GraphFrame(
        fold=frame.fold,
        kind=frame.kind,
        open=True,
        opened=folded.opened_in(fold),
        title=frame.title,
        x=frame.left,
        y=frame.top,
        width=frame.width,
        height=frame.height,
    )


def _remark(found: BoundWalk, node: DrawnNode) -> str | None:
    """The remarks on a node, for as much of it as is computed."""
    known = [("forward", node.value), ("backward", node.partial)]
    return found.remark(node.vertex, *(phase for phase, array in known if array is not None))


def _remarks(found: BoundWalk, drawing: Drawing) -> dict[str, str]:
    said = {node.vertex.id: _remark(found, node) for node in drawing.nodes}
    return {key: words for key, words in said.items() if words is not None}


def _fold(fold: Fold | None) -> GraphFold | None:
    return None if fold is None else GraphFold(fold.id, fold.kind, fold.title, len(fold))


def _node(found: BoundWalk, node: DrawnNode) -> GraphNode:
    symbols = found.prepared.symbols
    own = node.vertex.node
    return GraphNode(
        id=node.vertex.id,
        name=node.name,
        kind=node.kind,
        line=node.line,
        shape=own.shape,
        sign=node.sign,
        label=Label(text=symbols.said(own), latex=symbols.of(own)),
        formula=None
        if node.formula is None
        else Label(latex=node.formula[0], text=node.formula[1]),
        x=node.x,
        y=node.y,
        width=node.plate.width,
        height=node.plate.height,
        value=brief(node.value),
        partial=brief(node.partial),
        summary=summary(node.value),
        partial_summary=summary(node.settled),
        rounding=_rounding(node),
        state=node.state,
        fold=_fold(node.fold),
        remark=_remark(found, node),
    )


def _rounding(node: DrawnNode) -> Mask | None:
    if node.partial is None or node.settled is None or brief(node.partial) is None:
        return None
    return negligible((node.partial != 0) & (node.settled == 0))


def _edge(edge: DrawnEdge) -> GraphEdge:
    return GraphEdge(
        id=edge.link.id,
        source=f"n{edge.link.source.id}",
        target=f"n{edge.link.use.id}",
        path=edge.path,
        label=None if edge.label_at is None else Point(*edge.label_at),
        local=LocalDerivative(edge.local_text, edge.local_latex, edge.local),
        contribution=None if edge.contribution is None else brief(edge.contribution.value),
        size=edge.size,
        state=edge.state,
    )

"""The graph at a step in Graphviz's language, for anyone's own Graphviz; needs no layout."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from backstep.autodiff.zoom import Edge, Vertex
from backstep.drawing.cascade import Cascade, Theme
from backstep.drawing.content import (
    Direction,
    EdgeContent,
    Moment,
    carried_size,
    carried_text,
    edge_contents,
    edge_label,
    sign_of,
)
from backstep.drawing.typefaces import SYSTEM
from backstep.formula.text_runs import Runs, label
from backstep.layout.edge_numbers import figure
from backstep.layout.plates import UNKNOWN, has_partial, norm
from backstep.notation.figures import alike, short
from backstep.ops.row import Array
from backstep.walk import Fold, kind_of
from backstep.walk.walk_for import BoundWalk

_LISTED = 4
"""Rows and columns up to which a tensor's elements are written out."""
_WIDTHS = (0.9, 0.9, 1.3, 1.8, 2.4, 3.1)
"""Widths of lines by the size of what they carry back."""
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def dot(found: BoundWalk, direction: Direction, step: int, theme: Theme = "light") -> str:
    """The graph at a step: a table a node, with name, value and partial; on each edge its local
    derivative, and what it carries back while that is the step; open folds as clusters."""
    return "\n".join(_Writer(found, step, theme).lines(direction)) + "\n"


class _Writer:
    """Writes the statements of one graph."""

    def __init__(self, found: BoundWalk, step: int, theme: Theme) -> None:
        self._found = found
        self._symbols = found.prepared.symbols
        self._moment = Moment(found.walk, step)
        self._step = step
        self._colour = Cascade(theme, SYSTEM.properties)

    def lines(self, direction: Direction) -> Iterator[str]:
        """The statements, one a line."""
        walk = self._found.walk
        said = f"Computation graph of {self._symbols.said(self._symbols.loss)}, step {self._step}"
        font = {"fontname": "Helvetica", "fontsize": "12"}
        yield "digraph {"
        yield _statement(
            "graph",
            {"rankdir": direction, "tooltip": f"{said} of {walk.total}", **font}
            | {"bgcolor": self._of("surface"), "fontcolor": self._of("ink-soft")},
        )
        yield _statement("node", {"shape": "box", **font, "fontcolor": self._of("ink")})
        yield _statement("edge", {"arrowsize": "0.7", **font, "fontcolor": self._of("ink-soft")})
        drawn: set[str] = set()
        outer = {inner.id for fold in walk.folded.opened for inner in fold.inside}
        for fold in walk.folded.opened:
            if fold.id not in outer:
                yield from self._cluster(fold, drawn)
        for vertex in walk.view.vertices:
            if vertex.id not in drawn:
                yield "  " + self._node(vertex)
        contents = edge_contents(walk)
        for vertex in walk.view.vertices:
            for link in vertex.links:
                yield "  " + self._edge(link, contents[link.id])
        yield "}"

    def _cluster(self, fold: Fold, drawn: set[str]) -> Iterator[str]:
        """A fold with the folds in it; a node stands in the innermost."""
        folded = self._found.walk.folded
        yield f"subgraph cluster_{fold.id} {{"
        style = {"style": "rounded,filled", "color": self._of("line-strong")}
        yield _statement("graph", {"label": fold.title, "fillcolor": self._of("frame"), **style})
        opened = {each.id: each for each in folded.opened}
        for inner in fold.inside:
            if inner.id in opened:
                yield from self._cluster(opened[inner.id], drawn)
        for vertex in folded.within(fold):
            if vertex.id not in drawn:
                drawn.add(vertex.id)
                yield "  " + self._node(vertex)
        yield "}"

    def _node(self, vertex: Vertex) -> str:
        symbols, moment = self._symbols, self._moment
        kind = kind_of(vertex, symbols)
        sign = sign_of(self._found.prepared.definition, kind, vertex, symbols)
        name = symbols.name(vertex.node)
        said = symbols.said(vertex.node)
        forward, backward = moment.forward.get(vertex.id), moment.backward.get(vertex.id)
        rows = [
            f'<TR><TD ALIGN="LEFT">{_runs(label(name, symbols.version(vertex.node)))}</TD>'
            f'<TD ALIGN="RIGHT">{self._font("ink-faint", escape(sign), 10)}</TD></TR>'
            if name is not None
            else f'<TR><TD COLSPAN="2">{escape(sign)}</TD></TR>',
            self._row("", None if forward is None else forward.array, "value-text"),
        ]
        if has_partial(kind):
            symbol = f"∂{symbols.said(symbols.loss)}/∂{said}" if name is not None else ""
            partial = None if backward is None else backward.settled
            rows.append(self._row(symbol, partial, "partial-text"))
        remark = self._found.remark(
            vertex,
            *(phase for phase, done in (("forward", forward), ("backward", backward)) if done),
        )
        return _statement(
            vertex.id,
            {
                "label": _Html(
                    f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{"".join(rows)}</TABLE>'
                ),
                "tooltip": said if remark is None else f"{said}: {remark}",
                **self._look(vertex, kind, name is not None),
            },
        )

    def _look(self, vertex: Vertex, kind: str, named: bool) -> dict[str, str]:
        """A node's shape and colours in its state."""
        state = self._moment.node(vertex)
        current = self._moment.current
        line, fill, wide = "ink-faint", "param-fill" if kind == "param" else "surface", "1.2"
        if state == "waiting":
            line, wide = "line-strong", "0.8"
        elif state == "current" and current is not None and current.phase == "forward":
            line, fill, wide = "value", "value-fill", "2.4"
        elif state == "current":
            line, fill, wide = "partial", "current-fill", "2.4"
        dashed = ",dashed" if kind == "const" else ""
        look = {
            "style": f"rounded,filled{dashed}" if named else f"filled{dashed}",
            "color": self._of(line),
            "fillcolor": self._of(fill),
            "penwidth": wide,
        }
        if not named:
            look["shape"] = "ellipse"
        if vertex.id in self._moment.closed:
            look["peripheries"] = "2"
        return look

    def _row(self, symbol: str, array: Array | None, colour: str) -> str:
        known = array is not None
        figures = (
            '<BR ALIGN="RIGHT"/>'.join(map(escape, _figures(array)))
            if array is not None
            else UNKNOWN
        )
        shown = self._font(
            colour if known else "ink-faint", f"<B>{figures}</B>" if known else figures
        )
        left = self._font("ink-soft", escape(symbol), 10) if symbol else ""
        return f'<TR><TD ALIGN="LEFT">{left}</TD><TD ALIGN="RIGHT" BALIGN="RIGHT">{shown}</TD></TR>'

    def _edge(self, link: Edge, content: EdgeContent) -> str:
        moment = self._moment
        source, use = f"n{link.source.id}", f"n{link.use.id}"
        state = moment.edge(link)
        carries = source in moment.backward
        symbols = self._symbols
        name = f"∂{symbols.said(link.use)}/∂{symbols.said(link.source)}"
        local = "" if content.local is None or not carries else f" = {figure(content.local)}"
        shown = edge_label(content, symbols.all)
        if local == f" = {''.join(run.text for run in shown)}":
            local = ""
        texts = [_runs(shown) + escape(local)]
        look = {"color": self._of("ink-faint"), "penwidth": "1.2"}
        if carries:
            size = carried_size(content.contribution)
            look = {"color": self._of("partial"), "penwidth": str(_WIDTHS[size]), "dir": "back"}
            if size == 0:
                look["style"] = "dotted"
            told = carried_text(content.contribution) if state == "current" else None
            if told is not None:
                texts.append(self._font("partial-text", f"<B>{escape(' '.join(told))}</B>"))
        elif state == "waiting":
            look = {"color": self._of("line-strong"), "penwidth": "0.9"}
        elif state == "current":
            look = {"color": self._of("value"), "penwidth": "2.4"}
        lines = "<BR/>".join(text for text in texts if text)
        tooltip = f"{name}: {content.text}{local}" if content.text else name
        given: dict[str, str] = {"label": _Html(lines)} if lines else {}
        return _statement(f"{source} -> {use}", {**given, "tooltip": tooltip, **look})

    def _font(self, colour: str, text: str, size: int = 12) -> str:
        return f'<FONT COLOR="{self._of(colour)}" POINT-SIZE="{size}">{text}</FONT>'

    def _of(self, meaning: str) -> str:
        return self._colour.literal(f"var(--{meaning})")


class _Html(str):
    """A label in Graphviz's HTML, which stands in angle brackets instead of quotes."""


def _statement(of: str, attributes: Mapping[str, str]) -> str:
    return f"{of} [{', '.join(f'{name}={_written(each)}' for name, each in attributes.items())}]"


def _written(value: str) -> str:
    if isinstance(value, _Html):
        return f"<{_NOT_IN_XML.sub('□', value)}>"
    plain = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{plain}"'


def _runs(runs: Runs) -> str:
    shown = []
    for run in runs:
        text = escape(run.text)
        text = f"<I>{text}</I>" if run.italic else text
        tag = {1: "SUP", -1: "SUB"}.get(run.rise)
        shown.append(text if tag is None else f"<{tag}>{text}</{tag}>")
    return "".join(shown)


def _figures(array: Array) -> Sequence[str]:
    """A number, the rows of a small tensor, or the norm of a larger one."""
    if array.shape == ():
        return [short(float(array))]
    if array.ndim > 2 or not array.size or max(array.shape) > _LISTED:
        return [f"‖{short(norm(array))}‖" if array.size else UNKNOWN]
    cells, power = alike([float(each) for each in array.flat])
    columns = array.shape[-1] if array.ndim == 2 else 1
    rows = ["  ".join(cells[at : at + columns]) for at in range(0, len(cells), columns)]
    return [*rows, power] if power else rows

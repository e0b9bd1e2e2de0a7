"""The columns and heights of a drawing by Graphviz.

Graphviz runs twice: first for the column of every box, so that links are short; then, with every
label and every link's passage through a column as a node of its own, for the heights.
"""

from __future__ import annotations

import resource
import signal
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any, Literal

import graphviz
import orjson

from backstep.errors import Diagnostic, TimeUp, Unavailable
from backstep.layout.columns import LABEL_GAP, Block, Ends, Sizes, Stop, Thread
from backstep.layout.ranks import straightness
from backstep.limits import LIMITS

_INCH = 72.0
"""Graphviz's points in an inch; one pixel is one point."""
_BETWEEN = 6.0
"""Pixels that Graphviz keeps between neighbours of a column."""
_MARGIN = 4.0
"""Added around a box, so that boxes are further apart than passing links are."""
_CIRCLE_MARGIN = 1.0
"""The same for a circle with text below, which has room of its own."""
_PASSAGE = 2.0
"""The height of a link without a label in a column."""
_STRAIGHT = (1, 2, 8)
"""Weight of a straight piece of a link, by how many of its ends are not boxes."""
_EFFORT = {"nslimit": "1"}
"""Graphviz's bound on the work of straightening, as a multiple of its nodes."""
_LITTLE_EFFORT = {"nslimit": "0.2", "mclimit": "0.3"}
"""The same, with fewer rounds against crossings, for a graph that would take seconds."""
_LARGE = 2000
"""Nodes and edges from which on a graph is large; nets of 300 boxes have 1,400."""
_HANGING = 10
"""How many times its processor time a program may take of wall time."""
_MIRRORED = 400
"""Graphviz's nodes up to which the mirror image is tried as well."""


class Arrangement:
    """Columns and heights, by Graphviz. Internally the graph always runs from top to bottom.

    The links must be free of cycles. Raises TimeUp past the time limit, and Unavailable if Graphviz
    fails. `ranks`, if there are any, replace those that Graphviz would choose.
    """

    def __init__(
        self,
        sizes: Sizes,
        ends: Ends,
        level: bool,
        system: bool,
        ranks: Sequence[int] | None = None,
    ) -> None:
        self.sizes = sizes
        self.ends = ends
        self.level = level
        self.system = system
        if not system:
            from backstep.layout import graphviz_wasm  # loading it takes a while

            graphviz_wasm.ready()  # once a process, and not counted as a layout's time
        self.until = _spent() + LIMITS.layout_seconds
        self.ranks = self._ranks() if ranks is None else list(ranks)
        self.gaps = self._label_gaps()
        labelled = set(self.gaps.values())
        # Columns: the boxes of each rank, then the labels of the gap after it, if there are any.
        self.column_of_rank = [
            rank + sum(gap < rank for gap in labelled) for rank in range(max(self.ranks) + 1)
        ]

    def blocks_and_threads(self) -> tuple[list[Block], list[Thread]]:
        """The boxes and the links that pass between them, column by column."""
        middles = self._best_middles()
        blocks = []
        for index, box in enumerate(self.sizes):
            along, across = self._turned(box)
            circle = box[2]
            aim = middles[f"n{index}"]
            start = aim - across / 2
            if circle and self.level:
                aim -= self._circle_width(box) / 4
                start = aim - circle / 2
            column = self.column_of_rank[self.ranks[index]]
            blocks.append(Block(column, start, along, across, aim, circle))
        threads = []
        for index, (tail, head, *size) in enumerate(self.ends):
            along, across = self._turned(size)
            stops = []
            for column in self._passed(index):
                lane = middles[_stop(index, column)]
                labelled = self._has_label(index, column)
                if labelled:
                    lane += (across + LABEL_GAP) / 2 * (1 if self.level else -1)
                stops.append(Stop(column, column, lane, labelled))
            threads.append(Thread(tail, head, tuple(stops), along, across))
        return blocks, threads

    def _turned(self, size: Sequence[float]) -> tuple[float, float]:
        """A size as (along, across)."""
        return (size[0], size[1]) if self.level else (size[1], size[0])

    def _passed(self, index: int) -> range:
        tail, head = self.ends[index][:2]
        return range(
            self.column_of_rank[self.ranks[tail]] + 1, self.column_of_rank[self.ranks[head]]
        )

    def _has_label(self, index: int, column: int) -> bool:
        gap = self.gaps.get(index)
        return gap is not None and column == self.column_of_rank[gap] + 1

    def _ranks(self) -> list[int]:
        """The rank of every box, with the least total length of links: Graphviz's first phase."""
        lines = [f"n{index}" for index in range(len(self.sizes))]
        lines += [f"n{tail} -> n{head}" for tail, head, *_ in self.ends]
        found = [int(node["rank"]) for node in self._run(lines, phase="1")]
        order = {rank: place for place, rank in enumerate(sorted(set(found)))}
        return [order[rank] for rank in found]

    def _label_gaps(self) -> dict[int, int]:
        """The rank after which each label lies: one where it fits, else near the link's middle."""
        widest: dict[int, float] = defaultdict(float)
        gaps: dict[int, int] = {}

        def span(index: int) -> int:
            tail, head = self.ends[index][:2]
            return self.ranks[head] - self.ranks[tail]

        for index in sorted(range(len(self.ends)), key=span):
            tail, head, *size = self.ends[index]
            if min(size) <= 0:
                continue
            along = self._turned(size)[0]
            first, last = self.ranks[tail], self.ranks[head]
            gaps[index] = min(
                range(first, last),
                key=lambda gap, along=along, middle=(first + last - 1) / 2: (  # type: ignore[misc]
                    max(0.0, along - widest[gap]),
                    abs(gap - middle),
                    gap,
                ),
            )
            widest[gaps[index]] = max(widest[gaps[index]], along)
        return gaps

    def _best_middles(self) -> dict[str, float]:
        """The positions across of boxes, labels and passages; boxes defined first come first.

        Graphviz does not distinguish a graph and its mirror image, so both are tried unless that
        would take long.
        """
        middles = self._middles(1)
        disorder = self._disorder(middles)
        if disorder > 0 and len(middles) <= _MIRRORED:
            mirrored = self._middles(-1)
            if self._disorder(mirrored) < disorder:
                return mirrored
        return middles

    def _disorder(self, middles: Mapping[str, float]) -> int:
        """Pairs in a column against the order of their boxes, minus pairs in that order."""
        columns: dict[int, list[float]] = defaultdict(list)
        for index, rank in enumerate(self.ranks):
            columns[rank].append(middles[f"n{index}"])
        return sum(
            1 if first > second else -1
            for column in columns.values()
            for first, second in combinations(column, 2)
        )

    def _middles(self, sign: Literal[1, -1]) -> dict[str, float]:
        """The positions with every link as a chain of nodes; mirrored if the sign is -1."""
        lines = []
        for index, box in enumerate(self.sizes):
            if box[2] and self.level:
                # A record of two equal halves: links go to the middle of the first.
                halves = "<p>|" if sign > 0 else "|<p>"
                width = self._circle_width(box) / _INCH
                lines.append(f'n{index} [shape=record margin=0 label="{halves}" width={width:.4f}]')
            else:
                width = (self._turned(box)[1] + 2 * _MARGIN) / _INCH
                lines.append(f"n{index} [width={width:.4f}]")
        weights = self._weights()
        side = "e" if self.level == (sign > 0) else "w"
        for index, (tail, head, *size) in enumerate(self.ends):
            here, stops = self._port(tail, "s"), 0
            for column in self._passed(index):
                name = _stop(index, column)
                labelled = self._has_label(index, column)
                width = self._turned(size)[1] + LABEL_GAP if labelled else _PASSAGE
                weight = weights[index] * _STRAIGHT[stops + 1]
                lines.append(f"{name} [width={width / _INCH:.4f}]")
                port = f"{name}:n{side}" if labelled else name
                lines.append(f"{here} -> {port} [weight={weight}]")
                here, stops = f"{name}:s{side}" if labelled else name, 1
            weight = weights[index] * _STRAIGHT[stops]
            lines.append(f"{here} -> {self._port(head, 'n')} [weight={weight}]")
        effort = _EFFORT if len(lines) <= _LARGE else _LITTLE_EFFORT
        nodes = self._run(lines, nodesep=f"{_BETWEEN / _INCH:.4f}", ranksep="0.05", **effort)
        return self._in_order(
            {node["name"]: sign * float(node["pos"].partition(",")[0]) for node in nodes}
        )

    def _in_order(self, middles: Mapping[str, float]) -> dict[str, float]:
        """The same positions, with boxes that are interchangeable in the order of definition."""
        between: dict[tuple[int, int], list[tuple[float, int, int]]] = defaultdict(list)
        joined: dict[int, list[tuple[int, int, float, int]]] = defaultdict(list)
        for link, (tail, head, *size) in enumerate(self.ends):
            label = (self._turned(size)[1], self.gaps.get(link, -1))
            between[tail, head].append((*label, link))
            joined[tail].append((1, head, *label))
            joined[head].append((0, tail, *label))
        alike: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for index, box in enumerate(self.sizes):
            links = tuple(sorted(joined[index]))
            alike[self.ranks[index], self._turned(box)[1], box[2], links].append(index)
        instead: dict[int, int] = {}
        for group in alike.values():
            by_place = sorted(group, key=lambda index: middles[f"n{index}"])
            instead.update(zip(group, by_place, strict=True))
        moved = {f"n{index}": middles[f"n{other}"] for index, other in instead.items()}
        for (tail, head), ours in between.items():
            theirs = between[instead[tail], instead[head]]
            for (*_, link), (*_, other) in zip(sorted(ours), sorted(theirs), strict=True):
                for column in self._passed(link):
                    moved[_stop(link, column)] = middles[_stop(other, column)]
        return moved

    def _port(self, index: int, side: str) -> str:
        return f"n{index}:p:{side}" if self.sizes[index][2] and self.level else f"n{index}"

    def _circle_width(self, size: Sequence[float]) -> float:
        """A width with the circle's centre at its first quarter, and room for circle and text."""
        height, circle = size[1], size[2]
        return max(2 * circle + 4 * _CIRCLE_MARGIN, (height - circle / 2 + _CIRCLE_MARGIN) * 4 / 3)

    def _weights(self) -> list[int]:
        return straightness(self.ranks, [(tail, head) for tail, head, *_ in self.ends])

    def _run(self, lines: Sequence[str], **attributes: str) -> list[dict[str, Any]]:
        """The laid-out nodes of these statements, in order; they must not contain a user's text."""
        from backstep.layout import graphviz_wasm

        source = graphviz.Digraph(
            graph_attr={"splines": "none", **attributes},
            node_attr={
                "shape": "box",
                "label": "",
                "fixedsize": "true",
                "width": "0.05",
                "height": "0.05",
            },
            body=[f"{line}\n" for line in lines],
        ).source
        seconds = max(0.01, self.until - _spent())
        try:
            answer = (_run_system if self.system else graphviz_wasm.run)(source, seconds)
        except TimeoutError:
            raise TimeUp(
                Diagnostic(
                    "layout_time",
                    f"The drawing was not laid out in {LIMITS.layout_seconds:g} s.",
                    hint="Draw fewer nodes: fold blocks, or choose a coarser zoom.",
                )
            ) from None
        except graphviz_wasm.GraphvizFailed as error:
            raise Unavailable(
                Diagnostic("layout_failed", "The drawing could not be laid out."),
                details={"reason": str(error)[:200], "retry_after": 10},
            ) from error
        nodes: list[dict[str, object]] = orjson.loads(answer)["objects"]
        return nodes


def _spent() -> float:
    """Seconds of processor time of this thread and its child processes."""
    programs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.thread_time() + programs.ru_utime + programs.ru_stime


def _run_system(source: str, seconds: float) -> str:
    """As `graphviz_wasm.run`, by the system's own `dot`."""
    from backstep.layout import graphviz_wasm

    execute = graphviz.backend.execute
    # A process keeps its timers when it executes another program; this timer ends it.
    clock = partial(signal.setitimer, signal.ITIMER_PROF, seconds)
    try:
        done = execute.run_check(
            ["dot", "-Kdot", "-Tjson0"],
            input=source.encode(),
            capture_output=True,
            timeout=seconds * _HANGING,
            preexec_fn=clock,
            quiet=True,
        )
    except execute.subprocess.TimeoutExpired:
        raise TimeoutError(f"no layout in {seconds * _HANGING:g} s") from None
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError) as error:
        if getattr(error, "returncode", 0) == -signal.SIGPROF:
            raise TimeoutError(f"no layout in {seconds:g} s") from None
        raise graphviz_wasm.GraphvizFailed(str(error)) from None
    return str(done.stdout.decode())


def _stop(link: int, column: int) -> str:
    return f"s{link}_{column}"

"""Which nodes belong together: blocks opened and closed while the graph grows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backstep.errors import Span
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.lang.compile.definition import Argument, Block, BlockKind


@dataclass(slots=True)
class Opened:
    """A block while its nodes are built."""

    id: int
    kind: BlockKind
    title: str
    parent: int | None
    start: int
    span: Span
    pass_: int | None = None
    arguments: tuple[Argument, ...] = ()
    output: Node | None = None


@dataclass(slots=True)
class Blocks:
    """The blocks of a graph, outer before inner."""

    graph: Graph
    closed: list[Block | None] = field(default_factory=list)
    open: list[Opened] = field(default_factory=list)

    @contextmanager
    def block(
        self,
        kind: BlockKind,
        title: str,
        span: Span,
        pass_: int | None = None,
        arguments: tuple[Argument, ...] = (),
    ) -> Iterator[Opened]:
        """Collect everything that is built inside into one block; an empty block is dropped."""
        parent = self.open[-1].id if self.open else None
        start = len(self.graph.nodes)
        opened = Opened(len(self.closed), kind, title, parent, start, span, pass_, arguments)
        self.closed.append(None)
        self.open.append(opened)
        try:
            yield opened
        finally:
            self.open.pop()
            self._close(opened)

    def _close(self, opened: Opened) -> None:
        made = tuple(range(opened.start, len(self.graph.nodes)))
        if not made:
            # It holds no inner block either, so it is the last one.
            self.closed.pop()
            return
        inside = opened.output is not None and opened.output.id >= opened.start
        self.closed[opened.id] = Block(
            opened.id,
            opened.kind,
            opened.title,
            opened.parent,
            made,
            opened.output if inside else None,
            opened.span,
            opened.pass_,
            opened.arguments,
        )

    def all(self) -> tuple[Block, ...]:
        """Every block that holds a node, in the order of their ids."""
        return tuple(block for block in self.closed if block is not None)

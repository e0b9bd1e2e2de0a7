"""What a message calls a node: its name, the formula as it was typed, or the call that contains it.

A call of several operations is quoted: nobody typed those. Decides no message.
"""

from __future__ import annotations

from backstep.binding.bind import BoundModel
from backstep.errors import Span
from backstep.formula.board import Shown, brief
from backstep.formula.operations import FromGraph
from backstep.formula.tree import Formula, Sym
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Block
from backstep.lang.syntax.tokens import split_lines
from backstep.ops import TABLE
from backstep.ops.row import ATOM

_LONGEST = 60
"""Characters of a call that is quoted; of a longer one its beginning is."""


class NodeNames:
    """The nodes of one definition, in the words of its text, written by `writer`."""

    def __init__(self, prepared: BoundModel, writer: Shown | None = None) -> None:
        named = prepared.symbols.formulas
        self._writer = writer or Shown()
        self._lines = split_lines(prepared.definition.source)
        self._calls: dict[int, Block] = {}
        self._shown: dict[int, Formula] = dict(named)
        for block in prepared.definition.blocks:
            # An outer block is listed before the inner ones, which are part of it.
            if block.arguments and block.output is not None and block.nodes[0] not in self._calls:
                self._calls |= dict.fromkeys(block.nodes, block)
                quoted = self._quoted(block.span)
                if block.output.id not in self._shown:
                    self._shown[block.output.id] = Sym(quoted, size=block.output.shape)
                    self._writer.know(self._shown[block.output.id], (quoted, ATOM))
        self._formulas = FromGraph(lambda node: self._shown.get(node.id))
        self._inside = FromGraph(lambda node: named.get(node.id))

    def hidden(self, node: Node) -> bool:
        """Whether the node is a step inside a call, and not its result."""
        return node.id in self._calls and node.id not in self._shown

    def describe(self, node: Node) -> str:
        """The node, for use in a sentence."""
        if not self.hidden(node):
            return self._writer.write(brief(self._formulas.of(node)))
        call = self._calls[node.id]
        inside = f"inside {self._quoted(call.span)}"
        own = self._writer.write(brief(self._inside.of(node)))
        moves = (
            part.op
            for part in ancestors([node])
            if part.id in call.nodes and TABLE[part.op].work == 0
        )
        if any(f"{op}(" in own for op in moves):
            return f"a step {inside}"
        return f"{own}, {inside},"

    def _quoted(self, span: Span) -> str:
        lines = self._lines[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        text = " ".join(" ".join(lines).split())
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

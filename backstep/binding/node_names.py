"""What a message calls a node: its name, the formula as it was typed, or the call it is inside of.

A call that is made of several operations is quoted: nobody wrote those. Decides no message.
"""

from __future__ import annotations

from backstep.binding.bind import BoundModel
from backstep.errors import Span
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Block
from backstep.lang.syntax.tokens import split_lines
from backstep.notation.latex import TEXT, Printed, formula
from backstep.ops import TABLE
from backstep.ops.row import ATOM

_LONGEST = 60
"""Characters of a call that is quoted; of a longer one its beginning is."""


class NodeNames:
    """The nodes of one definition, in the words of its text."""

    def __init__(self, prepared: BoundModel) -> None:
        self._symbols = prepared.symbols
        self._lines = split_lines(prepared.definition.source)
        self._calls: dict[int, Block] = {}
        self._names = dict(prepared.symbols.text)
        for block in prepared.definition.blocks:
            # An outer block stands before the inner ones, which are part of it.
            if block.arguments and block.output is not None and block.nodes[0] not in self._calls:
                self._calls |= dict.fromkeys(block.nodes, block)
                self._names.setdefault(block.output.id, Printed(self._quoted(block.span), ATOM))

    def hidden(self, node: Node) -> bool:
        """Whether the node is a step inside a call, and not what the call gives."""
        return node.id in self._calls and node.id not in self._names

    def describe(self, node: Node) -> str:
        """The node in a sentence."""
        if node.id in self._names:
            return self._names[node.id].text
        if not self.hidden(node):
            return formula(node, self._names, TEXT).text
        call = self._calls[node.id]
        inside = f"inside {self._quoted(call.span)}"
        own = formula(node, self._symbols.text, TEXT).text
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

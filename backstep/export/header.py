"""The head of every file: the definition, its hash, versions, conventions, names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from backstep import __version__
from backstep.binding.bind import BoundModel
from backstep.export.comments import lines_of, printable
from backstep.export.finite import ALWAYS_SMOOTH, may_leave
from backstep.export.program import Operation, Program
from backstep.graph.order import ancestors
from backstep.ops import TABLE

_MOST_LINES = 400


def digest(source: str) -> str:
    """The SHA-256 of the definition's text."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def conventions(program: Program) -> list[str]:
    """The conventions at points without a derivative, for all operations of the program."""
    found: dict[str, None] = {}
    for node in ancestors([program.definition.loss]):
        done = Operation(node.op, node.inputs, node.params)
        if node.op in ALWAYS_SMOOTH and not may_leave(done):
            continue  # a square, a half
        for kink in TABLE[node.op].kinks:
            found[kink.words] = None
    if any("strong" in line.node.params for line in program.backward if line.node is not None):
        found["a partial of exactly 0 sends back exactly 0, whatever it meets"] = None
    return list(found)


def head(prepared: BoundModel, program: Program, renamed: Mapping[str, str]) -> list[str]:
    """The head's lines, which are safe in a comment."""
    source = prepared.definition.source
    lines = [
        f"Loss and gradients of a network, written by Backstep {__version__}.",
        f"The definition (SHA-256 {digest(source)}):",
    ]
    body = lines_of(source.strip("\n"))
    lines += [f"  {line}" for line in body[:_MOST_LINES]]
    if len(body) > _MOST_LINES:
        lines.append(f"  … and {len(body) - _MOST_LINES} more lines")
    changed = sorted(prepared.replaced)
    if changed:
        lines.append(f"Values other than the text's are in force of: {', '.join(changed)}.")
    words = conventions(program)
    if words:
        lines.append("Where there is no derivative:")
        lines += [f"  {each}." for each in words]
    if renamed:
        lines.append("Names that are called otherwise here:")
        lines += [f"  {name}: {other}" for name, other in renamed.items()]
    return [printable(line) for line in lines]

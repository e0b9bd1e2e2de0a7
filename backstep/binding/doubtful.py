"""Calls of losses whose arguments have values of another kind than the loss takes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.evaluate.numeric import GraphValues
from backstep.graph.node import Literal, Node
from backstep.lang.compile.definition import Block, Definition
from backstep.ops import FUNCTIONS, misuse
from backstep.ops.row import Array


def doubtful(definition: Definition, numbers: GraphValues) -> list[tuple[Diagnostic, Block]]:
    """Warnings of calls, based on the values in force, each with the call's block.

    Calls that the text alone shows to be wrong have been reported before.
    """
    said = {fault.span for fault in definition.warnings}
    found = []
    for block in definition.blocks:
        if block.kind != "function" or block.span in said:
            continue
        values = list(_arguments(block, numbers))
        if len(values) < 2:
            continue
        doubt = misuse.of_values(block.title, values[0], values[1])
        if doubt is not None:
            said.add(block.span)
            first = _first(block)
            logits = first is not None and misuse.may_be_logits(first)
            fixes = tuple(_renamed(block, name) for name, _ in doubt.meant) if logits else ()
            fault = Diagnostic(doubt.code, doubt.message, doubt.hint, block.span, fixes=fixes)
            found.append((fault, block))
    return found


def _first(block: Block) -> Node | Literal | None:
    """The call's first argument, by position or by name."""
    function = FUNCTIONS[block.title]
    first = function.parameters[0].name
    found = (value for name, value in block.arguments if name in (None, first))
    value = next(found, None)
    return value if isinstance(value, Node | Literal) else None


def _arguments(block: Block, numbers: GraphValues) -> Iterator[Array]:
    """The values of a call's tensors, in the order of the function's parameters."""
    function = FUNCTIONS.get(block.title)
    if function is None:
        return
    names = [parameter.name for parameter in function.parameters]
    given = {
        name or names[place]: value
        for place, (name, value) in enumerate(block.arguments)
        if name is not None or place < len(names)
    }
    for name in names:
        value = given.get(name)
        if isinstance(value, Node):
            yield numbers.value(value)
        elif isinstance(value, Literal):
            yield np.asarray(float(value))


def _renamed(block: Block, name: str) -> Fix:
    """The fix that calls another loss with the same arguments."""
    start = block.span
    end = start.column + len(block.title)
    at = Span(start.line, start.column, start.line, end)
    return Fix(f"Write {name} for {block.title}", (Edit.at(at, name),))

"""A definition's own text, with the values in force in place of the written ones."""

from __future__ import annotations

import numpy as np

from backstep.binding.bind import BoundModel, bind
from backstep.errors import Diagnostic, LimitError, RequestError
from backstep.export.numbers import listed
from backstep.lang.compile.definition import Leaf
from backstep.lang.syntax.lines import logical_lines
from backstep.lang.syntax.tokens import split_lines
from backstep.limits import LIMITS


def definition_file(prepared: BoundModel) -> str:
    """The text, which compiles to exactly the values in force.

    Raises RequestError for a value that the language cannot write (a non-finite one, a layer's
    weights), and LimitError for a text that would be too long to compile.
    """
    source = prepared.definition.source
    replaced = [leaf for leaf in prepared.definition.leaves if leaf.name in prepared.replaced]
    lines: list[str | None] = list(split_lines(source))
    for leaf in replaced:
        _replace(lines, source, leaf, _value(prepared, leaf))
    text = "\n".join(line for line in lines if line is not None).rstrip("\n") + "\n"
    if replaced:
        _admit(text)
        again = bind(text)
        assert all(
            np.array_equal(value, again.leaves[name]) for name, value in prepared.leaves.items()
        )
    return text


def _value(prepared: BoundModel, leaf: Leaf) -> str:
    value = prepared.leaves[leaf.name]
    if not np.isfinite(value).all():
        raise _refused(leaf, "is not finite, and the language has no word for that")
    if "." in leaf.name:
        raise _refused(leaf, "belongs to a layer, whose weights a text cannot write")
    return listed(value, _number, 4)


def _number(value: float) -> str:
    text = repr(value)
    return text.removesuffix(".0")


def _refused(leaf: Leaf, why: str) -> RequestError:
    message = f"the value given for '{leaf.name}' {why}"
    return RequestError(Diagnostic("not_in_language", message, pointer="/target"))


def _replace(lines: list[str | None], source: str, leaf: Leaf, value: str) -> None:
    """Replace the leaf's declaration by one with a value."""
    line = next(
        each
        for each in logical_lines(source)
        if each.number <= leaf.span.line < each.number + len(each.texts)
    )
    name = next(
        str(token) for token in line.tokens if token.line == leaf.span.line and token.type == "NAME"
    )
    first = line.number - 1
    lines[first] = f"{line.indent}{leaf.role} {name} = {value}"
    for more in range(1, len(line.texts)):
        lines[first + more] = None


def _admit(text: str) -> None:
    measured = len(text.encode())
    if measured > LIMITS.source_bytes:
        message = f"with the values written out, the text has {measured:,} bytes"
        allowed = LIMITS.source_bytes
        raise LimitError(
            Diagnostic("source_bytes", f"{message}; {allowed:,} are allowed", "use another target"),
            details={"limit": "source_bytes", "measured": measured, "allowed": allowed},
        )

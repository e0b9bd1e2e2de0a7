"""A pasted text as a definition, by its notation, with remarks on how it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from backstep.binding.evaluation import Remark
from backstep.errors import Diagnostic
from backstep.importers.definition import Imported
from backstep.importers.latex import from_latex
from backstep.importers.printed import from_array
from backstep.importers.python import from_python

Notation = Literal["python", "array", "latex"]
"""What a pasted text is written in."""

_READERS: Mapping[Notation, Callable[[str], Imported]] = {
    "python": from_python,
    "array": from_array,
    "latex": from_latex,
}


@dataclass(frozen=True, slots=True)
class ImportedDefinition:
    """A definition that was read from another notation."""

    source: str
    """The definition's text, such as `input x = 2`."""
    warnings: Sequence[Remark]
    """What was assumed, read otherwise or left out; places are in the text that was sent."""


def imported(notation: Notation, text: str) -> ImportedDefinition:
    """The definition that a text amounts to. Raises PastedError and LimitError."""
    found = _READERS[notation](text)
    return ImportedDefinition(found.source, tuple(_remark(each) for each in found.warnings))


def _remark(fault: Diagnostic) -> Remark:
    said = fault.message if fault.hint is None else f"{fault.message}; {fault.hint}"
    line, column = (None, None) if fault.span is None else (fault.span.line, fault.span.column)
    return Remark(fault.code, said, None, line, column, ())

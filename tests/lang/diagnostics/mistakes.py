"""What is asked of a text with one mistake: its one fault, at its place. Holds no texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backstep.errors import DefinitionError, Diagnostic
from backstep.lang.syntax.tokens import split_lines

Mistake = tuple[str, str, str, str, str | None]
"""A text, and of its fault the code, what is underlined, the message and the hint."""


def faults_of(source: str, read: Callable[[str], object]) -> tuple[Diagnostic, ...]:
    """The faults that a text is refused with."""
    with pytest.raises(DefinitionError) as caught:
        read(source)
    return caught.value.faults


def underlined(source: str, fault: Diagnostic) -> str:
    """The text that the caret stands under."""
    assert fault.span is not None
    line = split_lines(source)[fault.span.line - 1]
    assert fault.span.end_line == fault.span.line
    return line[fault.span.column - 1 : fault.span.end_column - 1]


def each(mistakes: list[Mistake]) -> pytest.MarkDecorator:
    """A test of `mistake`, for each of them; it is called after the text's last line."""
    names = [source.splitlines()[-1][:30] for source, *_ in mistakes]
    return pytest.mark.parametrize("mistake", mistakes, ids=names)


def hold(mistake: Mistake, read: Callable[[str], object]) -> None:
    """Raises AssertionError where the text's fault is not the one, or not at its place."""
    source, code, place, message, hint = mistake
    (fault,) = faults_of(source, read)
    assert (fault.code, fault.message, fault.hint) == (code, message, hint)
    assert underlined(source, fault) == place

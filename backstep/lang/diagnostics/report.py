"""A diagnostic as text: message, the line itself, a caret under the place, the hint."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

from backstep.errors import Diagnostic
from backstep.lang.syntax.tokens import split_lines

_WIDTH = 106


def format_faults(source: str, faults: Iterable[Diagnostic]) -> str:
    """All diagnostics, an empty line between them."""
    return "\n\n".join(format_fault(source, fault) for fault in faults)


def format_fault(source: str, fault: Diagnostic) -> str:
    """The diagnostic in three lines, or in one if it has no place in the text."""
    if fault.span is None:
        hint = f" ({fault.hint})" if fault.hint else ""
        return f"{fault.message}{hint}"
    span = fault.span
    head = f"line {span.line}, column {span.column}: "
    message = textwrap.fill(
        fault.message,
        width=_WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines = split_lines(source)
    text = lines[span.line - 1] if span.line <= len(lines) else ""
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    text, start, end = _window(text, span.column - 1, end)
    pad = "".join(map(_blank, text[:start]))
    carets = "^" * max(1, sum(map(_columns, text[start:end])))
    number = f"{span.line:>3}"
    below = f"{'':>{len(number)}} | {pad}{carets} {_plain(fault.hint or '')}"
    return "\n".join((message, f"{number} | {_plain(text)}".rstrip(), below.rstrip()))


def _plain(text: str) -> str:
    return "".join(character if _shown(character) else "\ufffd" for character in text)


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long line around a span, and the span within it."""
    if len(text) <= _WIDTH:
        return text, start, end
    left = max(0, start - _WIDTH // 2)
    right = min(len(text), left + _WIDTH)
    before, after = "…" if left else "", "…" if right < len(text) else ""
    shift = len(before) - left
    return before + text[left:right] + after, start + shift, min(end, right) + shift


def _shown(character: str) -> bool:
    """Whether a character may be in a report: nothing that moves the cursor or can't be sent."""
    return character == "\t" or unicodedata.category(character) not in (
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    )


def _columns(character: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _blank(character: str) -> str:
    return "\t" if character == "\t" else " " * _columns(character)

"""Texts and their differences: applying edits, finding them between two texts, offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from backstep.errors import Edit, Span
from backstep.lang.syntax.tokens import split_lines

_LINE_END = re.compile(r"\r\n|\r|\n")
_PART = re.compile(r"\w+|\s|.", re.DOTALL)
_MOST_COMPARED = 12_000
"""Pairs of parts that are compared; a longer change is one edit, or one for each line.

To match parts that are much alike takes the cube of their number.
"""


class Sheet:
    """A text with its lines, as an editor counts them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = split_lines(source)
        first = len(source) - len(source.removeprefix("\ufeff"))
        self._starts = [first, *(each.end() for each in _LINE_END.finditer(source))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column in the text; past a line's end, that of its end."""
        number = min(max(line, 1), len(self.lines)) - 1
        return self._starts[number] + min(column - 1, len(self.lines[number]))

    def text(self, span: Span) -> str:
        """The text of a span."""
        start = self.offset(span.line, span.column)
        return self.source[start : self.offset(span.end_line, span.end_column)]

    def span(self, start: int, end: int) -> Span:
        """The span from one offset to another."""
        return Span(*self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._starts[middle] <= offset else (low, middle)
        return low + 1, offset - self._starts[low] + 1


def applied(source: str, edits: Iterable[Edit]) -> str:
    """The text with edits applied; they do not overlap."""
    sheet = Sheet(source)
    places = [
        (sheet.offset(e.line, e.column), sheet.offset(e.end_line, e.end_column), e.text)
        for e in edits
    ]
    # From the last to the first; at one place, the one that is last in order first.
    places.sort(key=lambda each: each[:2])
    for start, end, text in places[::-1]:
        source = source[:start] + text + source[end:]
    return source


def difference(source: str, changed: str) -> tuple[Edit, ...]:
    """Edits that turn one text into the other, none larger than it must be."""
    sheet = Sheet(source)
    start = _common(source, changed)
    end = _common(source[start:][::-1], changed[start:][::-1])
    old, new = source[start : len(source) - end], changed[start : len(changed) - end]
    if "\n" in old and not source.startswith("\ufeff") and "\r" not in source:
        before, after = source.split("\n"), changed.split("\n")
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            return tuple(
                Edit(number, edit.column, number, edit.end_column, edit.text)
                for number, (line, other) in enumerate(pairs, start=1)
                if line != other
                for edit in difference(line, other)
            )
    left, right = _PART.findall(old), _PART.findall(new)
    if len(left) * len(right) > _MOST_COMPARED:
        return (Edit.at(sheet.span(start, start + len(old)), new),)
    edits = []
    at = [0]
    for part in left:
        at.append(at[-1] + len(part))
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            span = sheet.span(start + at[a], start + at[b])
            edits.append(Edit.at(span, "".join(right[c:d])))
    return tuple(edits)


def _common(left: str, right: str) -> int:
    """How many characters two texts have in common at their start."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if left[:middle] == right[:middle] else (low, middle - 1)
    return low

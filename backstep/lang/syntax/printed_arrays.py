"""Arrays as NumPy prints them, without commas: found among a line's tokens.

[[ 1.62 -0.61]
 [-0.52 -1.07]]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.lang.syntax.tokens import behind, span_of
from backstep.limits import LIMITS

_SIGNS = ("PLUS", "MINUS")
_PARTS = frozenset({"NUMBER", "LSQB", "RSQB", "COMMA", *_SIGNS})


@dataclass(frozen=True, slots=True)
class PrintedArray:
    """A list of nothing but numbers in which commas are missing.

    `start` and `end` are its brackets' positions among the tokens; `gaps` those of the tokens
    before which a comma is missing. It is `certain` if it can't be read otherwise: `[1 2]` and rows
    on lines of their own. `[1.6 -0.6]` could be a difference, and is an array by its spacing: a
    space before the sign and none after it, as NumPy prints it and nobody types a difference.
    """

    start: int
    end: int
    gaps: tuple[int, ...]
    certain: bool

    def span(self, tokens: Sequence[Token]) -> Span:
        """Its span in the text."""
        return span_of(tokens[self.start]).to(span_of(tokens[self.end]))

    def edits(self, tokens: Sequence[Token]) -> tuple[Edit, ...]:
        """The edits that insert the commas."""
        return tuple(Edit.at(behind(tokens[gap - 1]), ",") for gap in self.gaps)


def printed_arrays(tokens: Sequence[Token]) -> Iterator[PrintedArray]:
    """The arrays among the tokens that lack commas, in order; none is inside another."""
    place = 0
    while place < len(tokens):
        after_value = place > 0 and tokens[place - 1].type in ("NAME", "NUMBER", "RPAR", "RSQB")
        end = _closing(tokens, place) if tokens[place].type == "LSQB" and not after_value else None
        if end is None:
            place += 1
            continue
        found = _printed(tokens, place, end)
        if found is not None:
            yield found
        place = end + 1


def with_commas(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens, with the missing commas of printed arrays."""
    gaps = {gap for each in printed_arrays(tokens) for gap in each.gaps}
    if not gaps:
        return tuple(tokens)
    made: list[Token] = []
    for place, token in enumerate(tokens):
        if place in gaps:
            at = behind(tokens[place - 1])
            end = tokens[place - 1].end_pos
            made.append(Token("COMMA", ",", end, *_corners(at), end))
        made.append(token)
    return tuple(made)


def read_as_arrays(tokens: Sequence[Token]) -> tuple[Diagnostic, ...]:
    """Warnings of arrays that could have been read otherwise, with a fix for either reading.

    As differences, or as a matrix whose rows are separated by line ends, as MATLAB has it.
    """
    found = []
    for each in printed_arrays(tokens):
        span = each.span(tokens)
        rows = _short_rows(tokens, each)
        if rows:
            count = len(each.gaps) + 1
            message = f"this is read as one vector of {count} elements, over {len(rows)} lines"
            fix = Fix("Put every line in brackets of its own", _bracketed(tokens, each, rows))
            hint = "a matrix has every row in brackets: [[1, 2], [3, 4]]"
            found.append(Diagnostic("printed_array", message, hint, span, fixes=(fix,)))
        elif not each.certain:
            message = (
                f"this is read as an array of {len(each.gaps) + 1} elements, not as a difference"
            )
            hint = "write the commas, or a space behind the sign for a difference"
            fix = Fix("Write the commas", each.edits(tokens))
            found.append(Diagnostic("printed_array", message, hint, span, fixes=(fix,)))
    return tuple(found)


_NARROW = 60
"""The columns that NumPy fills before it continues on the next line."""


def _short_rows(tokens: Sequence[Token], array: PrintedArray) -> list[int]:
    """Where each line of a flat list starts, if all are short and hold equally many numbers, two or
    more: NumPy breaks no line of a vector so early. Empty for any other list.
    """
    inner = range(array.start + 1, array.end)
    if any(tokens[place].type in ("LSQB", "RSQB") for place in inner):
        return []
    starts = [place for place in inner if place == inner[0] or place in array.gaps]
    by_line: dict[int, list[int]] = {}
    for place in starts:
        by_line.setdefault(span_of(tokens[place]).line, []).append(place)
    counts = {len(places) for places in by_line.values()}
    narrow = all(span_of(tokens[places[-1]]).end_column < _NARROW for places in by_line.values())
    if len(by_line) < 2 or len(counts) != 1 or counts == {1} or not narrow:
        return []
    return [places[0] for places in by_line.values()]


def _bracketed(
    tokens: Sequence[Token], array: PrintedArray, rows: Sequence[int]
) -> tuple[Edit, ...]:
    """The edits that put brackets around the rows, and commas between them and their elements."""
    edits = [
        edit for edit, gap in zip(array.edits(tokens), array.gaps, strict=True) if gap not in rows
    ]
    for number, row in enumerate(rows):
        at = span_of(tokens[row])
        edits.append(Edit(at.line, at.column, at.line, at.column, "["))
        last = rows[number + 1] - 1 if number + 1 < len(rows) else array.end - 1
        edits.append(Edit.at(behind(tokens[last]), "]" if number + 1 == len(rows) else "],"))
    return tuple(edits)


def _corners(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def _closing(tokens: Sequence[Token], start: int) -> int | None:
    """Where a list of nothing but numbers closes; None if it holds anything else."""
    depth = 0
    for place in range(start, len(tokens)):
        kind = tokens[place].type
        if kind not in _PARTS or depth > LIMITS.nesting_depth:
            return None
        depth += (kind == "LSQB") - (kind == "RSQB")
        if depth == 0:
            return place
    return None


def _printed(tokens: Sequence[Token], start: int, end: int) -> PrintedArray | None:
    gaps: list[int] = []
    certain = mixed = False
    for place in range(start, end):
        kind = tokens[place].type
        before = tokens[place - 1]
        follows = place > start and before.type in ("NUMBER", "RSQB")
        if follows and kind in ("NUMBER", "LSQB"):
            if _joined(before, tokens[place]) and kind == "NUMBER":
                return None
            gaps.append(place)
            new_row = kind == "LSQB" and before.line != tokens[place].line
            number = kind == "NUMBER" and before.type == "NUMBER"
            certain = certain or new_row or number
        elif follows and kind in _SIGNS:
            if _joined(before, tokens[place]) or not _joined(tokens[place], tokens[place + 1]):
                return None
            gaps.append(place)
        mixed = mixed or kind == "COMMA"
    # [1,5 2,5] may be two numbers with decimal commas: nothing is guessed.
    if any(_beside_comma(tokens, gap) for gap in gaps):
        return None
    # [1 -2, 3] is a list of which one element is a difference.
    certain = certain or any(
        tokens[gap].type == "LSQB" and _signed_row(tokens, gap, gaps) for gap in gaps
    )
    if not gaps or (mixed and not certain):
        return None
    return PrintedArray(start, end, tuple(gaps), certain)


def _beside_comma(tokens: Sequence[Token], gap: int) -> bool:
    """Whether two numbers without a comma are in a row that separates others by commas."""
    if tokens[gap].type != "NUMBER" or tokens[gap - 1].type != "NUMBER":
        return False
    start, end = gap - 1, gap
    while tokens[start].type not in ("LSQB", "RSQB"):
        start -= 1
    while tokens[end].type not in ("LSQB", "RSQB"):
        end += 1
    return any(each.type == "COMMA" for each in tokens[start:end])


def _signed_row(tokens: Sequence[Token], row: int, gaps: Sequence[int]) -> bool:
    """Whether the row that opens here holds several numbers, so that it is no index."""
    end = _closing(tokens, row)
    return end is not None and any(row < gap < end for gap in gaps)


def _joined(left: Token, right: Token) -> bool:
    return left.line == right.line and left.end_pos == right.start_pos

"""A statement's text and its tokens while another library's names are rewritten in it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from lark import Token

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.edits import Sheet
from backstep.lang.diagnostics.fixes.statement import Situation, closing, operand_start
from backstep.lang.syntax.tokens import span_of


@dataclass(frozen=True, slots=True)
class Text:
    """A statement's text and tokens while it is rewritten."""

    at: Situation
    text: str
    tokens: tuple[Token, ...]

    def cut(self, start: int, end: int) -> str:
        """The text from one token up to another, the last one left out."""
        if start >= end:
            return ""
        span = span_of(self.tokens[start]).to(span_of(self.tokens[end - 1]))
        return Sheet(self.text).text(span)

    def span(self, start: int, end: int) -> Span:
        """The span from one token up to another, the last one left out."""
        return span_of(self.tokens[start]).to(span_of(self.tokens[end - 1]))

    def kind(self, place: int) -> str:
        """The token's type at a position; empty past either end."""
        return self.tokens[place].type if 0 <= place < len(self.tokens) else ""

    def arguments(self, opened: int) -> tuple[list[tuple[int, int]], int] | None:
        """Where the arguments between parentheses are, and the closing parenthesis."""
        end = closing(self.tokens, opened)
        if end is None:
            return None
        found, depth, start = [], 0, opened + 1
        for place in range(opened + 1, end):
            kind = self.tokens[place].type
            depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
            if kind == "COMMA" and depth == 0:
                found.append((start, place))
                start = place + 1
        if start < end:
            found.append((start, end))
        return found, end


def called(text: Text, names: Container[str]) -> Iterator[tuple[int, str]]:
    """Calls of functions by a name, other than the text's own and methods."""
    for place, token in enumerate(text.tokens):
        name = str(token)
        own = name in text.at.known.functions or text.at.is_value(name)
        opens = text.kind(place + 1) == "LPAR" and text.kind(place - 1) != "DOT"
        if token.type == "NAME" and name in names and opens and not own:
            yield place, name


def factor(text: Text, start: int, end: int, place: int) -> str:
    """An operand, in parentheses if it is a formula of its own."""
    whole = operand_start(text.tokens[:end], end - 1) == start
    return text.cut(start, end) if whole else f"({text.cut(start, end)})"


def outer(text: Text, start: int, end: int, written: str) -> str:
    """A formula that replaces a call, in parentheses if it is an operand."""
    opens = text.kind(start - 1) in ("", "EQUAL", "LPAR", "COMMA", "LSQB")
    closes = text.kind(end) in ("", "RPAR", "COMMA", "RSQB")
    return written if opens and closes else f"({written})"


def without(text: Text, place: int) -> list[Edit] | None:
    """The call without the argument that starts at a position."""
    depth, end = 0, place
    while end < len(text.tokens):
        kind = text.tokens[end].type
        if depth == 0 and kind in ("COMMA", "RPAR"):
            break
        depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
        end += 1
    if text.kind(place - 1) == "COMMA":
        return [Edit.at(text.span(place - 1, end), "")]
    return [Edit.at(text.span(place, end + (text.kind(end) == "COMMA")), "")]

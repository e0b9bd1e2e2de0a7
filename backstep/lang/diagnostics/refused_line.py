"""A line that the grammar refused, and queries on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

from backstep.errors import Span
from backstep.lang.syntax.tokens import span_of

ROLES = frozenset({"INPUT", "TARGET", "PARAM", "CONST"})
OPERAND_STARTS = frozenset({"NAME", "NUMBER", "LPAR"})
BINARY = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "AT", "CIRCUMFLEX", "COMPARE"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line's tokens and the position of the one that could not follow (the end: one past)."""

    tokens: Sequence[Token]
    place: int

    @property
    def first(self) -> Token:
        """The first token of the line."""
        return self.tokens[0]

    @property
    def token(self) -> Token | None:
        """The token that is refused; None at the end of the line."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def before(self) -> Token | None:
        """The token before it; None at the start."""
        return self.tokens[self.place - 1] if self.place > 0 else None

    def type_at(self, place: int) -> str:
        """The token's type at a position; empty past the end."""
        return self.tokens[place].type if place < len(self.tokens) else ""

    @property
    def here(self) -> Span:
        """The token's span, or the one just past the end."""
        if self.token is not None:
            return span_of(self.token)
        end = span_of(self.tokens[-1])
        return Span(end.end_line, end.end_column, end.end_line, end.end_column + 1)

    @property
    def whole(self) -> Span:
        """The span of the whole line."""
        return span_of(self.first).to(span_of(self.tokens[-1]))

    @property
    def inside(self) -> Token | None:
        """The innermost bracket that is open before the refused token."""
        opened = []
        for token in self.tokens[: self.place]:
            if token.type in ("LPAR", "LSQB"):
                opened.append(token)
            elif token.type in ("RPAR", "RSQB"):
                opened.pop()
        return opened[-1] if opened else None

    def top_level(self, kind: str) -> list[int]:
        """Where tokens of a type are outside brackets."""
        depth, found = 0, []
        for place, token in enumerate(self.tokens):
            depth += token.type in ("LPAR", "LSQB")
            depth -= token.type in ("RPAR", "RSQB")
            if depth == 0 and token.type == kind:
                found.append(place)
        return found


def text_of(tokens: Sequence[Token], otherwise: str) -> str:
    """Tokens as they would be typed; `otherwise` if they are many."""
    if len(tokens) > 8:
        return otherwise
    spaced = {"PLUS": " {} ", "MINUS": " {} ", "COMMA": "{} "}
    return "".join(spaced.get(token.type, "{}").format(token) for token in tokens)

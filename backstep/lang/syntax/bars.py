"""Bars: which one opens and which one closes, in `|x|`, `‖w‖₁`, `||w||`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lark import Token

from backstep.errors import Diagnostic
from backstep.lang.syntax.tokens import VALUE_ENDS, span_of, unknown

_OPEN = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "LANGLE": "RANGLE"}
_CLOSED = frozenset(_OPEN.values())
_PARTS = frozenset({"COMMA", "COMPARE", "EQUAL", "COLON"})
"""What does not stand between two bars, except in brackets of its own."""


def paired(
    tokens: Sequence[Token], texts: Mapping[int, str]
) -> tuple[list[Token], Diagnostic | None]:
    """The tokens with each bar as one that opens or closes, and what is wrong if they have none.

    Two bars side by side are the sign of a norm, or, where that finds no partner, two bars.
    `texts` are the lines by their numbers. The other brackets are known to match.
    """
    bars = [token for token in tokens if token.type in ("BAR", "NORM")]
    if not bars:
        return list(tokens), None
    found = _paired(_doubled(tokens)) or _paired(tokens)
    if found is not None:
        return found, None
    at = span_of(bars[0])
    return list(tokens), unknown(texts[at.line], at.column - 1, at)


def _doubled(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with two bars side by side as one sign."""
    made: list[Token] = []
    for token in tokens:
        last = made[-1] if made else None
        touches = last is not None and last.line == token.line and last.end_pos == token.start_pos
        if token.type == "BAR" and touches and last is not None and last.type == "BAR":
            kind = Token.new_borrow_pos("NORM", f"‖{token[1:]}", last)
            kind.end_column, kind.end_pos = token.end_column, token.end_pos
            made[-1] = kind
        else:
            made.append(token)
    return made


def _paired(tokens: Sequence[Token]) -> list[Token] | None:
    """The tokens with each bar's partner found from the left; None if one has none.

    A bar after a value closes the last one that is open, if there is one, and opens otherwise.
    """
    made: list[Token] = []
    opened: list[str] = []
    for token in tokens:
        kind = token.type
        if kind in _OPEN:
            opened.append(kind)
        elif kind in _CLOSED:
            if _OPEN.get(opened.pop() if opened else "") != kind:
                return None
        elif kind in ("BAR", "NORM"):
            ended = bool(made) and made[-1].type in VALUE_ENDS
            if ended and opened and opened[-1] == kind:
                opened.pop()
                made.append(Token.new_borrow_pos(f"R{kind}", token, token))
                continue
            if len(token) > 1:
                return None
            opened.append(kind)
            made.append(Token.new_borrow_pos(f"L{kind}", token, token))
            continue
        elif kind in _PARTS and opened and opened[-1] in ("BAR", "NORM"):
            return None
        made.append(token)
    return None if opened else made

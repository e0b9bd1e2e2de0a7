"""LaTeX as this project writes it → runs of characters in one line, for labels of a drawing.

What it does not know it does not guess at: `inline` is None then. Knows no font and no place.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

from backstep.lang.syntax.display import ACCENTS
from backstep.notation.labels import Piece
from backstep.notation.mathml import FUNCTIONS, GREEK, SIGNS, TOKEN

_LONGEST = 400
_THIN = "\u2009"
_SPACED = frozenset("+−=<>≤≥≠·⊙⊗→")
_OPENS = frozenset("([,")
_FRACTIONS = {"1/2": "½", "1/3": "⅓", "2/3": "⅔", "1/4": "¼", "3/4": "¾", "1/6": "⅙"}
_SHOWN = {"-": "−", "'": "′", ",": ", "}
_WORDS = frozenset({"text", "mathrm", "operatorname", "mathbf"})

Runs = tuple[Piece, ...]


class _Unknown(Exception):
    """A command this does not know, or a text that breaks off."""


@lru_cache(maxsize=4096)
def inline(latex: str) -> Runs | None:
    """The formula in one line, a fraction with a stroke; None where it cannot be set so."""
    if len(latex) > _LONGEST:
        return None
    try:
        pieces = _Reader(TOKEN.findall(latex)).whole()
    except _Unknown:
        return None
    grouped = groupby(pieces, lambda piece: (piece.rise, piece.italic))
    return tuple(
        Piece("".join(piece.text for piece in run), rise, italic) for (rise, italic), run in grouped
    )


def _upright(text: str) -> Piece:
    return Piece(text, 0, italic=False)


class _Reader:
    """Reads tokens from the left; each method leaves the place after what it read."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> list[Piece]:
        found = self._row()
        if self._at < len(self._tokens):
            raise _Unknown
        return found

    def _peek(self) -> str:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        if not token:
            raise _Unknown
        return token

    def _row(self) -> list[Piece]:
        """Everything up to a closing brace or \\right, which stays."""
        found: list[Piece] = []
        summing = False
        while self._peek() not in ("", "}", r"\right"):
            token = self._peek()
            if token in ("^", "_"):
                self._at += 1
                rise = 1 if token == "^" else -1
                found += [replace(piece, rise=rise) for piece in _unspaced(self._argument())]
                continue
            atom = self._atom()
            # A sign has no space where it is no operation between two things.
            if len(atom) == 1 and atom[0].text in _SPACED:
                sign = atom[0].text
                alone = not found or found[-1].text[-1:] in _OPENS | {" "}
                atom = [_upright(sign if alone else f" {sign} ")]
            if summing and atom[0].text != "(":
                found.append(_upright(_THIN))
            summing = atom in ([_upright("Σ")], [_upright("Π")])
            # 2w, but u (1 − u).
            number = found and not found[-1].rise and found[-1].text[-1:].isdigit()
            if not (number and atom == [_upright(_THIN)]):
                found += atom
        return found

    def _argument(self) -> list[Piece]:
        if self._peek() != "{":
            return self._atom()
        self._at += 1
        found = self._row()
        if self._take() != "}":
            raise _Unknown
        return found

    def _atom(self) -> list[Piece]:
        token = self._take()
        if token == "{":
            self._at -= 1
            return self._argument()
        if token.startswith("\\"):
            return self._command(token[1:])
        if token in "}&^_":
            raise _Unknown
        return [Piece(_SHOWN.get(token, token), 0, token.isalpha())]

    def _command(self, name: str) -> list[Piece]:
        if name in GREEK:
            return [Piece(GREEK[name], 0, italic=GREEK[name].islower())]
        if name in ("sum", "prod"):
            return [_upright("Σ" if name == "sum" else "Π")]
        if name in SIGNS:
            return [_upright(SIGNS[name])]
        if name in FUNCTIONS:
            return [_upright(name)]
        if name in (",", " ", ":"):
            return [_upright(_THIN)]
        if name in ACCENTS:
            *body, last = self._argument()
            return [*body, replace(last, text=last.text + ACCENTS[name])]
        if name in _WORDS:
            return [_upright(self._raw())]
        if name == "left":
            opening = self._delimiter()
            body = self._row()
            self._at += 1
            return [_upright(opening), *body, _upright(self._delimiter())]
        if name == "frac":
            return _fraction(self._argument(), self._argument())
        if name == "sqrt":
            return [_upright("√"), *_grouped(self._argument())]
        raise _Unknown

    def _delimiter(self) -> str:
        token = self._take()
        sign = SIGNS.get(token[1:], "") if token.startswith("\\") else token
        if not sign or sign == ".":
            raise _Unknown
        return sign

    def _raw(self) -> str:
        """The letters of a group."""
        if self._take() != "{":
            raise _Unknown
        found = ""
        for token in self._tokens[self._at :]:
            self._at += 1
            if token == "}":
                # A space between words stays where those about signs go.
                return found.replace(" ", "\u00a0")
            if token == "{":
                break
            found += token[1:] if re.fullmatch(r"\\[^A-Za-z]", token) else token
        raise _Unknown


def _unspaced(pieces: list[Piece]) -> list[Piece]:
    return [replace(piece, text=piece.text.replace(" ", "")) for piece in pieces]


def _fraction(top: list[Piece], bottom: list[Piece]) -> list[Piece]:
    written = "".join(piece.text for piece in (*top, _upright("/"), *bottom))
    if written in _FRACTIONS:
        return [_upright(_FRACTIONS[written])]
    over = _bracketed(top, frozenset("+−"))
    return [*over, _upright("/"), *_grouped(bottom)]


def _grouped(pieces: list[Piece]) -> list[Piece]:
    """In brackets where it is more than one thing."""
    if sum(not piece.rise for piece in pieces) == 1:
        return pieces
    return [_upright("("), *pieces, _upright(")")]


def _bracketed(pieces: list[Piece], signs: frozenset[str]) -> list[Piece]:
    """In brackets where one of the signs stands in it outside of brackets and of scripts."""
    depth = 0
    for sign in "".join(piece.text for piece in pieces if not piece.rise):
        depth += (sign in "([") - (sign in ")]")
        if not depth and sign in signs:
            return [_upright("("), *pieces, _upright(")")]
    return pieces

"""LaTeX as this project writes it, read to the boxes that it sets. Knows no other LaTeX.

Answers carry formulas as LaTeX; a page without scripts sets them anew, as MathML, by these boxes.
What it does not know it does not guess at: there are no boxes then.
"""

from __future__ import annotations

import re
from functools import lru_cache

from backstep.formula.boxes import (
    Accent,
    Atom,
    Below,
    Box,
    Colour,
    Fence,
    Group,
    Over,
    Root,
    Row,
    Scripts,
    Table,
    Tagged,
    row,
)
from backstep.formula.mathml import FENCES
from backstep.formula.names import IN_TEXT, LETTERS
from backstep.lang.syntax.display import ACCENTS

_LONGEST = 4000
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
_IN_TEXT = {command: sign for sign, command in IN_TEXT.items()}
_SIGNS = {
    "partial": "∂",
    "cdot": "·",
    "odot": "⊙",
    "otimes": "⊗",
    "star": "⋆",
    "ast": "∗",
    "times": "×",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "lt": "<",
    "gt": ">",
    "top": "⊤",
    "infty": "∞",
    "sum": "∑",
    "prod": "∏",
    "to": "→",
    "leftarrow": "←",
    "in": "∈",
    "ldots": "…",
    "dots": "…",
    "cdots": "⋯",
    "mid": "|",
    "wedge": "∧",
    "vee": "∨",
    "neg": "¬",
    "pm": "±",
    "approx": "≈",
    "{": "{",
    "}": "}",
}
_DELIMITERS = frozenset({*"()[]|.", *FENCES})
_FUNCTIONS = frozenset(
    {"log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min", "det", "lim"}
    | {"arcsin", "arccos", "arctan", "arg"}
)
_SPACES = {",": "0.167em", ":": "0.222em", ";": "0.278em", " ": "0.25em", "quad": "1em", "!": "0"}
_COLOURS: dict[str, Colour] = {"fv": "value", "bp": "partial"}
_SILENT = frozenset({"displaystyle", "limits", "nolimits", "big", "Big"})
_UNDER = frozenset({r"\sum", r"\prod", r"\max", r"\min"})
_ENDS = frozenset({"}", "&", r"\\", r"\right", r"\end"})


class _Unknown(Exception):
    """A command this does not know, or a text that breaks off."""


@lru_cache(maxsize=4096)
def boxes(latex: str) -> Box | None:
    """What a formula is set as; None where it has what this does not know."""
    return None if len(latex) > _LONGEST else boxes_of_any_length(latex)


def boxes_of_any_length(latex: str) -> Box | None:
    """The same for LaTeX that is not kept, however long it is."""
    try:
        return _Reader(_TOKEN.findall(latex)).whole()
    except (_Unknown, RecursionError):
        return None


class _Reader:
    """Reads tokens from the left; each method leaves the place after what it read."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Box:
        body = self._row()
        if self._at < len(self._tokens):
            raise _Unknown
        return body

    def _peek(self) -> str:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise _Unknown
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._take() != wanted:
            raise _Unknown

    def _row(self) -> Box:
        """Everything up to what ends a row, which stays."""
        parts: list[Box] = []
        while (token := self._peek()) and token not in _ENDS:
            parts.append(self._scripted())
        return parts[0] if len(parts) == 1 else row(*parts)

    def _scripted(self) -> Box:
        """A box with what is raised and lowered at it."""
        start = self._peek()
        base: Box = Row(()) if start in ("^", "_") else self._one()
        lowered: Box | None = None
        raised: Box | None = None
        while (token := self._peek()) in ("^", "_", "'"):
            self._at += 1
            if token == "_":
                lowered = self._argument()
            else:
                raised = Atom("'", "′", "sign") if token == "'" else self._argument()
        if lowered is None and raised is None:
            return base
        return Scripts(base, lowered, raised, under=start in _UNDER)

    def _argument(self) -> Box:
        """A group in braces, or the one token that stands without."""
        if self._peek() != "{":
            return self._one()
        self._at += 1
        body = self._row()
        self._expect("}")
        return body

    def _one(self) -> Box:
        token = self._take()
        if token == "{":
            self._at -= 1
            return Group(self._argument())
        if token.startswith("\\"):
            return self._command(token[1:])
        if token[0].isdecimal():
            return Atom(token, token, "number")
        if token.isalpha():
            return Atom(token, token)
        if token in "}&^_":
            raise _Unknown
        return Atom(token, "−" if token == "-" else token, "sign")

    def _command(self, name: str) -> Box:
        latex = "\\" + name
        if name in LETTERS:
            return Atom(latex, LETTERS[name])
        if name in _SIGNS:
            return Atom(latex, _SIGNS[name], "sign")
        if name in _FUNCTIONS:
            return Atom(latex, name, "word")
        if name in _SPACES:
            return Atom(latex, _SPACES[name], "space")
        if name in _SILENT:
            return Row(())
        if name in ("text", "mathrm", "operatorname", "mathbf"):
            return self._letters(latex)
        return self._built(name)

    def _letters(self, command: str) -> Box:
        inside = self._raw()
        latex = f"{command}{{{inside}}}"
        char = re.sub(r"\$[^$]*\$", lambda sign: _IN_TEXT.get(sign[0], sign[0]), inside)
        char = re.sub(r"\\([^A-Za-z])", r"\1", char)
        if command == r"\text":
            return Atom(latex, char, "text")
        return Atom(latex, char, "word", "bold" if command == r"\mathbf" else "")

    def _raw(self) -> str:
        """The text of a group as it stands."""
        self._expect("{")
        start, depth = self._at, 1
        for token in self._tokens[start:]:
            self._at += 1
            depth += {"{": 1, "}": -1}.get(token, 0)
            if not depth:
                return "".join(self._tokens[start : self._at - 1])
        raise _Unknown

    def _built(self, name: str) -> Box:
        if name in _COLOURS:
            return Tagged(self._argument(), None, _COLOURS[name])
        if name in ACCENTS:
            return Accent(name, self._argument())
        match name:
            case "frac":
                return Over(self._argument(), self._argument())
            case "sqrt":
                return Root(self._argument())
            case "underbrace":
                return Below(self._argument(), Atom("", "⏟", "sign"))
            case "underset":
                below, body = self._argument(), self._argument()
                return Below(body, below)
            case "left":
                opening, body = self._delimiter(), self._row()
                self._expect(r"\right")
                return Fence(opening, body, self._delimiter())
            case "begin":
                return self._table()
        raise _Unknown

    def _delimiter(self) -> str:
        token = self._take()
        if token not in _DELIMITERS:
            raise _Unknown
        return token

    def _table(self) -> Box:
        kind = self._raw()
        if kind not in ("cases", "bmatrix"):
            raise _Unknown
        rows: list[list[Box]] = [[]]
        while True:
            rows[-1].append(self._row())
            token = self._take()
            if token == r"\\" and self._peek() != r"\end":
                rows.append([])
                continue
            if token == r"\\":
                token = self._take()
            if token == r"\end":
                break
            if token != "&":
                raise _Unknown
        if self._raw() != kind:
            raise _Unknown
        return Table("cases" if kind == "cases" else "bmatrix", tuple(map(tuple, rows)))

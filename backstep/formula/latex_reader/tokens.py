"""LaTeX in tokens, each with its place, spaces and sizes of brackets left out. Reads no formula."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backstep.errors import AnswerError, Diagnostic, Span
from backstep.lang.syntax.display import ACCENTS

_TOKEN = re.compile(
    r"(?P<raw>\\(?:text|textbf|mathrm|mathbf|mathbb|mathit|operatorname)\*?\s*\{(?P<inside>[^{}]*)\})"
    r"|(?P<data>\\htmlData\{[^{}]*\})"
    r"|(?P<command>\\[A-Za-z]+\*?|\\[^A-Za-z])"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<space>\s+|~)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_SPACES = r"\, \; \: \! \quad \qquad \displaystyle \textstyle \limits \nolimits \allowbreak"
_SIZES = r"\left \right \big \Big \bigl \bigr \Bigl \Bigr \fv \bp"
_SILENT = frozenset({*_SPACES.split(), *_SIZES.split(), "\\ "})
_ONE_ARGUMENT = frozenset({"_", "^", *(rf"\{accent}" for accent in ACCENTS)})
_BARS = {r"\lvert": "|", r"\rvert": "|", r"\lVert": r"\|", r"\rVert": r"\|"}
_OPENING = (r"\left", r"\lvert", r"\lVert", r"\bigl", r"\Bigl")
_CLOSING = (r"\right", r"\rvert", r"\rVert", r"\bigr", r"\Bigr")
_ALIKE = {
    r"\varepsilon": r"\epsilon",
    r"\varphi": r"\phi",
    r"\vartheta": r"\theta",
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\neq": r"\ne",
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    "⋆": r"\star",
    "∗": r"\ast",
    r"\vert": "|",
    r"\Vert": r"\|",
    r"\mathsf": r"\mathrm",
    r"\intercal": r"\top",
    r"\ln": r"\log",
    "−": "-",
    "·": r"\cdot",
    "×": r"\times",
    "⊙": r"\odot",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "′": "'",
    "⊤": r"\top",
    r"\circ": r"\odot",
    r"\bm": r"\mathbf",
}
"""What is written in several ways, as one of them."""

RELATIONS = {
    "<": "less",
    r"\lt": "less",
    r"\le": "less_equal",
    ">": "greater",
    r"\gt": "greater",
    r"\ge": "greater_equal",
    "=": "equal",
    r"\ne": "not_equal",
}
CLOSES = {"(": ")", "[": "]", "|<": "|>", r"\|<": r"\|>", "{": "}"}
ENDS = frozenset({")", "]", "}", "|>", r"\|>", ",", "&", r"\\", r"\end", "+", "-", r"\odot"})


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its text, the letters inside one that is set upright, and its span's columns."""

    text: str
    inside: str
    start: int
    end: int

    @property
    def key(self) -> str:
        """What it is looked up by among names."""
        return f"{self.text}{{{self.inside}}}" if self.inside else self.text


def tokens(latex: str) -> list[Token]:
    """The tokens of a formula; what is raised or lowered stands in braces from here on."""
    found: list[Token] = []
    sized = ""
    for match in _TOKEN.finditer(latex):
        start, end = match.span()
        if match["space"] or match["data"]:
            continue
        if match["raw"]:
            command, _, _ = match["raw"].partition("{")
            command = command.rstrip("* ")
            inside = match["inside"].replace("\\", "")
            found.append(_letters(command, inside, start, end))
            continue
        text = _ALIKE.get(match[0], match[0])
        bar = _BARS.get(text, text)
        if bar in ("|", r"\|"):
            found.append(Token(_sided(bar, text, sized, found), "", start, end))
        elif text not in _SILENT:
            found.append(Token(text, "", start, end))
        sized = text
    return _braced(found)


def _sided(bar: str, text: str, before: str, found: list[Token]) -> str:
    """A bar with the side that it stands on: `|<` opens, `|>` closes."""
    if before in _OPENING or text in _OPENING:
        return bar + "<"
    if before in _CLOSING or text in _CLOSING:
        return bar + ">"
    opened = sum({bar + "<": 1, bar + ">": -1}.get(token.text, 0) for token in found)
    ended = bool(found) and (found[-1].text in (")", "]", "}") or found[-1].text[-1:].isalnum())
    return bar + (">" if opened > 0 and ended else "<")


def _letters(command: str, inside: str, start: int, end: int) -> Token:
    """A word that is set upright; of one letter in bold it is the letter."""
    letter = len(inside) == 1 and inside.isalpha()
    bold = command == r"\mathbf" and inside in ("e", "I")
    if command in (r"\mathbf", r"\mathrm", r"\mathit") and letter and not bold:
        return Token(inside, "", start, end)
    return Token(command, inside, start, end)


def _braced(given: list[Token]) -> list[Token]:
    """The tokens with braces about the one token that is raised, lowered or accented without."""
    made: list[Token] = []
    place = 0
    while place < len(given):
        token = given[place]
        made.append(token)
        place += 1
        if token.text in _ONE_ARGUMENT and place < len(given) and given[place].text != "{":
            one = given[place]
            made += [
                Token("{", "", one.start, one.start),
                one,
                Token("}", "", one.end, one.end),
            ]
            place += 1
    return made


def fault(code: str, message: str, hint: str | None, start: int, end: int) -> AnswerError:
    """What is wrong at a place of the formula, which is one line."""
    span = Span(1, start + 1, 1, max(end, start + 1) + 1)
    return AnswerError(Diagnostic(code, message, hint, span))

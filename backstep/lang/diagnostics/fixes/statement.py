"""The statement that a diagnostic belongs to: its tokens, where operands begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lark import Token
from lark.exceptions import UnexpectedToken

from backstep.errors import Diagnostic, Edit, Span
from backstep.graph.shape import Shape
from backstep.lang.diagnostics.fixes.edits import Sheet, applied
from backstep.lang.syntax import names, syntax_tree
from backstep.lang.syntax.lines import OPERAND_ENDS, Line
from backstep.lang.syntax.reader import read_line
from backstep.lang.syntax.refusal import StatementError
from backstep.lang.syntax.tokens import behind, span_of
from backstep.ops import FUNCTIONS, TABLE

_OPENING = {"RPAR": "LPAR", "RSQB": "LSQB"}
_CLOSING = {"LPAR": "RPAR", "LSQB": "RSQB"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that might be meant instead.

    It is `sure` if shapes or spelling allow no other: then errors in other statements do not count
    against it. `title` is for a fix that the statement does not show well; `hint` is the
    diagnostic's hint, if that is not the title.
    """

    source: str
    sure: bool = False
    title: str | None = None
    hint: str | None = None
    told: bool = False
    """The title says what the text does not, and is kept if more is changed."""
    removes: bool = False
    """The statement has no effect here and is removed; its names stay in others."""
    drops: frozenset[str] = frozenset()
    """Names that are assigned within what is rewritten, and removed with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names of a text: by name the first line that assigns it; its functions; shapes.

    `formula`: the text is no definition but one formula in these names.
    """

    given_on: Mapping[str, int]
    functions: frozenset[str]
    shapes: Mapping[str, Shape]
    formula: bool = False


@dataclass(slots=True)
class Situation:
    """A diagnostic, its statement, and the names that may be used there."""

    sheet: Sheet
    fault: Diagnostic
    line: Line
    known: Known
    parameters: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = frozenset(_parameters(self.tokens))

    @property
    def source(self) -> str:
        """The whole text."""
        return self.sheet.source

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the line."""
        return self.line.tokens

    @property
    def counters(self) -> frozenset[str]:
        """The variables that the text's loops count."""
        return frozenset(re.findall(r"^\s*for\s+([^\W\d]\w*)\s+in\b", self.source, re.M))

    def is_value(self, name: str) -> bool:
        """Whether a name has a value at the statement."""
        given = self.known.given_on.get(name)
        if name in self.parameters or name == "pi":
            return True
        return given is not None and given <= self.line.number

    def is_function(self, name: str) -> bool:
        """Whether a name before a parenthesis is a function."""
        return name in FUNCTIONS or name in self.known.functions or name == "sigma"

    def edited(
        self,
        *edits: Edit,
        sure: bool = False,
        title: str | None = None,
        hint: str | None = None,
    ) -> Candidate:
        """The text with edits, as a candidate."""
        return Candidate(applied(self.source, edits), sure, title, hint)

    def statement(self, tokens: Sequence[Token]) -> syntax_tree.Statement | None:
        """Tokens read in place of the statement's; None if they can't be read."""
        if self.known.formula:
            start = Span(1, 1, 1, 1)
            tokens = [made("NAME", "answer", start), made("EQUAL", "=", start), *tokens]
        try:
            return read_line(tokens)
        except (StatementError, UnexpectedToken):
            return None

    def typed(self, token: Token) -> str:
        """A token as it was typed."""
        return self.sheet.text(span_of(token))

    def text(self, start: int, end: int) -> str:
        """The text as typed from one token up to another, the last one left out."""
        if start >= end:
            return ""
        return self.sheet.text(span_of(self.tokens[start]).to(span_of(self.tokens[end - 1])))

    def at_fault(self) -> int | None:
        """The position of the token that the diagnostic starts at."""
        span = self.fault.span
        return next(
            (
                place
                for place, token in enumerate(self.tokens)
                if span and (token.line, token.column) == (span.line, span.column)
            ),
            None,
        )


def _parameters(tokens: Sequence[Token]) -> list[str]:
    """The parameters of a function that the statement defines, or a loop's variable."""
    if len(tokens) > 1 and tokens[0].type == "FOR":
        return [str(tokens[1])]
    if len(tokens) < 4 or tokens[0].type != "NAME" or tokens[1].type != "LPAR":
        return []
    end = closing(tokens, 1)
    if end is None or end + 1 >= len(tokens) or tokens[end + 1].type != "EQUAL":
        return []
    return [str(token) for token in tokens[2:end] if token.type == "NAME"]


def closing(tokens: Sequence[Token], start: int) -> int | None:
    """The position of the bracket that closes the one at `start`."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += tokens[place].type in _CLOSING
        depth -= tokens[place].type in _OPENING
        if depth == 0:
            return place
    return None


def opening(tokens: Sequence[Token], end: int) -> int | None:
    """The position of the bracket that the one at `end` closes."""
    depth = 0
    for place in range(end, -1, -1):
        depth += tokens[place].type in _OPENING
        depth -= tokens[place].type in _CLOSING
        if depth == 0:
            return place
    return None


def operand_start(tokens: Sequence[Token], end: int) -> int | None:
    """Where the operand that ends with the token at `end` starts: its name, call, index, .T."""
    place = end
    while True:
        token = tokens[place]
        if token.type in _OPENING:
            opened = opening(tokens, place)
            if opened is None:
                return None
            place = opened
            before = tokens[place - 1] if place else None
            called = token.type == "RPAR" and before is not None and before.type == "NAME"
            indexed = token.type == "RSQB" and before is not None and before.type in OPERAND_ENDS
            if called:
                place -= 1
            elif indexed:
                place -= 1
                continue
            if place > 1 and tokens[place - 1].type == "DOT":
                place -= 2
                continue
            return place
        if token.type not in ("NAME", "NUMBER"):
            return None
        if place > 1 and tokens[place - 1].type == "DOT":
            place -= 2
            continue
        return place


def operand_end(tokens: Sequence[Token], start: int) -> int | None:
    """Where the operand that starts at `start` ends, one past: with its calls, indices, power."""
    place = start
    while place < len(tokens) and tokens[place].type in ("MINUS", "PLUS"):
        place += 1
    if place >= len(tokens):
        return None
    if tokens[place].type in _CLOSING:
        closed = closing(tokens, place)
        if closed is None:
            return None
        place = closed + 1
    elif tokens[place].type in ("NAME", "NUMBER"):
        place += 1
    else:
        return None
    while place < len(tokens):
        kind = tokens[place].type
        if kind in _CLOSING and (kind == "LSQB" or tokens[place - 1].type == "NAME"):
            closed = closing(tokens, place)
            if closed is None:
                return None
            place = closed + 1
        elif kind == "DOT" and place + 1 < len(tokens):
            place += 2
        elif kind == "CIRCUMFLEX":
            return operand_end(tokens, place + 1)
        else:
            break
    return place


def made(kind: str, value: str, at: Span) -> Token:
    """A token that was not typed."""
    return Token(kind, value, 0, at.line, at.column, at.end_line, at.end_column, 0)


def before(token: Token) -> Span:
    """The empty span before a token."""
    at = span_of(token)
    return Span(at.line, at.column, at.line, at.column)


def between(left: Token, right: Token) -> Span:
    """The gap between two tokens; after the first if they are on two lines."""
    if left.end_line != right.line:
        return behind(left)
    after, until = span_of(left), span_of(right)
    return Span(after.end_line, after.end_column, until.line, until.column)


def span_between(tokens: Sequence[Token], start: int, end: int) -> Span:
    """The span from one token up to another, the last one left out."""
    return span_of(tokens[start]).to(span_of(tokens[end - 1]))


def mentioned(tokens: Sequence[Token]) -> set[str]:
    """The names that tokens mention, without those of a call's options before their '='."""
    found: set[str] = set()
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.type in _CLOSING) - (token.type in _OPENING)
        option = depth > 0 and tokens[place + 1 : place + 2] and tokens[place + 1].type == "EQUAL"
        if token.type == "NAME" and not option:
            found.add(str(token))
    return found


def canonical(typed: str) -> str | None:
    """A name's one spelling; None if it is no name or a word of the language."""
    name = names.canonical(typed)
    return None if name is None or name in names.STATEMENT_WORDS else name


_REDUCED = re.compile(r"(?<![\w.])(?:sum|mean|prod|max|min|norm|dot|var)\s*\(([^()]*)\)")


def of_elements(at: Situation, body: str, elements: Iterable[str]) -> bool:
    """Whether a formula of elements, of whole vectors in their place, is the vector of its values.

    It reads each of them, and nothing that takes a vector as a whole reads one.
    """

    def alone(match: re.Match[str]) -> str:
        return match[0] if wanted & {*re.findall(r"\w+", match[1])} else "1"

    wanted = set(elements)
    body = re.sub(r"\b(max|min)\(\s*0\s*,", r"\1imum(0,", body)
    body = _REDUCED.sub(alone, body)
    called = re.findall(r"([^\W\d]\w*)\s*\(", body)
    named = set(re.findall(r"[^\W\d]\w*", body))
    return (
        wanted <= named
        and not re.search(r"[@\[\]]", body)
        and all(each in TABLE and TABLE[each].elementwise for each in called)
        and not any(at.known.shapes.get(each) for each in named - wanted - {*called})
    )

"""Products without a sign: `2x`, `W x`, `wx`, `u(1 − u)`, `w^T x`. Found by shape, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lark import Token

from backstep.errors import Edit, Span
from backstep.lang.compile.expressions import DOT
from backstep.lang.diagnostics.fixes.foreign_names import elsewhere
from backstep.lang.diagnostics.fixes.statement import (
    Candidate,
    Situation,
    before,
    between,
    canonical,
    closing,
    made,
    opening,
    operand_start,
)
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.lines import OPERAND_ENDS
from backstep.lang.syntax.syntax_tree import LEFT_OUT
from backstep.lang.syntax.tokens import behind, span_of
from backstep.ops import FUNCTIONS

Probe = Callable[[syntax_tree.Statement], Mapping[Span, tuple[str, ...]]]
"""The possible products at each place of a missing sign in a statement."""

_LONGEST_RUN = 32
_MOST_SPLITS = 3
_CROSS = "×"
"""An x as a product sign between two parts of a run."""
_ENDS_PRODUCT = frozenset({"PLUS", "MINUS", "COMMA", "EQUAL", "LPAR", "LSQB", "COMPARE", "COLON"})
_STARTS = frozenset({"NAME", "NUMBER", "LPAR"})

Run = tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """A statement's tokens with the missing signs inserted, and the edits so far."""

    tokens: list[Token]
    edits: list[Edit]
    signs: list[int]
    split: bool = False

    def sign(self, at: Span) -> None:
        self.signs.append(len(self.tokens))
        self.tokens.append(made("STAR", LEFT_OUT, at))


def products(at: Situation, probe: Probe) -> Iterator[Candidate]:
    """The statement with its products written out, by shape; two if both may be meant."""
    runs = _runs(at)
    if runs is None or _indexes(at):
        return
    choices: list[dict[int, Run]] = [{}]
    for place, splits in runs.items():
        choices = [{**each, place: split} for each in choices for split in splits][:_MOST_SPLITS]
    for choice in choices:
        for grouped in (True, False):
            draft = _draft(at, choice, grouped)
            if draft is None or (grouped and not _groups(draft)):
                continue
            yield from _signed(at, draft, probe, sure=len(choices) == 1)


def _indexes(at: Situation) -> bool:
    """Whether `x(1)` of an array is meant as its element, as in other languages."""
    place = at.at_fault()
    if at.fault.code != "not_a_function" or place is None:
        return False
    shape = at.known.shapes.get(str(at.tokens[place]))
    closed = closing(at.tokens, place + 1)
    inner = at.tokens[place + 2 : closed]
    names = [str(each) for each in inner if each.type == "NAME"]
    if shape and names and all(each in at.counters for each in names):
        return True
    return bool(shape) and all(each.type in ("NUMBER", "COMMA", "COLON") for each in inner)


def _groups(draft: _Draft) -> bool:
    return any(edit.text in "()" for edit in draft.edits)


def _signed(at: Situation, draft: _Draft, probe: Probe, sure: bool) -> Iterator[Candidate]:
    """The draft with the signs that its shapes allow."""
    statement = at.statement(draft.tokens)
    if statement is None:
        return
    found = probe(statement) if draft.signs else {}
    # A function that is never called has no shapes; for any other statement they must be known.
    unseen = ("*",) if isinstance(statement, syntax_tree.Function) else ()
    kinds = [
        signs[:1] if signs[:1] == (DOT,) and _turned(draft.tokens, sign) else signs
        for sign in draft.signs
        for signs in [found.get(span_of(draft.tokens[sign]), unseen)]
    ]
    if any(not signs for signs in kinds):
        return
    most = max(map(len, kinds), default=1)
    for number in range(most):
        edits = list(draft.edits)
        for sign, signs in zip(draft.signs, kinds, strict=True):
            edits += _written(draft.tokens, sign, signs[min(number, len(signs) - 1)])
        if edits:
            yield at.edited(*_outer(edits), sure=sure and most == 1)


def _written(tokens: Sequence[Token], sign: int, kind: str) -> list[Edit]:
    """The edits that write one sign."""
    gap = span_of(tokens[sign])
    if kind == "*":
        return [Edit.at(gap, "*")]
    start = operand_start(tokens, sign - 1)
    # In a chain such as a / v z the left factor is no operand of its own.
    alone = start is not None and tokens[start - 1].type not in (
        "SLASH",
        "AT",
        "CIRCUMFLEX",
        "STAR",
    )
    end = _right_end(tokens, sign + 1)
    if kind != DOT or not alone or start is None or end is None:
        return [Edit.at(gap, " @ ")]
    middle = gap
    if tokens[sign - 2].type == "DOT" and tokens[sign - 1] == "T":
        if sign - start != 3:
            return [Edit.at(gap, " @ ")]
        # w^T x with vectors: the mark goes.
        mark = span_of(tokens[sign - 2])
        middle = Span(mark.line, mark.column, gap.end_line, gap.end_column)
    return [
        Edit.at(before(tokens[start]), "dot("),
        Edit.at(middle, ", "),
        Edit.at(behind(tokens[end - 1]), ")"),
    ]


def _turned(tokens: Sequence[Token], sign: int) -> bool:
    """Whether there is a transpose left of a sign, in the same product."""
    place = sign - 1
    while place > 0 and tokens[place].type not in _ENDS_PRODUCT:
        if tokens[place] == "T" and tokens[place - 1].type == "DOT":
            return True
        opened = opening(tokens, place) if tokens[place].type in ("RPAR", "RSQB") else place
        place = (opened or 1) - 1
    return False


def _outer(edits: Sequence[Edit]) -> list[Edit]:
    """The edits without those that are inside another."""
    spans = [((e.line, e.column), (e.end_line, e.end_column)) for e in edits]
    return [
        edit
        for edit, (start, end) in zip(edits, spans, strict=True)
        if not any(
            (a, b) != (start, end) and a <= start < end <= b and start < end for a, b in spans
        )
    ]


def _right_end(tokens: Sequence[Token], start: int) -> int | None:
    """Where a right factor of one name ends, one past; None if more belongs to it."""
    if tokens[start].type != "NAME" or (
        start + 1 < len(tokens)
        and (tokens[start + 1].type in ("LPAR", "LSQB", "DOT", "CIRCUMFLEX"))
    ):
        return None
    return start + 1


def _runs(at: Situation) -> dict[int, tuple[Run, ...]] | None:
    """By position the ways to split each unknown name into known ones; None: one can't be."""
    found: dict[int, tuple[Run, ...]] = {}
    start = _right_side(at)
    for place, token in enumerate(at.tokens):
        if place < start or token.type != "NAME" or _is_word(at, place):
            continue
        splits = tuple(_splits(at, at.typed(token), _is_called(at.tokens, place)))
        if splits:
            found[place] = splits[:_MOST_SPLITS]
    return found


def is_run(at: Situation) -> bool:
    """Whether the unknown name is a run of names that have a value."""
    place = at.at_fault()
    return place is not None and place in (_runs(at) or {})


def _right_side(at: Situation) -> int:
    """Where the formula starts: after the first '=' outside brackets."""
    if at.known.formula:
        return 0
    depth = 0
    for place, token in enumerate(at.tokens):
        depth += token.type in ("LPAR", "LSQB")
        depth -= token.type in ("RPAR", "RSQB")
        if depth == 0 and token.type == "EQUAL":
            return place + 1
    return len(at.tokens)


def _is_called(tokens: Sequence[Token], place: int) -> bool:
    return place + 1 < len(tokens) and tokens[place + 1].type == "LPAR"


def _is_word(at: Situation, place: int) -> bool:
    """Whether a name has a meaning unsplit: a value, a function, an option, .T."""
    tokens = at.tokens
    name = str(tokens[place])
    if tokens[place - 1].type == "DOT" or _turns(at, place):
        return True
    if place + 1 < len(tokens) and tokens[place + 1].type == "EQUAL":
        return True
    return at.is_value(name) or (_is_called(tokens, place) and at.is_function(name))


def _turns(at: Situation, place: int) -> bool:
    """Whether a name is the T of `A^T`."""
    return (
        at.tokens[place] == "T"
        and not at.is_value("T")
        and place > 1
        and at.tokens[place - 1].type == "CIRCUMFLEX"
        and at.tokens[place - 2].type in OPERAND_ENDS
    )


def _splits(at: Situation, typed: str, called: bool) -> Iterator[Run]:
    """The ways to split a run of letters into names that have a value, those of fewest names first.

    The last may be a function if it is called; an x between two of them may be a cross.
    """
    if not 1 < len(typed) <= _LONGEST_RUN or (called and elsewhere(typed)):
        return
    known = {
        (start, end): at.is_value(name)
        for start in range(len(typed))
        for end in range(start + 1, len(typed) + 1)
        if (name := canonical(typed[start:end])) is not None
    }
    cross = not at.is_value("x")
    waiting: list[Run] = [()]
    while waiting and len(waiting) < 200:
        run = waiting.pop(0)
        place = sum(map(len, run))
        if place == len(typed):
            if len(run) > 1:
                yield run
            continue
        if cross and run and run[-1] != _CROSS and typed[place] == "x" and place + 1 < len(typed):
            waiting.append((*run, _CROSS))
        for end in range(len(typed), place, -1):
            last = called and end == len(typed)
            function = last and place > 0 and end - place > 1
            if known.get((place, end)) or (
                function and at.is_function(canonical(typed[place:end]) or "")
            ):
                waiting.append((*run, typed[place:end]))


def _draft(at: Situation, runs: Mapping[int, Run], grouped: bool) -> _Draft | None:
    """The tokens with every missing sign; None if none is missing, or it is no product."""
    draft = _Draft([], [], [])
    start = _right_side(at)
    changed = False
    close = -1
    for place, token in enumerate(at.tokens):
        last = draft.tokens[-1] if draft.tokens else None
        if place > start and last is not None and _misses(at, place, last, draft):
            if token.type == "NUMBER" and last.type == "NUMBER":
                return None
            draft.sign(between(at.tokens[place - 1], token))
            changed = True
        if token.type == "STAR" and token in ("·", "×"):
            # Between two tensors it may be either product, as a missing sign.
            draft.sign(span_of(token))
            continue
        if place in runs:
            after = at.tokens[place - 1].type
            wraps = after == "CIRCUMFLEX" or (grouped and after == "SLASH")
            _part(draft, token, runs[place], wraps)
            changed = True
            continue
        if grouped and close < 0 and _under_a_bar(at, place):
            close = place + 1
            _bracket(draft, before(token), "LPAR")
        if token.type == "CIRCUMFLEX" and place + 1 < len(at.tokens) and _turns(at, place + 1):
            draft.edits.append(Edit.at(span_of(token), "."))
            draft.tokens.append(made("DOT", ".", span_of(token)))
            changed = True
            continue
        draft.tokens.append(token)
        if place == close:
            _bracket(draft, behind(token), "RPAR")
    return draft if changed else None


def _under_a_bar(at: Situation, place: int) -> bool:
    """Whether the divisor of `1/2x` starts here: a number or name, and one that touches it."""
    tokens = at.tokens
    if place + 1 >= len(tokens) or tokens[place - 1].type != "SLASH":
        return False
    one, two = tokens[place], tokens[place + 1]
    touches = one.end_pos == two.start_pos and one.line == two.line
    follows = tokens[place + 2].type if place + 2 < len(tokens) else ""
    plain = follows not in ("LPAR", "LSQB", "DOT", "CIRCUMFLEX")
    return touches and one.type == "NUMBER" and two.type == "NAME" and plain


def _misses(at: Situation, place: int, last: Token, draft: _Draft) -> bool:
    """Whether a sign is missing before a token."""
    token = at.tokens[place]
    if last.type not in OPERAND_ENDS or token.type not in _STARTS:
        return False
    turned = len(draft.tokens) > 1 and draft.tokens[-2].type == "DOT"
    if token.type == "LPAR" and last.type == "NAME" and not turned:
        return at.is_value(str(last)) and not at.is_function(str(last))
    if last.type == "NAME" and not turned:
        # `log x`, `exp y` apply to what follows.
        return at.is_value(str(last)) or str(last) not in FUNCTIONS
    return True


def _part(draft: _Draft, token: Token, run: Run, wraps: bool) -> None:
    """A run of names as names with signs between them."""
    at = span_of(token)
    column = at.column
    if wraps:
        _bracket(draft, Span(at.line, column, at.line, column), "LPAR")
    crossed = False
    for number, part in enumerate(run):
        end = column + len(part)
        if part == _CROSS:
            crossed = True
            draft.sign(Span(at.line, column, at.line, end))
        else:
            if number and not crossed:
                draft.sign(Span(at.line, column, at.line, column))
            crossed = False
            name = canonical(part) or part
            draft.tokens.append(made("NAME", name, Span(at.line, column, at.line, end)))
        column = end
    if wraps:
        _bracket(draft, Span(at.line, column, at.line, column), "RPAR")


def _bracket(draft: _Draft, at: Span, kind: str) -> None:
    text = "(" if kind == "LPAR" else ")"
    draft.tokens.append(made(kind, text, at))
    draft.edits.append(Edit.at(at, text))

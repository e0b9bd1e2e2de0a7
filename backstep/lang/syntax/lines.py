"""Physical lines to logical lines: open brackets carry a line on. No grammar, no blocks yet."""

from __future__ import annotations

from dataclasses import field

from lark import Token

from backstep.errors import Diagnostic, Edit, Fix
from backstep.lang.syntax.bars import paired
from backstep.lang.syntax.printed_arrays import read_as_arrays, with_commas
from backstep.lang.syntax.tokens import (
    OPERAND_ENDS,
    VALUE_ENDS,
    Scanned,
    behind,
    scan,
    span_of,
    split_lines,
)
from backstep.limits import LIMITS
from backstep.records import record

__all__ = ["OPERAND_ENDS", "Line", "logical_lines"]

_CLOSING = {"RPAR": "LPAR", "RSQB": "LSQB", "RBRACE": "LBRACE"}
_BRACKETS = _CLOSING | {"RBAR": "LBAR", "RNORM": "LNORM", "RANGLE": "LANGLE"}
_OPENING = frozenset(_BRACKETS.values())
_STARTS = frozenset({"INPUT", "TARGET", "PARAM", "CONST", "MINIMIZE", "SEED", "FOR"})
_PARTNER = {"(": ")", ")": "(", "[": "]", "]": "[", "{": "}", "}": "{"}
_SIGNS = frozenset({"PLUS", "MINUS"})
_FACTOR_STARTS = frozenset({"NAME", "LPAR", "LBAR", "LNORM", "LANGLE", "ROOT", "TOTAL"})
_LEVELS = frozenset({"CIRCUMFLEX", "DOT", "ROOT", "TOTAL"})
_CHAIN_ENDS = _SIGNS | {"STAR", "SLASH", "AT", "COMMA", "EQUAL", "COMPARE", "COLON"}


@record(frozen=True, slots=True)
class Line:
    """One logical line: its indentation, its tokens, what is wrong with it so far, and what can be
    read in two ways.

    Two lines are equal if their text and its place are.
    """

    number: int
    texts: tuple[str, ...]
    indent: str = field(compare=False)
    tokens: tuple[Token, ...] = field(compare=False)
    faults: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False)


def logical_lines(source: str) -> list[Line]:
    """The logical lines that hold anything, in order.

    A bracket that is never closed is reported at the bracket, and reading goes on at the next line
    that can start a statement, so that one mistake does not swallow the rest of the text.
    """
    scanned = [scan(text, number) for number, text in enumerate(split_lines(source), start=1)]
    lines: list[Line] = []
    start = 0
    while start < len(scanned):
        first = scanned[start]
        if not first.tokens and not first.faults:
            start += 1
            continue
        line, start = _join(scanned, start)
        lines.append(line)
    return lines


def _join(scanned: list[Scanned], start: int) -> tuple[Line, int]:
    """The logical line that starts at a physical line, and where the next one starts."""
    tokens: list[Token] = []
    faults: list[Diagnostic] = []
    brackets: list[tuple[Token, int]] = []
    place = start
    while place < len(scanned):
        physical = scanned[place]
        if brackets and _starts_statement(physical.tokens, tokens):
            break
        tokens.extend(physical.tokens)
        faults.extend(physical.faults)
        fault = _match(physical.tokens, brackets, place)
        place += 1
        if fault is not None:
            faults.append(fault)
            return _line(scanned[start:place], tokens, faults), place
        if not brackets:
            break
    if brackets:
        opening, opened = [each for each in brackets if each[1] == brackets[0][1]][-1]
        if place == len(scanned):
            place = opened + 1
            last = scanned[opened].number
            tokens = [token for token in tokens if span_of(token).line <= last]
            faults = [fault for fault in faults if fault.span and fault.span.line <= last]
        closing = _PARTNER[str(opening)]
        end = behind(tokens[-1])
        fix = Fix(f"Add '{closing}'", (Edit.at(end, closing),))
        message, hint = f"'{opening}' is never closed", f"add '{closing}'"
        faults.append(Diagnostic("unclosed_bracket", message, hint, span_of(opening), fixes=(fix,)))
    elif not faults:
        tokens, fault = paired(tokens, {each.number: each.text for each in scanned[start:place]})
        fault = fault or _unopened(tokens) or _nesting(tokens)
        faults.extend([fault] if fault is not None else [])
    return _line(scanned[start:place], tokens, faults), place


def _line(physical: list[Scanned], tokens: list[Token], faults: list[Diagnostic]) -> Line:
    first = physical[0]
    texts = tuple(each.text for each in physical)
    if faults:
        return Line(first.number, texts, first.indent, tuple(tokens), tuple(faults))
    if not any(token.type == "LSQB" for token in tokens):
        return Line(first.number, texts, first.indent, tuple(tokens), ())
    whole, warnings = with_commas(tokens), read_as_arrays(tokens)
    return Line(first.number, texts, first.indent, whole, (), warnings)


def _starts_statement(tokens: tuple[Token, ...], before: list[Token]) -> bool:
    """Whether a line inside open brackets can only be a new statement."""
    if not tokens:
        return False
    if tokens[0].type in _STARTS:
        return True
    gives = len(tokens) > 1 and tokens[0].type == "NAME" and tokens[1].type == "EQUAL"
    return gives and before[-1].type not in ("LPAR", "COMMA")


def _match(
    tokens: tuple[Token, ...], brackets: list[tuple[Token, int]], place: int
) -> Diagnostic | None:
    """Follow the brackets of one physical line; the first that does not fit is diagnosed."""
    for token in tokens:
        if token.type in ("LPAR", "LSQB", "LBRACE"):
            brackets.append((token, place))
            if len(brackets) > LIMITS.nesting_depth:
                return _too_deep(token)
        elif token.type in _CLOSING:
            if not brackets:
                return _closes_nothing(token, _PARTNER[str(token)])
            opening, _ = brackets.pop()
            if opening.type != _CLOSING[token.type]:
                closing = _PARTNER[str(opening)]
                message = (
                    f"'{token}' closes '{opening}' of line {opening.line}, column {opening.column}"
                )
                span = span_of(token)
                opened = Fix.write(_PARTNER[str(token)], span_of(opening))
                fixes = (Fix.write(closing, span), opened)
                return Diagnostic(
                    "mismatched_bracket", message, f"write '{closing}'", span, fixes=fixes
                )
    return None


def _closes_nothing(token: Token, partner: str) -> Diagnostic:
    hint, span = f"delete it, or open '{partner}' before it", span_of(token)
    message = f"'{token}' closes nothing"
    return Diagnostic("unopened_bracket", message, hint, span, fixes=(Fix.write("", span),))


def _unopened(tokens: list[Token]) -> Diagnostic | None:
    """A diagnostic for an angle bracket that closes nothing; it joins no lines as others do."""
    opened = 0
    for token in tokens:
        opened += (token.type == "LANGLE") - (token.type == "RANGLE")
        if opened < 0:
            return _closes_nothing(token, "⟨")
    return None


def _nesting(tokens: list[Token]) -> Diagnostic | None:
    """A diagnostic if brackets, signs, exponents and indices nest too deep together.

    Counted before the tree is built: each open bracket, and within it each sign or exponent that
    waits for its operand and each index on an index, is a level.
    """
    levels = [0]
    indices: list[bool] = []
    depth = 0
    after_operand = False
    before = ""
    for token in tokens:
        called = token.type == "LPAR" and before == "NAME"
        if after_operand and token.type in _FACTOR_STARTS and not called:
            # A product without a sign: what waited for its operand has it.
            depth -= levels[-1]
            levels[-1] = 0
        before = token.type
        if token.type in _OPENING:
            indices.append(after_operand and token.type == "LSQB")
            levels.append(0)
            depth += 1
        elif token.type in _BRACKETS:
            depth -= levels.pop() + 1
            levels[-1] += indices[-1]
            depth += indices.pop()
        elif token.type in _LEVELS or (token.type in _SIGNS and not after_operand):
            levels[-1] += 1
            depth += 1
        elif token.type in _CHAIN_ENDS:
            depth -= levels[-1]
            levels[-1] = 0
        if depth > LIMITS.nesting_depth:
            return _too_deep(token)
        after_operand = token.type in VALUE_ENDS
    return None


def _too_deep(token: Token) -> Diagnostic:
    return Diagnostic(
        "nesting_depth",
        f"nested more than {LIMITS.nesting_depth} deep",
        "name a part on a line of its own",
        span_of(token),
    )

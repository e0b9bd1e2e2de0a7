"""Text to syntax tree: every line on its own, so that independent errors are reported together.

The grammar is grammar.lark's; blocks by indentation are built here. Names, shapes and the values of
nodes are the compiler's.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache

from lark import Token
from lark.exceptions import UnexpectedToken

from backstep.errors import DefinitionError, Diagnostic, LimitError, Span
from backstep.lang.diagnostics.diagnosis import explain, targets_of
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.implicit_products import is_shorthand, with_products
from backstep.lang.syntax.lines import Line, logical_lines
from backstep.lang.syntax.reader import read_line
from backstep.lang.syntax.refusal import StatementError
from backstep.lang.syntax.tokens import span_of
from backstep.limits import LIMITS

MOST_FAULTS = 20
"""Diagnostics reported at once; more of them are the same few mistakes again."""
_LONGEST_KEPT = 64

_INSIDE_LOOP = {
    syntax_tree.Function: "a function is defined outside loops",
    syntax_tree.Declare: "a name is declared outside loops",
    syntax_tree.Minimize: "'minimize' stands outside loops",
    syntax_tree.Seed: "'seed' stands outside loops",
}


@dataclass(slots=True)
class _Block:
    """Lines of one indentation: the statements so far and the head they belong to."""

    indent: str
    statements: list[syntax_tree.Statement]
    head: syntax_tree.Loop | syntax_tree.Broken | None = None
    loops: int = 0
    silent: bool = False


@dataclass(slots=True)
class _Reading:
    blocks: list[_Block] = field(default_factory=lambda: [_Block("", [])])
    faults: list[Diagnostic] = field(default_factory=list)
    shorthand: set[int] = field(default_factory=set)


def parse(source: str) -> syntax_tree.Program:
    """The syntax tree of a text. Raises DefinitionError with all diagnostics; LimitError."""
    program, faults = read(source)
    if faults:
        raise DefinitionError(*told(faults))
    return program


def told(faults: list[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics in the text's order: the first `MOST_FAULTS`, and how many follow."""
    ordered = sorted(
        faults, key=lambda fault: (fault.span.line, fault.span.column) if fault.span else (0, 0)
    )
    if len(ordered) <= MOST_FAULTS:
        return ordered
    more = len(ordered) - MOST_FAULTS
    last = Diagnostic(
        "more_faults", f"{more:,} more faults follow", None, ordered[MOST_FAULTS].span
    )
    return [*ordered[:MOST_FAULTS], last]


def read(source: str) -> tuple[syntax_tree.Program, list[Diagnostic]]:
    """The syntax tree, wrong lines as Broken, and the diagnostics. Raises LimitError."""
    size = len(source.encode("utf-8", "surrogatepass"))
    if size > LIMITS.source_bytes:
        raise LimitError(
            Diagnostic(
                "source_bytes",
                f"the definition is {size:,} bytes; {LIMITS.source_bytes:,} are allowed",
                "write repeated parts as a loop or a function",
            ),
            details={"limit": "source_bytes", "measured": size, "allowed": LIMITS.source_bytes},
        )
    lines = logical_lines(source)
    if not lines:
        empty = Diagnostic(
            "empty", "the definition is empty", "write, for example: L = 2^3", Span(1, 1, 1, 2)
        )
        return syntax_tree.Program(source, ()), [empty]
    reading = _Reading()
    opened = False
    for line in lines:
        _place(reading, line, opened)
        opened = _add(reading, line)
    if opened:
        _report_empty(reading)
    while len(reading.blocks) > 1:
        _close(reading)
    warnings = tuple(fault for line in lines for fault in line.warnings)
    statements = tuple(reading.blocks[0].statements)
    program = syntax_tree.Program(source, statements, warnings, frozenset(reading.shorthand))
    return program, reading.faults


def _add(reading: _Reading, line: Line) -> bool:
    """Read one line into the open block; True where it opens a block of its own."""
    block = reading.blocks[-1]
    statement, faults, shorthand = _statement(line)
    if shorthand:
        reading.shorthand.add(line.number)
    if block.loops and (why := _INSIDE_LOOP.get(type(statement))) is not None:
        faults = (Diagnostic("inside_loop", why, "move it above the loop", statement.span),)
        statement = syntax_tree.Broken(targets_of(line.tokens), (), statement.span)
    if isinstance(statement, syntax_tree.Loop) and block.loops >= LIMITS.nesting_depth:
        message = f"nested more than {LIMITS.nesting_depth} deep"
        faults = (Diagnostic("nesting_depth", message, None, statement.span),)
        statement = syntax_tree.Broken((), (), statement.span)
    if not block.silent:
        reading.faults.extend(faults)
    opens = bool(line.tokens) and (
        line.tokens[0].type == "FOR" or (bool(faults) and line.tokens[-1].type == "COLON")
    )
    if not opens:
        block.statements.append(statement)
        return False
    assert isinstance(statement, syntax_tree.Loop | syntax_tree.Broken)
    foreign = line.tokens[0].type != "FOR"
    reading.blocks.append(
        _Block(line.indent, [], statement, block.loops + 1, block.silent or foreign)
    )
    return True


_Read = tuple[syntax_tree.Statement, tuple[Diagnostic, ...], bool]


def _statement(line: Line) -> _Read:
    """A line as a statement, and whether it is written as on a board; Broken with its diagnostics
    if it can't be read.

    What was read last is cached: most lines of a text that is being typed do not change.
    """
    return _read_kept(line) if len(line.tokens) <= _LONGEST_KEPT else _read(line)


def _read(line: Line) -> _Read:
    faults = line.faults
    if not faults:
        try:
            whole = with_products(line.tokens)
            return statement_of(line.tokens, whole), (), is_shorthand(line.tokens, whole)
        except StatementError as refused:
            faults = (refused.fault,)
    assert faults[0].span is not None
    span = span_of(line.tokens[0]).to(span_of(line.tokens[-1])) if line.tokens else faults[0].span
    return syntax_tree.Broken(targets_of(line.tokens), (), span), faults, False


_read_kept = lru_cache(maxsize=1024)(_read)


def statement_of(
    tokens: Sequence[Token], whole: Sequence[Token] | None = None
) -> syntax_tree.Statement:
    """The statement of a line's tokens, products without a sign among them.

    `whole` are the tokens with those products, if they are known. Raises StatementError, in the
    terms of the line as it was typed.
    """
    whole = with_products(tokens) if whole is None else whole
    try:
        with suppress(UnexpectedToken):
            return read_line(whole)
        return read_line(tokens)
    except UnexpectedToken as error:
        raise StatementError(explain(tokens, error.token)) from None


def _place(reading: _Reading, line: Line, opened: bool) -> None:
    """Open, continue or close blocks according to the line's indentation."""
    blocks = reading.blocks
    indent = line.indent
    if opened:
        outer = blocks[-1].indent
        if indent.startswith(outer) and len(indent) > len(outer):
            blocks[-1].indent = indent
            return
        _report_empty(reading)
    left = False
    while len(blocks) > 1 and blocks[-1].indent != indent and blocks[-1].indent.startswith(indent):
        left = blocks[-1].head is not None
        _close(reading)
    block = blocks[-1]
    if block.indent == indent:
        return
    at = Span(_first_line(line), 1, _first_line(line), len(indent) + 1)
    if indent.startswith(block.indent):
        fault = Diagnostic(
            "indentation",
            "the indentation fits no line above it"
            if left
            else "this line is indented, and no loop is open above it",
            "start it where the lines of its block start",
            at,
        )
    else:
        fault = Diagnostic(
            "indentation",
            "tabs and spaces are mixed in the indentation",
            "indent the lines of a block alike, with spaces",
            at,
        )
    if not block.silent:
        reading.faults.append(fault)
    # Read as part of the same block, so that the next line of this indentation is not reported too.
    blocks.append(_Block(indent, block.statements, None, block.loops, block.silent))


def _first_line(line: Line) -> int:
    if line.tokens:
        return span_of(line.tokens[0]).line
    assert line.faults[0].span is not None
    return line.faults[0].span.line


def _report_empty(reading: _Reading) -> None:
    block = reading.blocks[-1]
    if isinstance(block.head, syntax_tree.Loop) and not block.silent:
        reading.faults.append(
            Diagnostic(
                "empty_loop",
                "the loop repeats nothing",
                "indent the lines below it that are to be repeated",
                block.head.span,
            )
        )
    _close(reading)


def _close(reading: _Reading) -> None:
    block = reading.blocks.pop()
    if block.head is not None:
        done = replace(block.head, body=tuple(block.statements))
        reading.blocks[-1].statements.append(done)

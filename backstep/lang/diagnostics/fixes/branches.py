"""Branches of other languages as `where`: blocks of `if` and `else`, `a if c else b`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_MOST_BRANCHES = 8
_HEAD = re.compile(r"(\s*)(if|elif|else\s+if|elseif|else)\b\s*(.*?)\s*(?::\s*(.*)|)$")
_GIVEN = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.+?)\s*;?\s*$")
_CHOICE = re.compile(r"\((\s*[^()]*?(?:\([^()]*\)[^()]*?)*)\)")
_PARTS = re.compile(r"\s*(.+?)\s+if\s+(.+?)\s+else\s+(.+?)\s*", re.S)


@dataclass(frozen=True, slots=True)
class _Branch:
    """One branch: its condition (None: else), the name it assigns, the formula, its last line."""

    condition: str | None
    name: str
    formula: str
    last: int


def candidates(at: Situation) -> Iterator[Candidate]:
    """The block of branches around the statement as one statement, or the choice in it."""
    if at.fault.code != "foreign_word":
        return
    if re.match(r"\s*(?:if|elif|elseif|else)\b", at.line.texts[0]):
        yield from _block(at)
    elif len(at.line.texts) == 1:
        yield from _inside(at)


def _block(at: Situation) -> Iterator[Candidate]:
    start = at.line.number
    lines = [line.partition("#")[0].rstrip() for line in at.sheet.lines]
    while not re.match(r"\s*if\b", lines[start - 1]):
        start -= 1
        if start < 1 or at.line.number - start > 4 * _MOST_BRANCHES:
            return
    branches = list(_branches(lines, start))
    if not branches or len({branch.name for branch in branches}) != 1:
        return
    name = branches[0].name
    if branches[-1].condition is None:
        formula = branches.pop().formula
    elif at.known.given_on.get(name, start) < start:
        # Without an else the name keeps its value.
        formula = name
    else:
        return
    if not branches or any(branch.condition is None for branch in branches):
        return
    last = max(branch.last for branch in _branches(lines, start))
    for branch in reversed(branches):
        formula = f"where({branch.condition}, {branch.formula}, {formula})"
    indent = lines[start - 1][: len(lines[start - 1]) - len(lines[start - 1].lstrip())]
    whole = Span(start, 1, last, len(at.sheet.lines[last - 1]) + 1)
    yield at.edited(Edit.at(whole, f"{indent}{name} = {formula}"), sure=True)


def _branches(lines: list[str], start: int) -> Iterator[_Branch]:
    """The branches from a line on; fewer if one of them can't be read."""
    number, indent = start, None
    for _ in range(_MOST_BRANCHES):
        head = _HEAD.match(lines[number - 1]) if number <= len(lines) else None
        if head is None or (indent is not None and head[1] != indent):
            return
        if (head[2] == "if") != (number == start) or (head[2] != "else" and not head[3]):
            return
        indent = head[1]
        body = head[4]
        last = number
        if not body:
            last = number + 1
            body = lines[last - 1] if last <= len(lines) else ""
            if len(body) - len(body.lstrip()) <= len(indent):
                return
        given = _GIVEN.match(body)
        if given is None:
            return
        condition = None if head[2] == "else" else _unwrapped(head[3])
        yield _Branch(condition, given[1], given[2], last)
        number = last + 1


def _unwrapped(condition: str) -> str:
    inner = re.fullmatch(r"\(([^()]*)\)", condition)
    return inner[1].strip() if inner else condition


def _inside(at: Situation) -> Iterator[Candidate]:
    """`2*(a if c else b)` → `2*where(c, a, b)`; an argument of a call likewise."""
    text = at.line.texts[0]
    code = text.partition("#")[0]
    for match in _CHOICE.finditer(code):
        parts = _PARTS.fullmatch(match[1])
        if parts is None or " if " in parts[3] or "," in match[1]:
            continue
        written = f"where({parts[2]}, {parts[1]}, {parts[3]})"
        called = re.search(r"\w$", code[: match.start()])
        start, end = match.span(1) if called else match.span()
        number = at.line.number
        yield at.edited(Edit(number, start + 1, number, end + 1, written), sure=True)
        return

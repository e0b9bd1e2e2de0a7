"""Functions in other languages, named or not: `@(t) t^2`, `t -> t^2`, `function(t) t^2`, `(t) =>
t^2`, `function y = f(t) … end`. Each is `f(t) = t^2` here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_NAME = r"[^\W\d]\w*"
_LIST = rf"{_NAME}(?:\s*,\s*{_NAME})*"
_TYPED = rf"{_NAME}(?:\s*(?:::?)\s*\w+)?"
_TYPED_LIST = rf"{_TYPED}(?:\s*,\s*{_TYPED})*"
_ARROW = r"(?:->|=>|→|↦|\|->|\\mapsto|\\to)"
_GIVES = r"(?:=|<-|:=|←|:)"
_WORDS = r"(?:let|var|const|val|auto|fn|fun|func|def|function)\s+"
_NAMELESS = re.compile(
    rf"(?P<indent>\s*)(?:{_WORDS})?(?P<name>{_NAME})\s*{_GIVES}\s*(?:"
    rf"@\s*\((?P<a>{_LIST})\)"
    rf"|\(?(?P<b>{_TYPED_LIST})\)?\s*{_ARROW}"
    rf"|(?:function|func|fn|fun)\s*\((?P<c>{_LIST})\)"
    rf"|\\\s*\((?P<d>{_LIST})\)"
    rf"|(?:λ|lambda)\s*(?P<e>{_LIST})\s*[.:]"
    rf"|\|(?P<f>{_LIST})\|"
    r")\s*(?P<body>.+)",
    re.S,
)
_NAMED = re.compile(
    rf"(?P<indent>\s*)(?:(?:{_WORDS})?(?P<name>{_NAME})\s*\((?P<list>{_TYPED_LIST})\)\s*(?:{_ARROW}|:=|≔|≡|≜|←|<-)"
    rf"|{_WORDS}(?P<name2>{_NAME})\s*\((?P<list2>{_TYPED_LIST})\)\s*(?:(?:->|:)\s*\w+\s*)?=?)"
    r"\s*(?P<body>.+)",
    re.S,
)
_PATTERNED = re.compile(rf"(\s*)({_NAME})\s*\[\s*({_NAME}_(?:\s*,\s*{_NAME}_)*)\s*\]\s*:?=\s*(.+)")
"""Mathematica's `f[x_] := x^2`."""
_HEAD = re.compile(
    rf"\s*(?:{_WORDS})(?:(?P<out>{_NAME})\s*=\s*)?(?P<name>{_NAME})\s*\((?P<list>{_TYPED_LIST})\)"
    r"(?:\s*(?:->|:)\s*\w+)?\s*\{?\s*"
    rf"|\s*(?P<name2>{_NAME})\s*{_GIVES}\s*function\s*\((?P<list2>{_LIST})\)\s*\{{?\s*"
)
_LINE = re.compile(
    rf"\s*(?:(?:{_WORDS})?(?P<name>{_NAME})\s*(?:=(?!=)|<-)\s*|return\b\s*)?(?P<formula>.+?)\s*;?\s*"
)
_END = re.compile(r"\s*(?:end(?:function)?|\})\s*;?\s*")
_MOST_LINES = 12


def candidates(at: Situation) -> Iterator[Candidate]:
    """The function that the statement defines, in the language."""
    lines = [line.partition("#")[0].rstrip() for line in at.sheet.lines]
    number = at.line.number
    written = _written(lines[number - 1]) if len(at.line.texts) == 1 else None
    if written is not None:
        yield at.edited(Edit(number, 1, number, len(lines[number - 1]) + 1, written), sure=True)
    head = _HEAD.fullmatch(lines[number - 1])
    made = None if head is None else _over_lines(lines, number, head)
    if made is not None:
        last = made[1]
        whole = Span(number, 1, last, len(at.sheet.lines[last - 1]) + 1)
        drops = frozenset(_given(lines[number - 1 : last]))
        yield replace(at.edited(Edit.at(whole, made[0]), sure=True), drops=drops)


def _given(lines: list[str]) -> list[str]:
    """The names that a function assigns on the way, and that of its result."""
    inner = [re.match(rf"\s*(?:{_WORDS})?({_NAME})\s*(?:=(?!=)|<-)", line) for line in lines]
    return [each[1] for each in inner if each is not None]


def _written(line: str) -> str | None:
    """A function on one line."""
    patterned = _PATTERNED.fullmatch(line)
    if patterned is not None:
        listed = re.sub(r"_+(?:\w+)?", "", patterned[3])
        return f"{patterned[1]}{patterned[2]}({listed}) = {patterned[4].rstrip(' ;')}"
    found = _NAMELESS.fullmatch(line)
    if found is not None:
        listed = next(found[each] for each in "abcdef" if found[each])
        name = found["name"]
    else:
        found = _NAMED.fullmatch(line)
        if found is None:
            return None
        listed, name = found["list"] or found["list2"], found["name"] or found["name2"]
    body = _body(found["body"])
    if body is None or not set(re.findall(_NAME, _untyped(listed))) & set(re.findall(_NAME, body)):
        return None
    return f"{found['indent']}{name}({_untyped(listed)}) = {body}"


def _body(text: str) -> str | None:
    """The one formula of a body, without braces, `return` and `end`."""
    text = re.sub(r"^\w+\s*(?=\{)", "", text.strip().rstrip(";").strip())
    text = re.sub(r"(?:;|\s)\s*end$", "", text)
    if text.startswith("{"):
        if not text.endswith("}"):
            return None
        text = text[1:-1].strip()
    text = re.sub(r"^return\b\s*", "", text).rstrip(" ;")
    inner = re.fullmatch(r"\((.*)\)", text)
    if inner and "(" not in inner[1]:
        text = inner[1].strip()
    return text if text and not re.search(r"[{}=;]", text) else None


def _over_lines(lines: list[str], start: int, head: re.Match[str]) -> tuple[str, int] | None:
    """A function over several lines: intermediate names are substituted into its result."""
    given: dict[str, str] = {}
    out = head["out"]
    value = None
    for number in range(start + 1, min(start + _MOST_LINES, len(lines)) + 1):
        line = lines[number - 1]
        if _END.fullmatch(line):
            value = given.get(out, value) if out else value
            if value is None:
                return None
            name, listed = head["name"] or head["name2"], head["list"] or head["list2"]
            return f"{name}({_untyped(listed)}) = {value}", number
        found = _LINE.fullmatch(line)
        if found is None or value is not None:
            return None
        formula = found["formula"]
        for each, text in given.items():
            formula = re.sub(rf"(?<![\w.]){each}(?!\w)", lambda _, text=text: f"({text})", formula)
        if found["name"]:
            given[found["name"]] = formula
        else:
            value = formula
    return None


def _untyped(listed: str) -> str:
    return ", ".join(re.sub(r"\s*::?\s*\w+", "", each).strip() for each in listed.split(","))

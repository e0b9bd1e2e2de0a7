"""Compound conditions of other languages: `a < x < b`, `and`, `or`, `not`, `x > 0` alone.

Each becomes one comparison inside another `where`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_CODES = frozenset(
    {
        "chained_comparison",
        "foreign_word",
        "comparison_outside_where",
        "condition",
        "unknown_character",
        "implicit_product",
        "bad_name",
        "missing_operand",
        "several_values",
    }
)
_WHERE = re.compile(r"(?<!\w)where\s*\(")
_CHAIN = re.compile(r"([^<>=!]+)([<>]=?|≤|≥)([^<>=!]+)([<>]=?|≤|≥)([^<>=!]+)")
_AND = re.compile(r"\s+and\s+|\s*&&?\s*|\s*∧\s*")
_OR = re.compile(r"\s+or\s+|\s*\|\|?\s*|\s*∨\s*")
_NOT = re.compile(r"\s*(?:not\s+|!(?!=)|¬)\s*(.+)")
_COMPARED = re.compile(r"[^<>=!]+(?:[<>]=?|[=!]=|≤|≥|≠)[^<>=!]+")
_BRACKETED = re.compile(r"\(([^()<>=!]+(?:[<>]=?|[=!]=|≤|≥|≠)[^()<>=!]+)\)(?=\s*[*+\-/]|\s*$)")
_ALONE = re.compile(r"(\s*\w+\s*=\s*)([^<>=!]+(?:[<>]=?|[=!]=|≤|≥|≠)[^<>=!,]+)")
_INDICATED = re.compile(
    r"(?<![\w.)\]])(?:𝟙|𝟏|1|I|\\(?:mathbf|mathbb|mathds|bm)\s*\{?\s*[1I]\s*\}?)_?\s*\\?[\[({]"
    r"([^\[\](){}<>=!≤≥≠]+(?:[<>]=?|[=!]=|≤|≥|≠)[^\[\](){}<>=!≤≥≠]+?)\\?[\])}]"
)
"""The indicator function, 1 if a condition is true: `1[x > 0]`, `I(x > 0)`."""
_POSITIVE = re.compile(r"[\[(]([^\[\]()]+)[\])]_\{?\+\}?")
"""The positive part, `[x]_+`."""
_OTHERWISE = re.compile(
    r"(.*?=\s*)\{?\s*([^{}=,;]+?)\s*,?\s*(?:\bif\b|\bfor\b|\bwhen\b)\s*([^{},;]+?)\s*[,;]\s*"
    r"([^{},;]+?)\s*,?\s*(?:otherwise|else|if\s[^{},;]+)\s*\}?\s*"
)
_VALUE = re.compile(r"[^\W\d]\w*(?:\[[^\]]*\])?")
_MOST_ROUNDS = 6


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement with its conditions as ours."""
    if at.fault.code not in _CODES or len(at.line.texts) != 1:
        return
    text = at.line.texts[0]
    code = text.partition("#")[0]
    made = _POSITIVE.sub(r"relu(\1)", _INDICATED.sub(r"where(\1, 1, 0)", _cases(code)))
    for _ in range(_MOST_ROUNDS):
        further = _round(made)
        if further == made:
            break
        made = further
    if made == code:
        made = _BRACKETED.sub(r"where(\1, 1, 0)", code)
    if made == code:
        alone = _ALONE.fullmatch(code.rstrip())
        made = f"{alone[1]}where({alone[2].strip()}, 1, 0)" if alone else code
    if made != code:
        number = at.line.number
        whole = Span(number, 1, number, len(code) + 1)
        yield at.edited(Edit.at(whole, made), sure=True)


def _cases(text: str) -> str:
    """`{ x if x > 0, 0 otherwise }` → `where(x > 0, x, 0)`."""
    match = _OTHERWISE.fullmatch(text)
    return f"{match[1]}where({match[3]}, {match[2]}, {match[4]})" if match else text


def _round(text: str) -> str:
    """The text with one condition of a `where` split; unchanged if none can be."""
    for match in _WHERE.finditer(text):
        found = _arguments(text, match.end())
        if found is None:
            continue
        (condition, yes, no), end = found
        made = _apart(condition, yes, no)
        if made is not None:
            return text[: match.start()] + made + text[end:]
    return text


def _apart(condition: str, yes: str, no: str) -> str | None:
    bare = re.fullmatch(r"\(([^()]*)\)", condition)
    condition = bare[1].strip() if bare else condition
    if len(parts := _OR.split(condition, maxsplit=1)) == 2:
        return f"where({_bare(parts[0])}, {yes}, where({_bare(parts[1])}, {yes}, {no}))"
    if len(parts := _AND.split(condition, maxsplit=1)) == 2:
        return f"where({_bare(parts[0])}, where({_bare(parts[1])}, {yes}, {no}), {no})"
    if negated := _NOT.fullmatch(condition):
        return f"where({_bare(negated[1])}, {no}, {yes})"
    if chain := _CHAIN.fullmatch(condition):
        a, first, x, second, b = (part.strip() for part in chain.groups())
        return f"where({a} {first} {x}, where({x} {second} {b}, {yes}, {no}), {no})"
    if not _COMPARED.fullmatch(condition) and _VALUE.fullmatch(condition):
        return f"where({condition} != 0, {yes}, {no})"
    return None


def _bare(condition: str) -> str:
    bare = re.fullmatch(r"\s*\(([^()]*)\)\s*", condition)
    return bare[1].strip() if bare else condition.strip()


def _arguments(text: str, start: int) -> tuple[list[str], int] | None:
    """The three arguments of a call that opens before a position, and where it ends."""
    parts, depth = [""], 1
    for place in range(start, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        if depth == 0:
            found = [part.strip() for part in parts]
            return (found, place + 1) if len(found) == 3 else None
        if text[place] == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += text[place]
    return None

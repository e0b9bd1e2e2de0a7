"""How a line begins, in other letters or another language: `Param x = 2`, `weights: w = 1`, `param
x = 2 y = 3`, `param x, y = 2, 3`, `=SUM(w)`, `L = = x`; and how it ends: `L = x^2.`
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.spelling import is_slip
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation
from backstep.lang.syntax import names

_NAME = r"[^\W\d]\w*"
_ROLES = ("input", "target", "param", "const")
_WORDS = {
    **{word: word for word in (*_ROLES, "minimize", "seed", "for")},
    **dict.fromkeys(("data", "feature", "features", "placeholder"), "input"),
    **dict.fromkeys(("label", "labels", "expected", "ground_truth"), "target"),
    **dict.fromkeys(
        ("weight", "weights", "parameter", "parameters", "parm", "prm", "bias", "biases"), "param"
    ),
    **dict.fromkeys(("trainable", "learnable", "learn", "variable", "variables"), "param"),
    **dict.fromkeys(("constant", "constants", "hyperparameter", "hyper", "fixed"), "const"),
    **dict.fromkeys(("minimise", "min"), "minimize"),
    **dict.fromkeys(("let", "set", "define", "def", "where", "given", "with", "then", "loss"), ""),
    **dict.fromkeys(("output", "compute", "return", "assign", "node", "cost", "objective"), ""),
}
"""First words, in lower case: ours, or none if the statement is an assignment."""
_OPENED = re.compile(rf"(\s*)({_NAME})(\s*:\s*|\s+)({_NAME}\b.*)")
_VALUE = r"(?:[-+]?[\d.]+(?:e[-+]?\d+)?|\[[^\[\]]*\])"
_SEVERAL = re.compile(
    rf"(\s*)((?:{'|'.join(_ROLES)})\s+)?({_NAME}\s*=\s*{_VALUE}(?:(?:\s*(?:,|;|\band\b|&)\s*|\s+){_NAME}\s*=\s*{_VALUE})+)\s*"
)
_ONE = re.compile(rf"({_NAME})\s*=\s*({_VALUE})")
_UNPACKED = re.compile(
    rf"(\s*)((?:{'|'.join(_ROLES)})\s+)?\(?({_NAME}(?:\s*,\s*{_NAME})+)\)?\s*=\s*\(?({_VALUE}(?:\s*,\s*{_VALUE})+)\)?\s*"
)
_FROM_VECTOR = re.compile(rf"(\s*)({_NAME}(?:\s*,\s*{_NAME})+)\s*=\s*({_NAME})\s*")
_CHAINED = re.compile(rf"(\s*)({_NAME}(?:\s*=\s*{_NAME})+)\s*=\s*({_VALUE})\s*")
_LISTED = re.compile(
    rf"(\s*(?:(?:{'|'.join(_ROLES)})\s+)?{_NAME}\s*=\s*)([-+]?[\d.]+(?:\s*,\s*[-+]?[\d.]+){{2,}})\s*"
)
_SPACED = re.compile(
    rf"(\s*(?:(?:{'|'.join(_ROLES)})\s+)?{_NAME}\s*=\s*)([-+]?[\d.]+(?:\s+[-+]?[\d.]+)+)\s*"
)
_ROWS = re.compile(
    rf"(\s*(?:(?:{'|'.join(_ROLES)})\s+)?{_NAME}\s*=\s*)(\[[^\[\]]*\](?:\s*,\s*\[[^\[\]]*\])+)\s*"
)
_CELL = re.compile(r"(\s*)=\s*(?!=)(.+)")
_DOUBLED = re.compile(rf"(\s*(?:\w+\s+)?{_NAME}\s*)=\s*=(?!=)(\s*.+)")
_NUMBERED = re.compile(
    r"(.+?\S)(?:\s{2,}|\s*\\tag\s*|\s*\\qquad\s*|\t)[({](\d{1,2}(?:\.\d+)?)[)}]\s*"
)
_ENDED = re.compile(r"(.*[\w)\]])\s*[.,;]+\s*")
_QUOTED = re.compile(r"(.*?=\s*)[\"“”'‘](.*[^\w].*)[\"”“'’]\s*")


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement with its beginning and end as the language has them."""
    if len(at.line.texts) != 1 or at.known.formula:
        return
    code = at.line.texts[0].partition("#")[0].rstrip()
    number = at.line.number
    whole = Span(number, 1, number, len(code) + 1)
    for made in _made(at, code):
        yield at.edited(Edit.at(whole, made), sure=True, title=_title(made))


def _title(made: str) -> str | None:
    return "Write one statement a line" if "\n" in made else None


def _made(at: Situation, code: str) -> Iterator[str]:
    listed = _LISTED.fullmatch(code)
    if listed is not None and re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+", listed[2].strip()):
        yield f"{listed[1]}{listed[2].strip().replace(',', '')}"
        return
    if listed is not None:
        yield f"{listed[1]}[{listed[2].strip()}]"
        return
    spaced = _SPACED.fullmatch(code)
    if spaced is not None and not re.fullmatch(r"[-+]?\d{1,3}(?:\s\d{3})+", spaced[2].strip()):
        yield f"{spaced[1]}[{', '.join(spaced[2].split())}]"
        return
    for pattern, form in (
        (_ROWS, r"\1[\2]"),
        (_DOUBLED, r"\1=\2"),
        (_NUMBERED, r"\1  # (\2)"),
        (_QUOTED, r"\1\2"),
    ):
        if pattern.fullmatch(code):
            yield pattern.sub(form, code)
            return
    several = _SEVERAL.fullmatch(code)
    if several is not None:
        role = several[2] or ""
        lines = [f"{several[1]}{role}{name} = {value}" for name, value in _ONE.findall(several[3])]
        yield "\n".join(lines)
        return
    unpacked = _UNPACKED.fullmatch(code)
    if unpacked is not None:
        values = re.findall(_VALUE, unpacked[4])
        given = [each.strip() for each in unpacked[3].split(",")]
        if len(values) == len(given):
            role = unpacked[2] or ""
            pairs = zip(given, values, strict=True)
            yield "\n".join(f"{unpacked[1]}{role}{name} = {value}" for name, value in pairs)
        return
    yield from _parted(at, code)
    yield from _opened(at, code)
    cell = _CELL.fullmatch(code)
    if cell is not None:
        name = next(each for each in ("L", "loss", "loss_") if each not in at.known.given_on)
        yield f"{cell[1]}{name} = {cell[2]}"
    ended = _ENDED.fullmatch(code)
    if ended is not None and "=" in code:
        yield ended[1]


def _parted(at: Situation, code: str) -> Iterator[str]:
    """`a, b = x` with a vector of two, and `a = b = 2`, as a line for each name."""
    taken = _FROM_VECTOR.fullmatch(code)
    if taken is not None:
        listed = [each.strip() for each in taken[2].split(",")]
        if at.known.shapes.get(taken[3], ())[:1] == (len(listed),):
            yield "\n".join(
                f"{taken[1]}{name} = {taken[3]}[{place}]" for place, name in enumerate(listed)
            )
    chained = _CHAINED.fullmatch(code)
    if chained is not None:
        listed = [each.strip() for each in chained[2].split("=")]
        yield "\n".join(f"{chained[1]}{name} = {chained[3]}" for name in listed)


def _opened(at: Situation, code: str) -> Iterator[str]:
    """The line with its first word as ours: in any case or number, with a colon or not."""
    found = _OPENED.fullmatch(code)
    if found is None or at.is_value(found[2]) or found[2] in names.STATEMENT_WORDS - {found[2]}:
        return
    word, colon = found[2].casefold(), ":" in found[3]
    ours = _WORDS.get(word, _WORDS.get(word.removesuffix("s")))
    if ours is None:
        near = [each for each in (*_ROLES, "minimize") if is_slip(word, each)]
        ours = near[0] if len(near) == 1 else None
    gives = re.match(rf"{_NAME}(?:\s*\[[^\]]*\])?\s*[=~](?!=)", found[4])
    if ours is None or (ours == found[2] and not colon):
        return
    if ours in _ROLES or ours == "":
        if gives is None:
            return
        several = _SEVERAL.fullmatch(f"{ours or 'param'} {found[4]}")
        if several is not None:
            role = f"{ours} " if ours else ""
            parts = _ONE.findall(several[3])
            yield "\n".join(f"{found[1]}{role}{name} = {value}" for name, value in parts)
            return
        yield f"{found[1]}{ours} {found[4]}" if ours else f"{found[1]}{found[4]}"
    elif ours == "minimize" and re.fullmatch(_NAME, found[4].strip()):
        yield f"{found[1]}minimize {found[4]}"
    elif ours in ("seed", "for") and not colon:
        yield f"{found[1]}{ours} {found[4]}"

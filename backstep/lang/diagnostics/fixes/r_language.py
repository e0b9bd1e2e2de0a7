"""Statements of R translated: `x <- c(1, 2)`, `W %*% x`, `t(W)`, `matrix(c(…), nrow=2)`.

Elements count from 1 there, so literal indices in an assignment by `<-` are lowered by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_NAME = r"[^\W\d]\w*"
_ROLE = r"(?:input|target|param|const)"
_ARROW = re.compile(rf"^(\s*(?:{_ROLE}\s+)?{_NAME}(?:\s*\[[^\]]*\])?)\s*<<?-\s*(?=\S)")
_TURNED_ARROW = re.compile(rf"^(\s*)(.+?\S)\s*->>?\s*({_NAME})\s*$")
_SIGN = re.compile(
    r"<-|%\*%|%o%|(?<![\w.])c\s*\(|(?<![\w.])matrix\s*\(|(?<![\w.])ifelse\s*\(|(?<![\w.])pm(?:ax|in)\s*\("
)
_OTHER = re.compile(r"(?<![\w.])(?:var|sd|cov|cor|scale|norm|det|solve|apply|sapply)\s*\(")
"""What has another value there, or no equivalent: spreads divide by n − 1, norm is of columns."""
_VECTOR = re.compile(r"(?<![\w.])c\s*\(([^()]*)\)")
_MATRIX = re.compile(r"(?<![\w.])matrix\s*\(\s*(\[[^\[\]]*\]|[-\d.]+)\s*,([^()]*)\)")
_TURNED = re.compile(r"(?<![\w.])t\s*(\((?:[^()]|\([^()]*\))*\))")
_LENGTH = re.compile(rf"(?<![\w.])(length|nrow|ncol)\s*\(\s*({_NAME})\s*\)")
_INDEX = re.compile(r"(?<=[\w)])\[([^\[\]]*)\]")
_RENAMED = {"ifelse": "where", "pmax": "maximum", "pmin": "minimum"}


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement translated, if it has signs of R."""
    old = "\n".join(at.line.texts)
    code = old.partition("#")[0].rstrip() if len(at.line.texts) == 1 else old
    if not _SIGN.search(code) and not _TURNED_ARROW.match(code):
        return
    made = _rewritten(at, code)
    if made is None or made == code:
        return
    last = at.line.number + len(at.line.texts) - 1
    column = len(code.rpartition("\n")[2]) + 1
    yield at.edited(Edit.at(Span(at.line.number, 1, last, column), made), sure=True)


def _rewritten(at: Situation, text: str) -> str | None:
    arrow = _ARROW.match(text)
    theirs = arrow is not None or "%*%" in text
    if theirs and (_OTHER.search(text) or _meets_by_columns(at.source, text)):
        return None
    if arrow is not None:
        counted = _counted(text[arrow.end() :])
        if counted is None:
            return None
        text = f"{arrow[1]} = {counted}"
    elif turned := _TURNED_ARROW.match(text):
        counted = _counted(turned[2])
        if counted is None or "=" in turned[2]:
            return None
        text = f"{turned[1]}{turned[3]} = {counted}"
    text = re.sub(r"\s*%\*%\s*", " @ ", text)
    text = re.sub(rf"({_NAME})\s*%o%\s*({_NAME})", r"outer(\1, \2)", text)
    if not at.is_value("c") and not at.is_function("c"):
        text = _VECTOR.sub(r"[\1]", text)
    if not at.is_function("matrix"):
        text = _MATRIX.sub(_matrix, text)
    if not at.is_value("t") and "t" not in at.known.functions:
        text = _TURNED.sub(lambda m: f"{_operand(m[1])}.T", text)
    for name, ours in _RENAMED.items():
        if name not in at.known.functions:
            text = re.sub(rf"(?<![\w.]){name}(?=\s*\()", ours, text)
    return _LENGTH.sub(lambda m: _size(at, m), text)


def _meets_by_columns(source: str, text: str) -> bool:
    """Whether a matrix meets a vector elementwise: R repeats it down the columns."""
    matrices = re.findall(rf"({_NAME})\s*(?:<-|=)\s*(?:matrix\s*\(|\[\[)", source)
    vectors = re.findall(rf"({_NAME})\s*(?:<-|=)\s*(?:c\s*\(|\[(?!\[))", source)
    if not matrices or not vectors:
        return False
    one, two = ("|".join(map(re.escape, each)) for each in (matrices, vectors))
    meets = rf"\b(?:{one})\s*[-+*/^]\s*(?:{two})\b|\b(?:{two})\s*[-+*/^]\s*(?:{one})\b"
    return re.search(meets, text) is not None


def _operand(bracketed: str) -> str:
    inner = bracketed[1:-1].strip()
    return inner if re.fullmatch(_NAME, inner) else bracketed


def _matrix(match: re.Match[str]) -> str:
    """A matrix filled by columns, as R does, or by rows if it says so."""
    options = dict(re.findall(r"(\w+)\s*=\s*(\w+)", match[2]))
    by_place = [each.strip() for each in match[2].split(",") if each.strip().isdecimal()]
    for name, value in zip(("nrow", "ncol"), by_place, strict=False):
        options.setdefault(name, value)
    numbers = [each.strip() for each in match[1].strip("[]").split(",")]
    sizes = [
        int(options[each]) if options.get(each, "").isdecimal() else 0 for each in ("nrow", "ncol")
    ]
    if not any(sizes) or not set(options) <= {"nrow", "ncol", "byrow"}:
        return match[0]
    if len(numbers) == 1 and all(sizes):
        numbers = numbers * (sizes[0] * sizes[1])
    rows = sizes[0] or len(numbers) // sizes[1]
    columns = sizes[1] or len(numbers) // max(rows, 1)
    if rows * columns != len(numbers) or len(numbers) > _MOST:
        return match[0]
    by_row = options.get("byrow", "FALSE") in ("TRUE", "T")
    listed = [
        [
            numbers[row * columns + column if by_row else column * rows + row]
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    return "[" + ", ".join(f"[{', '.join(row)}]" for row in listed) + "]"


_MOST = 400
"""The most elements of a matrix that are written out."""


def _size(at: Situation, match: re.Match[str]) -> str:
    shape = at.known.shapes.get(match[2])
    place = {"length": 0, "nrow": 0, "ncol": 1}[match[1]]
    plain = shape is not None and (len(shape) == 1 if match[1] == "length" else len(shape) == 2)
    return str(shape[place]) if plain and shape is not None else match[0]


def _counted(text: str) -> str | None:
    """Literal indices lowered by one; None if one has no equivalent."""
    made, end = "", 0
    for match in _INDEX.finditer(text):
        items = []
        for item in match[1].split(","):
            ends = [each.strip() for each in item.split(":")]
            if not item.strip():
                items.append(":")
            elif all(each.isdecimal() and int(each) > 0 for each in ends) and len(ends) <= 2:
                first = int(ends[0]) - 1
                items.append(str(first) if len(ends) == 1 else f"{first}:{ends[1]}")
            else:
                return None
        made += text[end : match.start()] + f"[{', '.join(items)}]"
        end = match.end()
    return made + text[end:]

"""Whole texts of MATLAB and Julia: `A*x` is a matrix product there, and elements count from 1.

One statement can't be translated alone: once its own signs are ours, the `*` of another line can no
longer be told apart. So all statements are rewritten, the shapes decide which products are of
tensors, and what would have another value here is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from backstep.errors import Diagnostic, Edit, Span
from backstep.graph.shape import Shape
from backstep.lang.diagnostics.fixes.board import in_our_signs, joined_rows, rows_of_columns
from backstep.lang.diagnostics.fixes.edits import Sheet, applied
from backstep.lang.diagnostics.fixes.statement import Situation
from backstep.lang.syntax.lines import logical_lines

Read = Callable[[str], "tuple[Sequence[Diagnostic], Mapping[str, Shape]] | None"]
"""The diagnostics of a text and the shapes of its names; None if it was not read."""

_MOST_READINGS = 16
_NAME = r"[^\W\d]\w*"
_ROWS = re.compile(r"\[[^\[\]\n]*;[^\[\]\n]*\]")
_POINTED = re.compile(r"(?<=[\w)\]'])(\s*)\.([-+*/^])")
_BROADCAST = re.compile(r"(?<=[^\W\d])\.(?=\()")
_SIGN = re.compile(rf"{_ROWS.pattern}|(?:(?<![\w.]){_NAME}|[)\]'])\s*\.[*/^]|^\s*%|;\s*%", re.M)
_STAR = re.compile(r"(?<![*.])\*(?!\*)")
_BETWEEN = re.compile(rf"(?:{_NAME}'?|[)\]]'?)\s*(?<![*.])\*(?!\*)\s*(?:{_NAME}|\()")
_POWER = re.compile(r"[\w)\]']\s*\^|/\s*[^\W\d]")
_ROLE = re.compile(r"^\s*(?:input|target|param|const)\b", re.M)
_GIVEN = re.compile(rf"\s*(?:\w+\s+)?({_NAME})\s*=\s*\[([^\[\]]*)\]\s*;?\s*")
_REMARK = re.compile(r"[%#].*$")
_OTHER = re.compile(
    r"\b(?:var|std)\s*\(|\b(?:zeros|ones|rand|randn)\s*\(\s*\w+\s*\)|\b(?:for|while|if|function)\b"
)
"""What has another value there: spreads divide by n − 1, one size makes a square."""
_OF_MATRIX = re.compile(rf"(?:(\w+)\s*\(\s*)?\b(sum|mean|max|min|prod|norm)\(({_NAME})\)")
_LEFT = re.compile(rf"({_NAME})(\.T)?\s*$")
_RIGHT = re.compile(rf"\s*({_NAME})(\.T)?(?!\w|\.T)")


@dataclass(frozen=True, slots=True)
class Translation:
    """The translation of a text, if there is one.

    `whole`: all of the text is in the other language, so no statement of it is fixed alone.
    """

    text: str | None
    whole: bool


NONE = Translation(None, False)


def translation(source: str, read: Read) -> Translation:
    """A translation of a MATLAB or Julia text; none if it is in neither, or needs no care."""
    if not _SIGN.search(source):
        return NONE
    whole = _ROLE.search(source) is None
    code = "\n".join(_REMARK.sub("", line) for line in Sheet(source).lines)
    arrays = frozenset(re.findall(rf"^\s*({_NAME})\s*=\s*\[", code, re.M)) if whole else frozenset()
    called = any(re.search(rf"(?<!\w){name}\s*\(", code) for name in arrays)
    other = called or _OTHER.search(code) or _POWER.search(code)
    if not _BETWEEN.search(code) and not (whole and other):
        return NONE
    if not _OTHER.search(code):
        for rows in (joined_rows, rows_of_columns):
            made = _Text(source, rows is joined_rows, arrays, whole, read).resolved(rows)
            if made is not None and ("@" in made or called):
                return Translation(made, whole)
            if made is not None:
                return NONE
    return Translation(None, whole)


def of_statement(at: Situation, read: Read) -> str | None:
    """The text with `@` for the products of tensors in a statement that ends in `;`.

    None if it has none. The language of such a statement can't be told from it alone.
    """
    code = _REMARK.sub("", at.line.texts[0]).rstrip()
    if len(at.line.texts) != 1 or not code.endswith(";") or not _BETWEEN.search(code):
        return None
    made = in_our_signs(_STAR.sub("·", code), joined_rows)
    if made is None or "\n" in made:
        return None
    whole = Span(at.line.number, 1, at.line.number, len(at.line.texts[0]) + 1)
    text = applied(at.source, (Edit.at(whole, made),))
    for _ in range(_MOST_READINGS):
        found = read(text)
        faults = () if found is None else found[0]
        signs = [
            each.span
            for each in faults
            if each.span and each.span.line == at.line.number and each.code == "ambiguous_product"
        ]
        if not signs:
            break
        text = applied(text, (Edit.at(signs[0], "@"),))
    line = re.sub(r"\s*@\s*", " @ ", _plain(Sheet(text).lines[at.line.number - 1]))
    return applied(at.source, (Edit.at(whole, line),)) if "@" in line else None


@dataclass(slots=True)
class _Text:
    """A text being translated; columns of numbers are vectors, or matrices of one column."""

    source: str
    vectors: bool
    arrays: frozenset[str]
    theirs: bool
    read: Read

    def resolved(self, rows: Callable[[str], str]) -> str | None:
        """The translated text, if it is read without a diagnostic; else None."""
        text = self._rewritten(rows)
        for _ in range(_MOST_READINGS):
            found = None if text is None else self.read(text)
            if text is None or found is None:
                return None
            faults, shapes = found
            if not [each for each in faults if each.code != "loss_not_scalar"]:
                return _plain(text) if _means_the_same(text, shapes) else None
            edits = [self._edit(text, fault, shapes) for fault in faults]
            if None in edits:
                return None
            text = applied(text, [each for each in edits if each is not None])
        return None

    def _rewritten(self, rows: Callable[[str], str]) -> str | None:
        """Every statement with our signs: `·` for a product, `÷` and `^` unchanged."""
        sheet = Sheet(self.source)
        edits = []
        for line in logical_lines(self.source):
            old = "\n".join(line.texts)
            code = re.sub(r"%.*$", "", old, flags=re.M)
            if re.match(r"\s*(?:using|import|clear|close|clc)\b[^=]*$", code):
                code, old = "", f"%{old}"
            if len(line.texts) > 1 and re.search(r"%|#|\.\.\.", old):
                return None
            if self.theirs and "[" in line.texts[0]:
                code = re.sub(r"[;,]?[ \t]*\n\s*", "; ", code)
            remark = old[len(code) + 1 :] if len(line.texts) == 1 else ""
            code = _STAR.sub("·", code)
            code = re.sub(r"(?<![./])/(?!/)", "÷", code)
            code = _POINTED.sub(lambda m: m[1] + {"^": "**"}.get(m[2], m[2]), code)
            code = re.sub(r"[ \t]+$", "", _BROADCAST.sub("", code))
            new = in_our_signs(code, rows) if code.strip() else code
            if new is None:
                return None
            if self.theirs:
                new = _counted(new, self.arrays)
            new += f"  # {remark.strip()}" if remark.strip() and new.strip() else ""
            new = f"# {remark.strip()}" if remark.strip() and not new.strip() else new
            last = line.number + len(line.texts) - 1
            width = len(sheet.lines[last - 1]) + 1
            edits.append(Edit(line.number, 1, last, width, new))
        return applied(self.source, edits)

    def _edit(self, text: str, fault: Diagnostic, shapes: Mapping[str, Shape]) -> Edit | None:
        """The edit that writes the sign of a product of tensors, or an element in our brackets."""
        if fault.span is None or fault.span.line != fault.span.end_line:
            return None
        line = Sheet(text).lines[fault.span.line - 1]
        start, end = fault.span.column - 1, fault.span.end_column - 1
        if fault.code == "ambiguous_product" and line[start:end] == "·":
            if self.vectors and not self._is_inner(line[:start], line[end:], shapes):
                return None
            left, right = (
                len(line[:start].rstrip()),
                end + len(line[end:]) - len(line[end:].lstrip()),
            )
            return Edit(fault.span.line, left + 1, fault.span.line, right + 1, " @ ")
        if fault.code == "not_a_function":
            found = re.match(rf"({_NAME})\(([\d\s,:end+-]+)\)", line[start:])
            inner = None if found is None else _from_zero(found[2])
            if found is not None and inner is not None and shapes.get(found[1]):
                stop = start + found.end()
                new = f"{found[1]}[{inner}]"
                return Edit(fault.span.line, start + 1, fault.span.line, stop + 1, new)
        return None

    def _is_inner(self, left: str, right: str, shapes: Mapping[str, Shape]) -> bool:
        """Whether a product of two vectors is of a row and a column, so that it is their dot
        product.

        Of a column and a row it would be the outer product.
        """
        one, two = _LEFT.search(left), _RIGHT.match(right)
        if one is None or two is None:
            return True
        if any(len(shapes.get(each[1], ())) > 1 for each in (one, two)):
            # A row vector stays a row: it meets a matrix from the left alone.
            return self._lies(one) is not False if len(shapes.get(two[1], ())) > 1 else True
        return self._lies(one) is not False and self._lies(two) is not True

    def _lies(self, operand: re.Match[str]) -> bool | None:
        """Whether an operand is a row (True), a column (False), or unknown (None)."""
        turned = operand[2] is not None
        for line in Sheet(self.source).lines:
            given = _GIVEN.fullmatch(_REMARK.sub("", line))
            if given is not None and given[1] == operand[1]:
                return (";" not in given[2]) != turned
        return True if turned else None


def _means_the_same(text: str, shapes: Mapping[str, Shape]) -> bool:
    """Whether no power, quotient or reduction is of a matrix, which differs there."""
    powers = re.findall(rf"({_NAME})(?:\.T)?\s*\^", text)
    divisors = re.findall(rf"÷\s*({_NAME})(?!\w|\()", text)
    if any(shapes.get(each) for each in (*powers, *divisors)):
        return False
    for outer, function, name in _OF_MATRIX.findall(text):
        sizes = [size for size in shapes.get(name, ()) if size > 1]
        if len(sizes) > 1 and (function == "norm" or outer != function):
            return False
    return True


def _plain(text: str) -> str:
    return text.replace("÷", "/").replace("·", "*")


def _counted(text: str, arrays: frozenset[str]) -> str:
    """Julia's `x[1]` and MATLAB's `x(1)` of an array → `x[0]`."""
    if arrays:
        named = "|".join(map(re.escape, sorted(arrays)))
        text = re.sub(rf"(?<![\w.])({named})\s*\(([\d\s,:end]+)\)", r"\1[\2]", text)

    def index(match: re.Match[str]) -> str:
        inner = _from_zero(match[1])
        return match[0] if inner is None else f"[{inner}]"

    return re.sub(r"(?<=[\w)])\[([\d\s,:end]+)\]", index, text)


def _from_zero(inner: str) -> str | None:
    """Indices that count from 1, in ranges that include both ends, as ours; None if there is no
    equal.
    """
    made = []
    for item in inner.split(","):
        item = item.strip()
        ends = [each.strip() for each in item.split(":")]
        if item == ":":
            made.append(item)
        elif item == "end":
            made.append("-1")
        elif item.isdecimal() and int(item) > 0:
            made.append(str(int(item) - 1))
        elif len(ends) == 2 and ends[0].isdecimal() and int(ends[0]) > 0:
            if ends[1] != "end" and not ends[1].isdecimal():
                return None
            made.append(f"{int(ends[0]) - 1}:{ends[1].replace('end', '')}")
        else:
            return None
    return ", ".join(made)

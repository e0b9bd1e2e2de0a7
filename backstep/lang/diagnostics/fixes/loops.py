"""Loops of other languages as ours: `for i = 1:3 … end`, `for (i in 1:3) {…}`, C's `for (…; …; …)`.

If a loop counts from 1, so do the elements that its variable numbers, and become ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_MOST_LINES = 40
_NAME = r"[^\W\d]\w*"
_BOUND = rf"(?:\d+|{_NAME}|(?:length|len|numel|nrow|size)\s*\(\s*{_NAME}\s*(?:,\s*1)?\))"
_HEAD = re.compile(rf"(\s*)for\b\s*\(?\s*({_NAME})\s*(?:in|=|∈|<-)\s*(.+?)\s*", re.S)
_OVER_ELEMENTS = re.compile(
    rf"(\s*)for\s+(?:\(?\s*({_NAME})\s*,\s*({_NAME})\s*\)?\s+in\s+enumerate\s*\(\s*({_NAME})\s*\)"
    rf"|({_NAME})\s+in\s+({_NAME}))\s*:\s*"
)
_COLONS = re.compile(rf"({_BOUND})\s*:\s*({_BOUND})(?:\s*:\s*({_BOUND}))?")
_COUNTED = re.compile(
    rf"(?:seq|seq_len|seq_along|eachindex|axes)\s*\(\s*({_BOUND})(?:\s*,\s*({_BOUND}))?\s*\)"
)
_DOTS = re.compile(rf"({_BOUND})\s*\.\.(=?)\s*({_BOUND})")
_RANGE = re.compile(r"range\s*\(.*\)")
_C = re.compile(
    rf"(\s*)for\s*\(\s*(?:(?:int|let|var|size_t|unsigned|auto|long)\s+)?({_NAME})\s*=\s*({_BOUND})\s*;"
    rf"\s*\2\s*(<=?)\s*({_BOUND})\s*;\s*(?:\2\s*\+\+|\+\+\s*\2|\2\s*\+=\s*(\d+))\s*\)\s*"
)
_END = re.compile(r"\s*(?:end(?:for)?|\}|done|next(?:\s+\w+)?)\s*;?\s*")
_INDEXED = re.compile(r"(?<=[\w)])([\[(])([^\[\]():,]+)[\])]")


@dataclass(frozen=True, slots=True)
class _Head:
    """A loop's variable and its range as ours, and whether it counts from 1 in a language that does
    so; what follows the head on its line; whether an end is marked by a word or a brace.
    """

    indent: str
    variable: str
    over: str
    from_one: bool
    rest: str
    marked: bool


def candidates(at: Situation) -> Iterator[Candidate]:
    """The loop that the statement starts, is part of or ends, in the language."""
    lines = [line.partition("#")[0].rstrip() for line in at.sheet.lines]
    for number in range(at.line.number, max(0, at.line.number - _MOST_LINES), -1):
        if re.match(r"\s*for\b", lines[number - 1]):
            over = _OVER_ELEMENTS.fullmatch(lines[number - 1])
            if over is not None:
                yield from _of_elements(at, lines, number, over)
                return
            head = _head(at, lines[number - 1])
            made = None if head is None else _block(at, lines, number, head)
            if made is not None and made[1] >= at.line.number:
                text, last = made
                whole = Span(number, 1, last, len(at.sheet.lines[last - 1]) + 1)
                title = f"Write {text.partition(chr(10))[0].strip()}"
                yield at.edited(Edit.at(whole, text), sure=True, title=title)
            return


def _of_elements(
    at: Situation, lines: list[str], number: int, over: re.Match[str]
) -> Iterator[Candidate]:
    """`for v in x:` and `for i, v in enumerate(x):` → a loop over the numbers of x's elements."""
    element, vector = over[3] or over[5], over[4] or over[6]
    shape = at.known.shapes.get(vector)
    taken = set(re.findall(_NAME, at.source))
    index = over[2] or next((each for each in "ijknt" if each not in taken), None)
    if not shape or index is None or at.line.number != number:
        return
    made = [f"{over[1]}for {index} in range({shape[0]}):"]
    last = number
    for line in lines[number:]:
        if line.strip() and len(line) - len(line.lstrip()) <= len(over[1]):
            break
        if re.match(rf"\s*{element}\s*[-+*/]?=(?!=)", line):
            return
        last += 1
        made.append(re.sub(rf"(?<![\w.]){element}(?!\w)", f"{vector}[{index}]", line))
    if len(made) > 1:
        whole = Span(number, 1, last, len(at.sheet.lines[last - 1]) + 1)
        title = f"Write {made[0].strip()}"
        yield at.edited(Edit.at(whole, "\n".join(made)), sure=True, title=title)


def _head(at: Situation, line: str) -> _Head | None:
    found = _C.match(line)
    if found is not None:
        last = f"{found[5]} + 1" if found[4] == "<=" and not found[5].isdecimal() else found[5]
        last = str(int(last) + 1) if found[4] == "<=" and found[5].isdecimal() else last
        bounds = [] if found[3] == "0" and found[6] is None else [found[3]]
        bounds += [last, *([found[6]] if found[6] else [])]
        over = _range(at, bounds)
        rest = line[found.end() :].strip()
        return None if over is None else _made(found[1], found[2], over, False, rest)
    plain = _HEAD.fullmatch(line)
    if plain is None:
        return None
    tail = plain[3]
    marked = tail.endswith("{") or not tail.endswith(":")
    tail = re.sub(r"\s*(?:\{|:|\bdo)\s*$", "", tail)
    tail = tail.removesuffix(")") if tail.count(")") > tail.count("(") else tail
    dotted = _DOTS.fullmatch(tail.strip())
    if dotted is not None and not dotted[2] and not re.fullmatch(r"[^(]*\{\s*", line):
        return None  # Rust leaves the last number out, Ruby and Kotlin do not
    over, from_one = _over(at, tail.strip())
    if over is None:
        return None
    return _Head(plain[1], plain[2], over, from_one, "", marked)


def _made(indent: str, variable: str, over: str, from_one: bool, rest: str) -> _Head:
    marked = rest.startswith("{")
    return _Head(indent, variable, over, from_one, rest.removeprefix("{").strip(), marked)


def _over(at: Situation, tail: str) -> tuple[str | None, bool]:
    """Our range for a loop's range, and whether that counts from 1."""
    if _RANGE.fullmatch(tail):
        return tail, False
    if found := _COLONS.fullmatch(tail):
        first, middle, last = found.groups()
        step = middle if last is not None else None
        return _closed(at, first, last or middle, step), True
    if found := _COUNTED.fullmatch(tail):
        first, last = found.groups()
        name = last or first
        if name.isidentifier() and at.known.shapes.get(name):
            name = f"len({name})"
        return _closed(at, first if last else "1", name, None), True
    if found := _DOTS.fullmatch(tail):
        if found[2]:
            return _closed(at, found[1], found[3], None), False
        return _range(at, [found[1], found[3]]), False
    return None, False


def _closed(at: Situation, first: str, last: str, step: str | None) -> str | None:
    """A range that includes its last number."""
    end = _number(at, last)
    if end is None:
        return None
    stop = str(int(end) + 1) if end.isdecimal() else f"{end} + 1"
    return _range(at, [first, stop, *([step] if step else [])])


def _range(at: Situation, bounds: list[str]) -> str | None:
    said = [_number(at, each) for each in bounds]
    if None in said:
        return None
    return f"range({', '.join(map(str, said))})"


def _number(at: Situation, bound: str) -> str | None:
    """A bound as ours: a number, a name, or the length of an array as a number."""
    sized = re.match(rf"\w+\s*\(\s*({_NAME})", bound)
    if sized is None:
        return bound
    shape = at.known.shapes.get(sized[1])
    return str(shape[0]) if shape else None


def _block(at: Situation, lines: list[str], start: int, head: _Head) -> tuple[str, int] | None:
    """The loop as ours, and its last line; None if that can't be found."""
    body, last = [], start
    if head.rest and not head.marked:
        body = [head.rest]
    else:
        if head.rest:
            body.append(head.rest.removesuffix("}").strip())
        closed = head.rest.endswith("}")
        while not closed:
            last += 1
            if last > len(lines) or last - start > _MOST_LINES:
                break
            line = lines[last - 1]
            if re.match(r"\s*(?:for|while|if|function)\b", line):
                return None
            if _END.fullmatch(line):
                closed = True
            elif line.strip():
                body.append(line.strip())
        if not closed:
            return None
    made = [f"{head.indent}for {head.variable} in {head.over}:"]
    for line in body:
        for part in re.sub(rf"^({_NAME})\s*<-\s*", r"\1 = ", line).rstrip(" ;").split(";"):
            counted = _counted(at, part.strip(), head) if head.from_one else part.strip()
            if counted is None:
                return None
            made.append(f"{head.indent}    {counted}")
    return ("\n".join(made), last) if len(made) > 1 else None


def _counted(at: Situation, line: str, head: _Head) -> str | None:
    """A line with `x[i - 1]` for elements `x[i]` that count from 1; None: no equivalent."""
    variable = re.compile(rf"(?<!\w){head.variable}(?!\w)")
    if re.search(rf"[\[,:][^\[\]]*(?<!\w){head.variable}(?!\w)[^\[\]]*[,:]", line):
        return None

    def element(match: re.Match[str]) -> str:
        # MATLAB's x(i) for an array.
        array = bool(at.known.shapes.get(match[1]))
        return f"{match[1]}[{match[2]}]" if array else match[0]

    line = re.sub(rf"(?<![\w.])({_NAME})\(([^\[\]():,]+)\)", element, line)

    def index(match: re.Match[str]) -> str:
        inner = match[2].strip()
        if inner.isdecimal() and match[1] == "[" and int(inner) > 0:
            return f"[{int(inner) - 1}]"
        if not variable.search(inner) or match[1] == "(":
            return match[0]
        after = re.fullmatch(rf"{head.variable}\s*\+\s*1", inner)
        return f"[{head.variable}]" if after else f"[{inner} - 1]"

    return _INDEXED.sub(index, line)

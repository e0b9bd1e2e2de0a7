"""Arrays as NumPy and PyTorch print them, or as a table of numbers, as a definition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backstep.errors import DefinitionError, Diagnostic, PastedError, Span
from backstep.importers.definition import Definition, Imported
from backstep.importers.formulas import Numbers, spelled
from backstep.importers.roles import LEARNED, TARGET
from backstep.lang.compile.compiler import compile_text
from backstep.lang.syntax.tokens import split_lines
from backstep.limits import LIMITS

_TOKEN = re.compile(
    r"(?P<number>[-+−]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[jJ]?(?![\w.]))"
    r"|(?P<word>[^\W\d]\w*(?:\.[^\W\d]\w*)*)|(?P<dots>\.\.\.|…)|(?P<prompt>>>>)"
    r"|(?P<sign>[\[\](){},;=:'<>|])|(?P<line>\n)|(?P<space>[ \t\r\f\v\xa0]+)|(?P<other>.)"
)
_WRAPPERS = frozenset(
    {"array", "tensor", "Tensor", "Array", "Parameter", "DeviceArray", "ndarray", "matrix"}
)
_NOT_NUMBERS = frozenset({"nan", "NaN", "inf", "Inf", "-inf", "Infinity"})
_TRUTHS = {"True": 1, "False": 0}
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


def from_array(text: str) -> Imported:
    """The definition that declares printed arrays. Raises PastedError.

    A name is read where `x =` or a prompt's `>>> x` gives one; the loss is the sum of all elements.
    """
    if len(text.encode(errors="replace")) > LIMITS.source_bytes:
        message = f"the text is longer than {LIMITS.source_bytes:,} bytes"
        raise PastedError(Diagnostic("too_long", message))
    found = _Reader(text).arrays()
    definition = Definition()
    formulas = definition.formulas
    total = None
    for name, numbers, line in found:
        role = "target" if TARGET.fullmatch(name) else "input"
        role = "param" if LEARNED.fullmatch(name) else role
        value = definition.declare(
            name,
            _shape(numbers),
            value=_written(numbers),
            line=line,
            role=role,  # type: ignore[arg-type]
        )
        part = formulas.call("sum", value) if value.shape else value
        total = part if total is None else formulas.binary("+", total, part)
    assert total is not None
    source = definition.text(definition.give("L", total))
    try:
        compile_text(source)
    except DefinitionError as error:
        raise PastedError(Diagnostic("not_read", error.faults[0].message)) from None
    message = "an array alone has no loss: the sum of its elements is taken"
    return Imported(source, (Diagnostic("loss_assumed", message),))


def _shape(numbers: Numbers) -> tuple[int, ...]:
    return (len(numbers), *_shape(numbers[0])) if isinstance(numbers, list) else ()


def _written(numbers: Numbers) -> str:
    if isinstance(numbers, list):
        return f"[{', '.join(map(_written, numbers))}]"
    return spelled(numbers)


class _Reader:
    """Reads names and arrays from the left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            _Token(found.lastgroup or "other", found[0], found.start())
            for found in _TOKEN.finditer(text)
        ]
        self._at = 0

    def arrays(self) -> list[tuple[str, Numbers, int]]:
        """Each array with its name and its line."""
        for each in self._tokens:
            if each.kind == "dots":
                hint = "print all of it: np.set_printoptions(threshold=np.inf)"
                raise self._refused("the array is printed with … for numbers left out", each, hint)
        if not any(token.text == "[" for token in self._tokens):
            return [("x", self._table(), 1)]
        found: list[tuple[str, Numbers, int]] = []
        name: str | None = None
        while (token := self._next()) is not None:
            if token.kind == "word" and token.text.rpartition(".")[2] in _WRAPPERS:
                continue
            if token.kind == "word":
                name = token.text.rpartition(".")[2]
            elif token.text == "[":
                numbers = self._list(1)
                self._even(numbers, token)
                called = name or ("x" if not found else f"x{len(found) + 1}")
                found.append((called, numbers, self._line(token.place)))
                self._options()
                name = None
            elif token.text not in ("=", ":", "(", ")", "Parameter", "containing", ">>>", ","):
                raise self._refused(f"{token.text!r} stands before an array", token)
        return found

    def _next(self) -> _Token | None:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.kind not in ("space", "line"):
                return token
        return None

    def _list(self, depth: int) -> list[Numbers]:
        """What a bracket that is open holds, up to the one that closes it."""
        if depth > _DEEPEST:
            raise self._refused("brackets nest too deep", self._tokens[self._at - 1])
        found: list[Numbers] = []
        while (token := self._next()) is not None:
            if token.text == "[":
                found.append(self._list(depth + 1))
            elif token.text == "]":
                if not found:
                    raise self._refused("an array without elements", token)
                return found
            elif token.text != ",":
                found.append(self._number(token))
        raise self._refused("a bracket is not closed", self._tokens[-1])

    def _number(self, token: _Token) -> float | int:
        text = token.text.replace("−", "-")
        if text in _TRUTHS:
            return _TRUTHS[text]
        if text in _NOT_NUMBERS:
            raise self._refused(f"{text} cannot be written in a definition", token)
        if token.kind != "number" or text[-1] in "jJ":
            raise self._refused(f"{token.text!r} is no number", token)
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise self._refused("a number that no float holds", token)
        return int(text) if re.fullmatch(r"[-+]?\d{1,15}", text) else number

    def _even(self, numbers: list[Numbers], token: _Token) -> None:
        """Raise PastedError where rows differ."""
        shapes = {_shape(each) for each in numbers}
        for each in numbers:
            if isinstance(each, list):
                self._even(each, token)
        kinds = {isinstance(each, list) for each in numbers}
        if len(shapes) > 1 or len(kinds) > 1:
            raise self._refused("the rows of the array differ in length", token)

    def _options(self) -> None:
        """Pass over `, dtype=float32, requires_grad=True)` after an array."""
        start, depth = self._at, 0
        while (token := self._next()) is not None:
            if token.text == "(":
                depth += 1
            elif token.text == ")" and not depth:
                return
            elif token.text == ")":
                depth -= 1
            elif token.text == "[":
                break
        self._at = start

    def _table(self) -> Numbers:
        """Rows of numbers, a line each, without brackets."""
        rows: list[list[Numbers]] = [[]]
        for token in self._tokens:
            if token.kind == "line" or token.text == ";":
                rows.append([])
            elif token.kind != "space" and token.text not in (",", "|"):
                rows[-1].append(self._number(token))
        rows = [row for row in rows if row]
        if not rows:
            raise PastedError(Diagnostic("not_array", "the text holds no numbers"))
        if len({len(row) for row in rows}) > 1:
            raise self._refused("the rows of the array differ in length", self._tokens[0])
        if len(rows) == 1:
            return rows[0] if len(rows[0]) > 1 else rows[0][0]
        return [row[0] for row in rows] if len(rows[0]) == 1 else [*rows]

    def _line(self, place: int) -> int:
        return self._text.count("\n", 0, place) + 1

    def _refused(self, message: str, token: _Token, hint: str | None = None) -> PastedError:
        line = self._line(token.place)
        start = token.place - (self._text.rfind("\n", 0, token.place) + 1) + 1
        width = len(split_lines(token.text)[0]) if token.text.strip() else 1
        return PastedError(
            Diagnostic("not_array", message, hint, Span(line, start, line, start + width))
        )

"""The value of a matrix formula's LaTeX, read as a mathematician reads it. Checks nothing.

Side by side is a product of matrices, and binds tighter than ⊙, which binds tighter than a sum; a
vector is a column, its transpose a row, and **1** has the size that the place asks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

_TOKEN = re.compile(
    r"\s+|\\text\{axis \}\d|\\left|\\right|\\frac"
    r"|\\odot|\\cdot|\\,|\\top|\\mathbf\{1\}_\{[\d \\times]+\}|\\mathbf\{[01]\}"
    r"|\\operatorname\{\w+\}|\\(?:log|sqrt|exp|tanh|sigma|sin|cos|sum|ne|le|ge)|[A-Za-z]\w*|\d+(?:\.\d+)?|[-+^{}()\[\],<>=_]"
)
_FUNCTIONS: dict[str, Any] = {
    "log": np.log, "exp": np.exp, "tanh": np.tanh, "sin": np.sin, "cos": np.cos,
    "sigma": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True),
}  # fmt: skip
_COMPARED = {
    "<": np.less, ">": np.greater, "=": np.equal, r"\ne": np.not_equal, r"\le": np.less_equal,
    r"\ge": np.greater_equal,
}  # fmt: skip
_ENDS = frozenset({"+", "-", r"\odot", r"\right", "}", ",", None, *_COMPARED})


@dataclass(frozen=True)
class Row:
    """The transpose of a vector."""

    vector: Any


ONES = object()
"""**1**, as long as it has to be."""


class Reader:
    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        self._tokens = [m[0] for m in _TOKEN.finditer(text) if m[0].strip()]
        assert re.sub(r"\s", "", "".join(self._tokens)) == re.sub(r"\s", "", text), text
        self._at = 0
        self._values = values

    def whole(self) -> Any:
        value = self._plain(self.total())
        assert self._next() is None, self._tokens[self._at :]
        return value

    def _next(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *wanted: str) -> str:
        token = self._tokens[self._at]
        assert not wanted or token in wanted, (token, wanted)
        self._at += 1
        return token

    def _plain(self, value: Any) -> Any:
        assert not isinstance(value, Row), "a row where a column is meant"
        return np.float64(1) if value is ONES else value

    def total(self) -> Any:
        sign = -1 if self._next() == "-" and self._take() else 1
        value = self.elementwise()
        if sign < 0:
            value = -self._plain(value)
        while self._next() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            value = self._plain(value) + sign * self._plain(self.elementwise())
        return value

    def elementwise(self) -> Any:
        value = self.product()
        while self._next() == r"\odot":
            self._take()
            value = self._plain(value) * self._plain(self.product())
        return value

    def product(self) -> Any:
        value = self.power()
        while self._next() not in _ENDS:
            if self._next() in (r"\,", r"\cdot"):
                self._take()
            value = self._beside(value, self.power())
        return value

    def _beside(self, a: Any, b: Any) -> Any:
        if isinstance(b, Row):
            if b.vector is ONES:
                return np.asarray(a)[:, None]
            if a is ONES:
                return b.vector[None, :]
            if np.ndim(a) == 0:
                return Row(a * b.vector)
            return np.outer(a, b.vector)
        if isinstance(a, Row):
            product = np.sum(b) if a.vector is ONES else np.asarray(a.vector) @ b
            return Row(product) if np.ndim(b) == 2 else product
        a, b = self._plain(a), self._plain(b)
        if not np.ndim(a) or not np.ndim(b):
            return a * b
        assert np.ndim(a) == 2, "a column is not multiplied from the right by a column"
        return a @ b

    def power(self) -> Any:
        value = self.atom()
        while self._next() == "^":
            self._take()
            if self._next() == "{":
                self._take()
                if self._next() == r"\top":
                    self._take()
                    value = self._turned(value)
                    self._take("}")
                    continue
                exponent = self._plain(self.total())
                self._take("}")
            else:
                exponent = float(self._take())
            value = self._plain(value) ** exponent
        return value

    def _turned(self, value: Any) -> Any:
        return value.T if value is not ONES and np.ndim(value) == 2 else Row(value)

    def _group(self) -> Any:
        self._take("{")
        value = self.total()
        self._take("}")
        return value

    def atom(self) -> Any:
        token = self._take()
        if token == r"\left":
            self._take("(")
            value = self.total()
            self._take(r"\right")
            self._take(")")
            return value
        if token == r"\frac":
            top = self._plain(self._group())
            return top / self._plain(self._group())
        if token == r"\mathbf{0}":
            return np.float64(0)
        if token.startswith(r"\mathbf{1}_"):
            return np.ones([int(size) for size in re.findall(r"\d+", token)[1:]])
        if token == r"\mathbf{1}":
            if self._next() != r"\left":
                return ONES
            self._take()
            self._take("[")
            held = self._condition()
            self._take(r"\right")
            self._take("]")
            return held.astype(float)
        if token == r"\operatorname{where}":
            self._take(r"\left")
            self._take("(")
            held = self._condition()
            given = []
            for _ in range(2):
                self._take(",")
                given.append(self._plain(self.total()))
            self._take(r"\right")
            self._take(")")
            return np.where(held, *given)
        if token == r"\sum":
            axis = None
            if self._next() == "_":
                self._take()
                self._take("{")
                axis = int(self._take()[-1])
                self._take("}")
            return np.sum(self._plain(self.product()), axis=axis)
        if token == r"\sqrt":
            return np.sqrt(self._plain(self._group()))
        if token == "e" and self._next() == "^" and "e" not in self._values:
            self._take()
            return np.exp(self._plain(self._group()))
        if token.startswith("\\"):
            name = token.removeprefix("\\operatorname{").strip("\\}")
            return _FUNCTIONS[name](self._plain(self.atom()))
        if token[0].isdigit():
            return np.float64(token)
        return self._values[self._spelled(token)]

    def _spelled(self, name: str) -> str:
        if self._next() == "_":
            self._take()
            if self._next() == "{":
                self._take()
                name += "_" + self._take()
                self._take("}")
            else:
                name += "_" + self._take()
        return name

    def _condition(self) -> Any:
        left = self._plain(self.total())
        sign = self._take(*_COMPARED)
        return _COMPARED[sign](left, self._plain(self.total()))


def value(latex: str, values: Mapping[str, Any]) -> Any:
    """What the formula is worth where its names have these values."""
    return Reader(latex, values).whole()

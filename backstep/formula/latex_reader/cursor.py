"""A place among the tokens of a LaTeX formula: what comes next, and what is wrong there.

Reads what is no formula of its own: whole numbers, shapes, axes.
"""

from __future__ import annotations

from collections.abc import Sequence

from backstep.errors import AnswerError
from backstep.formula.latex_reader.products import EitherProduct, Read
from backstep.formula.latex_reader.tokens import Token, fault
from backstep.formula.tree import Formula
from backstep.graph.shape import Shape, ShapeError


class Cursor:
    """Takes tokens from the left."""

    def __init__(self, given: Sequence[Token], length: int) -> None:
        self._tokens = given
        self._at = 0
        self._length = length

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _is(self, *texts: str) -> bool:
        token = self._peek()
        return token is not None and token.text in texts and not token.inside

    def _take(self, *wanted: str) -> Token:
        token = self._peek()
        if token is None:
            what = f", {wanted[0]} is missing" if wanted else ""
            raise fault("incomplete", f"the formula breaks off{what}", None, *self._end())
        if wanted and token.text not in wanted:
            message = f"here {token.text} stands where {' or '.join(wanted)} is needed"
            raise fault("unexpected", message, None, token.start, token.end)
        self._at += 1
        return token

    def _end(self) -> tuple[int, int]:
        return max(self._length - 1, 0), self._length

    def _stray(self) -> AnswerError:
        token = self._tokens[self._at]
        message = f"{token.text} has nothing to stand at"
        return fault("unexpected", message, None, token.start, token.end)

    def _misfit(self, start: Token | None, error: ShapeError) -> AnswerError:
        place = (start.start if start else 0, self._ended())
        if isinstance(error, EitherProduct):
            hint = r"write a^\top b for the sum of products, a \odot b for one by one"
            return fault("implicit_product", str(error), hint, *place)
        return fault("shape", str(error), None, *place)

    def _ended(self) -> int:
        return self._tokens[self._at - 1].end if self._at else 0

    def _closed(self, found: Read, shape: Shape | None, start: Token | None) -> Formula:
        """A formula whose size is known, or that gets it here."""
        if isinstance(found, Formula):
            return found
        if shape is None:
            message = "how many elements this has does not follow from what stands beside it"
            hint = "write ones(3), zeros(3) or one_hot(y, 3) as text"
            raise fault("size_unknown", message, hint, start.start if start else 0, self._ended())
        return found.close(shape)

    def _axis(self) -> dict[str, int]:
        """`_{\\text{axis }0}` below a name."""
        self._take("_")
        self._take("{")
        said = self._take(r"\text")
        if said.inside.strip() != "axis":
            raise fault("unexpected", f"'{said.inside}' is no axis", None, said.start, said.end)
        sign = -1 if self._is("-") and self._take() else 1
        axis = sign * int(self._take().text)
        self._take("}")
        return {"axis": axis}

    def _whole_number(self) -> int:
        sign = -1 if self._is("-") and self._take() else 1
        token = self._take()
        if not token.text.isdecimal():
            raise fault(
                "whole_number", "a whole number is needed here", None, token.start, token.end
            )
        return sign * int(token.text)

    def _sizes(self) -> tuple[int, ...]:
        """A shape in braces."""
        self._take("{")
        found = self._open_sizes()
        self._take("}")
        return found

    def _open_sizes(self) -> tuple[int, ...]:
        found = [self._whole_number()]
        while self._is(r"\times"):
            self._take()
            found.append(self._whole_number())
        return tuple(found)

    def _below(self, name: str) -> dict[str, object]:
        """What stands below a function's name: an axis, a shape, how windows are cut."""
        after = self._peek(2)
        if after is not None and after.text == r"\text":
            return dict(self._axis())
        self._take("_")
        if name == "patches":
            return self._windows()
        if name != "move_axis":
            return {"shape": self._sizes()}
        self._take("{")
        source = self._whole_number()
        self._take(r"\to")
        target = self._whole_number()
        self._take("}")
        return {"source": source, "target": target}

    def _windows(self) -> dict[str, object]:
        self._take("{")
        found: dict[str, object] = {}
        size, stride, padding = self._cut()
        if self._is(r"\to"):
            self._take()
            found["shape"] = self._open_sizes()
        self._take("}")
        return {**found, "size": size, "stride": stride, "padding": padding}

    def _raw(self) -> list[Token]:
        self._take("{")
        found: list[Token] = []
        while not self._is("}"):
            found.append(self._take())
        self._take("}")
        return found

    def _cut(self) -> tuple[tuple[int, ...], int, int]:
        """How windows are cut: their sizes, which may be left out, and stride and padding."""
        size = () if self._is_word() else self._open_sizes()
        stride, padding = 1, 0
        while self._is(",") or self._is_word():
            if self._is(","):
                self._take()
            word = self._take(r"\text")
            if word.inside.strip() not in ("stride", "padding"):
                message = f"'{word.inside}' is no way to cut windows"
                raise fault("unexpected", message, "write stride or padding", word.start, word.end)
            value = self._whole_number()
            stride = value if word.inside.strip() == "stride" else stride
            padding = value if word.inside.strip() == "padding" else padding
        return size, stride, padding

    def _is_word(self) -> bool:
        token = self._peek()
        return token is not None and token.text == r"\text"

    def _cut_below(self) -> tuple[tuple[int, ...], int, int]:
        """The same below a sign, if anything stands there."""
        if not self._is("_"):
            return (), 1, 0
        self._take("_")
        self._take("{")
        found = self._cut()
        self._take("}")
        return found

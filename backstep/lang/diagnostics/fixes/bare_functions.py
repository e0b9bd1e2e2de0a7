"""Functions without parentheses: `log x`, `log det S`, `ln|x|`, `sin² x`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lark import Token

from backstep.errors import Edit, Span
from backstep.graph.shape import Shape
from backstep.lang.diagnostics.fixes.foreign_names import RENAMED
from backstep.lang.diagnostics.fixes.statement import (
    Candidate,
    Situation,
    closing,
    operand_end,
    span_between,
)
from backstep.lang.syntax.tokens import behind, span_of
from backstep.ops import FUNCTIONS

ShapeOf = Callable[[str, int], "Shape | None"]
"""The shape of a formula at a line; None if it has none there."""


def parentheses(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`log σ(w)` → `log(σ(w))`, for every function of the statement that lacks them."""
    edits: list[Edit] = []
    edits_within: list[Edit] = []
    for place, token in enumerate(at.tokens[:-1]):
        follows = at.tokens[place + 1]
        if not is_bare(at, place) or follows.type not in ("NAME", "NUMBER", "MINUS", *BARS):
            continue
        end = _argument_end(at, place + 1)
        if end is None:
            return
        if follows.type == "LBAR" and _is_log_of_determinant(at, place, end, shape_of):
            whole = span_between(at.tokens, place, end)
            yield at.edited(Edit.at(whole, f"logdet({at.text(place + 2, end - 1)})"), sure=True)
            return
        product = _product_without_sign(at, place + 1, end)
        if product is not None:
            end = product
            edits_within.append(Edit.at(behind(follows), "*"))
        elif end < len(at.tokens) and not is_bare(at, place + 1) and _goes_on(at.tokens[end]):
            return  # one factor of the function or all of them: ambiguous
        gap = Span(*_end_of(token), follows.line or 1, follows.column or 1)
        edits += [Edit.at(gap, "("), Edit.at(behind(at.tokens[end - 1]), ")")]
    powered = _power_of_function(at)
    if powered is not None:
        yield powered
    # The innermost closes first.
    if edits:
        yield at.edited(*edits[0::2], *edits_within, *edits[1::2][::-1], sure=True)


BARS = {"LBAR": "RBAR", "LNORM": "RNORM"}
"""The kinds of tokens that close bars, by those that open them."""


def is_bare(at: Situation, place: int) -> bool:
    """Whether the token names a function, and no value of the text."""
    name = str(at.tokens[place])
    function = at.is_function(name) or RENAMED.get(name) in FUNCTIONS
    return at.tokens[place].type == "NAME" and function and not at.is_value(name)


def _argument_end(at: Situation, place: int) -> int | None:
    """Where a function's argument without parentheses ends, one past: `x`, `|x|`, `det A`."""
    token = at.tokens[place]
    if token.type in BARS:
        others = range(place + 1, len(at.tokens))
        return next((n + 1 for n in others if at.tokens[n].type == BARS[token.type]), None)
    inner = place + 1 < len(at.tokens) and is_bare(at, place)
    if inner and at.tokens[place + 1].type in ("NAME", "NUMBER", *BARS):
        return _argument_end(at, place + 1)
    return operand_end(at.tokens, place)


def _is_log_of_determinant(at: Situation, place: int, end: int, shape_of: ShapeOf) -> bool:
    """Whether bars behind a logarithm hold a square matrix: `log|S|`, `ln|S|`."""
    if str(at.tokens[place]) not in ("log", "ln"):
        return False
    shape = shape_of(at.text(place + 2, end - 1), at.line.number)
    return shape is not None and len(shape) == 2 and shape[0] == shape[1]


def _product_without_sign(at: Situation, place: int, end: int) -> int | None:
    """The end of `2x` after a function, its whole argument: a number and what touches it."""
    if at.tokens[place].type != "NUMBER" or end >= len(at.tokens):
        return None
    follows = at.tokens[end]
    joined = _end_of(at.tokens[end - 1]) == (follows.line, follows.column)
    beyond = operand_end(at.tokens, end) if joined and follows.type == "NAME" else None
    if beyond is None or (beyond < len(at.tokens) and _goes_on(at.tokens[beyond])):
        return None
    return beyond


def _goes_on(token: Token) -> bool:
    """Whether a product continues with this token."""
    return str(token) in {"*", "/", "@", "·", "×"} or token.type in ("NAME", "NUMBER", "LPAR")


def _power_of_function(at: Situation) -> Candidate | None:
    """`sin^2(x)`, `sin^2 x` → `sin(x)^2`; the power −1 may mean the inverse."""
    for place in range(len(at.tokens) - 3):
        name, sign, number, follows = at.tokens[place : place + 4]
        function = at.is_function(str(name)) and not at.is_value(str(name))
        if (name.type, sign.type, number.type) != ("NAME", "CIRCUMFLEX", "NUMBER") or not function:
            continue
        end = closing(at.tokens, place + 3) if follows.type == "LPAR" else place + 3
        if end is None or follows.type not in ("LPAR", "NAME"):
            return None
        inner = at.text(place + 3, end + 1)
        inner = inner if follows.type == "LPAR" else f"({inner})"
        new = f"{at.typed(name)}{inner}^{number}"
        return at.edited(Edit.at(span_between(at.tokens, place, end + 1), new), sure=True)
    return None


def _end_of(token: object) -> tuple[int, int]:
    span = span_of(token)  # type: ignore[arg-type]
    return span.end_line, span.end_column

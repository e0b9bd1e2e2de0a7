"""Syntax trees to text in the language, with the sign of every product: how a text was read."""

from __future__ import annotations

from collections.abc import Mapping

from backstep.errors import Span
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.syntax_tree import LEFT_OUT
from backstep.lang.syntax.tokens import fraction
from backstep.ops.row import ATOM, POWER, PRODUCT, SIGN, SUM

Signs = Mapping[Span, str]
"""By the place of each product without a sign the one that it is: `*`, `@`, `dot`, `outer`."""

_Written = tuple[str, int]
"""A text, and how tightly it binds."""
_INFIX = {"*": "{}*{}", "/": "{}/{}", "@": "{} @ {}", "·": "{}·{}", "×": "{}×{}"}


def written(part: syntax_tree.Expression, signs: Signs) -> str:
    """A formula in the language; read again, it means the same."""
    return _text(part, signs)[0]


def statement(part: syntax_tree.Statement, signs: Signs) -> str | None:
    """A statement in the language; None of one without a formula, and of a draw."""
    match part:
        case syntax_tree.Assign():
            names = ", ".join(each.name for each in part.targets)
            return f"{names} = {written(part.value, signs)}"
        case syntax_tree.Function():
            names = ", ".join(each.name for each in part.parameters)
            return f"{part.name.name}({names}) = {written(part.body, signs)}"
        case syntax_tree.Declare() if not isinstance(part.value, syntax_tree.Drawn):
            sizes = ", ".join(written(each, signs) for each in part.shape or ())
            shape = f"[{sizes}]" if sizes else ""
            return f"{part.role} {part.name.name}{shape} = {written(part.value, signs)}"
        case _:
            return None


def _text(part: syntax_tree.Expression, signs: Signs) -> _Written:
    match part:
        case syntax_tree.Number():
            value = fraction(part.text)
            if value is not None:
                return f"{value.numerator}/{value.denominator}", PRODUCT
            return part.text, ATOM
        case syntax_tree.Name():
            return part.name, ATOM
        case syntax_tree.Sign():
            return f"{part.op}{_within(part.operand, signs, SIGN)}", SIGN
        case syntax_tree.Power():
            base = _within(part.base, signs, ATOM)
            return f"{base}^{_within(part.exponent, signs, SIGN)}", POWER
        case syntax_tree.OperatorChain():
            return _chain(part, signs)
        case syntax_tree.Call():
            given = [_argument(each, signs) for each in part.arguments]
            given += [f"{each.name.name}={written(each.value, signs)}" for each in part.keywords]
            return f"{part.function.name}({', '.join(given)})", ATOM
        case syntax_tree.Index():
            items = ", ".join(_item(each, signs) for each in part.items)
            return f"{_within(part.value, signs, ATOM)}[{items}]", ATOM
        case syntax_tree.Attribute():
            return f"{_within(part.value, signs, ATOM)}.{part.name.name}", ATOM
        case syntax_tree.ListOf():
            return f"[{', '.join(written(each, signs) for each in part.items)}]", ATOM
        case syntax_tree.Total():
            ends = f"{written(part.first, signs)}..{written(part.last, signs)}"
            head = f"{part.function.name}({part.variable.name} in {ends}"
            return f"{head}, {written(part.body, signs)})", ATOM


def _within(part: syntax_tree.Expression, signs: Signs, least: int) -> str:
    text, binds = _text(part, signs)
    return text if binds >= least else f"({text})"


def _argument(part: syntax_tree.Expression | syntax_tree.Comparison, signs: Signs) -> str:
    if isinstance(part, syntax_tree.Comparison):
        return f"{written(part.left, signs)} {part.op} {written(part.right, signs)}"
    return written(part, signs)


def _item(part: syntax_tree.Expression | syntax_tree.Slice, signs: Signs) -> str:
    if not isinstance(part, syntax_tree.Slice):
        return written(part, signs)
    start, stop = ("" if end is None else written(end, signs) for end in (part.start, part.stop))
    step = "" if part.step is None else f":{written(part.step, signs)}"
    return f"{start}:{stop}{step}"


def _chain(part: syntax_tree.OperatorChain, signs: Signs) -> _Written:
    """Operators from the left; what stands between two vectors is written as a call."""
    found = _text(part.first, signs)
    left: syntax_tree.Expression | None = part.first
    for link in part.links:
        sign = signs.get(link.span, "*") if link.op == LEFT_OUT else link.op
        if sign in _INFIX:
            before = found[0] if found[1] >= PRODUCT else f"({found[0]})"
            found = _INFIX[sign].format(before, _within(link.operand, signs, SIGN)), PRODUCT
        elif sign in ("+", "-"):
            found = f"{found[0]} {sign} {_within(link.operand, signs, PRODUCT)}", SUM
        else:
            one = found[0] if left is None else written(_plain(left), signs)
            found = f"{sign}({one}, {written(_plain(link.operand), signs)})", ATOM
        left = None
    return found


def _plain(part: syntax_tree.Expression) -> syntax_tree.Expression:
    """A vector without its sign of transposition, which a call needs no more."""
    if isinstance(part, syntax_tree.Attribute) and part.name.name == "T":
        return part.value
    return part

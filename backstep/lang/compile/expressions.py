"""Formulas to nodes: operators, lists, indices, and the shapes that must fit. Calls are calls.py's.

One evaluator builds the nodes of the network, one those of declared values, and one builds none: it
evaluates sizes, bounds and indices from literals alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from backstep.errors import Diagnostic, Fix, Span
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.lang.compile import sizes
from backstep.lang.compile.blocks import Blocks
from backstep.lang.compile.constants import DividedByZero, combined, signed, whole
from backstep.lang.compile.derivatives import DERIVED
from backstep.lang.compile.free_names import parts
from backstep.lang.compile.layers import Layers
from backstep.lang.compile.nodes import Budget, Maker, division, limit_error
from backstep.lang.compile.scope import Declared, Scope, UserFunction
from backstep.lang.compile.slices import slice_indices
from backstep.lang.diagnostics import doubts
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.refusal import StatementError, Unresolved, refuse
from backstep.lang.syntax.syntax_tree import LEFT_OUT
from backstep.limits import LIMITS
from backstep.ops import FUNCTIONS, TABLE

_LONGEST_VERSION = 6
_WORDS = re.compile(r"[^\W\d]\w*")

LARGEST_WHOLE = 10**9
"""A size, a bound or an index past this can't be meant."""

_OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "·": "multiply",
    "×": "multiply",
    "/": "divide",
    "@": "matmul",
}
COMPARISONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}

Rows = tuple[object, ...]
"""Literals in nested tuples: a list that holds nothing but numbers."""


class _Sides(NamedTuple):
    """Two factors without a sign between them, and which of them are vectors that are rows."""

    left: Operand
    right: Operand
    row: bool
    other: bool


@dataclass(slots=True)
class Evaluator:
    """Formulas to operands, built by `maker`. `blocks` is None unless the network is built; `call`
    evaluates a call.
    """

    scope: Scope
    budget: Budget
    maker: Maker
    blocks: Blocks | None
    call: Callable[[Evaluator, syntax_tree.Call], tuple[Operand, ...]]
    layers: Layers | None = None

    def evaluate(self, part: syntax_tree.Expression) -> Operand:
        """The operand that a formula evaluates to: a node, or an exact literal.

        Raises StatementError, Unresolved or LimitError.
        """
        self.budget.spend(part.span)
        self.budget.enter(part.span)
        try:
            match part:
                case syntax_tree.Number():
                    return Literal(part.value, part.text if part.text.isascii() else None)
                case syntax_tree.Name():
                    return self._name(part)
                case syntax_tree.OperatorChain():
                    return self._chain(part)
                case syntax_tree.Call():
                    return self._one(part)
                case syntax_tree.Sign():
                    return self._sign(part)
                case syntax_tree.Power():
                    return self._power(part)
                case syntax_tree.Index():
                    return self._index(part)
                case syntax_tree.Attribute():
                    return self._attribute(part)
                case syntax_tree.ListOf():
                    return self._list(part)
                case syntax_tree.Total():
                    return self._total(part)
        finally:
            self.budget.leave()

    def values(self, part: syntax_tree.Expression) -> tuple[Operand, ...]:
        """The values of a formula that may be a function of several."""
        if isinstance(part, syntax_tree.Call):
            return self.call(self, part)
        return (self.evaluate(part),)

    def whole(self, part: syntax_tree.Expression, what: str) -> int:
        """An integer constant; `what` names its purpose in messages."""
        typed = Literal(part.value) if isinstance(part, syntax_tree.Number) else None
        number = typed or self.folded().evaluate(part)
        value = whole(number) if isinstance(number, Literal) else None
        if value is None:
            raise refuse(
                "whole_number",
                f"{what} is a whole number",
                "write it as a number, or a const whose value is whole",
                part.span,
            )
        if abs(value) > LARGEST_WHOLE:
            raise refuse(
                "whole_number",
                f"{what} is too large: {LARGEST_WHOLE:,} is the most",
                None,
                part.span,
            )
        return value

    def number(self, part: syntax_tree.Expression) -> Fraction:
        """A constant as an exact number; π is its closest float64."""
        number = self.folded().evaluate(part)
        assert isinstance(number, Literal)
        return number.value

    def shape(self, part: syntax_tree.Expression) -> Shape:
        """The shape of a value, also where its numbers are no constants."""
        return sizes.shape(self, part)

    def folded(self) -> Evaluator:
        """An evaluator of the same names for literals alone."""
        maker = Maker(self.maker.text, None)
        return Evaluator(self.scope, self.budget, maker, None, self.call, self.layers)

    def _name(self, part: syntax_tree.Name) -> Operand:
        meaning = self.scope.find(part)
        if isinstance(meaning, Literal):
            return meaning
        if self.blocks is not None:
            return meaning.node if isinstance(meaning, Declared) else meaning
        if isinstance(meaning, Node) and meaning.graph is self.maker.graph:
            return meaning
        return self._constant(meaning, part)

    def _constant(self, meaning: Node | Declared, part: syntax_tree.Name) -> Operand:
        """The value of a const, which is part of the structure from here on."""
        declared = self.scope.declared(meaning) if isinstance(meaning, Node) else meaning
        if declared is None:
            what = "is computed"
        elif declared.role != "const":
            what = f"is declared as {declared.role}"
        elif declared.constant is None:
            what = "is drawn by '~'"
        elif self.maker.graph is None and isinstance(declared.constant, Node):
            what = "is no single written number"
        else:
            declared.structural = True
            return declared.constant
        message = f"'{part.name}' {what}; a constant is needed here"
        raise refuse("not_constant", message, "write a number or a const", part.span)

    def _chain(self, part: syntax_tree.OperatorChain) -> Operand:
        joins = part.links[0].op == LEFT_OUT and not self.scope.probing
        left, row = self._factor(part.first) if joins else (self.evaluate(part.first), False)
        place = part.first.span
        before = part.first
        for link in part.links:
            self.budget.spend(link.span)
            whole_place = part.first.span.to(link.operand.span)
            if link.op == LEFT_OUT and not self.scope.probing:
                right, other = self._factor(link.operand)
                sides = _Sides(left, right, row or self._is_row(left), other or self._is_row(right))
                places = (place, link.operand.span)
                left = self._joined(link, sides, places, (before, link.operand), whole_place)
                place, before, row = whole_place, link.operand, False
                continue
            right = self.evaluate(link.operand)
            if self.blocks is not None and link.span not in self.scope.asked:
                self.scope.asked.add(link.span)
                self._doubt(link, (left, right), (before, link.operand), before is part.first)
            left = self._binary(link, left, right, place, whole_place)
            place, before = whole_place, link.operand
        return left

    def _doubt(
        self,
        link: syntax_tree.OperatorLink,
        sides: tuple[Operand, Operand],
        parts: tuple[syntax_tree.Expression, syntax_tree.Expression],
        first: bool,
    ) -> None:
        """Warn of an operator between operands that were probably meant to meet otherwise.

        `parts` are the syntax trees beside the operator; the left side may be more than that.
        """
        if link.op == "@":
            self.scope.doubt(*doubts.of_product(self.reader(), sides, parts))
        elif link.op == "/":
            self.scope.doubt(doubts.of_root(self.reader(), parts[0], link))
        if link.op != "@" and (first or sides[0].shape == ()) and sides[0].shape + sides[1].shape:
            self.scope.doubt(doubts.of_meeting(self.reader(), sides, parts))

    def _factor(self, part: syntax_tree.Expression) -> tuple[Operand, bool]:
        """A factor of a product without signs, and whether it is a vector that stands for a row:
        the vector itself is what is multiplied.
        """
        if not isinstance(part, syntax_tree.Attribute) or part.name.name != "T":
            return self.evaluate(part), False
        value = self.evaluate(part.value)
        if len(value.shape) == 1:
            return value, not self._is_row(value)
        return self._transposed(part, value), False

    def _joined(
        self,
        link: syntax_tree.OperatorLink,
        sides: _Sides,
        places: tuple[Span, Span],
        parts: tuple[syntax_tree.Expression, syntax_tree.Expression],
        span: Span,
    ) -> Operand:
        """The product of two operands without a sign between them, which their shapes decide."""
        left, right, row, other = sides
        sign = _sign_of(left.shape, right.shape, row, other)
        if sign is None:
            raise self._either(link, places, span)
        self.scope.signs.setdefault(link.span, sign)
        exact = self._exact(sign, left, right, span)
        if exact is not None:
            return exact
        if sign == "@" and self.blocks is not None and link.span not in self.scope.asked:
            self.scope.asked.add(link.span)
            self.scope.doubt(*doubts.of_product(self.reader(), (left, right), parts))
        made = self.maker.fit(_OPERATORS.get(sign, sign), (left, right), places, span)
        # A vector left of a matrix stands for a row.
        before = len(left.shape) == 1 and len(right.shape) > 1
        if len(made.shape) == 1 and (row or other or before):
            self.scope.rows.add(made.id)
        return made

    def _is_row(self, operand: Operand) -> bool:
        return isinstance(operand, Node) and operand.id in self.scope.rows

    def _either(
        self, link: syntax_tree.OperatorLink, places: tuple[Span, Span], span: Span
    ) -> StatementError:
        """The error of two vectors side by side."""
        said = self.maker.text.quote(span)
        message = f"the product of two vectors{f', {said},' if said else ''} may be either"
        texts = [self.maker.text.line_of(each) for each in places]
        hint = "write dot(a, b) for the sum of products, a*b for one by one"
        if None not in texts:
            hint = f"write dot({texts[0]}, {texts[1]}) for the sum of products, "
            hint += f"{texts[0]}*{texts[1]} for one by one"
        return StatementError(Diagnostic("implicit_product", message, hint, span))

    def reader(self) -> doubts.Reader:
        """What warnings use to write parts of the text again."""
        return doubts.Reader(self.maker.text.line_of, self.scope.called, self._same)

    def _same(self, span: Span) -> bool:
        """Whether the text of a span has the same meaning in the statement that is read.

        It has not if a name in it was reassigned, a layer or a mask would be another, or the span
        is inside a function.
        """
        if self.scope.frames or any(
            span.line == each.span.line
            for each in self.scope.functions.values()
            if isinstance(each, UserFunction)
        ):
            return False
        text = self.maker.text.line_of(span)
        if text is None:
            return False
        return not any(
            self.scope.given_again(name) or (name in FUNCTIONS and FUNCTIONS[name].layer)
            for name in _WORDS.findall(text)
        )

    def _binary(
        self,
        link: syntax_tree.OperatorLink,
        left: Operand,
        right: Operand,
        place: Span,
        span: Span,
    ) -> Operand:
        op = self._left_out(link, left, right) if link.op == LEFT_OUT else link.op
        exact = self._exact(op, left, right, span)
        if exact is not None:
            return exact
        if op in "·×" and left.shape and right.shape:
            message = f"'{op}' between two tensors may mean either product"
            hint = "write * for element by element, @ for the matrix product"
            fixes = (Fix.write("*", link.span), Fix.write("@", link.span))
            raise StatementError(
                Diagnostic("ambiguous_product", message, hint, link.span, fixes=fixes)
            )
        made = self.maker.fit(_OPERATORS[op], (left, right), (place, link.operand.span), span)
        if op != "@" and (self._is_row(left) or self._is_row(right)):
            self.scope.rows.add(made.id)
        return made

    def _left_out(self, link: syntax_tree.OperatorLink, left: Operand, right: Operand) -> str:
        """The sign of a product without one; the possible signs are noted at its place."""
        signs = products(left.shape, right.shape)
        self.scope.left_out.setdefault(link.span, signs)
        return signs[0] if signs and signs[0] != DOT else "@"

    def _exact(self, op: str, left: Operand, right: Operand, span: Span) -> Literal | None:
        """The result on two literals; None if a node must be built."""
        if not (isinstance(left, Literal) and isinstance(right, Literal)):
            return None
        if self.maker.graph is not None and (left.symbol or right.symbol):
            return None
        try:
            return combined(op, left, right)
        except DividedByZero:
            raise division(span) from None

    def _sign(self, part: syntax_tree.Sign) -> Operand:
        operand = self.evaluate(part.operand)
        if isinstance(operand, Literal) and (operand.symbol is None or self.maker.graph is None):
            return signed(part.op, operand)
        if part.op == "+":
            return operand
        made = self.maker.fit("negate", (operand,), (part.operand.span,), part.span)
        if self._is_row(operand):
            self.scope.rows.add(made.id)
        return made

    def _power(self, part: syntax_tree.Power) -> Operand:
        version = self._version(part)
        if version is not None:
            return version
        base = self.evaluate(part.base)
        exponent = self.evaluate(part.exponent)
        exact = self._exact("^", base, exponent, part.span)
        if exact is not None:
            return exact
        return self.maker.fit(
            "power", (base, exponent), (part.base.span, part.exponent.span), part.span
        )

    def _version(self, part: syntax_tree.Power) -> Operand | None:
        """The version that `h^(2)` means if h is reassigned: the second, as on paper."""
        base = part.base
        if not isinstance(base, syntax_tree.Name) or not self.scope.is_given_again(base.name):
            return None
        bracket = self.maker.text.starts(part.exponent.span, "(")
        doubled = self.maker.text.between(base.span, part.exponent.span).strip() == "**"
        if not bracket or doubled or self.maker.text.starts(base.span, "("):
            return None
        exponent = part.exponent
        if not isinstance(exponent, syntax_tree.Number):
            if self._known_whole(exponent):
                self.scope.doubt(doubts.power_of_version(base.name, self.reader(), part))
            return None
        if not exponent.text.isdigit() or len(exponent.text) > _LONGEST_VERSION:
            return None
        number = int(exponent.text)
        # In a loop it has the meaning of the first pass in every pass.
        number = self.scope.read_as.setdefault(
            part.span, number if self.scope.has_version(base.name, number) else 0
        )
        givings = self.scope.givings(base.name)
        self.scope.doubt(doubts.version(base.name, exponent.text, number, givings, part))
        return self.scope.version(base.name, number)

    def _known_whole(self, part: syntax_tree.Expression) -> bool:
        """Whether a formula of names and numbers alone evaluates to an integer."""
        if not any(isinstance(each, syntax_tree.Name) for each in parts(part)):
            return False
        try:
            number = self.folded().evaluate(part)
        except (StatementError, Unresolved):
            return False
        return isinstance(number, Literal) and whole(number) is not None

    def condition(self, part: syntax_tree.Comparison) -> Node:
        """A comparison: 1 if it is true, else 0."""
        left, right = self.evaluate(part.left), self.evaluate(part.right)
        places = (part.left.span, part.right.span)
        return self.maker.fit(COMPARISONS[part.op], (left, right), places, part.span)

    def _one(self, part: syntax_tree.Call) -> Operand:
        given = self.values(part)
        if len(given) != 1:
            message = f"'{part.function.name}' gives {len(given)} values"
            hint = "name them all: " + ", ".join("abcdef"[: len(given)]) + " = …"
            raise refuse("several_values", message, hint, part.span)
        return given[0]

    def _index(self, part: syntax_tree.Index) -> Operand:
        size = sizes.size(self, part)
        if size is not None:
            return size
        value = self.evaluate(part.value)
        if isinstance(value, Literal):
            raise refuse("index", "a number has no elements", None, part.span)
        if len(part.items) > len(value.shape):
            name = self.maker.text.quote(part.value.span) or "this value"
            shape = spell(value.shape)
            message = f"{len(part.items)} indices are given, but {name} is {shape}"
            raise refuse("index", message, None, part.span)
        taken = sizes.taken(self, part, value)
        if taken is not None:
            return taken
        key = tuple(
            slice_indices(item, size, self.whole)
            if isinstance(item, syntax_tree.Slice)
            else sizes.element(self, item, size, axis, part)
            for axis, (item, size) in enumerate(zip(part.items, value.shape, strict=False))
        )
        return self.maker.fit("index", (value,), (part.value.span,), part.span, key=key)

    def _attribute(self, part: syntax_tree.Attribute) -> Operand:
        owned = self.owned(part)
        if owned is not None:
            return owned
        value = self.evaluate(part.value)
        name = part.name.name
        if name != "T":
            said = self.maker.text.quote(part.value.span) or "the value"
            message = f"{said} has no '.{name}'"
            hint = "the transpose is written .T, functions are written sum(x)"
            raise refuse("attribute", message, hint, part.name.span)
        return self._transposed(part, value)

    def _transposed(self, part: syntax_tree.Attribute, value: Operand) -> Operand:
        if not value.shape:
            self._refuse_turned(part)
        made = self.maker.fit("transpose", (value,), (part.value.span,), part.span)
        if len(made.shape) == 1 and not self._is_row(value):
            self.scope.rows.add(made.id)
        return made

    def _refuse_turned(self, part: syntax_tree.Attribute) -> None:
        """Refuse `y'` and `y^T` of a number y, where a derivative or a power is meant."""
        said = self.maker.text.quote(part.value.span) or "this"
        sign = self.maker.text.between(part.value.span, part.name.span).strip()
        if sign == "^":
            raise refuse(
                "unknown_name",
                "unknown name 'T'",
                f"{said} is a scalar: it has no transpose",
                part.name.span,
            )
        if sign != ".":
            raise refuse(
                "transpose",
                f"{said} is a scalar: it has no transpose",
                DERIVED,
                part.span,
            )

    def _total(self, part: syntax_tree.Total) -> Operand:
        """A sum over an index, term by term; of no terms it is 0, and a product of none is 1."""
        first, last = (self.whole(each, "a bound") for each in (part.first, part.last))
        variable, op = part.variable.name, "+" if part.function.name == "sum" else "*"
        count = max(0, last - first + 1)
        if count > LIMITS.forward_nodes:
            limit = LIMITS.forward_nodes
            raise limit_error("forward_nodes", "terms of a sum", count, limit, part.span)
        found: Operand = Literal(Fraction(0 if op == "+" else 1))
        outer = self.scope.loops.get(variable)
        try:
            for number in range(first, last + 1):
                self.scope.loops[variable] = number
                term = self.evaluate(part.body)
                if number == first:
                    found = term
                    continue
                exact = self._exact(op, found, term, part.span)
                places = (part.body.span, part.body.span)
                found = exact or self.maker.fit(_OPERATORS[op], (found, term), places, part.span)
        finally:
            if outer is None:
                self.scope.loops.pop(variable, None)
            else:
                self.scope.loops[variable] = outer
        return found

    def owned(self, part: syntax_tree.Attribute) -> Node | None:
        """A layer's parameter that is written `h.W` or `h[0].W`, or its mask; None for anything
        else.
        """
        if self.layers is None:
            return None
        owner, passes = part.value, ""
        while isinstance(owner, syntax_tree.Index) and len(owner.items) == 1:
            item = owner.items[0]
            if isinstance(item, syntax_tree.Slice):
                return None
            passes = f"[{self.whole(item, 'an index')}]{passes}"
            owner = owner.value
        if not isinstance(owner, syntax_tree.Name):
            return None
        name = f"{owner.name}{passes}.{part.name.name}"
        return self.layers.parameter(name) or self.layers.masks.get(name)

    def _list(self, part: syntax_tree.ListOf) -> Operand:
        rows = self._rows(part)
        if isinstance(rows, tuple):
            return self.maker.fit("array", (), (), part.span, values=rows)
        return rows

    def _rows(self, part: syntax_tree.ListOf) -> Rows | Operand:
        """Nested tuples if there are only literals, else the items stacked."""
        self.budget.spend(part.span)
        items = [
            self._rows(item) if isinstance(item, syntax_tree.ListOf) else self.evaluate(item)
            for item in part.items
        ]
        shapes = [_shape(item) for item in items]
        for item, shape in zip(part.items, shapes, strict=True):
            if shape != shapes[0]:
                message = (
                    "the elements of a list are of one shape; the first is "
                    f"{_said(shapes[0])}, this one {_said(shape)}"
                )
                raise refuse("ragged_list", message, None, item.span)
        if not any(isinstance(item, Node) or _is_whole(item) for item in items):
            return tuple(item.value if isinstance(item, Literal) else item for item in items)
        operands = [
            self.maker.fit("array", (), (), place.span, values=item)
            if isinstance(item, tuple)
            else item
            for place, item in zip(part.items, items, strict=True)
        ]
        places = [item.span for item in part.items]
        return self.maker.fit("stack", operands, places, part.span)


DOT = "dot"
"""The inner product of two vectors, among the signs of `products`."""


def _sign_of(left: Shape, right: Shape, row: bool, other: bool) -> str | None:
    """The product that two adjacent values mean; None if it may be either of two.

    `row` and `other` say which of them are transposed vectors.
    """
    if not left or not right:
        return "*"
    if len(left) == len(right) == 1:
        return None if row == other else DOT if row else "outer"
    return "@"


def products(left: Shape, right: Shape) -> tuple[str, ...]:
    """The products that two adjacent values may mean, by their shapes; empty: none fits."""
    if not left or not right:
        return ("*",)
    if len(left) == len(right) == 1:
        return (DOT, "*") if left == right else ()
    with suppress(ShapeError):
        TABLE["matmul"].shape_of((left, right), {})
        return ("@",)
    return ("*",) if left == right else ()


def _shape(item: Rows | Operand) -> Shape:
    if not isinstance(item, tuple):
        return item.shape
    return (len(item), *(_shape(item[0]) if isinstance(item[0], tuple) else ()))


def _said(shape: Shape) -> str:
    return f"of shape {spell(shape)}" if shape else "a scalar"


def _is_whole(item: Rows | Operand) -> bool:
    """Whether a literal is more than its fraction: π, and −0."""
    return isinstance(item, Literal) and (item.symbol is not None or item.minus_zero)

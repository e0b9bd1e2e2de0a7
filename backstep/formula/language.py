"""Formulas read from text of the language: the syntax tree made a formula, by names and shapes.

What is typed in a definition and what is typed as an answer is read by the same visitor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backstep.errors import AnswerError, Diagnostic, Span
from backstep.formula.making import applied, as_formula, as_literal, from_literal, make
from backstep.formula.tree import PI, At, Formula, Mat, Neg, number
from backstep.graph.node import Literal
from backstep.graph.shape import ShapeError, spell
from backstep.lang.compile.answer import expression
from backstep.lang.compile.constants import DividedByZero, combined, signed, whole
from backstep.lang.compile.expressions import LEFT_OUT, products
from backstep.lang.compile.slices import slice_indices
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.names import versioned
from backstep.lang.syntax.refusal import StatementError, refuse
from backstep.ops import FUNCTIONS, Function, Parameter
from backstep.ops.library import REQUIRED

_SIGNS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "·": "multiply",
    "×": "multiply",
    "/": "divide",
    "@": "matmul",
}
_COMPARED = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


def read(
    text: str,
    names: Mapping[str, Formula],
    functions: Mapping[str, syntax_tree.Function] | None = None,
    constants: Mapping[str, Literal] | None = None,
) -> Formula:
    """The formula that a text means, its names as the formulas given for them.

    `functions` are the definition's own; `constants` are names whose numbers may stand where a
    written number is needed: an index, a size. Raises AnswerError, LimitError.
    """
    try:
        return Reader(names, functions or {}, constants or {}, text).formula(expression(text))
    except StatementError as refused:
        raise AnswerError(refused.fault) from None


@dataclass(slots=True)
class Reader:
    """Makes formulas of syntax trees; `source` is the text that their places are in."""

    names: Mapping[str, Formula]
    functions: Mapping[str, syntax_tree.Function]
    constants: Mapping[str, Literal]
    source: str
    _frames: list[Mapping[str, Formula]] = field(default_factory=list)

    def formula(self, part: syntax_tree.Expression) -> Formula:
        """The formula of one expression. Raises StatementError with the place of what is wrong."""
        match part:
            case syntax_tree.Number():
                return number(part.value, part.text)
            case syntax_tree.Name():
                return self._name(part)
            case syntax_tree.Sign():
                return self._sign(part)
            case syntax_tree.Power():
                return self._power(part)
            case syntax_tree.ComparisonChain():
                return self._chain(part)
            case syntax_tree.Call():
                return self._call(part)
            case syntax_tree.Index():
                return self._index(part)
            case syntax_tree.Attribute():
                return self._attribute(part)
            case syntax_tree.ListOf():
                return self._list(part)

    def _name(self, part: syntax_tree.Name) -> Formula:
        for frame in reversed(self._frames):
            if part.name in frame:
                return frame[part.name]
        found = self.names.get(part.name)
        if found is None and part.name == PI.name:
            return PI
        if found is None:
            raise refuse("unknown_name", f"'{part.name}' is no name here", None, part.span)
        return found

    def _sign(self, part: syntax_tree.Sign) -> Formula:
        operand = self.formula(part.operand)
        literal = as_literal(operand)
        if literal is not None and literal.symbol is None:
            return from_literal(signed(part.op, literal))
        return operand if part.op == "+" else Neg(operand)

    def _power(self, part: syntax_tree.Power) -> Formula:
        giving = self._giving(part)
        if giving is not None:
            return giving
        base, exponent = self.formula(part.base), self.formula(part.exponent)
        folded = self._folded("^", base, exponent, part.span)
        return applied("power", base, exponent) if folded is None else folded

    def _giving(self, part: syntax_tree.Power) -> Formula | None:
        """What `h^(2)` means where h is given a value again: its second giving, as on paper."""
        base, exponent = part.base, part.exponent
        if not isinstance(base, syntax_tree.Name) or not isinstance(exponent, syntax_tree.Number):
            return None
        if not exponent.text.isdigit() or not self._starts(exponent.span, "("):
            return None
        if self._starts(base.span, "("):
            return None
        return self.names.get(versioned(base.name, int(exponent.text)))

    def _starts(self, span: Span, sign: str) -> bool:
        lines = self.source.splitlines()
        return span.line <= len(lines) and lines[span.line - 1].startswith(sign, span.column - 1)

    def _chain(self, part: syntax_tree.ComparisonChain) -> Formula:
        left = self.formula(part.first)
        for link in part.links:
            right = self.formula(link.operand)
            left = self._applied(link, left, right, part.first.span.to(link.operand.span))
        return left

    def _applied(
        self, link: syntax_tree.ComparisonLink, left: Formula, right: Formula, span: Span
    ) -> Formula:
        sign = link.op
        if sign == LEFT_OUT:
            signs = products(left.shape, right.shape)
            sign = signs[0] if signs and signs[0] in _SIGNS else "@"
        folded = self._folded(sign, left, right, span)
        if folded is not None:
            return folded
        if sign in "·×" and left.shape and right.shape:
            message = f"'{sign}' between two tensors may mean either product"
            hint = "write * for element by element, @ for the matrix product"
            raise refuse("ambiguous_product", message, hint, link.span)
        return self._fit(_SIGNS[sign], (left, right), span)

    def _folded(self, sign: str, left: Formula, right: Formula, span: Span) -> Formula | None:
        """The exact result on two written numbers; None of anything else."""
        first, second = as_literal(left), as_literal(right)
        if first is None or second is None or first.symbol or second.symbol:
            return None
        try:
            found = combined(sign, first, second)
        except DividedByZero:
            raise refuse("division_by_zero", "a number is divided by 0", None, span) from None
        return None if found is None else from_literal(found)

    def _fit(self, op: str, args: Sequence[Formula], span: Span, **options: Any) -> Formula:
        """The operation on formulas whose shapes fit. Raises StatementError."""
        made = applied(op, *args, **options)
        try:
            _ = made.shape
        except ShapeError as error:
            raise StatementError(Diagnostic("shape", str(error), None, span)) from None
        return made

    def _condition(self, part: syntax_tree.Comparison) -> Formula:
        left, right = self.formula(part.left), self.formula(part.right)
        return self._fit(_COMPARED[part.op], (left, right), part.span)

    def _index(self, part: syntax_tree.Index) -> Formula:
        value = self.formula(part.value)
        shape = value.shape
        if len(part.items) > len(shape):
            message = f"{len(part.items)} indices are given, but the value is {spell(shape)}"
            raise refuse("index", message, None, part.span)
        key = tuple(
            slice_indices(item, size, self._whole)
            if isinstance(item, syntax_tree.Slice)
            else self._place(item, size)
            for item, size in zip(part.items, shape, strict=False)
        )
        return At(value, key)

    def _place(self, item: syntax_tree.Expression, size: int) -> int:
        place = self._whole(item, "an index")
        if not -size <= place < size:
            raise refuse("index", f"index {place} of {size} elements", None, item.span)
        return place % size

    def _whole(self, part: syntax_tree.Expression, what: str) -> int:
        """A whole number that is written, or a constant's."""
        literal = self._literal(part)
        value = None if literal is None else whole(literal)
        if value is None:
            raise refuse("whole_number", f"{what} is a whole number", None, part.span)
        return value

    def _literal(self, part: syntax_tree.Expression) -> Literal | None:
        known = {name: from_literal(value) for name, value in self.constants.items()}
        inside = Reader({**self.names, **known}, {}, {}, self.source, self._frames)
        return as_literal(inside.formula(part))

    def _attribute(self, part: syntax_tree.Attribute) -> Formula:
        owned = _dotted(part)
        if owned is not None and owned in self.names:
            return self.names[owned]
        if part.name.name != "T":
            message = f"there is no '.{part.name.name}'"
            hint = "the transpose is written .T, functions are written sum(x)"
            raise refuse("attribute", message, hint, part.name.span)
        return self._fit("transpose", (self.formula(part.value),), part.span)

    def _list(self, part: syntax_tree.ListOf) -> Formula:
        items = tuple(map(self.formula, part.items))
        shapes = {item.shape for item in items}
        if len(shapes) > 1:
            message = "the elements of a list are of one shape"
            raise refuse("ragged_list", message, None, part.span)
        return Mat(items)

    def _call(self, part: syntax_tree.Call) -> Formula:
        own = self.functions.get(part.function.name)
        if own is not None:
            return self._inlined(own, part)
        function = FUNCTIONS.get(part.function.name)
        if function is None:
            message = f"'{part.function.name}' is no function here"
            raise refuse("unknown_function", message, None, part.function.span)
        if function.layer or function.outputs > 1:
            message = f"'{function.name}' makes parameters of its own, and is no formula"
            raise refuse("layer", message, None, part.function.span)
        return self._built(function, part)

    def _inlined(self, function: syntax_tree.Function, part: syntax_tree.Call) -> Formula:
        if part.keywords or len(part.arguments) != len(function.parameters):
            count = len(function.parameters)
            message = f"'{function.name.name}' takes {count} arguments by place"
            raise refuse("arguments", message, None, part.span)
        given = [self._argument(Parameter("", "tensor"), each) for each in part.arguments]
        frame = dict(zip((each.name for each in function.parameters), given, strict=True))
        self._frames.append(frame)
        try:
            return self.formula(function.body)
        finally:
            self._frames.pop()

    def _built(self, function: Function, part: syntax_tree.Call) -> Formula:
        """What a function's builder makes of formulas in the place of nodes."""
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        for parameter, argument, by_name in bound(function, part):
            value = self._argument(parameter, argument)
            if by_name:
                keywords[parameter.name] = value
            else:
                positional.append(value)
        try:
            built = function.build(make, *positional, **keywords)
            found = as_formula(built)
            _ = found.shape
        except ShapeError as error:
            raise StatementError(Diagnostic("shape", str(error), None, part.span)) from None
        return found

    def _argument(
        self, parameter: Parameter, argument: syntax_tree.Expression | syntax_tree.Comparison
    ) -> Any:
        if isinstance(argument, syntax_tree.Comparison):
            if parameter.kind != "condition":
                message = "a comparison stands only as the first argument of where"
                raise refuse("comparison_outside_where", message, None, argument.span)
            return self._condition(argument)
        match parameter.kind:
            case "whole":
                return self._whole(argument, f"'{parameter.name}'")
            case "wholes":
                return self._whole(argument, "a size")
            case "number":
                literal = self._literal(argument)
                if literal is None:
                    raise refuse("not_constant", "a number is needed here", None, argument.span)
                return literal.value
            case "condition" | "word":
                message = f"'{parameter.name}' is given otherwise"
                raise refuse("condition", message, None, argument.span)
        formula = self.formula(argument)
        literal = as_literal(formula)
        # A builder looks at written numbers: 0 for a bias, 1 for a temperature.
        return formula if literal is None or literal.symbol is not None else literal


Bound = tuple[Parameter, syntax_tree.Expression | syntax_tree.Comparison, bool]


def bound(function: Function, part: syntax_tree.Call) -> list[Bound]:
    """Which argument is which parameter's, and whether it is given by its name."""
    given = list(part.arguments)
    found: list[Bound] = []
    places = [parameter for parameter in function.parameters if not parameter.keyword]
    for parameter in places:
        count = len(given) if parameter.kind in ("tensors", "wholes") else 1
        found.extend((parameter, argument, False) for argument in given[:count])
        del given[:count]
    by_name = {parameter.name: parameter for parameter in function.parameters}
    for keyword in part.keywords:
        parameter = by_name.get(keyword.name.name) or _strange(function, keyword.span)
        found.append((parameter, keyword.value, True))
    taken = {parameter.name for parameter, _, _ in found}
    needed = {each.name for each in function.parameters if each.default is REQUIRED}
    if given or not needed <= taken:
        hint = f"write {function.signature}"
        raise refuse("arguments", f"'{function.name}' takes other arguments", hint, part.span)
    return found


def _strange(function: Function, span: Span) -> Parameter:
    hint = f"write {function.signature}"
    raise refuse("unknown_keyword", f"'{function.name}' has no such argument", hint, span)


def _dotted(part: syntax_tree.Attribute) -> str | None:
    """The name of a layer's parameter, `h.W` or `h[0].W`, as it is kept; None of anything else."""
    owner, passes = part.value, ""
    while isinstance(owner, syntax_tree.Index) and len(owner.items) == 1:
        item = owner.items[0]
        if not isinstance(item, syntax_tree.Number):
            return None
        passes = f"[{item.text}]{passes}"
        owner = owner.value
    return f"{owner.name}{passes}.{part.name.name}" if isinstance(owner, syntax_tree.Name) else None

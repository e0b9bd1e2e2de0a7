"""Calls: which function is meant, which argument is which parameter's, and inlining the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import ShapeError, spell
from backstep.lang.compile.definition import Argument, BlockKind
from backstep.lang.compile.derivatives import Passes
from backstep.lang.compile.expressions import Evaluator
from backstep.lang.compile.layers import LayerMaker
from backstep.lang.compile.nodes import NO_SIZE
from backstep.lang.compile.scope import INFINITE, LENGTH, UserFunction
from backstep.lang.diagnostics import doubts
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.implicit_products import OPTIONS
from backstep.lang.syntax.names import DISTRIBUTIONS
from backstep.lang.syntax.refusal import StatementError, Unresolved, refuse
from backstep.ops import FUNCTIONS, Function, Parameter
from backstep.ops.constants import constant_value
from backstep.ops.library import REQUIRED

_INLINED = 2
"""Levels of open formulas that a call of a user's function adds besides its body."""


def call(evaluator: Evaluator, part: syntax_tree.Call) -> tuple[Operand, ...]:
    """The results of a call: one, or those of a function of several."""
    function = evaluator.scope.function(part.function.name)
    if function is None:
        (fault,) = evaluator.scope.report_unknown_functions([part]) or (None,)
        if fault is None:
            raise Unresolved
        raise StatementError(fault)
    if isinstance(function, UserFunction):
        return (_inline(evaluator, function, part),)
    if function == LENGTH:
        return (_length(evaluator, part),)
    return _built_in(evaluator, FUNCTIONS[function], part)


def _inline(evaluator: Evaluator, function: UserFunction, part: syntax_tree.Call) -> Operand:
    """The body of a user's function with its arguments substituted, kept together as a block."""
    if part.keywords:
        keyword = part.keywords[0]
        message = f"'{function.name}' takes its arguments by place"
        raise refuse("unknown_keyword", message, _form(function), keyword.span)
    count = len(function.parameters)
    if len(part.arguments) != count:
        message = f"'{function.name}' takes {_arguments(count)}, {len(part.arguments)} given"
        raise refuse("arguments", message, _form(function), part.span)
    given = [_value(evaluator, argument) for argument in part.arguments]
    evaluator.budget.enter(part.span, _INLINED)
    frame = dict(zip(function.parameters, given, strict=True))
    evaluator.scope.frames.append((function, frame))
    try:
        if evaluator.blocks is None:
            return evaluator.evaluate(function.body)
        with evaluator.blocks.block("function", function.name, part.span) as block:
            output = evaluator.evaluate(function.body)
            block.output = output if isinstance(output, Node) else None
            return output
    finally:
        evaluator.budget.leave(_INLINED)
        evaluator.scope.frames.pop()


def _length(evaluator: Evaluator, part: syntax_tree.Call) -> Literal:
    """`len(x)`: the length of the first axis."""
    if len(part.arguments) != 1 or part.keywords:
        raise refuse("arguments", "'len' takes 1 argument", "write len(x)", part.span)
    (argument,) = part.arguments
    if isinstance(argument, syntax_tree.Comparison):
        raise refuse("arguments", "'len' takes a vector or a matrix", None, argument.span)
    shape = evaluator.shape(argument)
    if not shape:
        raise refuse("arguments", "a scalar has no length", None, argument.span)
    return Literal(Fraction(shape[0]))


def _form(function: UserFunction) -> str:
    return f"write {function.name}({', '.join(function.parameters)})"


def _arguments(count: int) -> str:
    return "1 argument" if count == 1 else f"{count} arguments"


def _value(
    evaluator: Evaluator, argument: syntax_tree.Expression | syntax_tree.Comparison
) -> Operand:
    if isinstance(argument, syntax_tree.Comparison):
        raise refuse(
            "comparison_outside_where",
            "a comparison stands only as the first argument of the built-in where",
            None,
            argument.span,
        )
    return evaluator.evaluate(argument)


def _built_in(
    evaluator: Evaluator, function: Function, part: syntax_tree.Call
) -> tuple[Operand, ...]:
    """A built-in function applied to its arguments."""
    binding = _bind(function, part)
    positional: list[object] = []
    keywords: dict[str, object] = {}
    operands: list[tuple[Operand, Span]] = []
    record: list[Argument] = []
    for parameter, argument, by_name in binding:
        value = _argument(evaluator, function, parameter, argument)
        if by_name:
            keywords[parameter.name] = value
        else:
            positional.append(value)
        if isinstance(value, Node | Literal):
            operands.append((value, argument.span))
        record.append((parameter.name if by_name else None, value))

    inside = evaluator.scope.frames[-1][0].name if evaluator.scope.frames else None
    passes = Passes(evaluator.maker, evaluator.budget, evaluator.scope, part.span)
    make = LayerMaker(evaluator.maker, part.span, function.name, evaluator.layers, inside, passes)

    def build() -> tuple[Operand, ...]:
        try:
            built: object = function.build(make, *positional, **keywords)
        except ShapeError as error:
            inputs = [operand for operand, _ in operands]
            places = [place for _, place in operands]
            turned = doubts.turned(evaluator.reader(), function.name, part)
            raise evaluator.maker.misfit(error, inputs, places, part.span, turned) from None
        return built if isinstance(built, tuple) else (built,)

    if not function.composite or evaluator.blocks is None:
        built = build()
        _doubt(evaluator, function, part, binding, positional, keywords)
        return built
    kind: BlockKind = "layer" if function.layer else "function"
    with evaluator.blocks.block(kind, function.name, part.span, arguments=tuple(record)) as block:
        built = build()
        block.output = built[0] if len(built) == 1 and isinstance(built[0], Node) else None
    _doubt(evaluator, function, part, binding, positional, keywords)
    return built


def _doubt(
    evaluator: Evaluator,
    function: Function,
    part: syntax_tree.Call,
    binding: Sequence[Bound],
    positional: Sequence[object],
    keywords: Mapping[str, object],
) -> None:
    """Warn of a call that has a meaning, but probably not the intended one.

    `positional` and `keywords` are the values of the arguments that the call was built with.
    """
    scope = evaluator.scope
    if evaluator.blocks is None or part.span in scope.asked:
        return
    scope.asked.add(part.span)
    by_place = iter(positional)
    bound = {}
    for parameter, argument, by_name in binding:
        value = keywords[parameter.name] if by_name else next(by_place)
        if isinstance(value, Node | Literal):
            bound[parameter.name] = (value, argument)
    names = [parameter.name for parameter in function.parameters if parameter.name in bound]
    given = {name: bound[name] for name in names}
    axis = keywords.get("axis", -1)
    axis = axis if isinstance(axis, int) else -1
    rank = max((len(value.shape) for value, _ in given.values()), default=0)
    from_end = axis - rank if axis >= 0 else axis
    scope.doubt(doubts.of_call(evaluator.reader(), function.name, part, given, from_end))
    if given and function.name in ("norm", "abs", "sum"):
        value, _ = next(iter(given.values()))
        scope.doubt(doubts.of_bars(evaluator.reader(), part, value))
    settled = doubts.settled(function.name, part)
    if settled is not None:
        scope.doubts.pop((doubts.AXIS_BY_PLACE, settled), None)


def _argument(
    evaluator: Evaluator,
    function: Function,
    parameter: Parameter,
    argument: syntax_tree.Expression | syntax_tree.Comparison,
) -> Operand | int | tuple[int, ...] | Fraction | str:
    """An argument converted to what its parameter takes."""
    if parameter.kind == "word":
        return _word(parameter, argument)
    if parameter.kind == "truth":
        return _truth(parameter, argument)
    if isinstance(argument, syntax_tree.Comparison):
        if parameter.kind not in ("condition", "mask"):
            return _value(evaluator, argument)
        return evaluator.condition(argument)
    match parameter.kind:
        case "mask":
            return _mask(evaluator, argument)
        case "axes" if isinstance(argument, syntax_tree.ListOf):
            return tuple(evaluator.whole(each, f"'{parameter.name}'") for each in argument.items)
        case "axes":
            return evaluator.whole(argument, f"'{parameter.name}'")
        case "order" if isinstance(argument, syntax_tree.Name) and argument.name == INFINITE:
            return INFINITE
        case "condition":
            raise refuse(
                "condition",
                f"'{function.name}' needs a comparison first",
                f"write {function.name}(x > 0, a, b)",
                argument.span,
            )
        case "whole":
            return evaluator.whole(argument, f"'{parameter.name}'")
        case "wholes":
            value = evaluator.whole(argument, "a size")
            if value == -1 and function.name == "reshape":
                return value
            if value < 0:
                hint = "only reshape finds a size from the others" if value == -1 else None
                raise refuse("negative_size", NO_SIZE, hint, argument.span)
            if value == 0 and not evaluator.maker.empties:
                raise refuse("size", NO_SIZE, None, argument.span)
            return value
        case "number" | "order":
            return evaluator.number(argument)
        case "scalar":
            return _scalar(evaluator, function, argument)
        case "name":
            return _named_node(evaluator, function, argument)
        case _:
            return evaluator.evaluate(argument)


def _scalar(evaluator: Evaluator, function: Function, argument: syntax_tree.Expression) -> Operand:
    """A single number."""
    value = evaluator.evaluate(argument)
    if not value.shape:
        return value
    said = evaluator.maker.text.line_of(argument.span) or "y"
    message = f"'{function.name}' differentiates a scalar, and this is {spell(value.shape)}"
    hint = "take the sum of its elements; jacobian has the partials of each"
    fix = Fix.write(f"sum({said})", argument.span)
    raise StatementError(Diagnostic("shapes", message, hint, argument.span, fixes=(fix,)))


def _named_node(
    evaluator: Evaluator, function: Function, argument: syntax_tree.Expression
) -> Operand:
    """What a name stands for, and no part or function of it."""
    graph = evaluator.maker.graph
    before = 0 if graph is None else len(graph.nodes)
    value = evaluator.evaluate(argument)
    if isinstance(value, Node) and value.id < before:
        return value
    message = f"'{function.name}' differentiates by a name that has a value"
    hint = "give it a name on a line above, and use that name in what is differentiated"
    if isinstance(value, Literal):
        hint = "a number is no variable: declare it as an input or a param"
    elif isinstance(argument, syntax_tree.Index):
        whole = evaluator.maker.text.line_of(argument.value.span) or "x"
        hint = f"differentiate by {whole}, and take the part of that"
    raise refuse("derivative", message, hint, argument.span)


def _word(parameter: Parameter, argument: syntax_tree.Expression | syntax_tree.Comparison) -> str:
    """The name of a distribution that needs no numbers."""
    plain = sorted(DISTRIBUTIONS - {"normal", "uniform"})
    if isinstance(argument, syntax_tree.Name) and argument.name in plain:
        return argument.name
    message = f"'{parameter.name}' is the name of a distribution"
    hint = f"write {parameter.name}={plain[0]}; there are {', '.join(plain)}"
    raise refuse("unknown_keyword", message, hint, argument.span)


ZERO = Literal(Fraction(0))
_TRUTHS = {"true": True, "True": True, "false": False, "False": False}


def _truth(parameter: Parameter, argument: syntax_tree.Expression | syntax_tree.Comparison) -> bool:
    """`true` or `false`, or 1 or 0."""
    if isinstance(argument, syntax_tree.Name) and argument.name in _TRUTHS:
        return _TRUTHS[argument.name]
    if isinstance(argument, syntax_tree.Number) and argument.value in (0, 1):
        return bool(argument.value)
    message = f"'{parameter.name}' is true or false"
    raise refuse("unknown_keyword", message, f"write {parameter.name}=true", argument.span)


def _mask(evaluator: Evaluator, argument: syntax_tree.Expression) -> Operand:
    """A mask: what holds only 0 and 1 as written is a comparison, anything else is as it is."""
    value = evaluator.evaluate(argument)
    if isinstance(value, Node):
        declared = evaluator.scope.declared(value)
        written = value if declared is None else declared.constant
        numbers = constant_value(written) if isinstance(written, Node) else None
        if numbers is not None and ((numbers == 0) | (numbers == 1)).all():
            return evaluator.maker.make("not_equal", value, ZERO, span=argument.span)
    return value


Bound = tuple[Parameter, syntax_tree.Expression | syntax_tree.Comparison, bool]


def _bind(function: Function, part: syntax_tree.Call) -> list[Bound]:
    """Which argument is which parameter's, and whether it is passed by its name."""
    given = list(part.arguments)
    bound: list[Bound] = []
    places = [parameter for parameter in function.parameters if not parameter.keyword]
    for parameter in places:
        if parameter.kind in ("tensors", "wholes"):
            bound.extend([(parameter, argument, False) for argument in given])
            given.clear()
        elif given:
            bound.append((parameter, given.pop(0), False))
    if given:
        raise _too_many(function, part, places)
    for keyword in part.keywords:
        parameter = _named(function, keyword)
        if any(taken is parameter for taken, _, _ in bound):
            message = f"'{parameter.name}' is given twice"
            raise refuse("repeated_argument", message, f"write {function.signature}", keyword.span)
        bound.append((parameter, keyword.value, True))
    taken = {parameter.name for parameter, _, _ in bound}
    missing = [
        parameter.name
        for parameter in function.parameters
        if parameter.default is REQUIRED and parameter.name not in taken
    ]
    if missing:
        names = " and ".join(f"'{name}'" for name in missing)
        message = f"'{function.name}' lacks its argument{'s' * (len(missing) > 1)} {names}"
        raise refuse("arguments", message, f"write {function.signature}", part.span)
    return bound


def _too_many(
    function: Function, part: syntax_tree.Call, places: Sequence[Parameter]
) -> StatementError:
    extra = part.arguments[len(places)]
    if any(parameter.keyword for parameter in function.parameters):
        named = next(p.name for p in function.parameters if p.keyword)
        message = f"'{function.name}' takes {_arguments(len(places))} by place"
        hint = f"an option is given by its name: {named}=…"
        if function.name in ("max", "min"):
            hint = f"of more values it is {function.name}({function.name}(a, b), c)"
        at = Span(extra.span.line, extra.span.column, extra.span.line, extra.span.column)
        by_name = Fix(f"Write {named}= before it", (Edit.at(at, f"{named}="),))
        fixes = (by_name,) if len(part.arguments) == len(places) + 1 else ()
        return StatementError(Diagnostic("arguments", message, hint, extra.span, fixes=fixes))
    message = f"'{function.name}' takes {_arguments(len(places))}, {len(part.arguments)} given"
    return refuse("arguments", message, f"write {function.signature}", part.span)


def _named(function: Function, keyword: syntax_tree.Keyword) -> Parameter:
    name = OPTIONS.get(keyword.name.name, keyword.name.name)
    for parameter in function.parameters:
        if parameter.name == name and parameter.kind not in ("tensors", "wholes"):
            return parameter
    message = f"'{function.name}' has no argument '{keyword.name.name}'"
    raise refuse("unknown_keyword", message, f"write {function.signature}", keyword.name.span)

"""The entries of the operations page, one for each function and operator."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backstep.drawing.plot import plot
from backstep.formula.latex import COLOURS, latex
from backstep.formula.operations import applied
from backstep.formula.tree import Formula, Sym
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.compiler import compile_text
from backstep.lang.syntax.display import latex_name
from backstep.operations import rules
from backstep.operations.curves import HIGH, LOW, curves
from backstep.operations.examples import complete, value
from backstep.ops import FUNCTIONS, TABLE, Function, Row
from backstep.ops.library import REQUIRED
from backstep.ops.row import COMPARISON, Kink
from backstep.symbolic.row_formula import written_out

OPERATORS = "operators"
CONDITIONS = "choice"
VALUES = "values"


@dataclass(frozen=True, slots=True)
class WrittenOut:
    """The formula that the name of a function stands for."""

    latex: str
    """Such as `\\frac{1}{1 + e^{- x}}`."""
    display: str
    """Such as `\\frac{1}{1 + e^{- \\fv{x}}}`."""


@dataclass(frozen=True, slots=True)
class OperationFormula:
    """An operation's value."""

    latex: str
    """Such as `\\sigma\\left(x\\right)`."""
    display: str
    """The same with the macros `\\fv` and `\\bp` around values and partials."""
    text: str
    """In the language's own signs, such as `sigmoid(x)`."""
    written_out: WrittenOut | None
    """The formula behind the name of an elementwise function; null if the sign shows it."""


@dataclass(frozen=True, slots=True)
class OperationStep:
    """A value that the formulas of a composite name."""

    name: str
    """Its name in later formulas, such as `s`."""
    latex: str
    display: str
    """The same with the macros `\\fv` and `\\bp` around values and partials."""
    text: str
    """In the language's own signs."""


@dataclass(frozen=True, slots=True)
class RulePartial:
    """The partial of one input."""

    name: str
    """The input, such as `x`."""
    latex: str | None
    """Such as `g \\cdot \\mathrm{out} \\, \\left(1 - \\mathrm{out}\\right)`."""
    display: str | None
    text: str | None
    """Such as `g*(out*(1 - out))`."""
    reason: str | None
    """The reason, if there is no formula."""


@dataclass(frozen=True, slots=True)
class OperationShapes:
    """Valid input shapes, and the result's shape."""

    call: str
    """As it is typed, such as `sum(x, axis=0)`."""
    inputs: Mapping[str, Shape]
    """Their shapes, such as `{"x": [2, 3]}`."""
    output: Shape


@dataclass(frozen=True, slots=True)
class OperationRule(OperationShapes):
    """The rule of an operation on inputs of these shapes."""

    partials: Sequence[RulePartial]
    """The partial of each input: g is the incoming partial, out the value."""


@dataclass(frozen=True, slots=True)
class OperationTerm:
    """A function in a formula that cannot be typed."""

    latex: str
    """Such as `\\Phi\\left(x\\right)`."""
    doc: str
    """Such as `The share of a standard normal distribution below the value.`"""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or a function of the language."""

    id: str
    """Its anchor on the page of operations, such as `sigmoid`."""
    name: str
    """Such as `sigmoid`."""
    group: str
    """Such as `elementwise`."""
    signature: str
    """Such as `sigmoid(x)`."""
    also: str | None
    """Another way to type it, such as `x @ y`."""
    doc: str
    """Such as `The logistic function 1/(1 + e^(−x)): a smooth step from 0 to 1.`"""
    elementwise: bool
    """Shapes broadcast, as in NumPy."""
    composite: bool
    """Composed of other operations."""
    formula: OperationFormula | None
    """The value; null for written arrays."""
    steps: Sequence[OperationStep]
    """Values that the formulas of a composite name, in order."""
    rules: Sequence[OperationRule]
    """Printed from the rule itself, for each kind of shapes that it distinguishes."""
    terms: Sequence[OperationTerm]
    """Functions in the formulas that cannot be typed."""
    made_of: Sequence[str]
    """The operations of a composite, such as `["subtract", "power", "mean"]`."""
    conventions: Sequence[str]
    """The partial at kinks, ties and edges, such as `["relu has a kink at 0; its partial there is
    0"]`."""
    shapes: Sequence[OperationShapes]
    """Valid input shapes with the result's; empty if `elementwise`."""
    plot: str | None
    """A function of one value and its derivative as SVG, to be styled by classes, such as `<svg
    …>…</svg>`."""
    source: str
    """A definition that uses it."""


def operations() -> tuple[Operation, ...]:
    """Every operator and function of the language, a group after another, in the table's order."""
    entries = [*map(_operator, _operators()), *map(_function, FUNCTIONS.values())]
    groups = dict.fromkeys((OPERATORS, *(function.group for function in FUNCTIONS.values())))
    return tuple(entry for group in groups for entry in entries if entry.group == group)


def sources() -> dict[str, str]:
    """The definition that each entry's example opens, by the entry's id."""
    return {
        **{row.name: _row_source(row) for row in _operators()},
        **{function.name: _function_source(function) for function in FUNCTIONS.values()},
    }


def _row_source(row: Row) -> str:
    return complete(row.example, elementwise=row.elementwise)


def _function_source(function: Function) -> str:
    row = _row_of(function)
    return complete(
        function.example,
        elementwise=row is not None and row.elementwise,
        outputs=function.outputs,
        one=function.group == "normalising",
    )


def _row_of(function: Function) -> Row | None:
    return None if function.composite else TABLE.get(function.name)


def _operators() -> Iterable[Row]:
    """Rows that the language has a sign for, and no name."""
    for row in TABLE.values():
        if row.example and row.name not in FUNCTIONS and not row.transparent and not _called(row):
            yield row


def _called(row: Row) -> bool:
    """Whether the row is written as a call of its name."""
    return _typed(row, _inputs(row)).startswith(f"{row.name}(")


def _typed(row: Row, names: Sequence[str]) -> str:
    """The row applied to names, as it is typed."""
    sample = row.samples[0]
    return row.notation.text(*rules.named(names, len(sample.shapes)), **sample.params)


def _inputs(row: Row) -> list[str]:
    """The names of the inputs in the row's own rule."""
    read = list(inspect.signature(row.vjp).parameters)[2:]
    return read[: len(row.samples[0].shapes)]


def _operator(row: Row) -> Operation:
    group = OPERATORS if row.arity != (0, 0) else VALUES
    if row.notation.precedence == COMPARISON:
        group = CONDITIONS
    return _of_row(row, _inputs(row), group)


def _function(function: Function) -> Operation:
    row = _row_of(function)
    if row is None:
        return _composite(function)
    names = [
        parameter.name
        for parameter in function.parameters
        if parameter.kind in ("tensor", "condition") and parameter.default is REQUIRED
    ]
    return replace(
        _of_row(row, names, function.group),
        id=function.name,
        name=function.name,
        signature=function.signature,
        also=None if _called(row) else _typed(row, names),
        doc=function.doc,
        plot=_plot(row),
        source=_function_source(function),
    )


def _of_row(row: Row, names: Sequence[str], group: str) -> Operation:
    """A row by its own name and notation, its inputs by these names."""
    forms = rules.of_row(row, names)
    return Operation(
        id=row.name,
        name=row.name,
        group=group,
        signature=_typed(row, names),
        also=None,
        doc=row.doc,
        elementwise=row.elementwise,
        composite=False,
        formula=_formula(row, forms[0]),
        steps=(),
        rules=_rules(forms),
        terms=_terms(forms),
        made_of=(),
        conventions=tuple(kink.words for kink in row.kinks),
        shapes=_shapes(row, names),
        plot=None,
        source=_row_source(row),
    )


def _composite(function: Function) -> Operation:
    """A function composed of several rows, as in its example."""
    source = _function_source(function)
    definition = compile_text(source)
    form = rules.of_definition(definition, function.example)
    made_of = [
        node
        for node in ancestors([value(definition)])
        if not TABLE[node.op].leaf and TABLE[node.op].samples
    ]
    words = [
        kink.words for node in made_of for kink in TABLE[node.op].kinks if _within_reach(kink, node)
    ]
    names = [node.op for node in made_of if not TABLE[node.op].transparent]
    return Operation(
        id=function.name,
        name=function.name,
        group=function.group,
        signature=function.signature,
        also=None,
        doc=function.doc,
        elementwise=False,
        composite=True,
        formula=OperationFormula(*_notations(form.value), written_out=None),
        steps=tuple(OperationStep(name, *_notations(step)) for name, step in form.steps),
        rules=(_rule(form),),
        terms=_terms([form]),
        made_of=tuple(dict.fromkeys(names)),
        conventions=tuple(dict.fromkeys(words)),
        shapes=(OperationShapes(function.example, form.inputs, form.output),),
        plot=None,
        source=source,
    )


def _formula(row: Row, form: rules.Form) -> OperationFormula | None:
    if not form.inputs:
        return None
    return OperationFormula(*_notations(form.value), written_out=_written_out(row, form))


def _notations(written: rules.PrintedFormula) -> tuple[str, str, str]:
    return written.latex, written.display, written.text


def _written_out(row: Row, form: rules.Form) -> WrittenOut | None:
    """The formula behind the row's name; None if there is no other than the name."""
    # The SymPy form of a row with zero derivative serves for its derivative alone.
    if row.zero_derivative or row.notation.precedence == COMPARISON:
        return None
    names = [latex_name(name) for name in form.inputs]
    if row.meaning is not None:
        coloured = [rf"{COLOURS['value']}{{{name}}}" for name in names]
        return WrittenOut(row.meaning(*names), row.meaning(*coloured))
    formula = written_out(row, form.inputs, row.samples[0].params)
    if formula is None or latex(formula) == form.value.latex:
        return None
    return WrittenOut(latex(formula), latex(formula, coloured=True))


_TRIED = (-2.0, -1.0, 0.0, 0.5, 1.0, 2.0)


def _within_reach(kink: Kink, node: Node) -> bool:
    """Whether a kink can be reached if a number is written for one of the inputs.

    A division by a written 2 never meets 1/0, and neither does a square.
    """
    if not any(isinstance(operand, Literal) for operand in node.inputs):
        return True
    inputs = [
        np.float64(float(operand)) if isinstance(operand, Literal) else np.array(_TRIED)
        for operand in node.inputs
    ]
    with np.errstate(all="ignore"):
        return bool(np.any(kink.hits(*inputs, **node.params)))


def _rules(forms: Sequence[rules.Form]) -> tuple[OperationRule, ...]:
    return tuple(_rule(form) for form in forms if form.inputs)


def _rule(form: rules.Form) -> OperationRule:
    return OperationRule(form.call, form.inputs, form.output, tuple(map(_partial, form.partials)))


def _partial(found: rules.Partial) -> RulePartial:
    if found.formula is None:
        return RulePartial(found.name, None, None, None, found.reason)
    return RulePartial(found.name, *_notations(found.formula), found.reason)


def _terms(forms: Iterable[rules.Form]) -> tuple[OperationTerm, ...]:
    """The rows in a rule that the language has no operation for, with their descriptions."""
    rows = {row.name: row for form in forms for row in form.terms}
    return tuple(OperationTerm(latex(_applied(row)), row.doc) for row in rows.values())


def _applied(row: Row) -> Formula:
    """The row on its own rule's inputs."""
    sample = row.samples[0]
    inputs = zip(_inputs(row), sample.shapes, strict=True)
    return applied(row.name, *(Sym(name, size=shape) for name, shape in inputs), **sample.params)


def _shapes(row: Row, names: Sequence[str]) -> tuple[OperationShapes, ...]:
    if row.elementwise:
        return ()
    found = []
    for sample in row.samples:
        graph = Graph(TABLE)
        named = rules.named(names, len(sample.shapes))
        inputs = dict(zip(named, sample.shapes, strict=True))
        leaves = [
            graph.apply("leaf", name=name, role="input", shape=shape)
            for name, shape in inputs.items()
        ]
        node: Node = graph.apply(row.name, *leaves, **sample.params)
        call = row.notation.text(*named, **sample.params)
        found.append(OperationShapes(call, inputs, node.shape))
    return tuple(found)


def _plot(row: Row) -> str | None:
    """The picture of a function of one value and its derivative; None for any other row."""
    if not row.elementwise or row.arity != (1, 1):
        return None
    value, derivative = curves(row, row.samples[0].params)
    return plot(row.name, (LOW, HIGH), value, derivative)

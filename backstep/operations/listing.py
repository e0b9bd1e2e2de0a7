"""The entries of the operations page, one for each function and operator, as plain data."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from backstep.drawing.plot import plot
from backstep.formula.symbols import VALUE
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.lang.compile.compiler import understand
from backstep.lang.syntax.display import latex_name
from backstep.operations import rules
from backstep.operations.curves import HIGH, LOW, curves
from backstep.operations.examples import complete, value
from backstep.ops import FUNCTIONS, TABLE, Function, Row
from backstep.ops.library import REQUIRED
from backstep.ops.row import COMPARISON, Kink
from backstep.symbolic.row_formula import written_out

Plain = dict[str, Any]

OPERATORS = "operators"
CONDITIONS = "choice"
VALUES = "values"


def operations() -> list[Plain]:
    """Every operator and function of the language, a group after another, in the table's order.

    Shapes are lists of sizes; formulas are LaTeX and language text, in the names of `rules`.
    """
    entries = [*map(_operator, _operators()), *map(_function, FUNCTIONS.values())]
    groups = dict.fromkeys((OPERATORS, *(function.group for function in FUNCTIONS.values())))
    return [entry for group in groups for entry in entries if entry["group"] == group]


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
    """Rows that a text reaches by a sign of the language and not by a name."""
    for row in TABLE.values():
        if row.example and row.name not in FUNCTIONS and not row.transparent and not _called(row):
            yield row


def _called(row: Row) -> bool:
    """Whether the row is written as a call of its name."""
    return _typed(row, _inputs(row)).startswith(f"{row.name}(")


def _typed(row: Row, names: Sequence[str]) -> str:
    """The row on names, as it is typed."""
    sample = row.samples[0]
    return row.notation.text(*rules.named(names, len(sample.shapes)), **sample.params)


def _inputs(row: Row) -> list[str]:
    """What the row's own rule calls its inputs."""
    read = list(inspect.signature(row.vjp).parameters)[2:]
    return read[: len(row.samples[0].shapes)]


def _operator(row: Row) -> Plain:
    names = _inputs(row)
    group = OPERATORS if row.arity != (0, 0) else VALUES
    if row.notation.precedence == COMPARISON:
        group = CONDITIONS
    entry = {
        "id": row.name,
        "name": row.name,
        "group": group,
        "signature": _typed(row, names),
        "also": None,
        "doc": row.doc,
    }
    return {**entry, **_of_row(row, names), "plot": None, "source": _row_source(row)}


def _function(function: Function) -> Plain:
    row = _row_of(function)
    tensors = [
        parameter.name
        for parameter in function.parameters
        if parameter.kind in ("tensor", "condition") and parameter.default is REQUIRED
    ]
    example = _function_source(function)
    typed = None if row is None or _called(row) else _typed(row, tensors)
    return {
        "id": function.name,
        "name": function.name,
        "group": function.group,
        "signature": function.signature,
        "also": typed,
        "doc": function.doc,
        **(_of_example(function, example) if row is None else _of_row(row, tensors)),
        "plot": None if row is None else _plot(row),
        "source": example,
    }


def _of_row(row: Row, names: Sequence[str]) -> Plain:
    forms = rules.of_row(row, names)
    first = forms[0]
    shown = {} if first.inputs else {"formula": None}
    return {
        "elementwise": row.elementwise,
        "composite": False,
        "formula": {**_plain(first.value), "written_out": _written_out(row, first)},
        **shown,
        "steps": [],
        "rules": [_rule(form) for form in forms if form.inputs],
        "terms": _terms(term for form in forms for term in form.terms),
        "made_of": [],
        "conventions": [kink.words for kink in row.kinks],
        "shapes": [] if row.elementwise else _shapes(row, names),
    }


def _written_out(row: Row, form: rules.Form) -> Plain | None:
    """The formula behind the row's name; None where that is all there is to say."""
    # A flat row's column is good for its derivative alone.
    if row.flat:
        return None
    names = [latex_name(name) for name in form.inputs]
    if row.meaning is not None:
        coloured = [rf"{VALUE}{{{name}}}" for name in names]
        return {"latex": row.meaning(*names), "display": row.meaning(*coloured)}
    latex = written_out(row, names, row.samples[0].params)
    if latex is None or _bare(latex) == _bare(form.value.latex):
        return None
    coloured = [rf"{VALUE}{{{name}}}" for name in names]
    return {"latex": latex, "display": written_out(row, coloured, row.samples[0].params)}


def _of_example(function: Function, source: str) -> Plain:
    """A function that is made of several rows, as its example has it."""
    definition = understand(source)
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
    return {
        "elementwise": False,
        "composite": True,
        "formula": {**_plain(form.value), "written_out": None},
        "steps": [{"name": name, **_plain(step)} for name, step in form.steps],
        "rules": [_rule(form)],
        "terms": _terms(form.terms),
        "made_of": list(dict.fromkeys(names)),
        "conventions": list(dict.fromkeys(words)),
        "shapes": [_shape(function.example, form.inputs, form.output)],
    }


_TRIED = (-2.0, -1.0, 0.0, 0.5, 1.0, 2.0)


def _within_reach(kink: Kink, node: Node) -> bool:
    """Whether a kink can be met where a number is written for one of the inputs.

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


def _plain(written: rules.Written) -> Plain:
    return {"latex": written.latex, "display": written.display, "text": written.text}


def _rule(form: rules.Form) -> Plain:
    nothing = {"latex": None, "display": None, "text": None}
    return {
        **_shape(form.call, form.inputs, form.output),
        "partials": [
            {
                "name": partial.name,
                **(nothing if partial.formula is None else _plain(partial.formula)),
                "reason": partial.reason,
            }
            for partial in form.partials
        ],
    }


def _terms(rows: Iterable[Row]) -> list[Plain]:
    """What stands in a rule and is no operation of the language, with its sentence."""
    return [
        {"latex": row.notation.latex(*_inputs(row), **row.samples[0].params), "doc": row.doc}
        for row in {row.name: row for row in rows}.values()
    ]


def _shapes(row: Row, names: Sequence[str]) -> list[Plain]:
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
        found.append(_shape(call, inputs, node.shape))
    return found


def _shape(call: str, inputs: Mapping[str, Shape], output: Shape) -> Plain:
    return {
        "call": call,
        "inputs": {name: list(shape) for name, shape in inputs.items()},
        "output": list(output),
    }


def _bare(latex: str) -> str:
    """A formula without what does not change what it says."""
    for long, short in ((r"\leq", r"\le"), (r"\geq", r"\ge"), (r"\neq", r"\ne")):
        latex = latex.replace(long, short)
    return re.sub(r"\\left|\\right|\\,|[{}\s]", "", latex)


def _plot(row: Row) -> str | None:
    """The picture of a function of one value and of its derivative; None of any other."""
    if not row.elementwise or row.arity != (1, 1):
        return None
    value, derivative = curves(row, row.samples[0].params)
    return plot(row.name, (LOW, HIGH), value, derivative)

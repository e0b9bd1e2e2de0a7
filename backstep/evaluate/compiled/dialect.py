"""Two dialects of a program: a fast one, and one that is bit for bit the interpreter's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from backstep.evaluate.compiled.buffers import Buffers, Emitter
from backstep.evaluate.compiled.rules import EMITTERS, PLANS
from backstep.evaluate.compiled.writer import Form, Templates, placed
from backstep.graph.node import Node
from backstep.ops import arrays, floats
from backstep.ops.accurate_forms import Tail


@dataclass(frozen=True, slots=True)
class Dialect:
    """How rows are written: by templates, arrays by `emitters` too, some settled by `plans`."""

    templates: Templates
    emitters: Mapping[str, Emitter]
    plans: Mapping[str, Callable[[Buffers, Node], None]]


_OTHERWISE = frozenset(
    {
        *("dot", "matmul", "mean", "outer", "sum", "sum_to", "unpatches"),
        *("less_its_mean", "less_its_place", "log_softmax"),
    }
)
"""Emitters that compute arrays in another order than the rows do, or in another form; an outer
product has a −0 where the row's mask does, or has not.
"""
_OTHER_FORMS = frozenset({"relu", "sigmoid", "silu", "sqrt", "step"})
"""Rows whose template rounds differently, or has another sign of a zero."""
_OTHERWISE_ALONE = frozenset({"softplus"})
"""Rows whose template for a scalar rounds differently: `logaddexp` has functions of its own."""

_TURNED = frozenset({"swap_last", "transpose"})


def _of_numpy(name: str) -> Callable[..., float]:
    function = getattr(np, name)
    return lambda *x: float(function(*x))


_FUNCTIONS = {
    **{name: name for name in ("cos", "cosh", "exp", "expm1", "log", "log10", "log1p", "log2")},
    **{name: name for name in ("power", "sin", "sinh", "sqrt", "tan", "tanh")},
    **{"acos": "arccos", "asin": "arcsin", "atan": "arctan", "atan2": "arctan2"},
}
"""The functions of the templates that NumPy has too, with its names."""
_STRONG = {
    "left": "(0.0 if {0} == 0.0 else {0} * {1})",
    "right": "(0.0 if {1} == 0.0 else {0} * {1})",
    "both": "(0.0 if {0} == 0.0 or {1} == 0.0 else {0} * {1})",
}


def _source(node: Node) -> str | None:
    """A product with a partial with its mask; everything else unchanged."""
    strong = node.params.get("strong")
    if strong is None:
        return None if node.op in _OTHERWISE_ALONE else floats.source(node)
    if node.op == "multiply":
        return _STRONG[strong]
    return "(0.0 if {0} == 0.0 else {0} / {1})" if node.op == "divide" else None


def _template(node: Node) -> arrays.Template | None:
    if node.op in _OTHER_FORMS or "strong" in node.params:
        return None
    return arrays.template(node)


def _as_it_is(form: Tail) -> Form:
    return Form(form.name, form.reads, form.value, form.held)


FAST = Dialect(
    Templates(floats.NAMES, floats.source, floats.TAILS, arrays.template, arrays.TAILS, placed),
    EMITTERS,
    PLANS,
)
EXACT = Dialect(
    Templates(
        {**floats.NAMES, **{name: _of_numpy(its) for name, its in _FUNCTIONS.items()}},
        _source,
        floats.TAILS,
        _template,
        {},
        _as_it_is,
        masked=True,
    ),
    {name: each for name, each in EMITTERS.items() if name not in _OTHERWISE},
    {name: each for name, each in PLANS.items() if name not in _TURNED},
)
"""With NumPy's elementary functions and masked products, and rows called where an order differs."""

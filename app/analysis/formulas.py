"""`/derive`: the exact loss and gradients, as text that SymPy reads and as LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from app.analysis.matrix import matrix, shared
from app.analysis.prepare import Prepared, prepare
from app.engines.symbolic import Closed, Target, as_written, target_for
from app.engines.symbolic import derive as derive_closed
from app.engines.symbolic_names import Symbol
from app.engines.symbolic_print import latex, operations, symbols_of, text
from app.errors import FormulaTooLarge

LEGIBLE_OPERATIONS = 5_000
"""Of all closed formulas together; past it nobody reads them, and the matrix form is there."""


def targets(prepared: Prepared, wrt: list[str] | None) -> list[Target]:
    """What to derive by: the names asked for, or every parameter."""
    definition = prepared.definition
    if wrt is None:
        wrt = [leaf.name for leaf in definition.leaves if leaf.role == "param" and not leaf.label]
    places = {name: place for place, name in reversed(list(enumerate(wrt)))}
    return [target_for(definition, name, f"/wrt/{places[name]}") for name in dict.fromkeys(wrt)]


def closed(prepared: Prepared, wrt: list[str] | None = None, most: int | None = None) -> Closed:
    """The closed loss and gradients. Raises FormulaTooLarge past the limits (or past `most`)."""
    labels = {
        leaf.name: prepared.leaves[leaf.name] for leaf in prepared.definition.leaves if leaf.label
    }
    return derive_closed(prepared.definition, targets(prepared, wrt), labels, most)


def derive(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/derive` in the form asked for."""
    prepared = prepare(request)
    form = request.get("form") or "scalar"
    wrt = targets(prepared, request.get("wrt"))
    if form == "auto":
        return _fitting(prepared, wrt, request.get("wrt"))
    if form != "scalar":
        answer = matrix if form == "matrix" else shared
        return answer(prepared, wrt)
    found = closed(prepared, request.get("wrt"))
    with as_written():
        return _answer(prepared, found)


def _fitting(prepared: Prepared, wrt: list[Target], names: list[str] | None) -> dict[str, Any]:
    """Closed formulas of scalars, where they can be read; else a formula a tensor; else shared."""
    if not any(target.whole and target.node.shape for target in wrt):
        try:
            found = closed(prepared, names, LEGIBLE_OPERATIONS)
        except FormulaTooLarge:
            pass
        else:
            with as_written():
                return _answer(prepared, found)
    try:
        return matrix(prepared, wrt)
    except FormulaTooLarge:
        return shared(prepared, wrt)


def _answer(prepared: Prepared, found: Closed) -> dict[str, Any]:
    used: set[str] = set() if found.loss is None else symbols_of(found.loss)
    gradients: dict[str, Any] = {}
    for name, formulas in found.gradients.items():
        element = name not in prepared.definition.names
        gradients[name] = _printed(formulas.reshape(()) if element else formulas, found.symbols)
        used.update(*(symbols_of(formula) for formula in formulas.flat))
    if found.loss is None:
        loss: dict[str, Any] = {"shape": [], "text": None, "latex": None, "operations": None}
    else:
        loss = _printed(np.array(found.loss, dtype=object), found.symbols)
    return {
        "form": "scalar",
        "loss": {"name": prepared.definition.loss_name, **loss},
        "symbols": {
            symbol.text: symbol.meaning for key, symbol in found.symbols.items() if key in used
        },
        "gradients": gradients,
    }


def _printed(formulas: Any, symbols: Mapping[str, Symbol]) -> dict[str, Any]:
    return {
        "shape": list(formulas.shape),
        "text": _each(formulas, lambda formula: text(formula, symbols)),
        "latex": _each(formulas, lambda formula: latex(formula, symbols)),
        "operations": sum(operations(formula) for formula in formulas.flat),
    }


def _each(formulas: Any, change: Callable[[Any], Any]) -> Any:
    result = np.empty(formulas.shape, dtype=object)
    for at in np.ndindex(*formulas.shape):
        result[at] = change(formulas[at])
    return result.tolist()

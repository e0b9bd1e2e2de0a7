"""`/derive`: the exact loss and gradients, as text that SymPy reads and as LaTeX."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from backstep.binding.bind import Prepared, prepare
from backstep.binding.matrix_gradients import matrix, shared
from backstep.clock import OutOfTime, within
from backstep.errors import FormulaTooLarge
from backstep.limits import LIMITS
from backstep.symbolic.bounds import Target
from backstep.symbolic.engine import Closed, as_written, target_for
from backstep.symbolic.engine import derive as derive_closed
from backstep.symbolic.printer import Printer

LEGIBLE_OPERATIONS = 5_000
"""Of all closed formulas together; past it nobody reads them, and the matrix form is there."""
SHARE = 0.3
"""Of a job's time what each form may take before the next is tried, when any will do."""


def targets(prepared: Prepared, wrt: list[str] | None) -> list[Target]:
    """What to derive by: the names asked for, or every parameter."""
    definition = prepared.definition
    if wrt is None:
        wrt = [leaf.name for leaf in definition.leaves if leaf.role == "param" and not leaf.label]
    places = {name: place for place, name in reversed(list(enumerate(wrt)))}
    return [target_for(definition, name, f"/wrt/{places[name]}") for name in dict.fromkeys(wrt)]


def closed(prepared: Prepared, wrt: list[str] | None = None, most: int | None = None) -> Closed:
    """The closed loss and gradients. Raises FormulaTooLarge where one passes a limit or `most`."""
    found = _within(prepared, wrt, most)
    for refusal in found.refused.values():
        raise refusal
    return found


def _within(prepared: Prepared, wrt: list[str] | None, most: int | None = None) -> Closed:
    """Those within the limits, and why the others are not."""
    labels = {
        leaf.name: prepared.leaves[leaf.name] for leaf in prepared.definition.leaves if leaf.label
    }
    wanted = targets(prepared, wrt)
    return derive_closed(prepared.definition, wanted, labels, most, prepared.class_numbers)


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
    found = _within(prepared, request.get("wrt"))
    with as_written():
        return _answer(prepared, found, [target.name for target in wrt])


def _fitting(prepared: Prepared, wrt: list[Target], names: list[str] | None) -> dict[str, Any]:
    """Closed formulas of scalars, where they can be read; else a formula a tensor; else shared.

    A form that does not come in its share of the job's time is as one that does not fit.
    """
    forms: list[Callable[[], dict[str, Any]]] = [lambda: matrix(prepared, wrt)]
    if not any(target.whole and target.node.shape for target in wrt):
        forms.insert(0, lambda: _legible(prepared, wrt, names))
    for form in forms:
        with suppress(FormulaTooLarge, OutOfTime), within(SHARE * LIMITS.job_seconds):
            return form()
    return shared(prepared, wrt)


def _legible(prepared: Prepared, wrt: list[Target], names: list[str] | None) -> dict[str, Any]:
    """The closed formulas. Raises FormulaTooLarge where nobody would read them."""
    found = closed(prepared, names, LEGIBLE_OPERATIONS)
    with as_written():
        return _answer(prepared, found, [target.name for target in wrt])


def _answer(prepared: Prepared, found: Closed, asked: list[str]) -> dict[str, Any]:
    printer = Printer(found.symbols, found.order)
    gradients: dict[str, Any] = {}
    for name in asked:
        if name in found.refused:
            gradients[name] = _refused(prepared, name, found.refused[name])
            continue
        formulas = found.gradients[name]
        element = name not in prepared.definition.names
        gradients[name] = _printed(formulas.reshape(()) if element else formulas, printer)
    if found.loss is None:
        loss: dict[str, Any] = {"shape": [], "text": None, "latex": None, "operations": None}
    else:
        loss = _printed(np.array(found.loss, dtype=object), printer)
    return {
        "form": "scalar",
        "loss": {"name": prepared.definition.loss_name, **loss},
        "symbols": {
            symbol.text: symbol.meaning
            for key, symbol in found.symbols.items()
            if key in printer.used
        },
        "gradients": gradients,
    }


def _printed(formulas: Any, printer: Printer) -> dict[str, Any]:
    return {
        "shape": list(formulas.shape),
        "text": _each(formulas, printer.text),
        "latex": _each(formulas, printer.latex),
        "operations": sum(printer.operations(formula) for formula in formulas.flat),
    }


def _refused(prepared: Prepared, name: str, refusal: FormulaTooLarge) -> dict[str, Any]:
    """A gradient that is left out of an answer with others in it, and why."""
    versions = prepared.definition.names.get(name)
    (fault,) = refusal.faults
    return {
        "shape": [] if versions is None else list(versions[-1].node.shape),
        "text": None,
        "latex": None,
        "operations": None,
        "refused": {
            "code": fault.code,
            "message": fault.message,
            "hint": fault.hint,
            "limit": refusal.details["limit"],
            "operations": refusal.details["operations"],
            "allowed": refusal.details["allowed"],
        },
    }


def _each(formulas: Any, change: Callable[[Any], Any]) -> Any:
    result = np.empty(formulas.shape, dtype=object)
    for at in np.ndindex(*formulas.shape):
        result[at] = change(formulas[at])
    return result.tolist()

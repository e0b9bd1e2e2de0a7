"""The three-way check: backprop, SymPy's derivative, and differences of the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.analysis.formulas import closed
from app.analysis.plain import plain
from app.analysis.prepare import Prepared, prepare
from app.engines.finite import five_point
from app.engines.numeric import Numbers, conventions, forward
from app.engines.symbolic import evaluate as evaluate_closed
from app.errors import FormulaTooLarge
from app.ops.row import Array

_SYMBOLIC_AGREES = 1e-9
_MOST_ELEMENTS = 400
"""Elements that differences are taken of; each costs four forward passes."""
_MOST_WORK = 200_000
"""Node evaluations that differences may cost; about half a second."""
_MOST_OPERATIONS = 20_000
"""Operations of closed formulas that are evaluated with 30 digits."""


def check(request: dict[str, Any]) -> dict[str, Any]:
    """The part `check` of `/analyze`."""
    prepared = prepare(request)
    numbers = prepared.numbers()
    backprop = {
        leaf.name: numbers.partial(leaf.node)
        for leaf in prepared.definition.leaves
        if leaf.role == "param" and not leaf.label
    }
    symbolic, why_not_symbolic = _symbolic(prepared)
    differences, errors, why_not_differences = _differences(prepared, numbers, backprop)
    by_symbols = _compare(backprop, symbolic, None, why_not_symbolic)
    by_differences = _compare(backprop, differences, errors, why_not_differences)
    return {
        "agree": _agree(by_symbols) and _agree(by_differences)
        if by_symbols["compared"] or by_differences["compared"]
        else None,
        "elements": sum(array.size for array in backprop.values()),
        "worst": {
            "name": by_differences["name"] or by_symbols["name"],
            "symbolic": by_symbols["worst"],
            "differences": by_differences["worst"],
        },
        "symbolic": by_symbols,
        "differences": by_differences,
        "gradients": {
            name: {
                "backprop": plain(array),
                "symbolic": plain(symbolic[name]) if name in symbolic else None,
                "differences": plain(differences[name]) if name in differences else None,
            }
            for name, array in backprop.items()
            if array.size <= _MOST_ELEMENTS
        },
    }


def _agree(compared: Mapping[str, Any]) -> bool:
    return bool(compared["within"])


def _symbolic(prepared: Prepared) -> tuple[Mapping[str, Array], str | None]:
    try:
        found = closed(prepared, most=_MOST_OPERATIONS)
    except FormulaTooLarge as refusal:
        return {}, refusal.faults[0].message
    return evaluate_closed(found, prepared.leaves, prepared.definition), None


def _differences(
    prepared: Prepared, numbers: Numbers, backprop: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, Array], str | None]:
    elements = sum(array.size for array in backprop.values())
    work = 4 * elements * (prepared.definition.graph.forward or 0)
    if elements > _MOST_ELEMENTS or work > _MOST_WORK:
        return {}, {}, f"{elements:,} elements would need {4 * elements:,} forward passes"
    if conventions(numbers):
        return {}, {}, "a partial is a convention here, and differences look to both sides of it"
    values: dict[str, Array] = {}
    errors: dict[str, Array] = {}
    for name, array in backprop.items():
        values[name], errors[name] = np.zeros(array.shape), np.zeros(array.shape)
        for at in np.ndindex(*array.shape):
            found = five_point(
                lambda x, name=name, at=at: _loss(prepared, name, at, x),  # type: ignore[misc]
                float(prepared.leaves[name][at]),
            )
            values[name][at], errors[name][at] = found.value, found.error
    return values, errors, None


def _loss(prepared: Prepared, name: str, at: tuple[int, ...], value: float) -> float:
    moved = prepared.leaves[name].copy()
    moved[at] = value
    definition = prepared.definition
    known = forward(definition, {**prepared.leaves, name: moved}, [definition.loss])
    return float(known[definition.loss.id])


def _compare(
    backprop: Mapping[str, Array],
    other: Mapping[str, Array],
    errors: Mapping[str, Array] | None,
    skipped: str | None,
) -> dict[str, Any]:
    compared, worst, worst_name, within, expected = 0, 0.0, None, True, 0.0
    for name, array in other.items():
        mine = backprop[name]
        finite = np.isfinite(mine) & np.isfinite(array)
        compared += int(np.count_nonzero(finite))
        scale = np.maximum(1.0, np.abs(mine))
        with np.errstate(all="ignore"):
            apart = np.where(finite, np.abs(array - mine) / scale, 0.0)
            allowed = np.full(mine.shape, _SYMBOLIC_AGREES)
            if errors is not None:
                allowed = allowed + 10 * errors[name] / scale
                expected = max(expected, float(np.max(errors[name] / scale, initial=0.0)))
        within = within and bool((apart <= allowed).all())
        if apart.size and (worst_name is None or float(apart.max()) > worst):
            worst, worst_name = float(apart.max()), name
    return {
        "compared": compared,
        "worst": worst if compared else None,
        "name": worst_name,
        "within": within,
        "expected": expected if errors is not None and compared else None,
        "skipped": skipped,
    }

"""The facade: text with values and options in, plain data in the user's terms out.

Every call takes a validated request as a dict and gives dicts, lists, text and floats (NaN and
infinities among them), or raises a BackstepError. A training, which is worked out in pieces, is a
`Run`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.analysis.check import check, check_elements
from app.analysis.compare import compare
from app.analysis.cost import cost
from app.analysis.derivation import derivation
from app.analysis.figures import figured, figures
from app.analysis.formulas import derive
from app.analysis.graph import drawing, graph
from app.analysis.hessian import hessian
from app.analysis.numbers import evaluate, evaluated
from app.analysis.paths import path_list
from app.analysis.prepare import Prepared, prepare, understood
from app.analysis.steps import steps
from app.analysis.train import Run
from app.errors import BackstepError

__all__ = ["CALLS", "Call", "Run"]

QUICK_NODES = 300
QUICK_WORK = 1_000_000
QUICK_SCALARS = 2_000
"""Forward nodes, and operations on numbers, of a definition whose numbers take a few ms; the last
where each of those operations is a node."""

Call = Callable[[dict[str, Any]], Any]

_PARTS: Mapping[str, Call] = {
    "numbers": evaluate,
    "drawing": drawing,
    "walk": steps,
    "figures": figures,
    "formulas": derive,
    "check": check,
}


def analyze_part(request: dict[str, Any]) -> Any:
    """One part of `/analyze`: the request's `part` says which.

    A network of too many scalars to be made is zoomed out, and the answer says so.
    """
    return _PARTS[request["part"]]({**request, "zoom_out": True})


_QUICK: Mapping[str, Callable[[Prepared, dict[str, Any]], Any]] = {
    "numbers": evaluated,
    "figures": figured,
}


def analyze_quick(request: dict[str, Any]) -> dict[str, Any] | None:
    """All parts that a request asks for, from one evaluation; None where they may take long or one
    cannot be answered.

    Then each is asked for by itself, so that one's time, memory or fault is its own.
    """
    given = prepare(request)
    given.seal()
    work = QUICK_SCALARS if request["zoom"] == "scalar" else QUICK_WORK
    nodes = given.definition.graph.forward or 0
    if nodes > QUICK_NODES or given.understood.work > work or set(request["parts"]) - set(_QUICK):
        return None
    asked = {**request, "zoom_out": True}
    try:
        return {part: _QUICK[part](given, asked) for part in dict.fromkeys(request["parts"])}
    except BackstepError:
        return None


CALLS: Mapping[str, Call] = {
    "evaluate": evaluate,
    "derive": derive,
    "graph": graph,
    "steps": steps,
    "check": check_elements,
    "compare": compare,
    "hessian": hessian,
    "derivation": derivation,
    "paths": path_list,
    "cost": cost,
    "understood": understood,
    "analyze_part": analyze_part,
    "analyze_quick": analyze_quick,
}

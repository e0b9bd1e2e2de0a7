"""The facade: text with values and options in, plain data in the user's terms out.

Every call takes a validated request as a dict and gives dicts, lists, text and floats (NaN and
infinities among them), or raises a BackstepError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.analysis.check import check, check_elements
from app.analysis.compare import compare
from app.analysis.cost import cost
from app.analysis.derivation import derivation
from app.analysis.formulas import derive
from app.analysis.graph import drawing, graph
from app.analysis.hessian import hessian
from app.analysis.numbers import evaluate
from app.analysis.paths import path_list
from app.analysis.prepare import understood
from app.analysis.steps import steps

Call = Callable[[dict[str, Any]], Any]

_PARTS: Mapping[str, Call] = {
    "numbers": evaluate,
    "drawing": drawing,
    "walk": steps,
    "formulas": derive,
    "check": check,
}


def analyze_part(request: dict[str, Any]) -> Any:
    """One part of `/analyze`: the request's `part` says which.

    A network of too many scalars to be made is zoomed out, and the answer says so.
    """
    return _PARTS[request["part"]]({**request, "zoom_out": True})


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
}

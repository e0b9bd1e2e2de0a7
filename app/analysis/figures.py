"""What other values change in a drawing and its walk: what a moved slider asks `/analyze` for.

A moved value changes no formula and no place, so that neither is made or sent anew.
"""

from __future__ import annotations

from typing import Any

from app.analysis.plain import brief
from app.analysis.prepare import Prepared, prepare
from app.analysis.steps import rounding, shown, told
from app.analysis.walked import Walked, walked
from app.drawing.content import carried_size
from app.render.carried import figure
from app.trace import Step

_END = 10**9
"""More than any step's number: the last."""


def figures(request: dict[str, Any]) -> dict[str, Any]:
    """Of each step what the drawing shows; the step at hand as `/steps` has it.

    That is `step` of the request, the last where there is none.
    """
    return figured(prepare(request), request)


def figured(given: Prepared, request: dict[str, Any]) -> dict[str, Any]:
    """The same of a request made ready."""
    at = request.get("step", _END)
    found = walked(request, given, told=at)
    here = found.walk.steps[:at][-1:]
    return {
        "zoom": found.walk.zoom,
        "total": found.walk.total,
        "step": told(found, here[0]) if here else None,
        "steps": [_changed(found, step) for step in found.walk.steps],
    }


def _changed(found: Walked, step: Step) -> dict[str, Any]:
    return {
        "node": step.vertex.id,
        "value" if step.phase == "forward" else "partial": brief(step.array),
        **shown(found, step),
        **({"rounding": rounding(found, step)} if step.phase == "backward" else {}),
        "contributions": [
            {
                "local_shown": None if each.local is None else figure(each.local),
                "size": carried_size(each),
            }
            for each in step.contributions
        ],
    }

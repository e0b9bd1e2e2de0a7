"""What other values change in a drawing and its walk: what a moved slider asks `/analyze` for.

A moved value changes no formula and no place, so that neither is made or sent anew.
"""

from __future__ import annotations

from typing import Any

from backstep.binding.bind import Prepared, prepare
from backstep.binding.json_arrays import brief
from backstep.drawing.content import carried_size
from backstep.drawing.steps import rounding, shown, told
from backstep.layout.carried import figure
from backstep.walk import Step
from backstep.walk.walk_for import Walked, walked

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

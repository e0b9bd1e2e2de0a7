"""`/steps`: the walk as plain data, one node a step, with what the drawing shows at it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from backstep.binding.annotations import ZERO
from backstep.binding.bind import prepare
from backstep.binding.json_arrays import brief, negligible, summary
from backstep.drawing.content import brief_figure, carried_size, carried_text
from backstep.drawing.heat import heat
from backstep.formula.figures import spoken
from backstep.formula.symbols import plain
from backstep.graph.node import Node
from backstep.lang.compile.definition import Leaf
from backstep.layout.carried import figure
from backstep.ops.row import Array
from backstep.walk import (
    Contribution,
    Sharing,
    Step,
    forward_display,
    forward_formula,
    forward_numbers,
    sharing,
)
from backstep.walk.walk_for import Walked, walked


def steps(request: dict[str, Any]) -> dict[str, Any]:
    """The answer of `/steps`."""
    found = walked(request, prepare(request))
    names = found.prepared.symbols
    definition = found.prepared.definition
    shared = sharing(definition, found.walk)
    holds = {leaf.node.id: _holds(leaf) for leaf in definition.leaves}
    return {
        "zoom": found.walk.zoom,
        "total": found.walk.total,
        "forward": found.walk.forward,
        "loss": names.said(names.loss),
        "folded": found.folded,
        "steps": [
            {
                **told(found, step),
                **(
                    {
                        "reused_by": _readers(found, shared, step),
                        "holds": holds.get(step.vertex.node.id),
                    }
                    if step.phase == "forward"
                    else _served(shared, step)
                ),
            }
            for step in found.walk.steps
        ],
    }


def told(found: Walked, step: Step) -> dict[str, Any]:
    """All there is to say of a step but what it shares with others."""
    return _forward(found, step) if step.phase == "forward" else _backward(found, step)


def _holds(leaf: Leaf) -> str:
    return "size" if leaf.structural else "class" if leaf.label else "number"


_SERVED = 20
"""Parameters that are listed for one partial; of more, there is the count."""


def _readers(found: Walked, shared: Sharing, step: Step) -> list[str]:
    """Whose partials read the step's value again."""
    symbols = found.prepared.symbols
    readers = shared.read_by.get(step.vertex.node.id, ())
    return [symbols.name(node) or symbols.said(node) for node in readers]


def _served(shared: Sharing, step: Step) -> dict[str, Any]:
    """The parameters whose gradients pass the step's partial."""
    names, count = shared.serves(step.vertex.node, _SERVED)
    return {"serves": names, "serves_count": count}


def shown(found: Walked, step: Step) -> dict[str, Any]:
    """What a drawn node shows at a step, and what is remarked on it."""
    drawn = found.plates[step.vertex.id].plate
    array = step.array if step.phase == "forward" else step.settled
    return {
        "summary": summary(array),
        "shown": drawn.shown("value" if step.phase == "forward" else "partial", array),
        "heat": None if array is None or not drawn.pictures else asdict(heat(array)),
        "remark": found.remark(step.vertex, step.phase),
    }


def _common(found: Walked, step: Step) -> dict[str, Any]:
    symbols = found.prepared.symbols
    node = step.vertex.node
    return {
        "step": step.number,
        "phase": step.phase,
        "node": step.vertex.id,
        "name": symbols.name(node),
        "version": symbols.version(node),
        "line": found.prepared.line(node),
        "kind": found.plates[step.vertex.id].kind,
        "shape": list(node.shape),
        "symbol": {"latex": symbols.of(node), "text": symbols.said(node)},
        **shown(found, step),
    }


def _said(array: Array | None) -> str:
    if array is None:
        return "none"
    if array.shape == ():
        return spoken(float(array))
    return f"a tensor of {' by '.join(map(str, array.shape))}"


def _forward(found: Walked, step: Step) -> dict[str, Any]:
    common = _common(found, step)
    symbols = found.prepared.symbols
    written = forward_formula(step.vertex, symbols)
    equation = (
        common["symbol"]["text"]
        if written is None
        else (
            f"{common['symbol']['text']} = {written[1]}"
            if common["name"] is not None
            else written[1]
        )
    )
    coloured = forward_numbers(step.vertex, symbols, found.numbers)
    formula = (
        None
        if written is None
        else {
            "latex": written[0],
            "text": written[1],
            "display": forward_display(step.vertex, symbols),
            "numbers": None if coloured is None else plain(coloured),
            "display_numbers": coloured,
        }
    )
    words = f"step {step.number} of {found.walk.total}: {equation} is {_said(step.array)}"
    return {**common, "formula": formula, "value": brief(step.array), "words": words}


def rounding(found: Walked, step: Step) -> Any:
    """Where a backward step's partial is 0 but for rounding; None where it nowhere is, and of a
    tensor that is not listed."""
    mask = found.prepared.rounding.of(step.vertex.node)
    return None if mask is None or brief(mask) is None else negligible(mask)


def _backward(found: Walked, step: Step) -> dict[str, Any]:
    common = _common(found, step)
    symbols = found.prepared.symbols
    loss = symbols.said(symbols.loss)
    words = (
        f"step {step.number} of {found.walk.total}: partial of {loss} with respect to "
        f"{common['symbol']['text']} is {_said(step.array)}"
    )
    mask = found.prepared.rounding.of(step.vertex.node)
    if mask is not None and not np.any(step.settled):
        words = f"{words.rpartition(' is ')[0]} is {ZERO}"
    node = step.vertex.node
    return {
        **common,
        "symbol": {**common["symbol"], "partial": symbols.partial(node)},
        "contributions": [_contribution(found, each) for each in step.contributions],
        "partial": brief(step.array),
        "rounding": rounding(found, step),
        "note": _note(found, step),
        "words": words,
    }


def _note(found: Walked, step: Step) -> str | None:
    """What the reader is told where no contribution says it."""
    symbols = found.prepared.symbols
    loss = symbols.said(symbols.loss)
    if step.vertex.node is symbols.loss:
        return f"the walk back starts here: ∂{loss}/∂{loss} = 1"
    if step.array is None:
        return "a class number has no partial"
    if not step.contributions:
        return f"nothing reads it, so {loss} does not depend on it and the partial is 0"
    return None


def _pass(walked_: Walked, use: Node) -> str | None:
    """Which pass of a loop a use stands in: `t = 1`; None outside of loops."""
    passes = [
        block.title
        for block in walked_.prepared.definition.blocks
        if block.kind == "loop" and use.id in block.nodes
    ]
    return ", ".join(passes) or None


def _contribution(walked_: Walked, found: Contribution) -> dict[str, Any]:
    rule = found.rule
    carried = carried_text(found)
    return {
        "use": f"n{found.link.use.id}",
        "edge": found.link.id,
        "pass": _pass(walked_, found.link.use),
        "upstream": brief(found.upstream),
        "local": found.local,
        "value": brief(found.value),
        "sum": brief(found.sum),
        "summary": summary(found.value),
        "reason": found.reason,
        "carried": brief_figure(found.value) if carried is None else " ".join(carried),
        "local_shown": None if found.local is None else figure(found.local),
        "size": carried_size(found),
        "rule": None
        if rule is None
        else {
            "latex": rule.latex,
            "local": rule.local,
            "numbers": rule.numbers,
            "display": rule.display,
            "display_numbers": rule.display_numbers,
            "reused": list(rule.reused),
        },
    }

"""The numbers that a file checks itself by: its loss, gradients, and one central difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.errors import BackstepError, Diagnostic, LimitError, RequestError
from backstep.evaluate.numeric import evaluate_graph, forward
from backstep.graph.node import Node
from backstep.graph.shape import size
from backstep.lang.syntax.names import known_as
from backstep.limits import LIMITS
from backstep.ops.row import Array

_ROUNDED = 1e-4
"""Share of the size of a partial's terms: a smaller partial is compared on this scale, since
another order of its terms changes it by as much as its own digits."""
_ULPS = 4e-16
"""The relative change of leaves that shows the effect of rounding on a gradient."""
_SAFE = 30.0
_CLOSE = 1e-7
"""How close a central difference must be here; files then allow ten times that."""
_LEAST, _MOST = 1e-290, 1e300
_MOST_TRIED = 8
_MOST_PERTURBED = 200_000


@dataclass(frozen=True, slots=True)
class Slope:
    """The loss's slope when all elements of one parameter grow alike, by a central difference.

    `judged` is False if it cannot agree with the backward pass: at a kink, where the slope is
    infinite, or below the loss's own rounding.
    """

    name: str
    step: float
    value: float
    scale: float
    judged: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """The numbers that the file's own are compared with. `scales`, by parameter, are what errors
    are relative to: the largest element, or more if terms cancel; finite, and not 0."""

    wrt: Mapping[str, Node]
    loss: float
    gradients: Mapping[str, Array]
    scales: Mapping[str, float]
    slope: Slope | None
    finite: bool
    """Whether all values and partials are finite, so that masks have no effect."""

    @property
    def loss_scale(self) -> float:
        """What an error of the loss is relative to."""
        return _written(abs(self.loss)) if isfinite(self.loss) else 1.0


def stored(prepared: BoundModel, wrt: Sequence[str] | None = None) -> Stored:
    """The numbers of a definition at the values in force; gradients by `wrt`, or all parameters.

    Raises LimitError if the file would be too long or compute too much; RequestError for a name
    without a partial.
    """
    definition = prepared.definition
    asked = _asked(prepared, wrt)
    _bound(prepared, asked)
    numbers = prepared.numbers()
    gradients = {name: np.array(numbers.partial(node)) for name, node in asked.items()}
    loss = float(numbers.value(definition.loss))
    finite = all(bool(np.isfinite(value).all()) for value in numbers.values.values())
    with np.errstate(all="ignore"):
        noise = _noise(prepared, asked, gradients)
        scales = {
            name: _written(max(_scale(prepared, asked[name], each), noise.get(name, 0.0)))
            for name, each in gradients.items()
        }
        slope = _slope(prepared, gradients, loss)
    return Stored(asked, loss, gradients, scales, slope, finite)


def _written(scale: float) -> float:
    """A scale that every target can write in three digits, and divide by."""
    return min(max(scale, _LEAST), _MOST)


def _asked(prepared: BoundModel, wrt: Sequence[str] | None) -> dict[str, Node]:
    definition = prepared.definition
    if wrt is None:
        return {leaf.name: leaf.node for leaf in definition.leaves if leaf.role == "param"}
    without = {leaf.name for leaf in definition.leaves if leaf.label or leaf.role == "const"}
    wrt = [known_as(name, definition.names) for name in wrt]
    for place, name in enumerate(wrt):
        if name not in definition.names:
            message, hint = f"the definition has no name '{name}'", "a file has whole gradients"
        elif name in without:
            message, hint = f"'{name}' has no partial", "name a parameter, an input or a value"
        else:
            continue
        raise RequestError(Diagnostic("unknown_name", message, hint, pointer=f"/wrt/{place}"))
    return {name: definition.names[name][-1].node for name in wrt}


def _bound(prepared: BoundModel, asked: Mapping[str, Node]) -> None:
    measured = sum(size(node.shape) for node in asked.values())
    measured += sum(each.size for each in prepared.leaves.values())
    if measured > LIMITS.exported_numbers:
        raise LimitError(
            Diagnostic(
                "exported_numbers",
                f"numbers written into the file: {measured:,} counted, "
                f"{LIMITS.exported_numbers:,} allowed",
                "make the tensors smaller, or ask for fewer names by `wrt`",
            ),
            details={
                "limit": "exported_numbers",
                "measured": measured,
                "allowed": LIMITS.exported_numbers,
            },
        )


def largest(values: Array) -> float:
    """The largest finite magnitude; 0 if there is none."""
    sizes = np.abs(values)
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def _scale(prepared: BoundModel, node: Node, gradient: Array) -> float:
    """The scale that errors of a gradient are relative to."""
    most = largest(gradient)
    numbers = prepared.numbers()
    adjoint = numbers.back.adjoints.get(node.id)
    total = sum(np.size(value) for value in numbers.values.values())
    if adjoint is None or total > _MOST_PERTURBED or not np.isfinite(gradient).all():
        return most or 1.0
    try:
        moved = max(
            largest(again - numbers.value(adjoint)) for again in prepared.rounding.again(adjoint)
        )
    except BackstepError:
        moved = 0.0
    return max(most, _ROUNDED * moved / 1e-6) or 1.0


def _noise(
    prepared: BoundModel, asked: Mapping[str, Node], gradients: Mapping[str, Array]
) -> dict[str, float]:
    """Scales for gradients that forward rounding changes much, by name: how much each changes when
    every leaf moves a few ulps. Gradients for which that may cross a kink are left out."""
    numbers = prepared.numbers()
    total = sum(np.size(value) for value in numbers.values.values())
    if total > _MOST_PERTURBED:
        return {}
    smooth = not numbers.conventions
    found: dict[str, float] = {}
    for way in (1.0, -1.0, 2.0):
        leaves = {
            leaf.name: prepared.leaves[leaf.name]
            if leaf.label or leaf.structural
            else _moved(prepared.leaves[leaf.name], way)
            for leaf in prepared.definition.leaves
        }
        try:
            again = evaluate_graph(prepared.definition, leaves, prepared.model.back)
        except BackstepError:
            return {}
        for name, node in asked.items():
            moved = largest(again.partial(node) - gradients[name])
            if smooth or moved < 0.01 * largest(gradients[name]):
                found[name] = max(found.get(name, 0.0), _SAFE * 1e9 * moved)
    return found


def _moved(values: Array, way: float) -> Array:
    """Values changed by some ulps, equal ones alike."""
    return np.asarray(values * (1.0 + way * _ULPS * np.cos(1e3 * values)))


def _slope(prepared: BoundModel, gradients: Mapping[str, Array], loss: float) -> Slope | None:
    """The first parameter whose central difference agrees with its gradient; else the first."""
    found: Slope | None = None
    declared = {leaf.name for leaf in prepared.definition.leaves if not leaf.structural}
    for name, gradient in list(gradients.items())[:_MOST_TRIED]:
        if gradient.size == 0 or name not in declared:
            continue
        at = prepared.leaves[name]
        step = 1e-5 * max(1.0, largest(at))
        value = (_loss(prepared, name, at + step) - _loss(prepared, name, at - step)) / (2 * step)
        total = float(np.sum(gradient))
        scale = max(float(np.sum(np.abs(gradient))), abs(loss), 1e-3)
        # An infinite slope is as far from any other as from itself.
        judged = isfinite(scale) and abs(value - total) <= _CLOSE * scale
        if judged or found is None:
            found = Slope(name, step, value, _written(scale), judged)
        if judged:
            break
    return found


def _loss(prepared: BoundModel, name: str, value: Array) -> float:
    loss = prepared.definition.loss
    return float(forward(prepared.definition, {**prepared.leaves, name: value}, [loss])[loss.id])

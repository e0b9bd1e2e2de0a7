"""What other values change in a drawing and its walk: what a moved slider asks `/analyze` for.

A moved value changes no formula and no place, so that neither is made or sent anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from backstep.binding.json_arrays import Summary, brief
from backstep.drawing.content import carried_size
from backstep.drawing.heat import Heat
from backstep.drawing.steps import BackwardStep, ForwardStep, rounding, shown, told
from backstep.layout.carried import figure
from backstep.ops.row import Array, Mask
from backstep.walk import Step, Zoom
from backstep.walk.walk_for import BoundWalk


@dataclass(frozen=True, slots=True)
class ContributionFigures:
    """Of one contribution what the drawing shows."""

    local_shown: str | None
    """The local derivative, such as `0.2217`; null where it is a Jacobian."""
    size: int
    """0 is nothing, 5 is 1 and more, each a power of ten of the last."""


@dataclass(frozen=True, slots=True)
class _Figures:
    node: str
    """Such as `n6`."""
    summary: Summary | None
    """Of a tensor too large to list."""
    shown: Sequence[str]
    """As the drawn node shows it, figure by figure, such as `["0.7"]`."""
    heat: Heat | None
    """Of a tensor that the drawing does not list."""
    remark: str | None
    """A convention, where NaN is born."""
    contributions: Sequence[ContributionFigures]
    """Of a backward step, one a use."""


@dataclass(frozen=True, slots=True)
class ForwardFigures(_Figures):
    """What other values change in the drawing of a forward step."""

    value: Array | None
    """Null of a tensor too large to list."""


@dataclass(frozen=True, slots=True)
class BackwardFigures(_Figures):
    """What other values change in the drawing of a backward step."""

    partial: Array | None
    """Null of a tensor too large to list."""
    rounding: Mask | None
    """Where the partial is 0 but for rounding; null: nowhere."""


@dataclass(frozen=True, slots=True)
class WalkFigures:
    """What other values change in a drawing and its walk."""

    zoom: Zoom
    total: int
    """The last step's number, such as `27`."""
    step: ForwardStep | BackwardStep | None
    """The step asked for as `/steps` has it, but for what it shares with others."""
    steps: Sequence[ForwardFigures | BackwardFigures]
    """From step 1."""


def walk_figures(found: BoundWalk, at: int | None = None) -> WalkFigures:
    """Of each step what the drawing shows; the step `at`, or the last, as `/steps` has it."""
    here = found.walk.steps[:at][-1:]
    return WalkFigures(
        zoom=found.walk.zoom,
        total=found.walk.total,
        step=told(found, here[0]) if here else None,
        steps=tuple(_changed(found, step) for step in found.walk.steps),
    )


def _changed(found: BoundWalk, step: Step) -> ForwardFigures | BackwardFigures:
    array = brief(step.array)
    make: Callable[..., ForwardFigures | BackwardFigures] = partial(ForwardFigures, value=array)
    if step.phase == "backward":
        make = partial(BackwardFigures, partial=array, rounding=rounding(found, step))
    contributions = tuple(
        ContributionFigures(None if each.local is None else figure(each.local), carried_size(each))
        for each in step.contributions
    )
    return shown(found, step, partial(make, node=step.vertex.id, contributions=contributions))

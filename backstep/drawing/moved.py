"""The figures of a drawing and its walk that change with the values, for a moved slider.

A moved value changes no formula and no position, so that neither is computed or sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from backstep.binding.json_arrays import Summary, brief
from backstep.drawing.content import carried_size
from backstep.drawing.heat import Heat
from backstep.drawing.steps import (
    BackwardStep,
    ForwardStep,
    LayerSize,
    largest_of,
    layer_sizes,
    rounding,
    shown,
    told,
)
from backstep.layout.edge_numbers import figure
from backstep.ops.row import Array, Mask
from backstep.walk import Step, Zoom
from backstep.walk.pass_shares import PassShare
from backstep.walk.walk_for import BoundWalk


@dataclass(frozen=True, slots=True)
class ContributionFigures:
    """The figures of one contribution that the drawing shows."""

    local_shown: str | None
    """The local derivative, such as `0.2217`; null if it is a Jacobian."""
    size: int
    """0 is none, 5 is 1 and more, each ten times the one before."""
    largest: float
    """The size of its largest element."""


@dataclass(frozen=True, slots=True)
class _Figures:
    node: str
    """Such as `n6`."""
    summary: Summary | None
    """For a tensor that is too large to list."""
    shown: Sequence[str]
    """The figures that the drawn node shows, such as `["0.7"]`."""
    heat: Heat | None
    """For a tensor that the drawing does not list."""
    remark: str | None
    """A convention, or the origin of NaN."""
    contributions: Sequence[ContributionFigures]
    """For a backward step, one for each use."""


@dataclass(frozen=True, slots=True)
class ForwardFigures(_Figures):
    """The figures of a forward step that other values change."""

    value: Array | None
    """Null of a tensor too large to list."""


@dataclass(frozen=True, slots=True)
class BackwardFigures(_Figures):
    """The figures of a backward step that other values change."""

    partial: Array | None
    """Null of a tensor too large to list."""
    largest: float | None
    """The size of its largest element; null for a class number."""
    rounding: Mask | None
    """The elements of the partial that are 0 except for rounding; null if there are none."""
    passes: Sequence[PassShare]
    """As in `/steps`."""


@dataclass(frozen=True, slots=True)
class WalkFigures:
    """The figures of a drawing and its walk that other values change."""

    zoom: Zoom
    total: int
    """The last step's number, such as `27`."""
    step: ForwardStep | BackwardStep | None
    """The step that was asked for, as in `/steps` except for its sharing."""
    layers: Sequence[LayerSize]
    """As in `/steps`."""
    steps: Sequence[ForwardFigures | BackwardFigures]
    """From step 1."""


def walk_figures(found: BoundWalk, at: int | None = None) -> WalkFigures:
    """The figures of each step; the step `at`, by default the last, as in `/steps`."""
    here = found.walk.steps[:at][-1:]
    return WalkFigures(
        zoom=found.walk.zoom,
        total=found.walk.total,
        step=told(found, here[0]) if here else None,
        layers=layer_sizes(found),
        steps=tuple(_changed(found, step) for step in found.walk.steps),
    )


def _changed(found: BoundWalk, step: Step) -> ForwardFigures | BackwardFigures:
    array = brief(step.array)
    make: Callable[..., ForwardFigures | BackwardFigures] = partial(ForwardFigures, value=array)
    if step.phase == "backward":
        largest = largest_of(step.settled)
        make = partial(
            BackwardFigures,
            partial=array,
            largest=largest,
            rounding=rounding(found, step),
            passes=found.shares(step.vertex),
        )
    contributions = tuple(
        ContributionFigures(
            None if each.local is None else figure(each.local),
            carried_size(each),
            largest_of(each.settled) or 0.0,
        )
        for each in step.contributions
    )
    return shown(found, step, partial(make, node=step.vertex.id, contributions=contributions))

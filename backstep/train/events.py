"""The events of a training: how it begins, its steps, how it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from backstep.graph.shape import Shape
from backstep.ops.row import Array
from backstep.train.loop import End


@dataclass(frozen=True, slots=True)
class UpdateLine:
    """One line of an update."""

    name: str
    """The name that the line assigns, as in the rule, such as `w`."""
    latex: str
    """Such as `w \\leftarrow w - \\eta \\, g`."""


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """One update, with all its options."""

    text: str
    """The update in the language; `w` is a parameter and `g` its partial."""
    lines: Sequence[UpdateLine]
    letters: Mapping[str, str]
    """The rule's own letters that are names of the definition, each with its replacement, such as
    `{"lambda": "kappa"}`.
    """
    note: str | None
    """The same in a sentence; null if there are none."""


@dataclass(frozen=True, slots=True)
class TrainedParameter:
    """A trained parameter."""

    name: str
    """Such as `w`."""
    latex: str
    """Such as `w`."""
    shape: Shape
    """Empty for a scalar."""


@dataclass(frozen=True, slots=True)
class TrainRows:
    """The examples of one input or target, and the lines that declare it."""

    name: str
    """An input or a target, such as `x`."""
    role: Literal["input", "target"]
    line: int
    """Where its declaration begins in the text, from 1."""
    end_line: int
    """The last line of its declaration."""
    values: Array
    """A row for each example."""


@dataclass(frozen=True, slots=True)
class TrainExamples:
    """The examples that updates read."""

    count: int
    """How many updates read, such as `4`."""
    batch: int
    """The most that an update reads, such as `4`."""
    epoch: int
    """Updates that read all of them once, such as `1`."""
    together: bool
    """Whether the definition reads them at once; else it is for one example, and the mean of the
    losses counts.
    """
    held_out: Sequence[int] | None
    """The numbers, from 0, of the examples that no update reads; null if they are more than 400."""
    rows: Sequence[TrainRows] | None
    """The examples by name, those that are held out too, if there are several and not too many
    numbers: a definition of some of them is the text with these declarations replaced.
    """


@dataclass(frozen=True, slots=True)
class FitAxis:
    """An input of an example."""

    name: str
    """Such as `x`."""
    ticks: Array
    """The grid along it."""


@dataclass(frozen=True, slots=True)
class FitPicture:
    """The grid of each step's `fit`."""

    kind: Literal["curve", "region"]
    output: str
    """The prediction that is shown, such as `p`."""
    axes: Sequence[FitAxis]
    """The inputs of an example, and the grid along each."""
    threshold: float | None
    """For a region: the prediction at which both labels have the same loss, such as `0.5`."""
    classes: int | None
    """For a region: the number of classes with a score each; the class with the largest is sent."""
    points: Array
    """Examples, with the inputs of each in a row."""
    targets: Array | None
    """Their targets, if each is one number."""


@dataclass(frozen=True, slots=True)
class TrainStart:
    """The first event: what is trained, and how."""

    loss: str
    """The loss's name in the text, such as `L`."""
    parameters: Sequence[TrainedParameter]
    numbers: int
    """Elements of all parameters together, such as `2`."""
    optimiser: str
    """Such as `sgd`."""
    rate: float
    """Such as `0.05`."""
    schedule: str
    """Such as `constant`."""
    settings: Mapping[str, float]
    """The settings in force."""
    rule: UpdateRule
    """One update, with all its options."""
    watch: str | None
    """Such as `w`."""
    steps: int
    """Such as `3`."""
    every: int
    """Such as `1`."""
    examples: TrainExamples
    fit: FitPicture | None
    """The grid of each step's `fit`."""
    no_fit: str | None
    """Why there is none, if one was asked for."""


@dataclass(frozen=True, slots=True)
class TrainStep:
    """The state after so many updates: the loss and the gradient that the next update reads."""

    step: int
    """Updates made; 0 is before the first."""
    epoch: int
    """Which pass over the examples the next update belongs to."""
    rate: float
    """The learning rate of the next update, such as `0.05`."""
    loss: Array
    """Over the examples of the next update, such as `18.5625`."""
    held_out_loss: float | None
    """With `holdout`: over the examples that no update reads."""
    gradient_norm: float
    """The norm of the whole gradient, before any clipping."""
    examples: Sequence[int] | None
    """The numbers of the examples, from 0, that `loss`, `gradient_norm` and `update` are over; null
    if they are more than 400.
    """
    parameters: Mapping[str, Array]
    """Those of `names`, before the next update, such as `{"w": 0.5, "b": 0.0}`."""
    update: Sequence[UpdateLine] | None
    """The next update of `watch`, in symbols and in numbers; null after the last."""
    fit: Array | None
    """The prediction over the grid, to four figures; for a region a row for each place along the
    second axis.
    """
    right: int | None
    """For a region whose examples are labelled: how many of its `points` are predicted correctly.
    """


@dataclass(frozen=True, slots=True)
class TrainLoss:
    """The loss over all examples that updates read, before the first update and after the last."""

    first: float
    """Such as `18.5625`."""
    last: float
    """Such as `0.0566`."""


@dataclass(frozen=True, slots=True)
class Averaged:
    """The mean of the parameters after every update past a given one."""

    loss: float
    parameters: Mapping[str, Array]
    fit: Array | None


@dataclass(frozen=True, slots=True)
class TrainSummary:
    """The last event."""

    outcome: End
    """`diverged`: the loss or the gradient is not finite. `at_rest`: the gradient is 0, and nothing
    would ever move.
    """
    message: str
    """The same in a sentence, such as `3 updates are made`."""
    hint: str | None
    """What to try, if it ended badly."""
    steps: int
    """Updates made, such as `3`."""
    loss: TrainLoss
    parameters: Mapping[str, Array]
    """All parameters, after the last update."""
    averaged: Averaged | None
    """With `average`: the mean of the parameters."""


@dataclass(frozen=True, slots=True)
class SavedState:
    """The state of a training, for its next piece."""

    step: int
    kept: Mapping[str, Array]
    """By the rule's names: the parameters, and what the optimiser remembers, each a vector."""
    first: float
    """The loss before the first update."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The first piece of a training."""

    start: TrainStart
    state: SavedState


@dataclass(frozen=True, slots=True)
class Piece:
    """Some steps of a training, and the state after them; after the last of them the summary."""

    steps: Sequence[TrainStep]
    state: SavedState | None
    summary: TrainSummary | None

"""Many trainings of one definition: the options of each, the cost of all, and their results.

A sweep is every combination of some choices, the last one's changing fastest. Its runs are
trainings like any other, numbered from 0, so that each can be worked out anywhere, in pieces.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from backstep.binding.bind import bind
from backstep.errors import BackstepError, Diagnostic, LimitError, RequestError
from backstep.graph.shape import size
from backstep.lang.syntax.names import canonical
from backstep.limits import LIMITS
from backstep.notation.figures import short
from backstep.ops.row import Array
from backstep.train.events import SavedState, TrainLoss
from backstep.train.run import Run
from backstep.train.setup import PreparedTraining, TrainOptions, check_options, prepare_training

Outcome = Literal["done", "diverged", "at_rest", "refused"]
Choice = int | float | str | Array

OPTIONS = ("rate", "seed", "steps", "batch", "optimiser", "schedule", "weight_decay", "clip")
"""The options of a training that a sweep can choose between, by their names there."""
POINTS = 20
"""Losses of a run that are sent, where `every` is left out."""
_NUMBERS = 8
"""What a run is sent with beside its choices, its parameters and its curve."""


@dataclass(frozen=True, slots=True)
class SweepStart:
    """The first event: what will be trained."""

    id: str
    """For `GET /sweep/{id}`, which sends what is left."""
    loss: str
    """The loss's name in the text, such as `L`."""
    runs: int
    """How many trainings there are, such as `6`."""
    events: int
    """How many events there are in all, this one and the summary among them, such as `8`."""
    over: Mapping[str, Sequence[Choice]]
    """What the runs are every combination of; the last one's choices change fastest."""
    note: str | None
    """What of it changes nothing, in a sentence; null where all of it may."""


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """The loss at one step of a run."""

    step: int
    loss: float
    """Over the examples of the next update."""


@dataclass(frozen=True, slots=True)
class SweepRun:
    """One training, from its first step to its last."""

    run: int
    """Its number, from 0."""
    over: Mapping[str, Choice]
    """What was chosen for it, such as `{"rate": 0.1, "seed": 1}`."""
    outcome: Outcome
    """As in a training's summary; `refused` if these choices do not go together."""
    message: str
    """The same in a sentence, such as `3 updates are made`."""
    hint: str | None
    """What to try, if it ended badly."""
    steps: int
    """Updates made, such as `3`."""
    loss: TrainLoss | None
    """Null if it is refused."""
    averaged: float | None
    """With `average`: the loss of the mean of the parameters."""
    curve: Sequence[SweepPoint]
    parameters: Mapping[str, Array]
    """Those of `names`, after the last update; where left out all, if they are few."""


@dataclass(frozen=True, slots=True)
class SweepValue:
    """How the runs with one choice went."""

    of: str
    """What was chosen, such as `rate`."""
    choice: int
    """Which of its choices, from 0."""
    runs: int
    """How many runs have it."""
    ended: int
    """Those of them that have a finite loss at their end."""
    lowest: float | None
    """The lowest of these losses."""
    median: float | None
    """Their median."""


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """The last event: how all of them went."""

    message: str
    runs: int
    done: int
    at_rest: int
    diverged: int
    refused: int
    best: int | None
    """The run with the lowest loss at its end, the first of several; null if none is finite."""
    lowest: float | None
    """That loss."""
    by: Sequence[SweepValue]
    """For each choice of each list, in their order."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What the summary needs of a run."""

    outcome: Outcome
    loss: float | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that is to be gone on with: its state, and its curve so far."""

    state: SavedState
    curve: Sequence[SweepPoint]


def count_runs(over: Mapping[str, Sequence[object]]) -> int:
    """How many trainings the choices make. Raises LimitError."""
    runs = math.prod(map(len, over.values()))
    _bounded("sweep_runs", "trainings of this sweep", runs, "choose between fewer")
    return runs


class Sweep:
    """Every combination of the choices `over`, for trainings of a text.

    `over` has lists by name: of `OPTIONS`, of `settings.NAME`, of `values.NAME`.
    """

    def __init__(
        self,
        source: str,
        values: Mapping[str, object],
        options: TrainOptions,
        over: Mapping[str, Sequence[Any]],
    ) -> None:
        self._source = source
        self._values = values
        self._options = options
        self._over = over

    @property
    def runs(self) -> int:
        """How many trainings it is."""
        return math.prod(map(len, self._over.values()))

    def chosen(self, number: int) -> Mapping[str, Any]:
        """What is chosen for a run."""
        found = {}
        for name, choices in reversed([*self._over.items()]):
            number, place = divmod(number, len(choices))
            found[name] = choices[place]
        return {name: found[name] for name in self._over}

    # Before it begins

    def begin(self, name: str = "") -> tuple[SweepStart, int]:
        """The first event, and how many numbers all of them hold at most.

        Raises what `prepare_training` raises, at the choice that is at fault, and LimitError, all
        before anything is computed.
        """
        self._known()
        count_runs(self._over)
        first = self.chosen(0)
        for key, choices in self._over.items():
            for place, choice in enumerate(choices):
                with self._placed({key: place}):
                    self._check({**first, key: choice}, key)
        made = self._count(first)
        sent = self._sent(made)
        _bounded("sweep_sent", "numbers to be sent", sent, "send fewer, by `names` and `every`")
        start = SweepStart(
            name,
            made.prepared.definition.loss_name,
            self.runs,
            self.runs + 2,
            self._over,
            self._note(made),
        )
        return start, sent

    @contextmanager
    def _placed(self, places: Mapping[str, int]) -> Iterator[None]:
        """Make errors name their place in a sweep's request: a choice, or `train`."""
        try:
            yield
        except BackstepError as error:
            faults = [
                replace(fault, pointer=self._moved(fault.pointer, places)) for fault in error.faults
            ]
            raise type(error)(*faults, details=error.details) from None

    def _moved(self, told: str | None, places: Mapping[str, int]) -> str | None:
        if told is None:
            return None
        group, *rest = [_unescaped(each) for each in told.split("/")[1:]]
        named = group in ("values", "settings") and rest
        key = f"{group}.{rest[0]}" if named else group
        if key in self._over:
            return f"/over/{_escaped(key)}/{places.get(key, 0)}"
        return told if group == "values" else "/train" + told

    def _known(self) -> None:
        """Raises RequestError for a name that nothing can be chosen for."""
        for key in self._over:
            group, _, rest = key.partition(".")
            if key not in OPTIONS and not (group in ("values", "settings") and rest):
                hint = f"there are: {', '.join(OPTIONS)}, settings.NAME, values.NAME"
                message = f"'{key[:60]}' is nothing that a sweep can be over"
                pointer = f"/over/{_escaped(key)[:100]}"
                raise RequestError(Diagnostic("unknown_choice", message, hint, pointer=pointer))

    def _check(self, chosen: Mapping[str, object], key: str) -> None:
        values, options = self._with(chosen)
        if key.startswith("values."):
            bind(self._source, values)
        else:
            check_options(options)

    def _count(self, first: Mapping[str, object]) -> PreparedTraining:
        """The first training; raises LimitError if all of them would take too much."""
        batches = self._over.get("batch", (None,))
        steps = [self._with({**first, "steps": each})[1].steps for each in self._steps()]
        _bounded("sweep_batches", "sizes of batches", len(batches), "choose between fewer")
        work = count = 0
        made = None
        for place, batch in enumerate(batches):
            chosen = first if batch is None else {**first, "batch": batch}
            values, options = self._with({**chosen, "steps": max(steps)})
            with self._placed({"batch": place}):
                made = prepare_training(bind(self._source, values), options)
            taken = [made.training.work(each + 1) for each in steps]
            times = self.runs // (len(steps) * len(batches))
            work += times * sum(each for each, _ in taken)
            count += times * sum(each for _, each in taken)
        assert made is not None
        _bounded("sweep_arithmetic", "operations on numbers", work, "take fewer steps, or runs")
        _bounded("sweep_nodes", "operations", count, "take fewer steps, or runs")
        return made

    def _steps(self) -> Sequence[int]:
        return self._over.get("steps", (self._options.steps,))

    def _sent(self, made: PreparedTraining) -> int:
        """Numbers of all events at most."""
        parameters = sum(
            size(each.shape) for each in made.training.parameters if each.name in made.names
        )
        chosen = sum(max(map(np.size, choices)) for choices in self._over.values())
        return self.runs * (parameters + chosen + 2 * made.events + _NUMBERS)

    def _note(self, made: PreparedTraining) -> str | None:
        examples = made.training.examples
        ordered = not self._options.shuffle or examples.size >= examples.count
        if "seed" not in self._over or "batch" in self._over or not ordered:
            return None
        return (
            "Each update reads all examples, or in the order that they stand in, so the seed"
            " changes nothing; a text's own random numbers are chosen by its line `seed`."
        )

    def _with(self, chosen: Mapping[str, Any]) -> tuple[Mapping[str, Any], TrainOptions]:
        """The values and the options of a training with these choices."""
        values = {canonical(name) or name: value for name, value in self._values.items()}
        settings, changed = dict(self._options.settings), {}
        for key, choice in chosen.items():
            group, _, name = key.partition(".")
            if group == "values" and name:
                values[canonical(name) or name] = choice
            elif group == "settings" and name:
                settings[name] = choice
            else:
                changed[key] = choice
        options = replace(self._options, **changed, settings=settings)
        every = options.every or max(1, -(-options.steps // POINTS))
        return values, replace(options, every=every)

    # Its runs

    def run(
        self, number: int, left: Unfinished | None = None, seconds: float = LIMITS.train_seconds
    ) -> tuple[SweepRun, Ended] | Unfinished:
        """A run from its beginning, or from where it was left: its event, or what is left of it
        after so many seconds of processor time."""
        chosen = self.chosen(number)
        try:
            return self._run(number, chosen, left, seconds)
        except BackstepError as error:
            # That each choice is right with the first of the others is known; not that all are.
            fault = error.faults[0]
            said = SweepRun(
                number, chosen, "refused", fault.message, fault.hint, 0, None, None, (), {}
            )
            return said, Ended("refused", None)

    def _run(
        self, number: int, chosen: Mapping[str, Any], left: Unfinished | None, seconds: float
    ) -> tuple[SweepRun, Ended] | Unfinished:
        values, options = self._with(chosen)
        # Past the summary no parameter is sent.
        run = Run(bind(self._source, values), replace(options, names=()))
        state = run.begin().state if left is None else left.state
        piece = run.go_on(state, seconds)
        told = [SweepPoint(each.step, float(each.loss)) for each in piece.steps]
        curve = [*(() if left is None else left.curve), *told]
        if piece.summary is None:
            assert piece.state is not None
            return Unfinished(piece.state, curve)
        summary = piece.summary
        names = options.names
        few = sum(map(np.size, summary.parameters.values())) <= LIMITS.listed_elements
        event = SweepRun(
            number,
            chosen,
            summary.outcome,
            summary.message,
            summary.hint,
            summary.steps,
            summary.loss,
            None if summary.averaged is None else summary.averaged.loss,
            curve,
            {
                name: value
                for name, value in summary.parameters.items()
                if (few if names is None else name in names)
            },
        )
        return event, Ended(summary.outcome, summary.loss.last)

    def summary(self, ended: Sequence[Ended]) -> SweepSummary:
        """How all runs went, in their order."""
        finite = {
            number: each.loss
            for number, each in enumerate(ended)
            if each.loss is not None and math.isfinite(each.loss)
        }
        best = min(finite, key=lambda number: finite[number], default=None)
        counts = {
            kind: sum(each.outcome == kind for each in ended)
            for kind in ("done", "at_rest", "diverged", "refused")
        }
        lowest = None if best is None else finite[best]
        return SweepSummary(
            self._told(counts, best, lowest), len(ended), **counts, best=best, lowest=lowest,
            by=tuple(self._by(finite)),
        )  # fmt: skip

    def _told(self, counts: Mapping[str, int], best: int | None, lowest: float | None) -> str:
        words = {"done": "done", "at_rest": "at rest", "diverged": "diverged", "refused": "refused"}
        said = ", ".join(f"{count} {words[kind]}" for kind, count in counts.items() if count)
        of = f"of {self.runs} trainings: {said}" if self.runs > 1 else f"one training: {said}"
        if best is None or lowest is None:
            return f"{of}; none has a finite loss"
        return f"{of}; the lowest loss is {short(lowest)}, of run {best}"

    def _by(self, finite: Mapping[int, float]) -> Iterator[SweepValue]:
        stride = self.runs
        for name, choices in self._over.items():
            stride //= len(choices)
            for place in range(len(choices)):
                losses = [loss for n, loss in finite.items() if n // stride % len(choices) == place]
                yield SweepValue(
                    name,
                    place,
                    self.runs // len(choices),
                    len(losses),
                    min(losses, default=None),
                    statistics.median(losses) if losses else None,
                )


def block(
    sweep: Sweep,
    first: int,
    last: int,
    left: Unfinished | None = None,
    seconds: float = LIMITS.train_seconds,
) -> tuple[list[tuple[SweepRun, Ended]], int, Unfinished | None]:
    """Runs from `first` to before `last`, the first of them from where it was `left`, for so many
    seconds of processor time: those that ended, which is next, and what is left of that one."""
    until = time.thread_time() + seconds
    found: list[tuple[SweepRun, Ended]] = []
    for number in range(first, last):
        now = time.thread_time()
        if now >= until:
            return found, number, None
        ended = sweep.run(number, left, until - now)
        if isinstance(ended, Unfinished):
            return found, number, ended
        found.append(ended)
        left = None
    return found, last, None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")


def _bounded(limit: str, what: str, measured: int, hint: str) -> None:
    allowed = getattr(LIMITS, limit)
    if measured > allowed:
        message = f"{what}: {measured:,} counted, {allowed:,} allowed"
        details = {"limit": limit, "measured": measured, "allowed": allowed}
        raise LimitError(Diagnostic(limit, message, hint), details=details)  # type: ignore[arg-type]

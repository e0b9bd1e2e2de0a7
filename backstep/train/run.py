"""The events of a training, piece by piece, and the state to continue from."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.binding.json_arrays import unsigned_zero
from backstep.errors import DefinitionError
from backstep.evaluate.numeric import evaluate_graph
from backstep.formula.tree import Sym
from backstep.graph.shape import size
from backstep.lang.syntax.display import text_name
from backstep.lang.syntax.lines import logical_lines
from backstep.limits import LIMITS
from backstep.notation.figures import short
from backstep.ops.row import Array
from backstep.train.events import (
    Averaged,
    Begun,
    FitAxis,
    FitPicture,
    Piece,
    SavedState,
    TrainedParameter,
    TrainExamples,
    TrainLoss,
    TrainRows,
    TrainStart,
    TrainStep,
    TrainSummary,
    UpdateLine,
    UpdateRule,
)
from backstep.train.fit import Fit
from backstep.train.lines import Line, UpdateLines
from backstep.train.loop import End, Moment, State
from backstep.train.setup import PreparedTraining, TrainOptions, of_data, prepare_training

_ROWS = 4_000
"""Numbers of examples that are sent once, for texts with some of them."""
_DIGITS = 4
"""Significant digits of a picture's numbers."""


class Run:
    """One training as it was requested. Raises what `prepare_training` raises."""

    def __init__(self, prepared: BoundModel, options: TrainOptions) -> None:
        self._data = options.data
        self._ready = prepare_training(prepared, options)
        self._lines = self._lines_of(self._ready)

    # The first piece

    def begin(self) -> Begun:
        """What is trained and how, and the state before the first update.

        Raises ValuesError for an invalid example.
        """
        state = self._ready.training.begin()
        try:
            first = self._ready.training.loss(state.vector)
        except DefinitionError as error:
            raise of_data(error, self._data, self._ready.prepared) from None
        return Begun(self._start(), SavedState(state.step, state.kept, first))

    def _start(self) -> TrainStart:
        asked, training = self._ready, self._ready.training
        update, definition = training.update, asked.prepared.definition
        options = update.options
        return TrainStart(
            loss=definition.loss_name,
            parameters=tuple(
                TrainedParameter(
                    each.name,
                    asked.prepared.symbols.of(definition.names[each.name][-1].node),
                    each.shape,
                )
                for each in training.parameters
            ),
            numbers=sum(size(each.shape) for each in training.parameters),
            optimiser=options.optimiser.name,
            rate=options.rate,
            schedule=options.schedule.name,
            settings=options.settings,
            rule=UpdateRule(
                text=update.text,
                lines=_lines(UpdateLines(update, loss=self._loss).symbols),
                letters={name: letter for name, letter in update.letters.items() if letter != name},
                note=_given_way(update.letters),
            ),
            watch=None if asked.watched is None else asked.watched[0],
            steps=asked.steps,
            every=asked.every,
            examples=self._examples(),
            fit=None if asked.fit is None else self._picture(asked.fit),
            no_fit=asked.no_fit,
        )

    def _examples(self) -> TrainExamples:
        examples = self._ready.training.examples
        return TrainExamples(
            count=examples.count,
            batch=examples.size,
            epoch=examples.an_epoch,
            together=examples.whole or not examples.rows,
            held_out=self._held_out(),
            rows=self._rows(),
        )

    def _held_out(self) -> list[int] | None:
        """The numbers of the examples that no update reads."""
        examples = self._ready.training.examples
        if examples.held > LIMITS.listed_elements:
            return None
        step = examples.holdout or 1
        return [number * step + step - 1 for number in range(examples.held)]

    def _rows(self) -> tuple[TrainRows, ...] | None:
        """The examples, and the lines of the text that declare them, for a text with some of them.
        None if there is only one, or too many numbers, or one that no text can hold.
        """
        examples, definition = self._ready.training.examples, self._ready.prepared.definition
        rows = examples.every
        many = sum(each.size for each in rows.values()) > _ROWS
        if not rows or many or not all(np.isfinite(each).all() for each in rows.values()):
            return None
        lines = logical_lines(definition.source)
        found = []
        for leaf in definition.leaves:
            if leaf.name in rows:
                line = next(each for each in reversed(lines) if each.number <= leaf.span.line)
                found.append(
                    TrainRows(
                        name=leaf.name,
                        role="input" if leaf.role == "input" else "target",
                        line=line.number,
                        end_line=line.number + len(line.texts) - 1,
                        values=rows[leaf.name],
                    )
                )
        return tuple(found)

    def _picture(self, fit: Fit) -> FitPicture:
        shown = fit.shown
        return FitPicture(
            kind=fit.kind,
            output=self._ready.prepared.symbols.said(fit.output),
            axes=tuple(FitAxis(axis.name, axis.ticks) for axis in fit.axes),
            threshold=fit.threshold,
            classes=fit.classes,
            points=shown.points,
            targets=shown.targets,
        )

    def _lines_of(self, asked: PreparedTraining) -> UpdateLines | None:
        if asked.watched is None:
            return None
        name, _ = asked.watched
        return UpdateLines(asked.training.update, Sym(name), self._loss)

    @property
    def _loss(self) -> Sym:
        prepared = self._ready.prepared
        return prepared.symbols.formulas[prepared.definition.loss.id]

    # Every further piece

    def go_on(self, given: SavedState, seconds: float = LIMITS.train_seconds) -> Piece:
        """The events from a state on: some, and the state after them, or all that are left and the
        summary. Returns after so many seconds of processor time.
        """
        asked, until = self._ready, time.thread_time() + seconds
        steps: list[TrainStep] = []
        for moment in asked.training.run(State(given.step, given.kept), asked.steps):
            end = asked.training.ended(moment, asked.steps)
            # The step before the last holds the last update that is made.
            told = moment.state.step % asked.every == 0 or moment.state.step == asked.steps - 1
            if end is not None or told:
                steps.append(self._step(moment, end))
            if end is not None:
                return Piece(tuple(steps), None, self._summary(moment, end, given.first))
            if time.thread_time() > until:
                after = asked.training.move(moment)
                return Piece(tuple(steps), SavedState(after.step, after.kept, given.first), None)
        raise AssertionError("a training ends with a moment that says so")

    def _step(self, moment: Moment, end: End | None) -> TrainStep:
        asked, state = self._ready, moment.state
        return TrainStep(
            step=state.step,
            epoch=asked.training.examples.epoch(state.step),
            rate=moment.rate,
            loss=unsigned_zero(np.array(moment.loss)),
            held_out_loss=asked.training.held_out_loss(state.vector),
            gradient_norm=moment.norm,
            examples=self._read(state.step),
            parameters={
                each.name: each.of(state.vector)
                for each in asked.training.parameters
                if each.name in asked.names
            },
            update=None if end in ("done", "diverged") else self._update(moment),
            fit=self._fitted(state.vector),
            right=None if asked.fit is None else asked.fit.right(state.vector),
        )

    def _read(self, number: int) -> list[int] | None:
        """The numbers of the examples that the loss, the gradient and the update are over."""
        rows = self._ready.training.examples.read(number)
        return [int(row) for row in rows] if len(rows) <= LIMITS.listed_elements else None

    def _update(self, moment: Moment) -> tuple[UpdateLine, ...] | None:
        if self._lines is None or self._ready.watched is None:
            return None
        _, place = self._ready.watched
        kept = {name: float(each[place]) for name, each in moment.state.kept.items()}
        g = float(moment.gradient[place])
        number = moment.state.step + 1
        return _lines(self._lines.numbers(number, moment.norm, kept, g))

    def _fitted(self, vector: Array) -> Array | None:
        return None if self._ready.fit is None else _rounded(self._ready.fit.values(vector))

    def _summary(self, moment: Moment, end: End, first: float) -> TrainSummary:
        state, training = moment.state, self._ready.training
        message, hint = self._told(moment, end)
        averaged = state.kept.get("a")
        return TrainSummary(
            outcome=end,
            message=message,
            hint=hint,
            steps=state.step,
            loss=TrainLoss(first, training.loss(state.vector)),
            parameters=self._all(state.vector),
            averaged=None
            if averaged is None
            else Averaged(training.loss(averaged), self._all(averaged), self._fitted(averaged)),
        )

    def _all(self, vector: Array) -> Mapping[str, Array]:
        return {each.name: each.of(vector) for each in self._ready.training.parameters}

    def _told(self, moment: Moment, end: End) -> tuple[str, str | None]:
        """The end in a sentence, and what to try if it is a bad one."""
        step = moment.state.step
        after = f"after {step:,} updates" if step > 1 else "after 1 update"
        when = after if step else "before any update"
        name = self._ready.prepared.definition.loss_name
        match end:
            case "done":
                return f"{step:,} updates are made" if step != 1 else "1 update is made", None
            case "at_rest":
                words = self._flat(moment)
                return (
                    f"the gradient is 0 for every parameter {when}, so none moves any more"
                    + (f": {words}" if words else ""),
                    "start from other values, or train units that have a slope" if words else None,
                )
        what = short(moment.loss) if not np.isfinite(moment.loss) else None
        said = f"{name} is {what}" if what else f"the gradient of {name} is not finite"
        if step == 0:
            hint = "the walk of these values shows where it is born"
            return f"{said} {when}", hint
        hint = f"a learning rate smaller than {short(moment.rate)}"
        if self._ready.training.update.options.clip is None:
            hint += ", or a gradient clipped to a norm"
        return f"{said} {when}: the steps were too long", hint

    def _flat(self, moment: Moment) -> str:
        """Why the gradient is 0, if a convention is the reason."""
        prepared, training = self._ready.prepared, self._ready.training
        values = {each.name: each.of(moment.state.vector) for each in training.parameters}
        numbers = evaluate_graph(prepared.definition, {**prepared.leaves, **values})
        return "; ".join(dict.fromkeys(hit.words for hit in numbers.conventions))


def _given_way(letters: Mapping[str, str]) -> str | None:
    """The replaced letters, in a sentence; None if there are none."""
    changed = {text_name(each): text_name(name) for name, each in letters.items() if each != name}
    if not changed:
        return None
    said = [f"{letter} for {name}" for letter, name in changed.items()]
    return f"Written with {', '.join(said)}, which the definition has for something else."


def _lines(lines: Iterable[Line]) -> tuple[UpdateLine, ...]:
    return tuple(UpdateLine(each.name, each.latex) for each in lines)


def _rounded(values: Array) -> Array:
    flat = [float(f"{value:.{_DIGITS}g}") for value in np.ravel(values).tolist()]
    return np.array(flat).reshape(values.shape)

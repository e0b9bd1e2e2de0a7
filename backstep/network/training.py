"""A training as a loop: its steps are computed while they are iterated over."""

from __future__ import annotations

from collections.abc import Iterator

from backstep.network.shown_errors import shown
from backstep.train.events import SavedState, TrainStart, TrainStep, TrainSummary
from backstep.train.run import Run


class Training:
    """A training, computed while it is iterated over: the steps that are reported, in order."""

    def __init__(self, run: Run, text: str) -> None:
        self._run, self._text = run, text
        begun = run.begin()
        self.start: TrainStart = begun.start
        """The parameters that are trained, and the optimiser with its settings."""
        self.summary: TrainSummary | None = None
        """The end of the training; None until then."""
        self._state = begun.state

    def __repr__(self) -> str:
        known = "not begun" if self.summary is None else self.summary.outcome
        return f"<training of {', '.join(each.name for each in self.start.parameters)}: {known}>"

    def __iter__(self) -> Iterator[TrainStep]:
        state: SavedState | None = self._state
        while state is not None:
            with shown(self._text):
                piece = self._run.go_on(state)
            yield from piece.steps
            state, self.summary = piece.state, piece.summary

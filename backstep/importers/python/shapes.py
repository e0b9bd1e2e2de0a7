"""Shapes that a text leaves open: guessed by how a name is used, and tried until all fit."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product

from backstep.graph.shape import Shape
from backstep.importers.formulas import Value
from backstep.importers.python.survey import Survey

_ADDED = re.compile(r"(?:b|bias|biases|c|beta)\d*(?:_\w+)?")
_SIZES = (3, 2, 4)
_MOST_SIZES = 5


class Misfit(Exception):
    """The shapes that were guessed do not fit; others are to be tried."""


@dataclass(slots=True)
class Guesses:
    """Which candidate is taken for each shape that is guessed, in the order of asking."""

    taken: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    """Sizes that the text writes, the latest first."""
    final: bool = False
    """Whether a misfit is reported rather than tried again."""
    asked: int = 0
    steps: int = 0
    """Parts of the text read so far, in all readings."""

    def begin(self) -> None:
        """Start a reading of the text."""
        self.asked = 0
        self.known = []
        del self.counts[:]

    def again(self) -> bool:
        """Change the last guess that has another candidate; False if there is none."""
        while self.taken:
            place = len(self.taken) - 1
            if place < len(self.counts) and self.taken[place] + 1 < self.counts[place]:
                self.taken[place] += 1
                return True
            self.taken.pop()
        return False

    def seen(self, shape: Shape) -> None:
        """Note the sizes of an array that the text contains."""
        for size in shape:
            if size > 1:
                self.known = [size, *(each for each in self.known if each != size)][:_MOST_SIZES]

    def failed(self, shapes: bool) -> None:
        """Raise Misfit where the failure may be due to a guess."""
        if shapes and self.asked and not self.final:
            raise Misfit

    def shape(self, name: str, survey: Survey, other: Value | None) -> Shape:
        """A shape for a name. `other` is what it meets element by element, or its scores."""
        use = survey.use(name)
        if other is not None and not use.product:
            if use.whole:
                return other.shape[:-1]
            return other.shape[-1:] if _ADDED.fullmatch(name) else other.shape
        axes = 0 if use.whole and not use.axes else use.axes
        return self._choose(self._candidates(axes))

    def _candidates(self, axes: int) -> list[Shape]:
        sizes = [*self.known, *(each for each in _SIZES if each not in self.known)][:_MOST_SIZES]
        found: list[Shape] = sorted(
            product(sizes, repeat=axes), key=lambda shape: len(set(shape)) < len(shape)
        )
        more: list[Shape] = [(each,) for each in sizes] if axes == 0 else []
        return found + more

    def _choose(self, candidates: list[Shape]) -> Shape:
        place = self.asked
        self.asked += 1
        if place == len(self.taken):
            self.taken.append(0)
        self.counts.append(len(candidates))
        return candidates[min(self.taken[place], len(candidates) - 1)]

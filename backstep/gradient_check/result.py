"""The result of a check: elements of partials, each three times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backstep.evaluate.differences import Place
from backstep.ops.row import Array
from backstep.symbolic.targets import Target

_SYMBOLIC_AGREES = 1e-9
"""How far apart two derivations may be, relative to the larger of 1 and the partial."""


@dataclass(slots=True)
class Element:
    """One element of one partial, three times; distances are relative to the larger of 1 and it."""

    name: str
    at: Place
    backprop: float
    symbolic: float | None = None
    differences: float | None = None
    expected: float | None = None
    note: str | None = None
    convention: str | None = None
    unsure: bool = False
    """Whether the differences are inconclusive; `note` says why."""
    at_kink: bool = False
    beyond: bool = False
    """Whether its formula has too many digits, or takes too long, to be evaluated exactly."""

    def apart(self, other: float | None) -> float | None:
        """How far another derivation is from backprop; None if either is no number."""
        if other is None or not (np.isfinite(other) and np.isfinite(self.backprop)):
            return None
        return abs(other - self.backprop) / max(1.0, abs(self.backprop))

    @property
    def symbolic_within(self) -> bool | None:
        """Whether SymPy's derivative agrees; None if unknown."""
        apart = self.apart(self.symbolic)
        if apart is None:
            return None
        within = apart <= _SYMBOLIC_AGREES
        doubtful = self.convention is not None or self.at_kink
        return None if doubtful and not within else within

    @property
    def differences_within(self) -> bool | None:
        """Whether the differences agree, within their expected error; None if unknown."""
        apart = self.apart(self.differences)
        silent = self.convention is not None or self.unsure
        if apart is None or self.expected is None or silent:
            return None
        return apart <= _SYMBOLIC_AGREES + 10 * self.expected / max(1.0, abs(self.backprop))

    @property
    def within(self) -> bool | None:
        """Whether all that could be compared agrees."""
        both = (self.symbolic_within, self.differences_within)
        said = [each for each in both if each is not None]
        return all(said) if said else None

    @property
    def worst(self) -> float:
        """The sort key of elements: disagreement first, then the distance."""
        found = max(self.apart(each) or 0.0 for each in (self.symbolic, self.differences))
        return found + (1e300 if self.within is False else 0.0)


@dataclass(slots=True)
class CheckResult:
    """Every element that was asked for, and why some were not compared."""

    elements: list[Element]
    total: int
    runs: list[tuple[Target, list[int], list[Element]]] = field(default_factory=list)
    """Each target, with the positions that are checked in it, and their elements."""
    symbolic_skipped: str | None = None
    differences_skipped: str | None = None
    arrays: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far one derivation is from backprop, over all elements."""

    compared: int
    """Elements that were compared, such as `9`."""
    worst: float | None
    """The largest distance of the two, relative to the larger of 1 and the partial's size, such as
    `6e-15`.
    """
    name: str | None
    """The name of that element."""
    within: bool
    """Whether all that were compared agree."""
    expected: float | None
    """The error that rounding and truncation may add to differences, such as `6e-13`."""
    skipped: str | None
    """Why not every element was compared."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances from backprop, relative to the larger of 1 and the partial's size."""

    symbolic: float | None
    """Such as `0.0`."""
    differences: float | None
    """Such as `6e-15`."""


@dataclass(frozen=True, slots=True)
class CheckedElement:
    """One element of one partial, three times."""

    name: str
    """Such as `W1[0,2]`."""
    backprop: float
    symbolic: float | None
    """SymPy's derivative, evaluated with 30 digits."""
    differences: float | None
    """Five-point differences."""
    expected_error: float | None
    """The error that rounding and truncation may add to the differences, such as `6e-13`."""
    apart: Distances
    within: bool | None
    """Whether all that could be compared agrees; null if nothing could."""
    note: str | None
    """A convention, a kink nearby, or a value that is not finite."""


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """Partials by backprop, by SymPy and by differences, element by element."""

    agree: bool | None
    """Null if nothing could be compared."""
    count: int
    """Elements that were asked for, such as `9`."""
    elements: Sequence[CheckedElement]
    """The worst first."""
    omitted: int
    """The number of elements past `limit`."""
    symbolic: Comparison
    differences: Comparison

    def __bool__(self) -> bool:
        """Whether all that could be compared agrees, and something could."""
        return self.agree is True

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what a notebook shows

    def __str__(self) -> str:
        ways = {"SymPy": self.symbolic, "differences": self.differences}
        known = {name: each for name, each in ways.items() if each.compared}
        left = [f"{name}: {each.skipped}" for name, each in ways.items() if each.skipped]
        if not self.count:
            said = "Nothing to check: there is no parameter"
        elif not known:
            said = "Not checked"
        elif self.agree is False:
            apart = ", ".join(f"{name} by {each.worst or 0:.2g}" for name, each in known.items())
            said = f"They differ: at {self.elements[0].name} most, from backprop {apart}"
        else:
            worst = max(each.worst or 0.0 for each in known.values())
            count = max(each.compared for each in known.values())
            elements = "1 element" if count == 1 else f"{count:,} elements"
            *first, last = ["Backprop", *known]
            said = f"{', '.join(first)} and {last} agree on {elements}, to {worst:.1g}"
        return f"{said}.{''.join(f' {each[:1].upper()}{each[1:]}.' for each in left)}"


@dataclass(frozen=True, slots=True)
class Worst:
    """The largest distance between the derivations."""

    name: str | None
    """The name of that element."""
    symbolic: float | None
    """Such as `1.1e-16`."""
    differences: float | None
    """Such as `4e-11`."""


@dataclass(frozen=True, slots=True)
class ThreeWays:
    """A parameter's gradient by each derivation; null if one was not computed for every element."""

    backprop: Array
    symbolic: Array | None
    differences: Array | None


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """Every parameter's gradient by three derivations, as the page shows it."""

    agree: bool | None
    """Null if nothing could be compared."""
    elements: int
    """The number of elements of all parameters, such as `2`."""
    worst: Worst
    symbolic: Comparison
    differences: Comparison
    gradients: Mapping[str, ThreeWays]
    """By parameter, for those that are small enough to list."""

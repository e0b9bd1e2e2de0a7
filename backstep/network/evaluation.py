"""Values, partials and gradients by name, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from backstep.binding import evaluation
from backstep.binding.evaluation import Remark, Version
from backstep.binding.readings import StatementReading
from backstep.ops.row import Array, Mask


class Loss(float):
    """The loss's value: a number with the loss's `name`."""

    name: str

    def __new__(cls, value: float, name: str) -> Loss:  # noqa: D102 (as __init__)
        made = super().__new__(cls, value)
        made.name = name
        return made

    def __getnewargs__(self) -> tuple[float, str]:  # type: ignore[override]
        return float(self), self.name

    @property
    def value(self) -> float:
        """The number alone."""
        return float(self)


@dataclass(frozen=True, init=False)
class Evaluation:
    """A network run forward and backward: every mapping is by name, every value a float64 array.

    A name that is assigned again has its last version here; all are in `versions`. What nobody
    reads is not computed: forward runs at once, each field when it is first read.
    """

    loss: Loss
    values: Mapping[str, Array]
    partials: Mapping[str, Array]
    """The loss's partials, in the names' shapes; constants and class numbers have none."""
    gradients: Mapping[str, Array]
    """The partials of the parameters."""
    rounding: Mapping[str, Mask]
    """Where a partial is 0 but for rounding; only for names that have such an element."""
    versions: Mapping[str, Sequence[Version]]
    """Every version of the names that are assigned more than once, oldest first."""
    warnings: tuple[Remark, ...]
    """The origin of the first NaN or infinity, partials that are conventions, and others; each
    prints as a sentence.
    """
    readings: tuple[StatementReading, ...]
    """How statements were read that are written as on a board, with `2x` or `‖w‖²`."""

    @classmethod
    def of(cls, found: evaluation.Evaluated | evaluation.Evaluation) -> Evaluation:
        """The same numbers, without names that have none."""
        made = cls()
        made.__dict__["_found"] = found
        made.__dict__["loss"] = Loss(float(found.loss.value), found.loss.name)
        return made

    if not TYPE_CHECKING:  # else any attribute would be one of an evaluation

        def __getattr__(self, name: str) -> Any:
            if name not in _FIELDS:
                raise AttributeError(f"an evaluation has no attribute {name!r}")
            found = self.__dict__[name] = _FIELDS[name](self.__dict__["_found"])
            return found

    def __getstate__(self) -> dict[str, object]:
        """All fields, and no graph."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))  # what a notebook shows

    def __str__(self) -> str:
        name = self.loss.name
        lines = [f"{name} = {self.loss:.8g}"]
        lines += [f"∂{name}/∂{each} = {listed(array)}" for each, array in self.gradients.items()]
        lines += [f"warning: {each}" for each in self.warnings]
        return "\n".join(lines)


def listed(array: Array) -> str:
    """An array's numbers to eight figures, in one line where they fit."""
    if not array.ndim:
        return f"{float(array):.8g}"
    return np.array2string(array, precision=8, threshold=60, edgeitems=3, separator=", ")


def _present(arrays: Mapping[str, Array | None]) -> dict[str, Array]:
    # The numbers of a definition's own text are kept for the next call: each result is a copy.
    return {
        name: np.array(array, dtype=np.float64)
        for name, array in arrays.items()
        if array is not None
    }


def _copied(version: Version) -> Version:
    value, partial = (
        None if array is None else np.array(array, dtype=np.float64)
        for array in (version.value, version.partial)
    )
    return replace(version, value=value, partial=partial)


_FIELDS: Mapping[str, Callable[[evaluation.Evaluated | evaluation.Evaluation], object]] = {
    "values": lambda found: _present(found.values),
    "partials": lambda found: _present(found.partials),
    "gradients": lambda found: _present(found.gradients),
    "rounding": lambda found: found.rounding,
    "versions": lambda found: {
        name: tuple(map(_copied, each)) for name, each in found.versions.items()
    },
    "warnings": lambda found: tuple(found.warnings),
    "readings": lambda found: tuple(found.readings),
}
"""How each field but the loss is found when it is first read."""

"""The NumPy file's lines run here, and their numbers beside the page's.

The lines are those of the file, written by the same scribe, under generated names: no part of a
user's text is compiled.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.evaluate.compiled.code import function
from backstep.export.expected_values import stored
from backstep.export.expression_writer import Scribe
from backstep.export.finite import Finite
from backstep.export.names import Names, names
from backstep.export.numpy_target import TARGET
from backstep.export.program import program
from backstep.export.python_file import imported
from backstep.export.words import repeated
from backstep.ops.row import Array

_MODULES: Mapping[str, ModuleType] = {"itertools": itertools, "math": math}
"""The modules that functions of a file may use."""
TOLERANCE = 1e-9
"""The largest relative difference that a file allows itself too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The numbers of the exported lines beside the page's."""

    agree: bool
    """Whether the loss and all gradients agree to `tolerance`."""
    loss: str
    """The name of the loss, such as `L`."""
    gradients: Sequence[str]
    """The names whose gradients were compared."""
    worst: float
    """The largest difference, relative to the size of what differs. Such as `2.1e-16`."""
    tolerance: float
    """The largest difference that agrees, such as `1e-9`."""


def trial(prepared: BoundModel, wrt: Sequence[str] | None = None) -> Trial:
    """Run the lines that the NumPy file has, at the values in force.

    Raises what `stored` raises.
    """
    numbers = stored(prepared, wrt)
    made = program(prepared.definition, numbers.wrt, repeated=repeated)
    called = _generated(names(made, TARGET.rules))
    scribe = Scribe(made, TARGET.dialect, called, Finite(made, careful=not numbers.finite))
    lines = [
        f"{called.of_lines[place]} = {scribe.line(line)}" for place, line in enumerate(made.lines)
    ]
    helpers = [TARGET.helper_named(scribe, name) for name in scribe.used]
    start = len(made.lines) - len(made.gradients)
    results = [
        called.by_node[made.definition.loss.id],
        *(called.of_lines[place] for place in range(start, len(made.lines))),
    ]
    body = [
        text for name in helpers for text in TARGET.dialect.helpers[name].text.rstrip().splitlines()
    ]
    leaves = [leaf.name for leaf in prepared.definition.leaves]
    run = function(
        [*body, *lines, f"return [{', '.join(results)}]"],
        [called.leaves[name] for name in leaves],
        {"np": np, **{name: _MODULES[name] for name in imported(TARGET, helpers)}},
    )
    with np.errstate(all="ignore"):
        loss, *found = run(*(np.asarray(prepared.leaves[name], float)[()] for name in leaves))
    apart = [_apart(loss, numbers.loss, abs(numbers.loss))]
    apart += [
        _apart(value, numbers.gradients[name], numbers.scales[name])
        for name, value in zip(made.gradients, found, strict=True)
    ]
    worst = max(apart)
    return Trial(
        worst <= TOLERANCE, made.definition.loss_name, list(made.gradients), worst, TOLERANCE
    )


def _generated(called: Names) -> Names:
    """The same names as v1, v2, …"""
    own = {*called.leaves.values(), *called.by_node.values(), *called.of_lines.values()}
    fresh = {name: f"v{number}" for number, name in enumerate(sorted(own), start=1)}
    return Names(
        {name: fresh[each] for name, each in called.leaves.items()},
        {key: fresh[each] for key, each in called.by_node.items()},
        {key: fresh[each] for key, each in called.of_lines.items()},
    )


def _apart(found: Array, expected: Array | float, scale: float) -> float:
    """The largest difference, relative to the scale; equal infinities and NaN do not differ."""
    one, other = np.asarray(found, float), np.asarray(expected, float)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(all="ignore"):
        away = np.where(same, 0.0, np.abs(one - other) / max(scale, 1e-290))
    return float(np.max(np.where(np.isnan(away), np.inf, away), initial=0.0))

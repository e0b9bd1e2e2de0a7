"""Compiled programs and the reference side by side, and how far numbers may be apart. No tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.compiled.dialect import EXACT
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.ops.row import Array


def plain(value: Array | float, node: Node) -> Any:
    """A value as a run takes it."""
    return float(value) if not node.shape else np.array(value, dtype=np.float64)


def gradient_program(definition: Definition, **options: Any) -> tuple[Program, list[Node]]:
    """The loss and the partials of all leaves that have one, and those leaves."""
    back = differentiate(definition.loss)
    leaves = [leaf.node for leaf in definition.leaves]
    learned = [node for node in leaves if back.adjoints.get(node.id) is not None]
    targets = [definition.loss, *(back.adjoints[node.id] for node in learned)]
    return Program(targets, leaves, **options), learned  # type: ignore[arg-type]


def both(
    made: Program, given: Sequence[Any], alone: bool = False
) -> tuple[list[Array], list[Array]]:
    """What a program answers and what its reference does; `alone`: it may not fall back."""
    if alone:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Program, "_reference", _never)
            found = Program(
                made._targets, made._given, copy=made._copy, exact=made._dialect is EXACT
            ).run(*given)
    else:
        found = made.run(*given)
    wanted = made._reference(*given)
    return [np.asarray(each) for each in found], [np.asarray(each) for each in wanted]


def _never(*_: Any) -> Any:
    raise AssertionError("the reference has run")


def apart(found: Array, wanted: Array) -> float:
    """The largest distance in ulps; infinite where one is NaN and the other not, or infinite."""
    assert found.shape == wanted.shape
    if not found.size:
        return 0.0
    with np.errstate(all="ignore"):
        same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
        size = np.spacing(np.maximum(np.abs(found), np.abs(wanted)))
        ulps = np.where(same, 0.0, np.abs(found - wanted) / size)
    return float(np.max(np.where(np.isnan(ulps), np.inf, ulps)))


def by_name(definition: Definition, leaves: Mapping[str, Array]) -> list[Any]:
    """The leaves' values in their order."""
    return [plain(leaves[leaf.name], leaf.node) for leaf in definition.leaves]

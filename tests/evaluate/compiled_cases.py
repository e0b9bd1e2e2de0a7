"""Compiled programs and the reference side by side, and how far numbers may be apart. No tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.compiled import rules
from backstep.evaluate.compiled.program import Program
from backstep.evaluate.compiled.writer import Form
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition
from backstep.ops import floats
from backstep.ops.arrays import template
from backstep.ops.row import Array
from backstep.ops.tails import Tail


def _of_numpy(name: str) -> Callable[..., float]:
    function = getattr(np, name)
    return lambda *x: float(function(*x))


NAMES = ("cos", "exp", "expm1", "log", "log1p", "power", "sin", "sqrt", "tanh")
EXACT = {name: _of_numpy(name) for name in NAMES}
"""NumPy's functions in the place of Python's, so that every number is the interpreter's own."""


OTHERWISE = ("sum", "mean", "sum_to", "matmul", "dot", "log_softmax", "less_its_mean")
"""What arrays are worked out by in another order than the rows', or in another form."""


def _template(node: Node) -> Any:
    return None if node.op == "sigmoid" else template(node)


def _as_it_is(form: Tail) -> Form:
    return Form(form.name, form.reads, form.value)


@contextmanager
def numpy_functions() -> Iterator[None]:
    """Programs made within call NumPy's elementary functions, and raise nothing. What arrays are
    worked out by in another order or another form is called as a row."""
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr("backstep.evaluate.compiled.writer.NAMES", {**floats.NAMES, **EXACT})
        patch.setattr("backstep.evaluate.compiled.writer.placed", _as_it_is)
        patch.setattr("backstep.evaluate.compiled.buffers.TAILS", {})
        patch.setattr("backstep.evaluate.compiled.buffers.template", _template)
        for name in OTHERWISE:
            patch.delitem(rules.EMITTERS, name)
        yield


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
            found = type(made)(made._targets, made._given, copy=made._copy).run(*given)
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

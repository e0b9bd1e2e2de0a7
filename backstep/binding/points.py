"""A bound definition at many points at once: values, and results, with one more axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backstep.binding.bind import (
    BoundModel,
    check_labels,
    given_array,
    given_twice,
    pointer,
    replaceable,
)
from backstep.clock import heed
from backstep.errors import Diagnostic, LimitError, ValuesError
from backstep.evaluate.compiled.lift import Lifted
from backstep.evaluate.compiled.program import Program
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.graph.shape import size, spell
from backstep.lang.syntax.names import known_as
from backstep.limits import LIMITS
from backstep.ops.row import Array

_ELEMENTS = 400_000
"""Elements of all tensors that are computed at once: what fits a processor's cache."""
_TOGETHER = 4
"""Fewer points than this at once save nothing."""
_KEPT = 4
"""How many lengths of points have a cached program."""


class ManyPoints:
    """The values of `targets`, nodes of the definition and its gradient, at many points.

    With `names` the first target and a dict of the others by name, else a list.
    """

    def __init__(
        self, prepared: BoundModel, targets: Sequence[Node], names: Sequence[str] | None = None
    ) -> None:
        self._prepared = prepared
        self._targets, self._names = targets, names
        self._leaves = {leaf.name: leaf for leaf in prepared.definition.leaves}
        self._programs: dict[tuple[frozenset[str], int], tuple[Program, list[str]]] = {}
        self._elements = sum(size(node.shape) for node in ancestors(targets))
        self._answered = sum(size(node.shape) for node in targets)

    def given(self, values: Mapping[str, object]) -> tuple[dict[str, Array], int]:
        """Values as arrays, and how many points they are.

        Raises ValuesError, pointing into the field `points`, for a name, a value or a length;
        LimitError if the points are too many.
        """
        if not values:
            raise ValuesError(Diagnostic("no_points", "points need a value", pointer="/points"))
        faults: list[Diagnostic] = []
        found: dict[str, Array] = {}
        for typed, value in values.items():
            name = known_as(typed, self._leaves)
            array = self._array(typed, value, pointer(typed, "points"))
            if name != typed and name in values:
                array = given_twice(typed, name, "points")
            if isinstance(array, Diagnostic):
                faults.append(array)
            else:
                found[name] = array
        if faults:
            raise ValuesError(*faults)
        lengths = {name: len(array) for name, array in found.items()}
        count = max(lengths.values())
        if min(lengths.values()) != count:
            said = ", ".join(f"{name} {length}" for name, length in lengths.items())
            message = f"all points are of one number; there are of {said}"
            raise ValuesError(Diagnostic("point_counts", message, pointer="/points"))
        self._admit(count)
        leaves = {**self._prepared.leaves, **found}
        check_labels(BoundModel(self._prepared.model, leaves), found)
        return found, count

    def _array(self, name: str, value: object, at: str) -> Array | Diagnostic:
        leaf = self._leaves.get(known_as(name, self._leaves))
        refused = replaceable(name, leaf, self._prepared.definition)
        if refused is not None:
            return Diagnostic(refused.code, refused.message, refused.hint, pointer=at)
        assert leaf is not None
        shape = leaf.node.shape
        if isinstance(value, np.ndarray) and value.shape[1:] == shape and value.ndim:
            return np.asarray(value, dtype=np.float64)
        value = plain(value)
        if not isinstance(value, list):
            what = "a number" if not shape else spell(shape)
            hint = f"give a list, {what} a point"
            return Diagnostic("value_shape", f"'{name}' is no list of points", hint, pointer=at)
        return given_array(name, value, (len(value), *shape), at)

    def _admit(self, count: int) -> None:
        self._prepared.admit(count)
        elements = count * self._answered
        if elements > LIMITS.all_elements:
            allowed = LIMITS.all_elements
            message = f"numbers of all points: {elements:,} counted, {allowed:,} allowed"
            raise LimitError(
                Diagnostic("all_elements", message, "ask for fewer"),
                details={"limit": "all_elements", "measured": elements, "allowed": allowed},
            )

    def run(self, given: Mapping[str, Array], count: int) -> Any:
        """The results at so many points, each with the axis before its own."""
        found = [np.empty((count, *node.shape)) for node in self._targets]
        together = max(self._elements and _ELEMENTS // self._elements, 1)
        step = together if together >= _TOGETHER else 1
        for start in range(0, count, step):
            heed()
            stop = min(start + step, count)
            part = {name: array[start:stop] for name, array in given.items()}
            for whole, piece in zip(found, self._run(part, stop - start), strict=True):
                whole[start:stop] = piece
        if self._names is None:
            return found
        return found[0], dict(zip(self._names, found[1:], strict=True))

    def _run(self, given: Mapping[str, Array], count: int) -> list[Any]:
        program, read = self._program(frozenset(given), count)
        values: list[object] = []
        for name in read:
            value = given.get(name)
            if value is not None and count == 1:
                value = value[0]
            value = self._prepared.leaves[name] if value is None else value
            values.append(np.ascontiguousarray(value) if value.shape else float(value))
        found: list[object] = program.run(*values)
        return found

    def _program(self, moved: frozenset[str], count: int) -> tuple[Program, list[str]]:
        key = (moved, count)
        if key not in self._programs:
            if len(self._programs) == _KEPT:
                self._programs.clear()
            self._programs[key] = self._made(moved, count)
        return self._programs[key]

    def _made(self, moved: frozenset[str], count: int) -> tuple[Program, list[str]]:
        if count == 1:
            leaves = [leaf.node for leaf in self._leaves.values()]
            return Program(self._targets, leaves), list(self._leaves)
        lifted = Lifted(self._targets, {self._leaves[name].node.id for name in moved}, count)
        read = [name for name, leaf in self._leaves.items() if leaf.node.id in lifted.nodes]
        nodes = [lifted.nodes[self._leaves[name].node.id] for name in read]
        return Program(lifted.targets, nodes), read


def plain(value: object) -> object:
    """An array, or what has one, as nested lists, the form in which a value is checked."""
    if isinstance(value, np.ndarray | np.generic):
        # What is no real number stays as it is, and is refused.
        return (value.astype(np.float64) if value.dtype.kind in "biuf" else value).tolist()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return plain(np.asarray(value)) if hasattr(value, "__array__") else value
